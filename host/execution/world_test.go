package execution_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

const second = int64(1e9)

// faults are how much goes wrong on the way, of a hundred calls each.
type faults struct {
	refused, lostRequest, lostReply, late, twice, failed, failedAfter, tooFast, auth, misread int
	streamLost                                                                                int
	crash                                                                                     int // of a hundred steps
	lateMax                                                                                   int64
}

// world is a lane, the replica that follows its entries, a venue, and all that lies between.
type world struct {
	t      *testing.T
	seed   uint64
	r      *rand.Rand
	c      execution.Config
	lane   *execution.Lane
	copy   *execution.Lane
	venue  *venue
	f      faults
	now    int64
	later  []happening
	stream bool

	sequence []uint64
	orders   []*asked
	byID     map[event.OrderID]*asked
	calls    []int64 // times of all calls made
	submits  map[event.OrderID]bool
	retries  []int64
	requests []int64
	told     []uint64
	alerts   map[string]int
	problems []string
	broken   bool // problems are expected: they are counted, not reported
	epoch    int
	trace    bool // print every entry
	twins    bool // broken: a fill comes under two trade ids
	skips    bool // broken: pages of fills lack their last
	outside  bool // somebody else trades in the account
	a, b     []byte
}

type happening struct {
	at    int64
	epoch int // a crash loses what was on its way back to the process; -1 survives
	do    func()
}

// asked is an order that an agent asked for, and what it was told.
type asked struct {
	order    event.Order
	finals   int
	filled   int64
	accepted int
	dead     bool
}

func newWorld(t *testing.T, seed uint64, agents int, change func(*execution.Config, *venue)) *world {
	r := rand.New(rand.NewPCG(seed, 17))
	w := &world{t: t, seed: seed, r: r, now: 1_700_000_000 * second, byID: map[event.OrderID]*asked{},
		submits: map[event.OrderID]bool{}, alerts: map[string]int{}, stream: true}
	w.c = config(agents)
	w.c.Seed = seed
	w.venue = newVenue(r, len(w.c.Instruments))
	if change != nil {
		change(&w.c, w.venue)
	}
	w.sequence, w.told = make([]uint64, agents), make([]uint64, agents)
	w.lane, w.copy = w.fresh(), w.fresh()
	w.venue.deliver = w.streamed
	return w
}

func config(agents int) execution.Config {
	c := execution.DefaultConfig()
	c.Venue, c.Account = "fake", "main"
	c.UnknownMax = 120 * second
	c.Settle = resilience.SettleConfig{Absences: 3, Spacing: 2 * second, Window: 20 * second}
	c.LookupEvery = 2 * second
	for i := range agents {
		c.Agents = append(c.Agents, execution.AgentConfig{Name: fmt.Sprintf("agent%d", i), Shared: true})
		c.Instruments = append(c.Instruments, event.Instrument{Name: fmt.Sprintf("I%d", i), Tick: 1, Lot: 1, Multiplier: event.One})
		c.Owners = append(c.Owners, []uint32{uint32(i)})
	}
	return c
}

func (w *world) fresh() *execution.Lane {
	l, err := execution.New(w.c)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.problems = append(w.problems, text)
	if !w.broken {
		w.t.Fatalf("seed %d at %d ms: %s", w.seed, (w.now-1_700_000_000*second)/1e6, text)
	}
}

func (w *world) after(wait int64, survives bool, do func()) {
	h := happening{w.now + wait, w.epoch, do}
	if survives {
		h.epoch = -1
	}
	i, _ := slices.BinarySearchFunc(w.later, h.at+1, func(a happening, at int64) int { return cmp.Compare(a.at, at) })
	w.later = slices.Insert(w.later, i, h)
}

// streamed is the venue's own news: late, lost or twice.
func (w *world) streamed(r event.Reply) {
	if !w.stream || w.chance(w.f.streamLost) {
		return
	}
	times := 1
	if w.chance(w.f.twice) {
		times = 2
	}
	for range times {
		w.after(w.r.Int64N(second), false, func() { w.step(&execution.Input{Kind: execution.InputReply, Reply: r}) })
	}
}

func (w *world) chance(percent int) bool { return percent > 0 && w.r.IntN(100) < percent }

// step lets the lane take an input, and its replica follow the journaled entry; then both must be equal.
func (w *world) step(in *execution.Input) (refusal string) {
	in.Time = w.now
	doubt := w.doubtful()
	e := w.lane.Step(in)
	refusal = e.Refusal
	if w.trace {
		w.print(e)
	}
	body := execution.AppendEntry(nil, e)
	w.check(e, doubt)
	if e.Empty() {
		if len(e.Calls)+len(e.Outcomes)+len(e.Alerts)+len(e.Letters) > 0 {
			w.problem("an empty entry has effects")
		}
	}
	var read execution.Entry
	if err := execution.ReadEntry(body, &read); err != nil {
		w.t.Fatalf("seed %d: %v", w.seed, err)
	}
	if again := execution.AppendEntry(nil, &read); !bytes.Equal(again, body) {
		w.t.Fatalf("seed %d: an entry read and written again differs", w.seed)
	}
	if err := w.copy.Apply(&read); err != nil {
		w.t.Fatalf("seed %d, input %s: %v", w.seed, in.Kind, err)
	}
	if w.a, w.b = w.lane.AppendState(w.a[:0]), w.copy.AppendState(w.b[:0]); !bytes.Equal(w.a, w.b) {
		w.t.Fatalf("seed %d: after %s the replica's state differs (%d and %d bytes)", w.seed, in.Kind, len(w.a), len(w.b))
	}
	calls := slices.Clone(read.Calls)
	if w.chance(w.f.crash) {
		w.crash(calls)
		return refusal
	}
	for i := range calls {
		w.carry(&calls[i])
	}
	return refusal
}

// print writes an entry for whoever follows one seed.
func (w *world) print(e *execution.Entry) {
	fmt.Printf("%8d %s", (w.now-1_700_000_000*second)/1e6, e.Input.Kind)
	if r := &e.Input.Reply; e.Input.Kind == execution.InputReply {
		fmt.Printf(" %d %s %v %d", r.Call, r.Kind, r.Happening.Cause, r.Happening.Number)
	}
	for i := range e.Facts {
		switch f := &e.Facts[i]; f.Kind {
		case execution.FactLife:
			fmt.Printf(" | %x %s q%d %s", f.Order[14:], f.Life.Kind, f.Life.Quantity, f.Life.Ending)
		case execution.FactCall:
			c := &e.Calls[f.Index]
			fmt.Printf(" | call %d %s %x", c.ID, c.Kind, c.Order.ID[14:])
		case execution.FactOutcome:
			o := &e.Outcomes[f.Index].Outcome
			fmt.Printf(" | tell %x %s %d %s", o.Order[14:], o.Kind, o.Code, o.Reason)
		case execution.FactAlert:
			fmt.Printf(" | alert %s", e.Alerts[f.Index].Text)
		}
	}
	if e.Refusal != "" {
		fmt.Printf(" | refused: %s", e.Refusal)
	}
	fmt.Println()
}

// crash ends the process after an entry became durable: perhaps before its calls went out. The replica, or
// a lane read from its checkpoint, goes on.
func (w *world) crash(calls []event.Call) {
	w.epoch++
	for i := range calls {
		if w.r.IntN(2) == 0 {
			c := calls[i]
			w.after(w.r.Int64N(second), true, func() { w.venue.arrive(&c, w.now) })
		}
	}
	w.lane = w.copy
	state := w.lane.AppendState(nil)
	w.copy = w.fresh()
	if rest, err := w.copy.ReadState(state); err != nil || len(rest) != 0 {
		w.t.Fatalf("seed %d: checkpoint: %v, %d bytes left", w.seed, err, len(rest))
	}
	if w.r.IntN(2) == 0 {
		w.lane, w.copy = w.copy, w.lane
	}
	w.now += w.r.Int64N(3 * second)
	w.step(&execution.Input{Kind: execution.InputStart})
}

// carry takes a call to the venue and its reply back, or not.
func (w *world) carry(c *event.Call) {
	call := *c
	wait := w.r.Int64N(second / 5)
	reply := func(wait int64, r event.Reply) {
		started := w.now
		w.after(wait, false, func() {
			r.Started, r.Received = started, w.now
			w.step(&execution.Input{Kind: execution.InputReply, Reply: r})
		})
	}
	fail := func(wait int64, cause resilience.Cause, phase resilience.Phase) {
		reply(wait, event.Reply{Call: call.ID, Kind: call.Kind, Happening: resilience.Happening{Cause: cause, Phase: phase}, Detail: "fault"})
	}
	arrive := func(wait int64) { w.after(wait, true, func() { w.venue.arrive(&call, w.now) }) }
	f := &w.f
	if call.Kind == event.CallLookup && w.chance(f.misread) { // broken: the query failed, and the adapter says "not found"
		reply(wait, event.Reply{Call: call.ID, Kind: call.Kind, NotFound: true, SearchedOpen: true, SearchedPast: true})
		return
	}
	switch n := w.r.IntN(100); {
	case under(&n, f.refused):
		fail(wait, resilience.CauseRefused, resilience.PhaseBefore)
	case under(&n, f.lostRequest):
		fail(wait+second, resilience.CauseTimeout, resilience.PhaseWritten)
	case under(&n, f.lostReply):
		arrive(wait)
		fail(wait+second, resilience.CauseReset, resilience.PhaseWritten)
	case under(&n, f.late):
		arrive(wait + w.r.Int64N(max(f.lateMax, 1)))
		fail(wait+second, resilience.CauseTimeout, resilience.PhaseWritten)
	case under(&n, f.failed):
		r := event.Reply{Call: call.ID, Kind: call.Kind, Happening: status([]int{500, 502, 429, 408}[w.r.IntN(4)], 0)}
		reply(wait, r)
	case under(&n, f.failedAfter):
		arrive(wait)
		reply(wait+1, event.Reply{Call: call.ID, Kind: call.Kind, Happening: status(504, 0)})
	case under(&n, f.tooFast):
		h := status([]int{429, 503}[w.r.IntN(2)], 0)
		h.NotProcessed = true
		reply(wait, event.Reply{Call: call.ID, Kind: call.Kind, Happening: h, RetryAfter: w.r.Int64N(3 * second)})
	case under(&n, f.auth):
		reply(wait, event.Reply{Call: call.ID, Kind: call.Kind, Happening: status(401, 0)})
		w.after(wait+5*second, true, func() {
			w.step(&execution.Input{Kind: execution.InputOperator, Act: execution.Act{Kind: execution.ActUnhold, Who: "test", Why: "key changed"}})
		})
	default:
		if under(&n, f.twice) && call.Kind != event.CallSubmit {
			arrive(wait)
		}
		w.after(wait, true, func() {
			r := w.venue.arrive(&call, w.now)
			w.mangle(&r)
			reply(w.r.Int64N(second/5), r)
		})
	}
}

func under(n *int, percent int) bool {
	*n -= percent
	return *n < 0
}

func (w *world) doubtful() map[uint32]event.OrderID {
	m := map[uint32]event.OrderID{}
	for s := range w.lane.Orders() {
		if s.Life.State == resilience.StateUnknown || s.Life.State == resilience.StateDeadLetter {
			m[s.Order.Instrument] = s.Order.ID
		}
	}
	return m
}

// check holds the promises that every single entry must keep.
func (w *world) check(e *execution.Entry, doubt map[uint32]event.OrderID) {
	for i := range e.Outcomes {
		w.outcome(&e.Outcomes[i])
	}
	for i := range e.Calls {
		c := &e.Calls[i]
		w.calls = append(w.calls, w.now)
		o := &c.Order
		switch c.Kind {
		case event.CallSubmit:
			w.submits[o.ID] = true
			if c.Attempt > 1 {
				w.retries = append(w.retries, w.now)
			} else {
				w.requests = append(w.requests, w.now)
			}
			after := w.doubtful()
			grows := o.Signed(1)*w.lane.Position(o.Agent, o.Instrument) >= 0 && o.Flags&event.ReduceOnly == 0
			if other, ok := after[o.Instrument]; ok && grows && other != o.ID && doubt[o.Instrument] == other {
				w.problem("adding order %s went out beside %s, whose fate is unknown", o.ID, other)
			}
			if o.Flags&event.ReduceOnly != 0 {
				w.checkClose(o, w.lane.Position(o.Agent, o.Instrument))
			}
		case event.CallCancel, event.CallReplace:
			if !w.submits[o.ID] {
				w.problem("%s of %s overtook its submit", c.Kind, o.ID)
			}
		}
	}
	for i := range e.Alerts {
		w.alerts[e.Alerts[i].Key]++
	}
}

// checkClose: closes that are live together never exceed the position.
func (w *world) checkClose(o *event.Order, held int64) {
	sum := int64(0)
	for s := range w.lane.Orders() {
		if s.Order.Agent == o.Agent && s.Order.Instrument == o.Instrument && s.Order.Side == o.Side && s.Order.Flags&event.ReduceOnly != 0 && s.Life.Attempts > 0 && s.Life.State != resilience.StatePending {
			n, _ := s.Life.Outstanding()
			sum += n
		}
	}
	if free := -o.Signed(held); sum > free {
		w.problem("closes of %d units for a position of %d", sum, free)
	}
}

func (w *world) outcome(o *execution.AgentOutcome) {
	out := &o.Outcome
	if w.told[out.Agent]++; o.Number != w.told[out.Agent] {
		w.problem("outcome %d of agent %d after %d", o.Number, out.Agent, w.told[out.Agent]-1)
	}
	a := w.byID[out.Order]
	if a == nil {
		if !out.Order.IsZero() {
			w.problem("outcome %s of order %s, which no agent asked for", out.Kind, out.Order)
		}
		return
	}
	switch out.Kind {
	case event.EventAccepted:
		a.accepted++
	case event.EventFill:
		a.filled += out.Fill.Quantity
		if out.Fill.Flags&event.FillLast != 0 {
			a.finals++
		}
	case event.EventDenied, event.EventRejected, event.EventExpired, event.EventCancelled:
		a.finals++
	case event.EventDeadLetter:
		a.dead = true
	}
	if a.finals > 1 || a.accepted > 1 {
		w.problem("order %s has %d final outcomes and %d acceptances, the last is %s", out.Order, a.finals, a.accepted, out.Kind)
	}
}

// run lets time pass until then.
func (w *world) run(until int64) {
	for {
		next := w.lane.Next()
		if next != 0 {
			next = max(next, w.now+1)
		}
		switch {
		case len(w.later) > 0 && (next == 0 || w.later[0].at <= next) && w.later[0].at <= until:
			h := w.later[0]
			w.later = slices.Delete(w.later, 0, 1)
			w.now = max(w.now, h.at)
			if h.epoch < 0 || h.epoch == w.epoch {
				h.do()
			}
		case next != 0 && next <= until:
			w.now = next
			w.step(&execution.Input{Kind: execution.InputTime})
		default:
			w.now = max(w.now, until)
			return
		}
	}
}

func (w *world) request(agent int, q event.Request) {
	w.sequence[agent]++
	w.step(&execution.Input{Kind: execution.InputRequest, Agent: uint32(agent), Sequence: w.sequence[agent], Request: q})
}

// submit asks for an order of an agent.
func (w *world) submit(agent int, o event.Order) event.OrderID {
	o.ID[0], o.ID[1] = event.IDTag[0], event.IDTag[1]
	o.ID[2] = byte(agent + 1)
	binary.BigEndian.PutUint64(o.ID[8:], uint64(len(w.orders)+1))
	o.SizeKind, o.Agent = event.SizeUnits, uint32(agent)
	a := &asked{order: o}
	w.orders = append(w.orders, a)
	w.byID[o.ID] = a
	w.request(agent, event.Request{Kind: event.RequestSubmit, Order: o})
	return o.ID
}

// act lets an agent do something at random.
func (w *world) act() {
	agent := w.r.IntN(len(w.c.Agents))
	in := uint32(agent)
	if w.r.IntN(4) == 0 {
		in = uint32(w.r.IntN(len(w.c.Instruments)))
	}
	if !slices.Contains(w.c.Owners[in], uint32(agent)) {
		in = uint32(agent)
	}
	o := event.Order{Instrument: in, Side: event.Side(1 + w.r.IntN(2)), Type: event.OrderLimit, TIF: event.GTC, Size: 1 + w.r.Int64N(20), Price: 990 + w.r.Int64N(20)}
	switch n := w.r.IntN(20); {
	case n < 6:
		w.submit(agent, o)
	case n < 9:
		o.Type, o.Price, o.TIF = event.OrderMarket, 0, event.IOC
		w.submit(agent, o)
	case n < 10 && w.venue.enforces:
		o.TIF, o.ExpireTime = event.GTD, w.now+10*second
		w.submit(agent, o)
	case n < 12:
		held := w.lane.Position(uint32(agent), in)
		if held == 0 {
			return
		}
		o.Side, o.Flags, o.Type, o.Price = event.Sell, event.ReduceOnly|event.Closing, event.OrderMarket, 0
		if held < 0 {
			o.Side = event.Buy
		}
		w.submit(agent, o)
	case n < 15:
		if a := w.some(agent); a != nil {
			w.request(agent, event.Request{Kind: event.RequestCancel, Order: event.Order{ID: a.order.ID, Instrument: a.order.Instrument}})
		}
	case n < 17:
		if a := w.some(agent); a != nil {
			w.request(agent, event.Request{Kind: event.RequestReplace, Order: event.Order{ID: a.order.ID, Instrument: a.order.Instrument, Size: w.r.Int64N(30), Price: 990 + w.r.Int64N(20), SizeKind: event.SizeUnits}})
		}
	case n < 18:
		w.odd(agent)
	default:
		w.venue.trade(w.now)
	}
}

// odd is what happens more seldom: a parent with a stop, permissions, persons, strangers.
func (w *world) odd(agent int) {
	in := uint32(agent)
	switch w.r.IntN(6) {
	case 0:
		parent := event.Order{Instrument: in, Side: event.Buy, Type: event.OrderMarket, TIF: event.IOC, Size: 1 + w.r.Int64N(9)}
		if w.r.IntN(2) == 0 {
			parent.Type, parent.TIF, parent.Price = event.OrderLimit, event.GTC, 1000
		}
		id := w.submit(agent, parent)
		w.submit(agent, event.Order{Instrument: in, Side: event.Sell, Type: event.OrderStop, TIF: event.GTC, Size: 1 + w.r.Int64N(9), StopPrice: 900, Parent: id, Flags: event.ReduceOnly})
	case 1:
		w.step(&execution.Input{Kind: execution.InputPermissions, Agent: uint32(agent), Permission: event.Permission(w.r.IntN(16))})
	case 2:
		if w.outside {
			w.venue.outside(in, 1+w.r.Int64N(9), w.now)
		}
	case 3:
		w.person(execution.Act{Kind: execution.ActIsolate, Lane: w.r.IntN(2) == 0})
		w.after(w.r.Int64N(20*second), true, func() { w.person(execution.Act{Kind: execution.ActRelease}) })
	case 4:
		if len(w.orders) > 0 {
			w.redrive(w.orders[w.r.IntN(len(w.orders))])
		}
	case 5:
		w.person(execution.Act{Kind: execution.ActReconcile})
	}
}

func (w *world) person(a execution.Act) string {
	a.Who, a.Why = "test", "because"
	return w.step(&execution.Input{Kind: execution.InputOperator, Act: a})
}

// redrive tries an order again; if the lane takes it, the agent hears of it anew.
func (w *world) redrive(a *asked) {
	finals, accepted := a.finals, a.accepted
	a.finals, a.accepted = 0, 0 // outcomes may come within the act
	if w.person(execution.Act{Kind: execution.ActRedrive, Order: a.order.ID}) != "" {
		a.finals, a.accepted = finals, accepted
	}
}

// some is an order of an agent that it has not heard the end of.
func (w *world) some(agent int) *asked {
	var open []*asked
	for _, a := range w.orders {
		if int(a.order.Agent) == agent && a.finals == 0 {
			open = append(open, a)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[w.r.IntN(len(open))]
}

// live is a whole life: a start, trading with faults, then a calm end in which all must come out.
func (w *world) live(acts int) {
	w.step(&execution.Input{Kind: execution.InputStart})
	w.run(w.now + 20*second)
	for range acts {
		w.act()
		w.run(w.now + w.r.Int64N(3*second))
	}
	w.calm()
}

func (w *world) calm() {
	w.f, w.outside = faults{}, false
	for i := range w.c.Agents {
		w.step(&execution.Input{Kind: execution.InputPermissions, Agent: uint32(i), Permission: 15})
	}
	w.person(execution.Act{Kind: execution.ActRelease})
	w.step(&execution.Input{Kind: execution.InputOperator, Act: execution.Act{Kind: execution.ActUnhold, Who: "test", Why: "calm"}})
	w.run(w.now + 300*second)
	for _, a := range w.orders {
		if a.finals == 0 {
			w.request(int(a.order.Agent), event.Request{Kind: event.RequestCancel, Order: event.Order{ID: a.order.ID, Instrument: a.order.Instrument}})
		}
	}
	w.run(w.now + 400*second)
	w.final()
}

// final holds the promises that are kept in the end.
func (w *world) final() {
	for id, list := range w.venue.orders {
		if len(list) > 1 {
			w.problem("order %s is at the venue %d times", id, len(list))
		}
	}
	for _, a := range w.orders {
		s, known := w.lane.Order(a.order.ID)
		for !s.ReplacedBy.IsZero() {
			s, known = w.lane.Order(s.ReplacedBy)
		}
		switch {
		case a.finals == 1, a.dead && known && s.Life.State == resilience.StateDeadLetter:
		default:
			w.problem("order %s was never told to be over: it is %s (known %v, attempts %d, dead %v)", a.order.ID, s.Life.State, known, s.Life.Attempts, a.dead)
		}
	}
	for _, o := range w.venue.sequence {
		s, known := w.lane.Order(o.order.ID)
		if o.state == event.ReportOpen && (!known || s.Life.State.Final()) {
			w.problem("order %s is open at the venue and %s here", o.order.ID, s.Life.State)
		}
		if s.Life.Filled != o.filled {
			w.problem("order %s filled %d at the venue and %d here (%s)", o.order.ID, o.filled, s.Life.Filled, s.Life.State)
		}
	}
	for i, v := range w.venue.positions {
		sum := w.lane.Foreign(uint32(i))
		for a := range w.c.Agents {
			sum += w.lane.Position(uint32(a), uint32(i))
		}
		if sum != v {
			w.problem("instrument %d: the venue holds %d, the books %d", i, v, sum)
		}
	}
	if h := w.lane.Health(w.now); h.Differ != "" {
		w.problem("books and venue differ: %s", h.Differ)
	} else if h.CallsOut != 0 && h.OrdersUnknown != 0 {
		w.problem("%d orders are unknown in the end", h.OrdersUnknown)
	}
	w.checkRates()
}

// checkRates: never more calls, or retries, in any span of time than limiter and budget allow.
func (w *world) checkRates() {
	l := &w.c.Limiter
	for i := range w.calls {
		for k := i; k < len(w.calls) && k < i+200; k++ {
			if n, span := int64(k-i+1), w.calls[k]-w.calls[i]; n > l.Burst+span*l.Cells/l.Period+1 {
				w.problem("%d calls within %d ns", n, span)
				return
			}
		}
	}
	b := &w.c.Budget
	for i := range w.retries {
		for k := i; k < len(w.retries); k++ {
			span := w.retries[k] - w.retries[i]
			asked := int64(0)
			for _, at := range w.requests {
				if at >= w.retries[i] && at <= w.retries[k] {
					asked++
				}
			}
			if n := int64(k - i + 1); n > b.Burst+asked*b.Ratio/resilience.One+span/b.FloorEvery+2 {
				w.problem("%d retries within %d ns", n, span)
				return
			}
		}
	}
}
