package simulation

import (
	"context"
	"fmt"
)

// CheckDeterminism runs the world of a result again and compares: invariant 11.
func CheckDeterminism(ctx context.Context, r *Result, o Options) ([]Violation, error) {
	again, err := Run(ctx, r.Seed, o)
	if err != nil || again.Hash == r.Hash {
		return nil, err
	}
	return []Violation{{
		Invariant: InvariantDeterminism, Seed: r.Seed, Time: -1, Account: "all",
		Text: fmt.Sprintf("journals and books end in %x, and in %x when run again", r.Hash[:8], again.Hash[:8]),
	}}, nil
}

// CheckNeighbour runs a world with two accounts twice: with failing strategies on the first, and with sound ones.
// The journals of the second must be the same to the byte: invariant 9. Power and disk do not fail in it, for
// those belong to all.
func CheckNeighbour(ctx context.Context, seed uint64, o Options) ([]Violation, error) {
	var hashes [2][32]byte
	for i, strategy := range [2]string{"poison", "trader"} {
		p := NewPlan(seed)
		p.Groups = append(p.Groups[:1], p.planGroup(newRandom(seed, "neighbour"), 1))
		p.Crashes, p.Disk, p.Full, p.ClockBack, p.Flatten = nil, DiskFaults{Whole: true}, Span{}, 0, 0
		p.Checkpoints = CheckpointFaults{}
		for g := range p.Groups {
			for k := range p.Groups[g].Prunes {
				p.Groups[g].Prunes[k].Fails = 0
			}
		}
		for a := range p.Groups[0].Agents {
			p.Groups[0].Agents[a].Strategy = strategy
		}
		o.Plan = p
		r, err := Run(ctx, seed, o)
		if err != nil {
			return nil, err
		}
		hashes[i] = r.GroupHashes[1]
	}
	if hashes[0] == hashes[1] {
		return nil, nil
	}
	return []Violation{{
		Invariant: InvariantNeighbour, Seed: seed, Time: -1, Account: "exchange/account1",
		Text: fmt.Sprintf("its journals end in %x beside a failing neighbour, and in %x beside a sound one", hashes[0][:8], hashes[1][:8]),
	}}, nil
}
