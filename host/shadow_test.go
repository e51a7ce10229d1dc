package host_test

import (
	"testing"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

func submit(instrument uint32, side abi.Side, size int64, ref uint64) abi.Intent {
	return abi.Intent{Kind: abi.IntentSubmit, Submit: abi.Submit{
		Instrument: instrument, Side: side, Type: abi.OrderMarket, TimeInForce: abi.TimeGTC, SizeKind: abi.SizeUnits, Size: size, Ref: ref,
	}}
}

func TestShadow(t *testing.T) {
	s := host.NewShadow([]event.Instrument{{Name: "A", QuantityDecimals: 2}, {Name: "B"}})
	series := abi.Intent{Kind: abi.IntentSeries, Series: abi.Series{Value: 7}}
	timer := abi.Intent{Kind: abi.IntentTimer, Timer: abi.Timer{Action: abi.TimerAt, ID: 1, Time: 99}}
	buy, sell := submit(0, abi.SideBuy, 150, 1), submit(1, abi.SideSell, 3, 2)
	renamed := submit(0, abi.SideBuy, 150, 77)
	for _, equal := range [][2][]abi.Intent{
		{nil, nil},
		{{series}, nil},
		{{timer}, {series}},
		{{buy}, {renamed}},
		{{buy, sell, series}, {sell, buy}},
	} {
		if d := s.Tick(1, 10, equal[0], equal[1]); d != nil {
			t.Errorf("%+v and %+v differ: %+v", equal[0], equal[1], d)
		}
	}
	more := submit(0, abi.SideBuy, 200, 1)
	first := append([]host.Difference(nil), s.Tick(6, 60, []abi.Intent{buy, sell}, []abi.Intent{more, sell})...)
	if len(first) != 1 || first[0] != (host.Difference{Sequence: 6, Time: 60, Instrument: "A", Old: "buy 1.5 market", New: "buy 2 market"}) {
		t.Errorf("%+v", first)
	}
	closing := abi.Intent{Kind: abi.IntentClose, Close: abi.Close{Instrument: 1, SizeKind: abi.SizeFraction, Size: event.One}}
	second := s.Tick(7, 70, []abi.Intent{closing, buy}, []abi.Intent{sell, buy})
	if len(second) != 2 || second[0].Old != "close 100 %" || second[0].New != "" || second[1].New != "sell 3 market" || !second[0].Hypothetical || !second[1].Hypothetical {
		t.Errorf("%+v", second)
	}
	third := s.Tick(8, 80, []abi.Intent{buy, buy}, []abi.Intent{buy})
	if len(third) != 1 || third[0].Old == "" {
		t.Errorf("twice the same and once: %+v", third)
	}
	want := host.ShadowSummary{Ticks: 8, Equal: 5, Differing: 3, Timers: 1, Old: 9, New: 8, First: 6, FirstTime: 60}
	if got := s.Summary(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestShadowOfEqualWishesAllocatesNothing(t *testing.T) {
	s := host.NewShadow([]event.Instrument{{Name: "A"}, {Name: "B"}})
	old, new := []abi.Intent{submit(0, abi.SideBuy, 1, 1), submit(1, abi.SideSell, 2, 2)}, []abi.Intent{submit(1, abi.SideSell, 2, 2), submit(0, abi.SideBuy, 1, 1)}
	s.Tick(1, 1, old, new)
	if n := testing.AllocsPerRun(100, func() { s.Tick(2, 2, old, new) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A replace does not say of which instrument its order is.
func TestShadowWritesAReplaceInTheScaleThatAllShare(t *testing.T) {
	replace := []abi.Intent{{Kind: abi.IntentReplace, Replace: abi.Replace{Ref: 5890, Fields: abi.ReplaceQuantity | abi.ReplaceStopPrice, Quantity: 150, StopPrice: 789516}}}
	same := host.NewShadow([]event.Instrument{{Name: "A", PriceDecimals: 4, QuantityDecimals: 2}, {Name: "B", PriceDecimals: 4, QuantityDecimals: 2}})
	if d := same.Tick(1, 1, replace, nil); len(d) != 1 || d[0].Old != "replace its order 5890, quantity 1.5, stop 78.9516" {
		t.Errorf("%+v", d)
	}
	other := host.NewShadow([]event.Instrument{{Name: "A", PriceDecimals: 4}, {Name: "B", PriceDecimals: 2}})
	if d := other.Tick(1, 1, replace, nil); len(d) != 1 || d[0].Old != "replace its order 5890, quantity 150, stop 789516 units" {
		t.Errorf("%+v", d)
	}
}
