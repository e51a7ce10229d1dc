package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// Redrive is a person's wish for an order once more; Time is when it became a dead letter.
type Redrive struct {
	Order event.OrderID
	Time  int64
	// Refused is filled in: why the host does not do it.
	Refused error
}

// person looks at an account's dead letters now and then and does something about one: redrives it, or says what
// became of it. It has looked at the venue before, and says the truth; what is still under way it leaves alone.
type person struct {
	random random
	rate   uint32 // of market steps, in parts of a million
}

// looks is what the person does at a market step; none as a rule.
func (p *person) looks(g *worldGroup) []Input {
	if !p.random.chance(p.rate) {
		return nil
	}
	var waiting []execution.OrderStatus
	for s := range g.books.lane.Orders() {
		if s.Letter {
			waiting = append(waiting, s)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	chosen := &waiting[p.random.IntN(len(waiting))]
	for i := range waiting { // rare, and the one that needs a person most
		if waiting[i].Life.State == resilience.StateDeadLetter && waiting[i].Life.AbsenceProved && p.random.IntN(2) == 0 {
			chosen = &waiting[i]
		}
	}
	return p.acts(g, chosen)
}

// looksAgain is when faults are off for so long that breakers are closed: the person goes through what is left.
const looksAgain = 40 * second

// looksAtAll is what the person does about every letter that is left.
func (p *person) looksAtAll(g *worldGroup) (in []Input) {
	if p.rate == 0 {
		return nil
	}
	for s := range g.books.lane.Orders() {
		if s.Letter {
			in = append(in, p.acts(g, &s)...)
		}
	}
	return in
}

// acts is what is done about one letter. Half of the dead letters are tried again, whether that is possible or not:
// it is for the host to say no.
func (p *person) acts(g *worldGroup, s *execution.OrderStatus) []Input {
	if g.venue.underWay(s.Order.ID) {
		return nil
	}
	if s.Life.State != resilience.StateDeadLetter || s.Life.AbsenceProved || p.random.IntN(2) == 0 {
		mark(&g.checker.again, s.Order.ID)
		in := []Input{{Redrive: &Redrive{Order: s.Order.ID, Time: g.books.now}}}
		if p.random.IntN(4) == 0 { // twice, for who is in a hurry
			in = append(in, in[0])
		}
		return in
	}
	act, ok := g.truth(s)
	if !ok {
		return nil
	}
	return []Input{{Act: &act}}
}

// truth is what the venue's own book says of an order whose fate the host does not know; false while it is open
// there.
func (g *worldGroup) truth(s *execution.OrderStatus) (execution.Act, bool) {
	act := execution.Act{
		Kind: execution.ActResolve, Order: s.Order.ID, Ending: event.StateCancelled, Filled: s.Life.Filled,
		Who: "simulator", Why: "looked it up at the venue",
	}
	v := g.checker.venueOrder(s.Order.ID)
	if v == nil {
		return act, s.Life.Filled == 0
	}
	if v.State == event.ReportOpen {
		return act, false
	}
	if act.Filled = v.Filled; v.State == event.ReportFilled {
		act.Ending = event.StateFilled
	}
	book := g.venue.Book()
	for i := range book.Executions {
		if book.Executions[i].Order == v {
			act.Price = book.Executions[i].Fill.Price
		}
	}
	return act, true
}

// underWay reports whether a submit of an order is still on its way to the venue.
func (v *Venue) underWay(id event.OrderID) bool {
	for _, e := range v.queue.items {
		if e.kind == atArrival && e.pending.call.Kind == event.CallSubmit && e.pending.call.Order.ID == id {
			return true
		}
	}
	return false
}
