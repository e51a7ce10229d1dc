package resilience

import "slices"

const (
	onBefore   = 1 << PhaseBefore
	onCancel   = 1 << RequestCancel
	onAdopting = 1<<RequestSubmit | 1<<RequestReplace
)

// rules is the whole taxonomy. Its rows speak of submits; forRequest bends them to the other requests.
var rules = slices.Concat(networkRules, statusRules, hostRules, dataRules, guestRules, storeRules, machineRules)

// notSent and maybeSent are the two halves of every failure of a connection: before and after a byte of the
// request was handed over.
func notSent(why string) Failure {
	return Failure{ClassNetwork, RetryLater, RecoverBackoff, ProofNotSent, EffectFailure, false, why}
}

func maybeSent(c Class, why string) Failure {
	return Failure{c, RetrySettled, RecoverSettle, ProofUnknown, EffectFailure, false, why}
}

var networkRules = []Rule{
	{Cause: CauseDNS, Failure: notSent("there was nobody to send to")},
	{Cause: CauseRefused, Failure: notSent("nobody listens; no byte was taken")},
	{Cause: CauseUnreachable, Failure: notSent("no route; no connection was made")},
	{Cause: CauseTLS, Failure: notSent("the handshake comes before the request")},
	{Cause: CauseCertificate, Failure: Failure{ClassNetwork, RetryRepaired, RecoverHold, ProofNotSent, EffectFailure, true, "whoever answers is not proved to be the venue"}},
	{Cause: CauseProxy, Failure: Failure{ClassNetwork, RetryRepaired, RecoverHold, ProofNotSent, EffectFailure, false, "the proxy did not connect us"}},
	{Cause: CauseReset, Phases: onBefore, Failure: notSent("it broke before the request was written")},
	{Cause: CauseReset, Failure: maybeSent(ClassNetwork, "the request had left, at least in part, and no whole answer came")},
	{Cause: CauseTimeout, Phases: onBefore, Failure: notSent("the time ran out before the request was written")},
	{Cause: CauseTimeout, Failure: maybeSent(ClassNetwork, "a late answer is not a no: the venue may have done it")},
	{Cause: CauseAborted, Phases: onBefore, Failure: Failure{ClassNetwork, RetryLater, RecoverBackoff, ProofNotSent, EffectExcluded, false, "we gave up before the request was written"}},
	{Cause: CauseAborted, Failure: Failure{ClassNetwork, RetrySettled, RecoverSettle, ProofUnknown, EffectExcluded, false, "we hung up; the venue may go on"}},
	{Cause: CauseRefusedStream, Failure: notSent("HTTP/2 promises that a refused stream, or one above GOAWAY's last, was not processed")},
	{Cause: CauseProtocol, Phases: onBefore, Failure: notSent("the connection failed before the request was written")},
	{Cause: CauseProtocol, Failure: maybeSent(ClassNetwork, "what came back is not HTTP; the request had left")},
}

// hostRules are refusals of our own; none of them says anything of the venue's health.
var hostRules = []Rule{
	{Cause: CauseBreakerOpen, Failure: Failure{ClassNetwork, RetryNever, RecoverNothing, ProofNotSent, EffectExcluded, false, "the breaker is open: adding orders fail at once and do not queue up to fire at old prices"}},
	{Cause: CauseRateLimit, Failure: Failure{ClassResource, RetryLater, RecoverBackoff, ProofNotSent, EffectExcluded, false, "our own limit; nothing was sent"}},
	{Cause: CauseBudget, Failure: Failure{ClassResource, RetryNever, RecoverNothing, ProofNotSent, EffectExcluded, false, "the venue's retry budget is spent; more retries would feed the storm"}},
	{Cause: CauseLapsed, Failure: Failure{ClassData, RetryNever, RecoverNothing, ProofNotSent, EffectExcluded, false, "its time to live is over: the price it was meant for is gone"}},
	{Cause: CauseMode, Failure: Failure{ClassState, RetryNever, RecoverNothing, ProofNotSent, EffectExcluded, false, "the mode does not permit it"}},
	{Cause: CauseLease, Failure: Failure{ClassState, RetryNever, RecoverStop, ProofNotSent, EffectExcluded, false, "another host owns the stream now"}},
}

func withheld(why string) Failure {
	return Failure{ClassData, RetryNever, RecoverFallback, ProofNothing, EffectExcluded, false, why}
}

var dataRules = []Rule{
	{Cause: CauseBadPrice, Failure: withheld("zero, negative, crossed or far from the last: withheld and counted")},
	{Cause: CauseNotANumber, Failure: withheld("NaN and infinity stop at the edge; they pass every comparison")},
	{Cause: CauseStale, Failure: withheld("judged by the feed's interval and session; OBSERVATION")},
	{Cause: CauseDisorder, Failure: withheld("event time never goes back")},
	{Cause: CauseGap, Failure: withheld("data is missing; the next bar says so")},
}

func undone(c Class, why string) Failure {
	return Failure{c, RetryNever, RecoverRollback, ProofNothing, EffectExcluded, false, why}
}

// guestRules are of failed ticks: such a tick leaves no order, so there is nothing to prove.
var guestRules = []Rule{
	{Cause: CauseTrap, Failure: undone(ClassLogic, "division by zero, out of bounds, unreachable, abort: the same input would trap again")},
	{Cause: CauseFuel, Failure: undone(ClassLogic, "an endless loop, or a budget too small")},
	{Cause: CauseStack, Failure: undone(ClassLogic, "recursion without end")},
	{Cause: CauseMalformed, Failure: undone(ClassLogic, "output that breaks the ABI is refused whole")},
	{Cause: CauseGuestMemory, Failure: undone(ClassResource, "the strategy's own cap; no neighbour notices")},
	{Cause: CauseRefusedModule, Failure: Failure{ClassLogic, RetryRepaired, RecoverNothing, ProofNothing, EffectExcluded, false, "not admitted: the old module stays"}},
}

// A store's failure comes before the effect that it was to make durable: nothing is sent on an entry that
// is not. If the request was out already, forPhase makes it unknown.
func stored(c Class, retry Retry, recovery Recovery, why string) Failure {
	return Failure{c, retry, recovery, ProofNotSent, EffectExcluded, false, why}
}

func sqlite(code int, f Failure) Rule {
	return Rule{Cause: CauseSQLite, From: code, To: code, Failure: f}
}

var storeRules = []Rule{
	sqlite(1, stored(ClassLogic, RetryNever, RecoverStop, "ERROR: a statement of ours is wrong")),
	sqlite(2, stored(ClassState, RetryNever, RecoverStop, "INTERNAL: SQLite contradicts itself")),
	sqlite(3, stored(ClassState, RetryRepaired, RecoverStop, "PERM: the file may not be used so")),
	sqlite(4, stored(ClassState, RetryLater, RecoverBackoff, "ABORT: the transaction was rolled back; nothing was written")),
	sqlite(5, stored(ClassState, RetryLater, RecoverBackoff, "BUSY: another writer holds the file; nothing was written")),
	sqlite(6, stored(ClassState, RetryLater, RecoverBackoff, "LOCKED: another statement holds the table; nothing was written")),
	sqlite(7, stored(ClassResource, RetryNever, RecoverStop, "NOMEM: no memory")),
	sqlite(8, stored(ClassState, RetryRepaired, RecoverStop, "READONLY: the journal cannot be written")),
	sqlite(9, stored(ClassState, RetryLater, RecoverBackoff, "INTERRUPT: we stopped it; rolled back")),
	sqlite(10, stored(ClassState, RetryNever, RecoverStop, "IOERR: what the disk holds is not known; a sync that failed is never tried again on the same file")),
	sqlite(11, stored(ClassState, RetryNever, RecoverStop, "CORRUPT: the journal cannot be trusted")),
	sqlite(13, stored(ClassResource, RetryRepaired, RecoverDegrade, "FULL: no space; the ballast is for cancels and closes")),
	sqlite(14, stored(ClassState, RetryRepaired, RecoverStop, "CANTOPEN: the journal is not there")),
	sqlite(15, stored(ClassState, RetryLater, RecoverBackoff, "PROTOCOL: a race of locks; nothing was written")),
	sqlite(17, stored(ClassState, RetryLater, RecoverBackoff, "SCHEMA: the tables changed under the statement")),
	sqlite(18, stored(ClassLogic, RetryNever, RecoverStop, "TOOBIG: an entry above the limit")),
	sqlite(19, stored(ClassState, RetryNever, RecoverStop, "CONSTRAINT: the position is taken; another owner wrote")),
	sqlite(20, stored(ClassLogic, RetryNever, RecoverStop, "MISMATCH: a value of the wrong type")),
	sqlite(21, stored(ClassLogic, RetryNever, RecoverStop, "MISUSE: SQLite was called wrongly")),
	sqlite(23, stored(ClassState, RetryRepaired, RecoverStop, "AUTH: not authorised")),
	sqlite(26, stored(ClassState, RetryNever, RecoverStop, "NOTADB: the file is no journal")),
	sqlite(0, stored(ClassState, RetryNever, RecoverStop, "any other result: not foreseen, so not trusted")),
	{Cause: CauseChain, Failure: stored(ClassState, RetryNever, RecoverStop, "an entry was changed, lost or moved; no order goes out on it")},
	{Cause: CauseCheckpoint, Failure: Failure{ClassState, RetryNever, RecoverCheckpoint, ProofNothing, EffectExcluded, false, "a checkpoint is a shortcut: the one before, or the whole journal, will do"}},
	{Cause: CauseDiverged, Failure: stored(ClassState, RetryNever, RecoverStop, "replay does not give what the journal holds")},
	{Cause: CauseRestored, Failure: stored(ClassState, RetryRepaired, RecoverStop, "older than its high-water mark: ids would be used twice; a person gives it a new run")},
	{Cause: CauseMismatch, Failure: Failure{ClassState, RetryRepaired, RecoverReconcile, ProofNothing, EffectExcluded, false, "two complete snapshots differ from our books"}},
	{Cause: CauseFill, Failure: Failure{ClassState, RetryRepaired, RecoverReconcile, ProofNothing, EffectExcluded, false, "the same trade id with other content"}},
}

var machineRules = []Rule{
	{Cause: CauseDiskFull, Failure: stored(ClassResource, RetryRepaired, RecoverDegrade, "nothing can be made durable, so nothing that adds is sent; the ballast is for cancels and closes")},
	{Cause: CauseDiskError, Failure: stored(ClassResource, RetryNever, RecoverStop, "a sync failed: what the disk holds is not known")},
	{Cause: CauseMemory, Failure: stored(ClassResource, RetryNever, RecoverDegrade, "the host is short of memory")},
	{Cause: CauseDescriptors, Failure: stored(ClassResource, RetryLater, RecoverDegrade, "no socket could be opened")},
	{Cause: CauseLag, Failure: Failure{ClassResource, RetryNever, RecoverDegrade, ProofNothing, EffectExcluded, false, "events are handled too late to add risk on them"}},
	{Cause: CauseClock, Failure: Failure{ClassResource, RetryRepaired, RecoverDegrade, ProofNothing, EffectExcluded, false, "times to live and expiries cannot be trusted"}},
}
