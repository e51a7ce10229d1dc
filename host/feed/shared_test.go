package feed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// shared finds a file that is not part of the repository.
func shared(tb testing.TB, name string) string {
	tb.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("%s is not here", path)
	}
	return path
}

func instrument(name string, prices, quantities uint8) event.Instrument {
	return event.Instrument{Name: name, PriceDecimals: prices, QuantityDecimals: quantities, Tick: 1, Lot: 1, Multiplier: event.One}
}

func TestShared(t *testing.T) {
	for _, test := range []struct {
		file             string
		quantityDecimals uint8
		bars, gaps       uint64
		rounded, volumes uint64
		interval         int64
	}{
		{"GOOG.csv", 0, 2148, 77, 0, 0, day},                     // holidays on weekdays
		{"btc-perp-1m-2022-01.csv.gz", 4, 45031, 0, 4, 14, 60e9}, // three and eleven decimals where an hour was interpolated
	} {
		t.Run("every bar of "+test.file+" is good", func(t *testing.T) {
			c := Config{
				Name: "prices", Instruments: []event.Instrument{instrument("X", 2, test.quantityDecimals)},
				Sources: []Source{{Path: shared(t, test.file), Instrument: "X"}},
			}
			r, err := Open(c)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var m event.Market
			for err = r.Next(&m); err == nil; err = r.Next(&m) {
			}
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			got := r.Counts()[0]
			if got.Delivered != test.bars || got.Withheld() != 0 || got.Gaps != test.gaps || got.Rounded != test.rounded || got.VolumeRounded != test.volumes {
				t.Errorf("got %+v", got)
			}
			if r.Interval() != test.interval {
				t.Errorf("interval %d, want %d", r.Interval(), test.interval)
			}
			if done, total := r.Progress(); done != total || total == 0 {
				t.Errorf("progress %d of %d at the end", done, total)
			}
		})
	}
}

func BenchmarkShared(b *testing.B) {
	for _, test := range []struct {
		name, file string
	}{{"gzip", "btc-perp-1m-2022-01.csv.gz"}, {"plain", "btc-perp-1m-2022-01.csv.gz"}} {
		b.Run(test.name, func(b *testing.B) {
			path := shared(b, test.file)
			if test.name == "plain" {
				path = unpacked(b, path)
			}
			benchmarkRows(b, Config{Instruments: []event.Instrument{instrument("BTC", 1, 4)}, Sources: []Source{{Path: path, Instrument: "BTC"}}})
		})
	}
}

// unpacked writes a file's text next to nothing else.
func unpacked(tb testing.TB, path string) string {
	tb.Helper()
	c, err := openContent(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer c.close()
	text, err := io.ReadAll(c)
	if err != nil {
		tb.Fatal(err)
	}
	plain := filepath.Join(tb.TempDir(), "plain.csv")
	if err := os.WriteFile(plain, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return plain
}

// benchmarkRows counts one operation per row.
func benchmarkRows(b *testing.B, c Config) {
	c.Repeat = 1 << 10
	r, err := Open(c)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var m event.Market
	b.ReportAllocs()
	b.ResetTimer()
	rows := 0
	for rows < b.N {
		if err := r.Next(&m); err != nil {
			b.Fatal(err)
		}
		rows += len(m.Bars)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
