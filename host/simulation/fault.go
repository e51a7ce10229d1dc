package simulation

// Fault is one way in which a venue, or the way to it, misbehaves.
type Fault uint8

const (
	// FaultRefused and the next three end a call before a byte of it left: refused, name not resolved, TLS,
	// timeout while connecting.
	FaultRefused Fault = iota
	FaultDNS
	FaultTLS
	FaultConnectTimeout
	// FaultRequestLost: the request leaves and never arrives; the call times out or is reset.
	FaultRequestLost
	// FaultRequestLate: it arrives late, but within the settle window. FaultRequestVeryLate: after it.
	FaultRequestLate
	FaultRequestVeryLate
	// FaultRequestTwice: it arrives twice, where the venue tells the second by its id.
	FaultRequestTwice
	// FaultErrorAfter: executed, and then answered by 500, 502, 503 or 504.
	FaultErrorAfter
	// FaultErrorInstead: answered so and not executed.
	FaultErrorInstead
	// FaultRateLimited: 429 with Retry-After, not executed; declared as not processed or not.
	FaultRateLimited
	// FaultBusinessReject: refused by the venue for its own reasons.
	FaultBusinessReject
	// FaultReplyLost: executed, and the reply is lost: timeout or reset.
	FaultReplyLost
	// FaultReplyLate: the reply comes late, just before or just after the call's deadline.
	FaultReplyLate
	// FaultReplyTwice: the same reply comes again.
	FaultReplyTwice
	// FaultReplyGarbage: the answer cannot be read.
	FaultReplyGarbage
	// FaultLookupError: a lookup is answered by an error. FaultLookupWrongPath: by a 404 that is not the one
	// for "no such order".
	FaultLookupError
	FaultLookupWrongPath
	// FaultYoungAbsent: a lookup, cancel or replace of a young order is answered "no such order".
	FaultYoungAbsent
	// FaultListError, FaultListPartial, FaultListStale: a list fails, lacks its end and says so, or is of
	// some seconds ago and does not say so.
	FaultListError
	FaultListPartial
	FaultListStale
	// FaultStreamLate, FaultStreamTwice, FaultStreamLost: a message of the venue's stream.
	FaultStreamLate
	FaultStreamTwice
	FaultStreamLost
	// FaultOutage: a time in which nothing is answered, and FaultHold one in which all is 401 or 403.
	FaultOutage
	FaultHold
	// FaultForeign: somebody else trades on the account.
	FaultForeign
	faultEnd
)

var faultNames = [faultEnd]string{
	"connection refused", "name not resolved", "TLS handshake failed", "timeout while connecting",
	"request lost", "request late", "request later than the settle window", "request twice",
	"executed, error answered", "error answered", "429 with Retry-After", "business reject",
	"reply lost", "reply late", "reply twice", "reply garbage",
	"lookup failed", "lookup 404 of another kind", "young order denied",
	"list failed", "list partial", "list stale",
	"stream late", "stream twice", "stream lost", "outage", "401 or 403", "foreign order",
}

// String names the fault as reports and traces do.
func (f Fault) String() string {
	if f < faultEnd {
		return faultNames[f]
	}
	return "fault_unknown"
}

// Rates are how often each fault happens, in parts of a million of the times at which it could. For outages,
// holds and foreign orders: of the market's steps.
type Rates [faultEnd]uint32
