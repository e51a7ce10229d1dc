package resilience

import (
	"errors"
	"fmt"
)

// BreakerState is where a breaker stands.
type BreakerState uint8

const (
	BreakerClosed   BreakerState = iota + 1 // Calls pass and are counted.
	BreakerOpen                             // Calls fail at once; only the lane passes.
	BreakerHalfOpen                         // A few probes pass; they decide.
	BreakerIsolated                         // Shut by a person, until a person opens it.
)

var breakerNames = [...]string{"", "closed", "open", "half_open", "isolated"}

func (s BreakerState) String() string { return nameOf(breakerNames[:], int(s)) }

// leasesMax bounds the probes, and the lane's calls, that may be out at once.
const leasesMax = 16

// BreakerConfig says when a breaker trips and how it recovers. Any of the rules may trip it; a rule whose
// numbers are zero is off. It is only read.
type BreakerConfig struct {
	// WindowCount looks at the last so many results, 1 to 1024; WindowTime at those of the last so many
	// nanoseconds, in ten buckets. One of them is set if FailuresMax, FailureRate or SlowRate is.
	WindowCount int
	WindowTime  int64
	// ConsecutiveMax trips at so many failures in a row.
	ConsecutiveMax int
	// FailuresMax trips at so many failures in the window.
	FailuresMax int
	// FailureRate (a fraction) trips when so much of the window failed, SlowRate when so much of it took
	// SlowAfter nanoseconds or more; both only once the window holds Minimum results.
	FailureRate, SlowRate, SlowAfter int64
	Minimum                          int
	// OpenFor is how long it stays open, in nanoseconds; each reopening in a row doubles it, up to
	// OpenForMax. Zero OpenForMax keeps it the same.
	OpenFor, OpenForMax int64
	// RetryAfterMax bounds what a venue's Retry-After may ask, in nanoseconds. Zero means 24 hours.
	RetryAfterMax int64
	// Probes pass while half-open, at most 16 and never more at once; ProbesGood of them must succeed.
	Probes, ProbesGood int
	// ProbeLease is how long a probe may be out, in nanoseconds. One that has not come back counts as
	// failed, for its worker may have died.
	ProbeLease int64
	// LaneMax is how many cancels and closes may be out at once while the breaker is not closed, at most
	// 16, zero for none; LaneEvery how far apart they start; LaneLease when one that has not come back
	// no longer counts as out.
	LaneMax              int
	LaneEvery, LaneLease int64
}

// DefaultBreaker trips at five failures in a row or half of the calls of a minute (ten or more), stays open
// for 10 s to 2 min, recovers by one probe, and lets one cancel or close a second through meanwhile.
func DefaultBreaker() BreakerConfig {
	return BreakerConfig{
		WindowTime: 60e9, ConsecutiveMax: 5, FailureRate: One / 2, SlowRate: One * 8 / 10, SlowAfter: 5e9, Minimum: 10,
		OpenFor: 10e9, OpenForMax: 120e9, Probes: 1, ProbesGood: 1, ProbeLease: 30e9,
		LaneMax: 1, LaneEvery: 1e9, LaneLease: 30e9,
	}
}

// Validate says what cannot work, naming both values.
func (c *BreakerConfig) Validate() error {
	windowed := c.FailuresMax > 0 || c.FailureRate > 0 || c.SlowRate > 0
	switch {
	case c.WindowCount < 0 || c.WindowCount > windowCountMax:
		return fmt.Errorf("breaker window of %d calls; 1 to %d", c.WindowCount, windowCountMax)
	case c.WindowCount > 0 && c.WindowTime > 0:
		return fmt.Errorf("breaker window by count (%d) and by time (%d ns); choose one", c.WindowCount, c.WindowTime)
	case c.WindowTime != 0 && c.WindowTime < buckets:
		return fmt.Errorf("breaker window of %d ns; at least %d", c.WindowTime, buckets)
	case windowed && c.WindowCount == 0 && c.WindowTime == 0:
		return errors.New("breaker has a rate or a count of failures and no window; set WindowCount or WindowTime")
	case !windowed && c.ConsecutiveMax <= 0:
		return errors.New("breaker has no rule that trips it; set ConsecutiveMax or FailureRate")
	case c.WindowCount > 0 && c.Minimum > c.WindowCount:
		return fmt.Errorf("breaker minimum of %d calls in a window of %d would never be reached", c.Minimum, c.WindowCount)
	case c.FailureRate < 0 || c.FailureRate > One || c.SlowRate < 0 || c.SlowRate > One:
		return fmt.Errorf("breaker rates %d and %d; 0 to %d (1.0)", c.FailureRate, c.SlowRate, One)
	case c.SlowRate > 0 && c.SlowAfter <= 0:
		return errors.New("breaker has SlowRate and no SlowAfter")
	case c.OpenFor <= 0 || c.OpenForMax != 0 && c.OpenForMax < c.OpenFor:
		return fmt.Errorf("breaker open for %d ns, at most %d", c.OpenFor, c.OpenForMax)
	case c.Probes < 1 || c.Probes > leasesMax || c.ProbesGood < 1 || c.ProbesGood > c.Probes:
		return fmt.Errorf("breaker probes %d, good %d; 1 to %d, and good no more than probes", c.Probes, c.ProbesGood, leasesMax)
	case c.ProbeLease <= 0 || c.LaneMax > 0 && c.LaneLease <= 0:
		return errors.New("breaker leases must be above zero, or a lost worker would block it for ever")
	case c.LaneMax < 0 || c.LaneMax > leasesMax || c.LaneEvery < 0 || c.RetryAfterMax < 0:
		return fmt.Errorf("breaker lane of %d every %d ns, RetryAfterMax %d; 0 to %d, and no negative time", c.LaneMax, c.LaneEvery, c.RetryAfterMax, leasesMax)
	}
	return nil
}

// PermitKind is how a call got its permit.
type PermitKind uint8

const (
	PermitNone  PermitKind = iota // No permit.
	PermitCall                    // An ordinary call through a closed breaker.
	PermitProbe                   // One of the half-open probes.
	PermitLane                    // A cancel or close past a breaker that is not closed.
)

// Permit allows one call. It is a plain value that may be journaled. Give it back by Record or Cancel; a
// probe's or a lane's runs out by itself.
type Permit struct {
	Kind PermitKind
	// Generation is the breaker's when the permit was given: a result of an older one changes nothing.
	Generation uint64
	// Lease names the probe or lane call; zero for an ordinary call.
	Lease uint64
}

// Refusal says why there is no permit; the zero value says that there is one.
type Refusal struct {
	State BreakerState
	// Until is when asking again may help, 0 if only a person can.
	Until int64
}

// Refused reports whether there is no permit.
func (r Refusal) Refused() bool { return r.State != 0 }

// Result is what came of a call.
type Result struct {
	Effect Effect
	// Duration is how long it took, in nanoseconds.
	Duration int64
	// RetryAfter is how long the venue asks to be left alone, in nanoseconds; zero if it does not.
	RetryAfter int64
}

// Breaker is one venue account's circuit breaker. Times that go back are taken as the latest seen.
// Used by one goroutine at a time.
type Breaker struct {
	config *BreakerConfig
	now    int64
	phase  phase
	window window
	lane   lane
	// Who isolated it, and why.
	who, why string
}

// phase is the small part that time alone can change; it is copied for pure readings.
type phase struct {
	state      BreakerState
	generation uint64
	until      int64 // open: when half-open begins
	reopened   uint32
	good, bad  uint32 // results of this half-open episode
	probes     leases
	passes     bool // isolated: the lane passes
	lease      uint64
}

// NewBreaker returns a closed breaker. c must be valid and is kept.
func NewBreaker(c *BreakerConfig) *Breaker {
	b := &Breaker{config: c}
	b.phase.state = BreakerClosed
	b.phase.generation = 1
	b.window.reset(c)
	return b
}

// State says where the breaker stands at now. It changes nothing.
func (b *Breaker) State(now int64) BreakerState {
	p := b.phase
	p.pass(b.config, max(now, b.now))
	return p.state
}

// Until is when an open breaker becomes half-open, 0 if it is not open. It changes nothing.
func (b *Breaker) Until(now int64) int64 {
	p := b.phase
	if p.pass(b.config, max(now, b.now)); p.state == BreakerOpen {
		return p.until
	}
	return 0
}

// Generation counts the changes of state.
func (b *Breaker) Generation() uint64 { return b.phase.generation }

// Isolation tells who shut it by hand and why; empty if nobody did.
func (b *Breaker) Isolation() (who, why string) { return b.who, b.why }

// Counts are the results in the window at now: all, failed, slow. It changes nothing.
func (b *Breaker) Counts(now int64) (calls, failures, slow int) {
	return b.window.counts(b.config, max(now, b.now))
}

// Acquire asks for a permit. narrow marks a cancel or a close: while the breaker is not closed it may pass
// by the lane.
func (b *Breaker) Acquire(now int64, narrow bool) (Permit, Refusal) {
	b.advance(now)
	p := &b.phase
	switch p.state {
	case BreakerClosed:
		return Permit{Kind: PermitCall, Generation: p.generation}, Refusal{}
	case BreakerHalfOpen:
		if int(p.good+p.bad)+p.probes.n < b.config.Probes {
			return Permit{PermitProbe, p.generation, p.probes.add(&p.lease, b.now+b.config.ProbeLease)}, Refusal{}
		}
	}
	if narrow && (p.state != BreakerIsolated || p.passes) {
		return b.pass()
	}
	return Permit{}, b.refusal()
}

func (b *Breaker) refusal() Refusal {
	r := Refusal{State: b.phase.state}
	switch r.State {
	case BreakerOpen:
		r.Until = b.phase.until
	case BreakerHalfOpen:
		r.Until = b.phase.probes.first()
	}
	return r
}

// Record gives a permit back with its result. It reports whether the result counted: one from an older
// generation changes nothing, but for this: a Retry-After, whoever hears it, extends an opening.
func (b *Breaker) Record(p Permit, r Result, now int64) bool {
	b.advance(now)
	if p.Kind == PermitLane {
		b.lane.out.remove(p.Lease)
	}
	if b.phase.state == BreakerOpen && r.RetryAfter > 0 {
		b.phase.until = max(b.phase.until, b.now+b.retryAfter(r.RetryAfter))
	}
	if p.Kind == PermitLane || p.Generation != b.phase.generation {
		return false
	}
	switch b.phase.state {
	case BreakerClosed:
		return b.count(r)
	case BreakerHalfOpen:
		return b.probed(p, r)
	}
	return false
}

// Cancel gives back the permit of a call that was not made.
func (b *Breaker) Cancel(p Permit, now int64) {
	b.Record(p, Result{}, now)
}

func (b *Breaker) count(r Result) bool {
	if r.Effect == EffectExcluded && r.RetryAfter == 0 {
		return false
	}
	if r.Effect != EffectExcluded {
		b.window.add(b.config, b.now, r.Effect == EffectFailure, b.slow(r))
	}
	// A venue that names a time has said that it will not answer before.
	if r.RetryAfter > 0 && r.Effect != EffectSuccess {
		b.phase.trip(b.now + b.retryAfter(r.RetryAfter))
	} else if b.window.trips(b.config, b.now) {
		b.phase.trip(b.now + b.config.OpenFor)
	}
	return true
}

func (b *Breaker) probed(p Permit, r Result) bool {
	if p.Kind != PermitProbe || !b.phase.probes.remove(p.Lease) {
		return false
	}
	if r.Effect == EffectExcluded && r.RetryAfter == 0 {
		return false // its place is free for another
	}
	if r.Effect == EffectSuccess && !b.slow(r) {
		b.phase.good++
	} else {
		b.phase.bad++
	}
	c := b.config
	switch {
	case int(b.phase.good) >= c.ProbesGood:
		b.close()
	case int(b.phase.bad) > c.Probes-c.ProbesGood || r.RetryAfter > 0:
		b.phase.reopen(c, b.now)
		if r.RetryAfter > 0 {
			b.phase.until = max(b.phase.until, b.now+b.retryAfter(r.RetryAfter))
		}
	}
	return true
}

func (b *Breaker) slow(r Result) bool {
	return b.config.SlowRate > 0 && r.Duration >= b.config.SlowAfter
}

func (b *Breaker) retryAfter(asked int64) int64 {
	most := b.config.RetryAfterMax
	if most == 0 {
		most = 24 * 3600e9
	}
	return min(asked, most)
}

func (b *Breaker) close() {
	b.phase.change(BreakerClosed)
	b.phase.reopened = 0
	b.window.reset(b.config)
}

// Isolate shuts the breaker by hand. lane says whether cancels and closes still pass, few and spaced.
func (b *Breaker) Isolate(who, why string, lane bool, now int64) {
	b.advance(now)
	b.phase.change(BreakerIsolated)
	b.phase.passes = lane
	b.who, b.why = who[:min(len(who), nameMax)], why[:min(len(why), nameMax)]
}

// Release ends an isolation. The breaker is half-open: probes, not the person, decide that it closes.
// It reports whether there was anything to release.
func (b *Breaker) Release(now int64) bool {
	b.advance(now)
	if b.phase.state != BreakerIsolated {
		return false
	}
	b.phase.change(BreakerHalfOpen)
	b.who, b.why = "", ""
	return true
}

func (b *Breaker) advance(now int64) {
	b.now = max(b.now, now)
	b.phase.pass(b.config, b.now)
	b.lane.out.expire(b.now)
}
