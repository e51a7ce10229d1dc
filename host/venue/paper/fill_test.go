package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestFillPrices(t *testing.T) {
	up, down := [4]int64{100, 106, 95, 105}, [4]int64{103, 106, 102, 105}
	for _, c := range []struct {
		claim string
		order event.Order
		bar   [4]int64
		want  string
	}{
		{"a market order fills at the next open", event.Order{}, down, "1 fill buy 10 at 103 opens 1 last"},
		{"a buy limit above the open fills at the open", event.Order{Price: 104_00}, down, "1 fill buy 10 at 103 opens 1 last"},
		{"a buy limit inside the bar fills at its price, as a maker", event.Order{Price: 97_00}, up, "1 fill buy 10 at 97 opens 1 maker last"},
		{"a buy limit at the low fills", event.Order{Price: 95_00}, up, "1 fill buy 10 at 95 opens 1 maker last"},
		{"a buy limit below the low waits", event.Order{Price: 94_99}, up, ""},
		{"a sell limit below the open fills at the open", event.Order{Side: event.Sell, Price: 102_00}, down, "1 fill sell 10 at 103 opens 1 last"},
		{"a sell limit at the high fills at its price", event.Order{Side: event.Sell, Price: 106_00}, up, "1 fill sell 10 at 106 opens 1 maker last"},
		{"a sell limit above the high waits", event.Order{Side: event.Sell, Price: 106_01}, up, ""},
		{"a buy stop inside the bar fills at its price", event.Order{StopPrice: 104_00}, down, "1 fill buy 10 at 104 opens 1 last"},
		{"a buy stop below the open fills at the open", event.Order{StopPrice: 101_00}, down, "1 fill buy 10 at 103 opens 1 last"},
		{"a buy stop at the high fills", event.Order{StopPrice: 106_00}, up, "1 fill buy 10 at 106 opens 1 last"},
		{"a buy stop above the high waits", event.Order{StopPrice: 106_01}, up, ""},
		{"a sell stop inside the bar fills at its price", event.Order{Side: event.Sell, StopPrice: 96_00}, up, "1 fill sell 10 at 96 opens 1 last"},
		{"a sell stop above the open fills at the open", event.Order{Side: event.Sell, StopPrice: 104_00}, down, "1 fill sell 10 at 103 opens 1 last"},
		{"a sell stop at the low fills", event.Order{Side: event.Sell, StopPrice: 95_00}, up, "1 fill sell 10 at 95 opens 1 last"},
		{"a stop-limit fills at its stop when the limit is behind it", event.Order{StopPrice: 104_00, Price: 105_00}, down, "1 fill buy 10 at 104 opens 1 last"},
		{"a stop-limit whose limit comes first waits", event.Order{StopPrice: 101_00, Price: 99_00}, up, ""},
		{"a stop-limit whose stop is not reached waits", event.Order{StopPrice: 107_00, Price: 108_00}, up, ""},
		{"a sell stop-limit fills at its stop", event.Order{Side: event.Sell, StopPrice: 97_00, Price: 96_00}, up, "1 fill sell 10 at 97 opens 1 last"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			d := newDesk(t, Config{}).flat()
			c.order.Size = 10
			d.send(c.order)
			d.quiet().bars(c.bar)
			if c.want == "" {
				d.want()
			} else {
				d.want(c.want)
			}
		})
	}
}

func TestAStopLimitStaysTriggered(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 10, StopPrice: 101_00, Price: 99_00})
	d.quiet().bar(100, 106, 99, 105).want()
	d.bar(100, 100, 99, 100).want("1 fill buy 10 at 99 opens 1 maker last")
}

func TestAFlaggedBarFillsLikeAnyOther(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 1})
	d.quiet().group([]event.Bar{{Flags: event.BarFlagged, Open: 100_00, High: 90_00, Low: 110_00, Close: 101_00}})
	d.want("1 fill buy 1 at 100 opens 1 last")
}

func TestTradeOnCloseFillsAtTheCloseBefore(t *testing.T) {
	d := newDesk(t, Config{TradeOnClose: true}).bar(100, 104, 99, 103)
	before := d.now
	d.send(event.Order{Size: 10})
	d.send(event.Order{Size: 1, Price: 120_00})
	d.send(event.Order{Size: 1, StopPrice: 104_00})
	d.quiet().bar(105, 110, 104, 108).want(
		"1 fill buy 10 at 103 opens 1 last",
		"2 fill buy 1 at 105 opens 2 last",
		"3 fill buy 1 at 105 opens 3 last")
	if f := d.outs[len(d.outs)-3].Fill; f.Time != before {
		t.Errorf("filled at %d, want the time of the bar before, %d", f.Time, before)
	}
	if o := d.outs[len(d.outs)-3]; o.Time != d.now {
		t.Errorf("told at %d, want %d", o.Time, d.now)
	}
}

func TestTradeOnCloseBeforeAnyBarFillsAtTheFirstOpen(t *testing.T) {
	d := newDesk(t, Config{TradeOnClose: true})
	d.send(event.Order{Size: 10})
	d.quiet().flat().want("1 fill buy 10 at 100 opens 1 last")
}

func TestCosts(t *testing.T) {
	c := Config{Commission: 1_000_000, FeeFixed: 2 * event.One, Spread: 10_000_000} // 1 %, 2, 10 %
	d := newDesk(t, c).flat()
	d.send(event.Order{Size: 10})
	d.quiet().flat().want("1 fill buy 10 at 110 fee 13 opens 1 last") // the spread, and commission on it
	d.wantEquity("9887")
	d.send(event.Order{Size: 4, Side: event.Sell})
	d.quiet().flat().want("2 fill sell 4 at 100 fee 6 closes 1 last") // no spread on the way out
	d.send(event.Order{Size: 7, Side: event.Sell})
	d.quiet().flat().want( // each part pays the fixed fee
		"3 fill sell 6 at 100 fee 8 closes 1",
		"3 fill sell 1 at 90 fee 2.9 opens 4 last")
}

func TestFeesAreRoundedHalfToEven(t *testing.T) {
	c := Config{Commission: 1}
	c.Instruments = []event.Instrument{share2}
	for _, x := range []struct{ price, fee int64 }{{50, 0}, {150, 2}, {250, 2}, {251, 3}} { // 0.5, 1.5, 2.5, 2.51 units
		d := newDesk(t, c)
		d.send(event.Order{Size: 1})
		d.group([]event.Bar{{Open: x.price, High: x.price, Low: x.price, Close: x.price}})
		if fee := d.outs[len(d.outs)-1].Fill.Fee; fee != x.fee {
			t.Errorf("a commission of 1e-8 on %d cents is %d, want %d", x.price, fee, x.fee)
		}
	}
}

func TestAnOppositeOrderClosesFirstInFirstOut(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 3})
	d.flat().send(event.Order{Size: 5})
	d.flat().send(event.Order{Size: 10, Side: event.Sell})
	d.quiet().flat().want(
		"3 fill sell 3 at 100 closes 1",
		"3 fill sell 5 at 100 closes 2",
		"3 fill sell 2 at 100 opens 5 last")
}

func TestAnOrderThatTheMarginDoesNotCarryIsCancelled(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 100})
	d.send(event.Order{Size: 1})
	d.quiet().flat().want(
		"1 fill buy 100 at 100 opens 1 last",
		"2 cancelled unfillable: costs more than the margin available (10000000000, 0)")
	d.send(event.Order{Size: 300, Side: event.Sell}) // what it closes stays closed
	d.quiet().flat().want(
		"3 fill sell 100 at 100 closes 1",
		"3 cancelled unfillable: costs more than the margin available (2000000000000, 1000000000000)")
}

func TestMarginIsReckonedAtTheCloseOfTheBarThatFills(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 50})
	d.flat().send(event.Order{Size: 45})
	d.quiet().bar(100, 120, 100, 120).want("2 fill buy 45 at 100 opens 2 last") // 11,000 less 6,000
	d = newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 50, Side: event.Sell})
	d.flat().send(event.Order{Size: 45, Side: event.Sell})
	d.quiet().bar(100, 120, 100, 120).want("2 cancelled unfillable: costs more than the margin available (450000000000, 300000000000)")
}
