package execution

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// operate carries out a person's act, or says why not.
func (l *Lane) operate(a *Act) {
	l.emit(Fact{Kind: FactAct, Number: uint64(a.Kind), Order: a.Order, Text: a.Who + ": " + a.Why})
	if a.Who == "" || a.Why == "" {
		l.entry.Refusal = "an act needs who and why"
		return
	}
	switch a.Kind {
	case ActIsolate:
		l.breaker.Isolate(a.Who, a.Why, a.Lane, l.now)
		l.alert("breaker_isolated", "", event.AlertWarning, a.Who+" isolated the venue: "+a.Why)
	case ActRelease:
		if !l.breaker.Release(l.now) {
			l.entry.Refusal = "the breaker is not isolated; nothing to release"
			return
		}
		l.alertOver("breaker_isolated", "", a.Who+" released it: "+a.Why)
	case ActHold:
		l.hold("held by " + a.Who + ": " + a.Why)
	case ActUnhold:
		l.entry.Refusal = l.unhold(a)
	case ActRestored:
		l.restore(a)
	case ActRedrive:
		l.entry.Refusal = l.redrive(a)
	case ActResolve:
		l.entry.Refusal = l.resolve(a)
	case ActReconcile:
		l.reconcileByHand()
	default:
		l.entry.Refusal = fmt.Sprintf("act %d is not known", a.Kind)
	}
}

func (l *Lane) reconcileByHand() {
	a := &l.account
	a.money.accept = a.differ&differBalance != 0
	a.differ &= differPosition | differBalance
	for _, key := range [...]string{"fill_contradiction", "strange_order", "foreign_activity", "order_contradiction"} {
		l.alertOver(key, "", "a person looked into it")
	}
	if a.differ == 0 {
		a.differText = ""
	}
	l.wantReconcile(l.now)
}

// dedupes reports whether the venue refuses the id of an order for as long as the redrive may take.
func (l *Lane) dedupes(o *order, until, now int64) bool {
	if o.life.Acknowledged || o.life.Filled > 0 {
		return false
	}
	switch c := &l.config.Resend; c.Dedupe {
	case resilience.DedupeForever:
		return true
	case resilience.DedupeWindow:
		return now+c.Margin < o.life.SentFirst+c.Window
	}
	return false
}

func (l *Lane) letterOver(o *order) {
	if o.letter {
		l.emit(Fact{Kind: FactLetterOver, Order: o.order.ID})
		l.alertOverLetters(o)
	}
}

// resolve takes a person's word for what became of an order.
func (l *Lane) resolve(a *Act) (refusal string) {
	o := l.byID[a.Order]
	switch {
	case o == nil:
		return "the lane has no such order, or has forgotten it"
	case o.life.State.Final() && o.letter:
		l.letterOver(o) // it is over; the person has read the letter
		return ""
	case !o.doubtful():
		return "it is " + o.life.State.String() + "; only an Unknown order or a dead letter can be resolved"
	case a.Ending < event.StateFilled || a.Ending > event.StateRejected:
		return "say what became of it: filled, cancelled, expired or rejected"
	case a.Filled < o.life.Filled:
		return fmt.Sprintf("%d units are booked already; less cannot have been filled", o.life.Filled)
	case o.life.Quantity > 0 && a.Filled > max(o.life.Quantity, o.life.ReplaceQuantity):
		return fmt.Sprintf("%d units were ordered; more cannot have been filled", o.life.Quantity)
	case a.Ending == event.StateFilled && a.Filled == 0, a.Ending == event.StateRejected && a.Filled > 0:
		return "the ending and the quantity filled contradict each other"
	}
	price := a.Price
	if price == 0 {
		price = o.order.Price
	}
	if missing := a.Filled - o.life.Filled; missing > 0 && price <= 0 {
		return "say at what price it filled: the order has none"
	}
	l.resolved(o, a, price)
	return ""
}

func (l *Lane) resolved(o *order, a *Act, price int64) {
	p := l.touch(o)
	if p.stage != stageNone {
		p.stage = stageNone
	}
	p.endReason = "a person says so"
	if a.Ending == event.StateCancelled {
		p.endCode = uint16(event.CancelByOperator)
	}
	if o.life.State == resilience.StateUnknown {
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeGiveUp})
	}
	if missing := a.Filled - o.life.Filled; missing > 0 {
		l.book(o, &event.FillReport{VenueOrder: o.venueOrder, Fill: event.Fill{
			Quantity: missing, Price: price, Side: o.order.Side,
			VenueTrade: fmt.Sprintf("%s%d", resolvedTrade, l.now), Time: l.now,
		}})
	}
	ending := resilience.OrderState(a.Ending)
	switch {
	case o.life.State == resilience.StateDeadLetter:
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeResolve, Ending: ending})
	case !o.life.State.Final():
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeEnd, Ending: ending, Quantity: a.Filled})
	}
	l.letterOver(o)
}
