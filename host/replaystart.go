package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/report"
)

// PrunedError says that turns cannot be taken again because the beginning of an agent's history was given up.
// errors.Is(err, journal.ErrDropped) holds.
type PrunedError struct {
	Agent string
	// Events is the last event that was given up. From is the first that can be taken again, 0 for none.
	Events, From uint64
}

// Error says from where on it can be done.
func (e *PrunedError) Error() string {
	if e.From == 0 {
		return fmt.Sprintf("agent %s: its events up to %d were pruned, and no checkpoint after them can be used: none of its turns can be taken again", e.Agent, e.Events)
	}
	return fmt.Sprintf("agent %s: its events up to %d were pruned: turns can be taken again from event %d on", e.Agent, e.Events, e.From)
}

// Unwrap gives journal.ErrDropped.
func (e *PrunedError) Unwrap() error { return journal.ErrDropped }

// begin makes the agent as it was before the first turn of its stream or, where the turns before those asked for
// need not be taken or are not there any more, as it was at a checkpoint.
func (r *Replay) begin(ctx context.Context) error {
	n, err := readLineage(r.o.Journal, r.stream.Name, r.stream.Position)
	if err != nil {
		return err
	}
	pruned := r.prunes()
	before, after, err := r.parts(pruned)
	if err != nil {
		return err
	}
	if err := r.resumeFirst(ctx, &n, before); err != nil {
		return err
	}
	if r.agent == nil && pruned {
		return r.outOfReach(ctx, &n, after)
	}
	if r.agent == nil {
		if r.agent, err = n.again(ctx, r.ledger(), r.o.Modules, r.o.Log); err != nil {
			return err
		}
	}
	r.agent.record = report.NewTally(r.o.Agent)
	id, made := r.agent.plan.Module.Identity(), &n.first.entry
	r.summary.Made = Machine{Meter: made.Meter, ABI: made.ABI, Engine: made.Engine, Wazero: made.Wazero, Arch: made.Arch}
	r.summary.Replayed = Machine{Meter: id.Meter, ABI: id.ABI, Engine: id.Engine, Wazero: id.Wazero, Arch: id.Arch}
	return nil
}

func (r *Replay) ledger() *ledger { return &ledger{name: r.stream.Name, again: r.made} }

// prunes reports whether the beginning of the stream is not there any more.
func (r *Replay) prunes() bool {
	for _, err := range r.o.Journal.Read(r.stream.Name, 1) {
		return errors.Is(err, journal.ErrDropped)
	}
	return false
}

func (r *Replay) pruned(from uint64) error {
	return &PrunedError{Agent: r.o.Agent, Events: r.stream.Anchor.Sequence, From: from}
}

// outOfReach finds out from where on the replay could begin.
func (r *Replay) outOfReach(ctx context.Context, n *lineage, parts []checkpoint.Info) error {
	if err := r.resumeFirst(ctx, n, parts); err != nil {
		return err
	}
	if r.agent == nil {
		return r.pruned(0)
	}
	return errors.Join(r.pruned(r.anchor.Sequence+1), r.agent.close())
}

// parts are the checkpoints that a replay may go on from, the best first: those before the first turn asked for, the newest
// first; where all is asked for that there is, the one that is farthest back first. after are the others, the oldest
// first. A second module is shown every input from the start, if they are there.
func (r *Replay) parts(pruned bool) (before, after []checkpoint.Info, err error) {
	all := r.o.From <= 1
	if r.o.Checkpoints == nil || !pruned && (all || r.o.Plugin != nil) {
		return nil, nil, nil
	}
	list, err := r.o.Checkpoints.List("")
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		info := list[i].Find(r.stream.Name)
		known := func(p checkpoint.Info) bool { return p.ID == info.ID }
		if info == nil || slices.ContainsFunc(before, known) || slices.ContainsFunc(after, known) || list[i].Verify() != nil {
			continue
		}
		if reached := info.Sequence < r.o.From; reached || all && (r.o.To == 0 || info.Sequence < r.o.To) {
			before = append(before, *info)
		} else {
			after = append(after, *info)
		}
	}
	older := func(a, b checkpoint.Info) int { return cmp.Compare(a.Sequence, b.Sequence) }
	slices.SortFunc(before, older)
	slices.SortFunc(after, older)
	if !all {
		slices.Reverse(before)
	}
	return before, after, nil
}

// resumeFirst makes the agent as it was at the first of some checkpoints that can be used; none if none can.
func (r *Replay) resumeFirst(ctx context.Context, n *lineage, parts []checkpoint.Info) error {
	for i := range parts {
		err := r.resume(ctx, n, &parts[i])
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.o.Log.Warn("checkpoint refused", "stream", r.stream.Name, "entry", parts[i].Position, "reason", err)
	}
	return nil
}

// resume makes the agent as it was at a checkpoint.
func (r *Replay) resume(ctx context.Context, n *lineage, info *checkpoint.Info) error {
	if err := r.o.Journal.Holds(info.Stream, info.Position, info.Hash); err != nil {
		return err
	}
	part, err := r.o.Checkpoints.Load(info)
	if err != nil {
		return err
	}
	made := &n.first
	for i := range n.swaps {
		if n.swaps[i].position <= part.Position {
			made = &n.swaps[i]
		}
	}
	plan, err := made.entry.plan(ctx, r.o.Modules)
	if err != nil {
		return err
	}
	m := agentMemory{}
	if m.watch, err = newWatch(plan); err != nil {
		return err
	}
	if err := m.decode(part.State); err != nil {
		return err
	}
	if r.agent, err = n.resume(ctx, r.o.Journal, r.ledger(), r.o.Modules, r.o.Log, part, &m); err != nil {
		r.agent = nil
		return err
	}
	r.anchor, r.module, r.summary.Checkpoint = part.Anchor, m.module, part.Sequence
	return nil
}

// entries are those to be read: all, or those behind the checkpoint.
func (r *Replay) entries() iter.Seq2[journal.Entry, error] {
	return r.o.Journal.ReadAfter(r.stream.Name, r.anchor.Position, r.anchor.Hash)
}
