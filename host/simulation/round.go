package simulation

import (
	"context"
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// roundsIdleMax is how many rounds a group may ask for at one time before it counts as spinning.
const roundsIdleMax = 2000

// stepsOfRound is how many steps at which power can fail a round has, and more: as long before a failure the states of
// the agents are kept.
const stepsOfRound = 16

// round gives a group what came in, and sends what it orders.
func (w *World) round(ctx context.Context, g *worldGroup) {
	wants := g.host.Next()
	if len(g.inputs) == 0 && (wants == 0 || wants > w.now) {
		return
	}
	if len(g.inputs) > 0 || wants < w.now {
		w.idle = 0
	} else if w.idle++; w.idle > roundsIdleMax {
		g.checker.Violate(InvariantLiveness, w.now, "the group asks for rounds at one time without end")
		w.failed = true
		return
	}
	g.operator.prepare(ctx, w, g)
	if w.power.Off() {
		w.crash(nil)
		return
	}
	in := g.operator.give(g.inputs)
	g.inputs = nil
	flattens := slices.ContainsFunc(in, func(i Input) bool { return i.Flatten })
	g.watch.before(w, g, in)
	calls, err := g.host.Round(ctx, in, w.clock())
	if w.power.Off() {
		w.crash(nil)
		return
	}
	if err != nil {
		w.crash(err)
		return
	}
	if flattens {
		w.unflattened = false
	}
	for i := range in {
		if r := in[i].Redrive; r != nil {
			w.trace.Line(w.now, "person", "redrives", r.Order, "refused:", r.Refused)
			if r.Refused != nil {
				w.result.Sometimes.Reach(PointRedriveRefused)
			}
		}
	}
	g.operator.answered(w, g, in)
	for i := range calls {
		if w.power.Step(PointRelease) {
			w.crash(nil)
			return
		}
		w.send(g, &calls[i])
	}
	if err := g.books.advance(w.now); err != nil {
		w.fail(g, err)
		return
	}
	if flattens {
		g.checker.Kill(w.now)
	}
	g.watch.after(w, g)
	g.saving.after(w, g)
	err = g.retention.prune(ctx, w, g)
	if w.power.Off() || err != nil {
		w.crash(err)
		return
	}
	if w.power.Near(stepsOfRound) {
		g.operator.note(w, g)
	}
	if w.power.Step(PointRound) {
		w.crash(nil)
	}
}

// fail ends the run: the journal itself is not what it must be.
func (w *World) fail(g *worldGroup, err error) {
	g.checker.Violate(InvariantJournal, w.now, "%v", err)
	w.failed = true
}

// clock is what the host takes for now: sometimes it stepped back.
func (w *World) clock() int64 {
	if !w.settling && w.random.chance(w.plan.ClockBack) {
		w.result.Injected.add("clock stepped back", 1)
		return w.now - w.random.between(0, second)
	}
	return w.now
}

// send puts a call on its way, by the seam, where broken variants bend it.
func (w *World) send(g *worldGroup, c *event.Call) {
	g.trace.Call(w.now, c)
	w.result.Calls++
	g.watch.call(w, c)
	for _, sent := range g.seam.calls(*c, w.now) {
		g.checker.Released(&sent, w.now)
		g.venue.Call(sent, w.now)
	}
}
