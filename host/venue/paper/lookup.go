package paper

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// Position is what one agent holds of one instrument.
type Position struct {
	Agent, Instrument uint32
	// Quantity is signed: below zero is short. Cost is what it was worth when opened, signed money,
	// with the spread and without fees.
	Quantity, Cost int64
}

// Balance is the account's money in its currency.
type Balance struct {
	Currency string
	// Total is cash: without the profit or loss of open trades. Locked is the margin that they bind,
	// Free what an order could still bind.
	Total, Free, Locked int64
}

// Lookup finds an order by its client order id, open or past, rejected ones too. The venue's own closes
// are not found.
func (v *Venue) Lookup(id event.OrderID) (event.Order, bool) {
	if r := v.find(id); r != nil {
		return r.order, true
	}
	return v.history.order(id)
}

// OpenOrders appends the open orders, those in the queue first, in its order, then the children that wait
// for their parent. The venue's own closes are left out.
func (v *Venue) OpenOrders(into []event.Order) []event.Order {
	for _, list := range [...][]*resting{v.queue, v.waiting} {
		for _, r := range list {
			if r.target == 0 {
				into = append(into, r.order)
			}
		}
	}
	return into
}

// Positions appends what each agent holds of each instrument, by agent and instrument, without the empty.
func (v *Venue) Positions(into []Position) []Position {
	first := len(into)
	for i := range v.trades {
		t := &v.trades[i]
		at, found := slices.BinarySearchFunc(into[first:], t, func(p Position, t *trade) int {
			if p.Agent != t.agent {
				return int(int64(p.Agent) - int64(t.agent))
			}
			return int(int64(p.Instrument) - int64(t.instrument))
		})
		if at += first; !found {
			into = slices.Insert(into, at, Position{Agent: t.agent, Instrument: t.instrument})
		}
		into[at].Quantity = add(into[at].Quantity, t.quantity)
		into[at].Cost = add(into[at].Cost, t.cost)
	}
	return into
}

// Balances appends the account's one balance.
func (v *Venue) Balances(into []Balance) []Balance {
	b := Balance{Currency: v.config.Currency, Total: v.ledger.flow, Free: v.available()}
	for i := range v.trades {
		b.Total = add(b.Total, v.trades[i].cost)
	}
	b.Locked = add(max(v.Equity(), 0), -b.Free)
	return append(into, b)
}

// Fills appends the fills with a TradeID above after, oldest first, the venue's own too. Each is as it
// was told.
func (v *Venue) Fills(after uint64, into []event.Outcome) []event.Outcome {
	for n := after; n < uint64(len(v.history.fillAt)); n++ {
		var o event.Outcome
		if err := v.history.fill(int(n), &o); err != nil {
			panic(err) // the bytes are ours, or were read back by ReadState
		}
		into = append(into, o)
	}
	return into
}
