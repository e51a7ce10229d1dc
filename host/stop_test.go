package host_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
)

// stopAt runs until before the given bar of the first group, 0 for at once, and stops.
func stopAt(t *testing.T, w *world, path string, bar int64, resume bool) error {
	t.Helper()
	j := w.open(path)
	ctx, cancel := context.WithCancelCause(context.Background())
	run, err := host.NewRun(ctx, w.plan, host.Options{Journal: j, Owner: "test", Resume: resume})
	if err != nil {
		t.Fatal(err)
	}
	if bar == 0 {
		cancel(errors.New("test"))
	} else {
		host.StopAtBar(run, bar, func() { cancel(errors.New("test")) })
	}
	err = run.Do(ctx)
	closeAll(t, run, j)
	return err
}

// policyWorld is a run of 600 bars with an on_stop.
func policyWorld(t *testing.T, policy string) *world {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 600)
	return newWorld(t, strings.Replace(flatConfig(data), `feed        = "bars"`, "feed        = \"bars\"\n  on_stop     = \""+policy+`"`, 1))
}

func TestInterruptingAResumedRunWhileItCatchesUp(t *testing.T) {
	w := policyWorld(t, "keep")
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := stopAt(t, w, path, 300, false); err != nil {
		t.Fatal(err)
	}
	if err := stopAt(t, w, path, 0, true); err != nil {
		t.Errorf("interrupt during catching up: %v", err)
	}
	if _, err := w.do(w.open(path), true); err != nil {
		t.Errorf("and then: %v", err)
	}
}

func TestTwoStopsAtOnePlace(t *testing.T) {
	w := policyWorld(t, "keep")
	path := filepath.Join(t.TempDir(), "journal.db")
	for i, resume := range []bool{false, true} {
		if err := stopAt(t, w, path, 300, resume); err != nil {
			t.Fatalf("stop %d: %v", i, err)
		}
	}
	if _, err := w.do(w.open(path), true); err != nil {
		t.Errorf("after two stops at bar 300: %v", err)
	}
}

func TestAStopThatKeepsEverythingEndsInTheSameState(t *testing.T) {
	w := policyWorld(t, "keep")
	want := w.mustDo("memory")[0].Summary.StateHash
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := stopAt(t, w, path, 300, false); err != nil {
		t.Fatal(err)
	}
	got, err := w.do(w.open(path), true)
	if err != nil || got[0].Summary.StateHash != want {
		t.Errorf("resumed %s, uninterrupted %s, %v", got[0].Summary.StateHash, want, err)
	}
}

// TestRandomStopsAndCrashesResumeToTheSameState: a run that is stopped, interrupted while it catches up, or
// loses its last entries, again and again, ends as one that never was.
func TestRandomStopsAndCrashesResumeToTheSameState(t *testing.T) {
	w := policyWorld(t, "keep")
	want := w.mustDo("memory")[0].Summary
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 12 {
		path := filepath.Join(t.TempDir(), "journal.db")
		resume := false
		for range 1 + r.IntN(5) {
			if err := stopAt(t, w, path, r.Int64N(650), resume); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			resume = true
		}
		results, err := w.do(w.open(path), true)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		got := results[0].Summary
		if got.StateHash != want.StateHash || got.Fills != want.Fills || got.FinalEquity != want.FinalEquity {
			t.Errorf("round %d: state %s, %d fills; want %s, %d", round, got.StateHash, got.Fills, want.StateHash, want.Fills)
		}
	}
}

// TestACrashAfterTheGenesisCanBeResumed: a host that died between a stream's first and second entry begins
// where it was.
func TestACrashAfterTheGenesisCanBeResumed(t *testing.T) {
	w := policyWorld(t, "keep")
	path := filepath.Join(t.TempDir(), "whole.db")
	if err := stopAt(t, w, path, 0, false); err != nil {
		t.Fatal(err)
	}
	whole, begun := w.open(path), w.open(filepath.Join(t.TempDir(), "begun.db"))
	for _, name := range []string{"agent/sma", "lane/exchange/sma"} {
		for e, err := range whole.Read(name, 1) {
			if err != nil {
				t.Fatal(err)
			}
			s, err := begun.Acquire(name, "test", 1, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			s.Append(e.Kind, e.Sequence, e.Time, e.Body)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.do(begun, true); err != nil {
		t.Error(err)
	}
}
