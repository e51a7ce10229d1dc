package execution_test

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// asked is an order that an agent asked for, and what it was told.
type asked struct {
	order    event.Order
	finals   int
	filled   int64
	accepted int
	dead     bool
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
