package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestSizing(t *testing.T) {
	coin := event.Instrument{Name: "coin", Kind: event.Perpetual, Quote: "USD", PriceDecimals: 2, QuantityDecimals: 3, Tick: 1, Lot: 10, QuantityMin: 50, Multiplier: event.One}
	for _, c := range []struct {
		claim  string
		config Config
		order  event.Order
		want   string
	}{
		{"all of it is a hair less than all of it", Config{}, event.Order{Size: event.One, SizeKind: event.SizeFraction}, "1 fill buy 99 at 100 opens 1 last"},
		{"half of it is half", Config{}, event.Order{Size: event.One / 2, SizeKind: event.SizeFraction}, "1 fill buy 50 at 100 opens 1 last"},
		{"leverage multiplies it", Config{Margin: event.One / 4}, event.Order{Size: event.One / 2, SizeKind: event.SizeFraction}, "1 fill buy 200 at 100 opens 1 last"},
		{"commission and spread are counted in", Config{Commission: event.One / 100, Spread: event.One / 100}, event.Order{Size: event.One, SizeKind: event.SizeFraction}, "1 fill buy 98 at 101 fee 98.98 opens 1 last"},
		{"the fixed fee is counted for each unit", Config{FeeFixed: event.One}, event.Order{Size: event.One, SizeKind: event.SizeFraction}, "1 fill buy 99 at 100 fee 1 opens 1 last"},
		{"and doubled for half", Config{FeeFixed: 10 * event.One}, event.Order{Size: event.One / 2, SizeKind: event.SizeFraction}, "1 fill buy 41 at 100 fee 10 opens 1 last"},
		{"less than a unit cancels", Config{}, event.Order{Size: event.One / 200, SizeKind: event.SizeFraction}, "1 cancelled unfillable: sized at the fill: not one lot, or below the least (0, 1)"},
		{"money buys what it is worth at the fill", Config{}, event.Order{Size: 1050 * event.One, SizeKind: event.SizeNotional}, "1 fill buy 10 at 100 opens 1 last"},
		{"money sells at the price with the spread", Config{Spread: event.One / 10}, event.Order{Size: 900 * event.One, SizeKind: event.SizeNotional, Side: event.Sell}, "1 fill sell 10 at 90 opens 1 last"},
		{"lots are whole", Config{Instruments: []event.Instrument{coin}}, event.Order{Size: 9_99*1e6 + 999_999, SizeKind: event.SizeNotional}, "1 fill buy 90 at 100 opens 1 last"},
		{"a fraction is of lots too", Config{Instruments: []event.Instrument{coin}}, event.Order{Size: event.One, SizeKind: event.SizeFraction}, "1 fill buy 99990 at 100 opens 1 last"},
		{"below the least cancels", Config{Instruments: []event.Instrument{coin}}, event.Order{Size: 4 * event.One, SizeKind: event.SizeNotional}, "1 cancelled unfillable: sized at the fill: not one lot, or below the least (40, 50)"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			d := newDesk(t, c.config).flat()
			d.send(c.order)
			d.quiet().flat().want(c.want)
		})
	}
}

func TestSizingBounds(t *testing.T) {
	in := share2
	in.QuantityMax, in.NotionalMin = 7, 300*event.One
	d := newDesk(t, Config{Instruments: []event.Instrument{in}}).flat()
	d.send(event.Order{Size: event.One, SizeKind: event.SizeFraction})
	d.send(event.Order{Size: event.One / 50, SizeKind: event.SizeFraction})
	d.quiet().flat().want("1 fill buy 7 at 100 opens 1 last",
		"2 cancelled unfillable: worth is below the least (10000000000, 30000000000)")
}

func TestWhatDoesNotFitSaturates(t *testing.T) {
	huge := event.Instrument{Name: "huge", Kind: event.Equity, Tick: 1, Lot: 1, Multiplier: event.One}
	d := newDesk(t, Config{Instruments: []event.Instrument{huge}})
	d.send(event.Order{Size: 1 << 62})
	d.send(event.Order{Size: 1, Price: 1 << 62})
	out := d.v.Market(&event.Market{Time: d.now + 1, Bars: []event.Bar{{Open: 1 << 61, High: 1 << 62, Low: 1, Close: 1 << 62}}}, nil)
	for i := range out {
		if out[i].Kind != event.EventCancelled {
			t.Errorf("%s; nothing of that size can be paid", words(&out[i]))
		}
	}
	if len(out) != 2 || d.v.Equity() != 10_000*event.One {
		t.Errorf("%d outcomes, equity %d", len(out), d.v.Equity())
	}
}
