package host

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// way is how far an agent is on its way out of one instrument: first what adds is taken back, then the protective stops,
// for the close that takes their place. A close that fails gives them back until the next is wished, ever less often.
// Where the venue itself sees to it that all orders together close no more than is held, the first close goes out
// beside the stops.
type way struct {
	// closing: a close was wished whose end has not been seen. left is what it leaves when it fills.
	closing bool
	left    int64
	// next is when a close may be wished after the last one; tries counts them.
	next  int64
	tries uint32
	// stops were taken back, and are still owed; again is when they may be wished after one that could not be sent.
	stops []event.Order
	again int64
}

const (
	exitWait    = int64(1e9)
	exitWaitMax = int64(30e9)
	stopWait    = int64(5e9)
)

// flatten takes orders back and closes positions, instrument by instrument, until nothing is left but dust.
func (a *Agent) flatten() []event.Intent {
	if a.exit.ways == nil {
		a.exit.ways = make([]way, len(a.account.Positions()))
	}
	in := a.cancels()
	for i := range a.exit.ways {
		in = a.leave(in, uint32(i))
	}
	return in
}

// leave is the next step out of one instrument.
func (a *Agent) leave(in []event.Intent, i uint32) []event.Intent {
	w, held := &a.exit.ways[i], units(a.account.Positions()[i].Quantity)
	switch {
	case held == 0 || a.dust(int(i)):
		*w = way{}
		return a.takeBack(in, i)
	case a.closing(i):
		w.closing = true
		return in
	case w.closing:
		if w.closing = false; held > w.left {
			w.wait(a.now)
		}
	}
	if a.now < w.next {
		return a.restore(in, i)
	}
	beside := w.tries == 0 && a.capabilities()&event.EnforcesReduceOnly != 0
	if !beside {
		in = a.takeBack(in, i)
	}
	free := held
	if !beside {
		free -= a.reserved(i)
	}
	if free <= 0 {
		return in // what is being taken back may still fill
	}
	w.closing, w.left = true, held-free
	w.tries++
	w.wait(a.now)
	return append(in, event.Intent{Kind: event.IntentClose, Order: event.Order{
		Instrument: i, SizeKind: event.SizeFraction, Size: event.One, Flags: event.ByHost, Tag: "host: flatten",
	}})
}

func (w *way) wait(now int64) {
	w.next = max(w.next, later(now, min(exitWaitMax, exitWait<<min(max(w.tries, 1)-1, 5))))
}

// takeBack cancels what rests to reduce, and remembers the protective stops among it.
func (a *Agent) takeBack(in []event.Intent, i uint32) []event.Intent {
	w := &a.exit.ways[i]
	for k := range a.orders.All() {
		o := &a.orders.All()[k]
		if o.Instrument != i || !reduces(o) || o.Flags&event.Closing != 0 || o.State == event.StateCancelPending {
			continue
		}
		in = append(in, event.Intent{Kind: event.IntentCancel, TargetID: o.ID, Order: event.Order{Flags: event.ByHost}})
		if protects(o) && o.State != event.StateContingent && w.owes(o.ID) == nil {
			w.stops = append(w.stops, *o)
		}
	}
	return in
}

// restore wishes the stops again that were taken back, for no more than there is to close.
func (a *Agent) restore(in []event.Intent, i uint32) []event.Intent {
	w, held := &a.exit.ways[i], units(a.account.Positions()[i].Quantity)
	if a.now < w.again {
		return in
	}
	free, kept := held-a.reserved(i), w.stops[:0]
	for _, o := range w.stops {
		if a.orders.ByID(o.ID) != nil {
			kept = append(kept, o) // it is not gone yet
			continue
		}
		s := a.stopAgain(&o, free)
		if s.Size < a.least(int(i)) {
			continue
		}
		if a.capabilities()&event.EnforcesReduceOnly == 0 {
			free -= s.Size
		}
		in = append(in, event.Intent{Kind: event.IntentSubmit, Order: s})
	}
	w.stops = kept
	return in
}

// stopAgain is a stop as it was, for what of it did not fill, as another order of the host's.
func (a *Agent) stopAgain(o *event.Order, free int64) event.Order {
	s := event.Order{
		Instrument: o.Instrument, Side: o.Side, Type: o.Type, TIF: o.TIF, SizeKind: event.SizeUnits, Size: free, Price: o.Price,
		StopPrice: o.StopPrice, ExpireTime: o.ExpireTime, Flags: event.ReduceOnly | event.ByHost, Tag: "host: stop restored",
	}
	if rest := o.Quantity() - o.Filled; o.Quantity() > 0 {
		s.Size = min(free, rest)
	}
	s.Size -= s.Size % max(a.plan.Instruments[o.Instrument].Lot, 1)
	return s
}

// owed gives back what is still owed once the agent need not be flat any more.
func (a *Agent) owed() (in []event.Intent) {
	done := true
	for i := range a.exit.ways {
		w := &a.exit.ways[i]
		if len(w.stops) > 0 && !a.closing(uint32(i)) {
			in = a.restore(in, uint32(i))
		}
		done = done && len(w.stops) == 0
	}
	if done {
		a.exit.ways = nil
	}
	return in
}

// reserved is what other orders than closes may still take off a position.
func (a *Agent) reserved(i uint32) (sum int64) {
	held := units(a.account.Positions()[i].Quantity)
	for k := range a.orders.All() {
		o := &a.orders.All()[k]
		if o.Instrument != i || !reduces(o) || o.State == event.StateContingent {
			continue
		}
		rest := held
		if o.Quantity() > 0 {
			rest = min(held, o.Quantity()-o.Filled)
		}
		sum += rest
	}
	return sum
}

// foldExit keeps what is owed: what a remembered stop filled before it was gone is taken off; one that was given back
// and could not be sent is owed again.
func (a *Agent) foldExit(out *event.Outcome, o *event.Order) {
	if out.Kind == event.EventFill {
		for i := range a.exit.ways {
			if s := a.exit.ways[i].owes(out.Order); s != nil {
				s.Filled += out.Fill.Quantity
			}
		}
		return
	}
	unsent := out.Kind == event.EventExpired && out.Code == uint16(event.ExpireUnsent) ||
		out.Kind == event.EventDenied && (out.Code == uint16(event.DenyBreaker) || out.Code == uint16(event.DenyRate))
	if o == nil || !unsent || o.Flags&event.ByHost == 0 || !protects(o) {
		return
	}
	if a.exit.ways == nil {
		a.exit.ways = make([]way, len(a.account.Positions()))
	}
	w := &a.exit.ways[o.Instrument]
	w.stops, w.again = append(w.stops, *o), later(a.now, stopWait)
}

// end: the agent need not be flat any more. What is owed stays so.
func (e *exit) end() {
	e.flat = false
	for i := range e.ways {
		e.ways[i] = way{stops: e.ways[i].stops, again: e.ways[i].again}
	}
}

func (w *way) owes(id event.OrderID) *event.Order {
	for i := range w.stops {
		if w.stops[i].ID == id {
			return &w.stops[i]
		}
	}
	return nil
}

// protects: a stop that only reduces bounds a loss; a limit takes a profit.
func protects(o *event.Order) bool {
	return reduces(o) && (o.Type == event.OrderStop || o.Type == event.OrderStopLimit)
}

func units(quantity int64) int64 {
	if quantity < 0 {
		return -quantity
	}
	return quantity
}

func (w *way) appendState(b []byte) []byte {
	closing := byte(0)
	if w.closing {
		closing = 1
	}
	b = binary.AppendVarint(append(b, closing), w.left)
	b = binary.AppendVarint(b, w.next)
	b = binary.AppendVarint(b, w.again)
	b = binary.AppendUvarint(b, uint64(w.tries))
	b = binary.AppendUvarint(b, uint64(len(w.stops)))
	for _, o := range w.stops {
		o.Agent = 0 // a place among neighbours
		b = event.AppendOrder(b, &o)
	}
	return b
}
