package host_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
)

// BenchmarkRollback is `make bench-rollback`: what it takes to make a failed tick not to have been, at a random
// distance from the last snapshot: a fresh instance, the snapshot, the ticks since, and the next snapshot.
// The inputs are those of a recorded run.
func BenchmarkRollback(b *testing.B) {
	for _, guest := range []struct{ name, strategy string }{
		{"c", "../plugins/examples/sma-cross-c/sma-cross-c.wasm"},
		{"as", "../plugins/examples/sma-cross-as/sma-cross-as.wasm"},
		{"go", ""},
	} {
		b.Run(guest.name, func(b *testing.B) {
			if guest.strategy == "" {
				guest.strategy = buildGuest(b, "plugins/examples/sma-cross-go")
			}
			benchmarkRollback(b, guest.strategy)
		})
	}
}

type recordedTick struct {
	input []byte
	now   int64
}

func benchmarkRollback(b *testing.B, strategy string) {
	p, ticks := recordTicks(b, strategy)
	g, err := host.NewGuest(p)
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	r := rand.New(rand.NewPCG(1, 1))
	var times []time.Duration
	n, now := 0, int64(0)
	next := func() []byte {
		n++
		now += 86_400e9
		return ticks[n%len(ticks)].input
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range r.IntN(1000) {
			if err := g.Tick(next(), now, 20_000_000); err != nil {
				b.Fatal(err)
			}
		}
		if err := g.Fail(next(), now); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		if err := g.Rollback(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}

// recordTicks runs a strategy over made-up bars and keeps what it was told.
func recordTicks(tb testing.TB, strategy string) (p *host.AgentPlan, ticks []recordedTick) {
	tb.Helper()
	data := filepath.Join(tb.TempDir(), "bars.csv")
	writeBars(tb, data, 2000)
	w := newWorld(tb, strings.Replace(flatConfig(data), "../plugins/examples/sma-cross-c/sma-cross-c.wasm", strategy, 1))
	j := w.journal("memory")
	run, err := host.NewRun(context.Background(), w.plan, host.Options{
		Journal: j, Owner: "test",
		OnTick: func(_ string, input []byte, now, _ int64) {
			ticks = append(ticks, recordedTick{bytes.Clone(input), now})
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer closeAll(tb, run, j)
	if err := run.Do(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return w.plan.Agents[0], ticks
}

// TestARolledBackGuestIsOneThatNeverFailed: at every distance from a snapshot, whatever fails, the state
// afterwards is that of a guest that was never given the poison tick.
func TestARolledBackGuestIsOneThatNeverFailed(t *testing.T) {
	for _, strategy := range []string{"c", "as", "wat"} {
		p, ticks := recordTicks(t, fmt.Sprintf("../plugins/examples/sma-cross-%s/sma-cross-%s.wasm", strategy, strategy))
		failing, honest := guestOf(t, p), guestOf(t, p)
		for n, tick := range ticks {
			for _, g := range []*host.Guest{failing, honest} {
				if err := g.Tick(tick.input, tick.now, 20_000_000); err != nil {
					t.Fatal(err)
				}
			}
			if n%37 != 0 && n%101 != 0 {
				continue
			}
			if err := failing.Fail(ticks[(n+7)%len(ticks)].input, tick.now); err != nil {
				t.Fatal(err)
			}
			if err := failing.Rollback(); err != nil {
				t.Fatal(err)
			}
			if host.StateOf(failing) != host.StateOf(honest) {
				t.Fatalf("%s: after tick %d the guest that was rolled back is in another state", strategy, n)
			}
		}
	}
}

func guestOf(t *testing.T, p *host.AgentPlan) *host.Guest {
	g, err := host.NewGuest(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}
