package event

// Kind says what an event is about.
type Kind uint8

const (
	// KindStart is the first event of an agent's run, at the time of its first data.
	KindStart Kind = iota + 1
	// KindMarket brings bars and what the feed's gate found.
	KindMarket
	// KindTimer is the agent's one timer going off.
	KindTimer
	// KindOutcome brings what became of one order, or of the account.
	KindOutcome
	// KindMode changes what the agent may do.
	KindMode
	// KindStop ends a run: the agent's on_stop is carried out.
	KindStop
	// KindOperator is a person's act: flatten, cancel, set a mode.
	KindOperator
	// KindSwap puts another module, or other parameters, in place.
	KindSwap
	// KindRedrive is a person's wish for an order once more, as another order.
	KindRedrive
)

// String names the kind as journals, logs and metrics do.
func (k Kind) String() string {
	names := [...]string{"", "start", "market", "timer", "outcome", "mode", "stop", "operator", "swap", "redrive"}
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return "kind_unknown"
}

// Event is one thing that happened to an agent. It enters by the inbox, gets the next sequence number
// and makes one turn. An Event is reused from turn to turn: whoever keeps it copies it.
type Event struct {
	Kind Kind
	// Sequence counts the agent's events from 1.
	Sequence uint64
	// Time is the event's time; it never goes back within an agent. Received is when the host got
	// it; in recorded runs the same.
	Time, Received int64
	// Cursor is the feed's position after a market event; after an outcome of a lane the outcome's number
	// there, so that none is told twice; else 0.
	Cursor uint64
	// Feed is the index of the agent's feed a market event came from.
	Feed uint16
	// Bars and Notes belong to market events.
	Bars  []Bar
	Notes []FeedNote
	// Outcome belongs to outcome events.
	Outcome Outcome
	// Mode and Reason belong to mode, stop and operator events; Reason to redrive events too.
	Mode   Mode
	Reason string
	// Redrive, of redrive events, is the order as it is wished: without an id of its own, and with Redrives.
	Redrive *Order
}

// Verdict is how a tick ended.
type Verdict uint8

const (
	// VerdictNone: the strategy was not ticked in this turn.
	VerdictNone Verdict = iota
	// VerdictOK: the tick returned well-formed output.
	VerdictOK
	// VerdictTrapped: the tick trapped (division, bounds, unreachable, fail, exit).
	VerdictTrapped
	// VerdictFuel: the tick ran out of fuel.
	VerdictFuel
	// VerdictStack: the tick recursed too deep.
	VerdictStack
	// VerdictMalformed: the tick returned, but its output broke the ABI.
	VerdictMalformed
	// VerdictInput: what the strategy must be told does not fit into its input; it was not called.
	VerdictInput
)

// String names the verdict as journals and metrics do.
func (v Verdict) String() string {
	names := [...]string{"none", "ok", "trapped", "fuel", "stack", "malformed", "input"}
	if int(v) < len(names) {
		return names[v]
	}
	return "verdict_unknown"
}

// Denial is an intent that admission refused, with the rule and its two numbers.
type Denial struct {
	Ref            uint64
	Order          OrderID
	Instrument     uint32
	Code           DenyCode
	Found, Allowed int64
}

// Turn is what one event did to an agent: the body of a journal entry, and all that is needed to do
// it again and compare.
type Turn struct {
	Event Event
	// Verdict, Fuel (units used) and Output (the first 8 bytes of the output's SHA-256, 0 for none)
	// tell of the tick.
	Verdict Verdict
	Fuel    int64
	Output  uint64
	// Module is the position of the stream's entry that put the module, meter and configuration in
	// place that made this turn.
	Module uint64
	// TimerNext is when the agent's timer goes off next, 0 for never.
	TimerNext int64
	Requests  []Request
	Denials   []Denial
}
