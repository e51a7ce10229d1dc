package simulation

import (
	"context"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// crash ends the incarnation: the power failed, or the host gave up with an error.
func (w *World) crash(err error) {
	if err != nil && !w.power.Off() {
		w.trace.Line(w.now, "host", "stops:", err)
		if !w.excused(err) {
			w.groups[0].checker.Violate(InvariantLiveness, w.now, "the host stops: %v", err)
			w.failed = true
		}
	} else {
		w.trace.Line(w.now, "power", "fails at step", w.power.Steps())
		w.result.Sometimes.Reach(PointCrash)
		if w.restart != 0 {
			w.result.Sometimes.Reach(PointCrashRecovery)
		}
	}
	for _, g := range w.groups {
		g.watch.crash(w, g)
		if g.host != nil {
			if err := g.operator.crash(w, g); err != nil {
				g.checker.Violate(InvariantLiveness, w.now, "drop a swap: %v", err)
			}
			g.saving.crash(w, g)
			// A host without power can let go of memory only; what it says about its journal is no news.
			if err := g.host.Release(); err != nil && !IsPower(err) && !w.excused(err) {
				g.checker.Violate(InvariantLiveness, w.now, "release: %v", err)
			}
			g.host = nil
		}
		g.inputs = nil
		g.venue.Hangup()
	}
	w.restart = w.now + w.random.between(millisecond, pick(w.random, second, 5*second, 30*second))
}

// excused reports whether an error of the host's comes of what the disk did to it.
func (w *World) excused(err error) bool {
	injected := w.disk.Injected()
	switch {
	case errors.Is(err, journal.ErrFull):
		return injected["disk full"] > 0
	case errors.Is(err, journal.ErrIndeterminate):
		return injected["append in doubt, stored"]+injected["append in doubt, not stored"] > 0
	}
	return false
}

// start starts the host, or starts it again.
func (w *World) start(ctx context.Context) {
	again := w.restart != 0
	if w.power.Off() {
		w.checkpoints.lose()
		w.power.Restore()
	}
	err := w.openGroups(ctx)
	if w.power.Off() {
		w.restart = w.now
		w.crash(nil)
		return
	}
	if err != nil {
		w.restart = w.now
		w.crash(err)
		return
	}
	w.restart = 0
	w.trace.Line(w.now, "host", "runs, incarnation", w.power.Incarnation(), "again", again)
	for _, g := range w.groups {
		if err := errors.Join(g.books.restart(), g.books.advance(w.now)); err != nil {
			w.fail(g, err)
			return
		}
		g.watch.started(w, g)
		g.operator.started(w, g)
		g.saving.started(w, g)
		g.recovered.started(ctx, w, g)
		if w.settling {
			g.inputs = append(g.inputs, w.acts()...)
		}
	}
}

func (w *World) openGroups(ctx context.Context) error {
	j, err := journal.Open(w.disk.Open(), journal.Options{Inline: true})
	if err != nil {
		return err
	}
	w.journal = j
	w.starts++
	w.checkpoints.age()
	saves := w.checkpoints.Open()
	w.plan.configure(w.starts)
	for _, g := range w.groups {
		g.seam.restart(w.disk, &g.lane)
		if g.saves = nil; w.plan.Groups[g.index].Checkpoints != (host.CheckpointRule{}) {
			g.saves = g.seam.checkpoints(saves)
		}
	}
	for _, g := range w.groups {
		if err := w.openGroup(ctx, g, j); err != nil {
			return fmt.Errorf("open group %d: %w", g.index, err)
		}
	}
	return nil
}
