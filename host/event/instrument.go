package event

import "fmt"

// Instrument is what can be traded: its scales, steps and costs. It does not change during a run.
type Instrument struct {
	// Name is the host's name for it, unique in the configuration.
	Name string
	Kind InstrumentKind
	// Base, Quote and Settle are currency codes. Settle is where profit, loss and fees are booked.
	Base, Quote, Settle string
	// PriceDecimals and QuantityDecimals scale its prices and quantities, 0 to DecimalsMax.
	PriceDecimals, QuantityDecimals uint8
	// Tick is the step of prices, in price units; Lot the step of quantities, in quantity units.
	Tick, Lot int64
	// QuantityMin and QuantityMax bound an order, in quantity units; QuantityMax 0 is no bound.
	QuantityMin, QuantityMax int64
	// NotionalMin is the least worth of an order, in money; 0 is none.
	NotionalMin int64
	// Multiplier is what one unit of quantity is worth per unit of price, as a fraction; shares and
	// coins have One.
	Multiplier int64
	// FeeMaker and FeeTaker are what the venue says it charges, as fractions of notional. They are
	// shown to strategies; what is booked is what the venue's fills say.
	FeeMaker, FeeTaker int64
}

// Validate checks scales and steps.
func (i *Instrument) Validate() error {
	switch {
	case i.Name == "":
		return fmt.Errorf("instrument has no name")
	case i.PriceDecimals > DecimalsMax || i.QuantityDecimals > DecimalsMax:
		return fmt.Errorf("instrument %s: decimals %d and %d; at most %d", i.Name, i.PriceDecimals, i.QuantityDecimals, DecimalsMax)
	case i.Tick <= 0 || i.Lot <= 0:
		return fmt.Errorf("instrument %s: tick and lot must be above zero", i.Name)
	case i.Multiplier <= 0:
		return fmt.Errorf("instrument %s: multiplier must be above zero", i.Name)
	case i.QuantityMax != 0 && i.QuantityMax < i.QuantityMin:
		return fmt.Errorf("instrument %s: quantity_max is below quantity_min", i.Name)
	}
	return nil
}

// Notional returns price·quantity·multiplier as money, in 192 bits and rounded once, as asked. ok is
// false where the money does not fit into an int64. The sign is that of the product.
func (i *Instrument) Notional(price, quantity int64, r Rounding) (money int64, ok bool) {
	if i.Multiplier != One {
		a, b := i.scale()
		return MulDivWide(price, quantity, i.Multiplier, a, b, r)
	}
	shift := int(i.PriceDecimals) + int(i.QuantityDecimals) - MoneyDecimals
	if shift >= 0 {
		return MulDiv(price, quantity, pow10[shift], r)
	}
	whole, ok := MulDiv(price, quantity, 1, r)
	if !ok {
		return 0, false
	}
	return MulDiv(whole, pow10[-shift], 1, r)
}

// FeeUnits turns a fee that was taken in the base currency into quantity units, rounded up: what is held is rather too
// small than too large, so that nobody sells what is not there. rest is what was taken off too early before, as the
// last call returned it; a fee below zero is a rebate.
func (i *Instrument) FeeUnits(rest, fee int64) (units, left int64, ok bool) {
	if left, ok = Add(rest, fee); !ok {
		return 0, rest, false
	}
	if i.QuantityDecimals >= MoneyDecimals {
		units, ok = Rescale(left, MoneyDecimals, i.QuantityDecimals, HalfEven)
		return units, 0, ok
	}
	unit := Pow10(int(MoneyDecimals - i.QuantityDecimals))
	if units = left / unit; units*unit < left {
		units++
	}
	return units, left - units*unit, true
}

// FeeTakesUnits reports whether a fill's fee was taken off what was traded.
func (i *Instrument) FeeTakesUnits(f *Fill) bool {
	return f.Fee != 0 && i.Kind == Spot && f.FeeCurrency != "" && f.FeeCurrency == i.Base
}

// PriceOf is the price at which quantity is worth money, rounded once, as asked: what an average price
// is. ok is false for no quantity, or where the price does not fit into an int64.
func (i *Instrument) PriceOf(money, quantity int64, r Rounding) (price int64, ok bool) {
	a, b := i.scale()
	return MulDivWide(money, a, b, quantity, i.Multiplier, r)
}

// scale is what price·quantity·multiplier is divided by to be money, as two factors.
func (i *Instrument) scale() (a, b int64) { return pow10[i.PriceDecimals], pow10[i.QuantityDecimals] }
