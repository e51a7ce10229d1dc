package admin

import (
	"context"
	"time"
)

// Host is what the engine satisfies. Every method may be called by several goroutines at once, and ends
// when ctx does. Errors: *NotFound, *Refusal and *Invalid are told as they are, anything else is an
// internal error. A change is durable, with its Act, when the method returns nil.
type Host interface {
	// Status is the host at one moment.
	Status(ctx context.Context) (Status, error)
	// SetMode puts an agent's mode by hand: the stricter of it and what its health says counts, until
	// another is set. "full" takes back what was set by hand and opens a latch.
	SetMode(ctx context.Context, agent string, c ModeChange) (AgentStatus, error)
	// Halt stops agents: adding orders are cancelled, nothing new that adds goes out; positions and
	// their protective stops stay. It latches. It returns when that is durable, before it is done.
	Halt(ctx context.Context, t Target, a Act) (Stopping, error)
	// Flatten is Halt, and then positions are closed and verified to be flat but for dust. It returns
	// when that is durable, before it is done.
	Flatten(ctx context.Context, t Target, a Act) (Stopping, error)
	// ChangeAccount does what is one of the account acts, such as AccountHold.
	ChangeAccount(ctx context.Context, venue, account string, what AccountAct, a Act) (AccountStatus, error)
	// Orders are those that match, oldest first, at most q.Limit of them, and how many there are.
	Orders(ctx context.Context, q OrderQuery) (OrderList, error)
	// Order is one order's whole story, by client order id.
	Order(ctx context.Context, id string) (OrderStory, error)
	// Letters are all dead letters, in any order; see Book.
	Letters(ctx context.Context) ([]Letter, error)
	// Redrive does again what a letter could not, with all checks; a dry run does only the checks.
	Redrive(ctx context.Context, letter string, r Redrive) (RedriveResult, error)
	// Resolve settles a letter by a person's word.
	Resolve(ctx context.Context, letter string, r Resolve) (Letter, error)
	// TestAlert sends an alert through every channel and says what became of it.
	TestAlert(ctx context.Context, a Act) ([]AlertDelivery, error)
	// Positions are what all agents hold, dust too, by agent and instrument.
	Positions(ctx context.Context) ([]Position, error)
	// Audits are the journaled acts of persons that match: the newest of them, oldest first.
	Audits(ctx context.Context, q AuditQuery) (AuditList, error)
	// Streams are the journal's.
	Streams(ctx context.Context) ([]StreamStatus, error)
	// Tail hands over a stream's durable entries, oldest first, each once, and goes on with those that come
	// if q says so, until ctx ends or deliver returns an error, which it then returns.
	Tail(ctx context.Context, q TailQuery, deliver func(JournalEntry) error) error
	// Checkpoints are those that are kept, the newest first.
	Checkpoints(ctx context.Context) ([]Checkpoint, error)
	// MakeCheckpoints makes one of every account now, and returns when they are in the file. An account
	// of which an agent is in the middle of a swap is a *Refusal; those before it have theirs.
	MakeCheckpoints(ctx context.Context, a Act) ([]Checkpoint, error)
	Swapper
}

// Act says who changes something, and why. Both are required; By may be left out of a request where the
// system names the user at the other end.
type Act struct {
	By     string `json:"by,omitempty"`
	Reason string `json:"reason"`
	// Peer is who it is by proof: the system's user at the other end of the socket, such as "ann (uid 1000)",
	// a token or a client's certificate, such as "token ops". It is empty where the system does not tell, and
	// never read from a request; so with the rest.
	Peer string `json:"-"`
	// From is where it came from: "socket", or an address; empty is this machine.
	From string `json:"-"`
	// Key is the request's Idempotency-Key, Request the hash of what was asked for; empty without a key.
	Key     string `json:"-"`
	Request string `json:"-"`
}

// Target is whom a halt or a flatten is about: one agent, one account with all its agents, or all.
type Target struct {
	Agent          string
	Venue, Account string
	All            bool
}

// String names the target for people.
func (t Target) String() string {
	switch {
	case t.All:
		return "all agents"
	case t.Agent != "":
		return "agent " + t.Agent
	}
	return "account " + t.Venue + "/" + t.Account
}

// ModeChange is a mode set by hand: "full", "read_only", "observation" or "shutdown".
type ModeChange struct {
	Act
	Mode string `json:"mode"`
}

// AccountAct is what a person can do to a venue account.
type AccountAct string

const (
	// BreakerIsolate opens the account's breaker by hand; closes and cancels keep their narrow way.
	BreakerIsolate AccountAct = "breaker/isolate"
	// BreakerRelease takes that back.
	BreakerRelease AccountAct = "breaker/release"
	// AccountHold sends nothing that adds until it is released.
	AccountHold AccountAct = "hold"
	// AccountRelease ends a hold, the host's own (after 401, 403, 418) or a person's.
	AccountRelease AccountAct = "release"
	// AccountReconcile compares with the venue now.
	AccountReconcile AccountAct = "reconcile"
)

// AccountActs are all of them.
var AccountActs = []AccountAct{BreakerIsolate, BreakerRelease, AccountHold, AccountRelease, AccountReconcile}

// Stopping is what a halt or a flatten has begun. Agents that have nothing open are done with it.
type Stopping struct {
	Agents []StoppingAgent `json:"agents"`
}

// StoppingAgent is one agent on its way to a stop.
type StoppingAgent struct {
	Name string `json:"name"`
	Mode string `json:"mode"`
	// Cancelling counts orders; Closing are the positions that are being closed.
	Cancelling int        `json:"cancelling"`
	Closing    []Position `json:"closing,omitempty"`
	// Problem says why it cannot be done by itself, empty if it can.
	Problem string `json:"problem,omitempty"`
}

// AlertDelivery is what became of an alert in one channel.
type AlertDelivery struct {
	// Channel is the configured name: "log", a webhook's or a command's.
	Channel   string        `json:"channel"`
	Delivered bool          `json:"delivered"`
	Took      time.Duration `json:"took"`
	Error     string        `json:"error,omitempty"`
}
