package account

import (
	"math"
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// Orders are an agent's orders that are not final, in the order they were admitted: a fold of the
// requests its turns made and the outcomes that came back. The zero value keeps everything but
// FilledValue, for which it must know the instruments.
type Orders struct {
	instruments []event.Instrument
	open        []event.Order
	details     []detail // of the open orders, by place
	ended       ended
}

// detail is what an event.Order has no field for.
type detail struct {
	paid         event.Sum // price times quantity over all fills, in price and quantity units
	cancelWished bool      // outlives Unknown
	replacing    bool
	wish         Replacement
}

// Replacement is what a replace on its way would make of an order; 0 leaves a field as it is.
type Replacement struct{ Size, Price, StopPrice int64 }

// NewOrders returns no orders, on instruments that events name by their place in the list.
func NewOrders(instruments []event.Instrument) Orders { return Orders{instruments: instruments} }

// All are the open orders, oldest first. The slice belongs to Orders and is valid until the next change.
func (o *Orders) All() []event.Order { return o.open }

// Len is how many orders are open.
func (o *Orders) Len() int { return len(o.open) }

// AveragePrice is what All()[i] was filled at on average, in price units, rounded once half to even, 0 if
// nothing is filled.
func (o *Orders) AveragePrice(i int) int64 {
	if o.open[i].Filled == 0 {
		return 0
	}
	price, _ := o.details[i].paid.Div(o.open[i].Filled, event.HalfEven)
	return price
}

// Replacing tells what a replace on its way would make of an open order. Until it is answered, whichever
// of the two is worse counts.
func (o *Orders) Replacing(id event.OrderID) (r Replacement, found bool) {
	if i := o.place(id); i >= 0 && o.details[i].replacing {
		return o.details[i].wish, true
	}
	return r, false
}

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
	if i := o.place(id); i >= 0 {
		return &o.open[i]
	}
	return nil
}

func (o *Orders) place(id event.OrderID) int {
	for i := range o.open {
		if o.open[i].ID == id {
			return i
		}
	}
	return -1
}

// Request folds an admitted request: a new order is pending, or contingent on its parent; a cancel or
// replace leaves the order pending that. An Unknown order stays Unknown: the wish waits until it is known
// what there is to cancel.
func (o *Orders) Request(q *event.Request) {
	if q.Kind == event.RequestSubmit {
		order := q.Order
		order.State = event.StatePending
		if parent := o.ByID(order.Parent); parent != nil && parent.Filled == 0 {
			order.State = event.StateContingent
		}
		o.add(order, detail{})
		return
	}
	i := o.place(q.Order.ID)
	if i < 0 {
		return
	}
	order, d := &o.open[i], &o.details[i]
	switch q.Kind {
	case event.RequestCancel:
		d.cancelWished = true
		if order.State != event.StateUnknown {
			order.State = event.StateCancelPending
		}
	case event.RequestReplace:
		d.replacing = true
		d.wish = Replacement{Size: q.Order.Quantity(), Price: q.Order.Price, StopPrice: q.Order.StopPrice}
		if order.State != event.StateUnknown && order.State != event.StateCancelPending {
			order.State = event.StateReplacePending
		}
	}
}

func (o *Orders) add(order event.Order, d detail) int {
	o.open, o.details = append(o.open, order), append(o.details, d)
	return len(o.open) - 1
}

// Fold takes an outcome in and returns the order it was about as it stands after it, nil if the order
// is not known. A final order is dropped; the last of these are remembered, so that late fills are booked
// to them and what turns out to live after all comes back. The pointer is valid until the next change.
func (o *Orders) Fold(out *event.Outcome) *event.Order {
	i := o.place(out.Order)
	if i < 0 {
		if i = o.revive(out); i < 0 {
			return o.late(out)
		}
	}
	switch out.Kind {
	case event.EventAccepted:
		o.accepted(i)
	case event.EventFill, event.EventLiquidation:
		o.fill(i, &out.Fill)
	case event.EventReplaced:
		o.replaced(i, out)
	case event.EventRejected:
		o.refused(i, out.Request, event.StateRejected)
	case event.EventDenied:
		o.refused(i, out.Request, event.StateDenied)
	case event.EventDeadLetter: // still asked about, and still exposure
		o.refused(i, out.Request, event.StateUnknown)
	case event.EventSettled:
		o.settled(i, out)
	case event.EventCancelled:
		o.open[i].State = event.StateCancelled
	case event.EventExpired:
		o.open[i].State = event.StateExpired
	}
	if o.open[i].State.Final() {
		return o.drop(i)
	}
	return &o.open[i]
}

// standing is where an order stands that the venue is known to have.
func (o *Orders) standing(i int) event.OrderState {
	order, d := &o.open[i], &o.details[i]
	parent := o.ByID(order.Parent)
	switch {
	case order.Quantity() > 0 && order.Filled >= o.quantityMost(i):
		return event.StateFilled
	case d.cancelWished:
		return event.StateCancelPending
	case d.replacing:
		return event.StateReplacePending
	case order.Filled > 0:
		return event.StatePartial
	case parent != nil && parent.Filled == 0:
		return event.StateContingent
	}
	return event.StateOpen
}

// quantityMost is the larger of what is ordered and what a replace on its way would make of it.
func (o *Orders) quantityMost(i int) int64 {
	if d := &o.details[i]; d.replacing {
		return max(o.open[i].Quantity(), d.wish.Size)
	}
	return o.open[i].Quantity()
}

// accepted: a fill or a wish to cancel may have come first; the acceptance then tells nothing new.
func (o *Orders) accepted(i int) {
	switch o.open[i].State {
	case event.StatePending, event.StateInFlight, event.StateUnknown:
		o.open[i].State = o.standing(i)
	}
}

func (o *Orders) fill(i int, f *event.Fill) {
	o.book(&o.open[i], &o.details[i], f)
	if o.open[i].State = o.standing(i); f.Flags&event.FillLast != 0 {
		o.open[i].State = event.StateFilled
	}
	for k := range o.open {
		if o.open[k].Parent == o.open[i].ID && o.open[k].State == event.StateContingent {
			o.open[k].State = event.StateOpen
		}
	}
}

// book adds a fill to what an order was filled with. Money that does not fit is an error of Account.Fold,
// which sees the same fill first.
func (o *Orders) book(order *event.Order, d *detail, f *event.Fill) {
	order.Filled += f.Quantity
	d.paid.Add(f.Price, f.Quantity)
	if int(order.Instrument) >= len(o.instruments) {
		return
	}
	worth, ok := o.instruments[order.Instrument].Notional(f.Price, f.Quantity, event.HalfEven)
	if ok {
		worth, ok = event.Add(order.FilledValue, worth)
	}
	if !ok {
		worth = math.MaxInt64
	}
	order.FilledValue = worth
}

func (o *Orders) replaced(i int, out *event.Outcome) {
	order := &o.open[i]
	order.Price, order.StopPrice = out.Price, out.StopPrice
	if out.Size != 0 { // an order that is sized at the fill may have none yet
		order.Size, order.SizeKind = out.Size, event.SizeUnits
	}
	o.details[i].replacing = false
	order.State = o.standing(i)
}

// refused: what was refused, or given up, is the order itself, or only a wish about it.
func (o *Orders) refused(i int, request event.RequestKind, state event.OrderState) {
	order, d := &o.open[i], &o.details[i]
	switch request {
	case event.RequestCancel:
		d.cancelWished = false
	case event.RequestReplace:
		d.replacing = false
	default:
		order.State = state
		return
	}
	if order.State == event.StateCancelPending || order.State == event.StateReplacePending {
		order.State = o.standing(i)
	}
}

// settled: the host says where the order stands. Unknown is such a state too, and what a dead letter shows.
func (o *Orders) settled(i int, out *event.Outcome) {
	order, d := &o.open[i], &o.details[i]
	if out.Size != 0 {
		order.Size, order.SizeKind = out.Size, event.SizeUnits
	}
	if out.Price != 0 {
		order.Price = out.Price
	}
	if out.StopPrice != 0 {
		order.StopPrice = out.StopPrice
	}
	switch state := event.OrderState(out.Code); {
	case state == event.StateOpen, state == event.StatePartial:
		d.replacing = false
		order.State = o.standing(i)
	case state == event.StateCancelPending:
		d.cancelWished = true
		order.State = state
	case state.Final(), state >= event.StatePending && state <= event.StateContingent:
		order.State = state
	default: // a dead letter's, or one of a later version
		order.State = event.StateUnknown
	}
}

// drop moves the order to the ended ones and returns it there.
func (o *Orders) drop(i int) *event.Order {
	last := o.ended.add(o.open[i], o.details[i])
	o.open, o.details = slices.Delete(o.open, i, i+1), slices.Delete(o.details, i, i+1)
	return last
}
