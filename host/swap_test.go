package host_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
)

//go:embed testdata/puppet-keeps.wasm
var keepsWasm []byte

//go:embed testdata/puppet-fails.wasm
var failsWasm []byte

//go:embed testdata/puppet-refuses.wasm
var refusesWasm []byte

// named makes a module of the same code and another SHA-256: it has one custom section more.
func named(wasm []byte, name string) []byte {
	section := append([]byte{byte(len(name))}, name...)
	return append(slices.Clone(wasm), append([]byte{0, byte(len(section))}, section...)...)
}

// swappable is a stand that keeps modules.
func swappable(t testing.TB, wasm []byte, change ...func(*stand)) *stand {
	return newStand(t, func(s *stand) {
		for _, c := range change {
			c(s)
		}
		s.module = wasm
		s.modules = host.NewModules(filepath.Join(filepath.Dir(s.path), "modules"), sharedRuntime(t))
	})
}

func (s *stand) load(wasm []byte) *sandbox.Module {
	s.Helper()
	m, err := s.modules.Admit(context.Background(), "new", wasm, sandbox.DefaultLimits())
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// prepare makes a swap ready.
func (s *stand) prepare(wasm []byte, o host.SwapRequest) (host.LiveInput, error) {
	s.Helper()
	o.Module, o.Wasm, o.By, o.Why = s.load(wasm), wasm, "test", "a test"
	return s.live.PrepareSwap(context.Background(), s.name, o)
}

// swap makes a swap ready and carries it out.
func (s *stand) swap(wasm []byte, o host.SwapRequest) error {
	s.Helper()
	in, err := s.prepare(wasm, o)
	if err != nil {
		return err
	}
	return s.give(in)
}

// give hands an input over in a round of its own.
func (s *stand) give(in host.LiveInput) (refused error) {
	s.Helper()
	in.Command.Done = func(err error) { refused = err }
	s.in = append(s.in, in)
	if err := s.round(); err != nil {
		s.Fatal(err)
	}
	return refused
}

func (s *stand) dense() {
	s.Helper()
	n := uint64(0)
	s.turns(func(t *event.Turn) {
		if n++; t.Event.Sequence != n {
			s.Fatalf("turn %d has number %d", n, t.Event.Sequence)
		}
	})
}

// told is what a script of verbs makes the strategy do, and what the venue has of it.
func (s *stand) arrivals() (orders []string) {
	for _, a := range s.venue.Arrivals() {
		orders = append(orders, fmt.Sprint(a.Call.Order.Side, a.Call.Order.Type, a.Call.Order.Quantity(), a.Call.Order.Price))
	}
	return orders
}

// script is what the market tells the puppet, bar by bar.
func script(i int) (verb, n int64) {
	switch i % 11 {
	case 1:
		return buy, int64(i%3 + 1)
	case 4:
		return sell, int64(i%2 + 1)
	case 6:
		return rest, 2
	case 8:
		return cancelAll, 0
	case 10:
		return closePosition, 0
	}
	return idle, 0
}

// TestSwapsChangeNothingButTheModule: with swaps to a module of the same behaviour, loaded, replayed, with a
// crash after each and without, the venue gets the same orders, no tick is lost or doubled, and what
// recovery makes is what was there.
func TestSwapsChangeNothingButTheModule(t *testing.T) {
	const bars = 220
	play := func(s *stand, between func(i int)) []string {
		for i := range bars {
			s.order(script(i))
			between(i)
		}
		s.dense()
		return s.arrivals()
	}
	want := map[bool][]string{false: play(swappable(t, keepsWasm), func(int) {})}
	crashing := swappable(t, keepsWasm)
	want[true] = play(crashing, func(i int) {
		if i%10 == 5 {
			crashing.again()
		}
	})
	if len(want[false]) < 60 || len(want[true]) < 60 {
		t.Fatalf("%d and %d orders only", len(want[false]), len(want[true]))
	}
	for _, warmup := range []string{host.WarmupLoad, host.WarmupReplay} {
		for _, crashes := range []bool{false, true} {
			for _, probation := range []int{0, 3, 40} {
				t.Run(fmt.Sprintf("%s, crashes %v, probation %d", warmup, crashes, probation), func(t *testing.T) {
					s := swappable(t, keepsWasm)
					n := 0
					got := play(s, func(i int) {
						if i%10 != 5 {
							return
						}
						n++
						o := host.SwapRequest{Warmup: warmup, SwapSettings: host.SwapSettings{Probation: probation}}
						if err := s.swap(named(keepsWasm, "version "+strconv.Itoa(n)), o); err != nil {
							t.Fatal(err)
						}
						if crashes {
							s.again()
						}
					})
					if !slices.Equal(got, want[crashes]) {
						t.Errorf("%d orders, without swaps %d: %v", len(got), len(want[crashes]), firstDifference(got, want[crashes]))
					}
					if swaps := s.swaps(); swaps != n {
						t.Errorf("%d swap events for %d swaps", swaps, n)
					}
				})
			}
		}
	}
}

// again is a crash, the next start, and time enough to compare the account with the venue, without a bar.
func (s *stand) again() {
	s.Helper()
	s.restart()
	s.quiet = true
	s.run(3 * time.Second)
	s.quiet = false
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("order %d is %s, not %s", i, a[i], b[i])
		}
	}
	return "one has more"
}

// TestAFailingModuleIsSwappedBackWithinItsTick: the old one takes the tick over, its orders go out, and it
// stays.
func TestAFailingModuleIsSwappedBackWithinItsTick(t *testing.T) {
	for _, crash := range []bool{false, true} {
		s := swappable(t, puppetWasm)
		s.order(buy, 3)
		if err := s.swap(failsWasm, host.SwapRequest{Warmup: host.WarmupReplay, SwapSettings: host.SwapSettings{Probation: 100}}); err == nil {
			t.Fatal("a module that fails at every bar came through its warm-up")
		}
		if err := s.swap(failsWasm, host.SwapRequest{Warmup: host.WarmupFresh, SwapSettings: host.SwapSettings{Probation: 100}}); err != nil {
			t.Fatal(err)
		}
		if crash {
			s.again()
		}
		s.order(buy, 2) // the new one fails; the old one buys
		s.order(sell, 1)
		if books, lane := host.LivePosition(s.live, 0); books != 4 || lane != 4 {
			t.Errorf("the agent holds %d, the lane %d, want 4", books, lane)
		}
		s.dense()
		kinds := map[event.Verdict]int{}
		var swaps []string
		s.turns(func(t *event.Turn) {
			kinds[t.Verdict]++
			if t.Event.Kind == event.KindSwap {
				swaps = append(swaps, t.Event.Reason)
			}
		})
		if kinds[event.VerdictTrapped] != 1 || len(swaps) != 2 || !strings.HasPrefix(swaps[1], "back by host: the new module failed") {
			t.Errorf("verdicts %v, swaps %q", kinds, swaps)
		}
		if !slices.ContainsFunc(s.alerts, func(a event.Alert) bool { return a.Key == "swapped_back" }) {
			t.Error("nobody was told")
		}
		before := host.LiveState(s.live, 0)
		s.restart()
		if after := host.LiveState(s.live, 0); after != before {
			t.Errorf("recovered to %s, was %s", after, before)
		}
	}
}

// TestRecoveryMakesTheStateOfASwap: at each turn of a probation a crash ends, without a further round, in
// the state that was there.
func TestRecoveryMakesTheStateOfASwap(t *testing.T) {
	for _, warmup := range []string{host.WarmupLoad, host.WarmupReplay, host.WarmupFresh} {
		wasm := keepsWasm
		if warmup == host.WarmupFresh {
			wasm = simpleWasm(t)
		}
		s := swappable(t, wasm)
		for i := range 30 {
			if i == 7 || i == 19 {
				if err := s.swap(named(wasm, strconv.Itoa(i)), host.SwapRequest{Warmup: warmup, SwapSettings: host.SwapSettings{Probation: 6}}); err != nil {
					t.Fatal(warmup, err)
				}
			}
			if warmup == host.WarmupFresh {
				s.run(time.Second)
			} else {
				s.order(script(i))
			}
			if err := host.FlushLive(s.live); err != nil {
				t.Fatal(err)
			}
			before := host.LiveState(s.live, 0)
			s.restart()
			if after := host.LiveState(s.live, 0); after != before {
				t.Fatalf("%s: recovered after bar %d to %s, was %s", warmup, i, after, before)
			}
		}
	}
}

// simpleWasm does not mind where it begins.
func simpleWasm(t *testing.T) []byte {
	b, err := os.ReadFile("../plugins/examples/sma-cross-c/sma-cross-c.wasm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestABadModuleIsRefusedAndTheOldOneGoesOn.
func TestABadModuleIsRefusedAndTheOldOneGoesOn(t *testing.T) {
	s := swappable(t, keepsWasm)
	s.order(buy, 3)
	before := host.LiveState(s.live, 0)
	for name, c := range map[string]struct {
		wasm []byte
		o    host.SwapRequest
		want string
	}{
		"refuses the state":   {refusesWasm, host.SwapRequest{Warmup: host.WarmupLoad}, "loads the state"},
		"fails in its warmup": {failsWasm, host.SwapRequest{}, "tick"},
		"cannot load":         {named(puppetWasm, "x"), host.SwapRequest{Warmup: host.WarmupLoad}, "strategy_load"},
	} {
		if err := s.swap(c.wasm, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := host.LiveState(s.live, 0); after != before {
			t.Errorf("%s: the old one's state has changed", name)
		}
	}
	s.order(sell, 1)
	if err := s.swap(refusesWasm, host.SwapRequest{}); err != nil { // it is shown the past instead
		t.Error(err)
	}
	s.order(sell, 1)
	s.holds(1)
}

// TestRollbackByHand and what the probation does after it.
func TestRollbackByHand(t *testing.T) {
	s := swappable(t, keepsWasm)
	s.order(buy, 3)
	if err := s.swap(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Probation: 5}}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); err != nil {
		t.Fatal(err)
	}
	s.order(sell, 2)
	s.holds(2)
	var refused *host.RefusedError
	if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); !errors.As(err, &refused) {
		t.Errorf("a second rollback: %v", err)
	}
	before := host.LiveState(s.live, 0)
	s.restart()
	if after := host.LiveState(s.live, 0); after != before {
		t.Errorf("recovered to %s, was %s", after, before)
	}
}

// TestAChangedConfigurationIsASwapAtTheNextStart, and one that only somebody's hand changed is not undone.
func TestAChangedConfigurationIsASwapAtTheNextStart(t *testing.T) {
	s := swappable(t, keepsWasm)
	s.order(buy, 3)
	if err := s.swap(named(keepsWasm, "by hand"), host.SwapRequest{}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	s.again()
	s.order(buy, 1)
	if n := s.swaps(); n != 1 {
		t.Errorf("%d swaps after a restart, one was made", n)
	}
	s.stop()
	s.module = named(keepsWasm, "configured")
	s.start()
	s.run(3 * time.Second)
	s.order(sell, 2)
	s.holds(3)
	if n := s.swaps(); n != 2 {
		t.Errorf("%d swaps after the configuration has changed, want 2", n)
	}
	s.stop()
	s.risk.PositionMax = []int64{3}
	s.start()
	s.run(3 * time.Second)
	s.order(buy, 2)
	s.holds(3)
	if n := s.swaps(); n != 3 {
		t.Errorf("%d swaps after other limits, want 3", n)
	}
}

// TestAConfiguredModuleThatFailsKeepsNobodyFromStarting: the old one goes on, a person is told at each start,
// and a module that is mended comes in at the next.
func TestAConfiguredModuleThatFailsKeepsNobodyFromStarting(t *testing.T) {
	s := swappable(t, keepsWasm)
	s.order(buy, 3)
	for range 2 {
		s.stop()
		s.alerts, s.module = nil, failsWasm
		s.start()
		s.run(3 * time.Second)
		s.order(buy, 1)
		s.order(sell, 1)
		s.holds(3)
		if s.swaps() != 0 || !s.alerted("change_refused") {
			t.Errorf("%d swaps, alerts %v", s.swaps(), s.alerts)
		}
	}
	s.stop()
	s.alerts, s.module = nil, named(keepsWasm, "mended")
	s.start()
	s.run(3 * time.Second)
	s.order(buy, 1)
	s.holds(4)
	if s.swaps() != 1 || s.alerted("change_refused") {
		t.Errorf("%d swaps, alerts %v", s.swaps(), s.alerts)
	}
}

// TestAConfigurationsSwapIsOnProbation like any other.
func TestAConfigurationsSwapIsOnProbation(t *testing.T) {
	s := swappable(t, simpleWasm(t))
	s.run(3 * time.Second)
	s.stop()
	s.swapping = host.SwapSettings{Probation: 50}
	s.module = named(simpleWasm(t), "configured")
	s.start()
	s.run(3 * time.Second)
	if left := s.live.AgentState(s.name).Probation; left < 40 || left > 50 {
		t.Errorf("%d ticks of probation are left", left)
	}
	if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); err != nil {
		t.Error(err)
	}
}

// TestALostReserveIsTold.
func TestALostReserveIsTold(t *testing.T) {
	s := swappable(t, puppetWasm)
	s.order(idle, 0)
	if err := s.swap(simpleWasm(t), host.SwapRequest{Warmup: host.WarmupFresh, SwapSettings: host.SwapSettings{Probation: 50}}); err != nil {
		t.Fatal(err)
	}
	s.order(trap, 0)
	if !s.alerted("reserve_lost") || s.live.AgentState(s.name).Probation != 0 {
		t.Errorf("alerts %v, %+v", s.alerts, s.live.AgentState(s.name))
	}
}

func (s *stand) swaps() (n int) {
	s.turns(func(t *event.Turn) {
		if t.Event.Kind == event.KindSwap {
			n++
		}
	})
	return n
}
