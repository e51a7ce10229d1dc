package account

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// fill books one execution: the position, what it realised, and the fee. It does so whatever the order's
// state: a fill after the end, or of an order that nobody knows, still moves the position.
func (a *Account) fill(o *event.Outcome) error {
	if int(o.Instrument) >= len(a.positions) {
		return fmt.Errorf("fill of instrument %d; the agent has %d", o.Instrument, len(a.positions))
	}
	i, f := int(o.Instrument), &o.Fill
	if f.Quantity == 0 && f.Fee == 0 {
		return nil // it only says that no more comes
	}
	quantity := f.Quantity
	if f.Side == event.Sell {
		quantity = -quantity
	}
	worth, ok := a.config.Instruments[i].Notional(f.Price, quantity, event.HalfEven)
	if !ok {
		return ErrOverflow
	}
	p, realised := &a.positions[i], int64(0)
	if quantity != 0 {
		realised, ok = p.apply(quantity, worth, f.Time)
	}
	if !ok {
		return ErrOverflow
	}
	if p.Mark == 0 {
		p.Mark = f.Price
	}
	if err := a.book(i, quantity, worth, realised); err != nil {
		return err
	}
	if err := a.realise(i, realised); err != nil {
		return err
	}
	if f.Fee != 0 {
		if err := a.charge(i, f); err != nil {
			return err
		}
	}
	return a.revalue(p, i)
}

// own is the balance that an instrument's worth, profit and cost are counted in.
func (a *Account) own(i int) int {
	if a.base[i] >= 0 {
		return a.quote[i]
	}
	return a.settle[i]
}

// book moves money: the two sides of a spot trade, or the profit of anything else.
func (a *Account) book(i int, quantity, worth, realised int64) error {
	if a.base[i] < 0 {
		return a.add(a.settle[i], realised)
	}
	units, ok := event.Rescale(quantity, a.config.Instruments[i].QuantityDecimals, event.MoneyDecimals, event.HalfEven)
	if !ok {
		return ErrOverflow
	}
	if err := a.add(a.base[i], units); err != nil {
		return err
	}
	return a.add(a.quote[i], -worth)
}

// realise counts a profit of an instrument, in its own currency and in the account's.
func (a *Account) realise(i int, gain int64) error {
	counted, err := a.count(a.own(i), gain)
	if err != nil {
		return err
	}
	if !sum(&a.positions[i].Realised, gain) || !sum(&a.realised, counted) {
		return ErrOverflow
	}
	return nil
}

// charge books the fee of a fill, in whatever currency it is.
func (a *Account) charge(i int, f *event.Fill) error {
	c := a.currency(f.FeeCurrency)
	if err := a.add(c, -f.Fee); err != nil {
		return err
	}
	if a.base[i] >= 0 && c == a.base[i] {
		return a.chargeBase(i, f)
	}
	counted, err := a.count(c, f.Fee)
	if err != nil {
		return err
	}
	if !sum(&a.fees, counted) || !sum(&a.realised, -counted) {
		return ErrOverflow
	}
	fee := f.Fee
	switch own := a.own(i); {
	case c == own:
	case own == 0:
		fee = counted
	default: // between two foreign currencies there is no rate
		fee = 0
		a.uncounted++
	}
	if !sum(&a.positions[i].Realised, -fee) {
		return ErrOverflow
	}
	return nil
}

// lateFee books the fee of a fill that was booked without it. The fill's price says that it is one.
func (a *Account) lateFee(o *event.Outcome) error {
	if int(o.Instrument) >= len(a.positions) {
		return fmt.Errorf("fee of a fill of instrument %d; the agent has %d", o.Instrument, len(a.positions))
	}
	f := o.Fill
	f.Fee, f.FeeCurrency = -o.Amount, o.Currency
	if err := a.charge(int(o.Instrument), &f); err != nil {
		return err
	}
	return a.revalue(&a.positions[o.Instrument], int(o.Instrument))
}

// chargeBase books a fee that a spot trade charged in what was traded: the position is smaller by it.
func (a *Account) chargeBase(i int, f *event.Fill) error {
	in := &a.config.Instruments[i]
	fee, ok := event.MulDivWide(f.Fee, f.Price, in.Multiplier, event.Pow10(int(in.PriceDecimals)), event.One, event.HalfEven)
	if !ok {
		return ErrOverflow
	}
	realised, ok := a.positions[i].takeFee(in, f.Fee, f.Price, f.Time)
	if ok {
		realised, ok = event.Add(realised, -fee)
	}
	if !ok {
		return ErrOverflow
	}
	counted, err := a.count(a.own(i), fee)
	if err != nil {
		return err
	}
	if !sum(&a.fees, counted) {
		return ErrOverflow
	}
	return a.realise(i, realised)
}
