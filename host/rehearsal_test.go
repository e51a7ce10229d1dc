package host_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
)

// saving is a stand of a module that saves and loads, with swaps and checkpoints.
func saving(t *testing.T, wasm []byte, rule host.CheckpointRule) *stand {
	store := openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	rule.Inline = true
	return swappable(t, wasm, func(s *stand) { s.saves, s.rule = store, rule })
}

// pruned is such a stand that has traded for a while and holds nothing, and of whose journal all was given up that can be.
func pruned(t *testing.T, wasm []byte) *stand {
	s := saving(t, wasm, host.CheckpointRule{Turns: 5, Keep: 4})
	for range 20 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.run(10 * time.Second)
	if _, plan := s.prune(s.retention()); plan[1].Entries < 50 {
		t.Fatal(limits(plan))
	}
	return s
}

// rehearsed makes a swap to a module ready and returns its report.
func (s *stand) rehearsed(wasm []byte, o host.SwapRequest) (host.LiveInput, admin.SwapReport, error) {
	s.Helper()
	o.Module, o.Wasm, o.By, o.Why = s.load(wasm), wasm, "test", "a test"
	return host.PrepareSwapReport(s.live, s.name, o)
}

// survives restarts the host after what was just done, and holds the state against what it was.
func (s *stand) survives(when string) {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	before := s.live.StateHash(s.name)
	s.restart()
	if after := s.live.StateHash(s.name); after != before {
		s.Errorf("%s: recovered to %.12s, was %.12s", when, after, before)
	}
}

func TestAShadowIsOverTicksAndNotTurns(t *testing.T) {
	s := swappable(t, keepsWasm)
	for i := range 30 { // orders make turns without a tick
		s.order(script(i))
	}
	for _, n := range []int{1, 7, 25} {
		in, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Shadow: n}})
		if err != nil || report.Shadow.Ticks != n || report.Shadow.Differing != 0 || report.Message != "" {
			t.Errorf("over %d ticks: %+v, %+v, %v", n, report, report.Shadow, err)
		}
		if err := s.live.DropSwap(in); err != nil {
			t.Error(err)
		}
	}
	_, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Shadow: 10_000}})
	if err != nil || report.Shadow.Ticks < 30 || report.Shadow.Ticks > 60 {
		t.Errorf("over all: %+v, %v", report.Shadow, err)
	}
}

// TestASwapGoesOnFromACheckpoint: what is made ready beside a replay that began at a checkpoint is the same as beside one
// that began at the start, and recovery makes it again, whatever checkpoints were made meanwhile.
func TestASwapGoesOnFromACheckpoint(t *testing.T) {
	hashes := map[bool]string{}
	for _, checkpoints := range []bool{true, false} {
		s := swappable(t, keepsWasm)
		if checkpoints {
			s = saving(t, keepsWasm, host.CheckpointRule{Turns: 6, Keep: 3})
		}
		for i := range 30 {
			s.order(script(i))
		}
		in, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Shadow: 4, Probation: 5}})
		if err != nil || report.Warmup != host.WarmupLoad || report.Shadow.Ticks != 4 {
			t.Fatalf("%+v, %v", report, err)
		}
		for i := range 20 { // long enough for many checkpoints
			s.order(script(i))
		}
		if err := s.give(in); err != nil {
			t.Fatal(err)
		}
		s.order(buy, 1)
		hashes[checkpoints] = s.live.StateHash(s.name)
		s.survives("in the probation")
		s.order(sell, 1)
		s.survives("after it")
		if checkpoints && !strings.Contains(s.recovered("agents"), "checkpoint") {
			t.Error(s.recovered("agents"))
		}
	}
	if hashes[true] != hashes[false] {
		t.Errorf("from a checkpoint %.12s, from the start %.12s", hashes[true], hashes[false])
	}
}

func TestASwapOverAPrunedHistory(t *testing.T) {
	t.Run("with a shadow within reach", func(t *testing.T) {
		s := pruned(t, keepsWasm)
		in, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Shadow: 3, Probation: 4}})
		if err != nil || report.Shadow.Ticks != 3 || report.Message != "" {
			t.Fatalf("%+v, %+v, %v", report, report.Shadow, err)
		}
		s.order(buy, 1)
		if err := s.give(in); err != nil {
			t.Fatal(err)
		}
		s.order(buy, 1)
		s.survives("after a swap")
		s.run(3 * time.Second)
		if books, lane := host.LivePosition(s.live, 0); books != 2 || lane != 2 {
			t.Errorf("the agent holds %d, the lane %d, want 2", books, lane)
		}
	})
	t.Run("with a shadow that reaches farther than the journal", func(t *testing.T) {
		s := pruned(t, keepsWasm)
		in, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{SwapSettings: host.SwapSettings{Shadow: 80, Probation: 4}})
		if err != nil || report.Shadow.Ticks == 0 || report.Shadow.Ticks >= 60 || !strings.Contains(report.Message, "only: what was before is pruned") {
			t.Fatalf("%+v, %+v, %v", report, report.Shadow, err)
		}
		if err := s.give(in); err != nil {
			t.Fatal(err)
		}
		s.survives("after a swap")
	})
	t.Run("by replay, of modules that save and load", func(t *testing.T) {
		s := pruned(t, keepsWasm)
		in, report, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{Warmup: host.WarmupReplay})
		if err != nil || report.Warmup != host.WarmupLoad || !strings.Contains(report.Message, "cannot be made by replay") {
			t.Fatalf("%+v, %v", report, err)
		}
		if err := s.give(in); err != nil {
			t.Fatal(err)
		}
		s.survives("after a swap")
	})
	t.Run("by replay, of modules that do not", func(t *testing.T) {
		s := pruned(t, puppetWasm)
		before := s.live.StateHash(s.name)
		for _, warmup := range []string{"", host.WarmupReplay} {
			_, _, err := s.rehearsed(named(puppetWasm, "new"), host.SwapRequest{Warmup: warmup})
			if err == nil || !strings.Contains(err.Error(), "were pruned") || !strings.Contains(err.Error(), "fresh") || !strings.Contains(err.Error(), "strategy_load") {
				t.Errorf("warm-up %q: %v", warmup, err)
			}
		}
		if after := s.live.StateHash(s.name); after != before {
			t.Error("the agent has changed")
		}
		in, report, err := s.rehearsed(named(puppetWasm, "new"), host.SwapRequest{Warmup: host.WarmupFresh, SwapSettings: host.SwapSettings{Shadow: 2}})
		if err != nil || report.Shadow.Ticks != 2 {
			t.Fatalf("fresh: %+v, %v", report, err)
		}
		if err := s.give(in); err != nil {
			t.Fatal(err)
		}
		s.survives("after a swap")
	})
	t.Run("of a module that refuses the state", func(t *testing.T) {
		s := pruned(t, keepsWasm)
		_, _, err := s.rehearsed(refusesWasm, host.SwapRequest{})
		if err == nil || !strings.Contains(err.Error(), "loads the state") || !strings.Contains(err.Error(), "were pruned") {
			t.Errorf("%v", err)
		}
	})
	t.Run("by a changed configuration", func(t *testing.T) {
		s := pruned(t, puppetWasm)
		s.stop()
		s.module, s.alerts = named(puppetWasm, "configured"), nil
		s.start()
		s.run(2 * time.Second)
		i := slices.IndexFunc(s.alerts, func(a event.Alert) bool { return a.Key == "change_refused" })
		if i < 0 || !strings.Contains(s.alerts[i].Text, "were pruned") || !strings.Contains(s.alerts[i].Text, "strategy_load") {
			t.Errorf("%v", s.alerts)
		}
	})
	t.Run("of settings alone", func(t *testing.T) {
		s := pruned(t, keepsWasm)
		s.rule = host.CheckpointRule{}
		s.restart() // no checkpoints from here on
		if err := host.SwapLimits(s.live, s.name, []int64{3}); err != nil {
			t.Fatal(err)
		}
		s.run(2 * time.Second)
		s.order(buy, 5)
		s.survives("after other limits")
	})
}

func TestReplayOfAPrunedHistory(t *testing.T) {
	s := pruned(t, keepsWasm)
	open := func(o host.ReplayOptions) (host.ReplaySummary, *host.PluginSummary, error) {
		o.Journal, o.Modules, o.Checkpoints, o.Agent = s.journal, s.modules, s.saves, s.name
		r, err := host.OpenReplay(context.Background(), o)
		if err != nil {
			return host.ReplaySummary{}, nil, err
		}
		err = r.Do(context.Background())
		return r.Summary(), r.Plugin(), errors.Join(err, r.Close())
	}
	var reach *host.PrunedError
	if _, _, err := open(host.ReplayOptions{From: 2}); !errors.As(err, &reach) || reach.From < 3 || reach.Events < 2 || reach.From <= reach.Events {
		t.Fatalf("from event 2: %v", err)
	}
	all, _, err := open(host.ReplayOptions{})
	if err != nil || all.From != reach.From || all.StateHash != host.LiveState(s.live, 0) {
		t.Errorf("all that there is: %+v, %v; want from %d", all, err, reach.From)
	}
	if sum, _, err := open(host.ReplayOptions{From: reach.From}); err != nil || sum.From != reach.From || sum.Turns != all.Turns {
		t.Errorf("from %d: %+v, %v", reach.From, sum, err)
	}
	with := func(wasm []byte) *host.Plugin {
		return &host.Plugin{Load: func(ctx context.Context, l sandbox.Limits) (*sandbox.Module, error) {
			return sharedRuntime(t).Load(ctx, "plugin", wasm, l)
		}}
	}
	sum, plugin, err := open(host.ReplayOptions{From: reach.From, Plugin: with(named(keepsWasm, "new"))})
	if err != nil || plugin.Loaded != sum.Checkpoint || plugin.Loaded == 0 || plugin.Ticks != sum.Ticks || plugin.Differing != 0 || plugin.Failed != 0 {
		t.Errorf("a second module: %+v, %+v, %v", sum, plugin, err)
	}
	if _, _, err := open(host.ReplayOptions{Plugin: with(puppetWasm)}); err == nil || !strings.Contains(err.Error(), "were pruned") || !strings.Contains(err.Error(), "strategy_load") {
		t.Errorf("one that does not load: %v", err)
	}
	s.saves = openStore(t, filepath.Join(t.TempDir(), "none.db"))
	if _, _, err := open(host.ReplayOptions{}); !errors.As(err, &reach) || reach.From != 0 {
		t.Errorf("without a checkpoint: %v", err)
	}
}

// TestNothingIsPrunedThatASwapNeeds: a module that was shown every input is made again from the first one, until there is
// a checkpoint after its swap.
func TestNothingIsPrunedThatASwapNeeds(t *testing.T) {
	s := saving(t, keepsWasm, host.CheckpointRule{Turns: 5, Keep: 2})
	for range 20 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.run(10 * time.Second)
	carryOut := func(plan []host.Pruning) error {
		_, err := s.retention().Do(context.Background(), plan, func(p []host.Pruning) ([]uint64, error) { return s.live.SayPruned(p) })
		return err
	}
	plan := s.plan()
	in, _, err := s.rehearsed(named(keepsWasm, "new"), host.SwapRequest{Warmup: host.WarmupReplay})
	if err != nil {
		t.Fatal(err)
	}
	if err := carryOut(plan); err == nil || !strings.Contains(err.Error(), "is being swapped") {
		t.Errorf("while it is made ready: %v", err)
	}
	if err := s.give(in); err != nil {
		t.Fatal(err)
	}
	if err := carryOut(plan); err == nil || !strings.Contains(err.Error(), "is being swapped") {
		t.Errorf("by a plan of before: %v", err)
	}
	s.survives("after the swap")
}
