package simulation

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// Options change what a seed alone decides.
type Options struct {
	// Open starts the groups of the host. Nil: host.Live with the simulator's own strategies.
	Open Opener
	// Plan is run instead of the seed's own; nil takes that.
	Plan *Plan
	// Trace gets a line for each thing that happens; nil for none.
	Trace io.Writer
	// NoLimits does not hold orders to the limits of the simulator's agents: for hosts without risk.
	NoLimits bool
	// Guest says that somebody's own module plays, as of NewCast: it has no limits, may fail as it likes, also with
	// AuditCode, and the venues take stops and sizes that are no units.
	Guest bool
	// Break runs a host that is broken on purpose; BreakNothing does not.
	Break Break
	// Sound runs a sound host in the troubles that Break is shown in.
	Sound bool
}

// World is one run of a whole host in a world of its own.
type World struct {
	plan  *Plan
	open  Opener
	power *Power
	disk  *Disk
	// checkpoints is the host's file of them, beside its journal.
	checkpoints *CheckpointFile
	market      *Market
	groups      []*worldGroup
	journal     *journal.Journal
	random      random
	now         int64
	trace       *Trace
	result      Result
	// restart is when a host that is down is started again; 0 while it runs.
	restart int64
	starts  int // how often the host was started
	// settling says that faults are off; end is when the run is over.
	settling bool
	end      int64
	// look is when persons go through what is left, 0 for never.
	look   int64
	failed bool
	idle   int
	doing  int // the market step under way
	// unflattened says that a person's kill switch has not answered yet.
	unflattened bool
	// guest says that the strategies are not the simulator's.
	guest bool
}

// Run runs the world of a seed to its end. The error is of the simulator itself; what the host did wrong is in
// the result's violations.
func Run(ctx context.Context, seed uint64, o Options) (*Result, error) {
	w, err := newWorld(seed, o)
	if err != nil {
		return nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	if err := w.run(ctx); err != nil {
		return nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	return &w.result, nil
}

func newWorld(seed uint64, o Options) (*World, error) {
	p := o.Plan
	if p == nil {
		p = NewPlan(seed)
	}
	if o.Guest {
		p.invite()
	}
	scene, broken := o.Break, o.Break
	if o.Sound {
		broken = BreakNothing
	}
	scene.scene(p)
	broken.plan(p)
	p = p.own()
	if o.Open == nil {
		return nil, errors.New("no host to run")
	}
	w := &World{
		guest: o.Guest, plan: p, open: o.Open, power: NewPower(p.Crashes...), market: NewMarket(seed, p.Market), random: newRandom(seed, "world"), now: start,
		result: Result{Seed: seed, Plan: p, Injected: Counts{}, Crashes: Counts{}, Denied: Counts{}, Failed: Counts{}},
	}
	if o.Trace != nil {
		w.trace = NewTrace(o.Trace, start)
		w.trace.Line(start, "plan", p.String())
	}
	faults := p.Disk
	broken.disk(&faults)
	w.disk = NewDisk(seed, w.power, faults)
	var err error
	if w.checkpoints, err = NewCheckpointFile(seed, w.power, w.disk, p.Checkpoints); err != nil {
		return nil, err
	}
	for i := range p.Groups {
		g, err := w.newGroup(i, scene, broken, &o)
		if err != nil {
			return nil, err
		}
		w.groups = append(w.groups, g)
	}
	return w, nil
}

// run is the whole life of a world: trade, settle, compare.
func (w *World) run(ctx context.Context) error {
	w.start(ctx)
	for !w.failed {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := w.next()
		if at == 0 || w.settling && at > w.end {
			break
		}
		w.now = max(w.now, at)
		w.step(ctx)
		if !w.settling && w.market.Next() == 0 {
			w.settle()
		}
	}
	if err := ctx.Err(); err != nil { // what a host says that is interrupted is no broken promise
		return err
	}
	w.finish()
	return w.trace.Err()
}

// next is when something happens.
func (w *World) next() int64 {
	at := w.market.Next()
	for _, g := range w.groups {
		at = sooner(at, g.venue.Next())
		if w.restart == 0 && g.host != nil {
			at = sooner(at, max(w.now, g.host.Next())*min(1, g.host.Next()))
		}
		if len(g.inputs) > 0 && w.restart == 0 {
			at = sooner(at, w.now)
		}
	}
	if w.restart != 0 {
		return sooner(at, w.restart)
	}
	return sooner(at, w.look)
}

func sooner(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// step lets happen what is due at now.
func (w *World) step(ctx context.Context) {
	var shown *event.Market
	if w.market.Next() != 0 && w.market.Next() <= w.now {
		shown = w.marketStep()
	}
	for _, g := range w.groups {
		for _, r := range g.venue.Advance(w.now) {
			for _, r := range g.seam.replies(r) {
				g.inputs = append(g.inputs, Input{Reply: &r})
			}
		}
		if shown != nil {
			g.inputs = append(g.inputs, Input{Market: shown})
		}
	}
	if w.restart != 0 {
		for _, g := range w.groups {
			g.inputs = nil // nobody listens
		}
		if w.restart <= w.now {
			w.start(ctx)
		}
		return
	}
	for _, g := range w.groups {
		if w.restart != 0 || w.failed {
			return
		}
		if w.look != 0 && w.look <= w.now {
			g.inputs = append(g.inputs, g.person.looksAtAll(g)...)
		}
		w.round(ctx, g)
	}
	if w.look <= w.now {
		w.look = 0
	}
}

// marketStep moves prices, at the venues and for the host, and lets happen what the plan has for this step.
func (w *World) marketStep() *event.Market {
	for _, g := range w.groups {
		for _, r := range g.venue.Advance(w.now) { // what arrives first, trades first
			for _, r := range g.seam.replies(r) {
				g.inputs = append(g.inputs, Input{Reply: &r})
			}
		}
	}
	truth, shown := w.market.Step()
	w.doing++
	for _, g := range w.groups {
		g.venue.Market(truth)
		if w.restart == 0 {
			g.inputs = append(g.inputs, g.person.looks(g)...)
		}
	}
	w.disk.SetFull(w.plan.Full.Has(w.doing))
	if w.plan.Flatten > 0 && w.plan.Flatten == w.doing {
		w.unflattened = true
	}
	if w.unflattened && w.restart == 0 { // who presses the switch, presses it until it answers
		w.groups[0].inputs = append(w.groups[0].inputs, Input{Flatten: true})
	}
	return shown
}
