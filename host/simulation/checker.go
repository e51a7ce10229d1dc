package simulation

import (
	"fmt"
	"iter"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// HostOrder is an order as the host has it.
type HostOrder struct {
	ID event.OrderID
	// Replaces is the order in whose place this one went out, zero if it is the intent's own.
	Replaces event.OrderID
	// Parent is the order that one waits for that is contingent.
	Parent     event.OrderID
	State      resilience.OrderState
	Instrument uint32 // the lane's index
	// Filled is what is booked, in quantity units.
	Filled int64
	// Reached: it may have been at the venue.
	Reached bool
	// Letter: it waits for a person.
	Letter bool
	// Created is when it was admitted.
	Created int64
}

// Books is what the Checker asks of a host about one account, when the host has come to rest.
type Books interface {
	// Orders are all orders that the host knows of the account.
	Orders() iter.Seq[HostOrder]
	// Letters are the dead letters of orders that are not dealt with.
	Letters() []event.Letter
	// Position is the sum of the agents' positions in an instrument of the lane, Foreign what the host
	// holds for somebody else's.
	Position(instrument uint32) int64
	Foreign(instrument uint32) int64
	// Halted says why nothing that adds goes out, empty if it may.
	Halted() string
	// Agents are the names of the agents' journal streams, Lane that of the lane.
	Agents() []string
	Lane() string
	// Journal is where they are.
	Journal() *journal.Journal
}

// Limits are what Checker holds every submit of an account to. Zero, or nil, is no bound.
type Limits struct {
	OrderQuantityMax, PositionMax []int64
	OrderNotionalMax              int64
	// Claims: what somebody else trades on the account counts as the agents' own, and makes room for them.
	Claims bool
	// Budget is the retry budget of the account's lane.
	Budget resilience.BudgetConfig
}

// Checker collects violations of one account in one world: it is told what happens, and compares the books at
// the end. One goroutine.
type Checker struct {
	seed uint64
	// settled is when whatever was young has had its time: what was admitted later may be under way.
	settled    int64
	start      int64
	account    string
	venue      *Venue
	limits     Limits
	violations []Violation
	killed     int64
	retries    retries
	// refused are the intents that the lane did not take; their agents were told so.
	refused map[event.OrderID]bool
	// places count the intents of each stream as they were wished.
	places map[event.OrderID]int
	// again are the orders that persons wished once more, much later than their agents did.
	again map[event.OrderID]bool
	// redriven are the orders that persons wished in another's place, by that one.
	redriven map[event.OrderID][]event.OrderID
}

// NewChecker watches a venue's account in a world that begins at start.
func NewChecker(seed uint64, start int64, v *Venue, l Limits) *Checker {
	c := v.Config()
	return &Checker{seed: seed, start: start, account: c.Venue + "/" + c.Account, venue: v, limits: l}
}

// Violations are what was found so far.
func (c *Checker) Violations() []Violation { return c.violations }

// Violate notes a broken promise that somebody else has found. at is event time, 0 for the end.
func (c *Checker) Violate(i Invariant, at int64, format string, args ...any) {
	if at > 0 {
		at -= c.start
	} else {
		at = -1
	}
	c.violations = append(c.violations, Violation{Invariant: i, Seed: c.seed, Time: at, Account: c.account, Text: fmt.Sprintf(format, args...)})
}

// Kill says that the kill switch returned at now: nothing that adds goes out any more.
func (c *Checker) Kill(now int64) { c.killed = now }

// Revive says that a person opened the account again.
func (c *Checker) Revive() { c.killed = 0 }

// Released looks at a call that the host sends at now.
func (c *Checker) Released(call *event.Call, now int64) {
	if call.Kind == event.CallSubmit {
		c.checkSubmit(call, now)
	}
}

// Journaled looks at a call that the lane decided on at now, in order. The budget counts these: a call that is
// durable and that a crash kept from going out was granted.
func (c *Checker) Journaled(call *event.Call, now int64) {
	if call.Kind != event.CallSubmit {
		return
	}
	if text := c.retries.note(&c.limits.Budget, call, now); text != "" {
		c.Violate(InvariantBudget, now, "%s", text)
	}
}

func (c *Checker) checkSubmit(call *event.Call, now int64) {
	o := &call.Order
	if c.killed > 0 && now > c.killed && o.Flags&(event.ReduceOnly|event.Closing|event.ByHost) == 0 {
		c.Violate(InvariantKill, now, "order %s went out after the kill switch returned", o.ID)
	}
	in := &c.venue.Config().Instruments[o.Instrument]
	if most := at(c.limits.OrderQuantityMax, o.Instrument); most > 0 && o.Quantity() > most && o.Flags&event.ReduceOnly == 0 {
		c.Violate(InvariantRisk, now, "order %s of %d units of %s, at most %d", o.ID, o.Quantity(), in.Name, most)
	}
	if o.Price > 0 && c.limits.OrderNotionalMax > 0 && o.Flags&event.ReduceOnly == 0 {
		if worth, ok := in.Notional(o.Price, o.Quantity(), event.Down); !ok || worth > c.limits.OrderNotionalMax {
			c.Violate(InvariantRisk, now, "order %s is worth %d, at most %d", o.ID, worth, c.limits.OrderNotionalMax)
		}
	}
}

func at(v []int64, i uint32) int64 {
	if int(i) < len(v) {
		return v[i]
	}
	return 0
}

// retries holds the sendings against the budget: in any span at most Burst + Ratio·requests + span/FloorEvery
// retries. debt is the left side less the changing part of the right, in 1e-8 of a retry; least its lowest.
type retries struct {
	first   int64
	debt    int64
	least   int64
	started bool
}

func (r *retries) note(b *resilience.BudgetConfig, call *event.Call, now int64) string {
	if b.Burst == 0 {
		return ""
	}
	if !r.started {
		r.started, r.first = true, now
	}
	floor := int64(0)
	if b.FloorEvery > 0 {
		floor, _ = event.MulDiv(now-r.first, resilience.One, b.FloorEvery, event.Up)
	}
	if call.Attempt <= 1 {
		r.debt -= b.Ratio
		r.least = min(r.least, r.debt-floor)
		return ""
	}
	r.least = min(r.least, r.debt-floor)
	r.debt += resilience.One
	if over := r.debt - floor - r.least - b.Burst*resilience.One; over > resilience.One/1000 {
		return fmt.Sprintf("attempt %d of order %s: the retries of some span are %d·1e-8 above the budget", call.Attempt, call.Order.ID, over)
	}
	return ""
}
