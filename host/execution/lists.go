package execution

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

func (l *Lane) facility(k event.CallKind) bool {
	return l.config.Facilities&(event.FacilityOpenOrders<<listIndex(k)) != 0
}

// want asks for a list at a time, or earlier if it is wanted already.
func (l *Lane) want(k event.CallKind, at int64) {
	w := &l.account.wanted[listIndex(k)]
	if l.facility(k) && (*w == 0 || at < *w) {
		*w = max(at, 1)
	}
}

func (l *Lane) wantList(k event.CallKind) { l.want(k, l.now) }

// schedule starts the comparison and the polls that are due.
func (l *Lane) schedule() {
	a, c := &l.account, l.config
	if a.reconcileNext != 0 && l.now >= a.reconcileNext && !a.snapshot.active {
		l.beginSnapshot()
	}
	l.probe()
	if c.PollEvery == 0 || l.streaming() || l.now < a.pollNext {
		return
	}
	for _, o := range l.live {
		if o.life.Attempts > 0 {
			a.pollNext = l.now + c.PollEvery
			l.wantList(event.CallFills)
			l.wantList(event.CallOpenOrders)
			return
		}
	}
}

// probe asks a half-open breaker's venue for a list, if nothing else would: while the breaker is not closed
// nothing that adds goes out, and so nothing would ever show that the venue is well again.
func (l *Lane) probe() {
	if len(l.calls) > 0 || l.breaker.State(l.now) != resilience.BreakerHalfOpen {
		return
	}
	for _, k := range [...]event.CallKind{event.CallOpenOrders, event.CallFills, event.CallPositions, event.CallBalances} {
		if l.facility(k) {
			l.wantList(k)
			return
		}
	}
}

func (l *Lane) streaming() bool {
	return l.account.heard > 0 && l.now-l.account.heard <= l.config.StreamQuiet
}

// listed takes in the reply to a query of a whole list. A failed or partial one is no empty account.
func (l *Lane) listed(c *call, r *event.Reply, f *resilience.Failure) {
	if f.Proof != resilience.ProofAccepted && r.Happening.Cause != resilience.CauseNone && f.Effect != resilience.EffectSuccess {
		l.want(c.Kind, l.now+max(l.config.LookupEvery, r.RetryAfter))
		return
	}
	switch c.Kind {
	case event.CallFills:
		l.listedFills(r)
		return
	case event.CallOpenOrders:
		l.news(r)
		if r.Complete {
			l.absentFromOpen(c, r)
		}
	case event.CallBalances:
		if r.Complete {
			l.account.balances, l.account.balancesAt = append([]event.BalanceReport(nil), r.Balances...), l.now
		}
	case event.CallPositions:
		if r.Complete {
			l.listedPositions(c, r)
		}
	}
	if !r.Complete {
		l.want(c.Kind, l.now+l.config.LookupEvery)
		return
	}
	// A list that was asked for before the snapshot began says nothing of it.
	if s := &l.account.snapshot; c.sent >= s.started {
		l.arrived(c.Kind)
	}
}

// listedFills moves the cursor on only when every fill before it is booked, in this same entry.
func (l *Lane) listedFills(r *event.Reply) {
	a := &l.account
	if !a.begun {
		// The first start: what is not ours here happened before us, and is in the baseline.
		n := *r
		n.Fills = nil
		for _, f := range r.Fills {
			if l.find(f.Order, f.VenueOrder) != nil {
				n.Fills = append(n.Fills, f)
			} else {
				l.strangeKey(fillKey(&f))
			}
		}
		r = &n
	}
	placed := l.news(r)
	moved := r.Cursor != "" && r.Cursor != a.cursor
	if placed && moved {
		a.cursor = r.Cursor
	}
	switch {
	case !placed:
		l.want(event.CallFills, l.now+l.config.LookupEvery)
	case !r.Complete && moved:
		l.want(event.CallFills, l.now) // the next page
	case !r.Complete:
		l.want(event.CallFills, l.now+l.config.LookupEvery)
	default:
		if l.anyMissing() {
			l.want(event.CallFills, l.now+l.config.LookupEvery)
		}
		l.arrived(event.CallFills)
	}
}

func (l *Lane) anyMissing() bool {
	return slices.ContainsFunc(l.live, func(o *order) bool { return o.life.Missing() > 0 })
}

// absentFromOpen looks up orders that rest here and are not in the venue's complete list: filled, ended, or
// lost. That an order is not open says nothing else of it.
func (l *Lane) absentFromOpen(c *call, r *event.Reply) {
	for _, o := range append([]*order(nil), l.live...) {
		if !o.open() || o.life.SentLast >= c.sent || l.inList(o, r) {
			continue
		}
		p := l.touch(o)
		if l.config.Facilities&event.FacilityLookup != 0 {
			if p.lookupNext == 0 {
				p.lookupNext = l.now
			}
			continue
		}
		if p.missing++; p.missing >= 2 {
			p.verify, p.missing = false, 0
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeCancelMissing})
		}
	}
}

func (l *Lane) inList(o *order, r *event.Reply) bool {
	for i := range r.Orders {
		if l.find(r.Orders[i].ID, r.Orders[i].VenueOrder) == o {
			return true
		}
	}
	return false
}

func (l *Lane) listedPositions(c *call, r *event.Reply) {
	s := &l.account.snapshot
	if !s.active || c.sent < s.started {
		return
	}
	s.positions = make([]int64, len(l.foreign))
	for _, p := range r.Positions {
		if int64(p.Instrument) < int64(len(s.positions)) {
			s.positions[p.Instrument] += p.Quantity
		} else if l.config.Foreign == ForeignHalt && p.Quantity != 0 {
			l.differ(differForeign, "the account holds "+p.Symbol+", which no agent trades")
		}
	}
}
