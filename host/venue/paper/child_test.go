package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// bracket sends an order with a protective stop and a target, and forgets what was said.
func (d *desk) bracket(o event.Order, stop, target int64) *desk {
	n := d.send(o)
	d.send(event.Order{Side: d.other(o), StopPrice: stop, Parent: orderID(n)})
	d.send(event.Order{Side: d.other(o), Price: target, Parent: orderID(n)})
	return d.quiet()
}

func (d *desk) other(o event.Order) event.Side {
	if o.Side == event.Sell {
		return event.Buy
	}
	return event.Sell
}

func TestChildren(t *testing.T) {
	t.Run("they wait for their parent and then close what it opened", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, Price: 95_00}, 90_00, 110_00)
		if o, _ := d.v.Lookup(orderID(2)); o.State != event.StateContingent {
			t.Errorf("a waiting child is %s", o.State)
		}
		d.bar(100, 115, 96, 100).want() // neither is armed
		d.bar(100, 100, 94, 95).want("1 fill buy 10 at 95 opens 1 maker last")
		if o, _ := d.v.Lookup(orderID(2)); o.State != event.StateOpen {
			t.Errorf("an armed child is %s", o.State)
		}
		d.bar(100, 112, 99, 111).want("3 fill sell 10 at 110 closes 1 maker last", "2 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("those of a market parent meet the same bar", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10}, 95_00, 110_00)
		d.bar(100, 105, 94, 100).want("1 fill buy 10 at 100 opens 1 last", "2 fill sell 10 at 95 closes 1 last", "3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("if a bar reaches both, the stop is first", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, Side: event.Sell}, 105_00, 95_00)
		d.bar(100, 106, 94, 100).want("1 fill sell 10 at 100 opens 1 last", "2 fill buy 10 at 105 closes 1 last", "3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("those of a limit parent wait for the next bar", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, Price: 99_00}, 95_00, 104_00)
		d.bar(100, 105, 94, 100).want("1 fill buy 10 at 99 opens 1 maker last")
	})
	t.Run("the target of a stop parent meets the same bar if the stop is out of reach", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, StopPrice: 101_00}, 98_00, 104_00)
		d.bar(100, 105, 99, 100).want("1 fill buy 10 at 101 opens 1 last", "3 fill sell 10 at 104 closes 1 maker last", "2 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("those of a stop parent wait if the stop is in reach", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, StopPrice: 101_00}, 98_00, 104_00)
		d.bar(100, 105, 98, 100).want("1 fill buy 10 at 101 opens 1 last")
	})
	t.Run("they close only what their parent opened", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 7})
		d.flat().bracket(event.Order{Size: 10}, 90_00, 110_00)
		d.flat().quiet().bar(85, 86, 84, 85).want("3 fill sell 10 at 85 closes 2 last", "4 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("they go when their parent is cancelled", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, Price: 95_00}, 90_00, 110_00)
		d.cancel(1).want(
			"1 cancelled by_strategy: cancelled as asked (0, 0)",
			"2 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)",
			"3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("they go when their parent opens nothing", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 10, Side: event.Sell})
		d.flat().bracket(event.Order{Size: 10}, 90_00, 110_00)
		d.flat().want("2 fill buy 10 at 100 closes 1 last",
			"3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)",
			"4 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("they go when another order closes the trade", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10}, 90_00, 110_00)
		d.flat().send(event.Order{Size: 10, Side: event.Sell})
		d.quiet().flat().want("4 fill sell 10 at 100 closes 1 last",
			"2 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)",
			"3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("they shrink with the trade", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10}, 90_00, 110_00)
		d.flat().send(event.Order{Size: 4, Side: event.Sell})
		d.flat().quiet().bar(89, 89, 89, 89).want("2 fill sell 6 at 89 closes 1 last", "3 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)")
	})
	t.Run("one with a size of its own leaves the rest to its sibling", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10}, 90_00, 110_00)
		d.replace(3, event.Order{Size: 4}).quiet().flat().quiet()
		d.bar(111, 111, 111, 111).want("3 fill sell 4 at 111 closes 1 maker last")
		d.bar(89, 89, 89, 89).want("2 fill sell 6 at 89 closes 1 last")
	})
	t.Run("one of half the trade closes half of it", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 9})
		d.send(event.Order{Side: event.Sell, Price: 110_00, Size: event.One / 2, SizeKind: event.SizeFraction, Parent: orderID(1)})
		d.flat().quiet().bar(111, 111, 111, 111).want("2 fill sell 4 at 111 closes 1 maker last")
	})
	t.Run("one that comes after the parent's fill is armed at once", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 9})
		d.flat().quiet().send(event.Order{Side: event.Sell, StopPrice: 90_00, Parent: orderID(1)})
		d.bar(89, 89, 89, 89).want("2 accepted", "2 fill sell 9 at 89 closes 1 last")
	})
	t.Run("one whose parent has nothing open is rejected", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Side: event.Sell, StopPrice: 90_00, Parent: orderID(9)})
		d.want("1 rejected other: the parent is neither open nor has it an open trade (0, 1)")
	})
	t.Run("one on the parent's side, or of a child, is rejected", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 9, Price: 95_00}, 90_00, 110_00)
		d.send(event.Order{StopPrice: 90_00, Parent: orderID(1)})
		d.send(event.Order{StopPrice: 90_00, Parent: orderID(2)})
		d.want("4 rejected other: the parent is of another agent or instrument, of the same side, or a child itself (0, 0)",
			"5 rejected other: the parent is of another agent or instrument, of the same side, or a child itself (0, 0)")
	})
}

func TestChildPricesMustMakeSense(t *testing.T) {
	for _, c := range []struct {
		claim         string
		parent, child event.Order
		want          string
	}{
		{"a long's stop at its limit is refused", event.Order{Price: 95_00}, event.Order{StopPrice: 95_00}, "2 rejected trigger: a protective stop must be on the losing side of the parent's price (9500, 9500)"},
		{"a long's stop below its limit is taken", event.Order{Price: 95_00}, event.Order{StopPrice: 94_99}, "2 accepted"},
		{"a long's target at its stop price is refused", event.Order{StopPrice: 105_00}, event.Order{Price: 105_00}, "2 rejected price: a target must be on the winning side of the parent's price (10500, 10500)"},
		{"a market order is held against the close with the spread", event.Order{}, event.Order{Price: 101_00}, "2 rejected price: a target must be on the winning side of the parent's price (10100, 10100)"},
		{"a short's stop below is refused", event.Order{Side: event.Sell}, event.Order{StopPrice: 98_99}, "2 rejected trigger: a protective stop must be on the losing side of the parent's price (9899, 9900)"},
		{"a short's target below is taken", event.Order{Side: event.Sell}, event.Order{Price: 98_99}, "2 accepted"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			d := newDesk(t, Config{Spread: event.One / 100}).flat()
			c.parent.Size = 10
			d.send(c.parent)
			c.child.Parent, c.child.Side = orderID(1), d.other(c.parent)
			d.quiet().send(c.child)
			d.want(c.want)
		})
	}
}
