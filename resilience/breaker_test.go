package resilience_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

const second = int64(1e9)

var (
	good     = resilience.Result{Effect: resilience.EffectSuccess}
	failed   = resilience.Result{Effect: resilience.EffectFailure}
	business = resilience.Result{Effect: resilience.EffectExcluded}
)

// consecutive is a breaker of three failures in a row, 10 s open, two probes of which both must succeed.
func consecutive() *resilience.BreakerConfig {
	return &resilience.BreakerConfig{
		ConsecutiveMax: 3, OpenFor: 10 * second, OpenForMax: 40 * second, Probes: 2, ProbesGood: 2, ProbeLease: 5 * second,
		LaneMax: 1, LaneEvery: second, LaneLease: 5 * second,
	}
}

func breaker(t testing.TB, c *resilience.BreakerConfig) *resilience.Breaker {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return resilience.NewBreaker(c)
}

// call asks for a permit that must be given, and records a result.
func call(t testing.TB, b *resilience.Breaker, now int64, r resilience.Result) {
	t.Helper()
	p, no := b.Acquire(now, false)
	if no.Refused() {
		t.Fatalf("at %d: refused by a breaker that is %s", now, no.State)
	}
	b.Record(p, r, now)
}

func is(t testing.TB, b *resilience.Breaker, now int64, want resilience.BreakerState) {
	t.Helper()
	if got := b.State(now); got != want {
		t.Fatalf("at %d the breaker is %s, want %s", now, got, want)
	}
}

func trip(t testing.TB, b *resilience.Breaker, now int64) {
	t.Helper()
	for range 3 {
		call(t, b, now, failed)
	}
	is(t, b, now, resilience.BreakerOpen)
}

func TestBreaker(t *testing.T) {
	t.Run("failures in a row open it, a success between them does not count them on", func(t *testing.T) {
		b := breaker(t, consecutive())
		for _, r := range []resilience.Result{failed, failed, good, failed, failed} {
			call(t, b, 0, r)
		}
		is(t, b, 0, resilience.BreakerClosed)
		call(t, b, 0, failed)
		is(t, b, 0, resilience.BreakerOpen)
	})
	t.Run("open, it refuses and says until when", func(t *testing.T) {
		b := breaker(t, consecutive())
		trip(t, b, 7)
		if _, no := b.Acquire(8, false); no.State != resilience.BreakerOpen || no.Until != 7+10*second {
			t.Fatalf("refusal %+v", no)
		}
	})
	t.Run("both probes succeed and it closes; one fails and it opens for twice as long", func(t *testing.T) {
		b := breaker(t, consecutive())
		trip(t, b, 0)
		call(t, b, 10*second, good)
		is(t, b, 10*second, resilience.BreakerHalfOpen)
		call(t, b, 10*second, failed)
		if got := b.Until(10 * second); got != 30*second {
			t.Fatalf("open until %d, want 30 s", got)
		}
		call(t, b, 30*second, good)
		call(t, b, 30*second, good)
		is(t, b, 30*second, resilience.BreakerClosed)
		trip(t, b, 31*second)
		if got := b.Until(31 * second); got != 41*second {
			t.Fatalf("after closing, open until %d, want 41 s", got)
		}
	})
	t.Run("a probe that never comes back has failed when its lease ends, whenever somebody looks", func(t *testing.T) {
		early, late := breaker(t, consecutive()), breaker(t, consecutive())
		for _, b := range []*resilience.Breaker{early, late} {
			trip(t, b, 0)
			b.Acquire(10*second, false)
		}
		early.Acquire(15*second, false)
		for _, b := range []*resilience.Breaker{early, late} {
			is(t, b, 34*second, resilience.BreakerOpen)
			is(t, b, 35*second, resilience.BreakerHalfOpen)
		}
		early.Acquire(35*second, false)
		late.Acquire(35*second, false)
		if !bytes.Equal(early.AppendState(nil), late.AppendState(nil)) {
			t.Fatal("looking early made a difference")
		}
	})
	t.Run("an excluded probe frees its place for another", func(t *testing.T) {
		b := breaker(t, consecutive())
		trip(t, b, 0)
		for range 9 {
			call(t, b, 10*second, business)
		}
		call(t, b, 10*second, good)
		call(t, b, 10*second, good)
		is(t, b, 10*second, resilience.BreakerClosed)
	})
	t.Run("a probe given back unused frees its place", func(t *testing.T) {
		b := breaker(t, consecutive())
		trip(t, b, 0)
		for range 9 {
			p, no := b.Acquire(10*second, false)
			if no.Refused() {
				t.Fatal("no probe")
			}
			b.Cancel(p, 10*second)
		}
	})
	t.Run("Retry-After opens it, extends it, and is believed within bounds", func(t *testing.T) {
		c := consecutive()
		c.RetryAfterMax = 100 * second
		b := breaker(t, c)
		slow, _ := b.Acquire(0, false)
		call(t, b, 0, resilience.Result{Effect: resilience.EffectFailure, RetryAfter: 20 * second})
		if got := b.Until(0); got != 20*second {
			t.Fatalf("open until %d, want 20 s", got)
		}
		if b.Record(slow, resilience.Result{Effect: resilience.EffectFailure, RetryAfter: 60 * second}, second) {
			t.Fatal("a stale result counted")
		}
		if got := b.Until(second); got != 61*second {
			t.Fatalf("open until %d, want 61 s", got)
		}
		b.Record(slow, resilience.Result{RetryAfter: 1 << 60}, second)
		if got := b.Until(second); got != 101*second {
			t.Fatalf("open until %d, want 101 s", got)
		}
	})
	t.Run("slow calls open it although they succeed", func(t *testing.T) {
		c := consecutive()
		c.WindowCount, c.Minimum, c.SlowRate, c.SlowAfter = 10, 4, resilience.One/2, 5*second
		b := breaker(t, c)
		for _, d := range []int64{1, 5, 1} {
			call(t, b, 0, resilience.Result{Effect: resilience.EffectSuccess, Duration: d * second})
		}
		is(t, b, 0, resilience.BreakerClosed)
		call(t, b, 0, resilience.Result{Effect: resilience.EffectSuccess, Duration: 6 * second})
		is(t, b, 0, resilience.BreakerOpen)
		if calls, failures, slow := b.Counts(0); calls != 4 || failures != 0 || slow != 2 {
			t.Fatalf("counts %d %d %d", calls, failures, slow)
		}
	})
	t.Run("failures that the window of time has left behind no longer count", func(t *testing.T) {
		c := &resilience.BreakerConfig{WindowTime: 60 * second, FailuresMax: 3, OpenFor: second, Probes: 1, ProbesGood: 1, ProbeLease: second}
		b := breaker(t, c)
		call(t, b, 0, failed)
		call(t, b, second, failed)
		call(t, b, 70*second, failed)
		is(t, b, 70*second, resilience.BreakerClosed)
		if calls, failures, _ := b.Counts(70 * second); calls != 1 || failures != 1 {
			t.Fatalf("counts %d %d", calls, failures)
		}
	})
	t.Run("isolated by hand it names who and why, outlives time and restart, and probes decide after", func(t *testing.T) {
		c := consecutive()
		b := breaker(t, c)
		b.Isolate("ada", "key leaked", false, 0)
		restarted := resilience.NewBreaker(c)
		if _, err := restarted.ReadState(b.AppendState(nil)); err != nil {
			t.Fatal(err)
		}
		is(t, restarted, 1<<60, resilience.BreakerIsolated)
		if who, why := restarted.Isolation(); who != "ada" || why != "key leaked" {
			t.Fatalf("%q %q", who, why)
		}
		if _, no := restarted.Acquire(9, true); !no.Refused() {
			t.Fatal("a cancel passed an isolation without a lane")
		}
		restarted.Isolate("ada", "exits only", true, 10)
		if p, _ := restarted.Acquire(11, true); p.Kind != resilience.PermitLane {
			t.Fatal("no lane")
		}
		if !restarted.Release(12) || restarted.Release(12) {
			t.Fatal("release")
		}
		is(t, restarted, 12, resilience.BreakerHalfOpen)
	})
	t.Run("cancels and closes pass while it is open: few, spaced and leased", func(t *testing.T) {
		b := breaker(t, consecutive())
		trip(t, b, 0)
		first, no := b.Acquire(1, true)
		if no.Refused() || first.Kind != resilience.PermitLane {
			t.Fatalf("refused: %+v", no)
		}
		if _, no = b.Acquire(2, true); no.Until != 1+5*second {
			t.Fatalf("a second at once: %+v", no)
		}
		b.Record(first, good, 3)
		is(t, b, 3, resilience.BreakerOpen)
		if _, no = b.Acquire(4, true); no.Until != 1+second {
			t.Fatalf("too close: %+v", no)
		}
		if _, no = b.Acquire(1+second, true); no.Refused() {
			t.Fatalf("refused: %+v", no)
		}
		if _, no = b.Acquire(1+6*second, true); no.Refused() {
			t.Fatalf("a lost worker blocks the lane: %+v", no)
		}
	})
	t.Run("a restart never closes it, even with another window", func(t *testing.T) {
		c := consecutive()
		b := breaker(t, c)
		trip(t, b, 0)
		other := *c
		other.WindowCount, other.FailureRate, other.Minimum = 20, resilience.One/2, 5
		n := resilience.NewBreaker(&other)
		if rest, err := n.ReadState(b.AppendState(nil)); err != nil || len(rest) != 0 {
			t.Fatal(rest, err)
		}
		is(t, n, second, resilience.BreakerOpen)
	})
	t.Run("mistakes of configuration are named", func(t *testing.T) {
		for _, change := range []func(*resilience.BreakerConfig){
			func(c *resilience.BreakerConfig) { c.ConsecutiveMax = 0 },
			func(c *resilience.BreakerConfig) { c.FailureRate = resilience.One / 2 },
			func(c *resilience.BreakerConfig) { c.WindowCount, c.WindowTime = 10, second },
			func(c *resilience.BreakerConfig) { c.WindowCount, c.Minimum = 10, 11 },
			func(c *resilience.BreakerConfig) { c.Probes = 17 },
			func(c *resilience.BreakerConfig) { c.ProbesGood = 3 },
			func(c *resilience.BreakerConfig) { c.ProbeLease = 0 },
			func(c *resilience.BreakerConfig) { c.LaneLease = 0 },
			func(c *resilience.BreakerConfig) { c.OpenForMax = 1 },
			func(c *resilience.BreakerConfig) { c.WindowCount = 1025 },
			func(c *resilience.BreakerConfig) { c.WindowTime, c.SlowRate = second, 1 },
		} {
			c := consecutive()
			change(c)
			if c.Validate() == nil {
				t.Errorf("%+v was taken", *c)
			}
		}
		c := resilience.DefaultBreaker()
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	})
}

// TestBreakerUnderRandomUse holds, over random sequences: probes out never exceed the permits, reading never
// writes, a state read back goes on the same way at every step, and a stale result changes nothing.
func TestBreakerUnderRandomUse(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := randomBreaker(r)
		if err := c.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b := resilience.NewBreaker(c)
		var out []resilience.Permit
		now := int64(0)
		for step := range 150 {
			now += r.Int64N(2 * second)
			before := b.AppendState(nil)
			b.State(now)
			b.Until(now)
			b.Counts(now)
			if !bytes.Equal(before, b.AppendState(nil)) {
				t.Fatalf("seed %d step %d: reading changed the state", seed, step)
			}
			copied := resilience.NewBreaker(c)
			if rest, err := copied.ReadState(before); err != nil || len(rest) != 0 {
				t.Fatalf("seed %d step %d: %v", seed, step, err)
			}
			if r.IntN(2) == 0 || len(out) == 0 {
				narrow := r.IntN(4) == 0
				p, no := b.Acquire(now, narrow)
				q, nope := copied.Acquire(now, narrow)
				if p != q || no != nope {
					t.Fatalf("seed %d step %d: %+v %+v after a restart, %+v %+v without", seed, step, q, nope, p, no)
				}
				if p.Kind != resilience.PermitNone {
					out = append(out, p)
				}
				probes := 0
				for _, p := range out {
					if p.Kind == resilience.PermitProbe && p.Generation == b.Generation() {
						probes++
					}
				}
				if probes > c.Probes {
					t.Fatalf("seed %d step %d: %d probes out of %d", seed, step, probes, c.Probes)
				}
			} else {
				i := r.IntN(len(out))
				p := out[i]
				out = append(out[:i], out[i+1:]...)
				result := resilience.Result{Effect: resilience.Effect(r.IntN(3)), Duration: r.Int64N(8 * second)}
				if r.IntN(10) == 0 {
					result.RetryAfter = r.Int64N(20 * second)
				}
				b.State(now)
				b.Acquire(now, true) // lets time pass, so that a stale permit is told from a fresh one
				copied.Acquire(now, true)
				stale := p.Generation != b.Generation() && result.RetryAfter == 0 && p.Kind != resilience.PermitLane
				was := b.AppendState(nil)
				counted := b.Record(p, result, now)
				if counted != copied.Record(p, result, now) {
					t.Fatalf("seed %d step %d: a restart made a difference", seed, step)
				}
				if stale && (counted || !bytes.Equal(was, b.AppendState(nil))) {
					t.Fatalf("seed %d step %d: a stale result changed something", seed, step)
				}
			}
			if !bytes.Equal(b.AppendState(nil), copied.AppendState(nil)) {
				t.Fatalf("seed %d step %d: a restart made a difference", seed, step)
			}
		}
	}
}

func randomBreaker(r *rand.Rand) *resilience.BreakerConfig {
	c := &resilience.BreakerConfig{
		ConsecutiveMax: 1 + r.IntN(6), OpenFor: 1 + r.Int64N(5*second), Probes: 1 + r.IntN(4), ProbeLease: 1 + r.Int64N(4*second),
		LaneMax: r.IntN(3), LaneEvery: r.Int64N(2 * second), LaneLease: 1 + r.Int64N(3*second),
	}
	c.ProbesGood = 1 + r.IntN(c.Probes)
	switch r.IntN(3) {
	case 0:
		c.WindowCount = 1 + r.IntN(130)
		c.FailureRate, c.Minimum = resilience.One/2, 1+r.IntN(c.WindowCount)
	case 1:
		c.WindowTime = 10 + r.Int64N(60*second)
		c.FailuresMax, c.SlowRate, c.SlowAfter, c.Minimum = 1+r.IntN(9), resilience.One/2, 4*second, 3
	}
	if r.IntN(2) == 0 {
		c.OpenForMax = 4 * c.OpenFor
	}
	return c
}
