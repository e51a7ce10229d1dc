package event

// Kinds of dead letters.
const (
	LetterOrder  = "order"
	LetterCancel = "cancel"
	LetterTick   = "tick"
	LetterAlert  = "alert"
)

// Letter is what could not be done and waits for a person: the body of a journal entry of kind dead
// letter, as JSON. It holds all that is needed to understand it and to do it again.
type Letter struct {
	// ID is unique in the host: the order's id, "cancel-" and the order's id, the agent's name, "-" and
	// the turn, or "alert-" and a number.
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Agent, Venue, Account and Instrument are names.
	Agent      string `json:"agent,omitempty"`
	Venue      string `json:"venue,omitempty"`
	Account    string `json:"account,omitempty"`
	Instrument string `json:"instrument,omitempty"`
	// Time is when it became a dead letter.
	Time int64 `json:"time"`
	// Cause is one of a fixed set of words by which letters are grouped, such as "unknown", "rejected",
	// "expired", "cancel_lost" or a tick's verdict. Message is for people.
	Cause   string `json:"cause"`
	Message string `json:"message"`
	// Order is the order, for orders and cancels; Attempts every sending, its time and its error.
	Order    *LetterOrderFacts `json:"order,omitempty"`
	Attempts []LetterAttempt   `json:"attempts,omitempty"`
	// Module and Config are hashes in hex.
	Module string `json:"module_sha256,omitempty"`
	Config string `json:"config_sha256,omitempty"`
	// Tick is set for failed ticks.
	Tick *LetterTickFacts `json:"tick,omitempty"`
}

// LetterOrderFacts are an order's own words, numbers as decimal strings.
type LetterOrderFacts struct {
	ID         string `json:"id"`
	VenueOrder string `json:"venue_order,omitempty"`
	Side       string `json:"side"`
	Type       string `json:"type"`
	TIF        string `json:"time_in_force"`
	Size       string `json:"size"`
	Price      string `json:"price,omitempty"`
	StopPrice  string `json:"stop_price,omitempty"`
	Filled     string `json:"filled,omitempty"`
	ReduceOnly bool   `json:"reduce_only,omitempty"`
	Tag        string `json:"tag,omitempty"`
	State      string `json:"state"`
	Created    int64  `json:"created"`
	ValidUntil int64  `json:"valid_until,omitempty"`
}

// LetterAttempt is one sending.
type LetterAttempt struct {
	Number   uint32 `json:"number"`
	Call     string `json:"call"` // submit, cancel, replace, lookup
	Sent     int64  `json:"sent"`
	Answered int64  `json:"answered,omitempty"`
	// Proof is what the answer proves, Cause what went wrong, Detail the words of the error.
	Proof  string `json:"proof,omitempty"`
	Cause  string `json:"cause,omitempty"`
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// LetterTickFacts is what it takes to run a failed tick again. The state before it is the fold of the
// stream up to the turn.
type LetterTickFacts struct {
	Turn    uint64   `json:"turn"`
	Trap    string   `json:"trap,omitempty"`
	Code    int32    `json:"code,omitempty"`
	Stack   []string `json:"stack,omitempty"`
	Printed string   `json:"printed,omitempty"`
	Fuel    int64    `json:"fuel"`
	Budget  int64    `json:"budget"`
	Input   []byte   `json:"input"` // base64 in JSON
}
