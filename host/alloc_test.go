package host_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/agenthost/agenthost/host"
)

// TestATurnAllocatesNothing: a bar through all seven stations, strategy included, leaves the garbage
// collector nothing to do.
func TestATurnAllocatesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, path, 4)
	w := newWorld(t, flatConfig(path))
	j := w.journal("memory")
	run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: j, Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	turn := host.TurnForBenchmark(run)
	for range 5_000 {
		turn()
	}
	// What grows now and then (a snapshot, a frame of the journal) is far less than one in a turn.
	if n := testing.AllocsPerRun(5_000, turn); n >= 1 {
		t.Errorf("%v allocations a turn", n)
	}
	closeAll(t, run, j)
}
