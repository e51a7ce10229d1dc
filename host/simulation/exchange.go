package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// handle carries out a call that is at the venue's door and makes the reply.
func (v *Venue) handle(p *pending) event.Reply {
	if r, refused := v.door(p); refused {
		return r
	}
	switch p.call.Kind {
	case event.CallSubmit:
		return v.afterwards(p, v.submit(p))
	case event.CallCancel:
		return v.afterwards(p, v.cancel(p))
	case event.CallReplace:
		return v.afterwards(p, v.replace(p))
	case event.CallLookup:
		return v.lookup(p)
	}
	return v.list(p)
}

// door are the refusals that come before anything is done.
func (v *Venue) door(p *pending) (event.Reply, bool) {
	switch {
	case v.now < v.hold:
		v.injected[FaultHold]++
		return v.status(p, pick(v.random, 401, 403), "key refused"), true
	case v.now < v.outage:
		return v.status(p, pick(v.random, 502, 503, 504), "maintenance"), true
	case v.tooMany():
		return v.limited(p), true
	case v.fault(FaultRateLimited):
		return v.limited(p), true
	case v.fault(FaultErrorInstead):
		return v.status(p, pick(v.random, 500, 502, 503, 504), "internal error"), true
	}
	return event.Reply{}, false
}

// tooMany counts the call against the venue's own rate limit.
func (v *Venue) tooMany() bool {
	if v.config.RatePerSecond == 0 {
		return false
	}
	if s := v.now / second; s != v.second {
		v.second, v.calls = s, 0
	}
	v.calls++
	if v.calls <= v.config.RatePerSecond {
		return false
	}
	v.injected[FaultRateLimited]++
	return true
}

func (v *Venue) limited(p *pending) event.Reply {
	r := v.status(p, 429, "too many requests")
	r.RetryAfter = v.random.between(second/2, 5*second)
	r.Happening.NotProcessed = v.config.NotProcessed
	return r
}

// afterwards is the answer to what was carried out: sometimes an error.
func (v *Venue) afterwards(p *pending, r event.Reply) event.Reply {
	if r.Happening.Cause == resilience.CauseNone && v.fault(FaultErrorAfter) {
		return v.status(p, pick(v.random, 500, 502, 503, 504), "internal error")
	}
	return r
}

// submit takes an order, unless something speaks against it.
func (v *Venue) submit(p *pending) event.Reply {
	o := &p.call.Order
	v.arrivals = append(v.arrivals, Arrival{Time: v.now, Call: p.call})
	if int(o.Instrument) >= len(v.config.Instruments) {
		return v.status(p, 404, "no such instrument")
	}
	if prior := v.remembered(o.ID); prior != nil {
		return v.duplicate(p, prior)
	}
	if v.config.Expires && o.ValidUntil > 0 && v.clock() > o.ValidUntil {
		return v.status(p, 400, "expired before it arrived")
	}
	taken := &VenueOrder{
		ID: o.ID, Instrument: o.Instrument, Side: o.Side, Type: o.Type, TIF: o.TIF, Quantity: v.config.units(o, v.last[o.Instrument]), Price: o.Price,
		StopPrice: o.StopPrice, ExpireTime: o.ExpireTime, ReduceOnly: o.Flags&event.ReduceOnly != 0, Created: v.now,
	}
	if why := v.objection(o, taken); why != "" {
		return v.reject(p, taken, why)
	}
	v.book.add(taken)
	v.arrivals[len(v.arrivals)-1].Taken = true
	v.trace.Order(v.now, "taken", taken)
	v.changed(taken)
	v.match(taken)
	return v.tell(p, taken)
}

// remembered is the order that the venue has under an id, as far as it dedupes.
func (v *Venue) remembered(id event.OrderID) *VenueOrder {
	prior := v.book.newest(id)
	if prior == nil {
		return nil
	}
	switch v.config.Dedupe {
	case resilience.DedupeOpen:
		if prior.State == event.ReportOpen {
			return prior
		}
	case resilience.DedupeWindow:
		if v.now < prior.Created+v.config.DedupeWindow {
			return prior
		}
	case resilience.DedupeForever:
		return prior
	}
	return nil
}

// duplicate answers a second submit of one id.
func (v *Venue) duplicate(p *pending, prior *VenueOrder) event.Reply {
	v.duplicates++
	switch {
	case !v.config.Replays:
		return v.status(p, 409, "duplicate client order id")
	case prior.State == event.ReportRejected:
		r := v.status(p, 400, prior.Reason)
		r.Orders = []event.OrderReport{v.report(prior)}
		return r
	}
	return v.tell(p, prior)
}

// objection is why an order is not taken, empty for none. It may cut the quantity of one that reduces.
func (v *Venue) objection(o *event.Order, taken *VenueOrder) string {
	last := v.last[o.Instrument]
	switch {
	case taken.Quantity <= 0:
		return "size"
	case last == 0:
		return "no market"
	case o.Flags&event.PostOnly != 0 && crosses(taken, last):
		return "post only"
	case v.fault(FaultBusinessReject):
		return "insufficient funds"
	case taken.ReduceOnly && v.config.ReduceOnly:
		position := v.book.Own[o.Instrument]
		if taken.Side == event.Buy {
			position = -position
		}
		if position <= 0 {
			return "reduce only"
		}
		taken.Quantity = min(taken.Quantity, position)
	}
	return ""
}

func (v *Venue) reject(p *pending, o *VenueOrder, why string) event.Reply {
	v.book.add(o)
	v.book.end(o, event.ReportRejected, why, v.now)
	v.trace.Order(v.now, "rejected "+why, o)
	r := v.status(p, 400, why)
	r.Orders = []event.OrderReport{v.report(o)}
	v.changed(o)
	return r
}

// tell is a success that shows an order.
func (v *Venue) tell(p *pending, o *VenueOrder) event.Reply {
	r := v.success(p)
	r.Orders = []event.OrderReport{v.report(o)}
	return r
}

func (v *Venue) report(o *VenueOrder) event.OrderReport {
	return o.report(v.config.Instruments[o.Instrument].Name)
}

// target is the order that a cancel, replace or lookup names, nil where the venue has none, or says so.
func (v *Venue) target(c *event.Call) *VenueOrder {
	o := v.book.newest(c.Order.ID)
	if o == nil {
		return nil
	}
	if v.now-o.Created < v.config.SettleWindow/2 && v.fault(FaultYoungAbsent) {
		return nil
	}
	return o
}

func (v *Venue) cancel(p *pending) event.Reply {
	o := v.target(&p.call)
	switch {
	case o == nil || o.State == event.ReportRejected:
		return v.status(p, 404, "no such order")
	case o.State != event.ReportOpen:
		r := v.status(p, 409, "order is "+o.State.String())
		if v.random.IntN(2) == 0 {
			r.Orders = []event.OrderReport{v.report(o)}
		}
		return r
	}
	v.book.end(o, event.ReportCancelled, "cancelled by the client", v.now)
	v.trace.Order(v.now, "cancelled", o)
	v.changed(o)
	return v.tell(p, o)
}

// replace changes a resting order in place.
func (v *Venue) replace(p *pending) event.Reply {
	c := &p.call
	if v.config.Facilities&event.FacilityReplace == 0 {
		return v.status(p, 501, "orders cannot be replaced")
	}
	o := v.target(c)
	switch {
	case o == nil || o.State == event.ReportRejected:
		return v.status(p, 404, "no such order")
	case o.State != event.ReportOpen:
		return v.status(p, 409, "order is "+o.State.String())
	case c.Order.Size != 0 && c.Order.Size < o.Filled, v.fault(FaultBusinessReject):
		return v.status(p, 400, "replace refused")
	}
	if c.Order.Size != 0 {
		o.Quantity = c.Order.Size
	}
	if c.Order.Price != 0 {
		o.Price = c.Order.Price
	}
	if c.Order.StopPrice != 0 {
		o.StopPrice = c.Order.StopPrice
	}
	o.Updated = v.now
	v.trace.Order(v.now, "replaced", o)
	if o.Filled >= o.Quantity {
		v.book.end(o, event.ReportFilled, "", v.now)
	}
	v.changed(o)
	if o.State == event.ReportOpen {
		v.match(o)
	}
	return v.tell(p, o)
}
