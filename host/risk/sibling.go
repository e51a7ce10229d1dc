package risk

import "github.com/agenthost/agenthost/host/event"

// settled: while an order of the instrument is Unknown, of this agent or of a sibling, nothing is added
// there: it may be filled, or on its way, and one too many already.
func (a *Admission) settled(_ *event.Intent, o *event.Order) denial {
	if reduces(o) {
		return admitted
	}
	unknown := countDoubtful(a.book.Orders(), o.Instrument)
	if a.siblings != nil {
		for _, s := range a.siblings.Siblings(o.Instrument) {
			if doubtful(&s) {
				unknown++
			}
		}
	}
	if unknown != 0 {
		return denial{code: event.DenyUnknownPending, found: unknown}
	}
	return admitted
}

func countDoubtful(orders []event.Order, instrument uint32) (n int64) {
	for i := range orders {
		if orders[i].Instrument == instrument && doubtful(&orders[i]) {
			n++
		}
	}
	return n
}

// crossing: the order does not meet one of another agent of the account. Only what can meet now is
// judged: a stop waits for its price, wherever that is. The host's own exits are not held back: to get out
// matters more. Found and Allowed are the two prices, the last one for an order at the market.
func (a *Admission) crossing(_ *event.Intent, o *event.Order) denial {
	if a.siblings == nil || a.config.Limits.SelfTradeAllow || o.Flags&event.ByHost != 0 || stops(o) {
		return admitted
	}
	siblings := a.siblings.Siblings(o.Instrument)
	for i := range siblings {
		if s := &siblings[i]; crosses(o, s) {
			_, mark := a.book.Position(o.Instrument)
			return denial{code: event.DenySelfTrade, found: priceOr(o, mark), allowed: priceOr(s, mark)}
		}
	}
	return admitted
}

func stops(o *event.Order) bool { return o.Type == event.OrderStop || o.Type == event.OrderStopLimit }

// crosses reports whether the two may trade with one another. Two orders at the market never do.
func crosses(o, s *event.Order) bool {
	if s.Side == o.Side || s.State.Final() || s.State == event.StateContingent || stops(s) {
		return false
	}
	if o.Type == event.OrderMarket || s.Type == event.OrderMarket {
		return o.Type != s.Type
	}
	if o.Side == event.Buy {
		return o.Price >= s.Price
	}
	return o.Price <= s.Price
}

func priceOr(o *event.Order, mark int64) int64 {
	if o.Price != 0 {
		return o.Price
	}
	return mark
}
