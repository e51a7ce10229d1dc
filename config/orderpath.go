package config

import "time"

// OrderPath is how orders are sent to one account of a venue outside of this process: what a lane dares, how
// often it asks, and when it stops asking. The defaults are package resilience's.
type OrderPath struct {
	Breaker     Breaker
	Retry       Retry
	RetryBudget RetryBudget
	RateLimit   RateLimit
	Settle      Settle
	TimeToLive  TimeToLive
	// OrdersRate bounds the orders to all accounts of the venue together, AccountRate those to each. A
	// zero Rate is no bound.
	OrdersRate, AccountRate Rate
	// UnknownMax is after how long an Unknown order becomes a dead letter; it is looked up all the same.
	UnknownMax time.Duration
	// CallsMax is how many calls of an account may be out at once.
	CallsMax int
	// PollEvery is how often open orders and fills are asked for while no stream is heard, ReconcileEvery how often the whole
	// account is compared.
	PollEvery, ReconcileEvery time.Duration
	// Foreign is "claim", "ignore" or "halt": what becomes of orders and fills that are not ours.
	Foreign string
	// Transfers is "halt", "claim" or "ignore": what becomes of money that moved at the venue without a trade.
	Transfers string
	// ClockSkewMax is how far the venue's clock may be from ours.
	ClockSkewMax time.Duration
}

// Breaker says when a venue is left alone for a while. Any of the rules may trip it; one whose numbers are
// zero is off.
type Breaker struct {
	Source
	// WindowCount looks at the last so many results, WindowTime at those of the last time; one is zero.
	WindowCount int
	WindowTime  time.Duration
	// ConsecutiveMax trips at so many failures in a row, FailuresMax at so many in the window.
	ConsecutiveMax, FailuresMax int
	// FailureRate (a fraction) trips when so much of the window failed, SlowRate when so much of it took
	// SlowAfter or more; both only once the window holds Minimum results.
	FailureRate, SlowRate int64
	SlowAfter             time.Duration
	Minimum               int
	// OpenFor is how long it stays open; each reopening in a row doubles it, up to OpenForMax.
	OpenFor, OpenForMax time.Duration
	// RetryAfterMax bounds what a venue's Retry-After may ask.
	RetryAfterMax time.Duration
	// Probes pass while it is half-open; ProbesGood of them must succeed, each within ProbeLease.
	Probes, ProbesGood int
	ProbeLease         time.Duration
	// LaneMax is how many cancels and closes may be out at once while it is not closed, LaneEvery how far
	// apart they start, LaneLease when one that has not come back no longer counts as out.
	LaneMax              int
	LaneEvery, LaneLease time.Duration
}

// DefaultBreaker trips at five failures in a row or half of the calls of a minute.
func DefaultBreaker() Breaker {
	return Breaker{
		WindowTime: time.Minute, ConsecutiveMax: 5, FailureRate: One / 2,
		SlowRate: One * 8 / 10, SlowAfter: 5 * time.Second, Minimum: 10,
		OpenFor: 10 * time.Second, OpenForMax: 2 * time.Minute, RetryAfterMax: day,
		Probes: 1, ProbesGood: 1, ProbeLease: 30 * time.Second,
		LaneMax: 1, LaneEvery: time.Second, LaneLease: 30 * time.Second,
	}
}

// Retry says how long to wait between the attempts of one request.
type Retry struct {
	Source
	// Jitter is "full", "equal", "decorrelated" or "none".
	Jitter string
	// Base is the first wait, Cap the longest.
	Base, Cap time.Duration
	// AttemptsMax counts the first attempt too: 1 never retries.
	AttemptsMax int
}

// DefaultRetry waits up to 0.5 s, 1 s, 2 s and so on, at most 30 s, for five attempts.
func DefaultRetry() Retry {
	return Retry{Jitter: "full", Base: 500 * time.Millisecond, Cap: 30 * time.Second, AttemptsMax: 5}
}

// RetryBudget bounds all retries to a venue together: at most Burst + Ratio·requests + span/FloorEvery in any
// span of time.
type RetryBudget struct {
	Source
	// Ratio is how many retries a first attempt allows, as a fraction.
	Ratio int64
	// FloorEvery allows one more each so often; 0 allows none.
	FloorEvery time.Duration
	Burst      int64
}

// DefaultRetryBudget is a fifth of the requests, one in ten seconds at least, ten saved up.
func DefaultRetryBudget() RetryBudget {
	return RetryBudget{Ratio: One / 5, FloorEvery: 10 * time.Second, Burst: 10}
}

// RateLimit is how often the venue may be called: Burst at once, then one each Period/Count.
type RateLimit struct {
	Source
	Count  int64
	Period time.Duration
	Burst  int64
	Shares Shares
}

// Shares are the parts of a rate limit that each kind of call has for itself, as fractions; what they leave is
// common.
type Shares struct {
	Source
	// HostClose is for the host's own exits, Close for orders that only reduce, Other for what adds.
	HostClose, Close, Cancel, Lookup, Other int64
}

// DefaultRateLimit is ten calls a second, four of ten kept for exits, cancels and lookups.
func DefaultRateLimit() RateLimit {
	return RateLimit{Count: 10, Period: time.Second, Burst: 20, Shares: DefaultShares()}
}

// DefaultShares keep a tenth for each kind that must always get through.
func DefaultShares() Shares {
	return Shares{HostClose: One / 10, Close: One / 10, Cancel: One / 10, Lookup: One / 10}
}

// Settle says when an order that a venue does not find is believed to be absent.
type Settle struct {
	Source
	// Absences that must be seen, each asked for Spacing after the one before, over more than Window.
	Absences        int
	Spacing, Window time.Duration
}

// DefaultSettle is three absences, 5 s apart, over more than 30 s.
func DefaultSettle() Settle {
	return Settle{Absences: 3, Spacing: 5 * time.Second, Window: 30 * time.Second}
}

// TimeToLive is how long an order may wait to be sent, by its type. What it is not sent within, it is not sent
// at all: its price is over.
type TimeToLive struct {
	Source
	Market, Limit, Stop time.Duration
}

// DefaultTimeToLive is ten seconds for market orders, a minute for those with a price.
func DefaultTimeToLive() TimeToLive {
	return TimeToLive{Market: 10 * time.Second, Limit: time.Minute, Stop: time.Minute}
}

// DefaultOrderPath is what holds where a venue says nothing.
func DefaultOrderPath() OrderPath {
	return OrderPath{
		Breaker: DefaultBreaker(), Retry: DefaultRetry(), RetryBudget: DefaultRetryBudget(),
		RateLimit: DefaultRateLimit(), Settle: DefaultSettle(), TimeToLive: DefaultTimeToLive(),
		UnknownMax: 5 * time.Minute, CallsMax: 4, PollEvery: 5 * time.Second, ReconcileEvery: time.Minute,
		Foreign: "ignore", Transfers: "halt", ClockSkewMax: time.Second,
	}
}
