package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// watch looks at one group as it goes: which points are reached, and what must hold from round to round.
type watch struct {
	// submits are the orders whose submit is out, by call; ended those that the host was told are cancelled.
	submits map[uint64]event.OrderID
	ended   map[event.OrderID]bool
	trades  map[uint64]bool
	out     map[uint64]bool
	// last is the lane's health after the last round that was durable.
	last execution.Health
	seen bool
}

// before looks at what comes in.
func (t *watch) before(w *World, g *worldGroup, in []Input) {
	for i := range in {
		r := in[i].Reply
		if r == nil {
			continue
		}
		g.trace.Reply(w.now, r)
		for k := range r.Fills {
			t.fill(w, &r.Fills[k])
		}
		for k := range r.Orders {
			if r.Orders[k].State == event.ReportCancelled {
				mark(&t.ended, r.Orders[k].ID)
			}
		}
		delete(t.submits, r.Call)
		delete(t.out, r.Call)
	}
}

func mark[K comparable](m *map[K]bool, k K) {
	if *m == nil {
		*m = make(map[K]bool)
	}
	(*m)[k] = true
}

func (t *watch) fill(w *World, f *event.FillReport) {
	if t.trades[f.Fill.TradeID] {
		return
	}
	mark(&t.trades, f.Fill.TradeID)
	for _, id := range t.submits {
		if id == f.Order {
			w.result.Sometimes.Reach(PointFillBeforeAck)
		}
	}
	if t.ended[f.Order] {
		w.result.Sometimes.Reach(PointFillAfterCancel)
	}
}

// call looks at a call that goes out.
func (t *watch) call(w *World, c *event.Call) {
	mark(&t.out, c.ID)
	if c.Kind != event.CallSubmit {
		return
	}
	if t.submits == nil {
		t.submits = make(map[uint64]event.OrderID)
	}
	t.submits[c.ID] = c.Order.ID
	if c.Resent {
		w.result.Sometimes.Reach(PointResent)
	}
	if c.Order.Flags&event.ByHost != 0 {
		w.result.Sometimes.Reach(PointClosedByHost)
	}
}

// after looks at the lane when a round is durable.
func (t *watch) after(w *World, g *worldGroup) {
	h := g.books.Health(w.now)
	if h.Breaker != resilience.BreakerClosed {
		w.result.Sometimes.Reach(PointBreakerOpen)
	}
	if h.Held != "" {
		w.result.Sometimes.Reach(PointHeld)
	}
	if h.Differ != "" {
		w.result.Sometimes.Reach(PointHalted)
	}
	if w.settling && h.Held != "" && len(g.inputs) == 0 {
		g.inputs = w.acts() // an answer of before came late; the person is still there
	}
	t.last, t.seen = h, true
}

// crash forgets what was out.
func (t *watch) crash(w *World, _ *worldGroup) {
	if len(t.out) > 0 {
		w.result.Sometimes.Reach(PointRestartInFlight)
	}
	t.out, t.submits = nil, nil
}

// started compares the lane with what it was before the restart.
func (t *watch) started(w *World, g *worldGroup) {
	if !t.seen {
		return
	}
	if t.last.Breaker != resilience.BreakerOpen || t.last.BreakerUntil <= w.now {
		return
	}
	w.result.Sometimes.Reach(PointBreakerOverRestart)
	if h := g.books.Health(w.now); h.Breaker == resilience.BreakerClosed {
		g.checker.Violate(InvariantBreaker, w.now, "the breaker was open until %d before the restart and is %s after it", t.last.BreakerUntil-start, h.Breaker)
	}
}

// finish reads the journals for the points that only they tell, and for the probes.
func (t *watch) finish(w *World, g *worldGroup) {
	t.readLane(w, g)
	if g.venue.duplicates > 0 {
		w.result.Sometimes.Reach(PointDuplicateKnown)
	}
	for _, tick := range g.books.ticks {
		if tick.Code == AuditCode && !w.guest {
			g.checker.Violate(InvariantNoneLost, tick.Time, "agent %s, turn %d: a strategy was not told of a fill, or was told twice", tick.Agent, tick.Turn)
		}
	}
	var turn event.Turn
	for _, name := range g.books.Agents() {
		failed := 0
		for e, err := range g.books.journal.Read(name, 1) {
			if err != nil {
				break // Check says it
			}
			if e.Kind != journal.KindTurn || event.ReadTurn(e.Body, &turn) != nil {
				continue
			}
			for i := range turn.Denials {
				w.result.Sometimes.Reach(PointDenied)
				w.result.Denied.add(turn.Denials[i].Code.String(), 1)
			}
			switch {
			case turn.Verdict > event.VerdictOK:
				w.result.Sometimes.Reach(PointTrap)
				w.result.Failed.add(turn.Verdict.String(), 1)
				failed++
			case turn.Verdict == event.VerdictOK:
				failed = 0
			}
			if failed >= TrapsMax {
				w.result.Sometimes.Reach(PointQuarantine)
			}
		}
	}
}

// TrapsMax is how many ticks in a row may fail before the simulator's agents are quarantined.
const TrapsMax = 3

// readLane goes over what the lane journaled.
func (t *watch) readLane(w *World, g *worldGroup) {
	lives := make(map[event.OrderID]*resilience.Life)
	probes := make(map[uint64]int64) // by call: until when its lease runs
	var e execution.Entry
	for entry, err := range g.books.journal.Read(g.books.Lane(), 1) {
		if err != nil {
			return // Check says it
		}
		if execution.ReadEntry(entry.Body, &e) != nil {
			continue
		}
		for i := range e.Facts {
			f := &e.Facts[i]
			switch f.Kind {
			case execution.FactLife:
				t.life(w, lives, f)
				if f.Life.Kind == resilience.LifeRedrive {
					w.result.Sometimes.Reach(PointRedriven)
				}
				if f.Life.Kind == resilience.LifeResolve && e.Input.Act.Kind == execution.ActResolve {
					w.result.Sometimes.Reach(PointResolved)
				}
			case execution.FactOutcome:
				if e.Outcomes[f.Index].Outcome.Kind == event.EventReplaced && e.Outcomes[f.Index].Outcome.Code == 0 {
					w.result.Sometimes.Reach(PointReplaced)
				}
			case execution.FactBorn:
				if o := &e.Orders[f.Index]; e.Input.Kind != execution.InputRequest && o.Flags&event.ByHost == 0 {
					w.result.Sometimes.Reach(PointReplaceByNew)
				} else if l := lives[o.Redrives]; l != nil {
					w.result.Sometimes.Reach(map[bool]string{true: PointRedrivenAnew, false: PointRedrivenAbsent}[l.State == resilience.StateRejected])
				}
			case execution.FactCall:
				g.checker.Journaled(&e.Calls[f.Index], e.Input.Time)
				if f.Permit.Kind == resilience.PermitProbe {
					t.probe(g, probes, e.Calls[f.Index].ID, e.Input.Time)
				}
			case execution.FactAnswered:
				delete(probes, f.Number)
			}
		}
	}
}

// probe counts the probes that are out.
func (t *watch) probe(g *worldGroup, probes map[uint64]int64, id uint64, now int64) {
	for call, until := range probes {
		if until <= now {
			delete(probes, call)
		}
	}
	probes[id] = now + g.lane.Breaker.ProbeLease
	if len(probes) > g.lane.Breaker.Probes {
		g.checker.Violate(InvariantBreaker, now, "%d probes are out, at most %d", len(probes), g.lane.Breaker.Probes)
	}
}

// life follows an order through its journaled events.
func (t *watch) life(w *World, lives map[event.OrderID]*resilience.Life, f *execution.Fact) {
	l := lives[f.Order]
	if l == nil {
		l = new(resilience.Life)
		lives[f.Order] = l
	}
	was := l.State
	change, err := l.Apply(f.Life)
	if err != nil {
		return
	}
	s := &w.result.Sometimes
	switch {
	case was == resilience.StateUnknown && f.Life.Kind == resilience.LifeWishCancel:
		s.Reach(PointCancelUnknown)
	case was == resilience.StatePending && change.To == resilience.StateCancelled:
		s.Reach(PointCancelUnsent)
	case was == resilience.StateUnknown && resting(change.To):
		s.Reach(PointUnknownFound)
	case f.Life.Kind == resilience.LifeAbsent && f.Life.Proves:
		s.Reach(PointUnknownAbsent)
	case f.Life.Kind == resilience.LifeLapse:
		s.Reach(PointLapsed)
	}
	switch change.To {
	case resilience.StateDeadLetter:
		s.Reach(PointDeadLetter)
	case resilience.StateRejected:
		s.Reach(PointRejected)
	}
}
