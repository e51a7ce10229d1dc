package report

import (
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// Trade is a lot, or a part of one, that was opened and closed.
type Trade struct {
	Instrument uint32
	// Side is the opening side: Buy is long.
	Side event.Side
	// Quantity is in quantity units, EntryPrice and ExitPrice in price units.
	Quantity, EntryPrice, ExitPrice int64
	// EntryBar and ExitBar are rows, from 0; the times are those of the fills.
	EntryBar, ExitBar   int64
	EntryTime, ExitTime int64
	// Fees are those of both sides, the opening one in proportion to the part closed; PnL is net of
	// them. Both are money.
	Fees, PnL int64
	// ReturnPct is PnL in percent of what the part was worth at entry.
	ReturnPct float64
}

// Duration is the time between the fills, in nanoseconds.
func (t *Trade) Duration() int64 { return t.ExitTime - t.EntryTime }

// lot is an opening fill and what is left of it.
type lot struct {
	id                uint64
	side              event.Side
	left, price, fees int64
	bar, time         int64
}

// lots are the open lots of one instrument, oldest first.
type lots struct{ open []lot }

// fill is a fill on its way through the lots: what is left of it and of its fee.
type fill struct {
	*event.Fill
	left, fees, bar int64
}

// apply closes what f closes, opens the rest, and appends a trade for each lot touched.
func (l *lots) apply(f fill, instrument uint32, i *event.Instrument, trades []Trade) []Trade {
	if f.Closes != 0 {
		if at := l.find(f.Closes); at >= 0 && l.open[at].side != f.Side {
			trades = append(trades, l.close(at, &f, instrument, i))
		}
	}
	// First in, first out for what names no lot, or more than its lot holds.
	for f.left > 0 && len(l.open) > 0 && l.open[0].side != f.Side {
		trades = append(trades, l.close(0, &f, instrument, i))
	}
	if f.left > 0 {
		l.open = append(l.open, lot{id: f.TradeID, side: f.Side, left: f.left, price: f.Price, fees: f.fees, bar: f.bar, time: f.Time})
	}
	return trades
}

func (l *lots) find(id uint64) int {
	for i := range l.open {
		if l.open[i].id == id {
			return i
		}
	}
	return -1
}

func (l *lots) close(at int, f *fill, instrument uint32, i *event.Instrument) Trade {
	o := &l.open[at]
	q := min(o.left, f.left)
	entryFee, exitFee := share(o.fees, q, o.left), share(f.fees, q, f.left)
	t := Trade{
		Instrument: instrument, Side: o.side, Quantity: q, EntryPrice: o.price, ExitPrice: f.Price,
		EntryBar: o.bar, ExitBar: f.bar, EntryTime: o.time, ExitTime: f.Time, Fees: entryFee + exitFee,
	}
	t.reckon(i)
	o.left, o.fees = o.left-q, o.fees-entryFee
	f.left, f.fees = f.left-q, f.fees-exitFee
	if o.left == 0 {
		l.open = append(l.open[:at], l.open[at+1:]...)
	}
	return t
}

func (t *Trade) reckon(i *event.Instrument) {
	entry, exit := worth(i, t.EntryPrice, t.Quantity), worth(i, t.ExitPrice, t.Quantity)
	gross, change := exit-entry, float64(t.ExitPrice)/float64(t.EntryPrice)-1
	if t.Side == event.Sell {
		gross, change = -gross, -change
	}
	t.PnL = gross - t.Fees
	t.ReturnPct = 100 * (change - float64(t.Fees)/float64(entry))
}

// worth is the notional, or the greatest amount of money where it does not fit: the account refuses
// such a fill long before anybody looks at its statistics.
func worth(i *event.Instrument, price, quantity int64) int64 {
	if v, ok := i.Notional(price, quantity, event.HalfEven); ok {
		return v
	}
	return math.MaxInt64 / 4
}

// share is part/whole of an amount, rounded half to even; all of it where part is whole.
func share(amount, part, whole int64) int64 {
	if part == whole {
		return amount
	}
	v, _ := event.MulDiv(amount, part, whole, event.HalfEven) // fits: part < whole
	return v
}
