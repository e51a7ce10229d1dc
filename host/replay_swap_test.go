package host_test

import (
	"context"
	"path/filepath"
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

func TestReplayGoesOnFromACheckpoint(t *testing.T) {
	saves := openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	s := newStand(t, func(s *stand) {
		s.module = keepsWasm
		s.modules = host.NewModules(filepath.Join(filepath.Dir(s.path), "modules"), sharedRuntime(t))
		s.saves, s.rule = saves, host.CheckpointRule{Turns: 10, Inline: true, Keep: 100}
	})
	for i := range 40 {
		if i == 20 {
			if err := s.swap(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Probation: 3}}); err != nil {
				t.Fatal(err)
			}
		}
		s.order(script(i))
	}
	if err := host.FlushLive(s.live); err != nil {
		t.Fatal(err)
	}
	last := host.Turns(s.live, 0)
	replay := func(from uint64) host.ReplaySummary {
		t.Helper()
		r, err := host.OpenReplay(context.Background(), host.ReplayOptions{
			Journal: s.journal, Modules: s.modules, Checkpoints: saves, Agent: s.name, From: from,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Do(context.Background()); err != nil {
			t.Fatal(from, err)
		}
		sum := r.Summary()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if want := host.LiveState(s.live, 0); sum.StateHash != want {
			t.Errorf("from %d: the replay ends in %s, the agent is in %s", from, sum.StateHash, want)
		}
		return sum
	}
	if whole := replay(0); whole.Checkpoint != 0 || whole.Taken != last {
		t.Errorf("%+v", whole)
	}
	for _, from := range []uint64{last / 3, last - 30, last} {
		got := replay(from)
		if got.Checkpoint == 0 || got.Checkpoint >= from || got.From != from || got.Turns != last-from+1 || got.Taken != last-got.Checkpoint {
			t.Errorf("from %d of %d: %+v", from, last, got)
		}
	}
}
