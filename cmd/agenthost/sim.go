package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/report"
	"github.com/agenthost/agenthost/host/simulation"
)

// simCommand is the flags of sim.
type simCommand struct {
	*console
	seeds, first, seed uint64
	one                bool // --seed was given
	trace, json        bool
	plugin             string
	workers            int
}

func newSim(con *console) *cobra.Command {
	s := &simCommand{console: con}
	cmd := &cobra.Command{
		Use:   "sim [--seeds N] [--seed S --trace] [--plugin FILE.wasm]",
		Short: "Run the whole host in made-up worlds where everything fails",
		Long: fmt.Sprintf(`sim runs the whole host in worlds of virtual time: many agents, venues that lose,
delay and repeat what they are told, a disk that fills up, power that fails at any
step, also while the host recovers, and checkpoints that are lost, torn or another
engine's. A seed decides all of it and always gives the
same world. After each, the venue's books are held against the journal.

It ends with what was injected, where the power failed, which situations came up,
and the command that runs a failing seed again. It exits with 1 if a promise was
broken, or if a campaign of %d worlds or more never got into one of the
situations it must get into.

--plugin puts a module of your own in the place of the simulator's strategies: it
meets the same faults. Which situations come up then depends on what it wishes, so
missing ones are only told. A tick that fails is no broken promise. The module's
parameters have their defaults.`, simulation.WorldsEnough),
		Example: `  agenthost sim --seeds 20000
  agenthost sim --seeds 500 --plugin strategy.wasm
  agenthost sim --seed 4711 --trace`,
		Args:    atMost(),
		PreRunE: func(cmd *cobra.Command, _ []string) error { return s.checkFlags(cmd) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.Uint64Var(&s.seeds, "seeds", 1000, "run so many worlds")
	f.Uint64Var(&s.first, "first", 0, "the first of the seeds")
	f.Uint64Var(&s.seed, "seed", 0, "run the world of one `SEED` alone")
	f.BoolVar(&s.trace, "trace", false, "with --seed: print a line for each thing that happens")
	f.StringVar(&s.plugin, "plugin", "", "a module, `FILE.wasm`, in the place of the simulator's strategies")
	f.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "run so many worlds at once")
	f.BoolVar(&s.json, "json", false, "print the report as one JSON object, the last line of standard output")
	completeFlag(cmd, "plugin", files("wasm"))
	return cmd
}

func (s *simCommand) checkFlags(cmd *cobra.Command) error {
	f := cmd.Flags()
	s.one = f.Changed("seed")
	switch {
	case s.one && (f.Changed("seeds") || f.Changed("first")):
		return usageError{errors.New("--seed runs one world; --seeds and --first say which of many")}
	case s.trace && !s.one:
		return usageError{errors.New("--trace is of one world: say which with --seed")}
	case s.seeds == 0:
		return usageError{errors.New("--seeds 0 runs nothing; write 1 or more")}
	case s.workers < 1:
		return usageError{fmt.Errorf("--workers %d: write 1 or more", s.workers)}
	case f.Changed("plugin") && s.plugin == "":
		return usageError{errors.New("--plugin needs the name of a module, such as strategy.wasm")}
	}
	if s.one {
		s.first, s.seeds = s.seed, 1
	}
	return nil
}

func (s *simCommand) run(ctx context.Context) (err error) {
	var plugin []byte
	if s.plugin != "" {
		if plugin, err = os.ReadFile(s.plugin); err != nil {
			return plain(err)
		}
	}
	cast, err := simulation.NewCast(ctx, plugin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cast.Close()) }()
	o := simulation.Options{Open: cast.Open, Guest: plugin != nil}
	if s.trace {
		traced := o
		traced.Trace = s.out
		if _, err := simulation.Run(ctx, s.seed, traced); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	r, err := s.campaign(ctx, o)
	if r == nil || err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return s.finish(r, time.Since(started), err != nil)
}

// gcPercent lets garbage grow to a multiple of what lives before it is collected: a world is short and leaves all
// of it behind. It saves two fifths of the time for some ten megabytes. GOGC in the environment overrules it.
const gcPercent = 400

// campaign runs the worlds and shows how far they are.
func (s *simCommand) campaign(ctx context.Context, o simulation.Options) (*simulation.Report, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	bar := report.NewProgress(s.err, report.ProgressConfig{Terminal: terminalOf(s.err), Unit: "worlds"})
	var shown error
	c := simulation.Campaign{
		First: s.first, Count: s.seeds, Workers: s.workers, Options: o,
		Progress: func(done, _ uint64) {
			if shown == nil && !s.one {
				shown = bar.Update(int64(done), int64(s.seeds), int64(done))
			}
		},
	}
	r, err := c.Run(ctx)
	return r, errors.Join(err, shown, bar.Finish())
}

// finish prints what came of it, and decides how the command ends.
func (s *simCommand) finish(r *simulation.Report, took time.Duration, stopped bool) error {
	if s.json {
		if err := s.printJSON(r, took, stopped); err != nil {
			return err
		}
	} else if err := s.printText(r, took, stopped); err != nil {
		return err
	}
	if len(r.Bad) > 0 || s.plugin == "" && !r.OK() {
		return errPrinted
	}
	return nil
}

func (s *simCommand) printText(r *simulation.Report, took time.Duration, stopped bool) error {
	if err := r.WriteText(s.out, s.replay); err != nil {
		return err
	}
	what := "took"
	if stopped {
		what = "was stopped after"
	}
	if s.plugin != "" && r.Fills == 0 {
		fmt.Fprintln(s.out, "no order of the module was filled, so little was tried: see what was denied. "+
			"The venues here take sizes in units, and markets last 30 to 70 bars.")
	}
	_, err := fmt.Fprintf(s.out, "the simulation %s %s\n", what, took.Round(time.Millisecond))
	return err
}

// replay is the command that runs a seed again.
func (s *simCommand) replay(seed uint64) string {
	text := fmt.Sprintf("agenthost sim --seed %d --trace", seed)
	if s.plugin != "" {
		text += " --plugin " + report.ShellQuoted(s.plugin)
	}
	return text
}

// simJSON is the report for programs.
type simJSON struct {
	FormatVersion string            `json:"format_version"`
	First         uint64            `json:"first"`
	Worlds        uint64            `json:"worlds"`
	Seconds       float64           `json:"seconds"`
	Stopped       bool              `json:"stopped"`
	Calls         uint64            `json:"calls"`
	Orders        uint64            `json:"orders"`
	Fills         uint64            `json:"fills"`
	Steps         uint64            `json:"steps"`
	Injected      simulation.Counts `json:"injected"`
	PowerFailed   simulation.Counts `json:"power_failed"`
	Denied        simulation.Counts `json:"denied"`
	Failed        simulation.Counts `json:"failed"`
	Reached       simulation.Counts `json:"reached"`
	Missing       []string          `json:"missing"`
	BadSeeds      []uint64          `json:"bad_seeds"`
	Violations    []simViolation    `json:"violations"`
}

type simViolation struct {
	Invariant int    `json:"invariant"`
	Promise   string `json:"promise"`
	Seed      uint64 `json:"seed"`
	// Time is nanoseconds since the world began, -1 if it was found at the end.
	Time    int64  `json:"time"`
	Account string `json:"account"`
	Text    string `json:"text"`
	Replay  string `json:"replay"`
}

func (s *simCommand) printJSON(r *simulation.Report, took time.Duration, stopped bool) error {
	j := simJSON{
		FormatVersion: "1.0", First: s.first, Worlds: r.Worlds, Seconds: took.Seconds(), Stopped: stopped, Calls: r.Calls,
		Orders: r.Orders, Fills: r.Fills, Steps: r.Steps, Injected: r.Injected, PowerFailed: r.Crashes, Denied: r.Denied, Failed: r.Failed, Reached: r.Sometimes.Reached(),
		Missing: append([]string{}, r.Sometimes.Missing()...), BadSeeds: append([]uint64{}, r.Bad...), Violations: []simViolation{},
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		j.Violations = append(j.Violations, simViolation{
			Invariant: int(v.Invariant), Promise: v.Invariant.String(), Seed: v.Seed, Time: v.Time, Account: v.Account, Text: v.Text,
			Replay: s.replay(v.Seed),
		})
	}
	return json.NewEncoder(s.out).Encode(&j)
}
