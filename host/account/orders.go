package account

import (
	"github.com/agenthost/agenthost/host/event"
)

// Orders are an agent's orders that are not final, in the order they were admitted: a fold of the
// requests its turns made and the outcomes that came back.
type Orders struct {
	open []event.Order
}

// All are the open orders, oldest first. The slice belongs to Orders and is valid until the next change.
func (o *Orders) All() []event.Order { return o.open }

// Len is how many orders are open.
func (o *Orders) Len() int { return len(o.open) }

// ByRef finds an open order by the guest's own number, nil if there is none or ref is 0.
func (o *Orders) ByRef(ref uint64) *event.Order {
	if ref == 0 {
		return nil
	}
	for i := range o.open {
		if o.open[i].Ref == ref {
			return &o.open[i]
		}
	}
	return nil
}

// ByID finds an open order by its client order id, nil if there is none.
func (o *Orders) ByID(id event.OrderID) *event.Order {
	for i := range o.open {
		if o.open[i].ID == id {
			return &o.open[i]
		}
	}
	return nil
}

// Request folds an admitted request: a new order is pending, or contingent on its parent; a cancel or
// replace leaves the order pending that.
func (o *Orders) Request(q *event.Request) {
	switch q.Kind {
	case event.RequestSubmit:
		order := q.Order
		order.State = event.StatePending
		if parent := o.ByID(order.Parent); parent != nil && parent.Filled == 0 {
			order.State = event.StateContingent
		}
		o.open = append(o.open, order)
	case event.RequestCancel:
		if order := o.ByID(q.Order.ID); order != nil {
			order.State = event.StateCancelPending
		}
	case event.RequestReplace:
		if order := o.ByID(q.Order.ID); order != nil {
			order.State = event.StateReplacePending
		}
	}
}

// Fold takes an outcome in and returns the order it was about as it stands after it, nil if the order
// is not one of these. A final order is dropped; the pointer is valid until the next change.
func (o *Orders) Fold(out *event.Outcome) *event.Order {
	order := o.ByID(out.Order)
	if order == nil {
		return nil
	}
	switch out.Kind {
	case event.EventAccepted:
		// A fill or a wish to cancel may have come first; the acceptance then tells nothing new.
		if order.State == event.StatePending || order.State == event.StateInFlight || order.State == event.StateUnknown {
			order.State = event.StateOpen
		}
	case event.EventFill, event.EventLiquidation:
		o.fill(order, out)
	case event.EventReplaced:
		o.replaced(order, out)
	case event.EventRejected:
		order.State = event.StateRejected
	case event.EventDenied:
		order.State = event.StateDenied
	case event.EventCancelled:
		order.State = event.StateCancelled
	case event.EventExpired:
		order.State = event.StateExpired
	}
	if order.State.Final() {
		return o.drop(order)
	}
	return order
}

func (o *Orders) fill(order *event.Order, out *event.Outcome) {
	order.Filled += out.Fill.Quantity
	order.State = event.StatePartial
	if out.Fill.Flags&event.FillLast != 0 || (order.Quantity() > 0 && order.Filled >= order.Quantity()) {
		order.State = event.StateFilled
	}
	for i := range o.open {
		if o.open[i].Parent == order.ID && o.open[i].State == event.StateContingent {
			o.open[i].State = event.StateOpen
		}
	}
}

func (o *Orders) replaced(order *event.Order, out *event.Outcome) {
	order.Price, order.StopPrice = out.Price, out.StopPrice
	if out.Size != 0 { // an order that is sized at the fill may have none yet
		order.Size, order.SizeKind = out.Size, event.SizeUnits
	}
	order.State = event.StateOpen
	parent := o.ByID(order.Parent)
	switch {
	case order.Filled > 0:
		order.State = event.StatePartial
	case parent != nil && parent.Filled == 0:
		order.State = event.StateContingent
	}
}

// drop moves the order behind the others and cuts it off; the place it leaves is still readable.
func (o *Orders) drop(order *event.Order) *event.Order {
	dropped := *order
	for i := range o.open {
		if &o.open[i] == order {
			copy(o.open[i:], o.open[i+1:])
			break
		}
	}
	last := len(o.open) - 1
	o.open[last] = dropped
	o.open = o.open[:last]
	return &o.open[:last+1][last]
}
