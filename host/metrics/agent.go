package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/agenthost/agenthost/host/event"
)

var agentLabels = []string{"agent", "venue", "account"}

func agentLabelsAnd(more ...string) []string {
	return append(append([]string(nil), agentLabels...), more...)
}

// agentVectors are an agent's counters, of all agents.
type agentVectors struct {
	turns, ticks, fuel, rollbacks, swaps, dropped, submitted, outcomes, denials *prometheus.CounterVec
}

func newAgentVectors(f factory) agentVectors {
	return agentVectors{
		turns:     f.counters("turns_total", "Events that an agent took in, each with a turn.", agentLabels...),
		ticks:     f.counters("ticks_total", "Calls of a strategy, by how they ended.", agentLabelsAnd("verdict")...),
		fuel:      f.counters("fuel_used_total", "Fuel that a strategy's ticks used.", agentLabels...),
		rollbacks: f.counters("rollbacks_total", "Ticks that failed and were made not to have been.", agentLabels...),
		swaps:     f.counters("swaps_total", "Changes of a strategy's module or settings while the host ran.", agentLabels...),
		dropped:   f.counters("events_dropped_total", "Events that a strategy was not told, because too many waited for a tick that succeeds.", agentLabels...),
		submitted: f.counters("orders_submitted_total", "Orders that admission let through, on their way to the venue.", agentLabels...),
		outcomes:  f.counters("order_outcomes_total", "What became of orders and the account, as the agent was told.", agentLabelsAnd("outcome")...),
		denials:   f.counters("denials_total", "Wishes of a strategy that admission refused, by the rule.", agentLabelsAnd("reason")...),
	}
}

// Agent counts what one agent does. One goroutine at a time uses it.
type Agent struct {
	labels                                            []string
	set                                               *agentVectors
	turns, fuel, rollbacks, swaps, dropped, submitted prometheus.Counter
	ticks                                             [event.VerdictInput + 1]prometheus.Counter
	outcomes                                          [event.EventLiquidation + 1]prometheus.Counter
	denials                                           [event.DenyDust + 1]prometheus.Counter // made when they are first needed
}

// Agent is the agent's counters: the same for the same names.
func (s *Set) Agent(n Names) *Agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.byAgent[n]; a != nil {
		return a
	}
	v, l := &s.agents, []string{n.Agent, n.Venue, n.Account}
	a := &Agent{
		labels: l, set: v, turns: v.turns.WithLabelValues(l...), fuel: v.fuel.WithLabelValues(l...),
		rollbacks: v.rollbacks.WithLabelValues(l...), swaps: v.swaps.WithLabelValues(l...),
		dropped: v.dropped.WithLabelValues(l...), submitted: v.submitted.WithLabelValues(l...),
	}
	for i := event.VerdictOK; int(i) < len(a.ticks); i++ {
		a.ticks[i] = v.ticks.WithLabelValues(with(l, i.String())...)
	}
	for _, i := range []event.EventKind{event.EventAccepted, event.EventRejected, event.EventDenied, event.EventFill, event.EventCancelled, event.EventExpired, event.EventSettled, event.EventDeadLetter} {
		a.outcomes[i] = v.outcomes.WithLabelValues(with(l, i.String())...) // there at 0, so that the first one is seen as an increase
	}
	s.byAgent[n] = a
	return a
}

func with(labels []string, more ...string) []string {
	return append(append([]string(nil), labels...), more...)
}

// Turn counts a finished turn.
func (a *Agent) Turn(t *event.Turn) {
	a.turns.Inc()
	if v := t.Verdict; v != event.VerdictNone && int(v) < len(a.ticks) {
		a.ticks[v].Inc()
		a.fuel.Add(float64(t.Fuel))
		if v != event.VerdictOK {
			a.rollbacks.Inc()
		}
	}
	switch t.Event.Kind {
	case event.KindSwap:
		a.swaps.Inc()
	case event.KindOutcome:
		a.outcome(t.Event.Outcome.Kind)
	}
	for i := range t.Requests {
		if t.Requests[i].Kind == event.RequestSubmit {
			a.submitted.Inc()
		}
	}
	for i := range t.Denials {
		a.denied(t.Denials[i].Code)
	}
}

func (a *Agent) outcome(k event.EventKind) {
	if int(k) >= len(a.outcomes) {
		return
	}
	if a.outcomes[k] == nil {
		a.outcomes[k] = a.set.outcomes.WithLabelValues(with(a.labels, k.String())...)
	}
	a.outcomes[k].Inc()
}

func (a *Agent) denied(c event.DenyCode) {
	if int(c) >= len(a.denials) {
		return
	}
	if a.denials[c] == nil {
		a.denials[c] = a.set.denials.WithLabelValues(with(a.labels, c.String())...)
	}
	a.denials[c].Inc()
}

// Dropped counts events that the strategy is not told.
func (a *Agent) Dropped(n uint64) {
	if n > 0 {
		a.dropped.Add(float64(n))
	}
}
