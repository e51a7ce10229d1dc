package host_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// TestATickThatDoesNotFitHarmsOnlyItsAgent: what must be told is more than input_bytes; the tick fails and
// is counted, and the neighbours of the same account do as they do without it.
func TestATickThatDoesNotFitHarmsOnlyItsAgent(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 200)
	hasty := strings.NewReplacer("../plugins/examples/sma-cross-c/sma-cross-c.wasm", "../host/testdata/hasty.wasm",
		`feed        = "bars"`, "feed        = \"bars\"\n  ticks_on    = [\"market\", \"order\"]\n  limits {\n    input_bytes = \"1KiB\"\n  }").Replace(plain(data))
	other := strings.Replace(flatConfig(data)[strings.Index(flatConfig(data), "agent "):], `"sma"`, `"other"`, 1)
	var want string
	for _, config := range []string{flatConfig(data) + other, hasty + other} {
		r := newWorld(t, config).mustDo("memory")
		if want == "" {
			want = r[1].Summary.StateHash
			continue
		}
		if r[0].Summary.Traps == 0 {
			t.Errorf("no tick was too large; the test shows nothing")
		}
		if r[1].Summary.StateHash != want {
			t.Error("the neighbour's state changed")
		}
	}
}

// TestOrderTicksEnd: a strategy that orders at every acceptance is ticked at most 256 times at one time,
// and the run goes on.
func TestOrderTicksEnd(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 4)
	config := strings.NewReplacer("../plugins/examples/sma-cross-c/sma-cross-c.wasm", "../host/testdata/hasty.wasm",
		`feed        = "bars"`, "feed        = \"bars\"\n  ticks_on    = [\"market\", \"order\"]\n  on_stop = \"keep\"").Replace(plain(data))
	s := newWorld(t, config).mustDo("memory")[0].Summary
	if s.Ticks != 4+256 {
		t.Errorf("%d ticks over 4 bars; want %d", s.Ticks, 4+256)
	}
}

// TestTwoFeedsAreOneMarket: bars of two feeds that close at one time are one tick, in the order of the
// agent's own instruments, whatever the order of feeds, files and scales.
func TestTwoFeedsAreOneMarket(t *testing.T) {
	dir := t.TempDir()
	x, y := filepath.Join(dir, "x.csv"), filepath.Join(dir, "y.csv")
	writeBars(t, x, 300)
	writeBars(t, y, 300)
	feed := func(name, instrument, file string) string {
		return fmt.Sprintf("feed \"csv\" %q {\n  instrument = %q\n  file = %q\n  quality { calendar = \"always\" }\n}\n", name, instrument, file)
	}
	rest := `
instrument "X" {
  quote = "USD"
}
instrument "Y" {
  quote             = "USD"
  price_decimals    = 6
  quantity_decimals = 3
  lot               = "0.001"
}
venue "paper" "exchange" {
  cash = 10000
}
agent "sma" {
  strategy    = "../plugins/examples/sma-cross-c/sma-cross-c.wasm"
  feeds       = [FEEDS]
  venue       = "exchange"
  instruments = ["X", "Y"]
  params {
    fast = 5
    slow = 12
  }
}
`
	var want string
	for _, order := range []string{`"a", "b"`, `"b", "a"`} {
		s := newWorld(t, feed("a", "X", x)+feed("b", "Y", y)+strings.Replace(rest, "FEEDS", order, 1)).mustDo("memory")[0].Summary
		if s.Ticks != 300 || len(s.Feeds) != 2 || s.Feeds[0].Bars+s.Feeds[1].Bars != 600 || s.Fills == 0 {
			t.Fatalf("%d ticks, feeds %+v, %d fills", s.Ticks, s.Feeds, s.Fills)
		}
		if got := event.FormatDecimal(int64(s.FinalEquity), 8); want == "" {
			want = got
		} else if got != want {
			t.Errorf("equity %s in one order of feeds, %s in the other", want, got)
		}
	}
}
