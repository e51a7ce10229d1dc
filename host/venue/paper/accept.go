package paper

import "github.com/agenthost/agenthost/host/event"

// submit accepts an order or rejects it with a reason and the two numbers that decided.
func (v *Venue) submit(o *event.Order) {
	if why := v.judge(o); why != granted {
		v.rejectSubmit(o, why)
		return
	}
	v.oust(o)
	r := v.rest(*o)
	r.order.State, r.order.Filled, r.order.FilledValue = event.StateOpen, 0, 0
	if o.SizeKind == event.SizeUnits {
		r.units = o.Size
	}
	v.history.open(o.ID)
	if r.child() && v.tradeOf(o.Parent) < 0 {
		r.order.State = event.StateContingent
		v.waiting = append(v.waiting, r)
	} else {
		v.enqueue(r)
	}
	v.out = append(v.out, v.outcome(o, event.EventAccepted))
}

// reject refuses a request; 0 stands for the submit, and then the order is over.
func (v *Venue) reject(request event.RequestKind, o *event.Order, why refusal) {
	out := v.outcome(o, event.EventRejected)
	out.Request = request
	out.Code, out.Reason, out.Found, out.Allowed = uint16(why.code), why.reason, why.found, why.allowed
	v.out = append(v.out, out)
}

// rejectSubmit remembers what it refuses, so that the id stays used and can be looked up; but not a
// duplicate, for that id is another order's.
func (v *Venue) rejectSubmit(o *event.Order, why refusal) {
	v.reject(0, o, why)
	if why.reason == reasonDuplicate || why.reason == reasonID {
		return
	}
	kept := *o
	kept.State, kept.Filled, kept.FilledValue = event.StateRejected, 0, 0
	v.history.keep(&kept)
}

// judge asks the rules in order; the first that is broken decides.
func (v *Venue) judge(o *event.Order) refusal {
	switch {
	case o.ID.IsZero() || owned(o.ID):
		return refusal{event.RejectOther, reasonID, int64(o.ID[0])<<8 | int64(o.ID[1]), 0}
	case v.history.known(o.ID):
		return refusal{event.RejectDuplicate, reasonDuplicate, 1, 0}
	case v.bankrupt:
		return refusal{event.RejectFunds, reasonBankrupt, 0, 1}
	case uint64(o.Instrument) >= uint64(len(v.instruments)):
		return refusal{event.RejectOther, reasonInstrument, int64(o.Instrument), int64(len(v.instruments)) - 1}
	}
	in := &v.instruments[o.Instrument]
	for _, rule := range [...]func(*event.Order, *market) refusal{v.shaped, v.priced, v.timed, v.sized, v.reducing, v.linked} {
		if why := rule(o, in); why != granted {
			return why
		}
	}
	return granted
}

// shaped: side, type, time in force and kind of size are ones the venue has, and go together.
func (v *Venue) shaped(o *event.Order, in *market) refusal {
	for _, f := range [...]struct{ found, most int64 }{
		{int64(o.Side), int64(event.Sell)},
		{int64(o.Type), int64(event.OrderStopLimit)},
		{int64(o.TIF), int64(event.DAY)},
		{int64(o.SizeKind), int64(event.SizeFraction)},
	} {
		if f.found < 1 || f.found > f.most {
			return refusal{event.RejectType, reasonShape, f.found, f.most}
		}
	}
	switch {
	case in.Kind == event.Index:
		return refusal{event.RejectHalted, reasonIndex, int64(in.Kind), 0}
	case o.Flags&event.PostOnly != 0 && (o.Type != event.OrderLimit || o.TIF == event.IOC || o.TIF == event.FOK):
		return refusal{event.RejectPostOnly, reasonPostOnly, int64(o.Type), int64(event.OrderLimit)}
	}
	return granted
}

// priced: each price is there where its type needs it, nowhere else, and a multiple of the tick.
func (v *Venue) priced(o *event.Order, in *market) refusal {
	limit := o.Type == event.OrderLimit || o.Type == event.OrderStopLimit
	stop := o.Type == event.OrderStop || o.Type == event.OrderStopLimit
	for _, p := range [...]struct {
		price  int64
		wanted bool
	}{{o.Price, limit}, {o.StopPrice, stop}} {
		switch {
		case !p.wanted && p.price != 0, p.wanted && p.price <= 0:
			return refusal{event.RejectPrice, reasonPrice, p.price, 0}
		case p.price%in.Tick != 0:
			return refusal{event.RejectPrice, reasonTick, p.price, in.Tick}
		}
	}
	return granted
}

// timed: what must end ends in the future.
func (v *Venue) timed(o *event.Order, _ *market) refusal {
	if (o.TIF == event.GTD) != (o.ExpireTime != 0) || (o.TIF == event.GTD && o.ExpireTime <= v.now) {
		return refusal{event.RejectOther, reasonExpiry, o.ExpireTime, v.now}
	}
	return granted
}

// sized: units are whole lots within the instrument's bounds, a fraction is at most one, and what is
// known to be worth too little is refused. What only reduces may be worth as little as it is.
func (v *Venue) sized(o *event.Order, in *market) refusal {
	child := !o.Parent.IsZero()
	switch o.SizeKind {
	case event.SizeFraction:
		if o.Size <= 0 || o.Size > event.One {
			return refusal{event.RejectQuantity, reasonSize, o.Size, event.One}
		}
		return granted
	case event.SizeNotional:
		if o.Size <= 0 || o.Size < in.NotionalMin {
			return refusal{event.RejectNotional, reasonNotional, o.Size, max(1, in.NotionalMin)}
		}
		return granted
	}
	switch {
	case o.Size == 0 && child:
		return granted // all that the parent opened
	case o.Size <= 0:
		return refusal{event.RejectQuantity, reasonSize, o.Size, in.Lot}
	case o.Size%in.Lot != 0:
		return refusal{event.RejectQuantity, reasonLot, o.Size, in.Lot}
	case o.Size < in.QuantityMin:
		return refusal{event.RejectQuantity, reasonMin, o.Size, in.QuantityMin}
	case in.QuantityMax != 0 && o.Size > in.QuantityMax:
		return refusal{event.RejectQuantity, reasonMax, o.Size, in.QuantityMax}
	case child || o.Flags&event.ReduceOnly != 0:
		return granted
	}
	if w := worth(&in.Instrument, v.reference(o), o.Size); w < in.NotionalMin && v.reference(o) != 0 {
		return refusal{event.RejectNotional, reasonNotional, w, in.NotionalMin}
	}
	return granted
}

// reference is the price that an order is held against before it fills: its limit, its stop, or the last
// close with the spread; 0 before the first bar.
func (v *Venue) reference(o *event.Order) int64 {
	switch {
	case o.Price != 0:
		return o.Price
	case o.StopPrice != 0:
		return o.StopPrice
	}
	return v.adjusted(o.Side, v.instruments[o.Instrument].bar.Close)
}

// reducing: a reduce-only order faces trades that it can reduce. How much of it does is seen at the fill.
func (v *Venue) reducing(o *event.Order, _ *market) refusal {
	if o.Flags&event.ReduceOnly != 0 && o.Parent.IsZero() && v.reducible(o) == 0 {
		return refusal{event.RejectReduceOnly, reasonReduce, o.Size, 0}
	}
	return granted
}

// linked: a child names an order of its agent and instrument, of the other side, that is open or has
// opened something that is; while the parent waits, the child's price lies where it makes sense.
func (v *Venue) linked(o *event.Order, _ *market) refusal {
	if o.Parent.IsZero() {
		return granted
	}
	if o.Type == event.OrderMarket || o.SizeKind == event.SizeNotional {
		return refusal{event.RejectType, reasonChild, int64(o.Type), int64(event.OrderLimit)}
	}
	if i := v.tradeOf(o.Parent); i >= 0 {
		t := &v.trades[i]
		if t.agent != o.Agent || t.instrument != o.Instrument || o.Signed(t.quantity) >= 0 {
			return refusal{event.RejectOther, reasonParentOther, int64(t.agent), int64(o.Agent)}
		}
		return granted
	}
	parent := v.find(o.Parent)
	if parent == nil {
		return refusal{event.RejectOther, reasonParent, 0, 1}
	}
	p := &parent.order
	if p.Agent != o.Agent || p.Instrument != o.Instrument || p.Side == o.Side || parent.child() {
		return refusal{event.RejectOther, reasonParentOther, int64(p.Agent), int64(o.Agent)}
	}
	return v.sane(o, p)
}

// sane: for a buyer, protective stop < the parent's price < target; for a seller the other way round.
func (v *Venue) sane(o, parent *event.Order) refusal {
	price := v.reference(parent)
	if price == 0 {
		return granted
	}
	stop := o.Type == event.OrderStop || o.Type == event.OrderStopLimit
	switch {
	case stop && parent.Signed(o.StopPrice) >= parent.Signed(price):
		return refusal{event.RejectTrigger, reasonStopLoss, o.StopPrice, price}
	case !stop && parent.Signed(o.Price) <= parent.Signed(price):
		return refusal{event.RejectPrice, reasonTakeProfit, o.Price, price}
	}
	return granted
}
