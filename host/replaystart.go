package host

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/agenthost/agenthost/host/checkpoint"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/report"
)

// begin makes the agent as it was before the first turn of its stream or, where the turns before those asked for
// need not be taken or are not there any more, as it was at a checkpoint.
func (r *Replay) begin(ctx context.Context) error {
	n, err := readLineage(r.o.Journal, r.stream.Name, r.stream.Position)
	if err != nil {
		return err
	}
	parts, err := r.parts()
	if err != nil {
		return err
	}
	for i := range parts {
		if err = r.resume(ctx, &n, &parts[i]); err == nil {
			break
		}
		r.o.Log.Warn("checkpoint refused", "stream", r.stream.Name, "entry", parts[i].Position, "reason", err)
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

// parts are the checkpoints that a replay may go on from, the best first. A plugin needs every input from the
// start.
func (r *Replay) parts() (parts []checkpoint.Info, err error) {
	pruned := false
	for _, err := range r.o.Journal.Read(r.stream.Name, 1) {
		pruned = errors.Is(err, journal.ErrDropped)
		break
	}
	if r.o.Checkpoints == nil || r.o.Plugin != nil || !pruned && r.o.From <= 1 {
		return nil, nil
	}
	all, err := r.o.Checkpoints.List("")
	if err != nil {
		return nil, err
	}
	before := r.o.From // where nothing is left to begin with, the checkpoint that is farthest back
	if pruned && before <= 1 {
		before = r.o.To
	}
	for i := range all {
		info := all[i].Find(r.stream.Name)
		if info != nil && all[i].Verify() == nil && (before == 0 || info.Sequence < before) {
			parts = append(parts, *info)
		}
	}
	slices.SortFunc(parts, func(a, b checkpoint.Info) int { return int(b.Sequence) - int(a.Sequence) })
	if r.o.From <= 1 {
		slices.Reverse(parts)
	}
	return parts, nil
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
