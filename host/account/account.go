package account

import (
	"errors"
	"fmt"

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
	sources             []source // of each balance's rate, by balance

	inUse                  int64 // margin bound by all positions
	equity, peak, drawdown int64
	day, dayStart          int64
	realised, fees         int64
	asOf                   int64
	uncounted              int64 // amounts that realised and fees lack, for want of a rate

	// These follow from the rest at every fold.
	estimated bool
	free      []int64 // of each balance, what no spot position speaks for
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
	a.findSources()
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
	since := now - a.config.DayBoundary
	day := since / dayLength
	if since%dayLength < 0 {
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

// revalue brings one position's worth, unrealised profit and margin up to date with its mark.
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
	p.Unrealised, p.Margin, p.Worth = worth-p.Cost, margin, worth
	return nil
}

func (a *Account) outcome(o *event.Outcome) error {
	switch o.Kind {
	case event.EventFill:
		return a.fill(o)
	case event.EventLiquidation:
		if o.Fill.Quantity != 0 {
			return a.fill(o)
		}
		return a.earn(o)
	case event.EventFee:
		if o.Fill.Price != 0 {
			return a.lateFee(o)
		}
		charged, err := a.count(a.currency(o.Currency), -o.Amount)
		if err == nil && !sum(&a.fees, charged) {
			err = ErrOverflow
		}
		if err != nil {
			return err
		}
		return a.earn(o)
	case event.EventFunding:
		return a.earn(o)
	case event.EventTransfer:
		return a.transfer(o)
	}
	return nil
}

// earn books an amount that is profit, or loss below zero.
func (a *Account) earn(o *event.Outcome) error {
	c := a.currency(o.Currency)
	gain, err := a.count(c, o.Amount)
	if err != nil {
		return err
	}
	if !sum(&a.realised, gain) {
		return ErrOverflow
	}
	return a.add(c, o.Amount)
}

// transfer books a deposit or withdrawal. A deposit is no profit and a withdrawal no loss: peak and the
// day's start move with what it is worth. What cannot be valued moves nothing; see Estimated.
func (a *Account) transfer(o *event.Outcome) error {
	if err := a.add(a.currency(o.Currency), o.Amount); err != nil {
		return err
	}
	equity, err := a.worth()
	if err != nil {
		return err
	}
	moved, ok := event.Add(equity, -a.equity)
	if !ok || !sum(&a.peak, moved) || !sum(&a.dayStart, moved) {
		return ErrOverflow
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

// Equity is the money plus what the positions are worth at their marks, in the account's currency.
func (a *Account) Equity() int64 { return a.equity }

// Peak is the highest equity so far, moved by deposits and withdrawals.
func (a *Account) Peak() int64 { return a.peak }

// Drawdown is the part of the peak that is lost now, as a fraction.
func (a *Account) Drawdown() int64 { return a.drawdown }

// DayPnL is the profit or loss since the day began.
func (a *Account) DayPnL() int64 { return a.equity - a.dayStart }

// Realised is the profit or loss realised so far, fees taken off. What was booked in another currency
// counts at the rate of that time; what had no rate does not count, and the account is Estimated.
func (a *Account) Realised() int64 { return a.realised }

// Fees is what fills and fee events charged so far, in the account's currency as Realised.
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

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
