package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/report"
	"github.com/agenthost/agenthost/host/sandbox"
)

// ErrNotCompared: a part is a lane's, whose entries are facts and are not decided again, or of another machine than this.
var ErrNotCompared = errors.New("not compared with a replay")

// VerifyCheckpoint takes every turn of an agent again from its stream's first entry to a part's anchor, and compares
// states and the strategy's memory, byte for byte. It needs only the journal and the modules beside it. The error
// is ErrNotCompared for a part that cannot be made again here, or of which the beginning was pruned.
func VerifyCheckpoint(ctx context.Context, j *journal.Journal, modules ModuleSource, part *checkpoint.Part) error {
	if strings.HasPrefix(part.Stream, "lane/") {
		return fmt.Errorf("%s: %w: facts are not decided again", part.Stream, ErrNotCompared)
	}
	n, err := readLineage(j, part.Stream, part.Position)
	if err != nil {
		return err
	}
	l := &ledger{name: part.Stream, history: newHistory(upTo(j, part.Stream, part.Position))}
	if err := l.advance(); errors.Is(err, journal.ErrDropped) {
		return fmt.Errorf("%w: %w", ErrNotCompared, err)
	} else if err != nil {
		return err
	}
	a, err := n.again(ctx, l, modules, hclog.NewNullLogger())
	if err != nil {
		return errors.Join(err, l.close())
	}
	defer a.guest.close()
	a.record = report.NewTally(a.plan.Name)
	m := agentMemory{}
	if m.watch, err = newWatch(a.plan); err != nil {
		return err
	}
	var turn event.Turn
	for a.ledger.past() != nil {
		if err := ctx.Err(); err != nil {
			return errors.Join(context.Cause(ctx), l.close())
		}
		if _, err := a.retake(ctx, &turn); err != nil {
			return errors.Join(err, l.close())
		}
		m.saw(&turn.Event)
	}
	m.watch.kept = l.conditions
	m.module, m.run, m.state = a.ledger.module, a.plan.Run, a.AppendState(nil)
	return a.differs(part, &m)
}

// differs compares a part with an agent made again.
func (a *Agent) differs(part *checkpoint.Part, m *agentMemory) error {
	if makerOf(a.plan.Module, m.module) != part.Maker {
		return fmt.Errorf("%s: %w: it was made by %s, here it is %s", part.Stream, ErrNotCompared, part.MadeBy, madeByText(a.plan.Module, m.module))
	}
	if !bytes.Equal(m.encode(), part.State) {
		return fmt.Errorf("%s: the state at entry %d is not the one that a replay of the journal comes to", part.Stream, part.Position)
	}
	var s sandbox.Snapshot
	if err := a.guest.instance.Snapshot(&s); err != nil {
		return err
	}
	if !bytes.Equal(s.AppendDifference(nil), part.Guest) {
		return fmt.Errorf("%s: the strategy's memory at entry %d is not the one that a replay of the journal comes to", part.Stream, part.Position)
	}
	return nil
}

// saw takes in what of an event is known beside the agent.
func (m *agentMemory) saw(e *event.Event) {
	if e.Kind == event.KindOutcome {
		m.told = e.Cursor
	}
	m.watch.saw(e)
}

// upTo is a stream's entries to a position.
func upTo(j *journal.Journal, stream string, position uint64) func(func(journal.Entry, error) bool) {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range j.Read(stream, 1) {
			if err == nil && e.Position > position || !yield(e, err) || err == nil && e.Position == position {
				return
			}
		}
	}
}
