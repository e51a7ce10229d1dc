package config

import (
	"fmt"
	"strings"
)

// Instrument is what can be traded: its scales, steps and costs.
type Instrument struct {
	Source
	Name string
	// Kind is "share", "spot", "perpetual" or "future".
	Kind string
	// Base, Quote and Settle are currency codes; Settle equals Quote.
	Base, Quote, Settle string
	// PriceDecimals and QuantityDecimals scale its prices and quantities.
	PriceDecimals, QuantityDecimals uint8
	// Tick is in price units, Lot in quantity units.
	Tick, Lot int64
	// QuantityMin and QuantityMax are in quantity units; QuantityMax 0 is no bound.
	QuantityMin, QuantityMax int64
	// NotionalMin is money; 0 is none.
	NotionalMin int64
	// Multiplier, FeeMaker and FeeTaker are fractions.
	Multiplier         int64
	FeeMaker, FeeTaker int64
}

// DefaultInstrument is one of which only name and kind are written. Shares are counted whole, in lots of
// one; everything else in 10^-8.
func DefaultInstrument(name, kind string) Instrument {
	i := Instrument{
		Name: name, Kind: kind, Base: name, Quote: "USD", Settle: "USD",
		PriceDecimals: 8, QuantityDecimals: 8, Tick: 1, Lot: 1, Multiplier: One,
	}
	if kind == "share" {
		i.QuantityDecimals = 0
	}
	return i
}

func instrumentBlock() *block[Instrument] {
	priceScale := func(i *Instrument) int { return int(i.PriceDecimals) }
	quantityScale := func(i *Instrument) int { return int(i.QuantityDecimals) }
	return &block[Instrument]{
		name: "instrument", labels: []string{"NAME"},
		says:     "What can be traded: its scales, steps and costs. A share needs no attribute at all.",
		defaults: func() Instrument { return DefaultInstrument("", "share") },
		source:   func(i *Instrument) *Source { return &i.Source },
		identify: func(i *Instrument) string { return i.Name },
		fields: []field[Instrument]{
			instrumentKind(),
			currency("base", func(i *Instrument) *string { return &i.Base }, "What is traded.").like(`"BTC"`).defaults("the instrument's name"),
			currency("quote", func(i *Instrument) *string { return &i.Quote }, "The currency of its prices."),
			currency("settle", func(i *Instrument) *string { return &i.Settle }, "The currency in which profit, loss and fees are booked: the quote currency.").defaults("quote"),
			whole("price_decimals", func(i *Instrument) *uint8 { return &i.PriceDecimals }, 0, DecimalsMax, "How many decimal places its prices have.").like("2"),
			whole("quantity_decimals", func(i *Instrument) *uint8 { return &i.QuantityDecimals }, 0, DecimalsMax, "How many decimal places its quantities have.").like("8").defaults("0 for shares, else 8"),
			decimal("tick", func(i *Instrument) *int64 { return &i.Tick }, priceScale, 1, maxInt64, "The step of its prices.").like(`"0.01"`).defaults("the last decimal place"),
			decimal("lot", func(i *Instrument) *int64 { return &i.Lot }, quantityScale, 1, maxInt64, "The step of its quantities.").defaults(`"1" for shares, else the last decimal place`),
			decimal("quantity_min", func(i *Instrument) *int64 { return &i.QuantityMin }, quantityScale, 0, maxInt64, "The least quantity of an order.").defaults("one lot"),
			decimal("quantity_max", func(i *Instrument) *int64 { return &i.QuantityMax }, quantityScale, 1, maxInt64, "The greatest quantity of an order.").like(`"1000"`).defaults("no bound"),
			money("notional_min", func(i *Instrument) *int64 { return &i.NotionalMin }, 0, "The least worth of an order."),
			decimal("multiplier", func(i *Instrument) *int64 { return &i.Multiplier }, moneyScale[Instrument], 1, maxInt64, "What one unit of quantity is worth for each unit of price."),
			fraction("fee_maker", func(i *Instrument) *int64 { return &i.FeeMaker }, -One, One, "What the strategy is told that a resting order costs; what is booked is the venue's."),
			fraction("fee_taker", func(i *Instrument) *int64 { return &i.FeeTaker }, -One, One, "The same for an order that is filled at once."),
		},
		check: checkInstrument,
	}
}

// instrumentKind also sets the defaults that depend on it, before they are read over.
func instrumentKind() field[Instrument] {
	f := oneOf("kind", func(i *Instrument) *string { return &i.Kind }, []string{"share", "spot", "perpetual", "future"}, "What kind of thing it is.")
	read := f.read
	f.read = func(v value, i *Instrument) {
		read(v, i)
		source := i.Source
		*i = DefaultInstrument(i.Name, i.Kind)
		i.Source = source
	}
	return f
}

func checkInstrument(p *place, i *Instrument) {
	if !i.Written("settle") {
		i.Settle = i.Quote
	}
	if i.Kind == "share" && !i.Written("lot") {
		i.Lot, _ = parseDecimal("1", int(i.QuantityDecimals)) // 10^12 at most
	}
	if i.Settle != i.Quote {
		p.fail(i.At("settle"), "Settings that contradict", "settle is %q and quote is %q. An instrument that settles in another currency than its quote is not supported.", i.Settle, i.Quote)
	}
	d := int(i.QuantityDecimals)
	if i.QuantityMax != 0 && i.QuantityMax < max(i.QuantityMin, i.Lot) {
		p.fail(i.At("quantity_max"), "Settings that contradict", "quantity_max is %s, below quantity_min (%s) or lot (%s): no order would pass.",
			formatDecimal(i.QuantityMax, d), formatDecimal(i.QuantityMin, d), formatDecimal(i.Lot, d))
	}
	if i.QuantityMin%i.Lot != 0 {
		p.fail(i.At("quantity_min"), "Settings that contradict", "quantity_min is %s, which is no multiple of lot, %s.",
			formatDecimal(i.QuantityMin, d), formatDecimal(i.Lot, d))
	}
}

// currency is a code.
func currency[T any](name string, get func(*T) *string, says string) field[T] {
	return text(name, get, currencyRule, says).called("currency").like(`"USD"`)
}

const currencyLength = 16

func currencyRule(s string) string {
	plain := strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("._-^=", c))
	})
	if s == "" || len(s) > currencyLength || plain {
		return fmt.Sprintf("a code has 1 to %d letters and digits.", currencyLength)
	}
	return ""
}
