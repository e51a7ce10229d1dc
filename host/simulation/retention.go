package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// retention is who prunes a group's journal, as a running host does once a day.
type retention struct {
	next   int  // of the group's Prunes
	pruned bool // something is gone
}

// finish verifies what is left of the streams: the checker reads all of them, and this is what the host has.
func (t *retention) finish(w *World, g *worldGroup) {
	if !t.pruned {
		return
	}
	j, err := journal.Open(w.disk.LookAtKept(), journal.Options{})
	for _, name := range append(g.books.Agents(), g.books.Lane()) {
		if err == nil {
			_, err = j.Verify(name, nil)
		}
	}
	if err != nil {
		g.checker.Violate(InvariantJournal, 0, "what is left after pruning: %v", err)
	}
}

// prune gives up what nothing needs any more, when that is due. The error says that the host cannot go on.
func (t *retention) prune(ctx context.Context, w *World, g *worldGroup) error {
	p := &w.plan.Groups[g.index]
	if t.next >= len(p.Prunes) || p.Prunes[t.next].Step > w.doing || w.settling {
		return nil
	}
	fails := p.Prunes[t.next].Fails
	t.next++
	h, can := g.host.(Saving)
	if !can || g.saves == nil {
		return nil
	}
	keep := time.Duration(p.PruneKeep)
	r := &host.Retention{Journal: w.journal, Checkpoints: g.saves, Modules: h.Modules(), Now: w.now, Keep: keep, AuditKeep: keep, By: "simulator", Why: "the plan of the world"}
	plan, err := r.Plan(ctx, g.name(), append([]string{g.books.Lane()}, g.books.Agents()...))
	if errors.Is(err, host.ErrNoCheckpoint) {
		g.trace.Line(w.now, "host", "prunes nothing:", err)
		w.result.Sometimes.Reach(PointPruneRefused)
		return nil
	}
	if err != nil {
		return err
	}
	if fails > 0 {
		w.power.FailAfter(fails)
	}
	for i := range plan { // from here on nothing may take the last checkpoint
		w.checkpoints.spare = w.checkpoints.spare || plan[i].Entries > 0
	}
	bytes, err := r.Do(ctx, plan, h.SayPruned)
	if t.pruned = t.pruned || bytes > 0; bytes > 0 {
		w.result.Sometimes.Reach(PointPruned)
	}
	g.trace.Line(w.now, "host", "prunes", bytes, "bytes, error:", err)
	if err != nil && !w.power.Off() && len(g.operator.ready) > 0 {
		w.result.Sometimes.Reach(PointPruneSwap)
		return nil
	}
	return err
}
