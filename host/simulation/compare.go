package simulation

import (
	"cmp"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// Check compares the host's books with the venue's when all has come to rest: faults off, time to settle given.
func (c *Checker) Check(b Books) {
	c.checkStreams(b)
	intents := c.readIntents(b)
	orders := c.collect(b)
	c.checkIntents(intents, orders)
	c.checkOrders(b, orders)
	c.checkVenue(intents, orders)
	c.checkRedriven()
	c.checkReversals(intents, orders)
	c.checkLetters(b, orders)
	c.checkPositions(b)
	c.checkFlat(b)
	if why := b.Halted(); why != "" && !c.excusable() {
		c.Violate(InvariantLiveness, 0, "the account is halted, and nothing happened that cannot be explained: %s", why)
	}
	// Maps were walked; the report of a seed is the same each time.
	slices.SortStableFunc(c.violations, func(x, y Violation) int {
		return cmp.Or(cmp.Compare(x.Invariant, y.Invariant), cmp.Compare(x.Time, y.Time), cmp.Compare(x.Text, y.Text))
	})
}

// excusable reports whether something happened that a host may answer by halting until a person looks: a request
// later than it was told of, a list of the past, lookups in the wrong place, somebody else's trades.
func (c *Checker) excusable() bool {
	v := c.venue
	return v.injected[FaultRequestVeryLate]+v.injected[FaultListStale]+v.injected[FaultForeign] > 0 || v.mistyped
}

// excused reports whether the account is halted and may be.
func (c *Checker) excused(b Books) bool { return b.Halted() != "" && c.excusable() }

// checkStreams verifies every stream: CRC, hash chain, density.
func (c *Checker) checkStreams(b Books) {
	for _, name := range append(b.Agents(), b.Lane()) {
		if _, err := b.Journal().Verify(name, nil); err != nil {
			c.Violate(InvariantJournal, 0, "%v", err)
		}
	}
}

// readIntents takes the orders out of the agents' journaled turns. It reads the journal itself, so that what
// the host forgot is seen.
func (c *Checker) readIntents(b Books) map[event.OrderID]string {
	intents := make(map[event.OrderID]string)
	var t event.Turn
	for _, name := range b.Agents() {
		for e, err := range b.Journal().Read(name, 1) {
			if err != nil {
				c.Violate(InvariantJournal, 0, "%v", err)
				break
			}
			if e.Kind != journal.KindTurn {
				continue
			}
			if err := event.ReadTurn(e.Body, &t); err != nil {
				c.Violate(InvariantJournal, 0, "stream %s, entry %d: %v", name, e.Position, err)
				break
			}
			c.checkTurn(name, &t, intents)
		}
	}
	return intents
}

func (c *Checker) checkTurn(stream string, t *event.Turn, intents map[event.OrderID]string) {
	if o := &t.Event.Outcome; t.Event.Kind == event.KindOutcome && o.Kind == event.EventDenied {
		mark(&c.refused, o.Order)
	}
	// In a probation the wishes are those of the module in reserve; checkSuccession looks at what follows.
	failed := t.Verdict > event.VerdictOK && t.Output == 0
	for i := range t.Requests {
		q := &t.Requests[i]
		// Cancels may be the host's own, as it takes a quarantined agent's orders back, and do not say so.
		if failed && q.Kind != event.RequestCancel && q.Order.Flags&event.ByHost == 0 {
			c.Violate(InvariantFailedTick, t.Event.Time, "stream %s, turn %d is %s and asks for %s of order %s",
				stream, t.Event.Sequence, t.Verdict, q.Kind, q.Order.ID)
		}
		if q.Kind != event.RequestSubmit {
			continue
		}
		if other, twice := intents[q.Order.ID]; twice {
			c.Violate(InvariantOnce, t.Event.Time, "order id %s is given out by %s and by %s, turn %d", q.Order.ID, other, stream, t.Event.Sequence)
		}
		intents[q.Order.ID] = stream
		if c.places == nil {
			c.places = make(map[event.OrderID]int)
		}
		c.places[q.Order.ID] = len(c.places)
		if old := q.Order.Redrives; !old.IsZero() {
			if c.redriven == nil {
				c.redriven = make(map[event.OrderID][]event.OrderID)
			}
			c.redriven[old] = append(c.redriven[old], q.Order.ID)
		}
	}
}

func (c *Checker) collect(b Books) map[event.OrderID]HostOrder {
	orders := make(map[event.OrderID]HostOrder)
	for o := range b.Orders() {
		if _, twice := orders[o.ID]; twice {
			c.Violate(InvariantPartition, 0, "order %s is there twice", o.ID)
		}
		orders[o.ID] = o
	}
	return orders
}

// checkIntents: none vanish.
func (c *Checker) checkIntents(intents map[event.OrderID]string, orders map[event.OrderID]HostOrder) {
	for id, stream := range intents {
		if _, known := orders[id]; !known && !c.refused[id] {
			c.Violate(InvariantNoneLost, 0, "order %s was journaled by %s and the host does not know it", id, stream)
		}
	}
}

// checkOrders compares each of the host's orders with the venue's of the same id.
func (c *Checker) checkOrders(b Books, orders map[event.OrderID]HostOrder) {
	for id, o := range orders {
		v := c.venueOrder(id)
		switch {
		case c.settled > 0 && o.Created > c.settled, waits(o, orders):
		case !o.State.Final() && !o.Letter && !resting(o.State):
			c.Violate(InvariantLiveness, 0, "order %s is still %s", id, o.State)
		case o.Letter, c.excused(b):
		case resting(o.State) && v == nil:
			c.Violate(InvariantNoneLost, 0, "order %s is %s and not at the venue", id, o.State)
		case resting(o.State) != (v != nil && v.State == event.ReportOpen):
			c.Violate(InvariantNoneLost, 0, "order %s is %s here and %s at the venue", id, o.State, stateOf(v))
		case v != nil && v.Filled != o.Filled, v == nil && o.Filled != 0:
			c.Violate(InvariantPositions, 0, "order %s has %d filled here and %d at the venue", id, o.Filled, filledOf(v))
		}
	}
}

// waits reports that the order is contingent, and its parent not over.
func waits(o HostOrder, orders map[event.OrderID]HostOrder) bool {
	if o.State != resilience.StateContingent {
		return false
	}
	for id, parent := range orders {
		if !parent.State.Final() && rootOf(id, orders) == o.Parent {
			return true
		}
	}
	return false
}

// resting reports that the host takes the order to be open at the venue.
func resting(s resilience.OrderState) bool {
	switch s {
	case resilience.StateOpen, resilience.StatePartial, resilience.StateCancelPending, resilience.StateReplacePending:
		return true
	}
	return false
}

// venueOrder is the order that lives, or lived, under an id; rejected ones only if there is no other.
func (c *Checker) venueOrder(id event.OrderID) *VenueOrder {
	var found *VenueOrder
	for _, o := range c.venue.Book().ByID(id) {
		if found == nil || o.State != event.ReportRejected {
			found = o
		}
	}
	return found
}

func stateOf(o *VenueOrder) string {
	if o == nil {
		return "not there"
	}
	return o.State.String()
}

func filledOf(o *VenueOrder) int64 {
	if o == nil {
		return 0
	}
	return o.Filled
}

// checkVenue: every order at the venue is there once, and has an intent.
func (c *Checker) checkVenue(intents map[event.OrderID]string, orders map[event.OrderID]HostOrder) {
	book := c.venue.Book()
	taken := make(map[event.OrderID]int) // by id, without the rejected
	open := make(map[event.OrderID]int)  // by intent
	for _, v := range book.Orders {
		if v.Foreign {
			continue
		}
		root := rootOf(v.ID, orders)
		_, known := intents[root]
		if _, taken := orders[root]; !known || !taken && c.refused[root] {
			c.Violate(InvariantNoOrphan, v.Created, "venue order %s has id %s, which is in no journal or was refused", v.Name(), v.ID)
		}
		if v.State != event.ReportRejected {
			if taken[v.ID]++; taken[v.ID] == 2 {
				c.Violate(InvariantOnce, v.Created, "order %s is at the venue twice, again as %s", v.ID, v.Name())
			}
		}
		if v.State == event.ReportOpen {
			if open[root]++; open[root] == 2 {
				c.Violate(InvariantOnce, v.Created, "order %s rests at the venue twice, again as %s under id %s", root, v.Name(), v.ID)
			}
		}
	}
	for i := range c.venue.Config().Instruments {
		most := at(c.limits.PositionMax, uint32(i))
		if most > 0 && c.limits.Claims {
			most += book.foreignTraded(uint32(i))
		}
		if worst := book.PositionWorst(uint32(i)); most > 0 && worst > most {
			c.Violate(InvariantRisk, 0, "the position in %s was %d, at most %d", c.venue.Config().Instruments[i].Name, worst, most)
		}
	}
}

// checkRedriven: of an order and those that persons wished in its place, the venue takes one. Where a request may come
// later than the host was told, nothing proves that the order is not there.
func (c *Checker) checkRedriven() {
	for old, wished := range c.redriven {
		taken := 0
		for _, id := range append(wished, old) {
			if v := c.venueOrder(id); v != nil && v.State != event.ReportRejected {
				taken++
			}
		}
		if taken > 1 && c.venue.injected[FaultRequestVeryLate] == 0 {
			c.Violate(InvariantOnce, 0, "order %s was redriven, and the venue took %d of it and of those in its place", old, taken)
		}
	}
}

// rootOf follows an order that went out in another's place to the intent's own.
func rootOf(id event.OrderID, orders map[event.OrderID]HostOrder) event.OrderID {
	for range len(orders) {
		o, known := orders[id]
		if !known || o.Replaces.IsZero() {
			break
		}
		id = o.Replaces
	}
	return id
}

// checkLetters: what waits for a person, what is over and what rests are all there is, and do not overlap.
func (c *Checker) checkLetters(b Books, orders map[event.OrderID]HostOrder) {
	letters := make(map[string]bool)
	for _, l := range b.Letters() {
		if l.Kind != event.LetterOrder {
			continue
		}
		if letters[l.ID] {
			c.Violate(InvariantPartition, 0, "dead letter %s is there twice", l.ID)
		}
		letters[l.ID] = true
	}
	for id, o := range orders {
		if o.State == resilience.StateDeadLetter && !letters[id.String()] {
			c.Violate(InvariantPartition, 0, "order %s is %s and has no letter", id, o.State)
		}
		delete(letters, id.String())
	}
	for id := range letters {
		c.Violate(InvariantPartition, 0, "dead letter %s is of no order", id)
	}
}

// checkFlat: after the kill switch, and all the time that it needs, nothing of ours is held.
func (c *Checker) checkFlat(b Books) {
	if c.killed == 0 || b.Halted() != "" || len(b.Letters()) > 0 {
		return
	}
	book := c.venue.Book()
	for i, in := range c.venue.Config().Instruments {
		if held := b.Position(uint32(i)); held != 0 {
			c.Violate(InvariantKill, 0, "the account was shut down and still holds %d of %s", held, in.Name)
		}
	}
	for _, o := range book.Open() {
		if !o.Foreign {
			c.Violate(InvariantKill, 0, "the account was shut down and order %s still rests", o.ID)
		}
	}
}

// checkPositions: the sum of ours and the foreign part is the venue's, or the host has halted.
func (c *Checker) checkPositions(b Books) {
	if c.excused(b) {
		return
	}
	book := c.venue.Book()
	for i, in := range c.venue.Config().Instruments {
		ours, theirs := b.Position(uint32(i))+b.Foreign(uint32(i)), book.Own[i]+book.Foreign[i]
		if ours != theirs {
			c.Violate(InvariantPositions, 0, "position in %s is %d here (%d foreign) and %d at the venue (%d foreign); and nothing is halted",
				in.Name, ours, b.Foreign(uint32(i)), theirs, book.Foreign[i])
		}
	}
}
