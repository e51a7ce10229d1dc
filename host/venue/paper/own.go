package paper

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// The venue's own orders close trades that nobody asked to close. Their ids begin with a tag of their
// own, and hold the cause, a number that counts them, and the trade.

var ownTag = [2]byte{'p', 'v'}

type cause byte

const (
	causeExclusive cause = iota + 1
	causeFinalize
	causeLiquidate
)

func ownID(c cause, number uint32, trade uint64) (id event.OrderID) {
	copy(id[:], ownTag[:])
	id[2] = byte(c)
	binary.BigEndian.PutUint32(id[4:], number)
	binary.BigEndian.PutUint64(id[8:], trade)
	return id
}

// kindOf is what a fill of an order is told as.
func kindOf(id event.OrderID) event.EventKind {
	if owned(id) && id[2] == byte(causeLiquidate) {
		return event.EventLiquidation
	}
	return event.EventFill
}

// owned reports whether an id could be one of the venue's own.
func owned(id event.OrderID) bool { return id[0] == ownTag[0] && id[1] == ownTag[1] }

func (v *Venue) ownClose(c cause, t *trade) *resting {
	v.closes++
	side := event.Sell
	if t.quantity < 0 {
		side = event.Buy
	}
	r := v.rest(event.Order{
		ID: ownID(c, v.closes, t.id), Agent: t.agent, Instrument: t.instrument, Side: side, Type: event.OrderMarket,
		TIF: event.GTC, SizeKind: event.SizeUnits, State: event.StateOpen, Flags: event.ReduceOnly | event.Closing,
		Size: abs(t.quantity), Created: v.now,
	})
	r.units, r.target = r.order.Size, t.id
	return r
}

// closeAll queues a close of every trade that is wanted, in front of all orders, the oldest first.
func (v *Venue) closeAll(c cause, wanted func(*trade) bool) {
	n := 0
	for i := range v.trades {
		if t := &v.trades[i]; wanted(t) {
			v.queue = append(v.queue, nil)
			copy(v.queue[n+1:], v.queue[n:])
			v.queue[n] = v.ownClose(c, t)
			n++
		}
	}
}

// oust makes room for an order at a venue with exclusive orders: the agent's other orders of that
// instrument go, but for children, and its trades are closed first.
func (v *Venue) oust(o *event.Order) {
	if !v.config.ExclusiveOrders || o.Flags&(event.ReduceOnly|event.Closing) != 0 || !o.Parent.IsZero() {
		return
	}
	for i := 0; i < len(v.queue); {
		r := v.queue[i]
		if r.order.Agent != o.Agent || r.order.Instrument != o.Instrument || r.child() {
			i++
			continue
		}
		v.cancel(r, event.CancelExclusive, reasonExclusive, 0, 0)
		i = 0 // its children went with it, so places have moved
	}
	v.closeAll(causeExclusive, func(t *trade) bool { return t.agent == o.Agent && t.instrument == o.Instrument })
}

// settle ends an account whose equity fell to zero: every trade is closed at its last close, every order is
// cancelled, and the account brought to zero.
func (v *Venue) settle() {
	if v.bankrupt || v.Equity() > 0 {
		return
	}
	v.bankrupt = true
	for len(v.trades) > 0 {
		t := &v.trades[0]
		in := &v.instruments[t.instrument]
		r := v.ownClose(causeLiquidate, t)
		v.close(r, 0, abs(t.quantity), in.bar.Close, in.bar.CloseTime, event.FillVenue|event.FillLast)
	}
	for _, list := range [...]*[]*resting{&v.queue, &v.waiting} {
		for len(*list) > 0 {
			v.cancel((*list)[0], event.CancelByVenue, reasonBankrupt, v.ledger.flow, 0)
		}
	}
	v.zero()
}

// zero moves what is left in or out as a transfer, so that whoever folds the outcomes ends at zero too: a
// debt is forgiven, and what rebates on the closing fills left is kept. It belongs to no one agent; it is
// told to the one whose fill was the last.
func (v *Venue) zero() {
	if v.ledger.flow != 0 {
		agent := uint32(0)
		for i := range v.out {
			if v.out[i].Fill.Quantity > 0 {
				agent = v.out[i].Agent
			}
		}
		v.out = append(v.out, event.Outcome{
			Kind: event.EventTransfer, Agent: agent, Instrument: event.EveryInstrument, Time: v.now, Amount: -v.ledger.flow,
			Currency: v.config.Currency, Reason: reasonZeroed,
		})
	}
	v.ledger = ledger{}
}
