package report

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func oneShare() []event.Instrument { return []event.Instrument{shareNamed("ACME")} }

// bar is a day's bar at 10.00 that closes at a time.
func bar(close int64) event.Bar {
	return event.Bar{OpenTime: close - day, CloseTime: close, Interval: day, Open: 1000, High: 1000, Low: 1000, Close: 1000}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare(), SeriesNames: []string{"s"}, FuelLimit: 2_000_000})
	row := int64(0)
	step := func() {
		row++
		at := row * 60_000_000_000
		b := bar(at)
		n := event.FeedNote{Withheld: 1}
		r.Note(&n)
		r.Bar(&b)
		r.Series(0, 0, at, row)
		r.Tick(at, 1_000_000-row%1000, 400+row%64, true)
	}
	for range 3 * picturePoints {
		step()
	}
	if n := testing.AllocsPerRun(20_000, step); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func TestBuyAndHoldBeginsWhereTheStrategyCanTrade(t *testing.T) {
	record := func(c RecorderConfig, seriesFrom int64) Figure {
		c.Instruments, c.SeriesNames, c.SeriesUnits = oneShare(), []string{"mean"}, []string{"price"}
		r := NewRecorder(c)
		for i := range int64(10) {
			b := bar(i * day)
			b.Close = 1000 + 100*i
			r.Bar(&b)
			if seriesFrom > 0 && i >= seriesFrom {
				r.Series(0, 0, i*day, 1)
			}
			r.Tick(i*day, 1, 1, true)
		}
		return r.Summary(End{}).Statistics.BuyHoldReturnPct
	}
	for name, c := range map[string]struct{ got, want Figure }{
		"at the first bar, where nothing is known":       {record(RecorderConfig{}, 0), 90},
		"at the bar that is named":                       {record(RecorderConfig{FirstTradingBar: 9}, 0), 0},
		"where the last price series gets its first one": {record(RecorderConfig{}, 4), Figure(100 * 500. / 1400)},
		"at the bar that is named, whatever the series":  {record(RecorderConfig{FirstTradingBar: 9}, 4), 0},
	} {
		if d := c.got - c.want; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}

func TestOutcomesAreCounted(t *testing.T) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare()})
	for _, o := range []event.Outcome{
		{Kind: event.EventFill, Time: 1, Fill: buy(1, 1, 10_00, 5)},
		{Kind: event.EventRejected},
		{Kind: event.EventRejected},
		{Kind: event.EventExpired},
		{Kind: event.EventAccepted},
		{Kind: event.EventFee, Amount: -7},
		{Kind: event.EventTransfer, Amount: 100},
		{Kind: event.EventFunding, Amount: -3},
	} {
		r.Outcome(&o)
	}
	r.Series(9, 0, 1, 1)
	r.TickBeside(77)
	s := r.Summary(End{})
	if s.Fills != 1 || s.Rejected != 2 || s.Expired != 1 || s.Fees != 12 || s.Ticks != 1 || s.Fuel.Max != 77 {
		t.Errorf("got %+v", s)
	}
	if len(s.Warnings) != 1 {
		t.Errorf("warnings %q, want one about the series that was not declared", s.Warnings)
	}
}

func TestASummaryMayBeTakenWhileTheRunGoesOn(t *testing.T) {
	p := samplePage(400)
	a, b := p.Recorders[0].Summary(End{}), p.Recorders[0].Summary(End{})
	if a.Statistics != b.Statistics || a.Sharpe != b.Sharpe || a.Trades != b.Trades {
		t.Error("a second look sees something else")
	}
}

func TestNothingRecordedHasNoFigures(t *testing.T) {
	s := NewRecorder(RecorderConfig{Agent: "idle", Capital: 5}).Summary(End{})
	if s.FinalEquity != 5 {
		t.Errorf("final equity %d, want the capital", s.FinalEquity)
	}
	for name, f := range figures(&s) {
		switch name {
		case "# Trades", "Equity Final [$]", "Equity Peak [$]":
		default:
			if !f.Undefined() {
				t.Errorf("%s is %v", name, f)
			}
		}
	}
}

func BenchmarkTick(b *testing.B) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare()})
	b.ReportAllocs()
	for i := range int64(b.N) {
		r.Tick(i*60_000_000_000, 1_000_000+i%1000, 400+i%64, true)
	}
}

func BenchmarkBarAndTick(b *testing.B) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare()})
	v := bar(0)
	b.ReportAllocs()
	for i := range int64(b.N) {
		v.OpenTime, v.CloseTime = i*60_000_000_000, (i+1)*60_000_000_000
		r.Bar(&v)
		r.Tick(v.CloseTime, 1_000_000+i%1000, 400+i%64, true)
	}
}

func BenchmarkSeries(b *testing.B) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare(), SeriesNames: []string{"s"}})
	r.Tick(1, 1, 1, true)
	b.ReportAllocs()
	for i := range int64(b.N) {
		r.Series(0, 0, 1, i)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare()})
	b.ReportAllocs()
	for i := range b.N {
		in, out := buy(uint64(2*i+1), 10, 10_00, 5), sell(uint64(2*i+2), 10, 11_00, 5)
		r.Fill(&in, 0, int64(i))
		r.Fill(&out, 0, int64(i))
	}
}
