package simulation

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// recovered is what the last start of a group went on from.
type recovered struct {
	step host.RecoveryStep
	// listed is how many checkpoints there were, newest the last one's id, now the host's clock.
	listed int
	newest int64
	now    int64
}

// open starts a group of the host.
func (w *World) openGroup(ctx context.Context, g *worldGroup, j *journal.Journal) (err error) {
	g.recovered = recovered{now: w.clock()}
	if g.saves != nil {
		all := w.checkpoints.now().group(g.name())
		if g.recovered.listed = len(all); len(all) > 0 {
			g.recovered.newest = all[0].ID
		}
	}
	g.host, err = w.open(ctx, &Opening{
		Plan: w.plan, Group: g.index, Lane: g.lane, Journal: j, Checkpoints: g.saves, Now: g.recovered.now,
		Recovered: func(s host.RecoveryStep) {
			if s.Name == "agents" {
				g.recovered.step = s
			}
		},
	})
	if err != nil {
		g.host = nil
	}
	return err
}

// compareEvery is how many recoveries from checkpoints go by for one that is made once more, which costs as much as a
// start without them. Where the journal was pruned, it is each.
const compareEvery = 2

// started tells which points the start was, and holds what came of checkpoints against what comes of the journal alone.
func (r *recovered) started(ctx context.Context, w *World, g *worldGroup) {
	if g.saves == nil {
		return
	}
	g.trace.Line(w.now, "host", "goes on:", r.step.Found)
	s := &w.result.Sometimes
	switch {
	case r.listed > 0 && r.step.Streams == 0:
		s.Reach(PointFromJournal)
	case r.step.Streams > 0 && r.step.Refused > 0 && r.step.Oldest < r.newest:
		s.Reach(PointFromOlder)
	case r.step.Streams > 0:
		s.Reach(PointFromCheckpoint)
	}
	if g.retention.pruned {
		s.Reach(PointFromPruned)
	}
	if r.step.Streams == 0 || !g.retention.pruned && (w.plan.Seed+uint64(w.starts))%compareEvery != 0 {
		return
	}
	w.result.Replayed++
	if err := r.compare(ctx, w, g); err != nil {
		g.checker.Violate(InvariantJournal, w.now, "recovered from checkpoints, and not from the journal alone: %v", err)
	}
}

// compare recovers the group once more, from a copy of the journal as it was before anything was pruned.
func (r *recovered) compare(ctx context.Context, w *World, g *worldGroup) (err error) {
	here, can := g.host.(Saving)
	if !can {
		return nil
	}
	j, err := journal.Open(w.disk.Whole().Open(), journal.Options{Inline: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	alone, err := w.open(ctx, &Opening{Plan: w.plan, Group: g.index, Lane: g.lane, Journal: j, Now: r.now})
	if err != nil {
		return err
	}
	want, got := alone.(Saving).States(), here.States()
	for _, stream := range slices.Sorted(maps.Keys(want)) {
		if got[stream] != want[stream] {
			g.checker.Violate(InvariantJournal, w.now, "stream %s, recovered from checkpoints %d to %d: its state is not the one that the journal alone comes to",
				stream, r.step.Oldest, r.step.Newest)
		}
	}
	return alone.Release()
}
