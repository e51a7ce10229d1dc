package host_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
)

// replayed replays the stand's agent from what is durable, and holds its state against the live one's.
func (s *stand) replayed(when string) {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	r, err := host.OpenReplay(context.Background(), host.ReplayOptions{Journal: s.journal, Modules: s.modules, Agent: s.name})
	if err != nil {
		s.Fatal(when, err)
	}
	if err := r.Do(context.Background()); err != nil {
		s.Fatal(when, err)
	}
	if got, want := r.Summary().StateHash, host.LiveState(s.live, 0); got != want {
		s.Errorf("%s: the replay ends in %s, the agent is in %s", when, got, want)
	}
	if err := r.Close(); err != nil {
		s.Error(err)
	}
}

func TestReplayGoesThroughSwaps(t *testing.T) {
	for _, warmup := range []string{host.WarmupLoad, host.WarmupReplay, host.WarmupFresh} {
		wasm := keepsWasm
		if warmup == host.WarmupFresh {
			wasm = simpleWasm(t)
		}
		s := swappable(t, wasm)
		for i := range 24 {
			if i == 5 || i == 15 {
				if err := s.swap(named(wasm, strconv.Itoa(i)), host.SwapRequest{Warmup: warmup, SwapSettings: host.SwapSettings{Probation: 4}}); err != nil {
					t.Fatal(warmup, err)
				}
			}
			if warmup == host.WarmupFresh {
				s.run(time.Second)
			} else {
				s.order(script(i))
			}
			if i%3 == 0 || i == 5 || i == 16 {
				s.replayed(warmup + ", bar " + strconv.Itoa(i))
			}
		}
	}
}

func TestReplayGoesThroughARestore(t *testing.T) {
	s := swappable(t, puppetWasm)
	s.order(buy, 2)
	copied := s.copyAway()
	s.order(buy, 1)
	s.loseDisk(copied)
	s.run(8 * time.Second)
	if err := s.command(host.Command{Act: unhold}); err != nil {
		t.Fatal(err)
	}
	s.run(3 * time.Second)
	for range 3 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.replayed("after a restore")
}

func TestReplayGoesThroughRollbacks(t *testing.T) {
	s := swappable(t, keepsWasm)
	s.order(buy, 3)
	if err := s.swap(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Probation: 5}}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	if err := s.give(s.live.PrepareRollback(s.name, "test", "a test")); err != nil {
		t.Fatal(err)
	}
	s.replayed("after a rollback by hand")
	s.order(sell, 2)
	if err := s.swap(failsWasm, host.SwapRequest{Warmup: host.WarmupFresh, SwapSettings: host.SwapSettings{Probation: 5}}); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		s.order(script(i))
	}
	s.replayed("after one that failed")
	s.restart()
	s.order(buy, 1)
	s.replayed("after a restart")
}
