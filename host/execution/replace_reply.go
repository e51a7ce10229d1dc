package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// replaced takes in the reply to a replace.
func (l *Lane) replaced(o *order, r *event.Reply, f *resilience.Failure) {
	p := l.touch(o)
	switch {
	case f.Proof == resilience.ProofAccepted && !r.NotFound:
		if o.life.State.Final() || p.stage != stageSent {
			l.news(r)
			return
		}
		p.stage = stageNone
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplace, Quantity: p.size - p.base})
		l.change(o, p.size-p.base, p.price, p.stop)
		l.tellReplaced(o, 0, "")
		l.news(r)
	case r.NotFound || missing(r, f):
		l.news(r)
		p.stage = stageLost
		if o.open() {
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeCancelMissing})
		}
	case f.Proof == resilience.ProofRejected:
		l.news(r)
		l.unreplaced(o, f.Why)
	case f.Proof == resilience.ProofNotSent:
		l.news(r)
		l.replaceAgain(o, r)
	default:
		l.news(r)
		p.stage = stageLost
		if o.open() {
			l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplaceLose})
		}
	}
}

// unreplaced: the venue keeps the order as it is.
func (l *Lane) unreplaced(o *order, why string) {
	p := l.touch(o)
	p.stage = stageNone
	if o.life.State.Final() {
		return
	}
	p.lookupNext = l.now // a request may have been delivered twice, and the second refused
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplaceRefuse})
	l.refuseReplace(o, event.RejectOther, why)
}

func (l *Lane) replaceAgain(o *order, r *event.Reply) {
	p := l.touch(o)
	if o.life.State.Final() {
		p.stage = stageNone
		return
	}
	p.replaceBackoff.RetryAfter(l.now, r.RetryAfter)
	wait, ok := l.config.Backoff.Next(&p.replaceBackoff, l.now, l.random())
	if !ok || o.life.CancelWished {
		l.unreplaced(o, "it could not be sent")
		return
	}
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplaceRefuse})
	p.stage, p.replaceNext = stageWished, l.now+max(wait, 1)
}
