package simulation

import (
	"context"
	"slices"
	"testing"
)

// runs goes through worlds and tells what was broken, up to a dozen seeds, and which points were reached.
func runs(t *testing.T, count uint64, run func(seed uint64) (*Result, error)) (reached Sometimes) {
	t.Helper()
	bad := 0
	for seed := range count {
		r, err := run(seed)
		if err != nil {
			t.Fatal(err)
		}
		reached.Add(&r.Sometimes)
		if len(r.Violations) == 0 {
			continue
		}
		for i := range r.Violations[:min(3, len(r.Violations))] {
			t.Errorf("%s", r.Violations[i].String())
		}
		if bad++; bad == 12 {
			t.Fatal("and so on")
		}
	}
	return reached
}

func TestWorlds(t *testing.T) {
	t.Parallel()
	t.Run("the lane keeps its promises without an engine around it", func(t *testing.T) {
		runs(t, 250, func(seed uint64) (*Result, error) { return runBare(seed, Options{}) })
	})
	t.Run("the host keeps its promises", func(t *testing.T) {
		open := realHost(t)
		reached := runs(t, 300, func(seed uint64) (*Result, error) { return Run(context.Background(), seed, Options{Open: open}) })
		for _, point := range reached.Missing() {
			if slices.Contains(checkpointPoints, point) {
				t.Errorf("never reached: %s", point)
			}
		}
	})
}

// BenchmarkWorld is one world of the real host; each iteration another seed.
func BenchmarkWorld(b *testing.B) {
	open := realHost(b)
	b.ReportAllocs()
	seed := uint64(0)
	for b.Loop() {
		if _, err := Run(context.Background(), seed%1000, Options{Open: open}); err != nil {
			b.Fatal(err)
		}
		seed++
	}
}
