package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// serve runs a live configuration until a signal stops it.
func (r *runCommand) serve(ctx context.Context, path string, p *prepared) error {
	switch {
	case r.resume != "":
		return usageError{errors.New("--resume is for recorded runs; a live run always goes on with its history, in data_dir")}
	case r.report != "" || r.json:
		return usageError{errors.New("--report and --json are for recorded runs, which end; ask a live one with agenthost status")}
	case p.config.Host.Journal.Type == "memory":
		return usageError{errors.New("a live run needs a journal on disk: an order that is not durable is not sent; set journal { type = \"sqlite\" }")}
	}
	plan, err := host.NewServicePlan(p.config, p.strategies, p.log)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go r.stopOn(signals, cancel)
	s, err := newLiveHost(p, plan)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// stopOn ends the host at the first signal and the process at the second.
func (r *runCommand) stopOn(signals <-chan os.Signal, cancel context.CancelCauseFunc) {
	asked := time.Time{}
	for s := range signals {
		if !asked.IsZero() && time.Since(asked) < oneSignal {
			continue
		}
		if !asked.IsZero() {
			fmt.Fprintln(r.err, "agenthost: stopped at once; what was under way is settled at the next start")
			os.Exit(128 + int(s.(syscall.Signal)))
		}
		asked = time.Now()
		fmt.Fprintf(r.err, "agenthost: %s: stopping as on_stop says; once more stops at once\n", signalName(s))
		cancel(errors.New(signalName(s)))
	}
}

// liveHost is a live configuration at work: its service, and what is around it.
type liveHost struct {
	service *host.Service
	ballast *host.Ballast
}

func newLiveHost(p *prepared, plan *host.ServicePlan) (*liveHost, error) {
	h := &p.config.Host
	if err := os.MkdirAll(h.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w; set data_dir in the host block to a folder that can be written to", plain(err))
	}
	l := &liveHost{}
	var err error
	if l.ballast, err = host.OpenBallast(h.DataDir, h.Disk.Ballast, h.Disk.FreeMin); err != nil {
		return nil, err
	}
	l.service = host.NewService(plan, host.ServiceOptions{
		OpenJournal: func() (*journal.Journal, error) { return openLiveJournal(p) },
		Owner:       owner(), DiskFree: l.ballast.Free, Log: p.log,
	})
	return l, nil
}

func (l *liveHost) run(ctx context.Context) error { return l.service.Run(ctx) }

// journalOf is the file of the live history.
func journalOf(h *config.Host) string { return filepath.Join(h.DataDir, "journal.db") }

func openLiveJournal(p *prepared) (*journal.Journal, error) {
	h := &p.config.Host
	device, err := journal.OpenSQLite(journalOf(h), journal.SQLiteOptions{})
	if err != nil {
		return nil, err
	}
	mark := h.HighWaterPath
	if mark == "" {
		mark = filepath.Join(h.DataDir, "journal.mark")
	}
	j, err := journal.Open(device, journal.Options{FrameBytesMax: int(h.FrameBytesMax), Log: p.log, HighWaterPath: mark})
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return j, nil
}
