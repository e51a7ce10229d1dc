package host

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// watch judges what an agent rests on: feeds, venue, journal and machine. What it decides reaches the
// agent as a mode event; its own state is journaled beside that, for a latch must survive a restart.
type watch struct {
	modes *resilience.Modes
	// newest is the close of each instrument's newest bar, 0 before the first; interval a bar's length.
	newest   []int64
	interval int64
	mode     event.Mode
	// reasons are those of the last round that changed anything, found those of this one: two buffers that change places.
	reasons, found []resilience.Reason
	// kept is the conditions' state as it was journaled last, nil before.
	kept []byte
}

func newWatch(p *AgentPlan) (*watch, error) {
	w := &watch{newest: make([]int64, len(p.Instruments)), interval: p.Interval, mode: event.ModeFull}
	var err error
	w.modes, err = resilience.NewModes(p.Health)
	return w, err
}

// bars notes how new the market is.
func (w *watch) bars(a *Agent, m *event.Market, local []int32) {
	for i := range m.Bars {
		if at := local[m.Bars[i].Instrument]; at >= 0 {
			w.newest[at] = max(w.newest[at], m.Bars[i].CloseTime)
			if m.Bars[i].Interval != 0 {
				w.interval = m.Bars[i].Interval
			}
		}
	}
}

// saw is bars for an agent's own event.
func (w *watch) saw(e *event.Event) {
	for i := range e.Bars {
		b := &e.Bars[i]
		w.newest[b.Instrument] = max(w.newest[b.Instrument], b.CloseTime)
		if b.Interval != 0 {
			w.interval = b.Interval
		}
	}
}

// measure reads everything once.
func (w *watch) measure(lane *execution.Health, machine *HostHealth, now int64) {
	observe := func(name string, value int64, known bool) {
		if place := w.modes.Index(name); place >= 0 {
			w.modes.Observe(place, resilience.Measure{Known: known, Value: value, Time: now}, now)
		}
	}
	age, known := w.age(now)
	observe("feed_age", age, known)
	observe("breaker", truth(lane.Breaker != resilience.BreakerClosed || lane.Held != ""), true)
	observe("orders_unknown", int64(lane.OrdersUnknown), true)
	observe("dead_letters", int64(lane.DeadLetters), true)
	observe("journal_failed", 0, true)
	observe("positions_differ", truth(lane.Differ != ""), lane.Ready)
	observe("clock_skew", abs(lane.Skew), true)
	observe("disk_free", machine.DiskFree, machine.DiskFree >= 0)
	observe("lag", machine.Lag, true)
}

// age is how old the oldest instrument's newest bar is, in intervals as a fraction.
func (w *watch) age(now int64) (age int64, known bool) {
	if w.interval <= 0 {
		return 0, false
	}
	for _, at := range w.newest {
		if at == 0 {
			return 0, false
		}
		v, ok := event.MulDiv(max(0, now-at), event.One, w.interval, event.Up)
		if !ok {
			return 0, false
		}
		age = max(age, v)
	}
	return age, true
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// judge lets every agent know when what it rests on has changed what it may do.
func (l *Live) judge() error {
	if l.quiet {
		return nil
	}
	health := l.lane.Health(l.now)
	for i, a := range l.agents {
		w := l.watches[i]
		w.measure(&health, &l.machine, l.now)
		if !w.differs(l.now) {
			continue
		}
		if err := l.keepWatch(a, w); err != nil {
			return err
		}
		mode := event.Mode(w.modes.Decide(l.now).Mode)
		if mode == w.mode {
			continue
		}
		l.change(a, w, mode)
	}
	return nil
}

// change puts the new mode into the agent's inbox, and tells a person when it is worse.
func (l *Live) change(a *Agent, w *watch, mode event.Mode) {
	var words []string
	settled := true // an agent that has just started does not know yet, which is nothing to wake anybody for
	for i := range w.reasons {
		words = append(words, wordsOf(&w.reasons[i]))
		settled = settled && w.reasons[i].Kind != resilience.ReasonUnknown
	}
	e := a.inbox.push(event.KindMode, l.now)
	e.Mode, e.Reason = mode, strings.Join(words, "; ")
	switch {
	case mode > w.mode && settled:
		l.alert(event.Alert{Key: "mode", Level: event.AlertWarning, Agent: a.plan.Name, Text: fmt.Sprintf("%s is now %s: %s", a.plan.Name, mode, e.Reason)})
	case mode == event.ModeFull:
		l.alert(event.Alert{Key: "mode", Level: event.AlertWarning, Agent: a.plan.Name, Text: a.plan.Name + " is full again", Over: true})
	}
	w.mode = mode
}

// tellMode tells a person of a mode that an agent came to by its own turn: by its money, or its strategy's failures.
// Of what it rests on change has told, and who orders a mode by hand needs no alert of it: the journal keeps who did.
func (l *Live) tellMode(a *Agent, before event.Mode) {
	if a.mode == before || a.turn.Event.Kind == event.KindMode {
		return
	}
	told := event.Alert{Key: "mode", Level: event.AlertWarning, Agent: a.plan.Name}
	_, reason := a.health.mode(a.now)
	switch {
	case a.mode == event.ModeFull:
		told.Text, told.Over = a.plan.Name+" is full again", true
	case a.mode < before, a.turn.Event.Kind == event.KindOperator:
		return
	case a.mode == event.ModeShutdown:
		told.Level, told.Text = event.AlertCritical, fmt.Sprintf("%s is now %s, its positions are being closed, and it stays so until a person opens it: %s", a.plan.Name, a.mode, reason)
	default:
		told.Text = fmt.Sprintf("%s is now %s: %s", a.plan.Name, a.mode, reason)
	}
	l.alert(told)
}

// keepWatch journals the conditions' state in the agent's stream.
func (l *Live) keepWatch(a *Agent, w *watch) error {
	w.kept = w.modes.AppendState(w.kept[:0])
	return a.ledger.commit(append(a.ledger.begin(journal.KindMode, a.sequence, l.now), w.kept...))
}

// differs reports whether other conditions hold than when it was last asked, or in another way. What they read may
// change at each round and is no difference.
func (w *watch) differs(now int64) bool {
	w.found = w.modes.Reasons(now, w.found[:0])
	if slices.EqualFunc(w.found, w.reasons, sameReason) {
		return false
	}
	w.found, w.reasons = w.reasons, w.found
	return true
}

func sameReason(a, b resilience.Reason) bool {
	return a.Name == b.Name && a.Kind == b.Kind && a.Mode == b.Mode
}
