package resilience_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/agenthost/agenthost/resilience"
)

// failsafe-go 0.9.8 is the judge where both define what happens: every permit's result is recorded before the
// next permit is asked for (no stale results: failsafe counts them, we do not), no lease runs out (it has
// none), openings do not grow, and no result is slow or excluded. Its rates are rounded to 1 %, so windows
// hold fewer than 50 calls at a threshold of 50 %.

const judged = 12000 // sequences of each

func TestBreakerAgainstFailsafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := map[circuitbreaker.State]resilience.BreakerState{
			circuitbreaker.ClosedState: resilience.BreakerClosed, circuitbreaker.OpenState: resilience.BreakerOpen,
			circuitbreaker.HalfOpenState: resilience.BreakerHalfOpen,
		}
		trips, closings := 0, 0
		for seed := range uint64(judged) {
			r := rand.New(rand.NewPCG(seed, 2))
			c, judge := judgedBreaker(r)
			if err := c.Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			b := resilience.NewBreaker(c)
			failures := r.IntN(101) // percent
			for step := range 45 {
				if r.IntN(3) == 0 {
					time.Sleep(time.Duration(r.Int64N(c.OpenFor)))
				}
				now := time.Now().UnixNano()
				p, no := b.Acquire(now, false)
				if may := judge.TryAcquirePermit(); may != !no.Refused() {
					t.Fatalf("seed %d step %d: permit %v, the judge says %v (%s)", seed, step, !no.Refused(), may, judge.State())
				}
				before := b.State(now)
				if !no.Refused() {
					if r.IntN(100) < failures {
						b.Record(p, failed, now)
						judge.RecordFailure()
					} else {
						b.Record(p, good, now)
						judge.RecordSuccess()
					}
				}
				if got, want := b.State(now), states[judge.State()]; got != want {
					t.Fatalf("seed %d step %d: %s, the judge says %s", seed, step, got, want)
				}
				trips += count(before == resilience.BreakerClosed && b.State(now) == resilience.BreakerOpen)
				closings += count(before == resilience.BreakerHalfOpen && b.State(now) == resilience.BreakerClosed)
			}
		}
		t.Logf("%d sequences, %d trips, %d recoveries", judged, trips, closings)
		if trips < judged/4 || closings < judged/10 {
			t.Fatal("the sequences do not reach what they are to compare")
		}
	})
}

func count(v bool) int {
	if v {
		return 1
	}
	return 0
}

func judgedBreaker(r *rand.Rand) (*resilience.BreakerConfig, circuitbreaker.CircuitBreaker[any]) {
	c := &resilience.BreakerConfig{OpenFor: 1 + r.Int64N(30*second), ProbeLease: 1 << 60}
	c.Probes = 1 + r.IntN(5)
	c.ProbesGood = 1 + r.IntN(c.Probes)
	j := circuitbreaker.NewBuilder[any]().WithDelay(time.Duration(c.OpenFor)).
		WithSuccessThresholdRatio(uint(c.ProbesGood), uint(c.Probes))
	switch r.IntN(4) {
	case 0:
		c.ConsecutiveMax = 1 + r.IntN(6)
		return c, j.WithFailureThreshold(uint(c.ConsecutiveMax)).Build()
	case 1:
		c.WindowCount = 2 + r.IntN(30)
		c.FailuresMax = 1 + r.IntN(c.WindowCount)
		return c, j.WithFailureThresholdRatio(uint(c.FailuresMax), uint(c.WindowCount)).Build()
	case 2:
		c.WindowTime = 10 * (1 + r.Int64N(3*second))
		c.FailuresMax = 1 + r.IntN(6)
		return c, j.WithFailureThresholdPeriod(uint(c.FailuresMax), time.Duration(c.WindowTime)).Build()
	default:
		c.WindowTime = 10 * (1 + r.Int64N(3*second))
		c.FailureRate, c.Minimum = resilience.One/2, 1+r.IntN(8)
		return c, j.WithFailureRateThreshold(0.5, uint(c.Minimum), time.Duration(c.WindowTime)).Build()
	}
}

// TestRetryAgainstFailsafe compares the attempts and the moments at which they begin: no jitter, whole factors
// (failsafe multiplies floats), failures that go on for a random number of attempts.
func TestRetryAgainstFailsafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exhausted := 0
		for seed := range uint64(judged) {
			r := rand.New(rand.NewPCG(seed, 3))
			factor := 2 + r.Int64N(4)
			c := resilience.BackoffConfig{Jitter: resilience.JitterNone, Base: 1 + r.Int64N(second), AttemptsMax: 1 + r.IntN(9), Factor: factor * resilience.One}
			c.Cap = c.Base + 1 + r.Int64N(60*second)
			if err := c.Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			bad := r.IntN(12)
			var judge, ours []int64
			begin := time.Now()
			policy := retrypolicy.NewBuilder[any]().WithMaxRetries(c.AttemptsMax-1).
				WithBackoffFactor(time.Duration(c.Base), time.Duration(c.Cap), float64(factor)).Build()
			err := failsafe.With[any](policy).Run(func() error {
				judge = append(judge, int64(time.Since(begin)))
				if len(judge) <= bad {
					return errors.New("no")
				}
				return nil
			})
			var s resilience.Backoff
			now, ok := int64(0), true
			for ok {
				ours = append(ours, now)
				if len(ours) > bad {
					break
				}
				var wait int64
				wait, ok = c.Next(&s, now, r.Uint64())
				now += wait
			}
			exhausted += count(!ok)
			if (err == nil) != ok || len(judge) != len(ours) {
				t.Fatalf("seed %d: %d attempts, ended well %v; the judge %d, %v", seed, len(ours), ok, len(judge), err)
			}
			for i := range ours {
				if ours[i] != judge[i] {
					t.Fatalf("seed %d: attempt %d begins at %d, the judge's at %d", seed, i+1, ours[i], judge[i])
				}
			}
		}
		if exhausted < judged/10 || exhausted > judged*9/10 {
			t.Fatalf("%d of %d used all attempts: the sequences do not reach what they are to compare", exhausted, judged)
		}
	})
}
