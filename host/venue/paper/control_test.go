package paper

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// control is a ledger made of outcomes alone, as a host keeps one. The account must agree with it to the
// last unit of money.
type control struct {
	instruments []event.Instrument
	cash        int64 // and what is held was paid out of it
	held        map[[2]uint32]int64
	marks       map[uint32]int64
	open        map[uint64]int64 // signed quantity of each open trade
	filled      map[event.OrderID]int64
	ended       map[event.OrderID]event.EventKind
}

func newControl(c Config) control {
	return control{
		instruments: c.Instruments, cash: c.Cash, held: map[[2]uint32]int64{}, marks: map[uint32]int64{},
		open: map[uint64]int64{}, filled: map[event.OrderID]int64{}, ended: map[event.OrderID]event.EventKind{},
	}
}

func (c *control) fold(o *event.Outcome) {
	switch o.Kind {
	case event.EventFill, event.EventLiquidation:
		q := o.Fill.Quantity
		if o.Fill.Side == event.Sell {
			q = -q
		}
		worth, _ := c.instruments[o.Instrument].Notional(o.Fill.Price, q, event.HalfEven)
		c.cash -= worth + o.Fill.Fee
		c.held[[2]uint32{o.Agent, o.Instrument}] += q
		c.filled[o.Order] += o.Fill.Quantity
		if o.Fill.Closes == 0 {
			c.open[o.Fill.TradeID] = q
		} else if c.open[o.Fill.Closes] += q; c.open[o.Fill.Closes] == 0 {
			delete(c.open, o.Fill.Closes)
		}
		if o.Fill.Flags&event.FillLast != 0 {
			c.ended[o.Order] = o.Kind
		}
	case event.EventTransfer:
		c.cash += o.Amount
	case event.EventCancelled, event.EventExpired:
		c.ended[o.Order] = o.Kind
	}
}

// check holds the account against the ledger.
func (c *control) check(v *Venue) error {
	equity := c.cash
	net := map[uint32]int64{}
	for k, q := range c.held {
		net[k[1]] += q
	}
	for i, q := range net {
		worth, _ := c.instruments[i].Notional(c.marks[i], q, event.HalfEven)
		equity += worth
	}
	if equity != v.Equity() {
		return fmt.Errorf("equity %d, its outcomes come to %d", v.Equity(), equity)
	}
	for _, p := range v.Positions(nil) {
		if q := c.held[[2]uint32{p.Agent, p.Instrument}]; q != p.Quantity {
			return fmt.Errorf("agent %d holds %d of %d, its fills come to %d", p.Agent, p.Quantity, p.Instrument, q)
		}
	}
	if len(v.trades) != len(c.open) {
		return fmt.Errorf("%d trades are open, the fills leave %d", len(v.trades), len(c.open))
	}
	for _, t := range v.trades {
		if c.open[t.id] != t.quantity {
			return fmt.Errorf("trade %d is of %d, its fills come to %d", t.id, t.quantity, c.open[t.id])
		}
	}
	return c.checkOrders(v)
}

func (c *control) checkOrders(v *Venue) error {
	for _, o := range v.OpenOrders(nil) {
		if o.Filled != c.filled[o.ID] || (o.Quantity() != 0 && o.Filled >= o.Quantity()) {
			return fmt.Errorf("open order %s of %d is filled %d, its fills come to %d", o.ID, o.Size, o.Filled, c.filled[o.ID])
		}
		if kind, over := c.ended[o.ID]; over {
			return fmt.Errorf("order %s is open after its %s", o.ID, kind)
		}
	}
	for id, kind := range c.ended {
		if o, ok := v.Lookup(id); !owned(id) && (!ok || !o.State.Final() || o.Filled != c.filled[id] || (o.Quantity() != 0 && o.Filled > o.Quantity())) {
			return fmt.Errorf("order %s ended with %s and %d filled; it looks up as %+v", id, kind, c.filled[id], o)
		}
	}
	return nil
}
