package account

import (
	"errors"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// ErrOverflow says that an amount of money left the range of int64, ±92 billion of its currency.
var ErrOverflow = errors.New("money does not fit: more than 92 billion of its currency")

// Config says what an account starts with.
type Config struct {
	// Currency is what equity is counted in.
	Currency string
	// Capital is the money the agent was given, in Currency.
	Capital int64
	// Instruments is the agent's own list; events name them by their place in it.
	Instruments []event.Instrument
	// Margin is the part of a position's worth that it binds, as a fraction; 0 means all of it.
	Margin int64
	// DayBoundary is when a day begins, in nanoseconds after midnight UTC.
	DayBoundary int64
}

// Balance is the money of one currency.
type Balance struct {
	Currency string
	Total    int64
}

// Account is one agent's money and positions.
type Account struct {
	config   Config
	balances []Balance
	// index of the balance of each instrument's base (-1: none), settle and quote currency
	base, settle, quote []int
	positions           []Position

	unrealised int64 // of all positions, in Currency
	inUse      int64 // margin bound by all positions

	equity, peak, drawdown int64
	day, dayStart          int64
	realised, fees         int64
	asOf                   int64
}

// New returns the account before its first event.
func New(c Config) (*Account, error) {
	if c.Margin == 0 {
		c.Margin = event.One
	}
	if c.Currency == "" {
		return nil, errors.New("account has no currency")
	}
	a := &Account{config: c, positions: make([]Position, len(c.Instruments)), day: -1 << 62}
	a.balances = append(a.balances, Balance{Currency: c.Currency, Total: c.Capital})
	for i := range c.Instruments {
		in := &c.Instruments[i]
		if err := in.Validate(); err != nil {
			return nil, err
		}
		a.settle = append(a.settle, a.currency(in.Settle))
		a.quote = append(a.quote, a.currency(in.Quote))
		base := -1
		if in.Kind == event.Spot {
			base = a.currency(in.Base)
		}
		a.base = append(a.base, base)
	}
	a.equity, a.peak, a.dayStart = c.Capital, c.Capital, c.Capital
	return a, nil
}

// currency returns the index of the balance in code, made if new. No code means the account's own.
func (a *Account) currency(code string) int {
	if code == "" {
		return 0
	}
	for i := range a.balances {
		if a.balances[i].Currency == code {
			return i
		}
	}
	a.balances = append(a.balances, Balance{Currency: code})
	return len(a.balances) - 1
}

// Fold takes one event in. The error is ErrOverflow or says which instrument is not the agent's.
func (a *Account) Fold(e *event.Event) error {
	a.startDay(e.Time)
	a.asOf = e.Time
	switch e.Kind {
	case event.KindMarket:
		for i := range e.Bars {
			if err := a.mark(e.Bars[i].Instrument, e.Bars[i].Close); err != nil {
				return err
			}
		}
	case event.KindOutcome:
		if err := a.outcome(&e.Outcome); err != nil {
			return err
		}
	default:
		return nil
	}
	return a.value()
}

func (a *Account) startDay(now int64) {
	const dayLength = 24 * 3600 * 1e9
	day := (now - a.config.DayBoundary) / dayLength
	if now < a.config.DayBoundary {
		day--
	}
	if day > a.day {
		a.day, a.dayStart = day, a.equity
	}
}

func (a *Account) mark(instrument uint32, price int64) error {
	if int(instrument) >= len(a.positions) {
		return fmt.Errorf("instrument %d; the agent has %d", instrument, len(a.positions))
	}
	p := &a.positions[instrument]
	p.Mark = price
	if p.Quantity == 0 {
		return nil
	}
	return a.revalue(p, int(instrument))
}

// revalue brings one position's unrealised profit and margin up to date with its mark.
func (a *Account) revalue(p *Position, instrument int) error {
	worth, ok := a.config.Instruments[instrument].Notional(p.Mark, p.Quantity, event.HalfEven)
	if !ok {
		return ErrOverflow
	}
	if p.Mark == 0 {
		worth = p.Cost
	}
	margin, ok := event.MulDiv(abs(worth), a.config.Margin, event.One, event.Up)
	if !ok {
		return ErrOverflow
	}
	a.unrealised += worth - p.Cost - p.Unrealised
	a.inUse += margin - p.Margin
	p.Unrealised, p.Margin, p.Worth = worth-p.Cost, margin, worth
	return nil
}

func (a *Account) outcome(o *event.Outcome) error {
	switch o.Kind {
	case event.EventFill, event.EventLiquidation:
		if o.Fill.Quantity == 0 {
			return a.add(a.currency(o.Currency), o.Amount)
		}
		return a.fill(o)
	case event.EventFee:
		if !sum(&a.fees, -o.Amount) || !sum(&a.realised, o.Amount) {
			return ErrOverflow
		}
		return a.add(a.currency(o.Currency), o.Amount)
	case event.EventFunding:
		if !sum(&a.realised, o.Amount) {
			return ErrOverflow
		}
		return a.add(a.currency(o.Currency), o.Amount)
	case event.EventTransfer:
		// A deposit is no profit and a withdrawal no loss: peak and the day's start move with it.
		if a.currency(o.Currency) == 0 {
			if !sum(&a.peak, o.Amount) || !sum(&a.dayStart, o.Amount) {
				return ErrOverflow
			}
		}
		return a.add(a.currency(o.Currency), o.Amount)
	}
	return nil
}

// sum adds an amount of money; false if it does not fit.
func sum(to *int64, amount int64) bool {
	v, ok := event.Add(*to, amount)
	*to = v
	return ok
}

func (a *Account) add(balance int, amount int64) error {
	total, ok := event.Add(a.balances[balance].Total, amount)
	if !ok {
		return ErrOverflow
	}
	a.balances[balance].Total = total
	return nil
}

// fill books one execution: the position, what it realised, and the fee.
func (a *Account) fill(o *event.Outcome) error {
	if int(o.Instrument) >= len(a.positions) {
		return fmt.Errorf("fill of instrument %d; the agent has %d", o.Instrument, len(a.positions))
	}
	i, f := int(o.Instrument), &o.Fill
	in := &a.config.Instruments[i]
	quantity := f.Quantity
	if f.Side == event.Sell {
		quantity = -quantity
	}
	worth, ok := in.Notional(f.Price, quantity, event.HalfEven)
	if !ok {
		return ErrOverflow
	}
	p := &a.positions[i]
	realised, ok := p.apply(quantity, worth, f.Time)
	if !ok {
		return ErrOverflow
	}
	if p.Mark == 0 {
		p.Mark = f.Price
	}
	if err := a.book(i, quantity, worth, realised); err != nil {
		return err
	}
	gain, ok := event.Add(realised, -f.Fee)
	if !ok || !sum(&a.realised, gain) || !sum(&a.fees, f.Fee) || !sum(&p.Realised, gain) {
		return ErrOverflow
	}
	if err := a.add(a.currency(f.FeeCurrency), -f.Fee); err != nil {
		return err
	}
	return a.revalue(p, i)
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

// value computes equity, peak and drawdown from balances and positions.
func (a *Account) value() error {
	equity, ok := event.Add(a.balances[0].Total, a.unrealised)
	for i := range a.positions {
		// A spot position's cost has left the quote balance, so its whole worth counts.
		if ok && a.base[i] >= 0 && a.quote[i] == 0 && a.positions[i].Quantity != 0 {
			equity, ok = event.Add(equity, a.positions[i].Cost)
		}
	}
	if !ok {
		return ErrOverflow
	}
	a.equity = equity
	a.peak = max(a.peak, equity)
	a.drawdown = 0
	if a.peak > 0 && equity < a.peak {
		a.drawdown, _ = event.MulDiv(a.peak-equity, event.One, a.peak, event.HalfEven)
	}
	return nil
}

// Equity is the money plus what the positions are worth at their marks, in the account's currency.
func (a *Account) Equity() int64 { return a.equity }

// Peak is the highest equity so far, moved by deposits and withdrawals.
func (a *Account) Peak() int64 { return a.peak }

// Drawdown is the part of the peak that is lost now, as a fraction.
func (a *Account) Drawdown() int64 { return a.drawdown }

// DayPnL is the profit or loss since the day began.
func (a *Account) DayPnL() int64 { return a.equity - a.dayStart }

// Realised is the profit or loss realised so far, fees taken off; Fees are the fees so far. Fees in
// other currencies than the account's are counted by their own numbers.
func (a *Account) Realised() int64 { return a.realised }

// Fees is what fills and fee events charged so far.
func (a *Account) Fees() int64 { return a.fees }

// Capital is what the agent was given.
func (a *Account) Capital() int64 { return a.config.Capital }

// Currency is what equity is counted in.
func (a *Account) Currency() string { return a.config.Currency }

// MarginUsed is the money that positions bind; MarginAvailable what is left of equity, at least 0.
func (a *Account) MarginUsed() int64 { return a.inUse }

// MarginAvailable is what a size given as a fraction is a fraction of.
func (a *Account) MarginAvailable() int64 { return max(0, a.equity-a.inUse) }

// AsOf is the time of the last event folded.
func (a *Account) AsOf() int64 { return a.asOf }

// Balances are the balances, the account's own currency first. The slice belongs to the account.
func (a *Account) Balances() []Balance { return a.balances }

// Positions are the positions by instrument. The slice belongs to the account.
func (a *Account) Positions() []Position { return a.positions }

// Estimated reports whether some currency held cannot be valued in the account's own.
func (a *Account) Estimated() bool {
	for i, b := range a.balances {
		if i != 0 && b.Total != 0 && !a.valued(i) {
			return true
		}
	}
	return false
}

func (a *Account) valued(balance int) bool {
	i := slices.Index(a.base, balance)
	return i >= 0 && a.quote[i] == 0
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
