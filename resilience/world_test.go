package resilience_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// world is one order between a host that follows the rules and a venue that misbehaves: requests are refused,
// lost, delivered late (within the settle window), answered or not; the venue dedupes as far as it declares,
// fills when it likes, and its news comes late. It counts what was executed.
type world struct {
	r        *rand.Rand
	l        resilience.Life
	resend   resilience.ResendConfig
	settle   resilience.SettleConfig
	expiry   int64 // the venue enforces one this long after sending; 0 for none
	careless bool  // the broken variant: one absence is proof, and proof is permission

	now      int64
	later    []happening
	orders   []*venueOrder
	executed int
	fills    int64
	// resentExpired counts attempts sent again because those before had expired at the venue.
	resentExpired int
}

type venueOrder struct {
	born, filled int64
	open         bool
}

type happening struct {
	at int64
	do func()
}

func (w *world) after(wait int64, do func()) {
	w.later = append(w.later, happening{w.now + wait, do})
	slices.SortStableFunc(w.later, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
}

func (w *world) apply(t *testing.T, e resilience.LifeEvent) {
	t.Helper()
	e.Time = w.now
	if _, err := w.l.Apply(e); err != nil {
		t.Fatalf("at %d s: %v (%+v)", w.now/second, err, w.l)
	}
}

func (w *world) send(t *testing.T) {
	e := ev(resilience.LifeSend)
	if w.expiry > 0 {
		e.Expiry = w.now + w.expiry
	}
	w.apply(t, e)
	attempt := w.l.Attempts
	reply := func(k resilience.LifeEventKind, wait int64) {
		w.after(wait, func() { w.apply(t, resilience.LifeEvent{Kind: k, Attempt: attempt}) })
	}
	switch w.r.IntN(5) {
	case 0:
		reply(resilience.LifeNotSent, second/10)
	case 1:
		reply(resilience.LifeLose, second)
	case 2:
		w.after(w.r.Int64N(25*second), func() { w.arrive(t, e.Expiry) })
		reply(resilience.LifeLose, second)
	case 3:
		w.arrive(t, e.Expiry)
		reply(resilience.LifeLose, second)
	case 4:
		if w.arrive(t, e.Expiry) {
			reply(resilience.LifeAccept, w.r.Int64N(3*second))
		} else {
			reply(resilience.LifeLose, second)
		}
	}
}

// arrive is the venue's door. It reports whether a new order was made.
func (w *world) arrive(t *testing.T, expiry int64) bool {
	if expiry > 0 && w.now > expiry {
		return false
	}
	for _, o := range w.orders {
		d := w.resend.Dedupe
		if d == resilience.DedupeForever || d == resilience.DedupeWindow && w.now < o.born+w.resend.Window || d == resilience.DedupeOpen && o.open {
			return false
		}
	}
	o := &venueOrder{born: w.now, open: true}
	w.orders = append(w.orders, o)
	w.executed++
	w.after(w.r.Int64N(60*second), func() { w.fill(t, o, 1+w.r.Int64N(9)) })
	w.after(60*second+w.r.Int64N(60*second), func() { w.fill(t, o, 10-o.filled) })
	return true
}

func (w *world) fill(t *testing.T, o *venueOrder, n int64) {
	if !o.open || n == 0 {
		return
	}
	o.filled += n
	w.fills += n
	w.after(w.r.Int64N(10*second), func() { w.apply(t, qty(resilience.LifeFill, n)) })
	if o.filled == 10 {
		o.open = false
		w.after(w.r.Int64N(10*second), func() { w.apply(t, end(resilience.StateFilled, 10)) })
	}
}

func (w *world) lookup(t *testing.T) {
	q := resilience.Lookup{Asked: w.now, Answered: w.r.IntN(3) > 0, Open: true, Past: true, Proven: true}
	switch n := len(w.orders); {
	case q.Answered && n > 0 && w.orders[0].open:
		w.apply(t, qty(resilience.LifeFound, w.orders[0].filled))
	case q.Answered && n > 0:
		w.apply(t, end(resilience.StateFilled, w.orders[0].filled))
	default:
		if e, _ := w.settle.Absent(&w.l, q); e.Kind != 0 {
			w.apply(t, e)
		}
	}
}

func (w *world) step(t *testing.T) {
	switch w.l.State {
	case resilience.StatePending:
		if w.now < w.l.ValidUntil {
			w.send(t)
		} else {
			w.apply(t, ev(resilience.LifeLapse))
		}
	case resilience.StateUnknown:
		w.lookup(t)
		ok, _ := w.resend.MayResend(&w.l, w.now)
		if w.careless {
			ok = w.l.State == resilience.StateUnknown && w.l.Absences > 0
		}
		if ok && w.l.State == resilience.StateUnknown && w.r.IntN(2) == 0 {
			w.resentExpired += count(w.resend.Dedupe < resilience.DedupeWindow)
			w.send(t)
		} else if w.l.State == resilience.StateUnknown && w.now > 300*second {
			w.apply(t, ev(resilience.LifeGiveUp))
		}
	case resilience.StateDeadLetter:
		w.lookup(t)
	}
}

// run lives one order for ten minutes.
func (w *world) run(t *testing.T) {
	w.apply(t, resilience.LifeEvent{Kind: resilience.LifeAdmit, Quantity: 10, ValidUntil: 200 * second})
	for ; w.now < 600*second; w.now += second {
		for len(w.later) > 0 && w.later[0].at <= w.now {
			do := w.later[0].do
			w.later = w.later[1:]
			do()
		}
		w.step(t)
	}
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 13))
	w := &world{r: r, settle: resilience.SettleConfig{Absences: 3, Spacing: 5 * second, Window: 30 * second}}
	w.resend = resilience.ResendConfig{Dedupe: resilience.Dedupe(seed % 4), Window: 60 * second, Margin: 30 * second}
	if r.IntN(2) == 0 {
		w.expiry = 20 * second
	}
	return w
}

func TestAnOrderReachesTheVenueOnceOrAPersonKnows(t *testing.T) {
	ends := map[resilience.OrderState]int{}
	resent, expired := 0, 0
	for seed := range uint64(1500) {
		w := newWorld(seed)
		w.run(t)
		if w.executed > 1 {
			t.Fatalf("seed %d, dedupe %s, expiry %d: executed %d times", seed, w.resend.Dedupe, w.expiry, w.executed)
		}
		if w.l.Filled != w.fills {
			t.Fatalf("seed %d: booked %d of %d", seed, w.l.Filled, w.fills)
		}
		ends[w.l.State]++
		resent += count(w.l.Attempts > 1)
		expired += w.resentExpired
		want := []resilience.OrderState{resilience.StateFilled}
		if w.executed == 0 {
			want = []resilience.OrderState{resilience.StateExpired, resilience.StateDeadLetter}
		}
		if !slices.Contains(want, w.l.State) {
			t.Fatalf("seed %d: executed %d, ends %s (%+v)", seed, w.executed, w.l.State, w.l)
		}
	}
	t.Logf("ends %v, more than one attempt %d, sent again after expiry %d", ends, resent, expired)
	if len(ends) < 2 || resent < 300 || expired == 0 {
		t.Fatal("the worlds do not reach what they are to show")
	}
}

func TestTheWorldCanFail(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(seed)
		w.careless, w.settle, w.resend.Dedupe = true, resilience.SettleConfig{Absences: 1, Spacing: 1, Window: 1}, resilience.DedupeNone
		w.run(t)
		if w.executed > 1 {
			return
		}
	}
	t.Fatal("a host that resends after one absence never doubled an order: the world shows nothing")
}
