package paper

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// Venue is one account of the paper exchange: its money, its open trades and its orders. It is a fold
// of the requests and bars it was given. One goroutine uses it at a time.
type Venue struct {
	config      Config
	instruments []market
	ledger      ledger
	trades      []trade    // open, oldest first
	queue       []*resting // in the order in which they meet a bar
	waiting     []*resting // children whose parent has opened nothing yet
	history     history
	closes      uint32 // orders that the venue made itself so far
	bankrupt    bool

	// The rest lives only while Market or Finalize runs.
	now       int64 // time of the outcomes
	group     uint64
	unbounded bool   // volume is no bound: Finalize
	again     []pair // go through these once more on this bar
	asked     []pair
	pass      []*resting
	dead      []*resting // removed, and perhaps still in pass
	free      []*resting
	out       []event.Outcome
	scratch   scratch
}

// market is what the account knows of one instrument.
type market struct {
	event.Instrument
	bar  event.Bar // the last one; CloseTime is that of its group
	seen bool      // there was a bar
	// before is the close of the bar before, at its time; 0 where there was none.
	before, beforeTime int64
	budget             int64 // what orders may still take of the bar's volume
	group              uint64
	holding            holding
	scale              scale
}

// New returns an account that holds its cash and nothing else. It copies the list of instruments.
func New(c Config) (*Venue, error) {
	if c.Margin == 0 {
		c.Margin = event.One
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	v := &Venue{config: c, instruments: make([]market, len(c.Instruments))}
	for i := range c.Instruments {
		v.instruments[i].Instrument = c.Instruments[i]
		v.instruments[i].scale.init(&c.Instruments[i])
	}
	v.ledger.flow = c.Cash
	v.history.init()
	return v, nil
}

// Capabilities are the same for every paper account.
func (v *Venue) Capabilities() event.Capabilities {
	return event.SizesAtFill | event.SizesByNotional | event.DedupeForever | event.NativeStops | event.EnforcesReduceOnly |
		event.EnforcesPostOnly | event.NativeReplace | event.ShortSelling | event.MarketOrders | event.EnforcesExpiry |
		event.EnforcesImmediate | event.LooksUp
}

// Market lets the queue meet the bars of one group and appends what became of it to out, in order.
// Bars of instruments that the account does not have are passed over. It belongs before the strategy
// sees the same bars, and wants every group, also while there is no order.
func (v *Venue) Market(m *event.Market, out []event.Outcome) []event.Outcome {
	v.group++
	for i := range m.Bars {
		if b := &m.Bars[i]; uint64(b.Instrument) < uint64(len(v.instruments)) {
			v.mark(b, m.Time)
		}
	}
	if v.bankrupt || (len(v.queue) == 0 && v.Equity() > 0) {
		return out
	}
	v.begin(m.Time, out)
	v.run()
	v.settle()
	return v.end()
}

// mark takes the bar as the instrument's last. All closes of a group are known before its first fill,
// because a fill's margin is reckoned at them.
func (v *Venue) mark(b *event.Bar, at int64) {
	in := &v.instruments[b.Instrument]
	if in.seen {
		in.before, in.beforeTime = in.bar.Close, in.bar.CloseTime
	}
	in.bar, in.seen, in.group = *b, true, v.group
	in.bar.CloseTime = at
	if v.config.SlippageVolume != 0 {
		in.budget = v.budget(in, b.Volume)
	}
	if in.holding.gross != 0 {
		v.revalue(in)
	}
}

// Handle answers one request and appends the answer to out: accepted, rejected, cancelled or replaced,
// and for a submit to an account with exclusive orders first the cancels of the orders that it ousts.
// Fills come with bars. A replace that is refused is answered by a replaced with a RejectCode and the
// order as it still stands, for a rejected would say that the order is gone.
func (v *Venue) Handle(q *event.Request, now int64, out []event.Outcome) []event.Outcome {
	v.begin(now, out)
	switch q.Kind {
	case event.RequestSubmit:
		v.submit(&q.Order)
	case event.RequestCancel:
		v.cancelRequested(&q.Order)
	case event.RequestReplace:
		v.replace(&q.Order)
	default:
		v.reject(q.Kind, &q.Order, refusal{event.RejectType, reasonRequest, int64(q.Kind), int64(event.RequestReplace)})
	}
	return v.end()
}

// Finalize ends a run: with FinalizeTrades it puts a close of every trade in front of the queue and lets
// the queue meet the last bars once more, whatever their volume, so that trades end at the last open, or
// with TradeOnClose at the close before. Without FinalizeTrades it does nothing.
func (v *Venue) Finalize(now int64, out []event.Outcome) []event.Outcome {
	if !v.config.FinalizeTrades || v.bankrupt {
		return out
	}
	v.begin(now, out)
	v.closeAll(causeFinalize, func(*trade) bool { return true })
	v.group++
	for i := range v.instruments {
		if v.instruments[i].seen {
			v.instruments[i].group = v.group
		}
	}
	v.unbounded = true
	v.run()
	v.unbounded = false
	v.settle()
	return v.end()
}

func (v *Venue) begin(now int64, out []event.Outcome) { v.now, v.out = now, out }

func (v *Venue) end() []event.Outcome {
	out := v.out
	v.out = nil
	v.free = append(v.free, v.dead...)
	v.dead = v.dead[:0]
	return out
}

// Equity is the account's money and open trades at the last closes, 0 after a bankruptcy.
func (v *Venue) Equity() int64 { return add(v.ledger.flow, v.ledger.worth) }

// Bankrupt reports whether equity fell to zero. All trades are closed then, all orders cancelled, and
// nothing is accepted any more.
func (v *Venue) Bankrupt() bool { return v.bankrupt }

// Name is the venue and account of the configuration, for errors and logs.
func (v *Venue) Name() string { return fmt.Sprintf("%s/%s", v.config.Venue, v.config.Account) }
