package simulation

import (
	"context"
	"errors"
	"slices"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/resilience"
)

// fate is what the operator knows of a swap.
type fate uint8

const (
	fateNone    fate = iota // not tried yet
	fateLost                // made ready, and the host died before it was given
	fateRefused             // the host said no
	fateDoubt               // given, and the host died before it answered
	fateDone                // the host said that it is durable
)

// operator is who swaps modules in a group, and remembers what became of it.
type operator struct {
	next  int // of the group's swaps
	ready []waiting
	fates map[string]fate
	// hashes are over the state of each agent after its newest turns, by turn: what a restart must come to.
	hashes map[string]map[uint64]string
}

// waiting is a swap that is given some rounds later.
type waiting struct {
	*Swap
	left int
}

// prepare makes ready what is due. Whether that works or not, the agent is as it was.
func (o *operator) prepare(ctx context.Context, w *World, g *worldGroup) {
	h, can := g.host.(Swapping)
	group := &w.plan.Groups[g.index]
	for can && o.next < len(group.Swaps) && group.Swaps[o.next].Step <= w.doing {
		p := &group.Swaps[o.next]
		o.next++
		agent := group.Agents[p.Agent].Name
		before := h.StateHash(agent)
		s, err := h.Prepare(ctx, p)
		g.trace.Line(w.now, "person", p.String(), "error:", err)
		if w.power.Off() {
			o.fates[p.By] = fateLost
			return
		}
		if after := h.StateHash(agent); after != before {
			g.checker.Violate(InvariantSwap, w.now, "agent %s is not as it was after a swap was made ready (%s): %v", agent, p, err)
		}
		if err != nil {
			o.fates[p.By] = fateRefused
			w.result.Sometimes.Reach(PointSwapRefused)
			continue
		}
		o.ready = append(o.ready, waiting{s, p.Delay})
	}
}

// give adds what is to be given in this round to what comes in.
func (o *operator) give(in []Input) []Input {
	kept := o.ready[:0]
	for _, s := range o.ready {
		if s.left--; s.left >= 0 {
			kept = append(kept, s)
			continue
		}
		o.fates[s.Plan.By] = fateDoubt
		at := len(in)
		if s.Plan.First {
			at = 0
		}
		in = slices.Insert(in, at, Input{Swap: s.Swap})
	}
	o.ready = kept
	return in
}

// answered looks at what the host said of the swaps that a durable round was given.
func (o *operator) answered(w *World, g *worldGroup, in []Input) {
	for i := range in {
		s := in[i].Swap
		if s == nil {
			continue
		}
		g.trace.Line(w.now, "person", s.Plan.By, "told", s.Told, "refused:", s.Refused)
		switch {
		case !s.Told:
			g.checker.Violate(InvariantSwap, w.now, "nobody was told what became of a swap (%s)", s.Plan)
		case s.Refused != nil:
			o.fates[s.Plan.By] = fateRefused
			w.result.Sometimes.Reach(PointSwapRefused)
			if refused := (*host.RefusedError)(nil); !errors.As(s.Refused, &refused) {
				g.checker.Violate(InvariantSwap, w.now, "a swap (%s) ends in %v", s.Plan, s.Refused)
			}
		default:
			o.fates[s.Plan.By] = fateDone
			g.seam.swapped(w, g.books, s.Plan.Agent)
			if g.watch.last.OrdersUnknown > 0 {
				w.result.Sometimes.Reach(PointSwapUnknown)
			}
			if g.watch.last.Breaker != resilience.BreakerClosed {
				w.result.Sometimes.Reach(PointSwapBreaker)
			}
		}
	}
}

// note keeps the agents' states, for what a restart must come to.
func (o *operator) note(w *World, g *worldGroup) {
	h, can := g.host.(Swapping)
	if !can {
		return
	}
	for i := range w.plan.Groups[g.index].Agents {
		name := w.plan.Groups[g.index].Agents[i].Name
		if o.hashes[name] == nil {
			o.hashes[name] = map[uint64]string{}
		}
		o.hashes[name][h.AgentState(name).Sequence] = h.StateHash(name)
	}
}

// crash forgets what was made ready. What the agents are in memory is noted: it may be durable.
func (o *operator) crash(w *World, g *worldGroup) error {
	h, can := g.host.(Swapping)
	if !can {
		return nil
	}
	var err error
	for _, s := range o.ready {
		o.fates[s.Plan.By] = fateLost
		w.result.Sometimes.Reach(PointSwapLost)
		err = errors.Join(err, h.Drop(s.Swap))
	}
	o.ready = nil
	for i := range w.plan.Groups[g.index].Agents {
		if h.AgentState(w.plan.Groups[g.index].Agents[i].Name).Probation > 0 {
			w.result.Sometimes.Reach(PointCrashProbation)
		}
	}
	o.note(w, g)
	return err
}

// started compares the agents with what they were after the same turn.
func (o *operator) started(w *World, g *worldGroup) {
	h, can := g.host.(Swapping)
	if !can {
		return
	}
	for i := range w.plan.Groups[g.index].Agents {
		name := w.plan.Groups[g.index].Agents[i].Name
		at := h.AgentState(name).Sequence
		was, known := o.hashes[name][at]
		if !known || at == 0 { // without a turn it is what the configuration says now
			continue
		}
		w.result.Compared++
		if is := h.StateHash(name); is != was {
			g.checker.Violate(InvariantJournal, w.now, "agent %s is recovered after turn %d in state %.12s, and was in %.12s", name, at, is, was)
		}
	}
	clear(o.hashes)
}
