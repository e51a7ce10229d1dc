package host

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/account"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// needs is what of a stream is still needed, found by reading it: an agent's, or a lane's.
type needs struct {
	since, auditSince int64 // times; before, an entry is old
	young             uint64
	first, head       uint64 // of what is kept
	// orders are those that are not over, and since which entry; letters those that nobody has settled.
	orders  map[event.OrderID]*neededOrder
	letters map[string]uint64
	// positions are what is held, by agent and instrument as the stream counts them, and since which entry.
	positions map[string]*neededPosition
	agent     account.Orders
	// modes, configs and restores are the positions of the last entries of their kind.
	modes, configs, restores uint64
	lane                     execution.Entry
	turn                     event.Turn
}

type neededOrder struct {
	since  uint64
	agent  uint32
	life   resilience.Life
	over   bool
	letter bool
}

type neededPosition struct {
	Quantity int64 `json:"quantity"`
	since    uint64
}

// neededState is what a reader of a pruned stream must know at its first entry.
type neededState struct {
	Positions map[string]int64 `json:"positions"`
}

func newNeeds(since, auditSince int64) *needs {
	return &needs{
		since: since, auditSince: auditSince, orders: map[event.OrderID]*neededOrder{}, letters: map[string]uint64{},
		positions: map[string]*neededPosition{},
	}
}

// read takes a stream in, up to the entry before until; 0 is all of it.
func (n *needs) read(ctx context.Context, j *journal.Journal, name string, until uint64) error {
	first, base, err := prunedState(j, name)
	if err != nil {
		return err
	}
	n.first = first
	for key, quantity := range base.Positions {
		n.positions[key] = &neededPosition{Quantity: quantity, since: first}
	}
	for e, err := range j.ReadKept(name, 1) {
		switch {
		case err != nil:
			return err
		case until != 0 && e.Position >= until:
			return nil
		case e.Position%4096 == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
		if err := n.entry(&e, e.Position >= first); err != nil {
			return fmt.Errorf("position %d: %w", e.Position, err)
		}
	}
	return nil
}

// prunedState is where a stream begins, and what is held there.
func prunedState(j *journal.Journal, name string) (first uint64, s neededState, err error) {
	infos, err := j.Streams()
	if err != nil {
		return 0, s, err
	}
	for i := range infos {
		if infos[i].Name == name {
			first = max(infos[i].Anchor.First, 1)
		}
	}
	if first <= 1 {
		return first, s, nil
	}
	for e, err := range j.Read(name, first) {
		if err != nil {
			return first, s, err
		}
		if e.Kind != journal.KindPruned {
			continue
		}
		at, state, err := journal.PrunedState(e.Body)
		if err != nil {
			return first, s, fmt.Errorf("position %d: %w", e.Position, err)
		}
		if at == first && len(state) > 0 {
			return first, s, json.Unmarshal(state, &s)
		}
	}
	return first, s, fmt.Errorf("it begins at entry %d, and no entry says why", first)
}

// entry takes one entry in. Of those that were carried only what persons did with letters, and what is carried again, counts.
func (n *needs) entry(e *journal.Entry, kept bool) error {
	n.head = e.Position
	if n.young == 0 && kept && e.Time >= n.since {
		n.young = e.Position
	}
	switch e.Kind {
	case journal.KindConfig:
		n.configs = e.Position
	case journal.KindMode:
		n.modes = e.Position
	case journal.KindDeadLetter:
		var l event.Letter
		if err := json.Unmarshal(e.Body, &l); err != nil {
			return fmt.Errorf("read dead letter: %w", err)
		}
		n.letters[l.ID] = e.Position
		if l.Kind == event.LetterTick {
			n.letters[l.ID] = n.first // its tick is made again from what is before it
		}
	case journal.KindAudit:
		if _, ok, err := event.ReadRestored(e.Body); err != nil {
			return err
		} else if ok {
			n.restores = e.Position
		}
		act, ok, err := event.ReadLetterAct(e.Body)
		if ok && err == nil {
			delete(n.letters, act.ID)
		}
		return err
	case journal.KindLane:
		if err := execution.ReadEntry(e.Body, &n.lane); err != nil {
			return err
		}
		return n.laneEntry(e.Position)
	case journal.KindTurn:
		if err := event.ReadTurn(e.Body, &n.turn); err != nil {
			return err
		}
		n.agentTurn(e.Position)
	}
	return nil
}

func (n *needs) laneEntry(at uint64) error {
	for i := range n.lane.Facts {
		f := &n.lane.Facts[i]
		switch f.Kind {
		case execution.FactBorn:
			n.orders[f.Order] = &neededOrder{since: at, agent: n.lane.Orders[f.Index].Agent}
			continue
		case execution.FactFill:
			fill := &n.lane.Fills[f.Index]
			o := n.orders[f.Order]
			switch {
			case f.Claimed:
				n.fill(f.Agent, fill.Instrument, &fill.Fill, at)
			case o != nil:
				n.fill(o.agent, fill.Instrument, &fill.Fill, at)
			}
			continue
		}
		o := n.orders[f.Order]
		if o == nil {
			continue
		}
		switch f.Kind {
		case execution.FactLife:
			if _, err := o.life.Apply(f.Life); err != nil {
				return fmt.Errorf("order %s: %w", f.Order, err)
			}
			o.over = o.life.State.Final()
		case execution.FactLetter:
			o.letter = true
		case execution.FactLetterOver:
			o.letter = false
		case execution.FactForgotten:
			delete(n.orders, f.Order)
		}
	}
	return nil
}

func (n *needs) agentTurn(at uint64) {
	if n.turn.Event.Kind == event.KindOutcome {
		out := &n.turn.Event.Outcome
		if out.Kind == event.EventFill {
			n.fill(0, out.Instrument, &out.Fill, at)
		}
		n.agent.Fold(out)
		if o := n.orders[out.Order]; o != nil {
			o.over = n.agent.ByID(out.Order) == nil
		}
	}
	for i := range n.turn.Requests {
		q := &n.turn.Requests[i]
		n.agent.Request(q)
		if n.agent.ByID(q.Order.ID) != nil && n.orders[q.Order.ID] == nil {
			n.orders[q.Order.ID] = &neededOrder{since: at}
		}
	}
}

// fill books one. A position begins with the fill that opens it or turns it round.
func (n *needs) fill(agent, instrument uint32, f *event.Fill, at uint64) {
	key := fmt.Sprintf("%d/%d", agent, instrument)
	p := n.positions[key]
	if p == nil {
		p = &neededPosition{}
		n.positions[key] = p
	}
	before := p.Quantity
	if f.Side == event.Sell {
		p.Quantity -= f.Quantity
	} else {
		p.Quantity += f.Quantity
	}
	if (before > 0) != (p.Quantity > 0) || (before < 0) != (p.Quantity < 0) {
		p.since = at
	}
}

func (n *needs) state() neededState {
	s := neededState{Positions: map[string]int64{}}
	for key, p := range n.positions {
		if p.Quantity != 0 {
			s.Positions[key] = p.Quantity
		}
	}
	return s
}

// earliest is the first entry that must stay, and why.
func (n *needs) earliest(checkpointed uint64) (first uint64, why string) {
	first, why = n.young, "it is younger than "+time.Unix(0, n.since).UTC().Format("2006-01-02 15:04:05 MST")
	if n.young == 0 {
		first = n.head // all is old: the last one stays
	}
	limit := func(at uint64, reason string) {
		if at < first {
			first, why = at, reason
		}
	}
	limit(checkpointed, "the oldest usable checkpoint goes on from there")
	for id, o := range n.orders {
		if !o.over || o.letter {
			limit(o.since, "order "+id.String()+" is not over")
		}
	}
	for id, at := range n.letters {
		limit(at, "dead letter "+id+" is not settled")
	}
	for key, p := range n.positions {
		if p.Quantity != 0 {
			limit(p.since, "the position "+key+" (agent, instrument) was opened there")
		}
	}
	return first, why
}

// carries reports whether an entry stays though it lies before the cut.
func (n *needs) carries(e *journal.Entry) bool {
	switch e.Kind {
	case journal.KindGenesis, journal.KindModule:
		return true // module entries name one another, and turns name theirs
	case journal.KindConfig:
		return e.Position == n.configs
	case journal.KindMode:
		return e.Position == n.modes
	case journal.KindAudit:
		return e.Position == n.restores || e.Time >= min(n.since, n.auditSince)
	}
	return false
}
