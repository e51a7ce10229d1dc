package execution

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// start begins, or begins again: what was out is lost, what rests is looked up, and the account compared.
func (l *Lane) start() {
	for len(l.calls) > 0 {
		l.lost(l.calls[0])
	}
	a := &l.account
	a.heard, a.ready, a.wanted, a.snapshot = 0, false, [4]int64{}, snapshot{}
	for _, o := range append([]*order(nil), l.live...) {
		if o.life.State == resilience.StateInFlight || o.life.State == resilience.StateReplacePending {
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeRestart})
			l.again(o, &event.Reply{}, &resilience.Failure{Retry: resilience.RetrySettled})
		}
		p := l.touch(o)
		switch {
		case o.doubtful():
			p.lookupNext = l.now
		case o.open() && l.config.Facilities&(event.FacilityLookup|event.FacilityOpenOrders) != 0:
			p.lookupFound = true
			if l.config.Facilities&event.FacilityOpenOrders == 0 {
				p.lookupNext = l.now
			}
		}
		if o.life.CancelWished {
			p.cancelNext = l.now
		}
	}
	if l.config.Facilities&event.FacilityPositions == 0 {
		a.begun = true // there is nothing to take a baseline of
	}
	l.wantList(event.CallOpenOrders)
	l.beginSnapshot()
}

// lost ends a call whose reply was not journaled.
func (l *Lane) lost(c call) {
	l.breaker.Cancel(c.permit, l.now)
	l.emit(Fact{Kind: FactAnswered, Number: c.ID, Proof: resilience.ProofUnknown, Cause: resilience.CauseAborted, Text: "the host started again before the reply was journaled"})
	o := l.byID[c.Order.ID]
	if o == nil || c.Kind != event.CallReplace {
		return
	}
	l.touch(o).stage = stageLost
	if o.open() && o.life.State != resilience.StateReplacePending {
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplaceLose})
	}
}

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

func (l *Lane) wantReconcile(at int64) {
	a := &l.account
	if a.reconcileNext == 0 || at < a.reconcileNext {
		a.reconcileNext = max(at, 1)
	}
}

// schedule starts the comparison and the polls that are due.
func (l *Lane) schedule() {
	a, c := &l.account, l.config
	if a.reconcileNext != 0 && l.now >= a.reconcileNext && !a.snapshot.active {
		l.beginSnapshot()
	}
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

func (l *Lane) streaming() bool {
	return l.account.heard > 0 && l.now-l.account.heard <= l.config.StreamQuiet
}

// beginSnapshot asks for fills; the lists follow when those are complete.
func (l *Lane) beginSnapshot() {
	s := &l.account.snapshot
	n := snapshot{active: true, started: l.now, activity: l.activity, quiet: !l.changingOut(), differences: s.differences, repeated: s.repeated}
	*s = n
	l.account.reconcileNext = 0
	if l.facility(event.CallFills) {
		s.awaited = 1 << listIndex(event.CallFills)
		l.wantList(event.CallFills)
		return
	}
	l.askLists()
}

func (l *Lane) changingOut() bool {
	return slices.ContainsFunc(l.calls, func(c call) bool { return c.Kind.Changes() })
}

func (l *Lane) askLists() {
	s := &l.account.snapshot
	s.listed, s.awaited = true, 0
	for _, k := range [...]event.CallKind{event.CallPositions, event.CallOpenOrders, event.CallBalances} {
		if l.facility(k) {
			s.awaited |= 1 << listIndex(k)
			l.wantList(k)
		}
	}
	if s.awaited == 0 {
		l.endSnapshot()
	}
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

// arrived ticks off a part of the snapshot.
func (l *Lane) arrived(k event.CallKind) {
	s := &l.account.snapshot
	if !s.active || s.awaited&(1<<listIndex(k)) == 0 {
		return
	}
	if s.awaited &^= 1 << listIndex(k); s.awaited != 0 {
		return
	}
	if s.listed {
		l.endSnapshot()
		return
	}
	l.askLists()
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
			p.lookupFound, p.missing = false, 0
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

// endSnapshot compares books and venue.
func (l *Lane) endSnapshot() {
	a := &l.account
	s := &a.snapshot
	quiet := s.quiet && s.activity == l.activity && !l.changingOut()
	positions, before, repeated := s.positions, s.differences, s.repeated
	*s = snapshot{}
	if positions == nil {
		l.reconciledNow()
		return
	}
	differences, any := l.differences(positions)
	switch {
	case !a.begun:
		l.baseline(positions, differences, before, repeated && quiet)
	case !any:
		l.reconciledNow()
	case quiet && repeated && slices.Equal(differences, before):
		l.unexplained(positions, differences)
	default:
		s.differences, s.repeated = differences, quiet
		l.wantReconcile(l.now + l.config.LookupEvery)
	}
}

// differences are venue less books. Beside an Unknown order nothing can be said yet: its end is a reason to
// compare again.
func (l *Lane) differences(positions []int64) (d []int64, any bool) {
	d = make([]int64, len(positions))
	for i := range d {
		d[i] = positions[i] - l.books(uint32(i))
	}
	for _, o := range l.live {
		if o.life.State == resilience.StateUnknown && l.account.begun {
			d[o.order.Instrument] = 0
		}
	}
	return d, slices.ContainsFunc(d, func(v int64) bool { return v != 0 })
}

// books is what the account should hold: our agents' positions and the foreign part.
func (l *Lane) books(instrument uint32) int64 {
	sum := l.foreign[instrument]
	for agent := range l.agents {
		sum += *l.position(instrument, uint32(agent))
	}
	return sum
}

// baseline takes what the account holds before the first order for foreign, once two snapshots agree.
func (l *Lane) baseline(positions, differences, before []int64, repeated bool) {
	a := &l.account
	if !repeated || !slices.Equal(differences, before) {
		a.snapshot.differences, a.snapshot.repeated = differences, true
		l.beginSnapshot()
		return
	}
	a.begun = true
	for i, v := range differences {
		if v == 0 {
			continue
		}
		l.emit(Fact{Kind: FactForeign, Place: uint32(i), Values: [4]int64{l.foreign[i] + v}})
		if l.config.Foreign == ForeignHalt {
			l.differ(differForeign, fmt.Sprintf("before the first start the account held %s of %s", l.units(i, positions[i]), l.config.Instruments[i].Name))
		}
	}
	l.reconciledNow()
}

func (l *Lane) units(instrument int, v int64) string {
	return event.FormatDecimal(v, l.config.Instruments[instrument].QuantityDecimals)
}

// reconciledNow: books and venue agree.
func (l *Lane) reconciledNow() {
	a := &l.account
	a.reconciled = l.now
	if a.differ &^= differPosition; a.differ == 0 {
		a.differText = ""
	}
	l.alertOver("position_difference", "", "books and venue agree again")
	if l.config.ReconcileEvery > 0 {
		l.wantReconcile(l.now + l.config.ReconcileEvery)
	}
}

func (l *Lane) unexplained(positions, differences []int64) {
	for i, v := range differences {
		if v != 0 {
			l.differ(differPosition, fmt.Sprintf("%s: the venue holds %s, the books say %s (foreign %s)", l.config.Instruments[i].Name,
				l.units(i, positions[i]), l.units(i, l.books(uint32(i))), l.units(i, l.foreign[i])))
		}
	}
	l.account.snapshot.differences, l.account.snapshot.repeated = differences, true
	l.wantReconcile(l.now + max(l.config.LookupEvery, l.config.ReconcileEvery))
}
