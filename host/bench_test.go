package host_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// The figures of `make bench`: one whole turn, and bars per second of a run over real minute bars, each
// repeat shifted in time. What is timed is the run itself; opening and hashing the data are not.

const btc = "../../shared/data/btc-perp-1m-2022-01.csv.gz"

const btcConfig = `
feed "csv" "minutes" {
  instrument = "BTC"
  file       = "` + btc + `"
}
instrument "BTC" {
  kind              = "perpetual"
  quote             = "USD"
  price_decimals    = 2
  quantity_decimals = 4
  lot               = "0.0001"
}
venue "paper" "exchange" {
  cash       = 1000000
  commission = "0.0002"
}
agent "sma" {
  strategy    = "../plugins/examples/sma-cross-c/sma-cross-c.wasm"
  feed        = "minutes"
  venue       = "exchange"
  instruments = ["BTC"]
  params {
    fast = 50
    slow = 200
  }
}
`

func BenchmarkBarsMemory(b *testing.B) { benchmarkBars(b, "memory") }
func BenchmarkBarsSQLite(b *testing.B) { benchmarkBars(b, "sqlite") }

func benchmarkBars(b *testing.B, device string) {
	if _, err := os.Stat(btc); err != nil {
		b.Skip("needs ../shared/data, which is not part of the project")
	}
	w := newWorld(b, btcConfig)
	const repeats = 10
	w.plan.Groups[0].Feeds[0].Repeat = repeats
	b.ReportAllocs()
	var bars, rows int64
	for b.Loop() {
		b.StopTimer()
		j := w.journal(device)
		run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: j, Owner: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := run.Do(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for _, r := range run.Results() {
			rows = r.Recorder.Rows()
			bars += rows
		}
		closeAll(b, run, j)
		b.StartTimer()
	}
	b.ReportMetric(float64(bars)/b.Elapsed().Seconds(), "bars/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(bars), "ns/bar")
}

// One turn without effects: a bar through all seven stations.
func BenchmarkTurnMemory(b *testing.B) { benchmarkTurn(b, "memory") }
func BenchmarkTurnSQLite(b *testing.B) { benchmarkTurn(b, "sqlite") }

func benchmarkTurn(b *testing.B, device string) {
	dir := b.TempDir()
	path := filepath.Join(dir, "bars.csv")
	writeBars(b, path, 4)
	w := newWorld(b, flatConfig(path))
	j := w.journal(device)
	run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: j, Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	turn := host.TurnForBenchmark(run)
	for range 5_000 {
		turn()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		turn()
	}
	b.StopTimer()
	closeAll(b, run, j)
}

func closeAll(tb testing.TB, run *host.Run, j *journal.Journal) {
	tb.Helper()
	if err := run.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}
