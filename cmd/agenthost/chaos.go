package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/chaos"
)

// chaosCommand is the flags of chaos.
type chaosCommand struct {
	*console
	settings
	duration, settle time.Duration
	seed             uint64
	seeded           bool
}

func newChaos(con *console) *cobra.Command {
	c := &chaosCommand{console: con}
	cmd := &cobra.Command{
		Use:   "chaos CONFIG",
		Short: "Run a live configuration under faults and say what it survived",
		Long: `chaos runs a live configuration for a while with the faults of its chaos block or,
where it has none, with 30 % failing calls and 500 ms of latency. Then the faults
end, the host settles what is open, and every order of this run is looked up at
the venue, the positions compared. It is done only where every venue is a test.

The run goes on with the history in data_dir, like agenthost run. kill_every is
left out: the process that would be killed is the one that judges; run
agenthost run under a supervisor for it. The exit code is 0 if nothing was lost.`,
		Example: `  agenthost chaos config/live.hcl
  agenthost chaos config/live.hcl --duration 60s --seed 7`,
		Args: exactly("a configuration file or folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.seeded = cmd.Flags().Changed("seed")
			return c.run(cmd.Context(), args[0])
		},
	}
	c.flags(cmd)
	f := cmd.Flags()
	f.DurationVar(&c.duration, "duration", time.Minute, "how long there are faults")
	f.DurationVar(&c.settle, "settle", 2*time.Minute, "how long it may take afterwards until all is settled")
	f.Uint64Var(&c.seed, "seed", 1, "what decides where the faults fall, instead of the chaos block's")
	return cmd
}

// usualChaos is that of the customer's guide: three calls of ten fail, and each takes half a second longer.
func usualChaos() *config.Chaos {
	c := config.DefaultChaos()
	c.Seed, c.Venue.FailRate, c.Venue.Latency = 1, 3*config.One/10, 500*time.Millisecond
	return &c
}

func (c *chaosCommand) run(ctx context.Context, path string) error {
	if c.duration <= 0 || c.settle <= 0 {
		return usageError{errors.New("--duration and --settle are times above zero, such as 60s")}
	}
	p, d, err := c.prepare(ctx, path, c.console)
	if err != nil {
		return err
	}
	defer p.close()
	if err := printDiagnostics(c.console, d); err != nil {
		return err
	}
	switch {
	case d.HasErrors():
		return errPrinted
	case p.config.Recorded():
		return fmt.Errorf("%s is a recorded run, which has no network to fail: chaos is for live configurations", path)
	case p.config.Host.Journal.Type == "memory":
		return errors.New("a live run needs a journal on disk; set journal { type = \"sqlite\" }")
	}
	if p.config.Host.Chaos == nil {
		p.config.Host.Chaos = usualChaos()
	}
	p.config.Host.Chaos.KillEvery = 0
	if c.seeded {
		p.config.Host.Chaos.Seed = c.seed
	}
	return c.perform(ctx, path, p)
}

// perform is the run, from its first fault to the verdict.
func (c *chaosCommand) perform(ctx context.Context, path string, p *prepared) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	l, err := newLiveHost(c.console, path, p, host.ServiceOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	judge, err := newChaosJudge(p, began)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, judge.close()) }()
	running, end := context.WithCancelCause(ctx)
	defer end(nil)
	served := make(chan error, 1)
	go func() { served <- l.run(running) }()
	stopped := sync.OnceValue(func() error {
		end(errors.New("the chaos run is over"))
		return <-served
	})
	defer func() { err = errors.Join(err, stopped()) }()
	if err := during(ctx, c.duration, served); err != nil {
		return err
	}
	modes, err := l.control.Status(ctx)
	if err != nil {
		return err
	}
	l.faults.end()
	ended := time.Now()
	verdict, err := c.settled(ctx, l, judge, served)
	if err != nil {
		return err
	}
	settling := time.Since(ended)
	last, err := l.control.Status(ctx)
	if err != nil {
		return err
	}
	if stopped() != nil {
		return nil // it is told below
	}
	return c.report(l, verdict, &modes, &last, settling)
}

// during waits, unless the host ends before.
func during(ctx context.Context, d time.Duration, served chan error) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case err := <-served:
		served <- err // the cause is told once, by whoever waits for the end
		return errors.New("the host ended by itself")
	case <-ctx.Done():
		return errors.New("stopped before there was a verdict")
	}
}

// settled compares again and again, for agents trade on, until all fits or the time for it is over.
func (c *chaosCommand) settled(ctx context.Context, l *liveHost, j *chaosJudge, served chan error) (*audit, error) {
	deadline := time.Now().Add(c.settle)
	waiting, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if err := l.faults.chaos.Wait(waiting); err != nil {
		return nil, err
	}
	for {
		a, err := j.compare(ctx)
		if err != nil {
			return nil, err
		}
		if len(a.wrong) == 0 || time.Now().After(deadline) {
			return a, nil
		}
		if err := during(ctx, time.Second, served); err != nil {
			return nil, err
		}
	}
}

// report says what was injected and what became of it.
func (c *chaosCommand) report(l *liveHost, a *audit, during, last *admin.Status, settling time.Duration) error {
	injected := l.faults.chaos.Report()
	l.faults.chaos.Close()
	l.faults = nil // it has told
	if err := injected.WriteText(c.out); err != nil {
		return err
	}
	t := newLines(c.out)
	calls, failed := failedCalls(&injected)
	t.line("\ncalls to venues", fmt.Sprintf("%d in %s, %d of them failed by chaos (%.1f %%)", calls, c.duration, failed, 100*float64(failed)/float64(max(calls, 1))))
	for i := range last.Agents {
		name := last.Agents[i].Name
		was := during.Agent(name)
		t.line("mode of "+name, fmt.Sprintf("%s under faults%s, %s at the end%s", was.Mode, because(was), last.Agents[i].Mode, because(&last.Agents[i])))
	}
	for i := range last.Accounts {
		x := &last.Accounts[i]
		t.line("breaker of "+x.Venue+"/"+x.Account, x.Breaker)
	}
	t.line("settled after", settling.Round(time.Millisecond))
	if err := errors.Join(t.err, a.writeText(c.out)); err != nil {
		return err
	}
	if len(a.wrong) > 0 {
		fmt.Fprintf(c.err, "agenthost: after %s without faults, %s not fit\n", c.settle, pluralVerb(len(a.wrong), "thing does", "things do"))
		return errPrinted
	}
	t.line("verdict", "every order is accounted for, and the positions are the venue's")
	return t.err
}

func pluralVerb(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// because tells a mode's reasons.
func because(a *admin.AgentStatus) string {
	var words []string
	for i := range a.Reasons {
		words = append(words, a.Reasons[i].Condition)
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// failedCalls counts calls, and those that chaos answered or lost.
func failedCalls(r *chaos.Report) (calls, failed uint64) {
	for i := range r.Seams {
		if r.Seams[i].Kind == "venue" {
			calls += r.Seams[i].Things
		}
	}
	for _, f := range []chaos.Fault{chaos.FaultFail, chaos.FaultDropBeforeProved, chaos.FaultDropBeforeUnproved, chaos.FaultDropAfter, chaos.FaultDelay} {
		failed += r.Count(f)
	}
	return calls, failed
}
