package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// retryAfterMax bounds what a venue may ask: a day, as the breaker's.
const retryAfterMax = 24 * 3600 * second

// reply takes in what came of a call, or what a stream tells. A reply to a call that is over brings news like
// a stream's, and proves nothing.
func (l *Lane) reply(r *event.Reply) {
	r.RetryAfter = min(max(r.RetryAfter, 0), retryAfterMax)
	l.clock(r)
	l.asked = 0
	i := -1
	if r.Call == 0 {
		l.account.heard = l.now
	} else {
		i = l.callIndex(r.Call)
	}
	if i < 0 {
		l.news(r)
		return
	}
	c := l.calls[i]
	l.asked = c.sent
	f := l.judge(&c, r)
	duration := max(0, r.Received-r.Started)
	l.breaker.Record(c.permit, resilience.Result{Effect: f.Effect, Duration: duration, RetryAfter: r.RetryAfter}, l.now)
	l.emit(Fact{
		Kind: FactAnswered, Number: c.ID, Proof: f.Proof, Cause: r.Happening.Cause,
		Values: [4]int64{int64(r.Happening.Number)}, Text: r.Detail,
	})
	l.restrain(r, &f)
	switch o := l.byID[c.Order.ID]; {
	case c.Kind >= event.CallOpenOrders:
		l.listed(&c, r, &f)
	case o == nil:
		l.news(r)
	case c.Kind == event.CallSubmit:
		l.submitted(o, &c, r, &f)
	case c.Kind == event.CallCancel:
		l.cancelled(o, r, &f)
	case c.Kind == event.CallReplace:
		l.replaced(o, r, &f)
	default:
		l.lookedUp(o, &c, r, &f)
	}
}

// judge says what a reply means.
func (l *Lane) judge(c *call, r *event.Reply) resilience.Failure {
	if r.Happening.Cause == resilience.CauseNone {
		return resilience.Failure{Proof: resilience.ProofAccepted, Effect: resilience.EffectSuccess, Why: "done"}
	}
	h := r.Happening
	h.Resent = c.Resent
	switch c.Kind {
	case event.CallSubmit:
		h.Request = resilience.RequestSubmit
	case event.CallCancel:
		h.Request = resilience.RequestCancel
	case event.CallReplace:
		h.Request = resilience.RequestReplace
	default:
		h.Request = resilience.RequestRead
	}
	return resilience.Classify(h, l.config.Codes)
}

// holdUnasked is how long a venue is left alone that says "too fast" and no time.
const holdUnasked = second

// restrain holds the limiter when we were too fast, and the account when a person must act.
func (l *Lane) restrain(r *event.Reply, f *resilience.Failure) {
	h := &r.Happening
	if h.Cause == resilience.CauseStatus && (h.Number == 429 || h.Number == 418) {
		l.limiter.Hold(&l.config.Limiter, l.now, l.now+max(r.RetryAfter, holdUnasked))
	}
	if f.Hold {
		l.hold(f.Why + ": " + r.Detail)
	}
}

func (l *Lane) hold(why string) {
	if l.account.held == "" {
		l.account.held = why
	}
	l.alert("account_held", "", event.AlertCritical, "nothing goes out any more: "+why+"; put it right, then release the account")
}

// clock measures the venue's clock against ours, by the middle of the answer's way. Of a way that took longer than the
// bound nothing is known but that the clock was read on it.
func (l *Lane) clock(r *event.Reply) {
	if r.VenueTime == 0 || r.Received == 0 {
		return
	}
	sent := r.Started
	if sent == 0 || sent > r.Received {
		sent = r.Received
	}
	skew := r.VenueTime - (sent + (r.Received-sent)/2)
	if r.Received-sent > l.config.SkewMax {
		skew = min(r.VenueTime-sent, 0) + max(r.VenueTime-r.Received, 0)
	}
	l.account.skew, l.account.skewAt = skew, l.now
	if l.skewed() {
		l.alert("clock_skew", "", event.AlertWarning, "the venue's clock and ours differ by more than skew_max: times to live and expiries cannot be trusted")
	} else {
		l.alertOver("clock_skew", "", "the clocks agree again")
	}
}

func (l *Lane) skewed() bool {
	s := l.account.skew
	return l.config.SkewMax > 0 && (s > l.config.SkewMax || s < -l.config.SkewMax)
}

// submitted takes in the reply to a submit.
func (l *Lane) submitted(o *order, c *call, r *event.Reply, f *resilience.Failure) {
	proof, code, reason := f.Proof, uint16(event.RejectOther), f.Why
	if own := reportOf(r, o); own != nil && own.State == event.ReportRejected && proof == resilience.ProofAccepted {
		proof = resilience.ProofRejected
		keepCode(&code, &reason, own)
	} else if own != nil && proof == resilience.ProofRejected {
		keepCode(&code, &reason, own)
	}
	if proof == resilience.ProofAccepted || proof == resilience.ProofUnknown || proof == resilience.ProofExists {
		l.news(r)
	}
	// Its news came while a repetition of it was out: what became of the repetition says nothing.
	overtaken := o.life.Acknowledged && c.Resent
	switch {
	case proof == resilience.ProofAccepted:
		if !o.life.Acknowledged {
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeAccept})
		}
	case overtaken:
	case proof == resilience.ProofNotSent:
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeNotSent, Attempt: c.Attempt})
		l.again(o, r, f)
	case proof == resilience.ProofRejected && o.life.State == resilience.StateRejected:
		// the stream was faster than the answer
	case proof == resilience.ProofRejected:
		p := l.touch(o)
		p.endCode, p.endReason = code, reason
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReject, Attempt: c.Attempt})
		l.again(o, r, f)
	default:
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeLose, Attempt: c.Attempt})
		l.again(o, r, f)
	}
}

func keepCode(code *uint16, reason *string, r *event.OrderReport) {
	if r.Code != 0 {
		*code = r.Code
	}
	if r.Reason != "" {
		*reason = r.Reason
	}
}

func reportOf(r *event.Reply, o *order) *event.OrderReport {
	for i := range r.Orders {
		if r.Orders[i].ID == o.order.ID {
			return &r.Orders[i]
		}
	}
	return nil
}

// again plans the next attempt of an order whose last one failed, if there is one.
func (l *Lane) again(o *order, r *event.Reply, f *resilience.Failure) {
	if o.life.State != resilience.StatePending && o.life.State != resilience.StateUnknown {
		return
	}
	p := l.touch(o)
	p.backoff.Deadline = o.life.ValidUntil
	p.backoff.RetryAfter(l.now, r.RetryAfter)
	if o.life.State == resilience.StatePending && f.Retry == resilience.RetryNever {
		l.deny(o, event.DenyBreaker, int64(o.life.Attempts), 1, "it could not be sent")
		return
	}
	wait, ok := l.config.Backoff.Next(&p.backoff, l.now, l.random())
	switch {
	case ok:
		p.notBefore = l.now + max(wait, 1)
	case p.backoff.Stopped == resilience.StopDeadline && o.life.State == resilience.StatePending:
		p.notBefore = o.life.ValidUntil
	case o.life.State == resilience.StatePending && (o.closes() || o.byHost()):
		p.notBefore = l.now + l.config.Backoff.Cap // an exit is tried while its time to live lasts
	case o.life.State == resilience.StatePending:
		l.deny(o, event.DenyBreaker, int64(o.life.Attempts), int64(l.config.Backoff.AttemptsMax), "not sent: attempts used up")
	default:
		p.notBefore = 0 // an Unknown one is only looked up from now on
	}
}

// missing reports whether a failure of a cancel or replace says that the venue does not find the order, or
// that only a look can tell.
func missing(r *event.Reply, f *resilience.Failure) bool {
	return r.NotFound || f.Class == resilience.ClassAPI && f.Recovery == resilience.RecoverSettle && f.Effect == resilience.EffectExcluded
}

// cancelled takes in the reply to a cancel.
func (l *Lane) cancelled(o *order, r *event.Reply, f *resilience.Failure) {
	l.news(r)
	p := l.touch(o)
	if !o.open() {
		return
	}
	switch {
	case r.NotFound || f.Proof != resilience.ProofAccepted && missing(r, f):
		p.cancelNext = l.now + l.config.LookupEvery
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeCancelMissing})
	case f.Proof != resilience.ProofAccepted:
		p.lookupNext = l.now
		l.cancelAgain(o, r)
	case l.config.Facilities&event.FacilityLookupPast != 0 || reportOf(r, o) != nil:
		// Taken; how much it had filled until then is asked.
		p.lookupNext, p.cancelNext = l.now, l.now+2*l.config.LookupEvery
	default:
		l.ended(o, resilience.StateCancelled, 0, uint16(0), "")
	}
}

func (l *Lane) cancelAgain(o *order, r *event.Reply) {
	p := l.touch(o)
	p.cancelBackoff.RetryAfter(l.now, r.RetryAfter)
	wait, ok := l.config.Backoff.Next(&p.cancelBackoff, l.now, l.random())
	if ok {
		p.cancelNext = l.now + max(wait, 1)
		return
	}
	p.cancelNext = l.now + l.config.Backoff.Cap
	l.cancelLost(o, "the venue does not cancel it; it is asked again and again")
}
