package simulation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
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
	plan    *Plan
	open    Opener
	power   *Power
	disk    *Disk
	market  *Market
	groups  []*worldGroup
	journal *journal.Journal
	random  random
	now     int64
	trace   *Trace
	result  Result
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

// worldGroup is one account: the venue's side, the host's, and who compares them.
type worldGroup struct {
	index    int
	lane     execution.Config
	venue    *Venue
	checker  *Checker
	seam     *seam
	host     Hosted
	books    *folded
	inputs   []Input
	person   person
	watch    watch
	operator operator
	trace    *Trace
}

// Result is what came of a world.
type Result struct {
	Seed       uint64
	Plan       *Plan
	Violations []Violation
	// Injected are the faults, Crashes the failures of power by point, Sometimes the points reached.
	Injected  Counts
	Crashes   Counts
	Sometimes Sometimes
	// Denied are the orders that admission denied, by code; Failed the ticks that failed, by verdict.
	Denied, Failed Counts
	// Steps is how many steps could have failed; Orders, Fills and Calls what went on at the venues.
	Steps                uint64
	Orders, Fills, Calls uint64
	// Compared counts the agents that a restart brought back to a turn after which their state was known.
	Compared uint64
	// GroupHashes are over the journal streams and the venue's book of each group, Hash over all: one for
	// each seed.
	GroupHashes [][32]byte
	Hash        [32]byte
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
	for i := range p.Groups {
		g := &worldGroup{index: i, lane: p.LaneConfig(i), trace: w.trace.tagged(strconv.Itoa(i))}
		g.operator = operator{fates: map[string]fate{}, hashes: map[string]map[uint64]string{}}
		g.venue = NewVenue(seed+uint64(i), p.Groups[i].Venue, g.trace)
		scene.sceneLane(&g.lane)
		broken.lane(&g.lane)
		limits := Limits{Budget: g.lane.Budget}
		if !o.NoLimits && !o.Guest {
			p.limit(&limits, i)
		}
		g.checker = NewChecker(seed, start, g.venue, limits)
		var err error
		if g.books, err = newFolded(w.disk, &p.Groups[i], g.lane); err != nil {
			return nil, err
		}
		g.person = person{newRandom(seed, "person/"+strconv.Itoa(i)), p.Person}
		g.seam = newSeam(scene, broken, g.venue, newRandom(seed, "seam"))
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

// roundsIdleMax is how many rounds a group may ask for at one time before it counts as spinning.
const roundsIdleMax = 2000

// stepsOfRound is how many steps at which power can fail a round has, and more: as long before a failure the states of
// the agents are kept.
const stepsOfRound = 12

// round gives a group what came in, and sends what it orders.
func (w *World) round(ctx context.Context, g *worldGroup) {
	wants := g.host.Next()
	if len(g.inputs) == 0 && (wants == 0 || wants > w.now) {
		return
	}
	if len(g.inputs) > 0 || wants < w.now {
		w.idle = 0
	} else if w.idle++; w.idle > roundsIdleMax {
		g.checker.Violate(InvariantLiveness, w.now, "the group asks for rounds at one time without end")
		w.failed = true
		return
	}
	g.operator.prepare(ctx, w, g)
	if w.power.Off() {
		w.crash(nil)
		return
	}
	in := g.operator.give(g.inputs)
	g.inputs = nil
	flattens := slices.ContainsFunc(in, func(i Input) bool { return i.Flatten })
	g.watch.before(w, g, in)
	calls, err := g.host.Round(ctx, in, w.clock())
	if w.power.Off() {
		w.crash(nil)
		return
	}
	if err != nil {
		w.crash(err)
		return
	}
	if flattens {
		w.unflattened = false
	}
	for i := range in {
		if r := in[i].Redrive; r != nil {
			w.trace.Line(w.now, "person", "redrives", r.Order, "refused:", r.Refused)
			if r.Refused != nil {
				w.result.Sometimes.Reach(PointRedriveRefused)
			}
		}
	}
	g.operator.answered(w, g, in)
	for i := range calls {
		if w.power.Step(PointRelease) {
			w.crash(nil)
			return
		}
		w.send(g, &calls[i])
	}
	if err := g.books.advance(w.now); err != nil {
		w.fail(g, err)
		return
	}
	if flattens {
		g.checker.Kill(w.now)
	}
	g.watch.after(w, g)
	if w.power.Near(stepsOfRound) {
		g.operator.note(w, g)
	}
	if w.power.Step(PointRound) {
		w.crash(nil)
	}
}

// fail ends the run: the journal itself is not what it must be.
func (w *World) fail(g *worldGroup, err error) {
	g.checker.Violate(InvariantJournal, w.now, "%v", err)
	w.failed = true
}

// clock is what the host takes for now: sometimes it stepped back.
func (w *World) clock() int64 {
	if !w.settling && w.random.chance(w.plan.ClockBack) {
		w.result.Injected.add("clock stepped back", 1)
		return w.now - w.random.between(0, second)
	}
	return w.now
}

// send puts a call on its way, by the seam, where broken variants bend it.
func (w *World) send(g *worldGroup, c *event.Call) {
	g.trace.Call(w.now, c)
	w.result.Calls++
	g.watch.call(w, c)
	for _, sent := range g.seam.calls(*c, w.now) {
		g.checker.Released(&sent, w.now)
		g.venue.Call(sent, w.now)
	}
}

// crash ends the incarnation: the power failed, or the host gave up with an error.
func (w *World) crash(err error) {
	if err != nil && !w.power.Off() {
		w.trace.Line(w.now, "host", "stops:", err)
		if !w.excused(err) {
			w.groups[0].checker.Violate(InvariantLiveness, w.now, "the host stops: %v", err)
			w.failed = true
		}
	} else {
		w.trace.Line(w.now, "power", "fails at step", w.power.Steps())
		w.result.Sometimes.Reach(PointCrash)
		if w.restart != 0 {
			w.result.Sometimes.Reach(PointCrashRecovery)
		}
	}
	for _, g := range w.groups {
		g.watch.crash(w, g)
		if g.host != nil {
			if err := g.operator.crash(w, g); err != nil {
				g.checker.Violate(InvariantLiveness, w.now, "drop a swap: %v", err)
			}
			// A host without power can let go of memory only; what it says about its journal is no news.
			if err := g.host.Release(); err != nil && !IsPower(err) && !w.excused(err) {
				g.checker.Violate(InvariantLiveness, w.now, "release: %v", err)
			}
			g.host = nil
		}
		g.inputs = nil
		g.venue.Hangup()
	}
	w.restart = w.now + w.random.between(millisecond, pick(w.random, second, 5*second, 30*second))
}

// excused reports whether an error of the host's comes of what the disk did to it.
func (w *World) excused(err error) bool {
	injected := w.disk.Injected()
	switch {
	case errors.Is(err, journal.ErrFull):
		return injected["disk full"] > 0
	case errors.Is(err, journal.ErrIndeterminate):
		return injected["append in doubt, stored"]+injected["append in doubt, not stored"] > 0
	}
	return false
}

// start starts the host, or starts it again.
func (w *World) start(ctx context.Context) {
	again := w.restart != 0
	if w.power.Off() {
		w.power.Restore()
	}
	err := w.openGroups(ctx)
	if w.power.Off() {
		w.restart = w.now
		w.crash(nil)
		return
	}
	if err != nil {
		w.restart = w.now
		w.crash(err)
		return
	}
	w.restart = 0
	w.trace.Line(w.now, "host", "runs, incarnation", w.power.Incarnation(), "again", again)
	for _, g := range w.groups {
		if err := errors.Join(g.books.restart(), g.books.advance(w.now)); err != nil {
			w.fail(g, err)
			return
		}
		g.watch.started(w, g)
		g.operator.started(w, g)
		if w.settling {
			g.inputs = append(g.inputs, w.acts()...)
		}
	}
}

func (w *World) openGroups(ctx context.Context) error {
	j, err := journal.Open(w.disk.Open(), journal.Options{Inline: true})
	if err != nil {
		return err
	}
	w.journal = j
	w.starts++
	w.plan.configure(w.starts)
	for _, g := range w.groups {
		g.seam.restart(w.disk, &g.lane)
	}
	for _, g := range w.groups {
		if g.host, err = w.open(ctx, w.plan, g.index, g.lane, j, w.clock()); err != nil {
			g.host = nil
			return fmt.Errorf("open group %d: %w", g.index, err)
		}
	}
	return nil
}
