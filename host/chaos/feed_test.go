package chaos

import (
	"reflect"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// steps are n bars of one instrument whose prices say which bar they are of.
func steps(n int) (all []*event.Market) {
	for i := range int64(n) {
		p := 100 + i
		all = append(all, &event.Market{Time: i + 1, Cursor: uint64(i + 1), Bars: []event.Bar{{Instrument: 3, CloseTime: i + 1, Open: p, High: p, Low: p, Close: p}}})
	}
	return all
}

func fed(t *testing.T, change func(*FeedFaults), in []*event.Market) (got []*event.Market, c *Chaos) {
	t.Helper()
	c = faulty(t, func(c *Config) { change(&c.Feed) })
	pass := c.Feed("bars", func(m *event.Market) { got = append(got, m) })
	for _, m := range in {
		pass(m)
	}
	return got, c
}

func TestWithoutFaultsAFeedIsWhatItIs(t *testing.T) {
	in := steps(50)
	in[7].Bars, in[7].Notes = nil, nil // a step without anything is the feed's own
	got, _ := fed(t, func(*FeedFaults) {}, in)
	if len(got) != len(in) {
		t.Fatalf("%d of %d steps", len(got), len(in))
	}
	for i := range in {
		if !reflect.DeepEqual(got[i], in[i]) && len(in[i].Bars) > 0 {
			t.Errorf("step %d: %+v, want %+v", i, got[i], in[i])
		}
	}
}

func TestABarThatIsNoNumberIsWithheldAndToldOf(t *testing.T) {
	got, c := fed(t, func(f *FeedFaults) { f.NaN = event.One }, steps(3))
	if len(got) != 3 || count(c, FaultNaN) != 3 {
		t.Fatalf("%d steps", len(got))
	}
	n := got[1].Notes
	if len(got[1].Bars) != 0 || len(n) != 1 || n[0] != (event.FeedNote{Instrument: 3, Flags: event.FeedQuarantined, Withheld: 1, Defect: event.DefectNotANumber, LastTime: 1}) {
		t.Errorf("%+v", got[1])
	}
}

func TestAStaleBarHasThePricesOfTheOneBefore(t *testing.T) {
	in := steps(3)
	got, c := fed(t, func(f *FeedFaults) { f.Stale = event.One }, in)
	if b := got[2].Bars[0]; b.Close != 101 || b.CloseTime != 3 || len(got[2].Notes) != 0 {
		t.Errorf("%+v", got[2])
	}
	if count(c, FaultStale) != 2 { // the first bar has none before it
		t.Errorf("%+v", c.Report())
	}
	if in[2].Bars[0].Close != 102 {
		t.Error("the feed's own step was changed")
	}
}

func TestABarAfterAGapSaysSo(t *testing.T) {
	in := steps(400)
	got, c := fed(t, func(f *FeedFaults) { f.Gap = event.One / 4 }, in)
	missing, told, at := len(in)-len(got), uint32(0), int64(0)
	for _, m := range got {
		b := m.Bars[0]
		gap := uint32(b.CloseTime - at - 1)
		at = b.CloseTime
		if (b.Flags&event.BarAfterGap != 0) != (gap > 0) {
			t.Fatalf("bar %d after a gap of %d: %+v", at, gap, b)
		}
		if gap > 0 {
			if len(m.Notes) != 1 || m.Notes[0].Missing != gap || m.Notes[0].Flags != event.FeedGap {
				t.Fatalf("bar %d after a gap of %d: %+v", at, gap, m.Notes)
			}
			told += gap
		}
	}
	if missing < 70 || missing > 130 || uint64(missing) != count(c, FaultGap) || told < uint32(missing)-5 {
		t.Errorf("%d missing, %d told of", missing, told)
	}
}

func TestANoteJoinsTheFeedsOwn(t *testing.T) {
	in := steps(1)
	in[0].Notes = []event.FeedNote{{Instrument: 3, Flags: event.FeedStale, Withheld: 2}, {Instrument: 4}}
	got, _ := fed(t, func(f *FeedFaults) { f.NaN = event.One }, in)
	n := got[0].Notes
	if len(n) != 2 || n[0].Withheld != 3 || n[0].Flags != event.FeedStale|event.FeedQuarantined || in[0].Notes[0].Withheld != 2 {
		t.Errorf("%+v, and the feed's own %+v", n, in[0].Notes)
	}
}
