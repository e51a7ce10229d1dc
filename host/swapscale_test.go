package host_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/risk"
)

// scale is a number from the environment: `make swaps` plays the whole, the tests a part.
func scale(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q: %v", name, text, err)
	}
	return n
}

// TestSwapsAtScale: SWAPS swaps during TICKS ticks, of a C and of a Go strategy, to modules of the same
// behaviour. No tick is lost or doubled, the venue gets the same orders as without swaps, and the round
// that carries a swap out is measured.
func TestSwapsAtScale(t *testing.T) {
	ticks, swaps := scale(t, "TICKS", 600), scale(t, "SWAPS", 12)
	golang, err := os.ReadFile("../plugins/examples/sma-cross-go/sma-cross-go.wasm")
	if err != nil {
		t.Skip("the Go example is not built: make plugins")
	}
	for _, c := range []struct {
		language string
		wasm     []byte
		feed     func(s *stand) func(*event.Market)
	}{
		{"C", keepsWasm, nil},
		{"Go", golang, wavy},
	} {
		t.Run(c.language, func(t *testing.T) {
			play := func(every int) (s *stand, pauses []time.Duration) {
				s = swappable(t, c.wasm, func(s *stand) {
					if c.feed != nil {
						s.risk = risk.Limits{} // it orders by its own lights
					}
				})
				if c.feed != nil {
					s.feed = c.feed(s)
				}
				n := 0
				for i := range ticks {
					if every > 0 && i%every == every/2 {
						n++
						pauses = append(pauses, s.timedSwap(named(c.wasm, strconv.Itoa(n))))
					}
					verb, count := script(i)
					s.pass(time.Second, verb+100*count)
				}
				s.dense()
				return s, pauses
			}
			without, _ := play(0)
			with, pauses := play(ticks / swaps)
			want, got := without.arrivals(), with.arrivals()
			if len(want) == 0 || !slices.Equal(want, got) {
				t.Errorf("%d orders, without swaps %d: %s", len(got), len(want), firstDifference(got, want))
			}
			if n := with.swaps(); n != len(pauses) || n < swaps {
				t.Errorf("%d swap events, %d swaps", n, len(pauses))
			}
			if a, b := with.marketTurns(), without.marketTurns(); a != b || a < ticks {
				t.Errorf("%d market turns, without swaps %d", a, b)
			}
			slices.Sort(pauses)
			t.Logf("%s: %d ticks, %d swaps, %d orders, pause p50 %s p99 %s most %s", c.language, ticks, len(pauses), len(got),
				pauses[len(pauses)/2], pauses[len(pauses)*99/100], pauses[len(pauses)-1])
		})
	}
}

func (s *stand) marketTurns() (n int) {
	s.turns(func(t *event.Turn) {
		if t.Event.Kind == event.KindMarket {
			n++
		}
	})
	return n
}

// timedSwap carries a swap out and measures how long the agent takes no tick: the round of the swap event,
// which is not waited for on the disk here.
func (s *stand) timedSwap(wasm []byte) time.Duration {
	s.Helper()
	in, err := s.prepare(wasm, host.SwapRequest{SwapSettings: host.SwapSettings{Probation: 20}})
	if err != nil {
		s.Fatal(err)
	}
	began := time.Now()
	e, err := s.live.Round(context.Background(), []host.LiveInput{in}, s.now)
	took := time.Since(began)
	if err != nil {
		s.Fatal(err)
	}
	s.alerts = append(s.alerts, e.Alerts...)
	for i := range e.Calls {
		s.out(e.Calls[i])
	}
	return took
}

// wavy shows the agent prices that rise and fall, for strategies that look at them.
func wavy(s *stand) func(*event.Market) {
	return func(m *event.Market) {
		b := &m.Bars[0]
		k := int64(s.bars % 40)
		if k > 20 {
			k = 40 - k
		}
		p := price + 10*k
		b.Open, b.High, b.Low, b.Close, b.Volume = p, p+5, p-5, p, 1000
		s.in = append(s.in, host.LiveInput{Market: m})
	}
}
