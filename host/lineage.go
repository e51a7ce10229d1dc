package host

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// lineage is what an agent's stream says of what made its turns, from the first to the last.
type lineage struct {
	genesis genesis
	run     [8]byte
	start   int64
	index   uint32
	// first made the first turn; swaps are what took its place, in order. last is the newest entry.
	first placed
	swaps []placed
	last  placed
}

// readLineage reads the beginning of an agent's stream, and its module entries.
func readLineage(j *journal.Journal, stream string, head uint64) (lineage, error) {
	var n lineage
	for e, err := range j.ReadKept(stream, 1) {
		if err != nil {
			return n, err
		}
		if err := json.Unmarshal(e.Body, &n.genesis); err != nil || e.Kind != journal.KindGenesis {
			return n, fmt.Errorf("stream %q begins with a %s entry: %w", stream, e.Kind, errors.Join(err, errors.New("no genesis")))
		}
		break
	}
	run, err := hex.DecodeString(n.genesis.Run)
	if err != nil || len(run) != 8 {
		return n, fmt.Errorf("stream %q was begun with run %q: no 8 bytes", stream, n.genesis.Run)
	}
	n.run, n.start = [8]byte(run), n.genesis.Start
	modules, err := modulesOf(j, stream, head, 0)
	if err != nil {
		return n, err
	}
	for _, m := range modules {
		switch n.last = m; {
		case m.entry.Swap != nil:
			n.swaps = append(n.swaps, m)
		case m.sequence == 0:
			n.first = m
		}
	}
	if n.first.position == 0 {
		return n, fmt.Errorf("stream %q names no module that made its first turn", stream)
	}
	n.index = n.first.entry.Index
	if n.start == 0 {
		n.start = n.first.entry.Start
	}
	return n, nil
}

// again makes an agent ready to take the turns of its stream again, with the module and the settings that
// made the first.
func (n *lineage) again(ctx context.Context, l *ledger, modules ModuleSource, log hclog.Logger) (*Agent, error) {
	plan, err := n.first.entry.plan(ctx, modules)
	if err != nil {
		return nil, fmt.Errorf("stream %q, position %d: %w", l.name, n.first.position, err)
	}
	plan.Run = n.run
	a, err := newAgent(ctx, plan, n.index, n.start, l, log)
	if err != nil {
		return nil, err
	}
	a.modules, a.together = modules, true
	a.made, a.configured = n.first.position, n.first.entry.Configured
	for i := range n.swaps {
		a.warmups = append(a.warmups, &warmup{placed: n.swaps[i]})
	}
	if err := a.warmUp(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// retake takes the turn that comes next in the agent's past again; turn is scratch. What the turn
// releases is returned as it was then.
func (a *Agent) retake(ctx context.Context, turn *event.Turn) ([]event.Request, error) {
	past := a.ledger.past()
	if past.Kind != journal.KindTurn {
		return nil, fmt.Errorf("agent %s: journal position %d: a %s entry where a turn was expected", a.plan.Name, past.Position, past.Kind)
	}
	if err := event.ReadTurn(past.Body, turn); err != nil {
		return nil, fmt.Errorf("agent %s: journal position %d: %w", a.plan.Name, past.Position, err)
	}
	return a.takeAgain(ctx, turn, a.ledger.history.module)
}

// takeAgain takes a turn of the past again, which the module entry at a position made.
func (a *Agent) takeAgain(ctx context.Context, turn *event.Turn, module uint64) ([]event.Request, error) {
	a.ledger.module = module
	e := &turn.Event
	if e.Kind == event.KindSwap {
		if err := a.comeIn(); err != nil {
			return nil, fmt.Errorf("agent %s: event %d: %w", a.plan.Name, e.Sequence, err)
		}
	}
	slot := a.inbox.push(e.Kind, e.Time)
	bars, notes := append(slot.Bars, e.Bars...), append(slot.Notes, e.Notes...)
	*slot = *e
	slot.Bars, slot.Notes = bars, notes
	requests, err := a.takeTurn(ctx, a.inbox.pop())
	if err != nil {
		return nil, err
	}
	return requests, a.warmUp(ctx)
}
