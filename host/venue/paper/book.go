package paper

import "github.com/agenthost/agenthost/host/event"

// resting is an order in the book.
type resting struct {
	order event.Order
	// units is what the order was sized to, 0 while that is not known.
	units int64
	// target is the trade that one of the venue's own closes is for, else 0.
	target uint64
	// day is the UTC day of the first bar it met.
	day int64
	// met: it met a bar. triggered: its stop was reached.
	met, triggered bool
	gone           bool // final; only a running pass still sees it
}

func (r *resting) child() bool { return !r.order.Parent.IsZero() }

// limited: the order has a limit price.
func (r *resting) limited() bool {
	return r.order.Type == event.OrderLimit || r.order.Type == event.OrderStopLimit
}

// stopped: the order has a stop price.
func (r *resting) stopped() bool {
	return r.order.Type == event.OrderStop || r.order.Type == event.OrderStopLimit
}

// rest returns a blank entry, a used one where there is one.
func (v *Venue) rest(o event.Order) *resting {
	if last := len(v.free) - 1; last >= 0 {
		r := v.free[last]
		v.free = v.free[:last]
		*r = resting{order: o}
		return r
	}
	return &resting{order: o}
}

// find returns the open order of that id, nil if there is none.
func (v *Venue) find(id event.OrderID) *resting {
	if !v.history.isOpen(id) {
		return nil
	}
	for _, list := range [...][]*resting{v.queue, v.waiting} {
		for _, r := range list {
			if r.order.ID == id {
				return r
			}
		}
	}
	return nil
}

// enqueue puts an order into the queue: closes and the stops of open trades in front, so that they are
// worked off before anything that may open; the rest behind.
func (v *Venue) enqueue(r *resting) {
	if r.target == 0 && r.order.Flags&event.Closing == 0 && !(r.child() && r.stopped()) {
		v.queue = append(v.queue, r)
		return
	}
	v.queue = append(v.queue, nil)
	copy(v.queue[1:], v.queue)
	v.queue[0] = r
}

func without(list []*resting, r *resting) []*resting {
	for i := range list {
		if list[i] == r {
			copy(list[i:], list[i+1:])
			list[len(list)-1] = nil
			return list[:len(list)-1]
		}
	}
	return list
}

// arm lets the children of an order that opened a trade go into the queue, targets before stops, so that
// stops end up in front.
func (v *Venue) arm(parent *resting) {
	if len(v.waiting) == 0 {
		return
	}
	for _, stops := range [...]bool{false, true} {
		for i := 0; i < len(v.waiting); {
			r := v.waiting[i]
			if r.order.Parent != parent.order.ID || r.stopped() != stops {
				i++
				continue
			}
			v.waiting = without(v.waiting, r)
			r.order.State = event.StateOpen
			v.enqueue(r)
		}
	}
}

// remove takes an order out of the book and into the history; nothing is said about it.
func (v *Venue) remove(r *resting, state event.OrderState) {
	r.gone = true
	r.order.State = state
	v.queue = without(v.queue, r)
	v.waiting = without(v.waiting, r)
	if r.target == 0 {
		v.history.keep(&r.order)
	}
	if !r.child() && v.tradeOf(r.order.ID) < 0 {
		v.cancelChildren(r.order.ID)
	}
	v.dead = append(v.dead, r)
}

// cancel ends an order with a reason and the two numbers that decided. The venue's own closes go silently.
func (v *Venue) cancel(r *resting, code event.CancelCode, reason string, found, allowed int64) {
	o := v.outcome(&r.order, event.EventCancelled)
	o.Code, o.Reason, o.Found, o.Allowed = uint16(code), reason, found, allowed
	if r.target == 0 {
		v.out = append(v.out, o)
	}
	v.remove(r, event.StateCancelled)
}

// cancelChildren ends what can no longer close anything.
func (v *Venue) cancelChildren(parent event.OrderID) {
	for r := v.childOf(parent); r != nil; r = v.childOf(parent) {
		v.cancel(r, event.CancelParentDone, reasonParentDone, 0, 0)
	}
}

func (v *Venue) childOf(parent event.OrderID) *resting {
	for _, list := range [...][]*resting{v.queue, v.waiting} {
		for _, r := range list {
			if r.order.Parent == parent {
				return r
			}
		}
	}
	return nil
}

// closed is called when the last of a trade went, by order r: children that have nothing more to close
// go too, and a parent that is still filling stops once its child has taken its trades away.
func (v *Venue) closed(t *trade, r *resting) {
	if v.tradeOf(t.order) >= 0 {
		return
	}
	parent := v.find(t.order)
	switch {
	case parent == nil:
		v.cancelChildren(t.order)
	case r.order.Parent == t.order:
		v.cancel(parent, event.CancelGroupFilled, reasonChildFilled, parent.order.Filled, parent.units)
	}
}

// outcome begins an outcome about an order.
func (v *Venue) outcome(o *event.Order, kind event.EventKind) event.Outcome {
	return event.Outcome{Kind: kind, Order: o.ID, Ref: o.Ref, Agent: o.Agent, Instrument: o.Instrument, Time: v.now}
}
