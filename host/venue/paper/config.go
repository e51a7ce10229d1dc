package paper

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// Config says how an account begins and what its exchange charges. Money counts 10^-8 of Currency; a
// fraction counts 10^-8 of the whole.
type Config struct {
	// Venue and Account name the account in errors.
	Venue, Account string
	// Currency is what cash, fees, profit and loss are counted in; every instrument settles in it.
	Currency string
	// Cash is what the account begins with, in money, above zero.
	Cash int64
	// Commission is charged on the worth of every fill, a fraction; FeeFixed on top of it, money, for
	// each fill. A commission below zero is a rebate, down to -10 %.
	Commission, FeeFixed int64
	// Spread moves the price against whoever opens a position, a fraction below one half. A fill's
	// price is rounded half to even to the instrument's price units, so an instrument needs as many
	// price decimals as its data and the spread have together, or a part of each unit is lost.
	Spread int64
	// Margin is the part of a position's worth that its owner must have, a fraction; 0 means all of
	// it. Leverage is 1/Margin.
	Margin int64
	// TradeOnClose fills market orders at the close of the bar they were decided on.
	TradeOnClose bool
	// ExclusiveOrders makes each new order that may open cancel the agent's other orders of that
	// instrument and close its trades first.
	ExclusiveOrders bool
	// FinalizeTrades lets Finalize close what is open.
	FinalizeTrades bool
	// SlippageVolume is the part of a bar's volume that all orders of the instrument may take of it
	// together, a fraction; 0 is no bound. What does not fit waits for the next bar.
	SlippageVolume int64
	// Instruments are the account's; bars and orders name them by their place here.
	Instruments []event.Instrument
}

const (
	commissionMin = -event.One / 10
	spreadMax     = event.One / 2
)

// Validate checks every field against its range. Its errors name the account, the field and the value.
func (c *Config) Validate() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("paper account %s/%s: %w", c.Venue, c.Account, err)
	}
	return nil
}

func (c *Config) validate() error {
	switch {
	case c.Currency == "":
		return fmt.Errorf("currency is empty; say what cash is counted in")
	case c.Cash <= 0:
		return fmt.Errorf("cash is %s; it must be above zero", event.FormatDecimal(c.Cash, event.MoneyDecimals))
	case c.FeeFixed < 0:
		return fmt.Errorf("fee_fixed is %s; it must not be below zero", event.FormatDecimal(c.FeeFixed, event.MoneyDecimals))
	}
	for _, f := range [...]struct {
		name             string
		value, min, over int64
	}{
		{"commission", c.Commission, commissionMin, event.One + 1},
		{"spread", c.Spread, 0, spreadMax},
		{"margin", c.Margin, 0, event.One + 1},
		{"slippage_volume", c.SlippageVolume, 0, event.One + 1},
	} {
		if f.value < f.min || f.value >= f.over {
			return fmt.Errorf("%s is %s; it must be at least %s and below %s", f.name, fraction(f.value), fraction(f.min), fraction(f.over))
		}
	}
	for i := range c.Instruments {
		if err := c.validateInstrument(&c.Instruments[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateInstrument(in *event.Instrument) error {
	if err := in.Validate(); err != nil {
		return err
	}
	settle := in.Settle
	if settle == "" {
		settle = in.Quote
	}
	if settle != "" && settle != c.Currency {
		return fmt.Errorf("instrument %s settles in %s; the account is kept in %s, and one account has one currency", in.Name, settle, c.Currency)
	}
	return nil
}

func fraction(v int64) string { return event.FormatDecimal(v, event.FractionDecimals) }
