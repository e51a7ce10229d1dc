package simulation

import (
	"context"
	"testing"
)

func TestPowerFailsAtEveryStepOfAWorld(t *testing.T) {
	t.Parallel()
	t.Run("a short world keeps its promises wherever the power fails, and where it fails again soon after", func(t *testing.T) {
		short := func(seed uint64, crashes ...uint64) *Plan {
			p := NewPlan(seed)
			p.Market.Steps, p.Groups = 8, p.Groups[:1]
			p.Full, p.Flatten, p.Disk, p.Crashes = Span{}, 0, DiskFaults{Whole: true}, crashes
			return p
		}
		for seed := range uint64(4) {
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
