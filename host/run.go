package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/report"
)

// Run is a plan at work. Progress may be called by any goroutine.
type Run struct {
	plan    *Plan
	options Options
	groups  []*group
	elapsed []time.Duration
	errors  []error
}

// NewRun takes the leases and makes every agent ready. Close must follow.
func NewRun(ctx context.Context, p *Plan, o Options) (*Run, error) {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	r := &Run{plan: p, options: o, elapsed: make([]time.Duration, len(p.Groups)), errors: make([]error, len(p.Groups))}
	for _, gp := range p.Groups {
		g, err := start(ctx, gp, &r.options)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("venue %s, account %s: %w", gp.Venue, gp.Account, err), r.Close())
		}
		r.groups = append(r.groups, g)
	}
	return r, nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Do runs every group to the end of its data, or until ctx ends, which carries out each agent's on_stop
// and is no error. A group that fails does not stop the others; the error joins all of them.
func (r *Run) Do(ctx context.Context) error {
	workers := make(chan struct{}, r.workers())
	var wait sync.WaitGroup
	for i, g := range r.groups {
		wait.Add(1)
		go func() {
			defer wait.Done()
			workers <- struct{}{}
			defer func() { <-workers }()
			begun := r.options.Now()
			if err := g.run(ctx); err != nil {
				r.errors[i] = err
				r.options.Log.Error("group stopped", "venue", g.plan.Venue, "account", g.plan.Account, "error", err)
			}
			r.elapsed[i] = r.options.Now().Sub(begun)
			g.progress.Done.Store(g.progress.Total.Load())
		}()
	}
	wait.Wait()
	return errors.Join(r.errors...)
}

// workers bounds how many groups run at once. Groups that are paced by the clock must all run.
func (r *Run) workers() int {
	for _, g := range r.groups {
		if g.plan.Pace != 0 {
			return len(r.groups)
		}
	}
	return r.options.Workers
}

// Progress sums up how far the groups have come: bytes of their feeds' files, and ticks.
func (r *Run) Progress() (done, total, ticks int64) {
	for _, g := range r.groups {
		done += g.progress.Done.Load()
		ticks += g.progress.Ticks.Load()
		_, t := g.market.progress()
		total += t
	}
	return done, total, ticks
}

// Result is what became of one agent.
type Result struct {
	Summary  report.AgentSummary
	Recorder *report.Recorder
	// Compared is how many entries of an earlier run were done again and found equal.
	Compared uint64
}

// Results are the agents in the order of the configuration. To be called after Do.
func (r *Run) Results() []Result {
	byName := map[string]Result{}
	for i, g := range r.groups {
		for k, a := range g.agents {
			end := report.End{
				ModuleSHA256: fmt.Sprintf("%x", a.plan.Module.SHA256()), StateHash: a.stateHash(),
				Mode: a.mode.String(), Elapsed: r.elapsed[i], Feeds: g.quality(k),
			}
			if r.errors[i] != nil {
				end.Error = r.errors[i].Error()
			}
			byName[a.plan.Name] = Result{Summary: a.record.Summary(end), Recorder: a.record, Compared: a.ledger.compared}
		}
	}
	var out []Result
	for _, p := range r.plan.Agents {
		out = append(out, byName[p.Name])
	}
	return out
}

// quality is what the feeds' gates did to the instruments of agent k: one for each feed and instrument.
func (g *group) quality(k int) []report.FeedQuality {
	var out []report.FeedQuality
	for i, f := range g.market.feeds {
		counts := f.Counts()
		for n := range counts {
			at := indexOf(g.plan.Instruments, counts[n].Instrument)
			if (at < 0 || g.local[k][at] >= 0) && provides(&g.plan.Feeds[i], counts[n].Instrument) {
				out = append(out, qualityOf(g.plan.Feeds[i].Name, &counts[n]))
			}
		}
	}
	return out
}

// provides reports whether a feed has a source of the instrument.
func provides(f *feed.Config, instrument string) bool {
	return slices.ContainsFunc(f.Sources, func(s feed.Source) bool { return s.Instrument == instrument || s.SymbolColumn != "" })
}

func qualityOf(name string, c *feed.Count) report.FeedQuality {
	q := report.FeedQuality{
		Feed: name, Instrument: c.Instrument, Bars: int64(c.Delivered), Withheld: int64(c.Withheld()), Flagged: int64(c.Flagged()),
		Gaps: int64(c.Gaps), Missing: int64(c.Missing), Rounded: int64(c.Rounded),
	}
	for d := range c.Found {
		found := &c.Found[d]
		if n := found.Withheld + found.Flagged; n > 0 {
			q.Defects = append(q.Defects, report.DefectCount{
				Defect: event.Defect(d).String(), Count: int64(n), First: fmt.Sprintf("%s:%d", found.Path, found.Line),
			})
		}
	}
	return q
}

// Close ends every instance and feed and gives the leases back. The journal stays open.
func (r *Run) Close() error {
	var err error
	for _, g := range r.groups {
		err = errors.Join(err, g.close())
	}
	return err
}

// close ends what of the group was begun.
func (g *group) close() error {
	var err error
	var ledgers []*ledger
	for _, a := range g.agents {
		err = errors.Join(err, a.close())
		ledgers = append(ledgers, a.ledger)
	}
	if g.lane != nil {
		ledgers = append(ledgers, g.lane)
	}
	err = errors.Join(err, closeLedgers(ledgers))
	if g.market != nil {
		err = errors.Join(err, g.market.close())
	}
	return err
}
