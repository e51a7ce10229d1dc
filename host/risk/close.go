package risk

import "github.com/agenthost/agenthost/host/event"

// closesMax bounds the orders that one wish to close becomes.
const closesMax = 64

// unitsMax bounds each addend of a sum of quantities, so that the sum cannot overflow.
const unitsMax = 1 << 61

// close turns a wish to close into reduce-only market orders for what is held and not yet being closed:
// one, or several where the venue takes less in one order than is to be closed. Only the first bears the
// guest's number for it.
func (a *Admission) close(in *event.Intent) {
	o := &a.judged
	*o = in.Order
	a.number(o)
	quantity, d := a.closing(o)
	if d != admitted {
		a.deny(o, d)
		return
	}
	instrument := &a.config.Instruments[o.Instrument]
	for n := 0; quantity > 0; n++ {
		if n > 0 {
			o.Ref = 0
			a.number(o)
		}
		o.Size = a.chunk(instrument, quantity)
		d := denial{code: event.DenyQuantityMax, found: quantity, allowed: o.Size}
		if n < closesMax {
			d = a.pacedClose(o)
		}
		if d != admitted {
			a.deny(o, d) // of the rest
			return
		}
		a.requests = append(a.requests, event.Request{Kind: event.RequestSubmit, Order: *o})
		quantity -= o.Size
	}
}

// chunk is how much of a quantity the next order closes. What it leaves is nothing, or enough for an order.
func (a *Admission) chunk(in *event.Instrument, quantity int64) int64 {
	most := in.QuantityMax - in.QuantityMax%in.Lot
	if most <= 0 || quantity <= most {
		return quantity
	}
	least := roundUp(max(in.QuantityMin, in.Lot), in.Lot)
	if rest := quantity - most; rest < least && quantity-least >= least {
		return quantity - least
	}
	return most
}

func roundUp(v, lot int64) int64 {
	if r := v % lot; r != 0 {
		v += lot - r
	}
	return v
}

// closing makes o the order that closes, but for its size, and returns how much there is to close.
func (a *Admission) closing(o *event.Order) (quantity int64, d denial) {
	if d := a.known(nil, o); d != admitted {
		return 0, d
	}
	held, mark := a.book.Position(o.Instrument)
	o.Side = event.Sell
	if held < 0 {
		o.Side = event.Buy
	}
	free := abs(held) - a.beingClosed(o, abs(held))
	if held == 0 || free <= 0 {
		return 0, denial{code: event.DenyNothingToClose, found: abs(held) - free, allowed: abs(held)}
	}
	if quantity, d = closeQuantity(o, abs(held)); d != admitted {
		return 0, d
	}
	instrument := &a.config.Instruments[o.Instrument]
	quantity = min(quantity, free)
	quantity -= quantity % instrument.Lot
	if least := a.closeLeast(instrument, mark); quantity < least {
		return 0, denial{code: event.DenyDust, found: quantity, allowed: least}
	}
	o.Type, o.TIF, o.SizeKind, o.Size = event.OrderMarket, event.GTC, event.SizeUnits, quantity
	o.Price, o.StopPrice, o.ExpireTime = 0, 0, 0
	o.Flags = o.Flags&event.ByHost | event.ReduceOnly | event.Closing
	if a.turn.Permissions&event.PermitReduce == 0 {
		return 0, denial{code: event.DenyMode, found: int64(event.PermitReduce), allowed: int64(a.turn.Permissions)}
	}
	for _, rule := range [...]func(*event.Intent, *event.Order) denial{a.timed, a.crossing} {
		if d := rule(nil, o); d != admitted {
			return 0, d
		}
	}
	return quantity, admitted
}

// closeLeast is the least quantity that can be closed; below it there is only dust. A venue that enforces
// reduce-only lets what only reduces be worth as little as it is.
func (a *Admission) closeLeast(in *event.Instrument, mark int64) int64 {
	least := roundUp(max(in.QuantityMin, in.Lot), in.Lot)
	if in.NotionalMin == 0 || mark == 0 || a.enforced() {
		return least
	}
	one, ok := worth(in, mark, in.Lot)
	if !ok || one == 0 {
		return least
	}
	lots := in.NotionalMin / one
	if lots*one < in.NotionalMin {
		lots++
	}
	if byWorth, ok := event.MulDiv(lots, in.Lot, 1, event.Down); ok {
		least = max(least, byWorth)
	}
	return least
}

func closeQuantity(o *event.Order, held int64) (int64, denial) {
	switch o.SizeKind {
	case event.SizeUnits:
		if o.Size <= 0 {
			return 0, denial{code: event.DenySize, found: o.Size, allowed: held}
		}
		return o.Size, admitted
	case event.SizeFraction:
		if o.Size <= 0 || o.Size > event.One {
			return 0, denial{code: event.DenySize, found: o.Size, allowed: event.One}
		}
		q, _ := event.MulDiv(held, o.Size, event.One, event.Down)
		return q, admitted
	}
	return 0, denial{code: event.DenyUnsupported, found: int64(o.SizeKind), allowed: int64(event.SizeFraction)}
}

// enforced: the venue itself sees to it that a reduce-only order never opens a position.
func (a *Admission) enforced() bool { return a.turn.Capabilities&event.EnforcesReduceOnly != 0 }

// beingClosed is what other orders may still take away of a position of held units, as o would. Where the
// venue enforces reduce-only, that is the live closes: a protective stop waits for its price and is cut to
// what is left, and a close that is Unknown must not hold back another. Elsewhere it is all that reduces.
func (a *Admission) beingClosed(o *event.Order, held int64) int64 {
	var sum int64
	for i := range a.book.Orders() {
		other := &a.book.Orders()[i]
		if other.Instrument != o.Instrument || other.Side != o.Side || other.ID == o.ID || !reduces(other) {
			continue
		}
		if a.enforced() && (other.Flags&event.Closing == 0 || doubtful(other)) {
			continue
		}
		if other.State != event.StateContingent { // nothing is there yet that it could close
			sum = min(sum, unitsMax) + a.remaining(other, held)
		}
	}
	return sum
}

// remaining is how much of a reducing order may still fill; one without a size closes all.
func (a *Admission) remaining(o *event.Order, all int64) int64 {
	if o.SizeKind != event.SizeUnits || o.Size == 0 {
		return all
	}
	wished, _, _ := a.replacement(o)
	return min(max(0, max(o.Size, wished)-o.Filled), unitsMax)
}

func reduces(o *event.Order) bool { return o.Flags&(event.ReduceOnly|event.Closing) != 0 }

// doubtful: nobody knows what became of the order. Dead letters are Unknown too.
func doubtful(o *event.Order) bool {
	return o.State == event.StateUnknown || o.State > event.StateDenied
}

// reducing: a reduce-only order faces a position that it can reduce. A child waits for its parent's.
func (a *Admission) reducing(_ *event.Intent, o *event.Order) denial {
	if o.Flags&event.ReduceOnly == 0 {
		return admitted
	}
	if !a.enforced() && o.SizeKind != event.SizeUnits {
		return denial{code: event.DenyUnsupported, found: int64(o.SizeKind), allowed: int64(event.SizeUnits)}
	}
	if !o.Parent.IsZero() {
		return a.reducingParent(o)
	}
	held, _ := a.book.Position(o.Instrument)
	if held == 0 || (held > 0) == (o.Side == event.Buy) {
		return denial{code: event.DenyReduceOnly, found: o.Signed(o.Size), allowed: -held}
	}
	if o.SizeKind != event.SizeUnits {
		return admitted
	}
	total := o.Size - o.Filled
	if !a.enforced() {
		total = min(total, unitsMax) + a.beingClosed(o, abs(held))
	}
	if total > abs(held) {
		return denial{code: event.DenyReduceOnly, found: total, allowed: abs(held)}
	}
	return admitted
}

// reducingParent: where the venue enforces nothing, all children of a parent together close no more than it
// opens.
func (a *Admission) reducingParent(o *event.Order) denial {
	if a.enforced() {
		return admitted
	}
	var opens, closes int64
	orders := a.book.Orders()
	for i := range orders {
		if orders[i].ID == o.Parent {
			opens = orders[i].Quantity()
		}
	}
	for i := range orders {
		if orders[i].Parent == o.Parent && orders[i].ID != o.ID {
			closes = min(closes, unitsMax) + a.remaining(&orders[i], opens)
		}
	}
	own := o.Size - o.Filled
	if o.Size == 0 {
		own = opens
	}
	if total := closes + min(own, unitsMax); total > opens && opens != 0 {
		return denial{code: event.DenyReduceOnly, found: total, allowed: opens}
	}
	return admitted
}

// pacedClose: closes have a rate of their own. The host's exits have none.
func (a *Admission) pacedClose(o *event.Order) denial {
	l := &a.config.Limits
	if o.Flags&event.ByHost == 0 && !a.closeRate.take(a.turn.Now, l.CloseRateCount, l.CloseRatePeriod) {
		return denial{code: event.DenyRate, found: l.CloseRateCount + 1, allowed: l.CloseRateCount}
	}
	return admitted
}
