package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// swapCommand puts what was made ready aside to work, or what is in reserve. It belongs to the group's
// goroutine from when it is given until it is answered.
type swapCommand struct {
	ready *incoming
	// at is the last turn that ready has been ticked in.
	at uint64
	// module is the position of the entry of what the agent ran when ready was made ready for its place.
	module uint64
	// back brings back what is in reserve, instead.
	back    bool
	by, why string
	// pause is how long the round took in which it was carried out; sequence and position are the event's
	// and the module entry's.
	pause              time.Duration
	sequence, position uint64
}

// feed ticks what is made ready with what the agent was ticked with since.
func (c *swapCommand) feed(ctx context.Context, t *tail) error {
	at := 0
	for _, tick := range t.ticks {
		in := t.inputs[at : at+tick.size]
		at += tick.size
		if tick.sequence <= c.at || c.ready.beside.guest == nil {
			continue
		}
		if _, _, err := c.ready.beside.tick(ctx, in, tick.now); err != nil {
			return fmt.Errorf("tick %d: %w", tick.sequence, err)
		}
		c.at = tick.sequence
	}
	if t.lost {
		return fmt.Errorf("the agent's ticks came faster than the new module could be made ready: %d MiB of input are waiting", tailBytesMax>>20)
	}
	return nil
}

// catchUp brings what was made ready to where the agent is now. What was made ready for the place of something
// else, or has missed ticks, is refused.
func (c *swapCommand) catchUp(ctx context.Context, a *Agent) error {
	if a.ledger.module != c.module {
		if a.tail != nil && a.tail.of == c {
			a.tail = nil
		}
		return &RefusedError{"the agent runs something else than when this was made ready: swap again"}
	}
	if c.ready.beside.guest == nil {
		return nil
	}
	t := a.tail
	if t == nil || t.of != c {
		return &RefusedError{"another swap was made ready after this one, or the group was rebuilt from its journal: swap again"}
	}
	a.tail = nil
	err := c.feed(ctx, t)
	var trap *sandbox.Trap
	if errors.As(err, &trap) || t.lost {
		return &RefusedError{"the new module failed while it was made ready: " + err.Error()}
	}
	return err
}

// swapsNeed reports whether a swap that is being made ready, or has come since a plan was made, may need what the plan
// gives up: recovery makes its state again from the turn at which it was begun.
func (l *Live) swapsNeed(plan []Pruning) error {
	for i := range plan {
		for _, a := range l.agents {
			if a.ledger.name == plan[i].Stream && (a.tail != nil || a.ledger.module > plan[i].Head) {
				return fmt.Errorf("agent %s is being swapped: its beginning may be needed until a checkpoint is made after that", a.plan.Name)
			}
		}
	}
	return nil
}

// canBegin reports whether recovery could make a new instance's state again: one that was shown every input needs them all.
func (l *Live) canBegin(a *Agent, in *incoming) error {
	if in.facts.Warmup != WarmupReplay {
		return nil
	}
	for _, err := range l.journal.Read(a.ledger.name, 1) {
		if errors.Is(err, journal.ErrDropped) {
			return &RefusedError{"the beginning of the agent's history was pruned while this was made ready: swap again"}
		}
		return err
	}
	return nil
}

// takeOver carries a swap out. A new module that fails in the last ticks before is refused.
func (l *Live) takeOver(ctx context.Context, c *Command) error {
	a, s := l.agentNamed(c.Agent), c.swap
	if a == nil {
		return &RefusedError{fmt.Sprintf("no agent %q in account %s/%s", c.Agent, l.plan.Venue, l.plan.Account)}
	}
	if s.back {
		if a.standby == nil {
			return &RefusedError{"nothing is in reserve any more: the probation is over"}
		}
		var err error
		if s.ready, err = l.back(a, s.by, s.why); err != nil {
			return err
		}
	} else if err := s.catchUp(ctx, a); err != nil {
		return errors.Join(err, s.ready.beside.close())
	}
	if err := l.canBegin(a, s.ready); err != nil {
		return errors.Join(err, s.ready.beside.close())
	}
	if s.ready.beside.guest == nil {
		s.ready.facts.From = a.sequence // the instance goes on: recovery needs nothing of before
	}
	if err := l.swapIn(a, s.ready); err != nil {
		return err
	}
	s.sequence, s.position = a.sequence+1, a.ledger.module
	return nil
}
