package resilience

// Cause is the concrete thing that went wrong.
type Cause uint8

const (
	CauseNone Cause = iota
	// Between us and the venue.
	CauseDNS
	CauseRefused
	CauseUnreachable
	CauseTLS
	CauseCertificate
	CauseProxy
	// CauseReset is a connection that ended: reset, closed, broken pipe, end of file. Mind that Go's
	// net/http by itself sends a request with an Idempotency-Key header again when a reused connection
	// breaks; an adapter switches that off (no GetBody), or an attempt becomes two.
	CauseReset
	CauseTimeout
	CauseAborted
	CauseRefusedStream
	CauseProtocol
	// The venue answered.
	CauseStatus
	CauseBody
	CauseKeyInProgress
	CauseKeyReused
	CauseVenueCode
	// Ours, before anything is sent.
	CauseBreakerOpen
	CauseRateLimit
	CauseBudget
	CauseLapsed
	CauseMode
	CauseLease
	// A feed's.
	CauseBadPrice
	CauseNotANumber
	CauseStale
	CauseDisorder
	CauseGap
	// A strategy's.
	CauseTrap
	CauseFuel
	CauseStack
	CauseMalformed
	CauseGuestMemory
	CauseRefusedModule
	// Stored state's.
	CauseSQLite
	CauseChain
	CauseCheckpoint
	CauseDiverged
	CauseRestored
	CauseMismatch
	CauseFill
	// The machine's.
	CauseDiskFull
	CauseDiskError
	CauseMemory
	CauseDescriptors
	CauseLag
	CauseClock
	causeEnd
)

var causeNames = [...]string{
	CauseNone: "none",
	CauseDNS:  "name not resolved", CauseRefused: "connection refused", CauseUnreachable: "no route", CauseTLS: "TLS handshake",
	CauseCertificate: "TLS certificate", CauseProxy: "proxy", CauseReset: "connection ended", CauseTimeout: "timeout",
	CauseAborted: "aborted by us", CauseRefusedStream: "HTTP/2 stream refused", CauseProtocol: "no HTTP answer",
	CauseStatus: "HTTP", CauseBody: "answer not readable", CauseKeyInProgress: "idempotency key in progress",
	CauseKeyReused: "idempotency key reused", CauseVenueCode: "venue code",
	CauseBreakerOpen: "breaker open", CauseRateLimit: "our rate limit", CauseBudget: "retry budget empty", CauseLapsed: "time to live over",
	CauseMode: "mode forbids", CauseLease: "lease lost",
	CauseBadPrice: "bad price", CauseNotANumber: "not a number", CauseStale: "stale feed", CauseDisorder: "time goes back", CauseGap: "gap",
	CauseTrap: "trap", CauseFuel: "fuel used up", CauseStack: "stack too deep", CauseMalformed: "malformed output",
	CauseGuestMemory: "guest memory", CauseRefusedModule: "module refused",
	CauseSQLite: "SQLite", CauseChain: "journal chain broken", CauseCheckpoint: "checkpoint unreadable", CauseDiverged: "replay diverged",
	CauseRestored: "journal restored from a backup", CauseMismatch: "position differs", CauseFill: "fill contradicts another",
	CauseDiskFull: "disk full", CauseDiskError: "disk error", CauseMemory: "host memory", CauseDescriptors: "no file descriptor",
	CauseLag: "processor lag", CauseClock: "clock skew",
}

func (c Cause) String() string { return nameOf(causeNames[:], int(c)) }

// ClassFact is what holds for most failures of a class; the rows of the taxonomy decide each.
type ClassFact struct {
	Class               Class
	Examples, Retryable string
	Recovery            string
}

var classFacts = [...]ClassFact{
	{ClassNetwork, "name, refusal, reset, TLS, timeout", "yes, if nothing was sent", "backoff with full jitter, breaker; what may have arrived is settled first"},
	{ClassAPI, "429, 5xx, 4xx, venue codes, an error in a 200", "conditionally", "Retry-After; rejections are final; everything ambiguous is settled; 401, 403, 418 hold the account"},
	{ClassData, "bad price, NaN, stale, out of order, gap", "no", "the datum is withheld; other source, or the signal is skipped"},
	{ClassLogic, "trap, endless loop, malformed output, wrong request", "no", "the tick is undone, dead letter; after several in a row quarantine and alert"},
	{ClassState, "SQLite, broken chain, checkpoint, position differs", "sometimes", "older checkpoint and replay, reconciliation; never a fresh start over a history"},
	{ClassResource, "disk full, memory, descriptors, processor", "no", "go on with less, alert; a journal that cannot be written sends nothing"},
}

// Classes are the six classes and what holds for each.
func Classes() []ClassFact { return classFacts[:] }
