package simulation

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host"
)

// PrunePlan is one time that a group's journal is pruned.
type PrunePlan struct {
	// Step is the market step behind which it is, Fails how many steps of it the power lasts, 0 for all.
	Step  int
	Fails uint64
}

// planCheckpoints draws what becomes of the file of checkpoints. It has a stream of its own, as planSaves has.
func (p *Plan) planCheckpoints() {
	r := newRandom(p.Seed, "checkpoints")
	c := &p.Checkpoints
	if r.IntN(2) == 0 {
		c.Unsynced = pick(r, uint32(Million/4), Million/2, Million)
	}
	if r.IntN(5) == 0 {
		c.Fails = pick(r, uint32(Million/50), Million/4)
	}
	if r.IntN(2) == 0 {
		c.Tears = Million
	}
	if r.IntN(4) == 0 {
		c.Rot = Million / 2
	}
	if r.IntN(8) == 0 {
		c.Gone = Million / 3
	}
	if r.IntN(8) == 0 {
		c.Other = Million / 3
	}
}

// planSaves draws when a group makes checkpoints, and when its journal is pruned behind them.
func (p *Plan) planSaves(g *GroupPlan, n int) {
	r := newRandom(p.Seed, fmt.Sprintf("saves/%d", n))
	if r.IntN(6) == 0 {
		return
	}
	c := host.CheckpointRule{Keep: 1 + r.IntN(6), Inline: true}
	switch r.IntN(24) { // few are enough: each costs as much as some market steps
	case 0:
		c.OnOrders = true
	case 1, 2:
		c.OnPositions = true
	case 3, 4, 5, 6, 7, 8, 9:
		c.Every = pick(r, 20*second, 40*second, 80*second)
	default:
		c.Turns = pick(r, uint64(12), 40, 100)
	}
	g.Checkpoints = c
	if r.IntN(3) > 0 {
		return
	}
	for range 1 + r.IntN(6) {
		s := PrunePlan{Step: 1 + r.IntN(p.Market.Steps)}
		if r.IntN(2) == 0 {
			s.Fails = 1 + uint64(r.IntN(60))
		}
		g.Prunes = append(g.Prunes, s)
	}
	slices.SortStableFunc(g.Prunes, func(a, b PrunePlan) int { return cmp.Compare(a.Step, b.Step) })
	g.PruneKeep = pick(r, 0, 0, 5*second)
}
