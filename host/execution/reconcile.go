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
			p.verify = true
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

func (l *Lane) wantReconcile(at int64) {
	a := &l.account
	if a.reconcileNext == 0 || at < a.reconcileNext {
		a.reconcileNext = max(at, 1)
	}
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

// endSnapshot compares books and venue.
func (l *Lane) endSnapshot() {
	a := &l.account
	s := &a.snapshot
	quiet := s.quiet && s.activity == l.activity && !l.changingOut()
	positions, before, repeated := s.positions, s.differences, s.repeated
	counted := quiet && a.begun && l.facility(event.CallBalances) && a.balancesAt >= s.started && !l.unsettled()
	*s = snapshot{}
	if positions == nil {
		if counted {
			l.countMoney(l.flat())
		}
		l.reconciledNow()
		return
	}
	differences, any := l.differences(positions)
	switch {
	case !a.begun:
		l.baseline(positions, differences, before, repeated && quiet)
	case !any:
		if counted {
			l.countMoney(!slices.ContainsFunc(positions, func(v int64) bool { return v != 0 }))
		}
		l.reconciledNow()
	case quiet && repeated && slices.Equal(differences, before) && l.restored():
		l.takeOver(differences)
	case quiet && repeated && slices.Equal(differences, before):
		l.unexplained(positions, differences)
	default:
		s.differences, s.repeated = differences, quiet
		l.wantReconcile(l.now + l.config.LookupEvery)
	}
}

// unsettled reports whether something may have filled of which no fill was told.
func (l *Lane) unsettled() bool {
	return slices.ContainsFunc(l.live, func(o *order) bool { return o.life.State == resilience.StateUnknown || o.life.Missing() > 0 })
}

// flat reports whether nothing is held by the books.
func (l *Lane) flat() bool {
	return !slices.ContainsFunc(l.positions, func(v int64) bool { return v != 0 }) && !slices.ContainsFunc(l.foreign, func(v int64) bool { return v != 0 })
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

// Difference is an instrument of which the venue holds something else than the books say, in quantity units.
type Difference struct {
	Instrument  uint32
	Books, Held int64
}

// Differences are those that two snapshots have agreed on and nobody has explained, as last measured; none while books
// and venue add up. What differs in another way than by a position is said by Health.Differ alone.
func (l *Lane) Differences() (all []Difference) {
	a := &l.account
	if a.differ&differPosition == 0 {
		return nil
	}
	for i, v := range a.snapshot.differences {
		if v != 0 {
			books := l.books(uint32(i))
			all = append(all, Difference{Instrument: uint32(i), Books: books, Held: books + v})
		}
	}
	return all
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
