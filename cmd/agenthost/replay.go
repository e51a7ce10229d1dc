package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/report"
)

// replayCommand is the flags of replay.
type replayCommand struct {
	*console
	settings
	from, to    uint64
	plugin      string
	params      []string
	letter      string
	export      string
	interpreter bool
	json        bool

	values map[string]string
	rows   []host.Difference // the first that differ
	failed []string
}

func newReplay(con *console) *cobra.Command {
	r := &replayCommand{console: con}
	cmd := &cobra.Command{
		Use:   "replay {AGENT | --dead-letter ID} [JOURNAL|CONFIG]",
		Short: "Take an agent's turns again from its journal, and compare",
		Long: `replay makes an agent anew from its journal and the module that is kept beside
it, takes every turn again and compares it with the journal, byte for byte. It
ends with the hash of the agent's state, or with the first difference, both
sides decoded; the exit code is then 1. The journal may be that of a recorded
run (its folder, or the configuration: its last run), or of a live host, which
may be running. Nothing is written.

With --plugin another module is given the inputs of every tick, and the orders
that it would have wished otherwise are listed. From the first one on they are
marked hypothetical: its fills are not in its inputs. Its parameters are those
recorded under the same name, else its defaults, else what --param says.
Where the beginning of the journal was pruned, it loads what the agent's own
strategy saves at a checkpoint.

With --dead-letter the agent is replayed up to a tick that failed, and that tick
is run again: the exit code is 0 if it fails as the journal says. With --plugin,
a repaired module takes the same inputs from the start, and that tick.`,
		Example: `  agenthost replay sma runs/20261123-181500-demo
  agenthost replay sma my.hcl --from 1000 --to 2000 --json
  agenthost replay sma my.hcl --plugin new.wasm --param fast=20
  agenthost replay --dead-letter sma-812 my.hcl --plugin fixed.wasm`,
		Args:              r.arguments,
		ValidArgsFunction: configAt(1),
		PreRunE:           func(*cobra.Command, []string) error { return r.checkFlags() },
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.letter != "" {
				return r.runLetter(cmd.Context(), argument(args, 0))
			}
			return r.run(cmd.Context(), args[0], argument(args, 1))
		},
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.Uint64Var(&r.from, "from", 0, "first event to compare; those before are taken (a live host's from a checkpoint on), and not compared")
	f.Uint64Var(&r.to, "to", 0, "last event to take (default: the end)")
	f.StringVar(&r.plugin, "plugin", "", "give every input to another module, too: `FILE.wasm`")
	f.StringArrayVar(&r.params, "param", nil, "a parameter of --plugin, as `name=value`; may be repeated")
	f.StringVar(&r.letter, "dead-letter", "", "run the failed tick of this dead letter again: an `ID` such as sma-812")
	f.StringVar(&r.export, "export", "", "write the failed tick's input, the state before it and the module to `FOLDER`")
	f.BoolVar(&r.interpreter, "interpreter", false, "run modules on the interpreter: slower, with nothing to compile; the same hashes")
	f.BoolVar(&r.json, "json", false, "print JSON objects, one a line; the last is the summary")
	completeFlag(cmd, "plugin", files("wasm"))
	for _, flag := range []string{"param", "dead-letter"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (r *replayCommand) arguments(cmd *cobra.Command, args []string) error {
	if r.letter != "" {
		return needs(0, "a run's folder, a journal's file or a configuration")(cmd, args)
	}
	return needs(1, "an agent's name", "a run's folder, a journal's file or a configuration")(cmd, args)
}

func (r *replayCommand) checkFlags() error {
	switch {
	case r.to != 0 && r.to < r.from:
		return usageError{fmt.Errorf("--from %d --to %d: the first event comes after the last", r.from, r.to)}
	case r.letter != "" && (r.from != 0 || r.to != 0):
		return usageError{errors.New("--dead-letter goes from the first event to the tick that failed: leave out --from and --to")}
	case len(r.params) > 0 && r.plugin == "":
		return usageError{errors.New("--param is for another module: name it with --plugin")}
	case r.export != "" && r.letter == "":
		return usageError{errors.New("--export writes a failed tick: name it with --dead-letter")}
	}
	r.values = map[string]string{}
	for _, p := range r.params {
		name, value, ok := strings.Cut(p, "=")
		if !ok || !parameterName.MatchString(name) {
			return usageError{fmt.Errorf("--param %q is not of the form name=value", p)}
		}
		r.values[name] = value
	}
	return nil
}

func (r *replayCommand) run(ctx context.Context, agent, where string) (err error) {
	h, err := r.open(where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	o := h.options()
	o.Agent, o.From, o.To = agent, r.from, r.to
	if o.Plugin, err = r.other(h); err != nil {
		return err
	}
	replay, err := host.OpenReplay(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, replay.Close()) }()
	began := time.Now()
	failed := r.watch(ctx, replay)
	var diverged *host.Diverged
	if failed != nil && !errors.As(failed, &diverged) {
		return failed
	}
	return r.tell(replay, diverged, time.Since(began))
}

// watch takes the turns, and shows how far it is.
func (r *replayCommand) watch(ctx context.Context, replay *host.Replay) error {
	done := make(chan error, 1)
	go func() { done <- replay.Do(ctx) }()
	stop := r.progress(replay)
	return errors.Join(<-done, stop())
}

// progress draws a bar until stop is called.
func (r *replayCommand) progress(replay *host.Replay) (stop func() error) {
	bar := report.NewProgress(r.err, report.ProgressConfig{Terminal: terminalOf(r.err)})
	over, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				ended <- bar.Finish()
				return
			case <-tick.C:
				if err := bar.Update(replay.Progress()); err != nil {
					ended <- err
					return
				}
			}
		}
	}()
	return func() error {
		close(over)
		return <-ended
	}
}

// other is the module of --plugin, nil if there is none.
func (r *replayCommand) other(h *history) (*host.Plugin, error) {
	if r.plugin == "" {
		return nil, nil
	}
	return &host.Plugin{Load: h.loadPlugin, Values: r.values, Told: r.told}, nil
}

// rowsMax is how many orders that differ are listed for people; JSON has all.
const rowsMax = 100

// told keeps what is to be listed, or prints it.
func (r *replayCommand) told(t *host.PluginTick) error {
	if r.json {
		return r.tickJSON(t)
	}
	if t.Trap != nil && len(r.failed) < 10 {
		r.failed = append(r.failed, fmt.Sprintf("event %d (%s UTC): %s: %s", t.Sequence, when(t.Time), t.Trap.Kind, t.Trap.Message))
	}
	for _, d := range t.Differences {
		if len(r.rows) < rowsMax {
			r.rows = append(r.rows, d)
		}
	}
	return nil
}
