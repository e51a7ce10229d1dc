package risk

import (
	"encoding/binary"
	"errors"

	"github.com/agenthost/agenthost/host/event"
)

// The rules, in the order they are asked. Each returns admitted or the denial; in may be nil.

// known: the instrument is one of the agent's and can be traded.
func (a *Admission) known(_ *event.Intent, o *event.Order) denial {
	if int(o.Instrument) >= len(a.config.Instruments) {
		return denial{code: event.DenyUnknownInstrument, found: int64(o.Instrument), allowed: int64(len(a.config.Instruments))}
	}
	if a.config.Instruments[o.Instrument].Kind == event.Index {
		return denial{code: event.DenyStatus, found: int64(event.Index)}
	}
	if o.Ref != 0 {
		for i := range a.book.Orders() {
			if a.book.Orders()[i].Ref == o.Ref {
				return denial{code: event.DenyDuplicateRef, found: int64(o.Ref)}
			}
		}
	}
	return admitted
}

// linked: a parent is an open order of the agent on the same instrument; groups are reserved.
func (a *Admission) linked(in *event.Intent, o *event.Order) denial {
	if in.Grouped {
		return denial{code: event.DenyUnsupported, found: int64(o.Group)}
	}
	if in.ParentRef == 0 {
		return admitted
	}
	for i := range a.book.Orders() {
		parent := &a.book.Orders()[i]
		if parent.Ref == in.ParentRef && parent.Instrument == o.Instrument && parent.Side != o.Side {
			o.Parent = parent.ID
			o.Flags |= event.ReduceOnly
			return admitted
		}
	}
	return denial{code: event.DenyUnknownParent, found: int64(in.ParentRef)}
}

// shaped: type, time in force and parent go together, and the venue has them.
func (a *Admission) shaped(_ *event.Intent, o *event.Order) denial {
	child := !o.Parent.IsZero()
	if o.Type < event.OrderMarket || o.Type > event.OrderStopLimit || (child && o.Type == event.OrderMarket) {
		return denial{code: event.DenyUnsupported, found: int64(o.Type), allowed: int64(event.OrderStopLimit)}
	}
	for _, need := range [...]struct {
		wanted bool
		from   event.Capabilities
	}{
		{o.Type == event.OrderMarket, event.MarketOrders},
		{o.Type == event.OrderStop || o.Type == event.OrderStopLimit, event.NativeStops},
		{o.Flags&event.PostOnly != 0, event.EnforcesPostOnly},
		{o.TIF == event.IOC || o.TIF == event.FOK, event.EnforcesImmediate},
		{o.TIF == event.GTD, event.EnforcesExpiry},
	} {
		if need.wanted && a.turn.Capabilities&need.from == 0 {
			return denial{code: event.DenyUnsupported, found: int64(need.from), allowed: int64(a.turn.Capabilities)}
		}
	}
	if o.Flags&event.PostOnly != 0 && o.Type != event.OrderLimit {
		return denial{code: event.DenyTimeInForce, found: int64(o.Type), allowed: int64(event.OrderLimit)}
	}
	if o.Type != event.OrderMarket && o.Type != event.OrderLimit && (o.TIF == event.IOC || o.TIF == event.FOK) {
		return denial{code: event.DenyTimeInForce, found: int64(o.TIF), allowed: int64(event.GTC)}
	}
	return admitted
}

// priced: each price is there where its type needs it, nowhere else, and a multiple of the tick.
func (a *Admission) priced(_ *event.Intent, o *event.Order) denial {
	limit := o.Type == event.OrderLimit || o.Type == event.OrderStopLimit
	stop := o.Type == event.OrderStop || o.Type == event.OrderStopLimit
	tick := a.config.Instruments[o.Instrument].Tick
	for _, p := range [...]struct {
		price  int64
		wanted bool
	}{{o.Price, limit}, {o.StopPrice, stop}} {
		switch {
		case !p.wanted && p.price != 0, p.wanted && p.price <= 0:
			return denial{code: event.DenyPrice, found: p.price}
		case p.wanted && p.price%tick != 0:
			return denial{code: event.DenyPriceTick, found: p.price, allowed: tick}
		}
	}
	return admitted
}

// sized: units are whole lots within the instrument's bounds; fractions are at most one.
func (a *Admission) sized(_ *event.Intent, o *event.Order) denial {
	in := &a.config.Instruments[o.Instrument]
	switch o.SizeKind {
	case event.SizeFraction:
		if o.Size <= 0 || o.Size > event.One {
			return denial{code: event.DenySize, found: o.Size, allowed: event.One}
		}
		if d := a.sizedHere(o, event.SizesAtFill); d != admitted || o.SizeKind != event.SizeUnits {
			return d
		}
	case event.SizeNotional:
		if o.Size <= 0 || o.Size < in.NotionalMin {
			return denial{code: event.DenyNotionalMin, found: o.Size, allowed: max(1, in.NotionalMin)}
		}
		if d := a.sizedHere(o, event.SizesByNotional); d != admitted || o.SizeKind != event.SizeUnits {
			return d
		}
	}
	switch {
	case o.Size == 0 && !o.Parent.IsZero():
		return admitted // all that the parent opened
	case o.Size <= 0:
		return denial{code: event.DenySize, found: o.Size, allowed: in.Lot}
	case o.Size%in.Lot != 0:
		return denial{code: event.DenyLot, found: o.Size, allowed: in.Lot}
	case o.Size < in.QuantityMin:
		return denial{code: event.DenyQuantityMin, found: o.Size, allowed: in.QuantityMin}
	case in.QuantityMax != 0 && o.Size > in.QuantityMax:
		return denial{code: event.DenyQuantityMax, found: o.Size, allowed: in.QuantityMax}
	}
	return admitted
}

// timed: what must end ends in the future.
func (a *Admission) timed(_ *event.Intent, o *event.Order) denial {
	switch {
	case o.TIF == event.GTD && o.ExpireTime <= a.turn.Now:
		return denial{code: event.DenyValidUntil, found: o.ExpireTime, allowed: a.turn.Now}
	case o.TIF != event.GTD && o.ExpireTime != 0:
		return denial{code: event.DenyTimeInForce, found: int64(o.TIF), allowed: int64(event.GTD)}
	case o.ValidUntil != 0 && o.ValidUntil < a.turn.Now:
		return denial{code: event.DenyValidUntil, found: o.ValidUntil, allowed: a.turn.Now}
	}
	return admitted
}

// permitted: the mode allows adding, or the order can only reduce and the mode allows that.
func (a *Admission) permitted(_ *event.Intent, o *event.Order) denial {
	need := event.PermitAdd
	if o.Flags&event.ReduceOnly != 0 {
		need = event.PermitReduce
	}
	if a.turn.Permissions&need == 0 {
		return denial{code: event.DenyMode, found: int64(need), allowed: int64(a.turn.Permissions)}
	}
	return admitted
}

// collared: no price of an order that adds is too far from the last one. Without a last price there is
// nothing to hold it against, and the order is denied. Of an order that reduces only a limit price that
// gives money away is held back, and only if there is a last price.
func (a *Admission) collared(_ *event.Intent, o *event.Order) denial {
	collar := a.config.Limits.PriceCollar
	if reduces(o) {
		collar = a.config.Limits.PriceCollarClose
	}
	if collar == 0 {
		return admitted
	}
	_, mark := a.book.Position(o.Instrument)
	if mark == 0 {
		if reduces(o) {
			return admitted
		}
		return denial{code: event.DenyStale, allowed: 1}
	}
	room, ok := event.MulDiv(mark, collar, event.One, event.Down)
	if !ok {
		return denial{code: event.DenyOverflow, found: mark, allowed: collar}
	}
	if reduces(o) {
		// A child is held against its parent, which may be far from the last price.
		if worse := o.Signed(o.Price - mark); o.Type == event.OrderLimit && o.Parent.IsZero() && worse > room {
			return denial{code: event.DenyPriceCollar, found: worse, allowed: room}
		}
		return admitted
	}
	for _, price := range [...]int64{o.Price, o.StopPrice} {
		if price != 0 && abs(price-mark) > room {
			return denial{code: event.DenyPriceCollar, found: abs(price - mark), allowed: room}
		}
	}
	return admitted
}

// bounded: the order and the position it may lead to stay within the agent's limits. Orders that only
// reduce are not held back by them.
func (a *Admission) bounded(_ *event.Intent, o *event.Order) denial {
	if o.Flags&event.ReduceOnly != 0 {
		return admitted
	}
	in, l := &a.config.Instruments[o.Instrument], &a.config.Limits
	if _, mark := a.book.Position(o.Instrument); mark == 0 && o.Price == 0 && o.StopPrice == 0 && a.needsPrice(o) {
		return denial{code: event.DenyStale, allowed: 1}
	}
	quantity, notional, ok := a.worst(o)
	if !ok {
		return denial{code: event.DenyOverflow, found: o.Size, allowed: atIndex(l.OrderQuantityMax, o.Instrument)}
	}
	if m := atIndex(l.OrderQuantityMax, o.Instrument); m != 0 && quantity > m {
		return denial{code: event.DenyQuantityMax, found: quantity, allowed: m}
	}
	if l.OrderNotionalMax != 0 && notional > l.OrderNotionalMax {
		return denial{code: event.DenyNotionalMax, found: notional, allowed: l.OrderNotionalMax}
	}
	if in.NotionalMin != 0 && notional < in.NotionalMin {
		return denial{code: event.DenyNotionalMin, found: notional, allowed: in.NotionalMin}
	}
	return a.boundedPosition(o, quantity)
}

// needsPrice: some limit cannot be held against the order without a price.
func (a *Admission) needsPrice(o *event.Order) bool {
	l := &a.config.Limits
	units := atIndex(l.OrderQuantityMax, o.Instrument) != 0 || atIndex(l.PositionMax, o.Instrument) != 0
	return l.OrderNotionalMax != 0 || l.PositionNotionalMax != 0 || a.config.Instruments[o.Instrument].NotionalMin != 0 || (units && o.SizeKind != event.SizeUnits)
}

// boundedPosition bounds what the position may come to, in whatever order what is live is filled. A position of
// the other side makes no room: exits are not held back, so it may be closed before the rest is filled, and an
// order that turns it round counts whole. What cannot lead past flat is not held back.
func (a *Admission) boundedPosition(o *event.Order, quantity int64) denial {
	l := &a.config.Limits
	most := atIndex(l.PositionMax, o.Instrument)
	if most == 0 && l.PositionNotionalMax == 0 {
		return admitted
	}
	adding, ok := a.addingLive(o)
	if !ok {
		return denial{code: event.DenyOverflow, found: quantity, allowed: most}
	}
	adding += quantity - o.Filled // what a replaced order filled is held already
	held, mark := a.book.Position(o.Instrument)
	signed := o.Signed(1) * held
	closed := signed + a.beingClosed(o, abs(held)) // when what closes is filled
	if closed+adding <= 0 {
		return admitted
	}
	exposure := max(0, signed) + adding
	if !a.enforced() { // a close that comes after the rest opens
		exposure = max(exposure, closed+adding)
	}
	if most != 0 && exposure > most {
		return denial{code: event.DenyPosition, found: exposure, allowed: most}
	}
	value, ok := worth(&a.config.Instruments[o.Instrument], mark, exposure)
	if !ok {
		return denial{code: event.DenyOverflow, found: exposure, allowed: mark}
	}
	if l.PositionNotionalMax == 0 {
		return admitted
	}
	return a.boundedTogether(o, value)
}

// boundedTogether bounds what all positions may be worth together: that of o's instrument, and those of the others at
// worst.
func (a *Admission) boundedTogether(o *event.Order, value int64) denial {
	most := a.config.Limits.PositionNotionalMax
	beside, d := a.exposureBeside(o.Instrument)
	if d != admitted {
		return d
	}
	ok := true
	if a.converter != nil && value != 0 {
		if value, ok = a.converter.InCurrency(o.Instrument, value); !ok {
			return denial{code: event.DenyStale, allowed: 1} // no rate is no last price
		}
	}
	together, ok := event.Add(value, beside)
	if !ok {
		return denial{code: event.DenyOverflow, found: value, allowed: most}
	}
	if together > most {
		return denial{code: event.DenyExposure, found: together, allowed: most}
	}
	return admitted
}

// addingLive is what other working orders of o's side may still add; false if it cannot be told.
func (a *Admission) addingLive(o *event.Order) (sum int64, ok bool) {
	for i := range a.book.Orders() {
		other := &a.book.Orders()[i]
		if other.Instrument != o.Instrument || other.Side != o.Side || other.ID == o.ID || reduces(other) {
			continue
		}
		q, _, ok := a.worst(other)
		if !ok {
			return 0, false
		}
		wished, _, _ := a.replacement(other)
		sum = min(sum, unitsMax) + min(max(q, wished)-other.Filled, unitsMax)
	}
	return sum, true
}

// worst is the most units and money that an order can come to. What is sized at the fill is taken as
// the margin available now at the last price; without a price its quantity is not known and counts as 0.
func (a *Admission) worst(o *event.Order) (quantity, notional int64, ok bool) {
	in := &a.config.Instruments[o.Instrument]
	_, price := a.book.Position(o.Instrument)
	if p := max(o.Price, o.StopPrice); p != 0 {
		price = p
	}
	switch o.SizeKind {
	case event.SizeUnits:
		notional, ok = worth(in, price, o.Size)
		return o.Size, notional, ok
	case event.SizeNotional:
		notional, ok = o.Size, true
	default:
		margin := max(a.book.Equity(), a.book.MarginAvailable()) // a reversal frees what the position binds
		if notional, ok = event.MulDiv(max(0, margin), o.Size, event.One, event.Up); ok {
			notional, ok = event.MulDiv(notional, a.turn.Leverage, event.One, event.Up)
		}
	}
	one, fits := worth(in, price, in.Lot)
	if !ok || !fits || one == 0 {
		return 0, notional, ok && fits
	}
	quantity, ok = event.MulDiv(notional, in.Lot, one, event.Down)
	return quantity, notional, ok
}

// paced: not too many open orders, in one tick, or in a span of time. Asked last, so that a denied
// order takes nothing from the rate.
func (a *Admission) paced(_ *event.Intent, o *event.Order) denial {
	l := &a.config.Limits
	if l.OpenOrdersMax != 0 && o.Flags&event.ByHost == 0 && len(a.book.Orders()) >= l.OpenOrdersMax {
		return denial{code: event.DenyOpenOrders, found: int64(len(a.book.Orders())) + 1, allowed: int64(l.OpenOrdersMax)}
	}
	if reduces(o) {
		return a.pacedClose(o)
	}
	if l.OrdersPerTickMax != 0 && a.adding >= l.OrdersPerTickMax {
		return denial{code: event.DenyRate, found: int64(a.adding) + 1, allowed: int64(l.OrdersPerTickMax)}
	}
	if !a.rate.take(a.turn.Now, l.RateCount, l.RatePeriod) {
		return denial{code: event.DenyRate, found: l.RateCount + 1, allowed: l.RateCount}
	}
	a.adding++
	return admitted
}

func appendInt(b []byte, v int64) []byte { return binary.LittleEndian.AppendUint64(b, uint64(v)) }

func readInt(b []byte, v *int64) ([]byte, error) {
	if len(b) < 8 {
		return nil, errors.New("admission state is cut short")
	}
	*v = int64(binary.LittleEndian.Uint64(b))
	return b[8:], nil
}
