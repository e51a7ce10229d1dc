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

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/report"
)

// runCommand is the flags of run.
type runCommand struct {
	*console
	settings
	resume  string
	journal string
	report  string
	json    bool
}

func newRun(con *console) *cobra.Command {
	r := &runCommand{console: con}
	cmd := &cobra.Command{
		Use:   "run CONFIG [--resume [RUN]]",
		Short: "Run the agents of a configuration",
		Long: `run takes every agent of a configuration (a file, or all .hcl files of a
folder) through its data and ends with a summary. A recorded run has a folder
of its own below runs_dir, with its journal; it starts anew each time unless
--resume continues one, by name or the last one of this configuration.

Ctrl-C (or SIGTERM) stops cleanly: each agent's on_stop is carried out, the
journal is made durable, and the summary is printed, with the command that goes
on. A second Ctrl-C, half a second later or more, ends at once; the journal is
safe either way.`,
		Example: `  agenthost run config/demo.hcl
  agenthost run my.hcl --var data=GOOG.csv --report report.html
  agenthost run my.hcl --journal memory --json
  agenthost run my.hcl --resume
  agenthost run my.hcl --resume 20261123-181500-my`,
		ValidArgsFunction: r.completeArguments,
		Args: func(cmd *cobra.Command, args []string) error {
			if r.resume == resumeLast && len(args) == 2 {
				r.resume = args[1] // a flag's optional value may stand apart from it
				args = args[:1]
			}
			return exactly("a configuration file or folder")(cmd, args)
		},
		PreRunE: func(cmd *cobra.Command, _ []string) error { return r.checkFlags(cmd) },
		RunE:    func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args[0]) },
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&r.resume, "resume", "", "continue a `RUN`: the named one, or the last of this configuration")
	f.Lookup("resume").NoOptDefVal = resumeLast
	f.StringVar(&r.journal, "journal", "", "where turns are kept: sqlite or memory (default: as configured)")
	f.StringVar(&r.report, "report", "", "write a page of its own with charts to `FILE.html`")
	f.BoolVar(&r.json, "json", false, "print the summary as one JSON object, the last line of standard output")
	completeFlag(cmd, "journal", words("sqlite", "memory"))
	completeFlag(cmd, "report", files("html"))
	completeFlag(cmd, "resume", r.completeRuns)
	return cmd
}

// checkFlags finds what is wrong with the flags before anything is loaded.
func (r *runCommand) checkFlags(cmd *cobra.Command) error {
	if cmd.Flags().Changed("resume") && r.resume == "" {
		return usageError{errors.New("--resume= names no run; write --resume for the last one of this configuration")}
	}
	if cmd.Flags().Changed("report") && r.report == "" {
		return usageError{errors.New("--report needs the name of the page to write, such as report.html")}
	}
	if cmd.Flags().Changed("journal") && r.journal != "sqlite" && r.journal != "memory" {
		return usageError{fmt.Errorf("--journal %q: write sqlite or memory", r.journal)}
	}
	return nil
}

func (r *runCommand) run(ctx context.Context, path string) error {
	p, d, err := r.prepare(ctx, path, r.console)
	if err != nil {
		return err
	}
	defer p.close()
	if err := printDiagnostics(r.console, d); err != nil {
		return err
	}
	if d.HasErrors() {
		return errPrinted
	}
	if r.journal != "" {
		p.config.Host.Journal.Type = r.journal
	}
	if !p.config.Recorded() {
		return r.serve(ctx, path, p)
	}
	return r.start(ctx, path, p)
}

// start opens the journal, runs the plan, and ends with the summary, also after a failure.
func (r *runCommand) start(ctx context.Context, path string, p *prepared) (err error) {
	if err := r.tryReport(); err != nil {
		return err
	}
	signals := make(chan os.Signal, 2) // from here on a signal stops cleanly
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	plan, err := host.NewPlan(p.config, p.strategies, nil)
	if err != nil {
		return err
	}
	folder, err := r.folder(path, p)
	if err != nil {
		return err
	}
	j, err := openJournal(p, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	o := host.Options{Journal: j, Owner: owner(), Resume: r.resume != "", Workers: p.config.Host.Workers, Log: p.log}
	if folder != nil {
		o.Modules = host.NewModules(folder.modules(), p.runtime)
	}
	run, err := host.NewRun(ctx, plan, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	started := time.Now()
	stopped, failed := r.watch(ctx, run, signals)
	results := run.Results()
	summary := report.Summary{Run: r.facts(path, p, folder, started)}
	summary.Run.Stopped = stopped
	if (stopped != "" || failed != nil) && folder != nil {
		summary.Run.Resume = r.resumeCommand(path, folder)
	}
	if failed != nil {
		summary.Run.Error = failed.Error()
	}
	for i := range results {
		summary.Agents = append(summary.Agents, results[i].Summary)
	}
	return errors.Join(r.finish(summary, results), printed(r.console, failed))
}

// printed says what failed, after the summary, and makes it the command's problem.
func printed(con *console, failed error) error {
	if failed == nil {
		return nil
	}
	fmt.Fprintf(con.err, "agenthost: the run did not end as it should: %v\n", failed)
	return errPrinted
}

// oneSignal is how long a second signal counts as the first: timeout(1), make and others signal both the
// process and its group.
const oneSignal = 500 * time.Millisecond

func signalName(s os.Signal) string {
	if s == os.Interrupt {
		return "SIGINT"
	}
	return "SIGTERM"
}

// resumeCommand is what to type to go on with this run: the configuration with the same variables.
func (r *runCommand) resumeCommand(path string, folder *runFolder) string {
	facts := runFacts{Config: path, Vars: r.vars}
	return facts.command() + " --resume " + report.ShellQuoted(filepath.Base(folder.path))
}

// watch runs to the end of the data or to a signal, whose name it returns, and shows how far it is.
func (r *runCommand) watch(ctx context.Context, run *host.Run, signals <-chan os.Signal) (stopped string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var asked time.Time
	done := make(chan error, 1)
	go func() { done <- run.Do(ctx) }()
	bar := report.NewProgress(r.err, report.ProgressConfig{Terminal: terminalOf(r.err)})
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return stopped, errors.Join(err, bar.Finish())
		case s := <-signals:
			if stopped != "" && time.Since(asked) < oneSignal {
				continue
			}
			if stopped != "" {
				fmt.Fprintln(r.err, "agenthost: stopped at once; --resume goes on from what is durable")
				os.Exit(128 + int(s.(syscall.Signal)))
			}
			stopped, asked = signalName(s), time.Now()
			cancel(errors.New(stopped))
		case <-tick.C:
			read, total, ticks := run.Progress()
			if err := bar.Update(read, total, ticks); err != nil {
				return stopped, errors.Join(err, <-done)
			}
		}
	}
}

func (r *runCommand) facts(path string, p *prepared, folder *runFolder, started time.Time) *report.Run {
	v := currentVersions()
	f := &report.Run{
		Config: path, ConfigSHA256: fmt.Sprintf("%x", p.config.Hash), Version: v.Agenthost, Go: v.Go, Wazero: v.Wazero,
		Meter: fmt.Sprint(v.Meter), Started: started.UTC().Format(time.RFC3339), Resumed: r.resume != "", Report: r.report,
	}
	if folder != nil {
		f.ID, f.Journal = filepath.Base(folder.path), folder.journal()
	}
	return f
}

// openJournal opens the device that the configuration asks for.
func openJournal(p *prepared, folder *runFolder) (*journal.Journal, error) {
	o := journal.Options{FrameBytesMax: int(p.config.Host.FrameBytesMax), Log: p.log}
	if folder == nil {
		return journal.Open(journal.NewMemory(journal.MemoryOptions{}), o)
	}
	device, err := journal.OpenSQLite(folder.journal(), journal.SQLiteOptions{})
	if err != nil {
		return nil, err
	}
	o.HighWaterPath = filepath.Join(folder.path, "journal.mark")
	return journal.Open(device, o)
}

// owner is who holds the leases of this machine's runs: a restarted host takes its own over.
func owner() string {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	return "agenthost@" + name
}
