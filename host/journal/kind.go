package journal

// Kind says what an entry's body is. The numbers are frozen: they are on disk. A reader that meets a kind
// it does not know can still verify the chain, but must not fold the stream.
type Kind uint8

const (
	// KindGenesis is a stream's first entry: it holds the run, the 8 bytes from which ids are made.
	KindGenesis Kind = 1
	// KindTurn is one event and what it did: an encoded event.Turn. Only turns raise the sequence.
	KindTurn Kind = 2
	// KindOutcome is what became of a request.
	KindOutcome Kind = 3
	// KindAttempt is one sending of a request to a venue, or the reply to it.
	KindAttempt Kind = 4
	// KindMode is a change of what the agent or account may do.
	KindMode Kind = 5
	// KindConfig is the configuration from here on.
	KindConfig Kind = 6
	// KindModule is the module, meter and parameters from here on.
	KindModule Kind = 7
	// KindDeadLetter is what could not be done and waits for a person.
	KindDeadLetter Kind = 8
	// KindLease says that an owner took the stream up.
	KindLease Kind = 9
	// KindCheckpoint anchors a checkpoint: its hash and the position it was made at.
	KindCheckpoint Kind = 10
	// KindAudit is an act of a person, or what was decided about one.
	KindAudit Kind = 11
	// KindLane is one input of a venue account's lane and what it did: an encoded execution.Entry.
	KindLane Kind = 12

	// KindPruned says that the beginning of the stream was given up: an encoded pruned, which names the anchor.
	KindPruned Kind = 13

	kindMax = KindPruned
)

var kindNames = [kindMax + 1]string{
	"", "genesis", "turn", "outcome", "attempt", "mode", "config", "module",
	"dead_letter", "lease", "checkpoint", "audit", "lane", "pruned",
}

// String names the kind as `agenthost journal show` and the logs do; "kind_unknown" if this host does
// not know it.
func (k Kind) String() string {
	if k > 0 && k <= kindMax {
		return kindNames[k]
	}
	return "kind_unknown"
}
