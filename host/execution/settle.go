package execution

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// deadEvery is how much more seldom a dead letter is asked about than an Unknown.
const deadEvery = 12

// overdue takes replies for lost that will not come: the worker that had the call may have died.
func (l *Lane) overdue() {
	for {
		i := -1
		for k := range l.calls {
			if l.calls[k].Deadline+l.config.CallGrace <= l.now {
				i = k
				break
			}
		}
		if i < 0 {
			return
		}
		c := &l.calls[i]
		l.reply(&event.Reply{
			Call: c.ID, Kind: c.Kind, Started: c.sent, Received: l.now, Detail: "no reply came",
			Happening: resilience.Happening{Cause: resilience.CauseTimeout, Phase: resilience.PhaseWritten},
		})
	}
}

// sweep does what time and other orders demand of each order that is not over.
func (l *Lane) sweep() {
	l.scan = append(l.scan[:0], l.live...)
	ready := true
	for _, o := range l.scan {
		switch o.life.State {
		case resilience.StateContingent:
			l.sweepChild(o)
		case resilience.StateUnknown:
			l.sweepUnknown(o)
		case resilience.StateOpen, resilience.StatePartial:
			l.sweepOpen(o)
		}
		if s := o.life.State; (s == resilience.StatePending || s == resilience.StateContingent) && o.life.ValidUntil > 0 && l.now >= o.life.ValidUntil {
			l.lapse(o)
		}
		ready = ready && !(o.plan.verify && o.open())
	}
	a := &l.account
	if !a.ready && ready && a.begun && a.wanted[listIndex(event.CallOpenOrders)] == 0 && !l.listOut(event.CallOpenOrders) {
		a.ready = true
	}
	l.schedule()
}

// sweepChild arms a held order when its parent has filled, and drops it when the parent is over without.
func (l *Lane) sweepChild(o *order) {
	parent := l.tail(l.byID[o.order.Parent])
	switch {
	case parent == nil || l.filled(parent) > 0:
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeArm})
	case parent.life.State.Final():
		p := l.touch(o)
		p.endCode, p.endReason = uint16(event.CancelParentDone), "its parent never filled"
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeDisarm})
	}
}

// sweepOpen cancels what rests and can only reduce when there is nothing left to reduce: filled, it would
// open a position.
func (l *Lane) sweepOpen(o *order) {
	if !o.closes() || o.life.CancelWished || !o.open() {
		return
	}
	if l.reducible(o, true) > 0 {
		l.grow(o)
		return
	}
	code := event.CancelByHost
	if !o.order.Parent.IsZero() {
		code = event.CancelParentDone
	}
	l.wishCancel(o, code)
}

// grow lets a child that went out while its parent had filled a part only protect what the parent has filled
// since, up to the size that it was wished with.
func (l *Lane) grow(o *order) {
	p := &o.plan
	parent, head := l.tail(l.byID[o.order.Parent]), l.byID[p.head]
	if parent == nil || head == nil || p.stage != stageNone || head == o || o.order.SizeKind != event.SizeUnits || p.size >= head.order.Size {
		return
	}
	size := min(head.order.Size, l.filled(parent), l.filled(o)+l.reducible(o, false))
	if size <= o.order.Size+p.base {
		return
	}
	p = l.touch(o)
	p.stage, p.size, p.price, p.stop = stageWished, size, o.order.Price, o.order.StopPrice
	p.replaceNext, p.replaceBackoff = l.now, resilience.Backoff{}
}

// sweepUnknown gives an order up to a person when settling took too long, or can end in nothing else.
func (l *Lane) sweepUnknown(o *order) {
	p := &o.plan
	long := p.unknown > 0 && l.now >= p.unknown+l.config.UnknownMax
	if !long && !l.hopeless(o) {
		return
	}
	why := "nobody could say for unknown_max what became of it"
	if o.life.AbsenceProved {
		why = "it never arrived, and must not be sent again under its id"
	}
	l.giveUp(o, why)
}

// hopeless: it is proved absent, and nothing will ever let it go out again.
func (l *Lane) hopeless(o *order) bool {
	if !o.life.AbsenceProved || o.life.CancelWished {
		return false
	}
	over := o.life.ValidUntil > 0 && l.now >= o.life.ValidUntil
	if ok, _ := l.config.Resend.MayResend(&o.life, l.now); ok {
		return o.plan.notBefore == 0 // no attempt is left
	}
	return over || o.life.Expiry == resilience.Never || o.plan.notBefore == 0
}

func (l *Lane) lookupEvery() int64 { return max(l.config.LookupEvery, l.config.Settle.Spacing) }

// lookedUp takes in the reply to a lookup. An error is not an answer.
func (l *Lane) lookedUp(o *order, c *call, r *event.Reply, f *resilience.Failure) {
	p := l.touch(o)
	found := reportOf(r, o)
	answered := f.Proof == resilience.ProofAccepted || r.NotFound
	if answered && found != nil {
		l.account.proven = true
		l.report(found, true)
	}
	l.news(r)
	if answered && found == nil && r.NotFound {
		l.notFound(o, c, r)
	}
	switch {
	case o.life.State.Final():
		p.lookupNext = 0
	case o.life.State == resilience.StateDeadLetter:
		p.lookupNext = l.now + deadEvery*l.lookupEvery()
	case o.life.State == resilience.StateUnknown:
		p.lookupNext = l.now + l.lookupEvery()
	case !answered || found == nil || p.stage == stageLost || o.life.Ending != resilience.StateNone:
		p.lookupNext = l.now + l.lookupEvery()
	case o.life.CancelWished:
		// It is still there though a cancel was taken: the cancel goes out again when its time comes.
		p.lookupNext = l.now + 2*l.lookupEvery()
	default:
		p.lookupNext = 0
	}
}

// notFound is an absence. Of an order that the venue has acknowledged it proves nothing; it is Unknown then.
func (l *Lane) notFound(o *order, c *call, r *event.Reply) {
	q := resilience.Lookup{Asked: c.sent, Answered: true, Open: r.SearchedOpen, Past: r.SearchedPast, Proven: l.account.proven}
	if o.doubtful() {
		l.callWitness()
		p := l.touch(o)
		if ev, _ := l.config.Settle.Absent(&o.life, q); ev.Kind != 0 {
			p.endCode, p.endReason = p.cancelCode, "it never arrived"
			l.happen(o, ev)
		}
		return
	}
	if !o.open() {
		return
	}
	p := l.touch(o)
	if p.missing++; p.missing >= 2 {
		p.missing = 0
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeCancelMissing})
	}
}

// callWitness has an order looked up that the venue surely has. Only a lookup that has found one can prove
// that another is absent, and if all that was ever looked up never arrived, none has.
func (l *Lane) callWitness() {
	if w := l.witness(); !l.account.proven && w != nil {
		l.touch(w).lookupNext = l.now
	}
}

// witness is the newest order that the venue has said it has, nil if there is none.
func (l *Lane) witness() *order {
	for _, orders := range [...][]*order{l.live, l.done} {
		for _, o := range slices.Backward(orders) {
			if o.life.Acknowledged && !o.doubtful() {
				return o
			}
		}
	}
	return nil
}

// forget drops what is over for long. What still misses fills, or is part of a chain that goes on, stays.
func (l *Lane) forget() {
	for len(l.done) > 0 {
		o := l.done[0]
		old := l.now-o.over >= l.config.RetentionTime
		if !old && len(l.done) <= l.config.RetentionMax {
			return
		}
		if l.needed(o) && len(l.done) <= 2*l.config.RetentionMax {
			return
		}
		l.emit(Fact{Kind: FactForgotten, Order: o.order.ID})
		if o.letter {
			l.alertOverLetters(o)
		}
	}
}

func (l *Lane) needed(o *order) bool {
	if o.life.Missing() > 0 {
		return true
	}
	if t := l.tail(o); t != o && !t.life.State.Final() {
		return true
	}
	for _, other := range l.live {
		if other.order.Parent == o.order.ID {
			return true
		}
	}
	return false
}
