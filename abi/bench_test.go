package abi

import "testing"

func BenchmarkWriteTickOfOneBar(b *testing.B) {
	w := NewWriter(4096)
	h := Header{Trigger: TriggerMarket, Mode: ModeFull, Sequence: 1, Time: 1, Fuel: 2_000_000}
	bar := Bar{Flags: BarClosed, Interval: 60e9, Open: 1, High: 2, Low: 1, Close: 2}
	b.ReportAllocs()
	for b.Loop() {
		h.Sequence++
		w.Begin(&h)
		w.Section(SectionBars)
		w.Bar(&bar)
		if _, err := w.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadTickOfOneBar(b *testing.B) {
	w := NewWriter(4096)
	w.Begin(&Header{})
	w.Section(SectionBars)
	w.Bar(&Bar{Close: 7})
	raw, err := w.Finish()
	if err != nil {
		b.Fatal(err)
	}
	var tick Tick
	b.ReportAllocs()
	for b.Loop() {
		if err := tick.Read(raw); err != nil || tick.Bar(0).Close != 7 {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseOutputOfTwoOrders(b *testing.B) {
	w := NewOutputWriter(1024)
	s := Submit{Side: SideBuy, Type: OrderMarket, TimeInForce: TimeGTC, SizeKind: SizeFraction, Size: FractionOne, Tag: w.String("cross")}
	w.Submit(&s)
	w.Submit(&s)
	raw := w.Bytes()
	into := make([]Intent, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if into, err = ParseOutput(raw, OutputLimits{}, into); err != nil || len(into) != 2 {
			b.Fatal(err)
		}
	}
}
