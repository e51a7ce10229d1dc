package simulation

import (
	"fmt"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// start is when every world begins: 2026-01-05 00:00:00 UTC, a Monday.
const start = int64(1_767_571_200) * second

// Plan is what a seed decides about a world.
type Plan struct {
	Seed   uint64
	Market MarketConfig
	Groups []GroupPlan
	Disk   DiskFaults
	// Checkpoints is what becomes of the file of checkpoints.
	Checkpoints CheckpointFaults
	// Full are the market steps during which the disk is full.
	Full Span
	// Crashes are the steps at which the power fails, counted over all incarnations.
	Crashes []uint64
	// SettleWindow is what the host is told of late requests; Lookup and Unknown follow from it.
	SettleWindow int64
	// ClockBack is how often, in parts of a million rounds, the host's clock steps back, by at most a second.
	ClockBack uint32
	// Flatten is the market step at which a person shuts the account of the first group down, 0 for never.
	Flatten int
	// Person is how often, in parts of a million market steps, a person does something about a dead letter.
	Person uint32
	// kept are the modules that the host of this world has kept, by SHA-256.
	kept map[[32]byte]bool
}

// Span is a span of market steps, without the last.
type Span struct{ From, To int }

// Has reports whether a step is in the span.
func (s Span) Has(step int) bool { return step >= s.From && step < s.To }

// GroupPlan is one account and its agents.
type GroupPlan struct {
	Venue   VenueConfig
	Agents  []AgentSpec
	Foreign string // claim, ignore or halt
	// OnQuarantine is hold or flatten; TicksOrder ticks strategies for orders too.
	OnQuarantine string
	TicksOrder   bool
	// FeedAge lets an old feed take the agents to OBSERVATION; DrawdownMax, if set, a loss to SHUTDOWN.
	FeedAge     bool
	DrawdownMax int64
	// Swaps are what persons do to the modules, by step; Changes what the configuration does at restarts.
	Swaps   []SwapPlan
	Changes []ChangePlan
	// Checkpoints says when the host makes them; the zero rule is never. Prunes are when the journal is pruned, up
	// to PruneKeep nanoseconds before.
	Checkpoints host.CheckpointRule
	Prunes      []PrunePlan
	PruneKeep   int64
}

// AgentSpec is one agent.
type AgentSpec struct {
	Name     string
	Strategy string // one of Strategies
	// Version is which of the modules of that code; Tight says that its limits are low.
	Version int
	Tight   bool
	// Instruments are the places of its instruments in the world's list.
	Instruments []int
	Shared      bool
}

// NewPlan derives a plan from its seed.
func NewPlan(seed uint64) *Plan {
	r := newRandom(seed, "plan")
	p := &Plan{Seed: seed, SettleWindow: r.between(5, 15) * second}
	p.planMarket(r)
	for g := range 1 + r.IntN(2) {
		p.Groups = append(p.Groups, p.planGroup(r, g))
	}
	p.planDisk(r)
	p.planCheckpoints()
	p.planCrashes(r)
	if r.IntN(4) == 0 {
		p.ClockBack = uint32(r.between(1_000, 50_000))
	}
	if r.IntN(12) == 0 {
		p.Flatten = 10 + r.IntN(p.Market.Steps-10)
	}
	if r.IntN(2) == 0 {
		p.Person = uint32(r.between(20_000, 500_000))
	}
	return p
}

func (p *Plan) planMarket(r random) {
	m := &p.Market
	m.Start, m.Interval = start+second, pick(r, second, 2*second, 5*second)
	m.Steps = int(r.between(30, 70))
	for i := range 1 + r.IntN(3) {
		m.Instruments = append(m.Instruments, event.Instrument{
			Name: fmt.Sprintf("X%d", i), Kind: event.Perpetual, Base: fmt.Sprintf("X%d", i), Quote: "USD", Settle: "USD",
			PriceDecimals: 2, QuantityDecimals: 3, Tick: pick(r, int64(1), 5, 25), Lot: pick(r, int64(1), 10, 100),
			Multiplier: event.One,
		})
	}
	for i := range m.Instruments {
		m.Instruments[i].QuantityMin = m.Instruments[i].Lot
	}
	if r.IntN(2) == 0 {
		m.NotANumber, m.Contradiction = rate(r, 2), rate(r, 2)
		m.Duplicate, m.Gap, m.Jump = rate(r, 2), rate(r, 3), rate(r, 2)
	}
}

// rate draws a rate from nothing to so many percent.
func rate(r random, percent int64) uint32 { return uint32(r.between(0, percent*Million/100)) }

func (p *Plan) planGroup(r random, g int) GroupPlan {
	group := GroupPlan{Venue: p.planVenue(r, g), Foreign: pick(r, "ignore", "ignore", "claim", "halt")}
	group.OnQuarantine, group.TicksOrder, group.FeedAge = pick(r, "hold", "flatten"), r.IntN(3) == 0, r.IntN(2) == 0
	if r.IntN(4) == 0 {
		group.DrawdownMax = event.One / 1000 * r.between(1, 30)
	}
	n := 1 + r.IntN(3)
	shared := r.IntN(3) == 0 || len(p.Market.Instruments) < n
	for i := range n {
		a := AgentSpec{
			Name: fmt.Sprintf("a%d%d", g, i), Strategy: pick(r, "trader", "trader", "trader", "poison", "greedy"), Shared: shared && n > 1,
		}
		for k := range p.Market.Instruments {
			if shared && r.IntN(2) == 0 || !shared && k%n == i {
				a.Instruments = append(a.Instruments, k)
			}
		}
		if len(a.Instruments) == 0 {
			a.Instruments = []int{r.IntN(len(p.Market.Instruments))}
		}
		group.Agents = append(group.Agents, a)
	}
	p.planSwaps(&group, g)
	p.planSaves(&group, g)
	return group
}

func (p *Plan) planVenue(r random, g int) VenueConfig {
	v := VenueConfig{
		Venue: "exchange", Account: fmt.Sprintf("account%d", g), Currency: "USD", Instruments: p.Market.Instruments,
		Dedupe:       pick(r, resilience.DedupeNone, resilience.DedupeOpen, resilience.DedupeWindow, resilience.DedupeForever),
		DedupeWindow: p.SettleWindow * r.between(3, 12), Replays: r.IntN(2) == 0, Expires: r.IntN(2) == 0, ReduceOnly: r.IntN(2) == 0,
		NotProcessed: r.IntN(2) == 0, Cash: 1_000_000 * event.One, Fee: pick(r, int64(0), event.One/1000),
		LatencyMax: pick(r, 20*millisecond, 200*millisecond, 2*second), SettleWindow: p.SettleWindow,
		Facilities: event.FacilityCancel | event.FacilityLookup | event.FacilityLookupPast | event.FacilityOpenOrders |
			event.FacilityFills | event.FacilityPositions | event.FacilityBalances,
	}
	if r.IntN(2) == 0 {
		v.Facilities |= event.FacilityStream
	}
	if r.IntN(2) == 0 {
		v.Facilities |= event.FacilityReplace
	}
	if r.IntN(10) == 0 {
		v.Facilities &^= event.FacilityLookupPast
	}
	if r.IntN(5) == 0 {
		v.RatePerSecond = int(r.between(3, 12))
	}
	if r.IntN(3) == 0 {
		v.Skew = r.between(-1500*millisecond, 1500*millisecond)
	}
	v.LookupMistyped = r.IntN(25) == 0
	v.Rates = planRates(r)
	return v
}

// planRates gives a venue its own mixture: a few faults often, or many seldom, or none.
func planRates(r random) (rates Rates) {
	mood := r.IntN(6)
	if mood == 0 {
		return rates
	}
	for f := range rates {
		switch {
		case mood == 1 && r.IntN(8) == 0: // one or a few, hard
			rates[f] = rate(r, 50)
		case mood > 1 && r.IntN(3) == 0:
			rates[f] = rate(r, 12)
		}
	}
	for _, f := range [...]Fault{FaultOutage, FaultHold, FaultForeign} {
		if rates[f] > 0 { // of market steps: a few in a world at most
			rates[f] = rate(r, 3)
		}
	}
	return rates
}

// invite makes the venues take what authors' modules order: sizes as fractions and worths, stops.
func (p *Plan) invite() {
	for i := range p.Groups {
		p.Groups[i].Venue.Sizes, p.Groups[i].Venue.Capital = true, agentCapital
		p.Groups[i].Changes = nil // a module may refuse what another saved, and then the host does not start
	}
}

func (p *Plan) planDisk(r random) {
	p.Disk.Whole = true // one append is one transaction: the engine stands on it, and SQLite gives it
	if r.IntN(4) == 0 {
		p.Disk.Indeterminate = uint32(r.between(500, 10_000))
	}
	if r.IntN(8) == 0 {
		from := 5 + r.IntN(p.Market.Steps-5)
		p.Full = Span{from, from + 1 + r.IntN(6)}
	}
}

// planCrashes places the failures of power: each may be followed by a second one, while the host recovers.
func (p *Plan) planCrashes(r random) {
	step := uint64(0)
	for range pick(r, 0, 1, 1, 2, 3, 5) {
		step += 1 + uint64(r.Int64N(int64(p.Market.Steps)*8))
		p.Crashes = append(p.Crashes, step)
		for again := 0; again < 3 && r.IntN(2) == 0; again++ {
			step += 1 + uint64(r.IntN(30))
			p.Crashes = append(p.Crashes, step)
		}
	}
}

// String is the plan in one line.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d instruments, %d steps of %s, settle %s", p.Seed, len(p.Market.Instruments), p.Market.Steps,
		time.Duration(p.Market.Interval), time.Duration(p.SettleWindow))
	for i := range p.Groups {
		fmt.Fprintf(&b, "; %s", p.Groups[i].String())
	}
	if p.Disk.Indeterminate > 0 {
		fmt.Fprintf(&b, "; appends in doubt %s", percent(p.Disk.Indeterminate))
	}
	if c := &p.Checkpoints; *c != (CheckpointFaults{}) {
		fmt.Fprintf(&b, "; checkpoints not synced %s, torn %s, at starts damaged %s, gone %s, another engine's %s",
			percent(c.Unsynced), percent(c.Tears), percent(c.Rot), percent(c.Gone), percent(c.Other))
	}
	if p.Full.To > 0 {
		fmt.Fprintf(&b, "; disk full at %d-%d", p.Full.From, p.Full.To)
	}
	if len(p.Crashes) > 0 {
		fmt.Fprintf(&b, "; power fails at %v", p.Crashes)
	}
	if p.ClockBack > 0 {
		fmt.Fprintf(&b, "; clock steps back %s", percent(p.ClockBack))
	}
	if p.Flatten > 0 {
		fmt.Fprintf(&b, "; flattened at %d", p.Flatten)
	}
	if p.Person > 0 {
		fmt.Fprintf(&b, "; a person looks %s", percent(p.Person))
	}
	return b.String()
}

// String is the group in a few words: account, agents, what the venue can do, its faults.
func (g *GroupPlan) String() string {
	var b strings.Builder
	v := &g.Venue
	b.WriteString(v.Account + " (")
	for i, a := range g.Agents {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(a.Name + "=" + a.Strategy)
		if a.Shared {
			b.WriteString(" shared")
		}
	}
	fmt.Fprintf(&b, ") dedupe %s", v.Dedupe)
	for _, is := range [...]struct {
		yes  bool
		name string
	}{
		{v.Expires, "expiry"},
		{v.ReduceOnly, "reduce-only"},
		{v.Facilities&event.FacilityReplace != 0, "replace"},
		{v.Facilities&event.FacilityStream != 0, "stream"},
		{v.Facilities&event.FacilityLookupPast == 0, "no past lookups"},
		{v.LookupMistyped, "mistyped lookup"},
	} {
		if is.yes {
			b.WriteString(", " + is.name)
		}
	}
	for i := range g.Swaps {
		b.WriteString(", " + g.Swaps[i].String())
	}
	for _, c := range g.Changes {
		fmt.Fprintf(&b, ", configured at start %d: agent %d to %s/%d tight %v", c.Start, c.Agent, c.Strategy, c.Version, c.Tight)
	}
	if c := &g.Checkpoints; *c != (host.CheckpointRule{}) {
		fmt.Fprintf(&b, ", checkpoints every %s, %d turns, orders %v, positions %v, keeps %d", time.Duration(c.Every), c.Turns, c.OnOrders, c.OnPositions, c.Keep)
	}
	if len(g.Prunes) > 0 {
		fmt.Fprintf(&b, ", pruned at %+v but for %s", g.Prunes, time.Duration(g.PruneKeep))
	}
	for f, n := range v.Rates {
		if n > 0 {
			fmt.Fprintf(&b, ", %s %s", Fault(f), percent(n))
		}
	}
	return b.String()
}

func percent(rate uint32) string { return fmt.Sprintf("%.1f%%", float64(rate)*100/Million) }
