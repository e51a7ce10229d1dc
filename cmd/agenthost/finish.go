package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/report"
)

// finish writes the page, and the summary for people or for programs, whatever became of the page.
func (r *runCommand) finish(s report.Summary, results []host.Result) error {
	var written error
	if r.report != "" {
		if written = writeReport(r.report, s, results); written != nil {
			s.Run.Report = ""
		}
	}
	if r.json {
		return errors.Join(written, report.WriteJSON(r.out, s))
	}
	return errors.Join(written, report.WriteText(r.out, s, terminalOf(r.out)))
}

// tryReport finds out before a run, which may be long, whether its page can be written. A page that is
// there stays until the new one is written.
func (r *runCommand) tryReport() error {
	if r.report == "" {
		return nil
	}
	made := !exists(r.report)
	f, err := os.OpenFile(r.report, os.O_WRONLY|os.O_CREATE, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--report %s: there is no folder %s; make it first", r.report, filepath.Dir(r.report))
	}
	if err != nil {
		return fmt.Errorf("--report: %w", plain(err))
	}
	err = f.Close()
	if made {
		err = errors.Join(err, os.Remove(r.report))
	}
	return err
}

func writeReport(path string, s report.Summary, results []host.Result) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write report: %w", plain(err))
	}
	recorders := make([]*report.Recorder, len(results))
	for i := range results {
		recorders[i] = results[i].Recorder
	}
	err = report.WriteHTML(f, report.Page{Summary: s, Recorders: recorders})
	return errors.Join(err, f.Close())
}
