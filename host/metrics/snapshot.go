package metrics

// Snapshot is what can only be looked at, at one moment. Times are nanoseconds since the epoch, 0 for never;
// money and quantities are in their own units, as a person reads them.
type Snapshot struct {
	Agents   []AgentGauges
	Accounts []AccountGauges
	Disk     DiskGauges
	Alerts   AlertGauges
	// Ready: the host has recovered and trades. Writable: the last append was durable.
	Ready, Writable bool
}

// AgentGauges are how one agent stands.
type AgentGauges struct {
	Names
	Mode string
	// Reasons are the conditions that take something away from it, from a fixed set of words.
	Reasons                   []string
	Currency                  string
	Equity, Drawdown          float64
	Positions                 []PositionGauge
	OrdersOpen, OrdersUnknown int
	LastTick, LastBar         int64
	FailedInRow               int
	Quarantined               bool
}

// PositionGauge is what an agent holds of one of its instruments, signed; 0 too.
type PositionGauge struct {
	Instrument string
	Quantity   float64
}

// AccountGauges are how one venue account stands. Where Answers is false, its goroutine did not answer in
// time, and the rest is not known.
type AccountGauges struct {
	Venue, Account          string
	Answers                 bool
	Inputs                  int // that wait for a round
	Breaker                 string
	Held, Differs, Ready    bool
	Reconciled              int64
	Skew                    float64 // seconds; the venue's clock less ours
	CallsOut, OrdersUnknown int
	// Waiting is how long what is due must still wait for a rate limit or a breaker, in seconds.
	Waiting float64
	// LettersPending counts dead letters that wait for a person, by kind; nil is not known.
	LettersPending map[string]int
}

// DiskGauges is the space where the journal is, in bytes; below zero is not known.
type DiskGauges struct {
	Free, Ballast, Journal int64
	// FullAfter is in how many seconds the disk is full if it goes on as it did, below zero if that is not
	// known.
	FullAfter float64
}

// AlertGauges is how telling a person goes.
type AlertGauges struct {
	Active, Waiting, ChannelsFailing int
	Undelivered, Overflowed          uint64
}

// The fixed sets of states, each of which is a series: 1 where it is so, 0 where not.
var (
	modes    = []string{"full", "read_only", "observation", "shutdown"}
	breakers = []string{"closed", "open", "half_open", "isolated"}
	letters  = []string{"order", "cancel", "tick", "alert"}
)
