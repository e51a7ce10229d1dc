package risk

import "github.com/agenthost/agenthost/host/event"

// sides are what one instrument may come to at worst, in its own money: if all that buys fills, and if all
// that sells does.
type sides struct{ long, short int64 }

// exposed: what all positions and orders may come to at worst stays within the agent's limit. An order that
// makes it no worse is not held back.
func (a *Admission) exposed(_ *event.Intent, o *event.Order) denial {
	limit := a.config.Limits.ExposureMax
	if limit == 0 || reduces(o) {
		return admitted
	}
	before, d := a.exposure(nil)
	if d != admitted {
		return d
	}
	after, d := a.exposure(o)
	if d != admitted {
		return d
	}
	if after > limit && after > before {
		return denial{code: event.DenyExposure, found: after, allowed: limit}
	}
	return admitted
}

// exposure is money in the account's currency. with is an order that is not yet among the others, or what
// one of them would be replaced by; nil for none.
func (a *Admission) exposure(with *event.Order) (total int64, d denial) {
	a.sides = append(a.sides[:0], make([]sides, len(a.config.Instruments))...)
	for i := range a.sides {
		held, mark := a.book.Position(uint32(i))
		if held == 0 {
			continue
		}
		value, ok := a.config.Instruments[i].Notional(mark, held, event.Up)
		if !ok {
			return 0, denial{code: event.DenyOverflow, found: held, allowed: mark}
		}
		if mark == 0 {
			return 0, denial{code: event.DenyStale, allowed: 1}
		}
		a.sides[i] = sides{long: value, short: -value}
	}
	replaced := false
	for i := range a.book.Orders() {
		other := &a.book.Orders()[i]
		if reduces(other) || int(other.Instrument) >= len(a.sides) {
			continue
		}
		value, d := a.orderWorst(other)
		if d == admitted && with != nil && with.ID == other.ID {
			replaced = true
			value, d = a.orderWorst(with)
		}
		if d == admitted {
			d = a.addSide(other, value)
		}
		if d != admitted {
			return 0, d
		}
	}
	if with != nil && !replaced {
		value, d := a.orderWorst(with)
		if d == admitted {
			d = a.addSide(with, value)
		}
		if d != admitted {
			return 0, d
		}
	}
	return a.sumSides()
}

// exposureBeside is the exposure but for one instrument's.
func (a *Admission) exposureBeside(instrument uint32) (total int64, d denial) {
	if len(a.config.Instruments) == 1 {
		return 0, admitted
	}
	if _, d = a.exposure(nil); d != admitted {
		return 0, d
	}
	a.sides[instrument] = sides{}
	return a.sumSides()
}

func (a *Admission) addSide(o *event.Order, value int64) denial {
	to := &a.sides[o.Instrument].long
	if o.Side == event.Sell {
		to = &a.sides[o.Instrument].short
	}
	sum, ok := event.Add(*to, value)
	if !ok {
		return denial{code: event.DenyOverflow, found: o.Size, allowed: a.config.Limits.ExposureMax}
	}
	*to = sum
	return admitted
}

func (a *Admission) sumSides() (total int64, d denial) {
	for i, s := range a.sides {
		worst := max(0, s.long, s.short)
		ok := true
		if a.converter != nil && worst != 0 {
			if worst, ok = a.converter.InCurrency(uint32(i), worst); !ok {
				return 0, denial{code: event.DenyStale, allowed: 1} // no rate is no last price
			}
		}
		if total, ok = event.Add(total, worst); !ok {
			return 0, denial{code: event.DenyOverflow, found: worst, allowed: a.config.Limits.ExposureMax}
		}
	}
	return total, admitted
}

// orderWorst is what the rest of an order may be worth when it fills, in its instrument's money. What is
// booked of it is in the position; what is not is still in the rest, also while it is Unknown.
func (a *Admission) orderWorst(o *event.Order) (int64, denial) {
	w := *o
	size, price, stop := a.replacement(o)
	w.Price, w.StopPrice = max(o.Price, price), max(o.StopPrice, stop)
	_, mark := a.book.Position(o.Instrument)
	if mark == 0 && w.Price == 0 && w.StopPrice == 0 {
		return 0, denial{code: event.DenyStale, allowed: 1}
	}
	if o.Side == event.Sell && o.Type == event.OrderLimit {
		w.Price = max(w.Price, mark) // it sells for its price or more
	}
	if w.SizeKind == event.SizeUnits || size != 0 {
		w.SizeKind, w.Size = event.SizeUnits, max(0, max(o.Quantity(), size)-o.Filled)
	}
	_, value, ok := a.worst(&w)
	if !ok {
		return 0, denial{code: event.DenyOverflow, found: o.Size, allowed: a.config.Limits.ExposureMax}
	}
	return value, admitted
}

// replacement is what a replace on its way would make of an order; 0 where it changes nothing.
func (a *Admission) replacement(o *event.Order) (size, price, stopPrice int64) {
	if a.replacing == nil {
		return 0, 0, 0
	}
	return a.replacing.Replacing(o.ID)
}
