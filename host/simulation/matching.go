package simulation

import "github.com/agenthost/agenthost/host/event"

// crosses reports whether an order can trade at a price.
func crosses(o *VenueOrder, price int64) bool {
	if o.Type == event.OrderMarket || o.Type == event.OrderStop {
		return true
	}
	if o.Side == event.Buy {
		return o.Price >= price
	}
	return o.Price <= price
}

// triggered reports whether a stop's price was reached by prices between low and high.
func triggered(o *VenueOrder, low, high int64) bool {
	if o.Side == event.Buy {
		return high >= o.StopPrice
	}
	return low <= o.StopPrice
}

func isStop(t event.OrderType) bool { return t == event.OrderStop || t == event.OrderStopLimit }

// match trades an order that has just come, or changed, at the last price.
func (v *Venue) match(o *VenueOrder) {
	last := v.last[o.Instrument]
	if isStop(o.Type) {
		if !triggered(o, last, last) {
			return
		}
		o.trigger()
	}
	if crosses(o, last) {
		v.trade(o, last, false)
	}
	if o.State == event.ReportOpen && (o.TIF == event.IOC || o.TIF == event.FOK) {
		v.book.end(o, event.ReportCancelled, "immediate or cancel", v.now)
		v.changed(o)
	}
}

// trigger makes a stop what it becomes.
func (o *VenueOrder) trigger() {
	if o.Type == event.OrderStop {
		o.Type = event.OrderMarket
	} else {
		o.Type = event.OrderLimit
	}
}

// trade fills an order at a price: all of it, in one piece or two, or now and then only a part.
func (v *Venue) trade(o *VenueOrder, price int64, maker bool) {
	in := &v.config.Instruments[o.Instrument]
	rest := o.Quantity - o.Filled
	if o.ReduceOnly && v.config.ReduceOnly {
		position := v.book.Own[o.Instrument]
		if o.Side == event.Buy {
			position = -position
		}
		if rest = min(rest, max(0, position)); rest == 0 {
			v.book.end(o, event.ReportCancelled, "reduce only: nothing to reduce", v.now)
			v.changed(o)
			return
		}
	}
	part := rest
	if in.Lot < rest && !v.calm && v.random.IntN(3) == 0 {
		part = v.random.between(1, rest/in.Lot) * in.Lot
	}
	v.fill(o, in, part, price, maker)
	if rest > part && (o.TIF == event.FOK || v.random.IntN(2) == 0) && o.State == event.ReportOpen {
		v.fill(o, in, rest-part, price, maker)
	}
}

func (v *Venue) fill(o *VenueOrder, in *event.Instrument, quantity, price int64, maker bool) {
	e := v.book.execute(o, in, quantity, price, v.config.Fee, v.now, maker)
	v.trace.Fill(v.now, e)
	v.streamFill(e)
	v.changed(o)
}

// Market moves the prices to those of the bars and trades what rests. Its time must not lie before the last
// Advance. It also draws outages, holds and foreign orders.
func (v *Venue) Market(m *event.Market) {
	v.now = max(v.now, m.Time)
	for i := range m.Bars {
		b := &m.Bars[i]
		v.last[b.Instrument] = b.Close
		v.tradeResting(b)
	}
	if v.fault(FaultOutage) {
		v.outage = v.now + v.random.between(second, 90*second)
	}
	if v.fault(FaultHold) {
		v.hold = v.now + v.random.between(second, 60*second)
	}
	if v.fault(FaultForeign) {
		v.foreign()
	}
}

func (v *Venue) tradeResting(b *event.Bar) {
	resting := append([]*VenueOrder(nil), v.book.open...)
	for _, o := range resting {
		if o.Instrument != b.Instrument || o.State != event.ReportOpen {
			continue
		}
		if isStop(o.Type) {
			if !triggered(o, b.Low, b.High) {
				continue
			}
			o.trigger()
		}
		switch best := bestOf(o, b); {
		case o.Type == event.OrderMarket:
			v.trade(o, b.Close, false)
		case crosses(o, best):
			v.trade(o, o.Price, true)
		}
	}
}

// bestOf is the price of a bar that is best for an order.
func bestOf(o *VenueOrder, b *event.Bar) int64 {
	if o.Side == event.Buy {
		return b.Low
	}
	return b.High
}

// foreign lets somebody else trade on the account.
func (v *Venue) foreign() {
	i := uint32(v.random.IntN(len(v.config.Instruments)))
	if v.last[i] == 0 {
		return
	}
	in := &v.config.Instruments[i]
	o := v.book.add(&VenueOrder{
		Foreign: true, Instrument: i, Side: pick(v.random, event.Buy, event.Sell), Type: event.OrderMarket,
		TIF: event.GTC, Quantity: in.Lot * v.random.between(1, 3), Created: v.now,
	})
	v.trace.Order(v.now, "foreign", o)
	v.fill(o, in, o.Quantity, v.last[i], false)
}

// endExpired ends the orders that are good until a time that is past.
func (v *Venue) endExpired() {
	if !v.config.Expires {
		return
	}
	for i := len(v.book.open) - 1; i >= 0; i-- {
		o := v.book.open[i]
		if o.TIF == event.GTD && o.ExpireTime > 0 && v.clock() >= o.ExpireTime {
			v.book.end(o, event.ReportExpired, "good till date", v.now)
			v.trace.Order(v.now, "expired", o)
			v.changed(o)
		}
	}
}
