package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// FactKind says what a fact is about.
type FactKind uint8

const (
	// FactTaken: a request was taken; Number is its sequence, Place its place.
	FactTaken FactKind = iota + 1
	// FactBorn: an order came into the lane. Order is its id; Index names it in Entry.Orders.
	FactBorn
	// FactLife: Life happened to Order.
	FactLife
	// FactPlan: what is to be done next about Order; State is the plan as bytes.
	FactPlan
	// FactVenueOrder: the venue's own id of Order is Text.
	FactVenueOrder
	// FactChanged: Order now has the size, price and stop price in Values.
	FactChanged
	// FactCall: Entry.Calls[Index] was made; Permit is the breaker's for it.
	FactCall
	// FactAnswered: call Number is over; Proof, Cause, Text and Values (status) say how.
	FactAnswered
	// FactFill: Entry.Fills[Index] was booked, of Order; of nobody's if Order is zero, Agent's if Claimed.
	FactFill
	// FactOutcome: Entry.Outcomes[Index] was told to its agent.
	FactOutcome
	// FactLetter: Entry.Letters[Index] was written. FactLetterOver: the letter of Order is dealt with.
	FactLetter
	FactLetterOver
	// FactAlert: Entry.Alerts[Index] was raised, or is over.
	FactAlert
	// FactPermission: agent Agent may do Number.
	FactPermission
	// FactPolicy: the policy named by Place stands as State says.
	FactPolicy
	// FactAccount: the account's own state (hold, cursor, reconciliation, clock) stands as State says.
	FactAccount
	// FactForeign: the foreign position of instrument Place is Values[0].
	FactForeign
	// FactStrange: Text is a foreign or strange order or fill that was seen; it is told once.
	FactStrange
	// FactForgotten: Order is over for long and is forgotten.
	FactForgotten
	// FactAct: a person did act Number about Order; Text says who and why. It changes nothing by itself.
	FactAct
	// FactFee: the fill of Order that Entry.Fills[Index] tells again was booked without its fee.
	FactFee
)

// Fact is one change of state. Which fields count is said at its kind.
type Fact struct {
	Kind    FactKind
	Order   event.OrderID
	Agent   uint32
	Place   uint32
	Index   uint32
	Number  uint64
	Life    resilience.LifeEvent
	Permit  resilience.Permit
	Proof   resilience.Proof
	Cause   resilience.Cause
	Values  [4]int64
	Claimed bool
	Text    string
	State   []byte
}

// AgentOutcome is an outcome with its number: 1, 2, 3 and so on for each agent.
type AgentOutcome struct {
	Number  uint64
	Outcome event.Outcome
}

// Entry is what one input did: the body of an entry of the lane's stream. What Step returns is valid until
// the next Step.
type Entry struct {
	Input Input
	Facts []Fact
	// What the facts point to, in the order of the facts. Calls are to be made, Outcomes told, Letters and
	// Alerts delivered, all once the entry is durable.
	Orders   []event.Order
	Calls    []event.Call
	Fills    []event.FillReport
	Outcomes []AgentOutcome
	Letters  []event.Letter
	Alerts   []event.Alert
	// Refusal says why a person's act was refused, for that person; empty if it was not.
	Refusal string
}

// Empty reports whether nothing changed: such an entry need not be journaled, nor applied.
func (e *Entry) Empty() bool { return len(e.Facts) == 0 }

// reset empties an entry and keeps its room.
func (e *Entry) reset() {
	*e = Entry{
		Facts: e.Facts[:0], Orders: e.Orders[:0], Calls: e.Calls[:0], Fills: e.Fills[:0],
		Outcomes: e.Outcomes[:0], Letters: e.Letters[:0], Alerts: e.Alerts[:0],
	}
}
