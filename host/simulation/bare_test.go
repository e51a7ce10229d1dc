package simulation

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// bare is a group without guests: its agents wish at random, and have no risk and no modes. It drives the lane
// through crashes as the engine does, in as few lines as it takes, and is the second opinion about both.
type bare struct {
	plan    *Plan
	group   *GroupPlan
	journal *journal.Journal
	lane    *execution.Lane
	stream  *journal.Stream
	agents  []*bareAgent
	now     int64
	calls   []event.Call
}

// bareAgent is an agent: a stream of turns, and the fold of it.
type bareAgent struct {
	index    uint32
	spec     *AgentSpec
	stream   *journal.Stream
	sequence uint64
	told     uint64 // the number of the last outcome
	position []int64
	prices   map[uint32]int64
	open     map[event.OrderID]event.Order
	turn     event.Turn
}

// openBare recovers a group: agents' turns, then lane entries, then what either has not told the other.
func openBare(_ context.Context, o *Opening) (Hosted, error) {
	p, g, c, j, now := o.Plan, o.Group, o.Lane, o.Journal, o.Now
	b := &bare{plan: p, group: &p.Groups[g], journal: j, now: now}
	var err error
	if b.lane, err = execution.New(c); err != nil {
		return nil, err
	}
	if b.stream, err = j.Acquire(laneOf(c.Venue, c.Account), "host", now, time.Minute); err != nil {
		return nil, err
	}
	var requests []execution.Input
	for i := range b.group.Agents {
		a := &bareAgent{
			index: uint32(i), spec: &b.group.Agents[i], position: make([]int64, len(c.Instruments)),
			prices: map[uint32]int64{}, open: map[event.OrderID]event.Order{},
		}
		if a.stream, err = j.Acquire(streamOf(a.spec.Name), "host", now, time.Minute); err != nil {
			return nil, err
		}
		if requests, err = b.foldAgent(a, requests); err != nil {
			return nil, err
		}
		b.agents = append(b.agents, a)
	}
	outcomes, err := b.foldLane()
	if err != nil {
		return nil, err
	}
	for i := range outcomes {
		b.tell(&outcomes[i])
	}
	b.step(&execution.Input{Kind: execution.InputStart, Time: now})
	for i := range requests {
		requests[i].Time = now
		b.step(&requests[i])
	}
	return b, nil
}

// foldAgent reads an agent's turns.
func (b *bare) foldAgent(a *bareAgent, requests []execution.Input) ([]execution.Input, error) {
	for e, err := range b.journal.Read(a.stream.Name(), 1) {
		if err != nil {
			return nil, err
		}
		if err := event.ReadTurn(e.Body, &a.turn); err != nil {
			return nil, err
		}
		a.fold()
		for i := range a.turn.Requests {
			requests = append(requests, a.input(i))
		}
	}
	return requests, nil
}

func (a *bareAgent) input(place int) execution.Input {
	return execution.Input{
		Kind: execution.InputRequest, Time: a.turn.Event.Time, Agent: a.index, Sequence: a.turn.Event.Sequence,
		Place: uint32(place), Request: a.turn.Requests[place],
	}
}

// fold takes a turn into the agent's books.
func (a *bareAgent) fold() {
	e := &a.turn.Event
	a.sequence = e.Sequence
	switch e.Kind {
	case event.KindMarket:
		for i := range e.Bars {
			a.prices[e.Bars[i].Instrument] = e.Bars[i].Close
		}
	case event.KindOutcome:
		a.told++ // outcomes are numbered from 1, without a gap
		a.outcome(&e.Outcome)
	}
	for i := range a.turn.Requests {
		if q := &a.turn.Requests[i]; q.Kind == event.RequestSubmit {
			a.open[q.Order.ID] = q.Order
		}
	}
}

func (a *bareAgent) outcome(o *event.Outcome) {
	switch o.Kind {
	case event.EventFill:
		signed := o.Fill.Quantity
		if o.Fill.Side == event.Sell {
			signed = -signed
		}
		a.position[a.spec.Instruments[o.Instrument]] += signed
		if o.Fill.Flags&event.FillLast != 0 {
			delete(a.open, o.Order)
		}
	case event.EventRejected, event.EventDenied, event.EventCancelled, event.EventExpired:
		if o.Request == 0 || o.Request == event.RequestSubmit {
			delete(a.open, o.Order)
		}
	}
}

// foldLane applies the lane's entries and returns the outcomes that agents have not journaled.
func (b *bare) foldLane() (missed []execution.AgentOutcome, err error) {
	var e execution.Entry
	for entry, err := range b.journal.Read(b.stream.Name(), 1) {
		if err != nil {
			return nil, err
		}
		if err := execution.ReadEntry(entry.Body, &e); err != nil {
			return nil, err
		}
		if err := b.lane.Apply(&e); err != nil {
			return nil, err
		}
		for _, o := range e.Outcomes {
			if o.Number > b.agents[o.Outcome.Agent].told {
				missed = append(missed, o)
			}
		}
	}
	return missed, nil
}

// Round takes inputs in, makes all durable in one append, and returns the calls.
func (b *bare) Round(_ context.Context, in []Input, now int64) ([]event.Call, error) {
	b.now = max(b.now, now)
	for i := range in {
		switch {
		case in[i].Reply != nil:
			b.step(&execution.Input{Kind: execution.InputReply, Time: b.now, Reply: *in[i].Reply})
		case in[i].Redrive != nil: // a host without agents can do it under an order's own id only
			if anew, refusal := b.lane.Redrivable(in[i].Redrive.Order, 0, b.now); !anew && refusal == "" {
				b.step(&execution.Input{Kind: execution.InputOperator, Time: b.now, Act: execution.Act{
					Kind: execution.ActRedrive, Order: in[i].Redrive.Order, Who: "simulator", Why: "test",
				}})
			}
		case in[i].Act != nil:
			b.step(&execution.Input{Kind: execution.InputOperator, Time: b.now, Act: *in[i].Act})
		case in[i].Market != nil:
			for _, a := range b.agents {
				b.market(a, in[i].Market)
			}
		}
	}
	b.step(&execution.Input{Kind: execution.InputTime, Time: b.now})
	streams := []*journal.Stream{b.stream}
	for _, a := range b.agents {
		streams = append(streams, a.stream)
	}
	if err := b.journal.Flush(streams...); err != nil {
		return nil, err
	}
	calls := b.calls
	b.calls = nil
	return calls, nil
}

// step gives the lane one input, journals what it did, and tells the agents.
func (b *bare) step(in *execution.Input) {
	e := b.lane.Step(in)
	if e.Empty() {
		return
	}
	_, sequence := b.stream.Head()
	b.stream.Append(journal.KindLane, sequence+1, e.Input.Time, execution.AppendEntry(nil, e))
	b.calls = append(b.calls, e.Calls...)
	for _, o := range slices.Clone(e.Outcomes) {
		b.tell(&o)
	}
}

// tell is a turn of an agent.
func (b *bare) tell(o *execution.AgentOutcome) {
	a := b.agents[o.Outcome.Agent]
	o.Outcome.Instrument = uint32(slices.Index(a.spec.Instruments, int(o.Outcome.Instrument)))
	b.take(a, event.Event{Kind: event.KindOutcome, Time: b.now, Received: b.now, Outcome: o.Outcome}, nil)
}

// take journals a turn, folds it, and hands its requests to the lane.
func (b *bare) take(a *bareAgent, e event.Event, requests []event.Request) {
	e.Sequence = a.sequence + 1
	a.turn = event.Turn{Event: e, Verdict: event.VerdictOK, Requests: requests}
	a.stream.Append(journal.KindTurn, e.Sequence, e.Time, event.AppendTurn(nil, &a.turn))
	a.fold()
	inputs := make([]execution.Input, len(requests)) // before the outcomes of the first make turns of their own
	for i := range requests {
		inputs[i] = a.input(i)
	}
	for i := range inputs {
		b.step(&inputs[i])
	}
}

// market is a turn at which the agent wishes.
func (b *bare) market(a *bareAgent, m *event.Market) {
	e := event.Event{Kind: event.KindMarket, Time: b.now, Received: b.now, Cursor: m.Cursor}
	for _, bar := range m.Bars {
		if slices.Contains(a.spec.Instruments, int(bar.Instrument)) {
			e.Bars = append(e.Bars, bar)
			a.prices[bar.Instrument] = bar.Close
		}
	}
	b.take(a, e, b.wish(a))
}

// wish draws what the agent asks for in its next turn: of the seed, its name and the turn, so that a turn done
// again after a crash is another turn.
func (b *bare) wish(a *bareAgent) (requests []event.Request) {
	r := newRandom(b.plan.Seed^a.sequence<<32, a.spec.Name)
	i := uint32(a.spec.Instruments[r.IntN(len(a.spec.Instruments))])
	in := &b.plan.Market.Instruments[i]
	if price := a.prices[i]; price > 0 && r.IntN(100) < 40 {
		o := event.Order{
			Agent: a.index, Instrument: i, Side: pick(r, event.Buy, event.Sell), Type: event.OrderMarket, TIF: event.GTC,
			SizeKind: event.SizeUnits, Size: in.Lot * r.between(1, 5), Created: b.now,
		}
		if r.IntN(3) > 0 {
			o.Type, o.Price = event.OrderLimit, max(in.Tick, price+in.Tick*r.between(-30, 30))
		}
		if r.IntN(5) == 0 && b.group.Venue.Expires {
			o.TIF, o.ExpireTime = event.GTD, b.now+second*r.between(3, 40)
		}
		requests = append(requests, event.Request{Kind: event.RequestSubmit, Order: a.numbered(o, 0)})
	}
	if q := a.position[i]; q != 0 && r.IntN(100) < 15 && !a.closing(i) {
		o := event.Order{
			Agent: a.index, Instrument: i, Side: event.Sell, Type: event.OrderMarket, TIF: event.GTC, SizeKind: event.SizeUnits,
			Size: q, Flags: event.Closing | event.ReduceOnly, Created: b.now,
		}
		if q < 0 {
			o.Side, o.Size = event.Buy, -q
		}
		requests = append(requests, event.Request{Kind: event.RequestSubmit, Order: a.numbered(o, 1)})
	}
	ids := slices.SortedFunc(keys(a.open), func(x, y event.OrderID) int { return slices.Compare(x[:], y[:]) })
	if len(ids) == 0 {
		return requests
	}
	o := a.open[ids[r.IntN(len(ids))]]
	switch n := r.IntN(100); {
	case n < 20:
		requests = append(requests, event.Request{Kind: event.RequestCancel, Order: o})
	case n < 30 && o.Type == event.OrderLimit:
		in := &b.plan.Market.Instruments[o.Instrument]
		change := o
		change.Price, change.Size, change.StopPrice = max(in.Tick, o.Price+in.Tick*r.between(-20, 20)), 0, 0
		if r.IntN(3) == 0 {
			change.Size = in.Lot * r.between(1, 6)
		}
		requests = append(requests, event.Request{Kind: event.RequestReplace, Order: change})
	}
	return requests
}

// closing reports whether a close is on its way: two would turn the position.
func (a *bareAgent) closing(i uint32) bool {
	for _, o := range a.open {
		if o.Instrument == i && o.Flags&event.Closing != 0 {
			return true
		}
	}
	return false
}

func keys[K comparable, V any](m map[K]V) iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// numbered gives an order its id: agent, turn, place.
func (a *bareAgent) numbered(o event.Order, place byte) event.Order {
	n := a.sequence + 1
	o.ID = event.OrderID{event.IDTag[0], event.IDTag[1], 12: byte(a.spec.Name[1])<<4 | byte(a.spec.Name[2])&15, 13: byte(n >> 8), 14: byte(n), 15: place}
	o.Ref = n<<8 | uint64(place)
	return o
}

// Next is the lane's.
func (b *bare) Next() int64 {
	if len(b.calls) > 0 {
		return b.now
	}
	return b.lane.Next()
}

// Release has nothing to let go of.
func (b *bare) Release() error { return nil }

func runBare(seed uint64, o Options) (*Result, error) {
	o.Open, o.NoLimits = openBare, true
	if o.Plan == nil {
		o.Plan = NewPlan(seed)
	}
	o.Plan.Flatten = 0 // it has no modes
	r, err := Run(context.Background(), seed, o)
	if err != nil {
		return nil, fmt.Errorf("bare host: %w", err)
	}
	return r, nil
}
