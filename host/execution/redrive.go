package execution

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// Redrivable says how an order can be tried again until validUntil (0: the default time to live): under its own id,
// or anew, as another order, since the venue has refused this one or is proved never to have had it. refusal says
// why not, empty if it can. It changes nothing.
func (l *Lane) Redrivable(id event.OrderID, validUntil, now int64) (anew bool, refusal string) {
	_, anew, refusal = l.redrivable(id, validUntil, max(l.latest, now))
	return anew, refusal
}

func (l *Lane) redrivable(id event.OrderID, valid, now int64) (until int64, anew bool, refusal string) {
	o := l.byID[id]
	if o == nil {
		return 0, false, "the lane has no such order, or has forgotten it"
	}
	if valid == 0 {
		valid = now + l.lifetime(o.order.Type)
	}
	switch s := o.life.State; {
	case !o.plan.successor.IsZero():
		return 0, false, "another order took its place: " + o.plan.successor.String()
	case !o.plan.redriven.IsZero():
		return 0, false, "it was redriven already, as " + o.plan.redriven.String()
	case valid <= now:
		return 0, false, fmt.Sprintf("its time to live would be over at %d; name a later one", valid)
	case l.idSpent(o, valid, now):
		return valid, true, l.unfinished(o)
	case s != resilience.StateDeadLetter && s != resilience.StateExpired && s != resilience.StateDenied:
		return 0, false, "it is " + s.String() + "; only what was rejected, expired unsent, was denied, or is a dead letter can be redriven"
	case o.life.Reached() && !l.dedupes(o, valid, now):
		return 0, false, "the venue may have it, and might take the same id for a new order: find out what became of it, resolve it, and let the strategy order anew"
	case o.life.Attempts >= resilience.AttemptsLimit:
		return 0, false, "it has used up its attempts; find out what became of it and resolve it"
	}
	return valid, false, ""
}

// idSpent reports whether nothing of an order is at the venue or can come to be there, and its id is of no use any
// more: a wish for it is a wish for another order.
func (l *Lane) idSpent(o *order, valid, now int64) bool {
	f := &o.life
	switch f.State {
	case resilience.StateRejected:
		return true
	case resilience.StateDeadLetter:
		return f.AbsenceProved && !l.dedupes(o, valid, now)
	case resilience.StateCancelled:
		return f.AbsenceProved && !f.CancelWished
	case resilience.StateDenied, resilience.StateExpired:
		return f.Attempts >= resilience.AttemptsLimit && !f.Reached()
	}
	return false
}

// unfinished says why a wish for an order anew must wait, or can never be one for the same.
func (l *Lane) unfinished(o *order) string {
	switch f := &o.life; {
	case f.Missing() > 0:
		return "fills of it are missing; ask the venue now with agenthost account reconcile"
	case f.Filled > 0 && (o.order.SizeKind != event.SizeUnits || f.Filled >= o.order.Size):
		return "of it is filled what there was to fill"
	}
	return ""
}

// redrive tries an order again under its own id, where that cannot double it. One that goes out anew is ended.
func (l *Lane) redrive(a *Act) (refusal string) {
	valid, anew, refusal := l.redrivable(a.Order, a.ValidUntil, l.now)
	if refusal != "" {
		return refusal
	}
	o := l.byID[a.Order]
	p := l.touch(o)
	if anew {
		if o.life.State == resilience.StateDeadLetter {
			p.endCode, p.endReason = uint16(event.CancelByOperator), "it never arrived, and a person wishes another in its place"
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeResolve, Ending: resilience.StateCancelled})
		}
		return ""
	}
	p.toldFinal, p.toldAccepted, p.notBefore, p.backoff, p.unknown = false, false, l.now, resilience.Backoff{}, 0
	p.endCode, p.endReason, p.found, p.allowed = 0, "", 0, 0
	over := o.life.State.Final()
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeRedrive, ValidUntil: valid, Dedupes: o.life.Reached()})
	if over {
		l.tellRevived(o) // or admission would not count it before the venue has it
	}
	if o.life.State == resilience.StateUnknown {
		p.unknown = l.now
	}
	l.letterOver(o)
	return ""
}

// supersedes says why an order cannot be taken in place of the one that it redrives, empty if it can: the agent's
// turn and the act that led to it are at one time, but a request may come again after a crash.
func (l *Lane) supersedes(n *event.Order) string {
	_, anew, refusal := l.redrivable(n.Redrives, 0, l.now)
	old := l.byID[n.Redrives]
	switch {
	case refusal != "":
		return refusal
	case !anew || old.life.State == resilience.StateDeadLetter:
		return "what it redrives is not over"
	case old.order.Agent != n.Agent || old.order.Instrument != n.Instrument || old.order.Side != n.Side:
		return "it is not the order that it redrives"
	}
	return ""
}

// superseded links the two; the letter of the old one is dealt with.
func (l *Lane) superseded(n *event.Order) {
	old := l.byID[n.Redrives]
	l.touch(old).redriven = n.ID
	l.letterOver(old)
}
