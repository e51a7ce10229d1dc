package paper

import (
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestRejections(t *testing.T) {
	in := event.Instrument{Name: "coin", Kind: event.Spot, Quote: "USD", PriceDecimals: 2, Tick: 5, Lot: 10, QuantityMin: 20, QuantityMax: 100, NotionalMin: 2500 * event.One, Multiplier: event.One}
	index := event.Instrument{Name: "index", Kind: event.Index, Tick: 1, Lot: 1, Multiplier: event.One}
	for _, c := range []struct {
		claim string
		order event.Order
		want  string
	}{
		{"an instrument that is not there", event.Order{Size: 30, Instrument: 2}, "other: the account has no such instrument (2, 1)"},
		{"an index", event.Order{Size: 30, Instrument: 1}, "halted: an index cannot be traded (6, 0)"},
		{"a side that is none", event.Order{Size: 30, Side: 3}, "type: side, type, time in force or kind of size is not one the venue has (3, 2)"},
		{"a trailing stop", event.Order{Size: 30, Type: 6}, "type: side, type, time in force or kind of size is not one the venue has (6, 4)"},
		{"a limit order without a price", event.Order{Size: 30, Type: event.OrderLimit}, "price: a price is missing, not above zero, or where there must be none (0, 0)"},
		{"a market order with a price", event.Order{Size: 30, Type: event.OrderMarket, Price: 5}, "price: a price is missing, not above zero, or where there must be none (5, 0)"},
		{"a price below zero", event.Order{Size: 30, Price: -5}, "price: a price is missing, not above zero, or where there must be none (-5, 0)"},
		{"a price between ticks", event.Order{Size: 30, Price: 9_02}, "price: price is no multiple of the tick (902, 5)"},
		{"no size", event.Order{}, "quantity: size is not above zero, or a fraction above one (0, 10)"},
		{"a size below zero", event.Order{Size: -10}, "quantity: size is not above zero, or a fraction above one (-10, 10)"},
		{"part of a lot", event.Order{Size: 25}, "quantity: quantity is no multiple of the lot (25, 10)"},
		{"too little", event.Order{Size: 10}, "quantity: quantity is below the least (10, 20)"},
		{"too much", event.Order{Size: 110}, "quantity: quantity is above the greatest (110, 100)"},
		{"worth too little", event.Order{Size: 20}, "notional: worth is below the least (200000000000, 250000000000)"},
		{"too little money", event.Order{Size: 1, SizeKind: event.SizeNotional}, "notional: worth is below the least (1, 250000000000)"},
		{"more than all", event.Order{Size: event.One + 1, SizeKind: event.SizeFraction}, "quantity: size is not above zero, or a fraction above one (100000001, 100000000)"},
		{"a time that is past", event.Order{Size: 30, TIF: event.GTD, ExpireTime: 1}, "other: expire time is past, or there is one without GTD (1, "},
		{"a time without GTD", event.Order{Size: 30, ExpireTime: 1 << 62}, "other: expire time is past, or there is one without GTD (4611686018427387904, "},
		{"a market order that is post-only", event.Order{Size: 30, Flags: event.PostOnly}, "post_only: post-only is for limit orders that rest (1, 2)"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			d := newDesk(t, Config{Instruments: []event.Instrument{in, index}}).flat()
			d.send(c.order)
			if len(d.said) != 1 || !strings.HasPrefix(d.said[0], "1 rejected "+c.want) {
				t.Errorf("said %q, want %q", d.said, c.want)
			}
			if o, ok := d.v.Lookup(orderID(1)); !ok || o.State != event.StateRejected {
				t.Errorf("it looks up as %v, %s", ok, o.State)
			}
			if len(d.v.OpenOrders(nil)) != 0 {
				t.Error("it rests all the same")
			}
		})
	}
}

func TestAnIDIsUsedOnce(t *testing.T) {
	again := func(d *desk) *desk {
		return d.took(d.v.Handle(&event.Request{Kind: event.RequestSubmit, Order: event.Order{
			ID: orderID(1), Side: event.Buy, Type: event.OrderMarket, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 1,
		}}, d.now, nil))
	}
	const duplicate = "1 rejected duplicate: duplicate id (1, 0)"
	d := newDesk(t, Config{}).flat()
	d.send(event.Order{Size: 1})
	again(d.quiet()).want(duplicate)
	d.flat().want("1 fill buy 1 at 100 opens 1 last")
	again(d).want(duplicate)
	if o, ok := d.v.Lookup(orderID(1)); !ok || o.State != event.StateFilled || o.Filled != 1 || o.FilledValue != 100*event.One {
		t.Errorf("it looks up as %v %+v", ok, o)
	}
	d = newDesk(t, Config{})
	d.send(event.Order{Size: -1})
	again(d.quiet()).want(duplicate)
}

func TestIDsThatAreNotOurs(t *testing.T) {
	d := newDesk(t, Config{})
	for _, id := range []event.OrderID{{}, ownID(causeExclusive, 1, 1)} {
		d.took(d.v.Handle(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: id}}, d.now, nil))
		if _, known := d.v.Lookup(id); known {
			t.Errorf("%s is looked up", id)
		}
	}
	d.want("0 rejected other: order id is empty or begins as the venue's own (0, 0)", "own rejected other: order id is empty or begins as the venue's own (28790, 0)")
	if owned(event.OrderID{event.IDTag[0], event.IDTag[1]}) {
		t.Error("the venue's own ids carry the host's tag")
	}
}

func TestRequestsAboutNothing(t *testing.T) {
	d := newDesk(t, Config{}).flat()
	d.cancel(5).replace(5, event.Order{Size: 1}).want("5 rejected other: no such order is open (0, 1)", "5 rejected other: no such order is open (0, 1)")
	d.took(d.v.Handle(&event.Request{Kind: 9, Order: event.Order{ID: orderID(1)}}, d.now, nil)).want("1 rejected type: the venue has no such request (9, 3)")
}

func TestReplace(t *testing.T) {
	t.Run("size and price change, the id and the place stay", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 60, Price: 90_00})
		d.send(event.Order{Size: 60, Price: 99_00})
		d.quiet().replace(1, event.Order{Size: 70, Price: 99_00}).want("1 replaced size 70 price 9900 stop 0")
		d.flat().want("1 fill buy 70 at 99 opens 1 maker last", "2 cancelled unfillable: costs more than the margin available (594000000000, 307000000000)")
	})
	t.Run("a stop price changes", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 1, StopPrice: 110_00})
		d.quiet().replace(1, event.Order{StopPrice: 101_00}).flat().want("1 replaced size 1 price 0 stop 10100", "1 fill buy 1 at 101 opens 1 last")
	})
	t.Run("a fraction stays one when only the price changes", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: event.One / 2, SizeKind: event.SizeFraction, Price: 90_00})
		d.quiet().replace(1, event.Order{Size: event.One / 2, SizeKind: event.SizeFraction, Price: 99_00}).want("1 replaced size 0 price 9900 stop 0")
		d.flat().want("1 fill buy 50 at 99 opens 1 maker last")
	})
	t.Run("a fraction becomes units", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: event.One, SizeKind: event.SizeFraction})
		d.quiet().replace(1, event.Order{Size: 3, SizeKind: event.SizeUnits}).flat().want("1 replaced size 3 price 0 stop 0", "1 fill buy 3 at 100 opens 1 last")
	})
	for _, c := range []struct {
		claim string
		want  string
		order event.Order
	}{
		{"a price on a market order", "1 replaced size 8 price 0 stop 0 refused price: a price is missing, not above zero, or where there must be none (100, 0)", event.Order{Price: 1_00}},
		{"a size that is filled already", "1 replaced size 8 price 0 stop 0 refused quantity: replace: size is not above what is filled (5, 5)", event.Order{Size: 5}},
		{"a fraction for what is sized", "1 replaced size 8 price 0 stop 0 refused quantity: replace: the order is sized in units already (50000000, 8)", event.Order{Size: event.One / 2, SizeKind: event.SizeFraction}},
	} {
		t.Run(c.claim+" is refused and the order stands", func(t *testing.T) {
			d := newDesk(t, Config{SlippageVolume: event.One / 2}).flat()
			d.send(event.Order{Size: 8})
			d.flat().quiet().replace(1, c.order).want(c.want)
			d.flat().want("1 fill buy 3 at 100 opens 2 last")
		})
	}
	t.Run("the stop of a triggered order is refused", func(t *testing.T) {
		d := newDesk(t, Config{}).flat()
		d.send(event.Order{Size: 10, StopPrice: 101_00, Price: 99_00})
		d.bar(100, 106, 99, 105).quiet().replace(1, event.Order{StopPrice: 102_00}).
			want("1 replaced size 10 price 9900 stop 10100 refused trigger: replace: the stop has triggered (10200, 10100)")
	})
	t.Run("a parent cannot be moved beyond its children, nor a child beyond its parent", func(t *testing.T) {
		d := newDesk(t, Config{}).flat().bracket(event.Order{Size: 10, Price: 95_00}, 90_00, 110_00)
		d.replace(1, event.Order{Price: 90_00}).replace(2, event.Order{StopPrice: 96_00}).want(
			"1 replaced size 10 price 9500 stop 0 refused trigger: a protective stop must be on the losing side of the parent's price (9000, 9000)",
			"2 replaced size 0 price 0 stop 9000 refused trigger: a protective stop must be on the losing side of the parent's price (9600, 9500)")
	})
}

func TestConfigurationIsChecked(t *testing.T) {
	good := Config{Venue: "paper", Account: "a", Currency: "USD", Cash: 1, Instruments: []event.Instrument{share2}}
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"currency is empty", func(c *Config) { c.Currency = "" }},
		{"cash is 0", func(c *Config) { c.Cash = 0 }},
		{"fee_fixed is -0.00000001", func(c *Config) { c.FeeFixed = -1 }},
		{"commission is -0.2; it must be at least -0.1", func(c *Config) { c.Commission = -event.One / 5 }},
		{"spread is 0.5; it must be at least 0 and below 0.5", func(c *Config) { c.Spread = event.One / 2 }},
		{"margin is 2", func(c *Config) { c.Margin = 2 * event.One }},
		{"slippage_volume is -0.00000001", func(c *Config) { c.SlippageVolume = -1 }},
		{"tick and lot must be above zero", func(c *Config) { c.Instruments = []event.Instrument{{Name: "x"}} }},
		{"settles in EUR; the account is kept in USD", func(c *Config) { c.Instruments = []event.Instrument{share2}; c.Instruments[0].Settle = "EUR" }},
	} {
		bad := good
		c.change(&bad)
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "paper account paper/a: ") {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}
