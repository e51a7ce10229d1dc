package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestExclusiveOrders(t *testing.T) {
	t.Run("a new order cancels the others, closes what is open in front, and comes last", func(t *testing.T) {
		d := newDesk(t, Config{ExclusiveOrders: true}).flat()
		d.send(event.Order{Size: 100})
		d.flat()
		d.send(event.Order{Size: 1, Price: 90_00})
		d.want("1 accepted", "1 fill buy 100 at 100 opens 1 last", "2 accepted")
		d.send(event.Order{Size: 100, Side: event.Sell})
		d.want("2 cancelled exclusive: a newer order took its place (0, 0)", "3 accepted")
		d.flat().want("own fill sell 100 at 100 closes 1 venue last", "3 fill sell 100 at 100 opens 3 last")
	})
	t.Run("children are not cancelled by it", func(t *testing.T) {
		d := newDesk(t, Config{ExclusiveOrders: true}).flat()
		n := d.send(event.Order{Size: 10})
		d.send(event.Order{Side: event.Sell, StopPrice: 90_00, Parent: orderID(n)})
		d.flat().quiet().send(event.Order{Size: 5})
		d.want("3 accepted")
		d.flat().want("own fill sell 10 at 100 closes 1 venue last",
			"2 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)",
			"3 fill buy 5 at 100 opens 3 last")
	})
	t.Run("an order that only reduces ousts nothing", func(t *testing.T) {
		d := newDesk(t, Config{ExclusiveOrders: true}).flat()
		d.send(event.Order{Size: 10})
		d.flat().quiet().send(event.Order{Size: 10, Side: event.Sell, StopPrice: 90_00, Flags: event.ReduceOnly})
		d.flat().want("2 accepted")
	})
	t.Run("with trade_on_close both fill at the close before", func(t *testing.T) {
		d := newDesk(t, Config{ExclusiveOrders: true, TradeOnClose: true}).flat()
		d.send(event.Order{Size: 10})
		d.bar(100, 100, 90, 90).send(event.Order{Size: 5, Side: event.Sell})
		d.quiet().bar(80, 80, 80, 80).want("own fill sell 10 at 90 closes 1 venue last", "2 fill sell 5 at 90 opens 3 last")
	})
	t.Run("a close that is ousted leaves no trace of its own", func(t *testing.T) {
		d := newDesk(t, Config{ExclusiveOrders: true}).flat()
		d.send(event.Order{Size: 10})
		d.flat().send(event.Order{Size: 1})
		d.send(event.Order{Size: 2})
		d.quiet().flat().want("own fill sell 10 at 100 closes 1 venue last", "3 fill buy 2 at 100 opens 3 last")
		if n := len(d.v.OpenOrders(nil)); n != 0 {
			t.Errorf("%d orders are open", n)
		}
	})
}

func TestAgentsOfOneAccount(t *testing.T) {
	two := Config{ExclusiveOrders: true, Instruments: []event.Instrument{share2, share2}}
	both := func(d *desk) *desk { return d.bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50}) }
	t.Run("an order touches only trades of its agent and instrument", func(t *testing.T) {
		d := both(newDesk(t, two))
		d.send(event.Order{Agent: 1, Size: 10})
		d.send(event.Order{Agent: 2, Size: 20})
		d.send(event.Order{Agent: 2, Size: 30, Instrument: 1})
		both(d).send(event.Order{Agent: 2, Size: 5, Side: event.Sell})
		both(d.quiet()).want("own fill sell 20 at 100 closes 2 venue last", "4 fill sell 5 at 100 opens 5 last")
		if a := d.outs[len(d.outs)-2].Agent; a != 2 {
			t.Errorf("the close is told to agent %d, want 2", a)
		}
		want := []Position{{1, 0, 10, 1000 * event.One}, {2, 0, -5, -500 * event.One}, {2, 1, 30, 1500 * event.One}}
		for i, p := range d.v.Positions(nil) {
			if p != want[i] {
				t.Errorf("position %d is %+v, want %+v", i, p, want[i])
			}
		}
	})
	t.Run("without exclusive orders neither", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Agent: 1, Size: 10})
		d.flat().send(event.Order{Agent: 2, Size: 10, Side: event.Sell})
		d.quiet().flat().want("2 fill sell 10 at 100 opens 2 last")
	})
	t.Run("an agent cannot cancel or replace another's order, nor hang a child on it", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Agent: 1, Size: 10, Price: 90_00})
		d.quiet().cancel(1).replace(1, event.Order{Size: 5}).send(event.Order{Agent: 2, Side: event.Sell, StopPrice: 80_00, Parent: orderID(1)})
		d.want("1 rejected permission: the order is another agent's (0, 1)", "1 rejected permission: the order is another agent's (0, 1)",
			"2 rejected other: the parent is of another agent or instrument, of the same side, or a child itself (1, 2)")
	})
	t.Run("they share the margin", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Agent: 1, Size: 60})
		d.send(event.Order{Agent: 2, Size: 60})
		d.quiet().flat().want("1 fill buy 60 at 100 opens 1 last", "2 cancelled unfillable: costs more than the margin available (600000000000, 400000000000)")
	})
}

func TestSeveralInstruments(t *testing.T) {
	two := Config{Instruments: []event.Instrument{share2, share2}}
	t.Run("an order waits for a bar of its instrument", func(t *testing.T) {
		d := newDesk(t, two).bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
		d.send(event.Order{Size: 1, Instrument: 1})
		d.quiet().bars([4]int64{100, 101, 99, 100}).want()
		d.bars([4]int64{}, [4]int64{52, 52, 52, 52}).want("1 fill buy 1 at 52 opens 1 last")
	})
	t.Run("all closes of a group are known before its first fill", func(t *testing.T) {
		d := newDesk(t, two).bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
		d.send(event.Order{Size: 100, Instrument: 1})
		d.bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
		d.send(event.Order{Size: event.One, SizeKind: event.SizeFraction})
		d.quiet().bars([4]int64{100, 101, 99, 100}, [4]int64{50, 50, 20, 20}) // equity 7,000, 2,000 bound
		d.want("2 fill buy 49 at 100 opens 2 last")
	})
	t.Run("bars of instruments that the account does not have are passed over", func(t *testing.T) {
		d := newDesk(t, Config{})
		d.bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50}).want()
	})
}

func TestBankruptcy(t *testing.T) {
	d := newDesk(t, Config{Margin: event.One / 10, Instruments: []event.Instrument{share2, share2}}).bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
	d.send(event.Order{Agent: 7, Size: 500})
	d.send(event.Order{Agent: 7, Size: 100, Instrument: 1})
	d.send(event.Order{Agent: 7, Size: 1, Price: 1_00})
	d.send(event.Order{Agent: 7, Side: event.Sell, Price: 200_00, Parent: orderID(1)})
	d.bars([4]int64{100, 101, 99, 100}, [4]int64{50, 51, 49, 50})
	d.quiet().bars([4]int64{79, 79, 79, 79}).want( // 10,000 less 10,500
		"own liquidation sell 500 at 79 closes 1 venue last",
		"4 cancelled parent_done: the parent opened nothing, or what it opened is closed (0, 0)",
		"own liquidation sell 100 at 50 closes 2 venue last",
		"3 cancelled by_venue: the account is bankrupt (-50000000000, 0)",
		"0 transfer 500")
	d.wantEquity("0")
	if a := d.outs[len(d.outs)-1].Agent; a != 7 || !d.v.Bankrupt() {
		t.Errorf("told to agent %d, bankrupt %v", a, d.v.Bankrupt())
	}
	d.bars([4]int64{200, 200, 200, 200}).send(event.Order{Size: 1})
	d.finalize().want("5 rejected funds: the account is bankrupt (0, 1)")
	d.wantEquity("0")
}

func TestFeesAloneCanBankrupt(t *testing.T) {
	d := newDesk(t, Config{Cash: 150 * event.One, FeeFixed: 80 * event.One}).flat()
	d.send(event.Order{Size: 1, Price: 10_00, Agent: 3})
	d.flat().quiet().bar(10, 10, 10, 10).want("1 fill buy 1 at 10 fee 80 opens 1 maker last")
	d.send(event.Order{Size: 1, Side: event.Sell, Agent: 3})
	d.quiet().bar(9, 9, 9, 9).want("2 fill sell 1 at 9 fee 80 closes 1 last", "0 transfer 11")
	if a := d.outs[len(d.outs)-1].Agent; a != 3 {
		t.Errorf("told to agent %d, want 3", a)
	}
}

func TestFinalize(t *testing.T) {
	t.Run("trades end at the open of the last bar, the oldest first", func(t *testing.T) {
		d := newDesk(t, Config{FinalizeTrades: true}).flat()
		d.send(event.Order{Size: 10})
		d.flat().send(event.Order{Size: 20})
		d.bar(102, 105, 101, 104).quiet().finalize().want("own fill sell 10 at 102 closes 1 venue last", "own fill sell 20 at 102 closes 2 venue last")
	})
	t.Run("orders of the last bar meet it again", func(t *testing.T) {
		d := newDesk(t, Config{FinalizeTrades: true}).flat()
		d.send(event.Order{Size: 10})
		d.quiet().finalize().want("1 fill buy 10 at 100 opens 1 last")
	})
	t.Run("with trade_on_close at the close before the last bar", func(t *testing.T) {
		d := newDesk(t, Config{FinalizeTrades: true, TradeOnClose: true}).flat()
		d.send(event.Order{Size: 10})
		d.bar(100, 100, 98, 98).bar(102, 105, 101, 104).quiet().finalize().want("own fill sell 10 at 98 closes 1 venue last")
	})
	t.Run("without finalize_trades it does nothing", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 10})
		d.flat().quiet().finalize().want()
	})
}
