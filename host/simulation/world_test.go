package simulation

import (
	"context"
	"testing"
)

// runs goes through worlds and tells what was broken, up to a dozen seeds.
func runs(t *testing.T, count uint64, run func(seed uint64) (*Result, error)) {
	t.Helper()
	bad := 0
	for seed := range count {
		r, err := run(seed)
		if err != nil {
			t.Fatal(err)
		}
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
}

func TestWorlds(t *testing.T) {
	t.Parallel()
	t.Run("the lane keeps its promises without an engine around it", func(t *testing.T) {
		runs(t, 250, func(seed uint64) (*Result, error) { return runBare(seed, Options{}) })
	})
	t.Run("the host keeps its promises", func(t *testing.T) {
		open := realHost(t)
		runs(t, 250, func(seed uint64) (*Result, error) { return Run(context.Background(), seed, Options{Open: open}) })
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
