package host_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host"
)

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
	run.Close()
	j.Close()
	return err
}

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

func TestMoreOpenOrdersThanTheInputHolds(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 200)
	w := newWorld(t, strings.Replace(flatConfig(data), "  params {", "  limits {\n    input_bytes = \"1KiB\"\n  }\n  params {", 1))
	if r, err := w.do(w.journal("memory"), false); err != nil {
		t.Errorf("group failed instead of the tick: %v", err)
	} else {
		t.Logf("traps %d", r[0].Summary.Traps)
	}
}
