package resilience

// Class is where a failure comes from; it decides who can do something about it.
type Class uint8

const (
	ClassNone     Class = iota // No failure.
	ClassNetwork               // Between us and the venue: names, connections, TLS, time.
	ClassAPI                   // The venue answered, and not with what was asked.
	ClassData                  // What a feed brought is not to be believed.
	ClassLogic                 // A strategy, an adapter or the host is wrong.
	ClassState                 // What is stored, here or there, does not add up.
	ClassResource              // Disk, memory, descriptors, processor.
)

var classNames = [...]string{"none", "network", "api", "data", "logic", "state", "resource"}

func (c Class) String() string { return nameOf(classNames[:], int(c)) }

// Retry says under what condition the same request may go out again.
type Retry uint8

const (
	RetryNever    Retry = iota // No repetition can help.
	RetryLater                 // With backoff, while the time to live and the retry budget last.
	RetrySettled               // Only when it is known what became of the last attempt, by the rules of MayResend.
	RetryRepaired              // When a person, or the host, has put right what is wrong.
)

var retryNames = [...]string{"never", "later", "when settled", "when repaired"}

func (r Retry) String() string { return nameOf(retryNames[:], int(r)) }

// Recovery is what the host does about a failure, beside retrying or not.
type Recovery uint8

const (
	RecoverNothing    Recovery = iota // The answer is final; it is told to the strategy.
	RecoverBackoff                    // Wait and try again.
	RecoverSettle                     // Look the order up until its fate is known.
	RecoverHold                       // Hold the account and alert: a person must act.
	RecoverFallback                   // Take another data source, or skip the signal.
	RecoverRollback                   // Undo the tick, put it to the dead letters, go on from the snapshot.
	RecoverCheckpoint                 // Take an older checkpoint and replay the journal from there.
	RecoverReconcile                  // Compare with the venue; READ_ONLY until it adds up.
	RecoverStop                       // Stop the agent and rebuild it from the journal; nothing is sent meanwhile.
	RecoverDegrade                    // Go on with less: READ_ONLY, fewer requests, and an alert.
)

var recoveryNames = [...]string{
	"tell the strategy", "back off", "settle", "hold the account, alert", "other source, or skip the signal",
	"undo the tick, dead letter", "older checkpoint, replay", "reconcile, READ_ONLY", "stop, rebuild from the journal", "READ_ONLY, alert",
}

func (r Recovery) String() string { return nameOf(recoveryNames[:], int(r)) }

// Proof is what a failure proves: of a submit, about the order; of a cancel or replace, about that request.
type Proof uint8

const (
	ProofNothing  Proof = iota // It is not about a request, or says nothing of it.
	ProofNotSent               // It did not reach the venue, or the venue declares that it did nothing with it.
	ProofRejected              // The venue refused it; nothing was done.
	ProofAccepted              // The venue took it.
	ProofExists                // The venue has something under this id: look it up and adopt it.
	ProofUnknown               // It may have been done.
)

var proofNames = [...]string{"nothing", "not sent", "rejected", "accepted", "exists", "unknown"}

func (p Proof) String() string { return nameOf(proofNames[:], int(p)) }

// Effect is how an outcome counts for the breaker.
type Effect uint8

const (
	EffectExcluded Effect = iota // It says nothing of the venue's health: a business rejection, a limit of ours.
	EffectSuccess
	EffectFailure
)

var effectNames = [...]string{"excluded", "success", "failure"}

func (e Effect) String() string { return nameOf(effectNames[:], int(e)) }

// Failure is the meaning of one thing that happened.
type Failure struct {
	Class    Class
	Retry    Retry
	Recovery Recovery
	Proof    Proof
	Effect   Effect
	// Hold stops the account's lane until a person releases it. It proves nothing about an order.
	Hold bool
	// Why is for people: one of a fixed set of sentences.
	Why string
}

// RequestKind says what was asked when something happened.
type RequestKind uint8

const (
	RequestNone    RequestKind = iota // Nothing was asked of a venue.
	RequestSubmit                     // An order.
	RequestCancel                     // May be repeated without harm.
	RequestReplace                    // Has the dangers of a submit.
	RequestRead                       // A lookup or a poll; changes nothing at the venue.
)

var requestNames = [...]string{"none", "submit", "cancel", "replace", "read"}

func (k RequestKind) String() string { return nameOf(requestNames[:], int(k)) }

// Phase is how far a request had come when it failed.
type Phase uint8

const (
	// PhaseBefore: no byte of the request was handed to the system: waiting, name, connection, TLS.
	PhaseBefore Phase = iota
	// PhaseWriting: some bytes were handed over. The last may have been among them, whatever the error
	// says, so it proves no more than PhaseWritten.
	PhaseWriting
	// PhaseWritten: all of the request was handed over; no answer yet.
	PhaseWritten
	// PhaseAnswered: an answer came, whole or in part.
	PhaseAnswered
)

var phaseNames = [...]string{"before", "writing", "written", "answered"}

func (p Phase) String() string { return nameOf(phaseNames[:], int(p)) }

// Happening describes what happened, in the words that an adapter knows; it holds no error value, so that
// it can be journaled and classified again in replay.
type Happening struct {
	Cause   Cause
	Request RequestKind
	Phase   Phase
	// Number is the HTTP status for CauseStatus, the result code of SQLite for CauseSQLite (extended
	// codes too), else 0.
	Number int
	// Code is the venue's own word for CauseStatus and CauseVenueCode, empty if it gave none.
	Code string
	// NotProcessed: the venue's documents declare that it does nothing when it answers so.
	NotProcessed bool
	// ErrorBody: the answer's body says that something failed, whatever the status.
	ErrorBody bool
	// Resent: the order's id went out before this attempt.
	Resent bool
}

// Classify says what a happening means. It is total: every happening has an answer, and one that nobody
// foresaw is Unknown once a byte was handed over. venue adds the venue's own codes; nil for none.
func Classify(h Happening, venue *VenueCodes) Failure {
	if f, ok := venue.lookup(h); ok {
		return forRequest(f, h.Request)
	}
	for i := range rules {
		if rules[i].matches(&h) {
			return forRequest(forPhase(rules[i].Failure, &h), h.Request)
		}
	}
	return forRequest(unforeseen(h.Phase), h.Request)
}

func unforeseen(p Phase) Failure {
	if p == PhaseBefore {
		return Failure{ClassLogic, RetryNever, RecoverNothing, ProofNotSent, EffectFailure, false, "nobody foresaw this, and nothing was sent"}
	}
	return Failure{ClassLogic, RetrySettled, RecoverSettle, ProofUnknown, EffectFailure, false, "nobody foresaw this; the request was on its way"}
}

// forPhase holds the one rule that no row may break: once a byte was handed over, only the venue's word (or
// HTTP/2's, for a refused stream) proves that nothing was done. So a store or a machine that fails while a
// request is out leaves it unknown.
func forPhase(f Failure, h *Happening) Failure {
	if h.Phase == PhaseBefore || f.Proof != ProofNotSent || h.Cause == CauseRefusedStream || h.Cause == CauseStatus {
		return f
	}
	f.Proof, f.Retry = ProofUnknown, RetrySettled
	if f.Recovery == RecoverBackoff || f.Recovery == RecoverNothing {
		f.Recovery = RecoverSettle
	}
	return f
}

// forRequest bends the table, which speaks of submits, to the other requests. An error of a query is not
// an answer. A cancel may be asked twice.
func forRequest(f Failure, k RequestKind) Failure {
	switch k {
	case RequestNone:
		f.Proof = ProofNothing
	case RequestRead:
		f.Proof = ProofNothing
		if f.Retry == RetrySettled {
			f.Retry, f.Recovery = RetryLater, RecoverBackoff
		}
	case RequestCancel:
		if f.Retry == RetrySettled {
			f.Retry = RetryLater
		}
	}
	return f
}

// Rule is one row of the taxonomy. The first row that fits a happening decides.
type Rule struct {
	Cause Cause
	// From and To bound Number, both included; 0, 0 fits any.
	From, To int
	// Phases and Requests are sets of bits, 1<<PhaseBefore and so on; 0 fits any.
	Phases, Requests uint8
	// NotProcessed, ErrorBody and Resent fit only happenings that say so.
	NotProcessed, ErrorBody, Resent bool
	Failure                         Failure
}

func (r *Rule) matches(h *Happening) bool {
	if r.Cause != h.Cause {
		return false
	}
	n := h.Number
	if r.Cause == CauseSQLite {
		n &= 0xff // an extended result code holds the primary one in its low byte
	}
	return (r.To == 0 || r.From <= n && n <= r.To) &&
		(r.Phases == 0 || r.Phases&(1<<h.Phase) != 0) &&
		(r.Requests == 0 || r.Requests&(1<<h.Request) != 0) &&
		(!r.NotProcessed || h.NotProcessed) && (!r.ErrorBody || h.ErrorBody) && (!r.Resent || h.Resent)
}

// Rules are all rows of the taxonomy, in the order in which they are tried.
func Rules() []Rule { return append([]Rule(nil), rules...) }

func nameOf(names []string, i int) string {
	if i >= 0 && i < len(names) && names[i] != "" {
		return names[i]
	}
	return "not known"
}
