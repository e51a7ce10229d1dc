package account

import "github.com/agenthost/agenthost/host/event"

// source is where the rate of a currency comes from: the last price of a spot instrument of the agent
// between it and the account's own.
type source struct {
	instrument int // -1: there is none
	inverse    bool
}

// findSources is called once. Currencies that appear later belong to no instrument and have no rate.
func (a *Account) findSources() {
	a.sources = make([]source, len(a.balances))
	for b := range a.sources {
		a.sources[b].instrument = -1
		for i := range a.positions {
			switch {
			case a.base[i] < 0 || a.sources[b].instrument >= 0:
			case a.base[i] == b && a.quote[i] == 0:
				a.sources[b] = source{instrument: i}
			case a.base[i] == 0 && a.quote[i] == b:
				a.sources[b] = source{instrument: i, inverse: true}
			}
		}
	}
}

// convert turns money of a balance's currency into the account's own at the last price. known is false
// where there is no rate.
func (a *Account) convert(balance int, amount int64) (money int64, known bool, err error) {
	if balance == 0 || amount == 0 {
		return amount, true, nil
	}
	if balance >= len(a.sources) || a.sources[balance].instrument < 0 {
		return 0, false, nil
	}
	s := a.sources[balance]
	in, mark := &a.config.Instruments[s.instrument], a.positions[s.instrument].Mark
	if mark == 0 {
		return 0, false, nil
	}
	var ok bool
	if scale := event.Pow10(int(in.PriceDecimals)); s.inverse {
		money, ok = event.MulDivWide(amount, scale, event.One, mark, in.Multiplier, event.HalfEven)
	} else {
		money, ok = event.MulDivWide(amount, mark, in.Multiplier, scale, event.One, event.HalfEven)
	}
	if !ok {
		return 0, true, ErrOverflow
	}
	return money, true, nil
}

// count is convert for what is added up once and for all: without a rate it is 0, and the account stays
// estimated.
func (a *Account) count(balance int, amount int64) (int64, error) {
	money, known, err := a.convert(balance, amount)
	if !known {
		a.uncounted++
	}
	return money, err
}

// InCurrency turns money of an instrument's quote currency (its settle currency, if it is not spot) into
// the account's at the last price. ok is false where there is no rate, or the money does not fit.
func (a *Account) InCurrency(instrument uint32, amount int64) (money int64, ok bool) {
	money, known, err := a.convert(a.own(int(instrument)), amount)
	return money, known && err == nil
}

// value computes equity, peak and drawdown from balances and positions.
func (a *Account) value() error {
	equity, err := a.worth()
	if err != nil {
		return err
	}
	a.equity = equity
	a.peak = max(a.peak, equity)
	a.drawdown = 0
	if a.peak > 0 && equity < a.peak {
		a.drawdown, _ = event.MulDiv(a.peak-equity, event.One, a.peak, event.HalfEven)
	}
	return nil
}

// worth is all balances and positions in the account's currency. On the way it finds the margin in use
// and whether something could not be valued.
func (a *Account) worth() (equity int64, err error) {
	equity, a.inUse, a.estimated = a.balances[0].Total, 0, a.uncounted != 0
	a.free = a.free[:0]
	for i := range a.balances {
		a.free = append(a.free, a.balances[i].Total)
	}
	for i := range a.positions {
		if a.base[i] < 0 && a.settle[i] != a.quote[i] && (a.positions[i].Quantity != 0 || a.positions[i].Realised != 0) {
			a.estimated = true // its profit is the quote currency's number, booked in the settle currency
		}
		if a.positions[i].Quantity == 0 {
			continue
		}
		if err := a.addPosition(i, &equity); err != nil {
			return 0, err
		}
	}
	for i := 1; i < len(a.free); i++ {
		if err := a.addTo(&equity, i, a.free[i]); err != nil {
			return 0, err
		}
	}
	return equity, nil
}

// addPosition adds what a position is worth beyond the balances.
func (a *Account) addPosition(i int, equity *int64) error {
	p, own := &a.positions[i], a.own(i)
	if err := a.addTo(&a.inUse, own, p.Margin); err != nil {
		return err
	}
	switch base := a.base[i]; {
	case base < 0:
		return a.addTo(equity, own, p.Unrealised)
	case base == 0:
		return nil // it is the account's own money
	default:
		worth, known, err := a.convert(own, p.Worth)
		if err != nil || !known {
			return err // the balance of what is held may still have a rate
		}
		// The position says to the last unit what it is worth; the balance counts 10^-8 only.
		units, ok := event.Rescale(p.Quantity, a.config.Instruments[i].QuantityDecimals, event.MoneyDecimals, event.HalfEven)
		if !ok || !sum(&a.free[base], -units) || !sum(equity, worth) {
			return ErrOverflow
		}
		return nil
	}
}

// addTo adds an amount of a balance's currency, or marks the account as estimated.
func (a *Account) addTo(to *int64, balance int, amount int64) error {
	money, known, err := a.convert(balance, amount)
	if err != nil {
		return err
	}
	if !known {
		a.estimated = true
		return nil
	}
	if !sum(to, money) {
		return ErrOverflow
	}
	return nil
}

// Estimated reports whether Equity, Realised or Fees lack something, or count it by a wrong number,
// because some currency has no rate in the account's own. Rates come from spot instruments of the agent
// between the two; a profit in another currency than the instrument settles in has none.
func (a *Account) Estimated() bool { return a.estimated }
