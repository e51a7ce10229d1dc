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

// Notional returns price·quantity·multiplier as money, in 128 bits, rounded as asked. ok is false on
// overflow. The sign is that of the product.
func (i *Instrument) Notional(price, quantity int64, r Rounding) (money int64, ok bool) {
	shift := int(i.PriceDecimals) + int(i.QuantityDecimals) - MoneyDecimals
	if i.Multiplier != One {
		// Two steps would round twice; prices scaled by the multiplier stay exact in 128 bits only
		// if the multiplier's own zeros are taken off first.
		num, den := i.Multiplier, int64(One)
		for num%10 == 0 && den > 1 {
			num, den = num/10, den/10
		}
		scaled, fits := MulDiv(price, num, 1, r)
		if !fits {
			return 0, false
		}
		price = scaled
		for ; den > 1; den /= 10 {
			shift++
		}
	}
	switch {
	case shift > 18:
		return 0, false
	case shift >= 0:
		return MulDiv(price, quantity, pow10[shift], r)
	default:
		whole, fits := MulDiv(price, quantity, 1, r)
		if !fits {
			return 0, false
		}
		return MulDiv(whole, pow10[-shift], 1, r)
	}
}
