package account

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// endedMax is how many final orders are remembered. A fill that comes later still changes the position;
// only its order is not known any more.
const endedMax = 64

type endedOrder struct {
	order  event.Order
	detail detail
}

// ended are the last orders that became final, oldest first.
type ended struct{ orders []endedOrder }

// all are the last endedMax; what is before them is only not cut off yet.
func (e *ended) all() []endedOrder { return e.orders[max(0, len(e.orders)-endedMax):] }

func (e *ended) add(o event.Order, d detail) *event.Order {
	if len(e.orders) == 2*endedMax { // so that one order in endedMax pays for the move
		e.orders = e.orders[:copy(e.orders, e.orders[endedMax:])]
	}
	e.orders = append(e.orders, endedOrder{o, d})
	return &e.orders[len(e.orders)-1].order
}

// find returns the newest ended order of that id, nil if there is none.
func (e *ended) find(id event.OrderID) *endedOrder {
	all := e.all()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].order.ID == id {
			return &all[i]
		}
	}
	return nil
}

// take removes and returns the order of that id. What is before the last endedMax is cut off first: it
// must not come back into their number.
func (e *ended) take(id event.OrderID) (v endedOrder, found bool) {
	e.orders = e.orders[:copy(e.orders, e.all())]
	for i := len(e.orders) - 1; i >= 0; i-- {
		if e.orders[i].order.ID == id {
			v = e.orders[i]
			e.orders = slices.Delete(e.orders, i, i+1)
			return v, true
		}
	}
	return v, false
}

// late takes an outcome in that is about an order that is over. A fill is booked, the rest tells nothing
// new. nil means that the order is not remembered.
func (o *Orders) late(out *event.Outcome) *event.Order {
	e := o.ended.find(out.Order)
	if e == nil {
		return nil
	}
	if out.Kind == event.EventFill || out.Kind == event.EventLiquidation {
		o.book(&e.order, &e.detail, &out.Fill)
	}
	return &e.order
}

// revive brings an order back among the open ones that is settled as living though it was over: a dead
// letter tried again, or one that the venue has after all. One that is not remembered is made from what
// the outcome says, since at the venue it counts as exposure. The result is its place, -1 for none.
func (o *Orders) revive(out *event.Outcome) int {
	if out.Kind != event.EventSettled || event.OrderState(out.Code).Final() {
		return -1
	}
	v, found := o.ended.take(out.Order)
	if !found {
		if out.Size <= 0 || (out.Fill.Side != event.Buy && out.Fill.Side != event.Sell) {
			return -1
		}
		v.order = event.Order{
			ID: out.Order, Ref: out.Ref, Agent: out.Agent, Instrument: out.Instrument, Side: out.Fill.Side,
			Type: typeOf(out), TIF: event.GTC, SizeKind: event.SizeUnits, Created: out.Time,
		}
	}
	v.detail.cancelWished, v.detail.replacing = false, false
	if o.ByRef(v.order.Ref) != nil {
		v.order.Ref = 0 // the guest has given its number to another meanwhile
	}
	return o.add(v.order, v.detail)
}

func typeOf(out *event.Outcome) event.OrderType {
	switch {
	case out.Price != 0 && out.StopPrice != 0:
		return event.OrderStopLimit
	case out.StopPrice != 0:
		return event.OrderStop
	case out.Price != 0:
		return event.OrderLimit
	}
	return event.OrderMarket
}
