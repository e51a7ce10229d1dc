package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
)

// checkEvery is how often, in seeds, a campaign runs a world twice and compares, and another with a failing
// neighbour and without.
const checkEvery = 50

// WorldsEnough is how many worlds get a campaign into every situation that SometimesPoints lists; a smaller one
// may miss some by chance.
const WorldsEnough = 1000

// Campaign is many worlds, one for each seed from First on.
type Campaign struct {
	First, Count uint64
	// Workers run worlds at once; at least one.
	Workers int
	Options Options
	// Progress, if not nil, is told after each world how many are done and how many of them broke a promise.
	// It is called by one goroutine at a time.
	Progress func(done, bad uint64)
}

// Report is what came of a campaign.
type Report struct {
	Worlds uint64
	// Bad are the seeds whose worlds broke a promise, in order, with what was broken.
	Bad        []uint64
	Violations []Violation
	Injected   Counts
	Crashes    Counts
	Sometimes  Sometimes
	// Denied and Failed are what admission and the strategies did, by code and by verdict.
	Denied, Failed Counts

	Steps, Orders, Fills, Calls uint64
	// Compared is how many states that restarts came to were held against what had been.
	Compared uint64
	// Replayed is how many groups that went on from a checkpoint were held against what comes of the journal alone.
	Replayed uint64
}

// Run runs the campaign to its end, or until ctx ends. Options.Trace and Options.Plan are for single worlds and
// must be nil.
func (c *Campaign) Run(ctx context.Context) (*Report, error) {
	if c.Options.Trace != nil || c.Options.Plan != nil {
		return nil, errors.New("a campaign has no trace and no plan of its own: run the one seed by itself")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &Report{Injected: Counts{}, Crashes: Counts{}, Denied: Counts{}, Failed: Counts{}}
	seeds := make(chan uint64)
	var mu sync.Mutex
	var failure error
	var workers sync.WaitGroup
	for range max(1, c.Workers) {
		workers.Go(func() {
			for seed := range seeds {
				result, err := c.world(ctx, seed)
				mu.Lock()
				if err != nil {
					failure = cmp.Or(failure, err)
					cancel()
				} else {
					r.add(result)
					if c.Progress != nil {
						c.Progress(r.Worlds, uint64(len(r.Bad)))
					}
				}
				mu.Unlock()
			}
		})
	}
	c.feed(ctx, seeds)
	workers.Wait()
	r.sort()
	if failure != nil {
		return r, failure
	}
	return r, ctx.Err()
}

func (c *Campaign) feed(ctx context.Context, seeds chan<- uint64) {
	defer close(seeds)
	for i := range c.Count {
		select {
		case seeds <- c.First + i:
		case <-ctx.Done():
			return
		}
	}
}

// world runs one seed, and now and then what takes two runs.
func (c *Campaign) world(ctx context.Context, seed uint64) (*Result, error) {
	r, err := Run(ctx, seed, c.Options)
	if err != nil {
		return nil, err
	}
	switch seed % checkEvery {
	case 0:
		v, err := CheckDeterminism(ctx, r, c.Options)
		if err != nil {
			return nil, err
		}
		r.Violations = append(r.Violations, v...)
	case 1:
		v, err := CheckNeighbour(ctx, seed, c.Options)
		if err != nil {
			return nil, err
		}
		r.Violations = append(r.Violations, v...)
	}
	return r, nil
}

func (r *Report) add(w *Result) {
	r.Worlds++
	if len(w.Violations) > 0 {
		r.Bad = append(r.Bad, w.Seed)
	}
	r.Violations = append(r.Violations, w.Violations...)
	r.Injected.Add(w.Injected)
	r.Crashes.Add(w.Crashes)
	r.Denied.Add(w.Denied)
	r.Failed.Add(w.Failed)
	r.Sometimes.Add(&w.Sometimes)
	r.Steps += w.Steps
	r.Orders += w.Orders
	r.Fills += w.Fills
	r.Calls += w.Calls
	r.Compared += w.Compared
	r.Replayed += w.Replayed
}

// sort makes the report the same whichever worker was faster.
func (r *Report) sort() {
	slices.Sort(r.Bad)
	slices.SortStableFunc(r.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Invariant, b.Invariant), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Text, b.Text))
	})
}

// OK reports whether no promise was broken and, in a campaign of WorldsEnough, every point was reached: invariant 15.
func (r *Report) OK() bool {
	return len(r.Bad) == 0 && (r.Worlds < WorldsEnough || len(r.Sometimes.Missing()) == 0)
}

// violationsShown bounds what WriteText prints; one seed shows where to look.
const violationsShown = 20

// WriteText writes the tables: faults injected, crash points hit, what was denied and failed, points reached; then what is missing or broken,
// and by replay the command that runs each failing seed again.
func (r *Report) WriteText(w io.Writer, replay func(seed uint64) string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	table := func(title string, names []string, c Counts) {
		fmt.Fprintf(t, "\n%s\t\t\n", title)
		for _, name := range names {
			fmt.Fprintf(t, "%d\t  %s\t\n", c[name], name)
		}
	}
	fmt.Fprintf(t, "worlds\t%d\t\ncalls to venues\t%d\t\norders\t%d\t\nfills\t%d\t\nsteps at which power could fail\t%d\t\nrecovered states compared\t%d\t\nand with the journal alone\t%d\t\n",
		r.Worlds, r.Calls, r.Orders, r.Fills, r.Steps, r.Compared, r.Replayed)
	table("faults injected", r.Injected.Names(), r.Injected)
	table("power failed at", r.Crashes.Names(), r.Crashes)
	table("orders denied", r.Denied.Names(), r.Denied)
	table("ticks failed", r.Failed.Names(), r.Failed)
	table("points reached", SometimesPoints(), r.Sometimes.reached)
	if err := t.Flush(); err != nil {
		return err
	}
	return r.writeVerdict(w, replay)
}

func (r *Report) writeVerdict(w io.Writer, replay func(seed uint64) string) error {
	var b []byte
	for i := range r.Violations[:min(len(r.Violations), violationsShown)] {
		b = fmt.Appendf(b, "%s\n", r.Violations[i].String())
	}
	if more := len(r.Violations) - violationsShown; more > 0 {
		b = fmt.Appendf(b, "and %d more\n", more)
	}
	for i, seed := range r.Bad {
		if i == violationsShown {
			b = fmt.Appendf(b, "and %d more seeds\n", len(r.Bad)-i)
			break
		}
		b = fmt.Appendf(b, "replay: %s\n", replay(seed))
	}
	b = fmt.Appendf(b, "\n%d violations in %d of %d worlds; %d points were never reached\n",
		len(r.Violations), len(r.Bad), r.Worlds, len(r.Sometimes.Missing()))
	_, err := w.Write(b)
	return err
}
