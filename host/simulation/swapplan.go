package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

// SwapPlan is a person's swap of one agent's module while the host runs.
type SwapPlan struct {
	// By names the person, who swaps once: the journal is searched for the name.
	By string
	// Step is the market step in which it is made ready, Delay how many rounds later it is given.
	Step, Delay int
	// First gives it before all else that comes in that round.
	First bool
	Agent int // of the group
	// Back brings back what is in reserve; otherwise Strategy in Version takes over.
	Back     bool
	Strategy string
	Version  int
	// Warmup is one of the host's words, empty lets the host choose. The others are as in host.SwapSettings.
	Warmup, OnSwap                string
	Probation, DenialsMax, Shadow int
	LossMax                       int64
}

// ChangePlan is what the configuration asks for from a start of the host on.
type ChangePlan struct {
	Start    int // counted from 1; 2 is the first restart
	Agent    int
	Strategy string // empty leaves it
	Version  int
	// Tight lowers the limits.
	Tight bool
}

// planSwaps draws what persons do to a group's modules. It has a stream of its own.
func (p *Plan) planSwaps(g *GroupPlan, n int) {
	r := newRandom(p.Seed, fmt.Sprintf("swaps/%d", n))
	for i := range pick(r, 0, 1, 2, 3, 5, 8) {
		s := SwapPlan{By: fmt.Sprintf("person %d", i), Step: 1 + r.IntN(p.Market.Steps), Agent: r.IntN(len(g.Agents)), Version: r.IntN(versionsMax + 1), First: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			s.Delay = r.IntN(12)
		}
		if s.Back = r.IntN(6) == 0; s.Back {
			s.Delay = 0
		}
		s.Strategy = pick(r, "trader", "trader", "trader", "greedy", "greedy", "poison", "poison", "blind")
		s.Warmup = pick(r, host.WarmupLoad, host.WarmupLoad, host.WarmupLoad, host.WarmupReplay, "")
		if s.Strategy == "blind" { // the others know whether they were told all
			s.Warmup = pick(r, host.WarmupFresh, host.WarmupFresh, host.WarmupReplay, "")
		}
		s.OnSwap = pick(r, "keep", "cancel")
		if s.Probation = pick(r, 0, 1, 5, 20, 100); s.Probation > 0 && r.IntN(2) == 0 {
			s.DenialsMax, s.LossMax = r.IntN(4), event.One/100_000*r.between(0, 20)
		}
		if r.IntN(6) == 0 {
			s.Shadow = r.IntN(20)
		}
		g.Swaps = append(g.Swaps, s)
	}
	slices.SortStableFunc(g.Swaps, func(a, b SwapPlan) int { return cmp.Compare(a.Step, b.Step) })
	for k := range pick(r, 0, 0, 1, 2) {
		c := ChangePlan{Start: 2 + k + r.IntN(2), Agent: r.IntN(len(g.Agents)), Tight: r.IntN(2) == 0}
		if !c.Tight || r.IntN(2) == 0 || g.Agents[c.Agent].Strategy == "poison" { // which would fail in a replay, and the host not start
			c.Strategy, c.Version = pick(r, "trader", "greedy"), r.IntN(versionsMax+1)
		}
		g.Changes = append(g.Changes, c)
	}
}

// own is a copy of a plan that a world may change as it goes.
func (p *Plan) own() *Plan {
	q := *p
	q.kept = maps.Clone(p.kept)
	if q.kept == nil {
		q.kept = map[[32]byte]bool{}
	}
	q.Groups = slices.Clone(p.Groups)
	for i := range q.Groups {
		q.Groups[i].Agents = slices.Clone(p.Groups[i].Agents)
		q.Groups[i].Swaps = slices.Clone(p.Groups[i].Swaps)
	}
	return &q
}

// configure is what the configuration asks for at a start of the host.
func (p *Plan) configure(start int) {
	for i := range p.Groups {
		g := &p.Groups[i]
		for _, c := range g.Changes {
			if c.Start != start {
				continue
			}
			a := &g.Agents[c.Agent]
			if a.Tight = c.Tight; c.Strategy != "" {
				a.Strategy, a.Version = c.Strategy, c.Version
			}
		}
	}
}

// String is the swap in a few words.
func (s *SwapPlan) String() string {
	if s.Back {
		return fmt.Sprintf("%s at %d: agent %d back", s.By, s.Step, s.Agent)
	}
	return fmt.Sprintf("%s at %d+%d: agent %d to %s/%d %s, probation %d (denials %d, loss %d), shadow %d, %s",
		s.By, s.Step, s.Delay, s.Agent, s.Strategy, s.Version, s.Warmup, s.Probation, s.DenialsMax, s.LossMax, s.Shadow, s.OnSwap)
}
