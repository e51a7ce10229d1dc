package resilience

// Short forms for the rows below. Only an answer that cannot come after the order was executed rejects it;
// everything else is Unknown, for the venue may have executed it and then failed to say so.
func refused(why string) Failure {
	return Failure{ClassAPI, RetryNever, RecoverNothing, ProofRejected, EffectExcluded, false, why}
}

func misbuilt(why string) Failure {
	return Failure{ClassLogic, RetryNever, RecoverNothing, ProofRejected, EffectExcluded, false, why}
}

func held(why string) Failure {
	return Failure{ClassAPI, RetryRepaired, RecoverHold, ProofUnknown, EffectExcluded, true, why}
}

func declared(why string) Failure {
	return Failure{ClassAPI, RetryLater, RecoverBackoff, ProofNotSent, EffectFailure, false, why}
}

func succeeded(p Proof, why string) Failure {
	return Failure{ClassNone, RetryNever, RecoverNothing, p, EffectSuccess, false, why}
}

// settled is an ambiguity that says nothing against the venue's health.
func settled(why string) Failure {
	return Failure{ClassAPI, RetrySettled, RecoverSettle, ProofUnknown, EffectExcluded, false, why}
}

// statusRules hold every HTTP status. Rows of one status go from the special to the general.
var statusRules = []Rule{
	{Cause: CauseStatus, From: 100, To: 199, Failure: maybeSent(ClassAPI, "an interim answer and no final one")},
	{Cause: CauseStatus, From: 200, To: 299, ErrorBody: true, Failure: maybeSent(ClassAPI, "a success that speaks of an error: only the venue's own code can say more")},
	{Cause: CauseStatus, From: 200, To: 201, Failure: succeeded(ProofAccepted, "taken")},
	{Cause: CauseStatus, From: 202, To: 202, Requests: onAdopting, Failure: settled("taken in, not done yet: look it up")},
	{Cause: CauseStatus, From: 203, To: 299, Requests: onAdopting, Failure: settled("a success that names no order: look it up")},
	{Cause: CauseStatus, From: 200, To: 299, Failure: succeeded(ProofAccepted, "done")},
	{Cause: CauseStatus, From: 303, To: 304, Failure: settled("a redirection that may follow the deed")},
	{Cause: CauseStatus, From: 301, To: 301, Failure: settled("moved; a redirected order is never followed, and some servers act first")},
	{Cause: CauseStatus, From: 302, To: 302, Failure: settled("found elsewhere; many servers answer so after acting")},
	{Cause: CauseStatus, From: 307, To: 308, Failure: Failure{ClassAPI, RetryRepaired, RecoverHold, ProofNotSent, EffectExcluded, false, "the request belongs elsewhere and was not acted on: the URL must be put right"}},
	{Cause: CauseStatus, From: 300, To: 399, Failure: settled("a redirection; orders are never redirected")},
	{Cause: CauseStatus, From: 404, To: 404, Requests: onCancel, Failure: settled("no such order, in reply to a cancel, proves nothing: it may be filled, late, or a wrong path")},
	{Cause: CauseStatus, From: 410, To: 410, Requests: onCancel, Failure: settled("gone, in reply to a cancel, proves nothing: filled, cancelled or expired")},
	{Cause: CauseStatus, From: 400, To: 400, Failure: refused("the request is not acceptable")},
	{Cause: CauseStatus, From: 401, To: 401, Failure: held("the key is missing, wrong or old")},
	{Cause: CauseStatus, From: 402, To: 402, Failure: refused("not enough money")},
	{Cause: CauseStatus, From: 403, To: 403, Failure: held("the key may not do this, or a firewall stands before the venue")},
	{Cause: CauseStatus, From: 404, To: 404, Failure: misbuilt("no such path or instrument")},
	{Cause: CauseStatus, From: 405, To: 405, Failure: misbuilt("no such method on this path")},
	{Cause: CauseStatus, From: 406, To: 406, Failure: settled("the form of the answer was refused, perhaps after the deed")},
	{Cause: CauseStatus, From: 407, To: 407, Failure: Failure{ClassNetwork, RetryRepaired, RecoverHold, ProofNotSent, EffectExcluded, true, "the proxy wants a password; it passed nothing on"}},
	{Cause: CauseStatus, From: 408, To: 408, NotProcessed: true, Failure: declared("the venue declares that it waited for the request in vain")},
	{Cause: CauseStatus, From: 408, To: 408, Failure: maybeSent(ClassAPI, "somebody on the way waited too long, perhaps for the venue's answer")},
	{Cause: CauseStatus, From: 409, To: 409, Failure: settled("the id is in progress or already there: look it up")},
	{Cause: CauseStatus, From: 410, To: 410, Failure: misbuilt("the path is gone")},
	{Cause: CauseStatus, From: 411, To: 411, Failure: misbuilt("a length is wanted")},
	{Cause: CauseStatus, From: 412, To: 412, Failure: refused("a precondition does not hold")},
	{Cause: CauseStatus, From: 413, To: 413, Failure: misbuilt("too large")},
	{Cause: CauseStatus, From: 414, To: 414, Failure: misbuilt("the address is too long")},
	{Cause: CauseStatus, From: 415, To: 415, Failure: misbuilt("the form of the request is not taken")},
	{Cause: CauseStatus, From: 416, To: 416, Failure: misbuilt("no such range")},
	{Cause: CauseStatus, From: 417, To: 417, Failure: misbuilt("an expectation that is not met")},
	{Cause: CauseStatus, From: 418, To: 418, Failure: held("the address is banned for ignoring limits; every further request makes it longer")},
	{Cause: CauseStatus, From: 421, To: 421, Failure: Failure{ClassNetwork, RetryLater, RecoverBackoff, ProofNotSent, EffectFailure, false, "the wrong server got it and did nothing"}},
	{Cause: CauseStatus, From: 422, To: 422, Resent: true, Failure: Failure{ClassLogic, RetryNever, RecoverSettle, ProofUnknown, EffectExcluded, false, "the id went out before, perhaps with other content: look it up, and a person decides"}},
	{Cause: CauseStatus, From: 422, To: 422, Failure: refused("understood and not acceptable")},
	{Cause: CauseStatus, From: 423, To: 423, Failure: refused("locked")},
	{Cause: CauseStatus, From: 424, To: 424, Failure: maybeSent(ClassAPI, "a part of it failed; another may not have")},
	{Cause: CauseStatus, From: 425, To: 425, Failure: declared("too early, by definition not processed")},
	{Cause: CauseStatus, From: 426, To: 426, Failure: misbuilt("another protocol is wanted")},
	{Cause: CauseStatus, From: 428, To: 428, Failure: misbuilt("a condition is wanted")},
	{Cause: CauseStatus, From: 429, To: 429, NotProcessed: true, Failure: declared("too many requests; the venue declares that it did nothing. Retry-After holds")},
	{Cause: CauseStatus, From: 429, To: 429, Failure: maybeSent(ClassAPI, "too many requests, and nobody says that it was not processed. Retry-After holds")},
	{Cause: CauseStatus, From: 431, To: 431, Failure: misbuilt("headers too large")},
	{Cause: CauseStatus, From: 451, To: 451, Failure: refused("forbidden by law")},
	{Cause: CauseStatus, From: 499, To: 499, Failure: maybeSent(ClassAPI, "a gateway saw us hang up; the venue may go on")},
	{Cause: CauseStatus, From: 400, To: 499, Failure: settled("a refusal that no standard explains proves nothing")},
	{Cause: CauseStatus, From: 500, To: 500, Failure: maybeSent(ClassAPI, "the venue failed, before or after executing")},
	{Cause: CauseStatus, From: 501, To: 501, Failure: misbuilt("the server does not know this method")},
	{Cause: CauseStatus, From: 502, To: 502, Failure: maybeSent(ClassAPI, "the gateway got no good answer; the venue may have acted")},
	{Cause: CauseStatus, From: 503, To: 503, NotProcessed: true, Failure: declared("unavailable; the venue declares that it did nothing. Retry-After holds")},
	{Cause: CauseStatus, From: 503, To: 503, Failure: maybeSent(ClassAPI, "unavailable, and nobody says that it was not processed. Retry-After holds")},
	{Cause: CauseStatus, From: 504, To: 504, Failure: maybeSent(ClassAPI, "the gateway waited too long for the venue, which may have acted")},
	{Cause: CauseStatus, From: 505, To: 505, Failure: misbuilt("this version of HTTP is not spoken")},
	{Cause: CauseStatus, From: 511, To: 511, Failure: Failure{ClassNetwork, RetryRepaired, RecoverHold, ProofNotSent, EffectFailure, true, "a network on the way wants a login; it passed nothing on"}},
	{Cause: CauseStatus, From: 529, To: 529, NotProcessed: true, Failure: declared("overloaded; the venue declares that it did nothing")},
	{Cause: CauseStatus, From: 500, To: 599, Failure: maybeSent(ClassAPI, "a failure behind the door: the order may have been executed")},
	{Cause: CauseStatus, Failure: maybeSent(ClassAPI, "no status of HTTP")},
	{Cause: CauseBody, Failure: maybeSent(ClassAPI, "an answer came and cannot be read")},
	{Cause: CauseKeyInProgress, Failure: settled("the first attempt under this id is still at work: look it up")},
	{Cause: CauseKeyReused, Failure: Failure{ClassLogic, RetryNever, RecoverSettle, ProofUnknown, EffectExcluded, false, "the id is there with other content: look it up, and a person decides"}},
	{Cause: CauseVenueCode, Failure: maybeSent(ClassAPI, "a code that the venue's table does not hold proves nothing")},
}
