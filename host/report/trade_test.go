package report

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// fills tells a recorder of fills of one share with two decimals, each in a row of its own, and returns
// the trades they make.
func fills(list ...event.Fill) []Trade {
	r := NewRecorder(RecorderConfig{Instruments: []event.Instrument{shareNamed("ACME")}, Capital: 1000 * event.One})
	for i, f := range list {
		at := int64(i+1) * day
		f.Time = at
		r.Fill(&f, 0, at)
		r.Tick(at, 1000*event.One, 1, true)
	}
	return r.Trades()
}

func buy(id uint64, quantity, price, fee int64) event.Fill {
	return event.Fill{TradeID: id, Side: event.Buy, Quantity: quantity, Price: price, Fee: fee, FeeCurrency: "USD"}
}

func sell(id uint64, quantity, price, fee int64) event.Fill {
	f := buy(id, quantity, price, fee)
	f.Side = event.Sell
	return f
}

func TestTrades(t *testing.T) {
	type want struct{ entry, exit, quantity, fees, pnl int64 }
	for name, c := range map[string]struct {
		fills []event.Fill
		want  []want
	}{
		"a lot closed whole is one trade, net of both fees": {
			[]event.Fill{buy(1, 10, 10_00, 3), sell(2, 10, 11_00, 4)},
			[]want{{0, 1, 10, 7, 10*event.One - 7}},
		},
		"a short lot earns when the price falls": {
			[]event.Fill{sell(1, 10, 10_00, 0), buy(2, 10, 9_00, 0)},
			[]want{{0, 1, 10, 0, 10 * event.One}},
		},
		"an open lot is no trade": {
			[]event.Fill{buy(1, 10, 10_00, 0)}, nil,
		},
		"without a name the oldest lot is closed first, one trade for each": {
			[]event.Fill{buy(1, 10, 10_00, 0), buy(2, 5, 12_00, 0), sell(3, 12, 13_00, 0)},
			[]want{{0, 2, 10, 0, 30 * event.One}, {1, 2, 2, 0, 2 * event.One}},
		},
		"a named lot is closed, however young": {
			[]event.Fill{buy(1, 10, 10_00, 0), buy(2, 5, 12_00, 0), closing(sell(3, 5, 13_00, 0), 2)},
			[]want{{1, 2, 5, 0, 5 * event.One}},
		},
		"a part carries its share of the entry fee, the last part the rest": {
			[]event.Fill{buy(1, 3, 10_00, 100), sell(2, 1, 10_00, 0), sell(3, 1, 10_00, 0), sell(4, 1, 10_00, 0)},
			[]want{{0, 1, 1, 33, -33}, {0, 2, 1, 34, -34}, {0, 3, 1, 33, -33}},
		},
		"what closes more than there is turns the position": {
			[]event.Fill{buy(1, 10, 10_00, 0), sell(2, 15, 11_00, 30), buy(3, 5, 10_00, 0)},
			[]want{{0, 1, 10, 20, 10*event.One - 20}, {1, 2, 5, 10, 5*event.One - 10}},
		},
		"a rebate adds to the result": {
			[]event.Fill{buy(1, 1, 10_00, -50), sell(2, 1, 10_00, 0)},
			[]want{{0, 1, 1, -50, 50}},
		},
		"a name that no open lot has falls back to the oldest": {
			[]event.Fill{buy(1, 1, 10_00, 0), closing(sell(2, 1, 11_00, 0), 99)},
			[]want{{0, 1, 1, 0, event.One}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := fills(c.fills...)
			if len(got) != len(c.want) {
				t.Fatalf("got %d trades, want %d: %+v", len(got), len(c.want), got)
			}
			for i, w := range c.want {
				g := got[i]
				if (want{g.EntryBar, g.ExitBar, g.Quantity, g.Fees, g.PnL}) != w {
					t.Errorf("trade %d: got %+v, want %+v", i, g, w)
				}
			}
		})
	}
}

func TestAFillBelongsToTheRowItHappenedIn(t *testing.T) {
	for name, c := range map[string]struct{ exit, want int64 }{
		"at the open of the row to come":                             {4 * day, 3},
		"at a close that was just seen":                              {3 * day, 2},
		"at the close before the last, of a run that is finalised":   {2 * day, 1},
		"at a time between, as a venue that is not in the house has": {3*day - 5, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder(RecorderConfig{Instruments: []event.Instrument{shareNamed("ACME")}})
			entry, exit := buy(1, 1, 10_00, 0), closing(sell(2, 1, 10_00, 0), 1)
			entry.Time, exit.Time = 1*day, c.exit
			r.Fill(&entry, 0, 1*day)
			for row := int64(1); row <= 3; row++ {
				r.Bar(&event.Bar{OpenTime: (row - 1) * day, CloseTime: row * day, Open: 1, High: 1, Low: 1, Close: 1})
				r.Tick(row*day, 0, 0, true)
			}
			r.Fill(&exit, 0, 4*day)
			if got := r.Trades()[0]; got.EntryBar != 0 || got.ExitBar != c.want {
				t.Errorf("rows %d and %d, want 0 and %d", got.EntryBar, got.ExitBar, c.want)
			}
		})
	}
}

func closing(f event.Fill, lot uint64) event.Fill {
	f.Closes = lot
	return f
}

func TestFeesInOtherCurrencies(t *testing.T) {
	coin := event.Instrument{Name: "BTCUSDT", Base: "BTC", Quote: "USDT", Settle: "USDT", PriceDecimals: 2, QuantityDecimals: 8, Tick: 1, Lot: 1, Multiplier: event.One}
	r := NewRecorder(RecorderConfig{Agent: "a", Instruments: []event.Instrument{coin}})
	for _, currency := range []string{"USDT", "BTC", "BNB"} {
		r.Fill(&event.Fill{TradeID: 1, Side: event.Buy, Quantity: event.One, Price: 50_000_00, Fee: event.One / 1000, FeeCurrency: currency}, 0, 1)
	}
	s := r.Summary(End{})
	if want := Money(event.One/1000 + 50*event.One); s.Fees != want {
		t.Errorf("fees %d, want %d: settle as it is, base at the fill's price", s.Fees, want)
	}
	if s.FeesOther["BNB"] != event.One/1000 || len(s.FeesOther) != 1 {
		t.Errorf("other fees %v, want 0.001 BNB alone", s.FeesOther)
	}
	if len(s.Warnings) != 1 {
		t.Errorf("warnings %q, want one about the fees that are left out", s.Warnings)
	}
}
