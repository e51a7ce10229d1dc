package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func benchmarkMarket(b *testing.B, orders ...event.Order) {
	d := newDesk(b, Config{}).flat()
	for _, o := range orders {
		d.send(o)
	}
	d.flat()
	m := event.Market{Time: d.now, Bars: []event.Bar{{Open: 100_00, High: 101_00, Low: 99_00, Close: 100_00, Volume: 10}}}
	out := make([]event.Outcome, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		m.Time++
		m.Bars[0].Close = 100_00 + m.Time&1
		if out = d.v.Market(&m, out[:0]); len(out) != 0 {
			b.Fatal("something happened")
		}
	}
}

func BenchmarkMarketWithoutOrdersAndTrades(b *testing.B) { benchmarkMarket(b) }

func BenchmarkMarketWithOneTrade(b *testing.B) { benchmarkMarket(b, event.Order{Size: 10}) }

func BenchmarkMarketWithTenTrades(b *testing.B) {
	orders := make([]event.Order, 10)
	for i := range orders {
		orders[i].Size = 1
	}
	benchmarkMarket(b, orders...)
}

func BenchmarkMarketWithOneRestingOrder(b *testing.B) {
	benchmarkMarket(b, event.Order{Size: 1, Price: 90_00})
}

// BenchmarkReversal is one order, accepted, sized, closing one trade and opening the next.
func BenchmarkReversal(b *testing.B) {
	d := newDesk(b, Config{Commission: 1, ExclusiveOrders: true}).flat()
	m := event.Market{Time: d.now, Bars: []event.Bar{{Open: 100_00, High: 101_00, Low: 99_00, Close: 100_00, Volume: 10}}}
	q := event.Request{Kind: event.RequestSubmit, Order: event.Order{Type: event.OrderMarket, TIF: event.GTC, SizeKind: event.SizeFraction, Size: event.One / 2}}
	out := make([]event.Outcome, 0, 16)
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		n++
		q.Order.ID = event.OrderID{event.IDTag[0], event.IDTag[1], byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		q.Order.Side = event.Buy + event.Side(n&1)
		out = d.v.Handle(&q, m.Time, out[:0])
		if out = d.v.Market(&m, out); len(out) < 2 {
			b.Fatal("no fill")
		}
	}
}
