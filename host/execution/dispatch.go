package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// candidate is something that is due to go out. order is nil for a list of the account.
type candidate struct {
	order    *order
	kind     event.CallKind
	priority resilience.Priority
	agent    uint32
	done     bool
}

// nobody is whose turn the account's own queries take.
const nobody = ^uint32(0)

// dispatch lets out what is due, by priority, fair between agents, the oldest of an agent first.
func (l *Lane) dispatch() {
	l.blocked = 0
	l.countDoubt()
	l.collect()
	for p := resilience.PriorityHostClose; int(p) < resilience.Priorities; p++ {
		for i := l.pick(p); i >= 0; i = l.pick(p) {
			l.queue[i].done = true
			if !l.attempt(&l.queue[i]) {
				break // nothing of this priority passes now
			}
		}
	}
}

// collect gathers what is due.
func (l *Lane) collect() {
	l.queue = l.queue[:0]
	for _, o := range l.live {
		l.collectOrder(o)
	}
	if !l.account.proven {
		if w := l.witness(); w != nil && w.life.State.Final() {
			l.collectOrder(w)
		}
	}
	for k := event.CallOpenOrders; k <= event.CallBalances; k++ {
		if at := l.account.wanted[listIndex(k)]; at != 0 && at <= l.now && !l.listOut(k) {
			l.queue = append(l.queue, candidate{kind: k, priority: resilience.PriorityLookup, agent: nobody})
		}
	}
}

func (l *Lane) collectOrder(o *order) {
	changing, looking := l.out(o)
	if changing {
		return
	}
	p := &o.plan
	if l.now >= l.submitAt(o) {
		l.offer(o, event.CallSubmit, l.priority(o))
	}
	if l.now >= l.cancelAt(o) {
		l.offer(o, event.CallCancel, resilience.PriorityCancel)
	}
	if l.now >= l.replaceAt(o) {
		l.offer(o, event.CallReplace, l.priority(o))
	}
	if p.lookupNext != 0 && l.now >= p.lookupNext && !looking && l.config.Facilities&event.FacilityLookup != 0 {
		l.offer(o, event.CallLookup, resilience.PriorityLookup)
	}
}

func (l *Lane) offer(o *order, k event.CallKind, p resilience.Priority) {
	l.queue = append(l.queue, candidate{order: o, kind: k, priority: p, agent: o.order.Agent})
}

// submitAt is when an order may go out, resilience.Never if it is not to.
func (l *Lane) submitAt(o *order) int64 {
	switch {
	case o.life.State == resilience.StatePending:
		return o.plan.notBefore
	case o.life.State == resilience.StateUnknown && o.plan.notBefore > 0:
		if ok, _ := l.config.Resend.MayResend(&o.life, l.now); ok {
			return o.plan.notBefore
		}
	}
	return resilience.Never
}

func (l *Lane) cancelAt(o *order) int64 {
	if o.life.State == resilience.StateCancelPending && o.life.CancelWished && o.open() && l.config.Facilities&event.FacilityCancel != 0 {
		return o.plan.cancelNext
	}
	return resilience.Never
}

func (l *Lane) priority(o *order) resilience.Priority {
	switch {
	case o.byHost():
		return resilience.PriorityHostClose
	case o.closes():
		return resilience.PriorityClose
	}
	return resilience.PriorityOther
}

// out tells whether a changing call, or a lookup, of an order is out.
func (l *Lane) out(o *order) (changing, looking bool) {
	for i := range l.calls {
		if c := &l.calls[i]; c.Order.ID == o.order.ID {
			changing = changing || c.Kind.Changes()
			looking = looking || c.Kind == event.CallLookup
		}
	}
	return changing, looking
}

func (l *Lane) listOut(k event.CallKind) bool {
	for i := range l.calls {
		if l.calls[i].Kind == k {
			return true
		}
	}
	return false
}

// pick is the next of a priority, -1 if there is none.
func (l *Lane) pick(p resilience.Priority) int {
	l.waiting = l.waiting[:0]
	first := -1
	for i := range l.queue {
		if c := &l.queue[i]; !c.done && c.priority == p {
			if first < 0 {
				first = i
			}
			l.waiting = append(l.waiting, c.agent)
		}
	}
	if len(l.waiting) < 2 {
		return first
	}
	n := l.fair.Pick(l.waiting)
	for i := first; ; i++ {
		if c := &l.queue[i]; !c.done && c.priority == p {
			if n == 0 {
				return i
			}
			n--
		}
	}
}

// attempt tries to let one candidate out. It is false when nothing more of its priority can pass now.
func (l *Lane) attempt(c *candidate) bool {
	o := c.order
	switch c.kind {
	case event.CallSubmit:
		if l.door(o) != doorPass {
			return true
		}
		if o.life.Attempts > 0 && !l.retry(o) {
			return true
		}
	case event.CallReplace:
		if !l.mayReplace(o) {
			return true
		}
	}
	narrow := c.kind == event.CallCancel || o != nil && (o.closes() || o.byHost()) && c.kind != event.CallLookup
	permit, refused, ok := l.pass(c.kind, c.priority, narrow)
	switch {
	case ok:
		l.send(c, permit)
	case refused && c.kind == event.CallSubmit && !narrow:
		l.deny(o, event.DenyBreaker, int64(l.breaker.State(l.now)), int64(resilience.BreakerClosed), "the venue's breaker lets only a probe pass")
		return true
	}
	return ok
}

// retry asks the venue's retry budget. A close waits for it; what adds is over.
func (l *Lane) retry(o *order) bool {
	trial := l.budget
	if trial.Retry(&l.config.Budget, l.now) {
		return true
	}
	if !o.closes() && l.deny(o, event.DenyRate, 0, 1, "the venue's retry budget is spent") == doorGone {
		return false
	}
	l.touch(o).notBefore = l.now + second
	return false
}

// pass asks for a place among the calls, the rate limit and the breaker, and takes all or nothing. refused
// says that it was the breaker.
func (l *Lane) pass(k event.CallKind, p resilience.Priority, narrow bool) (permit resilience.Permit, refused, ok bool) {
	most := l.config.CallsMax
	if narrow {
		most++
	}
	if l.account.held != "" && (k.Changes() || !l.restored()) || len(l.calls) >= most {
		return permit, false, false
	}
	limiter := l.limiter
	free, at := limiter.Take(&l.config.Limiter, l.now, p, 1)
	if !free {
		l.block(at)
		return permit, false, false
	}
	if l.breaker.State(l.now) == resilience.BreakerClosed {
		permit, _ = l.breaker.Acquire(l.now, narrow)
	} else {
		breaker := *l.breaker
		var r resilience.Refusal
		if permit, r = breaker.Acquire(l.now, narrow); r.Refused() {
			l.block(r.Until)
			return permit, true, false
		}
		*l.breaker = breaker
	}
	l.limiter = limiter
	return permit, false, true
}

// block notes when something that is due may go.
func (l *Lane) block(at int64) {
	if at > l.now && at != resilience.Never && (l.blocked == 0 || at < l.blocked) {
		l.blocked = at
	}
}

// send makes the call.
func (l *Lane) send(c *candidate, permit resilience.Permit) {
	q := event.Call{ID: l.callLast + 1, Kind: c.kind, Deadline: l.now + l.config.CallTimeout, Attempt: 1}
	if o := c.order; o != nil {
		q.Order, q.VenueOrder = o.order, o.venueOrder
		l.fair.Serve(o.order.Agent, 1, l.config.Agents[o.order.Agent].Weight)
		l.sendOrder(o, &q)
	} else {
		l.account.wanted[listIndex(c.kind)] = 0
		if c.kind == event.CallFills {
			q.Cursor = l.account.cursor
		}
	}
	l.entry.Calls = append(l.entry.Calls, q)
	l.emit(Fact{Kind: FactCall, Index: uint32(len(l.entry.Calls) - 1), Permit: permit})
}

func (l *Lane) sendOrder(o *order, q *event.Call) {
	p := l.touch(o)
	switch q.Kind {
	case event.CallSubmit:
		q.Attempt, q.Resent = o.life.Attempts+1, o.life.Attempts > 0
		if q.Resent {
			l.budget.Retry(&l.config.Budget, l.now)
		} else {
			l.budget.Request(&l.config.Budget, l.now)
		}
		p.notBefore = 0
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeSend, Expiry: l.expiry(o)})
	case event.CallCancel:
		q.Attempt = p.cancelBackoff.Attempts + 1
	case event.CallReplace:
		q.Attempt = p.replaceBackoff.Attempts + 1
		q.Order.Size, q.Order.Price, q.Order.StopPrice = p.size-p.base, p.price, p.stop
		p.stage, p.replaceSent = stageSent, l.now
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeWishReplace, Quantity: q.Order.Size})
	case event.CallLookup:
		p.lookupNext = 0
	}
}

// expiry is until when the venue itself may execute an attempt, 0 for ever.
func (l *Lane) expiry(o *order) int64 {
	if o.order.TIF == event.GTD && l.config.Capabilities&event.EnforcesExpiry != 0 {
		return o.order.ExpireTime
	}
	return 0
}
