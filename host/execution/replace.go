package execution

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// replace notes what an order is wished to become. It is done when the order can be changed.
func (l *Lane) replace(q *event.Order) {
	o := l.ordered(q)
	if o == nil || o.life.State.Final() {
		return
	}
	p := l.touch(o)
	size := q.Size
	if size != 0 && q.SizeKind > event.SizeUnits {
		size = -1
	}
	switch {
	case o.life.CancelWished && p.stage != stageCancel:
		l.refuseReplace(o, event.RejectOther, "a cancel is wished already")
		return
	case size < 0 || o.life.Quantity == 0:
		l.refuseReplace(o, event.RejectType, "only sizes in units can be replaced")
		return
	case size != 0 && size <= l.filled(o):
		l.refuseReplace(o, event.RejectQuantity, "no more than is filled already")
		return
	case p.stage == stageSent || p.stage == stageLost:
		l.refuseReplace(o, event.RejectOther, "the replace before is not answered yet")
		return
	}
	if p.stage == stageNone {
		p.size, p.price, p.stop = o.order.Size+p.base, o.order.Price, o.order.StopPrice
		p.stage, p.replaceNext, p.replaceBackoff = stageWished, l.now, resilience.Backoff{}
	}
	keep(&p.size, size)
	keep(&p.price, q.Price)
	keep(&p.stop, q.StopPrice)
	if o.life.State == resilience.StatePending || o.life.State == resilience.StateContingent {
		l.replaceUnsent(o)
	}
}

func keep(v *int64, wished int64) {
	if wished != 0 {
		*v = wished
	}
}

// replaceUnsent changes what never went out: prices in place; another size is another order.
func (l *Lane) replaceUnsent(o *order) {
	p := l.touch(o)
	if p.size != o.order.Size+p.base {
		p.stage = stageCancel
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeWishCancel})
		return
	}
	l.change(o, o.order.Size, p.price, p.stop)
	p.stage = stageNone
	l.tellReplaced(o, 0, "")
}

func (l *Lane) change(o *order, size, price, stop int64) {
	l.emit(Fact{Kind: FactChanged, Order: o.order.ID, Values: [4]int64{size, price, stop, int64(o.order.SizeKind)}})
}

// mayReplace checks a replace at the door. Where the venue cannot amend, it becomes a cancel and a new order.
func (l *Lane) mayReplace(o *order) bool {
	p := l.touch(o)
	size := p.size - p.base
	if size > o.order.Size && !o.closes() && (!l.account.ready || l.doubtBeside(o)) {
		return false
	}
	if code, why := l.replaceable(o, size); code != 0 {
		p.stage = stageNone
		l.refuseReplace(o, code, why)
		return false
	}
	if l.config.Facilities&event.FacilityReplace != 0 {
		return true
	}
	p.stage = stageCancel
	p.cancelCode, p.cancelNext, p.cancelBackoff = uint16(event.CancelByHost), l.now, resilience.Backoff{}
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeWishCancel})
	return false
}

// replaceable judges an order as it would stand by the rules of one that goes out.
func (l *Lane) replaceable(o *order, size int64) (event.RejectCode, string) {
	a := &l.agents[o.order.Agent]
	s := l.breaker.State(l.now)
	switch {
	case size <= o.life.Filled:
		return event.RejectQuantity, "no more than is filled already"
	case o.closes() && size > o.order.Size && size-o.life.Filled > l.reducible(o, l.enforced(o)):
		return event.RejectReduceOnly, "more than there is to close"
	case o.closes() || o.byHost():
		return 0, ""
	case a.limited && a.permitted&event.PermitAdd == 0:
		return event.RejectPermission, "the mode does not permit it"
	case l.account.held != "" || s == resilience.BreakerOpen || s == resilience.BreakerIsolated:
		return event.RejectHalted, "the venue's breaker is open, or the account held"
	case l.crosses(o, o.plan.price) != nil:
		return event.RejectOther, "it would cross a sibling's order"
	}
	return 0, ""
}

// succeed sends the rest of a cancelled order on under a new id, as it is wished. It reports whether there
// is a rest.
func (l *Lane) succeed(o *order) bool {
	p := l.touch(o)
	p.stage = stageNone
	rest := p.size - l.filled(o)
	if rest <= 0 {
		return false
	}
	n := o.order
	n.ID, n.Redrives = derive(o.order.ID), event.OrderID{}
	n.Size, n.Price, n.StopPrice, n.Filled, n.FilledValue = rest, p.price, p.stop, 0, 0
	n.State, n.SizeKind, n.ValidUntil = event.StatePending, event.SizeUnits, 0
	p.successor = n.ID
	size, head, base := p.size, p.head, l.filled(o)
	kind, valid := resilience.LifeAdmit, l.now+l.lifetime(n.Type)
	if o.life.Attempts == 0 {
		valid = o.life.ValidUntil // nothing went out yet: its time goes on
	}
	if parent := l.tail(l.byID[n.Parent]); parent != nil && l.filled(parent) == 0 {
		kind, valid = resilience.LifeHold, o.order.ValidUntil
	}
	if l.byID[n.ID] != nil || l.forgotten.knows(n.ID) {
		p.successor = event.OrderID{}
		return false
	}
	b := l.bear(n, kind, valid)
	q := l.touch(b)
	q.head, q.replaces, q.base, q.size = head, o.order.ID, base, size
	return true
}

// derive makes the id of a replacement: ours by its tag, and always the same for the same order.
func derive(id event.OrderID) event.OrderID {
	sum := sha256.Sum256(append(id[:], "replace"...))
	n := event.OrderID{event.IDTag[0], event.IDTag[1]}
	copy(n[2:], sum[:])
	if binary.BigEndian.Uint64(n[2:]) == 0 {
		n[2] = 1
	}
	return n
}

func (l *Lane) replaceAt(o *order) int64 {
	s := o.life.State
	if o.plan.stage == stageWished && (s == resilience.StateOpen || s == resilience.StatePartial) && o.open() {
		return o.plan.replaceNext
	}
	return resilience.Never
}
