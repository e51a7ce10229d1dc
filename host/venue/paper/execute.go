package paper

import "github.com/agenthost/agenthost/host/event"

// execute fills an order at a price, as far as the bar's volume, the margin and its own limits let it.
func (v *Venue) execute(r *resting, in *market, m meeting) {
	switch {
	case r.target != 0:
		v.closeTarget(r, in, m)
	case r.child():
		v.closeParents(r, in, m)
	default:
		v.tradeOrder(r, in, m)
	}
}

// closeTarget carries out a close of the venue's own.
func (v *Venue) closeTarget(r *resting, in *market, m meeting) {
	for i := range v.trades {
		if v.trades[i].id != r.target {
			continue
		}
		size := abs(v.trades[i].quantity)
		if q := v.take(in, size); q > 0 {
			v.close(r, i, q, m.price, m.at, flags(m, q == size)|event.FillVenue)
		}
		return
	}
	v.remove(r, event.StateCancelled) // the trade went by another way
}

// closeParents lets a child close what its parent opened, the oldest first.
func (v *Venue) closeParents(r *resting, in *market, m meeting) {
	parent := r.order.Parent
	want := v.childWants(r, in)
	if want <= 0 {
		v.cancel(r, event.CancelUnfillable, reasonZero, want, in.Lot)
		return
	}
	if r.order.TIF == event.FOK && v.left(in, want) < want {
		return
	}
	now := v.take(in, want)
	for i := v.tradeOf(parent); i >= 0 && now > 0 && !r.gone; i = v.tradeOf(parent) {
		size := abs(v.trades[i].quantity)
		q := min(size, now)
		now, want = now-q, want-q
		v.close(r, i, q, m.price, m.at, flags(m, want == 0))
	}
}

// childWants is what a child still closes: its own size, but never more than is open of its parent's.
func (v *Venue) childWants(r *resting, in *market) int64 {
	var open int64
	for i := range v.trades {
		if v.trades[i].order == r.order.Parent {
			open += abs(v.trades[i].quantity)
		}
	}
	if r.order.Size == 0 {
		return open
	}
	if r.units == 0 {
		r.units = open
		if r.order.Size != event.One {
			r.units, _ = event.MulDiv(open, r.order.Size, event.One, event.Down)
			r.units -= r.units % in.Lot
		}
	}
	return min(r.units-r.order.Filled, open)
}

// tradeOrder fills an order that stands alone: it closes opposite trades first and opens the rest.
func (v *Venue) tradeOrder(r *resting, in *market, m meeting) {
	o := &r.order
	adjusted := v.adjusted(o.Side, m.price)
	if r.units == 0 && !v.sizeAtFill(r, in, m.price, adjusted) {
		return
	}
	want := r.units - o.Filled
	cut := int64(0) // what a reduce-only order gives up
	if o.Flags&event.ReduceOnly != 0 {
		if cut = want - min(want, v.reducible(o)); cut == want {
			v.cancel(r, event.CancelUnfillable, reasonNothingLeft, o.Filled, r.units)
			return
		}
		want -= cut
	}
	if o.TIF == event.FOK && (cut > 0 || v.left(in, want) < want || !v.affordable(r, in, m.price, adjusted)) {
		return
	}
	now := v.take(in, want)
	for i := v.opposite(o); i >= 0 && now > 0; i = v.opposite(o) {
		q := min(abs(v.trades[i].quantity), now)
		now, want = now-q, want-q
		v.close(r, i, q, m.price, m.at, flags(m, want+cut == 0))
	}
	switch {
	case r.gone:
	case want == 0: // only what a reduce-only order gave up is left
		v.cancel(r, event.CancelUnfillable, reasonNothingLeft, o.Filled, r.units)
	case now > 0:
		v.openRest(r, in, m, adjusted, now, want)
	}
}

// openRest opens now of the want units that are left of an order, if the margin carries all of them.
func (v *Venue) openRest(r *resting, in *market, m meeting, adjusted, now, want int64) {
	if cost, have, ok := v.carries(r, in, m.price, adjusted, want, v.standing()); !ok {
		v.cancel(r, event.CancelUnfillable, reasonMargin, cost, have)
		return
	}
	v.open(r, now, adjusted, m.at, flags(m, now == want))
	if v.meetsAgain(r, m, &in.bar) {
		v.again = append(v.again, pair{r.order.Agent, r.order.Instrument})
	}
}

func flags(m meeting, last bool) event.FillFlags {
	var f event.FillFlags
	if m.maker {
		f |= event.FillMaker
	}
	if last {
		f |= event.FillLast
	}
	return f
}

// filled says that an order was filled in part or, with FillLast, to its end.
func (v *Venue) filled(r *resting, f event.Fill) {
	o := &r.order
	f.TradeID = v.history.nextTrade()
	f.Side, f.FeeCurrency = o.Side, v.config.Currency
	o.State = event.StatePartial
	o.Filled = add(o.Filled, f.Quantity)
	o.FilledValue = add(o.FilledValue, worth(&v.instruments[o.Instrument].Instrument, f.Price, f.Quantity))
	out := v.outcome(o, kindOf(o.ID))
	out.Fill = f
	v.out = append(v.out, out)
	v.history.keepFill(&out)
	if f.Flags&event.FillLast != 0 {
		v.remove(r, event.StateFilled)
	}
}
