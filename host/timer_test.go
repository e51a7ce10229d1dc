package host_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// alarmConfig is the guest of testdata/alarm.c, ticked for what is asked.
func alarmConfig(data, ticksOn string) string {
	return strings.NewReplacer(
		"../plugins/examples/sma-cross-c/sma-cross-c.wasm", "../host/testdata/alarm.wasm",
		`feed        = "bars"`, `feed        = "bars"
  ticks_on    = `+ticksOn,
	).Replace(plain(data))
}

// TestTimersGoOffBetweenBars: over ten daily bars, a timer every six hours goes off 36 times and one at ten
// hours once, each before the next bar; at the time of a bar the bar comes first. What is due by the last bar goes
// off, and nothing after it. An order of a timer tick fills at the next bar's open.
func TestTimersGoOffBetweenBars(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 10)
	for _, c := range []struct {
		ticksOn       string
		ticks, orders int64
	}{
		{`["market"]`, 10, 0},
		{`["market", "timer"]`, 10 + 36 + 1, 1},
		{`["market", "timer", "order"]`, 10 + 36 + 1 + 2, 1}, // accepted and filled
		{`["start", "market", "timer"]`, 1 + 10 + 36 + 1, 1},
	} {
		s := newWorld(t, alarmConfig(data, c.ticksOn)).mustDo("memory")[0].Summary
		if s.Ticks != c.ticks || s.Orders != c.orders || s.Fills != c.orders {
			t.Errorf("ticks_on = %s: %d ticks, %d orders, %d fills; want %d ticks, %d orders", c.ticksOn, s.Ticks, s.Orders, s.Fills, c.ticks, c.orders)
		}
	}
}

// TestTimersSurviveAnInterruption: wherever a run with timers is interrupted, it resumes to the same end.
func TestTimersSurviveAnInterruption(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 10)
	w := newWorld(t, alarmConfig(data, `["market", "timer", "order"]
  on_stop     = "keep"`))
	want := w.mustDo("memory")[0].Summary
	for stopAt := range int64(10) {
		path := filepath.Join(t.TempDir(), "journal.db")
		w.stopAt(path, stopAt)
		results, err := w.do(w.open(path), true)
		if err != nil {
			t.Fatalf("stopped at bar %d: %v", stopAt, err)
		}
		if got := results[0].Summary; got.Ticks != want.Ticks || got.FinalEquity != want.FinalEquity {
			t.Errorf("stopped at bar %d: %d ticks, equity %v; want %d, %v", stopAt, got.Ticks, got.FinalEquity, want.Ticks, want.FinalEquity)
		}
	}
}
