package resilience_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

func TestBackoff(t *testing.T) {
	t.Run("waits stay within the bounds of their jitter", func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 5))
		for range 20000 {
			c := resilience.BackoffConfig{Jitter: resilience.Jitter(r.IntN(4)), Base: 1 + r.Int64N(1e12), AttemptsMax: 2 + r.IntN(60)}
			c.Cap = c.Base + r.Int64N(math.MaxInt64/2)
			if r.IntN(2) == 0 {
				c.Factor = resilience.One + r.Int64N(1e12)
			}
			var s resilience.Backoff
			for {
				previous := s.Previous
				wait, ok := c.Next(&s, 0, r.Uint64())
				if !ok {
					break
				}
				low, high := int64(0), c.Cap
				if c.Jitter == resilience.JitterDecorrelated {
					low = c.Base
					if max(previous, c.Base) < c.Cap/3 {
						high = 3 * max(previous, c.Base)
					}
				}
				if wait < low || wait > high {
					t.Fatalf("%+v: waits %d, bounds %d to %d", c, wait, low, high)
				}
			}
		}
	})
	t.Run("full jitter reaches both ends of its range evenly", func(t *testing.T) {
		c := resilience.BackoffConfig{Base: 1000, Cap: 1000, AttemptsMax: 2}
		for random, want := range map[uint64]int64{0: 0, math.MaxUint64: 1000, 1 << 63: 500} {
			var s resilience.Backoff
			if wait, _ := c.Next(&s, 0, random); wait != want {
				t.Errorf("random %d waits %d, want %d", random, wait, want)
			}
		}
	})
	t.Run("no attempt is announced at or after the deadline", func(t *testing.T) {
		c := resilience.BackoffConfig{Jitter: resilience.JitterNone, Base: 10, Cap: 10, AttemptsMax: 9}
		for deadline, want := range map[int64]bool{110: false, 111: true} {
			s := resilience.Backoff{Deadline: deadline}
			if _, ok := c.Next(&s, 100, 0); ok != want || !ok && s.Stopped != resilience.StopDeadline {
				t.Errorf("deadline %d: %v, %s", deadline, ok, s.Stopped)
			}
		}
	})
	t.Run("Retry-After is never undercut and not met by all at one moment", func(t *testing.T) {
		c := resilience.DefaultBackoff()
		seen := map[int64]bool{}
		r := rand.New(rand.NewPCG(6, 6))
		for range 100 {
			var s resilience.Backoff
			s.RetryAfter(1000, 7*second)
			wait, ok := c.Next(&s, 2000, r.Uint64())
			if !ok || 2000+wait < 1000+7*second {
				t.Fatalf("waits %d", wait)
			}
			seen[wait] = true
		}
		if len(seen) < 50 {
			t.Fatalf("only %d different waits", len(seen))
		}
	})
	t.Run("a state read back goes on the same way", func(t *testing.T) {
		c := resilience.BackoffConfig{Jitter: resilience.JitterDecorrelated, Base: 5, Cap: 500, AttemptsMax: 20}
		a := resilience.Backoff{Deadline: 1 << 40}
		for i := range uint64(20) {
			var b resilience.Backoff
			if rest, err := b.ReadState(a.AppendState(nil)); err != nil || len(rest) != 0 || a != b {
				t.Fatal(err, a, b)
			}
			c.Next(&a, int64(i), i<<58)
		}
	})
	t.Run("mistakes are named", func(t *testing.T) {
		for _, c := range []resilience.BackoffConfig{
			{},
			{Base: 2, Cap: 1, AttemptsMax: 1},
			{Base: 1, Cap: 1},
			{Base: 1, Cap: 1, AttemptsMax: 1, Factor: 1},
			{Jitter: 9, Base: 1, Cap: 1, AttemptsMax: 1},
		} {
			if c.Validate() == nil {
				t.Errorf("%+v was taken", c)
			}
		}
		d := resilience.DefaultBackoff()
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
	})
}

func TestBudget(t *testing.T) {
	t.Run("in any span, retries stay within burst, share of requests and floor", func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 7))
			c := resilience.BudgetConfig{Ratio: r.Int64N(resilience.One), FloorEvery: 1 + r.Int64N(20*second), Burst: 1 + r.Int64N(10)}
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			b := resilience.NewBudget(&c, 0)
			type step struct{ at, requests, retries int64 }
			steps := []step{{}}
			now := int64(0)
			for range 200 {
				now += r.Int64N(2 * second)
				s := steps[len(steps)-1]
				s.at = now
				if r.IntN(2) == 0 {
					b.Request(&c, now)
					s.requests++
				} else if b.Retry(&c, now) {
					s.retries++
				}
				steps = append(steps, s)
			}
			for i := range steps {
				for j := i + 1; j < len(steps); j++ {
					span, requests, retries := steps[j].at-steps[i].at, steps[j].requests-steps[i].requests, steps[j].retries-steps[i].retries
					most := float64(c.Burst) + float64(c.Ratio)/resilience.One*float64(requests) + float64(span)/float64(c.FloorEvery)
					if float64(retries) > most+1e-6 {
						t.Fatalf("seed %d: %d retries in %d ns with %d requests; at most %f", seed, retries, span, requests, most)
					}
				}
			}
		}
	})
	t.Run("a quiet link gets its floor exactly, however often it is looked at", func(t *testing.T) {
		c := resilience.BudgetConfig{FloorEvery: 7, Burst: 5}
		b := resilience.NewBudget(&c, 0)
		for b.Retry(&c, 0) {
		}
		for now := int64(1); now <= 7; now++ {
			if got := b.Retry(&c, now); got != (now == 7) {
				t.Fatalf("at %d: %v, %d tokens", now, got, b.Tokens(&c, now))
			}
		}
	})
	t.Run("a state read back goes on the same way", func(t *testing.T) {
		c := resilience.DefaultBudget()
		a := resilience.NewBudget(&c, 5)
		a.Retry(&c, 9)
		a.Request(&c, 7*second)
		var b resilience.Budget
		if rest, err := b.ReadState(&c, a.AppendState(nil)); err != nil || len(rest) != 0 || a != b {
			t.Fatal(err)
		}
	})
	t.Run("mistakes are named", func(t *testing.T) {
		for _, c := range []resilience.BudgetConfig{{}, {Burst: 1}, {Burst: 1, Ratio: -1}, {Burst: 1 << 40, Ratio: 1}} {
			if c.Validate() == nil {
				t.Errorf("%+v was taken", c)
			}
		}
	})
}

func TestLimiter(t *testing.T) {
	t.Run("without shares it is the cell-rate algorithm of I.371", func(t *testing.T) {
		for seed := range uint64(500) {
			r := rand.New(rand.NewPCG(seed, 8))
			// Period a multiple of Cells, so that the theoretical arrival time is whole.
			c := resilience.LimiterConfig{Cells: 1 + r.Int64N(20), Burst: 1 + r.Int64N(30)}
			step := 1 + r.Int64N(second)
			c.Period = c.Cells * step
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			l := resilience.NewLimiter(&c, 0)
			now, theoretical := int64(0), int64(0)
			for range 300 {
				now += r.Int64N(3 * step)
				cells := r.Int64N(4)
				next := max(theoretical, now) + cells*step
				want := next-now <= c.Burst*step
				ok, at := l.Take(&c, now, resilience.PriorityOther, cells)
				if ok != want {
					t.Fatalf("seed %d at %d: %v, want %v", seed, now, ok, want)
				}
				if ok {
					theoretical = next
				} else if cells <= c.Burst && at != next-c.Burst*step {
					t.Fatalf("seed %d at %d: enough at %d, want %d", seed, now, at, next-c.Burst*step)
				}
			}
		}
	})
	t.Run("whatever the priorities, the venue's limit holds in any span, and a promised time is kept", func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 9))
			c := resilience.LimiterConfig{Cells: 1 + r.Int64N(50), Period: 1 + r.Int64N(10*second), Burst: 5 + r.Int64N(50)}
			left := int64(resilience.One)
			for p := range c.Shares {
				c.Shares[p] = r.Int64N(left + 1)
				left -= c.Shares[p]
			}
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			l := resilience.NewLimiter(&c, 0)
			type taken struct{ at, cells int64 }
			var all []taken
			now := int64(0)
			for range 200 {
				now += r.Int64N(c.Period)
				p, cells := resilience.Priority(r.IntN(resilience.Priorities)), r.Int64N(6)
				ok, at := l.Take(&c, now, p, cells)
				if !ok && at != resilience.Never {
					if again, _ := l.Take(&c, at, p, cells); !again {
						t.Fatalf("seed %d: promised %d cells for %d and refused", seed, cells, at)
					}
					ok, now = true, at
				}
				if ok {
					all = append(all, taken{now, cells})
				}
			}
			for i := range all {
				var cells int64
				for j := i; j < len(all); j++ {
					cells += all[j].cells
					if most := float64(c.Burst) + float64(all[j].at-all[i].at)*float64(c.Cells)/float64(c.Period); float64(cells) > most+1e-6 {
						t.Fatalf("seed %d: %d cells, at most %f", seed, cells, most)
					}
				}
			}
		}
	})
	shared := resilience.LimiterConfig{Cells: 10, Period: second, Burst: 10, Shares: [...]int64{
		resilience.One / 5, resilience.One / 5, resilience.One / 10, resilience.One / 10, resilience.One / 10,
	}}
	t.Run("a flood of orders leaves the host's closes their share, and the other way round", func(t *testing.T) {
		for _, flood := range []resilience.Priority{resilience.PriorityOther, resilience.PriorityHostClose} {
			l := resilience.NewLimiter(&shared, 0)
			var got [resilience.Priorities]int64
			for now := int64(0); now < 60*second; now += second / 100 {
				for ok := true; ok; {
					if ok, _ = l.Take(&shared, now, flood, 1); ok {
						got[flood]++
					}
				}
				if now%(second/2) == 0 {
					for p := range resilience.Priority(resilience.Priorities) {
						if ok, _ := l.Take(&shared, now, p, 1); ok {
							got[p]++
						}
					}
				}
			}
			for p := range got {
				if share := shared.Shares[p] * 10 * 60 / resilience.One; got[p] < share {
					t.Errorf("flood of %s: %s got %d cells in a minute, its share is %d", flood, resilience.Priority(p), got[p], share)
				}
			}
		}
	})
	t.Run("what nobody uses is not lost", func(t *testing.T) {
		l := resilience.NewLimiter(&shared, 0)
		var got int64
		for now := int64(0); now < 100*second; now += second / 100 {
			if ok, _ := l.Take(&shared, now, resilience.PriorityOther, 1); ok {
				got++
			}
		}
		if got < 995 {
			t.Fatalf("one priority alone got %d cells of 1000", got)
		}
	})
	t.Run("after the venue has complained nothing passes until then", func(t *testing.T) {
		l := resilience.NewLimiter(&shared, 0)
		l.Hold(&shared, 0, 5*second)
		if ok, at := l.Take(&shared, second, resilience.PriorityHostClose, 1); ok || at < 5*second {
			t.Fatal(ok, at)
		}
	})
	t.Run("a request heavier than its priority can ever have is told so", func(t *testing.T) {
		l := resilience.NewLimiter(&shared, 0)
		if ok, at := l.Take(&shared, 0, resilience.PriorityOther, 9); ok || at != resilience.Never {
			t.Fatal(ok, at)
		}
	})
	t.Run("a state read back goes on the same way", func(t *testing.T) {
		r := rand.New(rand.NewPCG(10, 10))
		a := resilience.NewLimiter(&shared, 0)
		for now := int64(0); now < 20*second; now += r.Int64N(second / 3) {
			var b resilience.Limiter
			if rest, err := b.ReadState(&shared, a.AppendState(nil)); err != nil || len(rest) != 0 || !bytes.Equal(a.AppendState(nil), b.AppendState(nil)) {
				t.Fatal(err)
			}
			a.Take(&shared, now, resilience.Priority(r.IntN(resilience.Priorities)), r.Int64N(4))
		}
	})
	t.Run("mistakes are named", func(t *testing.T) {
		for _, c := range []resilience.LimiterConfig{
			{},
			{Cells: 1, Period: 1 << 40, Burst: 1 << 40},
			{Cells: 1, Period: 1, Burst: 1, Shares: [...]int64{resilience.One, 1, 0, 0, 0}},
			{Cells: 1, Period: 1, Burst: 1, Shares: [...]int64{-1, 0, 0, 0, 0}},
		} {
			if c.Validate() == nil {
				t.Errorf("%+v was taken", c)
			}
		}
	})
}

func TestFair(t *testing.T) {
	t.Run("one agent's flood does not delay another's order", func(t *testing.T) {
		var f resilience.Fair
		for range 1000 {
			f.Serve(1, 1, 1)
		}
		if i := f.Pick([]uint32{1, 2}); i != 1 {
			t.Fatal("the flooding agent goes first")
		}
	})
	t.Run("all waiting, each gets by its weight", func(t *testing.T) {
		var f resilience.Fair
		weights := map[uint32]uint32{7: 1, 8: 2, 9: 3}
		got := map[uint32]int{}
		waiting := []uint32{9, 7, 8}
		for range 600 {
			a := waiting[f.Pick(waiting)]
			f.Serve(a, 1, weights[a])
			got[a]++
		}
		for a, w := range weights {
			if n := got[a]; n < 100*int(w)-2 || n > 100*int(w)+2 {
				t.Errorf("agent %d of weight %d got %d of 600", a, w, n)
			}
		}
	})
	t.Run("an idle agent saves nothing up", func(t *testing.T) {
		var f resilience.Fair
		f.Serve(2, 1, 1)
		for range 100 {
			f.Serve(1, 1, 1)
		}
		got := 0
		for range 20 {
			a := []uint32{1, 2}[f.Pick([]uint32{1, 2})]
			f.Serve(a, 1, 1)
			got += count(a == 2)
		}
		if got > 12 {
			t.Fatalf("the idle agent took %d of 20", got)
		}
	})
	t.Run("a state read back picks the same", func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 11))
		var f resilience.Fair
		for range 500 {
			var g resilience.Fair
			if rest, err := g.ReadState(f.AppendState(nil)); err != nil || len(rest) != 0 {
				t.Fatal(err)
			}
			waiting := []uint32{r.Uint32N(9), r.Uint32N(9), r.Uint32N(9)}
			if f.Pick(waiting) != g.Pick(waiting) {
				t.Fatal("another pick")
			}
			f.Serve(waiting[f.Pick(waiting)], r.Int64N(4), r.Uint32N(3))
		}
		if f.Pick(nil) != -1 {
			t.Fatal("nobody waits")
		}
	})
}
