package execution

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// alert raises a matter once while it lasts.
func (l *Lane) alert(key, agent string, level event.AlertLevel, text string) {
	if slices.Contains(l.alerts, alertKey(key, agent)) {
		return
	}
	l.raise(event.Alert{Key: key, Agent: agent, Level: level, Text: text})
}

// alertOver ends a matter that was raised.
func (l *Lane) alertOver(key, agent, text string) {
	if slices.Contains(l.alerts, alertKey(key, agent)) {
		l.raise(event.Alert{Key: key, Agent: agent, Level: event.AlertInfo, Text: text, Over: true})
	}
}

func (l *Lane) raise(a event.Alert) {
	a.Venue, a.Account, a.Time = l.config.Venue, l.config.Account, l.now
	l.entry.Alerts = append(l.entry.Alerts, a)
	l.emit(Fact{Kind: FactAlert, Index: uint32(len(l.entry.Alerts) - 1)})
}

// alertOverLetters ends an agent's matter of dead letters when none is left.
func (l *Lane) alertOverLetters(of *order) {
	for _, orders := range [...][]*order{l.live, l.done} {
		for _, o := range orders {
			if o.letter && o.order.Agent == of.order.Agent {
				return
			}
		}
	}
	l.alertOver("dead_letter", l.name(of.order.Agent), "no dead letter is left")
}

// contradict: host and venue disagree about an order. The account is READ_ONLY until a person reconciles.
func (l *Lane) contradict(o *order, why string) {
	l.differ(differContradiction, why+" (order "+o.order.ID.String()+")")
}

// differ notes why books and venue do not add up.
func (l *Lane) differ(which uint32, why string) {
	a := &l.account
	if a.differ&which == 0 {
		a.differ |= which
		a.differText = why
	}
	keys := map[uint32]string{
		differPosition: "position_difference", differFill: "fill_contradiction",
		differStrange: "strange_order", differForeign: "foreign_activity", differContradiction: "order_contradiction",
		differBalance: "balance_difference",
	}
	l.alert(keys[which], "", event.AlertCritical, why+"; nothing that adds goes out until a person has looked and reconciled")
}
