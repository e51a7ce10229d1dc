package resilience_test

import (
	"bytes"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// FuzzReadState: hostile bytes are refused without a panic, or give a state that writes itself the same and
// can be used.
func FuzzReadState(f *testing.F) {
	c := fuzzBreaker()
	b := resilience.NewBreaker(c)
	for range 3 {
		p, _ := b.Acquire(5, false)
		b.Record(p, failed, 5)
	}
	f.Add(byte(0), b.AppendState(nil))
	b.Acquire(10*second+5, false)
	b.Acquire(10*second+5, true)
	f.Add(byte(0), b.AppendState(nil))
	b.Isolate("ada", "why", true, 11*second)
	f.Add(byte(0), b.AppendState(nil))
	l := sent(f)
	f.Add(byte(1), l.AppendState(nil))
	backoff := resilience.Backoff{Attempts: 2, Previous: 5, Deadline: 100}
	f.Add(byte(2), backoff.AppendState(nil))
	budget := resilience.NewBudget(&fuzzBudget, 7)
	f.Add(byte(3), budget.AppendState(nil))
	limiter := resilience.NewLimiter(&fuzzLimiter, 7)
	f.Add(byte(4), limiter.AppendState(nil))
	var fair resilience.Fair
	fair.Serve(1, 2, 3)
	fair.Serve(9, 2, 3)
	f.Add(byte(5), fair.AppendState(nil))
	m := modes(f, drawdown, feed)
	m.Observe(0, read(25, 1), 1)
	m.Observe(0, read(25, 2), 2)
	m.Order(resilience.ModeReadOnly, "ada", "why", 3)
	f.Add(byte(6), m.AppendState(nil))
	f.Fuzz(func(t *testing.T, kind byte, src []byte) {
		once, err := readState(kind, src)
		if err != nil {
			return
		}
		twice, err := readState(kind, once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("kind %d: written % x, read and written % x, %v", kind, once, twice, err)
		}
	})
}

var (
	fuzzBudget  = resilience.BudgetConfig{Ratio: resilience.One / 5, FloorEvery: 3, Burst: 4}
	fuzzLimiter = resilience.LimiterConfig{Cells: 3, Period: 7, Burst: 9, Shares: [...]int64{resilience.One / 3, 0, resilience.One / 3, 1, 0}}
)

func fuzzBreaker() *resilience.BreakerConfig {
	c := consecutive()
	c.WindowCount, c.FailureRate, c.Minimum = 70, resilience.One/2, 9
	return c
}

// readState reads and writes a state of a kind, and uses a copy of what was read.
func readState(kind byte, src []byte) ([]byte, error) {
	switch kind % 7 {
	case 0:
		b := resilience.NewBreaker(fuzzBreaker())
		if _, err := b.ReadState(src); err != nil {
			return nil, err
		}
		out := b.AppendState(nil)
		p, _ := b.Acquire(1<<40, true)
		b.Record(p, failed, 1<<40)
		b.Counts(1 << 41)
		return out, nil
	case 1:
		var l resilience.Life
		if _, err := l.ReadState(src); err != nil {
			return nil, err
		}
		out := l.AppendState(nil)
		for k := resilience.LifeAdmit; k <= resilience.LifeResolve; k++ {
			_, _ = l.Apply(resilience.LifeEvent{Kind: k, Quantity: 1, Ending: resilience.StateFilled}) // legal or not, it must not panic
		}
		return out, nil
	case 2:
		var s resilience.Backoff
		if _, err := s.ReadState(src); err != nil {
			return nil, err
		}
		out := s.AppendState(nil)
		c := resilience.DefaultBackoff()
		c.Next(&s, 1<<40, 1<<63)
		return out, nil
	case 3:
		var b resilience.Budget
		if _, err := b.ReadState(&fuzzBudget, src); err != nil {
			return nil, err
		}
		out := b.AppendState(nil)
		b.Request(&fuzzBudget, 1<<40)
		b.Retry(&fuzzBudget, 1<<41)
		return out, nil
	case 4:
		var l resilience.Limiter
		if _, err := l.ReadState(&fuzzLimiter, src); err != nil {
			return nil, err
		}
		out := l.AppendState(nil)
		l.Take(&fuzzLimiter, 1<<40, 2, 3)
		return out, nil
	case 5:
		var s resilience.Fair
		if _, err := s.ReadState(src); err != nil {
			return nil, err
		}
		out := s.AppendState(nil)
		s.Serve(4, 1, 1)
		s.Pick([]uint32{1, 2, 9})
		return out, nil
	}
	m, err := resilience.NewModes([]resilience.ModeRule{drawdown, feed})
	if err != nil {
		return nil, err
	}
	if _, err = m.ReadState(src); err != nil {
		return nil, err
	}
	out := m.AppendState(nil)
	m.Observe(0, read(1, 1), 2)
	m.Decide(3)
	m.Reasons(3, nil)
	return out, nil
}
