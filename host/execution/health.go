package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// Next is when the lane wants an InputTime next, in event time; 0 for never. A time that is past means at
// once.
func (l *Lane) Next() int64 {
	next := l.blocked
	for i := range l.calls {
		earlier(&next, l.calls[i].Deadline+l.config.CallGrace)
	}
	for _, o := range l.live {
		earlier(&next, l.due(o))
	}
	a := &l.account
	for _, at := range a.wanted {
		l.ahead(&next, at)
	}
	if !a.snapshot.active {
		l.ahead(&next, a.reconcileNext)
	}
	if l.config.PollEvery > 0 && len(l.live) > 0 {
		at := a.pollNext
		if a.heard > 0 {
			at = max(at, a.heard+l.config.StreamQuiet+1)
		}
		l.ahead(&next, at)
	}
	if l.config.Facilities&probes != 0 {
		l.ahead(&next, l.breaker.Until(l.now))
	}
	if len(l.done) > 0 {
		l.ahead(&next, l.done[0].over+l.config.RetentionTime)
	}
	return next
}

// probes are what a half-open breaker's venue can be asked without changing anything.
const probes = event.FacilityOpenOrders | event.FacilityFills | event.FacilityPositions | event.FacilityBalances

// due is when time alone makes something happen to an order. What is due already waits for something else,
// which blocked, a reply or a deadline will tell of.
func (l *Lane) due(o *order) int64 {
	next := int64(0)
	p := &o.plan
	if o.life.State.Final() {
		return 0
	}
	for _, at := range [...]int64{p.notBefore, p.lookupNext, p.cancelNext, p.replaceNext} {
		l.ahead(&next, at)
	}
	switch o.life.State {
	case resilience.StatePending, resilience.StateContingent, resilience.StateUnknown:
		l.ahead(&next, o.life.ValidUntil)
	}
	if o.life.State == resilience.StateUnknown && p.unknown > 0 {
		l.ahead(&next, p.unknown+l.config.UnknownMax)
	}
	return next
}

// ahead takes a time into account that is still to come.
func (l *Lane) ahead(next *int64, at int64) {
	if at > l.now {
		earlier(next, at)
	}
}

func earlier(next *int64, at int64) {
	if at > 0 && at != resilience.Never && (*next == 0 || at < *next) {
		*next = at
	}
}

// Health tells how the lane is doing at now. It changes nothing.
func (l *Lane) Health(now int64) Health {
	a := &l.account
	h := Health{
		Breaker: l.breaker.State(now), BreakerUntil: l.breaker.Until(now),
		OrdersLive: len(l.live), CallsOut: len(l.calls), Held: a.held, Reconciled: a.reconciled, Ready: a.ready,
		Skew: a.skew, SkewTime: a.skewAt, Skewed: l.skewed(),
		Streaming: a.heard > 0 && now-a.heard <= l.config.StreamQuiet,
		Balances:  a.balances, BalancesTime: a.balancesAt,
	}
	h.IsolatedBy, h.IsolatedFor = l.breaker.Isolation()
	if a.differ != 0 {
		h.Differ = a.differText
		if h.Differ == "" {
			h.Differ = "books and venue do not add up"
		}
	}
	h.Blocked = l.blocked
	for _, o := range l.live {
		switch {
		case o.life.State == resilience.StateUnknown:
			h.OrdersUnknown++
		case o.life.State == resilience.StateDeadLetter, o.plan.cancelTold:
			h.DeadLetters++
		}
	}
	return h
}

// CountUnknown adds each agent's Unknown orders to its place in counts.
func (l *Lane) CountUnknown(counts []int) {
	for _, o := range l.live {
		if o.life.State == resilience.StateUnknown && int64(o.order.Agent) < int64(len(counts)) {
			counts[o.order.Agent]++
		}
	}
}

// Outstanding is the most that an agent's orders may still buy and sell of an instrument, Unknowns at their
// worst. sized is false if an order has no quantity yet, whose own size the caller counts.
func (l *Lane) Outstanding(agent, instrument uint32) (buy, sell int64, sized bool) {
	sized = true
	for _, o := range l.live {
		if o.order.Agent != agent || o.order.Instrument != instrument {
			continue
		}
		units, ok := o.life.Outstanding()
		sized = sized && ok
		if o.order.Side == event.Buy {
			buy += units
		} else {
			sell += units
		}
	}
	return buy, sell, sized
}
