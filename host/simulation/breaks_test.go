package simulation

import (
	"context"
	"slices"
	"sync"
	"testing"
)

// sharedCast compiles the strategies once for all tests; the process's end lets go of it.
var sharedCast = sync.OnceValues(func() (*Cast, error) { return NewCast(context.Background(), nil) })

func realHost(tb testing.TB) Opener {
	tb.Helper()
	c, err := sharedCast()
	if err != nil {
		tb.Fatal(err)
	}
	return c.Open
}

// breakSeeds is in how many worlds each broken variant may try to hide.
const breakSeeds = 12

func TestBrokenVariantsAreCaught(t *testing.T) {
	wanted := map[Break][]Invariant{
		BreakIDs:              {InvariantNoOrphan, InvariantOnce},
		BreakDurability:       {InvariantNoOrphan, InvariantOnce, InvariantNoneLost},
		BreakQueryErrors:      {InvariantNoneLost, InvariantOnce, InvariantPositions, InvariantLiveness},
		BreakSettleWindow:     {InvariantNoneLost, InvariantOnce, InvariantPositions, InvariantLiveness},
		BreakLookupPath:       {InvariantNoneLost, InvariantOnce, InvariantPositions, InvariantLiveness},
		BreakBreaker:          {InvariantBreaker},
		BreakFills:            {InvariantPositions},
		BreakCancelOrder:      {InvariantNoneLost},
		BreakCloses:           {InvariantNoOrphan, InvariantPositions},
		BreakPoison:           {InvariantNoneLost},
		BreakWarmup:           {InvariantNoneLost},
		BreakRedriveID:        {InvariantNoneLost, InvariantPositions},
		BreakCheckpointOrder:  {InvariantJournal},
		BreakCheckpointModule: {InvariantJournal},
		BreakCheckpointAhead:  {InvariantJournal, InvariantLiveness},
		BreakPruneUnsynced:    {InvariantLiveness},
		BreakSwapOrders:       {InvariantNoneLost},
		BreakRedriveTwice:     {InvariantNoOrphan, InvariantPositions},
	}
	for _, b := range Breaks() {
		t.Run(b.String()+" is caught, and a sound host in the same worlds is not", func(t *testing.T) {
			t.Parallel()
			caught := 0
			for seed := uint64(0); seed < breakSeeds; seed++ {
				for _, sound := range []bool{false, true} {
					r, err := Run(context.Background(), seed, Options{Open: realHost(t), Break: b, Sound: sound})
					if err != nil {
						t.Fatal(err)
					}
					for i := range r.Violations {
						v := &r.Violations[i]
						switch {
						case sound:
							t.Errorf("sound: %s", v.String())
						case slices.Contains(wanted[b], v.Invariant):
							if caught++; caught == 1 {
								t.Logf("%s", v.String())
							}
						}
					}
				}
			}
			if caught == 0 {
				t.Errorf("not caught in %d worlds", breakSeeds)
			}
		})
	}
}
