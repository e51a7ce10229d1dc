package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// OrderStatus is where an order of the lane stands.
type OrderStatus struct {
	// Order is as the venue last had it, State and Filled included.
	Order event.Order
	// Life is all that is known of it.
	Life       resilience.Life
	VenueOrder string
	// Replaces is the order in whose place this one went out; zero if none. Its agent knows it by that id.
	// ReplacedBy is the one that went out in its place.
	Replaces, ReplacedBy event.OrderID
	// RedrivenAs is the order that a person wished in its place under a new id. Order.Redrives is the way back.
	RedrivenAs event.OrderID
	// Attempts are all sendings of submit, cancel and replace, at most the last 64, and the last lookup.
	Attempts []event.LetterAttempt
	// Next is when the lane does something about it by itself, 0 for never.
	Next int64
	// Letter says that it waits for a person.
	Letter bool
}

// Health is how the lane is doing.
type Health struct {
	Breaker      resilience.BreakerState
	BreakerUntil int64 // when an open breaker lets a probe pass, 0 if it is not open
	// IsolatedBy and IsolatedFor say who isolated it by hand and why, empty if nobody did.
	IsolatedBy, IsolatedFor string
	// OrdersUnknown counts Unknown orders; DeadLetters those that were given up to a person, and cancels that
	// do not succeed. Letters about what is over (rejected, expired, not sent) do not count: nothing is at stake.
	OrdersUnknown, DeadLetters int
	// OrdersLive counts orders that are not over; CallsOut the calls without a reply.
	OrdersLive, CallsOut int
	// Blocked is when something that is due and waits for a rate limit or the breaker may go, 0 if nothing
	// waits.
	Blocked int64
	// Held says why nothing goes out, empty if it does.
	Held string
	// Differ says why books and venue do not add up, empty if they do: positions_differ.
	Differ string
	// Reconciled is when they were last found equal, 0 for never. Ready says that what rested at the last
	// start has been looked up: before, nothing that adds goes out.
	Reconciled int64
	Ready      bool
	// Skew is the venue's clock less ours, in nanoseconds, as last measured at SkewTime (0: never).
	// Skewed says that it is beyond SkewMax.
	Skew, SkewTime int64
	Skewed         bool
	// Streaming says that a stream is heard.
	Streaming bool
	// Balances are the account's as last told completely, at BalancesTime (0: never).
	Balances     []event.BalanceReport
	BalancesTime int64
}
