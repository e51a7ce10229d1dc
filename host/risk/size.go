package risk

import "github.com/agenthost/agenthost/host/event"

// sizedHere turns money, or a fraction of the margin available, into units for a venue that does not do it
// at the fill: at the order's own limit or trigger, or at the last price, down to whole lots, with room for
// the fee. Units stay as they are, and so does what the venue sizes itself.
func (a *Admission) sizedHere(o *event.Order, venue event.Capabilities) denial {
	if a.turn.Capabilities&venue != 0 {
		return admitted
	}
	if o.Flags&event.ReduceOnly != 0 {
		return denial{code: event.DenyUnsupported, found: int64(o.SizeKind), allowed: int64(event.SizeUnits)}
	}
	in := &a.config.Instruments[o.Instrument]
	money, price, ok := o.Size, a.sizingPrice(o), true
	if o.SizeKind == event.SizeFraction {
		money, ok = a.purse(o)
	}
	if price <= 0 || !ok {
		return denial{code: event.DenyPrice, found: price}
	}
	units, ok := lotsFor(in, money, price)
	if !ok {
		return denial{code: event.DenyOverflow, found: money, allowed: price}
	}
	o.SizeKind, o.Size = event.SizeUnits, units
	return admitted
}

// sizingPrice is what a unit is reckoned at, 0 while nobody knows.
func (a *Admission) sizingPrice(o *event.Order) int64 {
	if o.Price != 0 {
		return o.Price
	}
	if o.StopPrice != 0 {
		return o.StopPrice
	}
	_, mark := a.book.Position(o.Instrument)
	return mark
}

// purse is the order's fraction of what its margin may buy, in the instrument's money.
func (a *Admission) purse(o *event.Order) (int64, bool) {
	money, ok := event.MulDiv(a.book.MarginAvailable(), o.Size, event.One, event.Down)
	if ok {
		money, ok = event.MulDiv(money, a.turn.Leverage, event.One, event.Down)
	}
	if !ok || a.converter == nil {
		return money, ok
	}
	one, known := a.converter.InCurrency(o.Instrument, event.One)
	if !known || one <= 0 {
		return 0, false
	}
	return event.MulDiv(money, event.One, one, event.Down)
}

// lotsFor is the greatest quantity in whole lots that money pays for, the taker's fee included.
func lotsFor(in *event.Instrument, money, price int64) (int64, bool) {
	// Many lots at once, so that the rounding of one does not count.
	for many := int64(1_000_000); many > 0; many /= 1000 {
		quantity, ok := event.MulDiv(in.Lot, many, 1, event.Down)
		if !ok {
			continue
		}
		cost, ok := worth(in, price, quantity)
		if !ok {
			continue
		}
		fee, ok := event.MulDiv(cost, max(0, in.FeeTaker), event.One, event.Up)
		if cost, ok = sum(cost, fee, ok); !ok || cost <= 0 {
			continue
		}
		if lots, ok := event.MulDiv(money, many, cost, event.Down); ok {
			return event.MulDiv(lots, in.Lot, 1, event.Down)
		}
	}
	return 0, false
}

func sum(a, b int64, ok bool) (int64, bool) {
	if !ok {
		return 0, false
	}
	return event.Add(a, b)
}
