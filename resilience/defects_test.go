package resilience_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// The defects of the guide's listings, by their rows in guide-defects.md, as far as they concern this package.

func statusOf(n int) resilience.Failure {
	return resilience.Classify(resilience.Happening{Cause: resilience.CauseStatus, Number: n, Phase: resilience.PhaseAnswered, Request: resilience.RequestSubmit}, nil)
}

func TestDefect07AnOpenBreakerEndsTheRetryLoop(t *testing.T) {
	f := resilience.Classify(resilience.Happening{Cause: resilience.CauseBreakerOpen, Request: resilience.RequestSubmit}, nil)
	if f.Retry != resilience.RetryNever || f.Proof != resilience.ProofNotSent {
		t.Fatalf("%+v", f)
	}
}

func TestDefect08AnOrderThatWasNeverSentSaysSo(t *testing.T) {
	denied, unknown := new(resilience.Life), sent(t)
	do(t, denied, qty(resilience.LifeAdmit, 1), ev(resilience.LifeDeny))
	do(t, unknown, ev(resilience.LifeLose), ev(resilience.LifeGiveUp))
	if denied.State == unknown.State || denied.Attempts != 0 || denied.Reached() || unknown.Attempts != 1 || !unknown.Reached() {
		t.Fatalf("%+v\n%+v", *denied, *unknown)
	}
}

func TestDefect09BusinessRejectionsDoNotOpenTheBreaker(t *testing.T) {
	c := resilience.DefaultBreaker()
	b := breaker(t, &c)
	for _, n := range []int{400, 402, 404, 405, 410, 422, 400, 422, 402, 400, 451, 413} {
		call(t, b, 0, resilience.Result{Effect: statusOf(n).Effect})
	}
	is(t, b, 0, resilience.BreakerClosed)
	for range 5 {
		call(t, b, 0, resilience.Result{Effect: statusOf(500).Effect})
	}
	is(t, b, 0, resilience.BreakerOpen)
}

func TestDefect10AnOpenBreakerLetsExitsAndCancelsThrough(t *testing.T) {
	c := resilience.DefaultBreaker()
	b := breaker(t, &c)
	for range 5 {
		call(t, b, 0, failed)
	}
	passed := 0
	for now := int64(0); now < 9*second; now += second / 10 {
		if p, no := b.Acquire(now, true); !no.Refused() {
			passed++
			b.Record(p, good, now)
		}
		if _, no := b.Acquire(now, false); !no.Refused() {
			t.Fatal("an adding order passed")
		}
	}
	if passed != 9 {
		t.Fatalf("%d exits in 9 s; one a second is the lane's", passed)
	}
}

func TestDefect11ASlowCallFromBeforeDoesNotCloseAnOpenBreaker(t *testing.T) {
	b := breaker(t, consecutive())
	slow, _ := b.Acquire(0, false)
	trip(t, b, 1)
	before := b.AppendState(nil)
	if b.Record(slow, good, 1) || !bytes.Equal(before, b.AppendState(nil)) {
		t.Fatal("a result from before the trip counted")
	}
	b.State(11 * second)
	b.Acquire(11*second, false)
	if b.Record(slow, failed, 11*second) {
		t.Fatal("a result from before the trip counted as a probe")
	}
	is(t, b, 11*second, resilience.BreakerHalfOpen)
}

func TestDefect12HalfOpenAdmitsNoMoreProbesThanItMay(t *testing.T) {
	c := resilience.DefaultBreaker()
	b := breaker(t, &c)
	for range 5 {
		call(t, b, 0, failed)
	}
	passed := 0
	for range 50 {
		_, no := b.Acquire(10*second, false)
		passed += count(!no.Refused())
	}
	if passed != c.Probes {
		t.Fatalf("%d of 50 passed, %d may", passed, c.Probes)
	}
}

func TestDefect13HalfOfTheCallsFailingTrips(t *testing.T) {
	c := resilience.DefaultBreaker()
	b := breaker(t, &c)
	for i := range 10 {
		call(t, b, int64(i)*second, []resilience.Result{good, failed}[i%2])
	}
	is(t, b, 9*second, resilience.BreakerOpen)
}

func TestDefect14ReadingChangesNothingAndFailuresWhileOpenDoNotExtendIt(t *testing.T) {
	b := breaker(t, consecutive())
	permits := make([]resilience.Permit, 5)
	for i := range permits {
		permits[i], _ = b.Acquire(0, false)
	}
	trip(t, b, 0)
	before := b.AppendState(nil)
	is(t, b, 1<<50, resilience.BreakerHalfOpen)
	if !bytes.Equal(before, b.AppendState(nil)) {
		t.Fatal("reading changed the state")
	}
	for i, p := range permits {
		b.Record(p, failed, int64(i)*second)
	}
	if got := b.Until(5 * second); got != 10*second {
		t.Fatalf("open until %d, want 10 s", got)
	}
}

func TestDefect15RetryAfterIsHonouredAndFinalStatusesAreNotRetried(t *testing.T) {
	for _, n := range []int{400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 451} {
		if f := statusOf(n); f.Retry == resilience.RetryLater {
			t.Errorf("%d is retried on its own: %+v", n, f)
		}
	}
	c := resilience.DefaultBackoff()
	var s resilience.Backoff
	s.RetryAfter(0, 90*second)
	if wait, ok := c.Next(&s, second, 0); !ok || wait < 89*second {
		t.Fatalf("waits %d", wait)
	}
	b := breaker(t, consecutive())
	call(t, b, 0, resilience.Result{Effect: statusOf(429).Effect, RetryAfter: 90 * second})
	if b.Until(0) != 90*second {
		t.Fatal("the whole lane must leave the venue alone")
	}
}

func TestDefect16RetriesEnd(t *testing.T) {
	c := resilience.BackoffConfig{Jitter: resilience.JitterNone, Base: second, Cap: 60 * second, AttemptsMax: 100}
	s := resilience.Backoff{Deadline: 20 * second}
	now := int64(0)
	for {
		wait, ok := c.Next(&s, now, 0)
		if !ok {
			break
		}
		now += wait
	}
	if now >= s.Deadline || s.Stopped != resilience.StopDeadline || s.Attempts != 5 {
		t.Fatalf("at %d: %+v", now, s)
	}
	for _, most := range []int{0, 1} {
		c.AttemptsMax = most
		var s resilience.Backoff
		if wait, ok := c.Next(&s, 0, 0); ok || wait != 0 || s.Stopped != resilience.StopAttempts {
			t.Errorf("attempts_max %d: after the first attempt waits %d", most, wait)
		}
	}
	budget := resilience.BudgetConfig{Ratio: resilience.One / 5, Burst: 3}
	b := resilience.NewBudget(&budget, 0)
	retries := 0
	for range 100 {
		b.Request(&budget, 0)
		for b.Retry(&budget, 0) {
			retries++
		}
	}
	if retries < 20 || retries > 23 {
		t.Fatalf("%d retries of 100 requests with 20 %% and 3 saved", retries)
	}
}

func TestDefect34MissingHealthIsBadHealth(t *testing.T) {
	m := modes(t, resilience.DefaultModeRules()...)
	m.Observe(m.Index("balance"), read(1000, 0), 0)
	if d := m.Decide(0); d.Permissions&resilience.PermitAdd != 0 {
		t.Fatal("only the balance is known, and it may add")
	}
	if n := len(m.Reasons(0, nil)); n != len(resilience.DefaultModeRules())-1 {
		t.Fatalf("%d reasons: each that is not known is one", n)
	}
}

func TestDefect35NotANumberIsNotHealthy(t *testing.T) {
	m := modes(t, drawdown, feed)
	for i := range 2 {
		m.Observe(i, resilience.MeasureFloat(math.NaN(), 100, 0), 0)
	}
	if m.Decide(0).Permissions&resilience.PermitAdd != 0 {
		t.Fatal("NaN passes")
	}
	for _, r := range m.Reasons(0, nil) {
		if r.Kind != resilience.ReasonUnknown {
			t.Errorf("%+v", r)
		}
	}
}

func TestDefect36ShutdownStaysShutUntilAPersonOpensIt(t *testing.T) {
	m := modes(t, drawdown)
	for i, v := range []int64{25, 25, 19, 10, 0} {
		m.Observe(0, read(v, int64(i)), int64(i))
	}
	mode(t, m, 4, resilience.ModeShutdown)
}

func TestDefect37AReadingAtTheThresholdDoesNotFlicker(t *testing.T) {
	m := modes(t, feed)
	m.Observe(0, read(0, 0), 0)
	changes, last := 0, m.Decide(0).Mode
	for i := int64(1); i <= 40; i++ {
		m.Observe(0, read(59+2*(i%2), 10*i), 10*i)
		m.Observe(0, read(59+2*(i%2), 10*i+6), 10*i+6)
		if now := m.Decide(10*i + 6).Mode; now != last {
			changes, last = changes+1, now
		}
	}
	if changes != 1 {
		t.Fatalf("%d changes in 40 readings", changes)
	}
}

func TestDefect38AFailingWriteSideQueuesExitsAndIsNotTheSameAsTooMuchRisk(t *testing.T) {
	m := modes(t, resilience.ModeRule{Name: "breaker", Mode: resilience.ModeReadOnly, WriteDegraded: true}, lag)
	m.Observe(0, read(1, 0), 0)
	m.Observe(1, read(0, 0), 0)
	if d := m.Decide(0); d.Mode != resilience.ModeReadOnly || !d.ExitsQueued || d.Permissions&resilience.PermitReduce == 0 {
		t.Fatalf("%+v", d)
	}
	m.Observe(0, read(0, 1), 1)
	m.Observe(1, read(9, 1), 1)
	if d := m.Decide(1); d.Mode != resilience.ModeReadOnly || d.ExitsQueued {
		t.Fatalf("%+v", d)
	}
}

func TestDefect39NoReasonHidesAnother(t *testing.T) {
	m := modes(t, feed, resilience.ModeRule{Name: "breaker", Mode: resilience.ModeReadOnly, WriteDegraded: true})
	m.Observe(0, read(99, 0), 0)
	m.Observe(0, read(99, 5), 5)
	m.Observe(1, read(1, 5), 5)
	if r := m.Reasons(5, nil); len(r) != 2 || r[0].Name != "feed" || r[1].Name != "breaker" {
		t.Fatalf("%+v", r)
	}
	if d := m.Decide(5); d.Mode != resilience.ModeObservation || !d.ExitsQueued {
		t.Fatalf("%+v", d)
	}
}
