package execution_test

import (
	"bytes"
	"cmp"
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

func newWorld(t *testing.T, seed uint64, agents int, change func(*execution.Config, *venue)) *world {
	r := rand.New(rand.NewPCG(seed, 17))
	w := &world{
		t: t, seed: seed, r: r, now: 1_700_000_000 * second, byID: map[event.OrderID]*asked{},
		submits: map[event.OrderID]bool{}, alerts: map[string]int{}, stream: true,
	}
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
