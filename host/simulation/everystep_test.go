package simulation

import (
	"context"
	"testing"

	"github.com/agenthost/agenthost/host"
)

func TestPowerFailsAtEveryStepOfAWorld(t *testing.T) {
	t.Parallel()
	t.Run("a short world keeps its promises wherever the power fails, and where it fails again soon after", func(t *testing.T) {
		short := func(seed uint64, crashes ...uint64) *Plan {
			p := NewPlan(seed)
			p.Market.Steps, p.Groups = 8, p.Groups[:1]
			p.Full, p.Flatten, p.Disk, p.Crashes = Span{}, 0, DiskFaults{Whole: true}, crashes
			p.Groups[0].Swaps, p.Groups[0].Changes = shortSwaps(seed), nil
			p.Checkpoints = CheckpointFaults{Unsynced: Million / 2, Tears: Million}
			p.Groups[0].Checkpoints, p.Groups[0].PruneKeep = host.CheckpointRule{Turns: 3, Keep: 2, Inline: true}, 0
			if seed == 0 {
				p.Groups[0].Prunes = []PrunePlan{{Step: 7}}
			}
			return p
		}
		for seed := range uint64(2) {
			calm, err := Run(context.Background(), seed, Options{Open: realHost(t), Plan: short(seed)})
			if err != nil {
				t.Fatal(err)
			}
			for k := uint64(1); k <= calm.Steps; k++ {
				for _, crashes := range [][]uint64{{k}, {k, k + 7 + seed}} {
					r, err := Run(context.Background(), seed, Options{Open: realHost(t), Plan: short(seed, crashes...)})
					if err != nil {
						t.Fatal(err)
					}
					for i := range r.Violations {
						t.Errorf("power fails at %v: %s", crashes, r.Violations[i].String())
					}
				}
			}
		}
	})
}

// shortSwaps are swaps of every kind within a few steps: one that is brought back by hand, one that comes back by itself,
// one that waits while another is made ready, and one without what was before.
func shortSwaps(seed uint64) []SwapPlan {
	swaps := []SwapPlan{
		{By: "first", Step: 2, Strategy: "trader", Version: 1, Warmup: host.WarmupLoad, Probation: 50, OnSwap: "cancel"},
		{By: "second", Step: 3, Back: true},
		{By: "third", Step: 4, Strategy: "greedy", Version: 2, Warmup: host.WarmupReplay, Probation: 20, DenialsMax: 1},
		{By: "fourth", Step: 5, Delay: 3, Strategy: "poison", Version: 1, Warmup: host.WarmupLoad, Probation: 20},
		{By: "fifth", Step: 6, Delay: 4, Strategy: "trader", Version: 3, Shadow: 4},
		{By: "sixth", Step: 7, Strategy: "blind", Warmup: host.WarmupFresh},
	}
	if seed%2 == 1 {
		swaps[0].Strategy = "poison"
	}
	return swaps
}
