package paper

import "github.com/agenthost/agenthost/host/event"

// cancelRequested takes an open order out of the book as its agent asks.
func (v *Venue) cancelRequested(o *event.Order) {
	r, why := v.owns(o)
	if why != granted {
		v.reject(event.RequestCancel, o, why)
		return
	}
	v.cancel(r, event.CancelByStrategy, reasonRequested, 0, 0)
}

// owns finds the open order that a cancel or replace is about.
func (v *Venue) owns(o *event.Order) (*resting, refusal) {
	r := v.find(o.ID)
	switch {
	case r == nil:
		return nil, refusal{event.RejectOther, reasonUnknown, 0, 1}
	case r.order.Agent != o.Agent:
		return nil, refusal{event.RejectPermission, reasonAgent, int64(o.Agent), int64(r.order.Agent)}
	}
	return r, granted
}

// replace changes size, price and stop price of an open order, 0 leaving each as it is. The order keeps
// its id, what it filled, its time in force and its place in the queue: on bars, place decides only whose
// margin is reckoned first.
func (v *Venue) replace(q *event.Order) {
	r, why := v.owns(q)
	if why != granted {
		v.reject(event.RequestReplace, q, why)
		return
	}
	changed := r.order
	if q.Price != 0 {
		changed.Price = q.Price
	}
	if q.StopPrice != 0 {
		changed.StopPrice = q.StopPrice
	}
	if q.Size != 0 {
		changed.Size = q.Size
		if q.SizeKind != 0 {
			changed.SizeKind = q.SizeKind
		}
	}
	if why = v.replaceable(r, &changed); why == granted {
		r.order = changed
		if changed.SizeKind == event.SizeUnits {
			r.units = changed.Size
		}
	}
	v.replaced(r, why)
}

// replaced tells the order as it now stands, with the reason if it was not changed. Size is in units, 0
// while a fraction or money is not sized.
func (v *Venue) replaced(r *resting, why refusal) {
	o := &r.order
	out := v.outcome(o, event.EventReplaced)
	out.Size, out.Price, out.StopPrice = r.units, o.Price, o.StopPrice
	out.Code, out.Reason, out.Found, out.Allowed = uint16(why.code), why.reason, why.found, why.allowed
	if why != granted {
		out.Request = event.RequestReplace
	}
	v.out = append(v.out, out)
}

// replaceable judges the order as it would stand by the rules of a new one.
func (v *Venue) replaceable(r *resting, changed *event.Order) refusal {
	o, in := &r.order, &v.instruments[r.order.Instrument]
	resized := changed.Size != o.Size || changed.SizeKind != o.SizeKind
	switch {
	case changed.SizeKind < 1 || changed.SizeKind > event.SizeFraction:
		return refusal{event.RejectType, reasonShape, int64(changed.SizeKind), int64(event.SizeFraction)}
	case resized && changed.SizeKind == event.SizeUnits && changed.Size <= o.Filled:
		return refusal{event.RejectQuantity, reasonFilled, changed.Size, o.Filled}
	case resized && changed.SizeKind != event.SizeUnits && r.units != 0:
		return refusal{event.RejectQuantity, reasonSized, changed.Size, r.units}
	case changed.StopPrice != o.StopPrice && r.triggered:
		return refusal{event.RejectTrigger, reasonTriggered, changed.StopPrice, o.StopPrice}
	}
	for _, rule := range [...]func(*event.Order, *market) refusal{v.priced, v.sized, v.linked} {
		if why := rule(changed, in); why != granted {
			return why
		}
	}
	return v.children(changed)
}

// children: a parent that still waits stays on the right side of the children that wait for it.
func (v *Venue) children(parent *event.Order) refusal {
	for _, c := range v.waiting {
		if c.order.Parent == parent.ID {
			if why := v.sane(&c.order, parent); why != granted {
				return why
			}
		}
	}
	return granted
}
