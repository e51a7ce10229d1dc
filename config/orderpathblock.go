package config

import "time"

// pathFields and pathChildren are what every venue outside of this process has.
func pathFields() []field[Venue] {
	return []field[Venue]{
		duration("unknown_max", func(v *Venue) *time.Duration { return &v.Path.UnknownMax }, time.Second, "After how long an order whose fate is Unknown becomes a dead letter for a person. It is looked up all the same.", "5m"),
		whole("calls_max", func(v *Venue) *int { return &v.Path.CallsMax }, 1, 1024, "How many calls of an account may be out at once; one more is kept for cancels and closes.").like("4"),
		bound(parsed("orders_rate", "rate", func(v *Venue) *Rate { return &v.Path.OrdersRate }, parseRate, Rate.String, "How many orders may go out to the venue, from all accounts together: 100/1s is a hundred at once, then one each 10ms. Each account has an even part of it, and at least one order at once.", "100/1s")),
		bound(parsed("account_rate", "rate", func(v *Venue) *Rate { return &v.Path.AccountRate }, parseRate, Rate.String, "How many orders may go out from each account: 20/1s is twenty at once, then one each 50ms.", "20/1s")),
		duration("poll_every", func(v *Venue) *time.Duration { return &v.Path.PollEvery }, 10*time.Millisecond, "How often open orders and fills are asked for while no stream is heard.", "5s"),
		duration("reconcile_every", func(v *Venue) *time.Duration { return &v.Path.ReconcileEvery }, time.Second, "How often the whole account is compared with the venue's: open orders, fills, positions, balances.", "1m"),
		oneOf("foreign", func(v *Venue) *string { return &v.Path.Foreign }, []string{"ignore", "claim", "halt"}, "What becomes of orders and fills of the account that are not ours: they are counted apart, a fill is given to the only agent that owns its instrument, or agents may only reduce until a person has looked.").like(`"halt"`),
		oneOf("transfers", func(v *Venue) *string { return &v.Path.Transfers }, []string{"halt", "claim", "ignore"}, "What becomes of money that moves at the venue without a trade, a deposit, a withdrawal or funding: agents may only reduce until a person has looked and reconciles, which takes it for a transfer; the account's only agent is told of a transfer at once, which moves its peak and its day's start; or nothing. Where several agents share the account, claim is halt, and nobody is told of what a person reconciles.").like(`"claim"`),
		duration("clock_skew_max", func(v *Venue) *time.Duration { return &v.Path.ClockSkewMax }, time.Millisecond, "How far the venue's clock may be from ours before agents may only reduce.", "1s"),
	}
}

func pathChildren() []child[Venue] {
	return []child[Venue]{
		one(breakerBlock(), func(v *Venue) *Breaker { return &v.Path.Breaker }),
		one(retryBlock(), func(v *Venue) *Retry { return &v.Path.Retry }),
		one(retryBudgetBlock(), func(v *Venue) *RetryBudget { return &v.Path.RetryBudget }),
		one(rateLimitBlock(), func(v *Venue) *RateLimit { return &v.Path.RateLimit }),
		one(settleBlock(), func(v *Venue) *Settle { return &v.Path.Settle }),
		one(timeToLiveBlock(), func(v *Venue) *TimeToLive { return &v.Path.TimeToLive }),
	}
}

// breakerLeasesMax is how many probes, or cancels and closes, package resilience can have out at once.
const (
	breakerLeasesMax = 16
	breakerWindowMax = 1024
)

func breakerBlock() *block[Breaker] {
	return &block[Breaker]{
		name: "breaker", says: "When the venue is left alone for a while. Any of the rules may trip it. Meanwhile orders that add fail at once, and cancels and closes go out one by one.",
		defaults: DefaultBreaker, source: func(b *Breaker) *Source { return &b.Source },
		fields: []field[Breaker]{
			whole("window_count", func(b *Breaker) *int { return &b.WindowCount }, 1, breakerWindowMax, "The window is the last so many calls. It is either this or window_time.").like("100").defaults("none: the window is a time"),
			duration("window_time", func(b *Breaker) *time.Duration { return &b.WindowTime }, time.Millisecond, "The window is the calls of the last time.", "1m"),
			whole("consecutive_max", func(b *Breaker) *int { return &b.ConsecutiveMax }, 0, 1<<20, "It trips at so many failures in a row; 0 is off.").like("5"),
			whole("failures_max", func(b *Breaker) *int { return &b.FailuresMax }, 0, 1<<20, "It trips at so many failures in the window; 0 is off.").like("20"),
			fraction("failure_rate", func(b *Breaker) *int64 { return &b.FailureRate }, 0, One, "It trips when so much of the window failed; 0 is off.").like(`"50%"`),
			fraction("slow_rate", func(b *Breaker) *int64 { return &b.SlowRate }, 0, One, "It trips when so much of the window was slow; 0 is off.").like(`"80%"`),
			duration("slow_after", func(b *Breaker) *time.Duration { return &b.SlowAfter }, time.Millisecond, "A call that takes so long is slow.", "5s"),
			whole("minimum", func(b *Breaker) *int { return &b.Minimum }, 1, 1<<20, "The rates count only once the window holds so many calls.").like("10"),
			duration("open_for", func(b *Breaker) *time.Duration { return &b.OpenFor }, time.Millisecond, "How long it stays open. Each reopening in a row doubles it.", "10s"),
			duration("open_for_max", func(b *Breaker) *time.Duration { return &b.OpenForMax }, time.Millisecond, "The longest that it stays open.", "2m"),
			duration("retry_after_max", func(b *Breaker) *time.Duration { return &b.RetryAfterMax }, time.Second, "The longest that a venue's Retry-After is obeyed.", "1d"),
			whole("probes", func(b *Breaker) *int { return &b.Probes }, 1, breakerLeasesMax, "How many calls try whether the venue is back."),
			whole("probes_good", func(b *Breaker) *int { return &b.ProbesGood }, 1, breakerLeasesMax, "How many of them must succeed."),
			duration("probe_lease", func(b *Breaker) *time.Duration { return &b.ProbeLease }, time.Millisecond, "A probe that has not come back by then has failed.", "30s"),
			whole("lane_max", func(b *Breaker) *int { return &b.LaneMax }, 0, breakerLeasesMax, "How many cancels and closes may be out at once while it is not closed; 0 is none."),
			duration("lane_every", func(b *Breaker) *time.Duration { return &b.LaneEvery }, 0, "How far apart they start.", "1s"),
			duration("lane_lease", func(b *Breaker) *time.Duration { return &b.LaneLease }, time.Millisecond, "One that has not come back by then no longer counts as out.", "30s"),
		},
		check: checkBreaker,
	}
}

func checkBreaker(p *place, b *Breaker) {
	p.exclusive("window_count", "window_time")
	if b.Written("window_count") {
		b.WindowTime = 0
	}
	if b.WindowCount > 0 && b.Minimum > b.WindowCount && (b.FailureRate > 0 || b.SlowRate > 0) {
		p.fail(b.At("minimum"), "Settings that contradict", "minimum is %d, and the window holds %d calls: the rates would never count.", b.Minimum, b.WindowCount)
	}
	if b.ConsecutiveMax == 0 && b.FailuresMax == 0 && b.FailureRate == 0 && b.SlowRate == 0 {
		p.fail(p.header, "Settings that contradict", "No rule trips this breaker. Set consecutive_max, failures_max, failure_rate or slow_rate.")
	}
	if b.OpenForMax < b.OpenFor {
		p.fail(b.nearest("open_for_max", "open_for"), "Settings that contradict", "open_for_max is %s, below open_for, %s.", formatDuration(b.OpenForMax), formatDuration(b.OpenFor))
	}
	if b.ProbesGood > b.Probes {
		p.fail(b.nearest("probes_good", "probes"), "Settings that contradict", "probes_good is %d, and there are %d probes: it would never close.", b.ProbesGood, b.Probes)
	}
}

// nearest is where the first of the attributes that is written is, or the block's header.
func (s *Source) nearest(attributes ...string) Range {
	for _, name := range attributes {
		if s.Written(name) {
			return s.At(name)
		}
	}
	return s.Range
}

func retryBlock() *block[Retry] {
	return &block[Retry]{
		name: "retry", says: "How often, and after which waits, a request that did not reach the venue is sent again. It is while the order's time to live lasts, and the retry budget.",
		defaults: DefaultRetry, source: func(r *Retry) *Source { return &r.Source },
		fields: []field[Retry]{
			oneOf("jitter", func(r *Retry) *string { return &r.Jitter }, []string{"full", "equal", "decorrelated", "none"}, "How a wait is drawn: from nothing to all of it, from half to all of it, from the base to three times the last, or not at all: then everyone who failed together comes back together."),
			duration("base", func(r *Retry) *time.Duration { return &r.Base }, time.Millisecond, "The first wait; it doubles.", "500ms"),
			duration("cap", func(r *Retry) *time.Duration { return &r.Cap }, time.Millisecond, "The longest wait.", "30s"),
			whole("attempts_max", func(r *Retry) *int { return &r.AttemptsMax }, 1, 1000, "How many attempts there are, the first included: 1 never retries.").like("5"),
		},
		check: func(p *place, r *Retry) {
			if r.Cap < r.Base {
				p.fail(r.nearest("cap", "base"), "Settings that contradict", "cap is %s, below base, %s.", formatDuration(r.Cap), formatDuration(r.Base))
			}
		},
	}
}

func retryBudgetBlock() *block[RetryBudget] {
	return &block[RetryBudget]{
		name: "retry_budget", says: "How many retries there may be of all requests to an account together, so that a venue in trouble is not called more, but less.",
		defaults: DefaultRetryBudget, source: func(r *RetryBudget) *Source { return &r.Source },
		fields: []field[RetryBudget]{
			fraction("ratio", func(r *RetryBudget) *int64 { return &r.Ratio }, 0, 10*One, "How many retries each first attempt allows.").like(`"20%"`),
			duration("floor_every", func(r *RetryBudget) *time.Duration { return &r.FloorEvery }, 0, "One retry is allowed each so often; 0s is none.", "10s"),
			whole("burst", func(r *RetryBudget) *int64 { return &r.Burst }, 1, 1_000_000, "How many may be saved up.").like("10"),
		},
		check: func(p *place, r *RetryBudget) {
			if r.Ratio == 0 && r.FloorEvery == 0 {
				p.fail(p.header, "Settings that contradict", "ratio and floor_every are both nothing: after %d retries there would never be another.", r.Burst)
			}
		},
	}
}

func rateLimitBlock() *block[RateLimit] {
	return &block[RateLimit]{
		name: "rate_limit", says: "How often the venue may be called for an account. Stay below what the venue allows.",
		defaults: DefaultRateLimit, source: func(r *RateLimit) *Source { return &r.Source },
		fields: []field[RateLimit]{
			whole("count", func(r *RateLimit) *int64 { return &r.Count }, 1, 1<<30, "How many calls may go out over a period, one after the other; in any span of time there may be burst more.").like("10"),
			duration("period", func(r *RateLimit) *time.Duration { return &r.Period }, time.Millisecond, "The period.", "1s"),
			whole("burst", func(r *RateLimit) *int64 { return &r.Burst }, 1, 1<<20, "How many may go out at once.").like("20").defaults("twice the count"),
		},
		children: []child[RateLimit]{one(sharesBlock(), func(r *RateLimit) *Shares { return &r.Shares })},
		check:    checkRateLimit,
	}
}

func sharesBlock() *block[Shares] {
	return &block[Shares]{
		name: "shares", says: "What each kind of call has for itself, as a part of the rate limit. What they leave is common, and what one does not use, too.",
		defaults: DefaultShares, source: func(s *Shares) *Source { return &s.Source },
		fields: []field[Shares]{
			fraction("host_close", func(s *Shares) *int64 { return &s.HostClose }, 0, One, "The host's own exits.").like(`"10%"`),
			fraction("close", func(s *Shares) *int64 { return &s.Close }, 0, One, "Orders that only reduce.").like(`"10%"`),
			fraction("cancel", func(s *Shares) *int64 { return &s.Cancel }, 0, One, "Cancels.").like(`"10%"`),
			fraction("lookup", func(s *Shares) *int64 { return &s.Lookup }, 0, One, "Lookups of Unknown orders.").like(`"10%"`),
			fraction("other", func(s *Shares) *int64 { return &s.Other }, 0, One, "Everything else: orders that add, and lists.").like(`"0%"`),
		},
	}
}

func checkRateLimit(p *place, r *RateLimit) {
	if r.Written("count") && !r.Written("burst") {
		r.Burst = min(2*r.Count, 1<<20)
	}
	s := &r.Shares
	reserved := s.HostClose + s.Close + s.Cancel + s.Lookup
	at := r.Range
	if s.Range.File != "" {
		at = s.Range
	}
	switch left := One - reserved; {
	case reserved+s.Other > One:
		p.fail(at, "Settings that contradict", "The shares come to %s; there is 1 to share.", formatDecimal(reserved+s.Other, FractionDecimals))
	case left < (One+r.Burst-1)/r.Burst:
		p.fail(at, "Settings that contradict", "The shares of exits, cancels and lookups leave %s of a burst of %d: less than one call, so that no order that adds would ever go out.", formatDecimal(left, FractionDecimals), r.Burst)
	}
	if r.Burst > maxInt64/4/int64(max(r.Period, 1)) {
		p.fail(r.nearest("burst", "period"), "Value out of range", "burst times period, %d times %s, is too large to count exactly.", r.Burst, formatDuration(r.Period))
	}
}

func settleBlock() *block[Settle] {
	return &block[Settle]{
		name: "settle", says: "When an order whose reply was lost, and that the venue does not find, is believed to be absent.",
		defaults: DefaultSettle, source: func(s *Settle) *Source { return &s.Source },
		fields: []field[Settle]{
			whole("absences", func(s *Settle) *int { return &s.Absences }, 2, 1<<16, "How often it must not be found.").like("3"),
			duration("spacing", func(s *Settle) *time.Duration { return &s.Spacing }, time.Millisecond, "How far apart it is asked for.", "5s"),
			duration("window", func(s *Settle) *time.Duration { return &s.Window }, time.Millisecond, "How long a request may still be under way to the venue: it is asked for over more than this.", "30s"),
		},
	}
}

func timeToLiveBlock() *block[TimeToLive] {
	return &block[TimeToLive]{
		name: "time_to_live", says: "How long an order may wait to be sent, where the strategy does not say. Then it is expired, and never sent.",
		defaults: DefaultTimeToLive, source: func(t *TimeToLive) *Source { return &t.Source },
		fields: []field[TimeToLive]{
			duration("market", func(t *TimeToLive) *time.Duration { return &t.Market }, time.Millisecond, "Market orders.", "10s"),
			duration("limit", func(t *TimeToLive) *time.Duration { return &t.Limit }, time.Millisecond, "Limit orders.", "1m"),
			duration("stop", func(t *TimeToLive) *time.Duration { return &t.Stop }, time.Millisecond, "Stop and stop-limit orders.", "1m"),
		},
	}
}
