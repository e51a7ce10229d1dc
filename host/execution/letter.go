package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// letter writes a dead letter about an order.
func (l *Lane) letter(o *order, kind, cause, why string) {
	in := &l.config.Instruments[o.order.Instrument]
	number := func(v int64, d uint8) string {
		if v == 0 {
			return ""
		}
		return event.FormatDecimal(v, d)
	}
	id := o.order.ID.String()
	facts := &event.LetterOrderFacts{
		ID: id, VenueOrder: o.venueOrder, Side: o.order.Side.String(), Type: o.order.Type.String(), TIF: o.order.TIF.String(),
		Size: l.size(o), Price: number(o.order.Price, in.PriceDecimals), StopPrice: number(o.order.StopPrice, in.PriceDecimals),
		Filled: number(o.life.Filled, in.QuantityDecimals), ReduceOnly: o.closes(), Tag: o.order.Tag,
		State: o.life.State.String(), Created: o.order.Created, ValidUntil: o.life.ValidUntil,
	}
	if kind == event.LetterCancel {
		id = "cancel-" + id
	}
	l.entry.Letters = append(l.entry.Letters, event.Letter{
		ID: id, Kind: kind, Agent: l.name(o.order.Agent), Venue: l.config.Venue, Account: l.config.Account, Instrument: in.Name,
		Time: l.now, Cause: cause, Message: why, Order: facts, Attempts: append([]event.LetterAttempt(nil), o.attempts...),
	})
	l.emit(Fact{Kind: FactLetter, Order: o.order.ID, Index: uint32(len(l.entry.Letters) - 1)})
	level := event.AlertWarning
	if cause == "unknown" {
		level = event.AlertCritical
	}
	l.alert("dead_letter", l.name(o.order.Agent), level, "order "+o.order.ID.String()+" is a dead letter ("+cause+"): "+why+"; see agenthost dlq show "+id)
}

func (l *Lane) size(o *order) string {
	switch o.order.SizeKind {
	case event.SizeNotional:
		return event.FormatDecimal(o.order.Size, event.MoneyDecimals)
	case event.SizeFraction:
		return event.FormatDecimal(o.order.Size, event.FractionDecimals)
	}
	return event.FormatDecimal(o.order.Size, l.config.Instruments[o.order.Instrument].QuantityDecimals)
}

// cancelLost writes, once, that a cancel does not succeed. The wish stays.
func (l *Lane) cancelLost(o *order, why string) {
	p := l.touch(o)
	if p.cancelTold {
		return
	}
	p.cancelTold = true
	l.letter(o, event.LetterCancel, "cancel_lost", why)
}

func (l *Lane) giveUp(o *order, why string) {
	p := l.touch(o)
	if p.stage == stageCancel || p.stage == stageWished {
		p.stage = stageNone
	}
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeGiveUp})
	p.lookupNext = l.now + deadEvery*l.lookupEvery()
	l.tell(o, event.Outcome{Kind: event.EventDeadLetter, Reason: "a person decides"})
	l.letter(o, event.LetterOrder, "unknown", why)
}
