package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// followed tells what a change of an order's life means to its agent, and plans what comes next. fill is the
// one that made the change, if a fill did.
func (l *Lane) followed(o *order, c resilience.Change, kind resilience.LifeEventKind, known bool) {
	p := l.touch(o)
	doubted := c.From == resilience.StateUnknown || c.From == resilience.StateDeadLetter
	switch {
	case o.doubtful() && !doubted:
		if p.unknown == 0 {
			p.unknown = l.now
		}
		p.lookupNext, p.verify, p.missing = l.now, false, 0
		// Admission counts it at its worst from here on.
		l.tell(o, event.Outcome{Kind: event.EventSettled, Code: uint16(resilience.StateUnknown)})
	case doubted && !o.doubtful() && c.To != resilience.StateInFlight:
		l.settled(o)
	}
	if !known && o.life.Acknowledged && !p.toldFinal && !p.toldAccepted && tellsAccepted(c.To, kind) {
		p.toldAccepted = true
		l.tellAccepted(o)
	}
	if kind == resilience.LifeFill {
		l.tellFill(o, c.To)
	}
	if c.From.Final() && !c.To.Final() && kind != resilience.LifeRedrive {
		l.alert("order_revived", l.name(o.order.Agent), event.AlertWarning, "order "+o.order.ID.String()+" was over, and the venue has it: it is being cancelled, its fills are booked")
		p.cancelNext, p.cancelBackoff = l.now, resilience.Backoff{}
		l.tellRevived(o)
	}
	if c.To.Final() && !p.toldFinal {
		l.tellFinal(o, c.To, kind)
	}
}

func tellsAccepted(to resilience.OrderState, kind resilience.LifeEventKind) bool {
	switch kind {
	case resilience.LifeAccept, resilience.LifeFound, resilience.LifeFill:
		return !to.Final() || to == resilience.StateFilled
	}
	return false
}

// settled: it is known what became of an Unknown order.
func (l *Lane) settled(o *order) {
	p := l.touch(o)
	p.unknown, p.lookupNext, p.missing = 0, 0, 0
	l.tell(o, event.Outcome{Kind: event.EventSettled, Code: uint16(o.life.State)})
	if o.letter {
		l.emit(Fact{Kind: FactLetterOver, Order: o.order.ID})
		l.alertOverLetters(o)
	}
	l.wantReconcile(l.now)
}

// tellRevived gives the agent an order back that was over for it.
func (l *Lane) tellRevived(o *order) {
	l.touch(o).toldFinal = false
	out := event.Outcome{Kind: event.EventSettled, Code: uint16(o.life.State), Price: o.order.Price, StopPrice: o.order.StopPrice}
	if out.Size = o.life.Quantity; out.Size == 0 && o.order.SizeKind == event.SizeUnits {
		out.Size = o.order.Size
	}
	out.Fill.Side = o.order.Side
	l.tell(o, out)
}

func (l *Lane) tellAccepted(o *order) {
	if o.plan.replaces.IsZero() {
		l.tell(o, event.Outcome{Kind: event.EventAccepted})
		return
	}
	l.tellReplaced(o, 0, "")
}

// tellReplaced tells an order as it stands: with a code if it is not as wished.
func (l *Lane) tellReplaced(o *order, code event.RejectCode, reason string) {
	size := o.order.Size + o.plan.base
	if o.order.SizeKind != event.SizeUnits {
		size = 0
	}
	l.tell(o, event.Outcome{
		Kind: event.EventReplaced, Code: uint16(code), Reason: reason,
		Size: size, Price: o.order.Price, StopPrice: o.order.StopPrice,
	})
}

func (l *Lane) refuseReplace(o *order, code event.RejectCode, reason string) {
	l.tellReplaced(o, code, reason)
}

// tellFill tells the fill that is being booked. The last one says so.
func (l *Lane) tellFill(o *order, to resilience.OrderState) {
	f := l.filling
	f.Flags &^= event.FillLast
	if to == resilience.StateFilled && !o.plan.toldFinal {
		f.Flags |= event.FillLast
		l.touch(o).toldFinal = true
	}
	l.tell(o, event.Outcome{Kind: event.EventFill, Fill: f})
}

// tellFinal tells the one final outcome of an order.
func (l *Lane) tellFinal(o *order, to resilience.OrderState, kind resilience.LifeEventKind) {
	p := l.touch(o)
	p.lookupNext, p.verify = 0, false
	if p.stage == stageCancel && to == resilience.StateCancelled && l.succeed(o) {
		p.toldFinal = true
		return
	}
	p.toldFinal = true
	out := event.Outcome{Code: p.endCode, Reason: p.endReason, Found: p.found, Allowed: p.allowed}
	switch to {
	case resilience.StateFilled:
		// Every fill was told before it was known that nothing else comes.
		out = event.Outcome{Kind: event.EventFill, Fill: event.Fill{Side: o.order.Side, Flags: event.FillLast, Time: l.now}}
	case resilience.StateCancelled:
		out.Kind = event.EventCancelled
		fallbackCode(&out, p.cancelCode, uint16(event.CancelByVenue))
	case resilience.StateExpired:
		out.Kind = event.EventExpired
		fallbackCode(&out, 0, uint16(event.ExpireTimeInForce))
	case resilience.StateRejected:
		out.Kind = event.EventRejected
		fallbackCode(&out, 0, uint16(event.RejectOther))
	default:
		out.Kind = event.EventDenied
	}
	l.tell(o, out)
	if to == resilience.StateRejected && kind != resilience.LifeResolve {
		l.letter(o, event.LetterOrder, "rejected", "the venue refused it: "+p.endReason)
	}
}

func fallbackCode(out *event.Outcome, codes ...uint16) {
	for _, c := range codes {
		if out.Code == 0 {
			out.Code = c
		}
	}
}

// tell numbers an outcome of an order and records it, under the id that the agent knows.
func (l *Lane) tell(o *order, out event.Outcome) {
	out.Order, out.Ref, out.Agent, out.Instrument = o.plan.head, o.order.Ref, o.order.Agent, o.order.Instrument
	out.VenueOrder = o.venueOrder
	l.tellRaw(out)
}

func (l *Lane) tellRaw(out event.Outcome) {
	out.Time = l.now
	number := l.agents[out.Agent].told + 1
	l.entry.Outcomes = append(l.entry.Outcomes, AgentOutcome{number, out})
	l.emit(Fact{Kind: FactOutcome, Index: uint32(len(l.entry.Outcomes) - 1)})
}

func (l *Lane) name(agent uint32) string { return l.config.Agents[agent].Name }
