package resilience

import (
	"fmt"
	"math/bits"
)

// BudgetConfig bounds the retries to one venue, whoever makes them: a token bucket that requests and time
// fill and retries empty. In any span of time there are at most Burst + Ratio·requests + span/FloorEvery
// retries. It is only read.
type BudgetConfig struct {
	// Ratio is how many tokens a first attempt brings, as a fraction: One/5 lets one in five be retried.
	Ratio int64
	// FloorEvery brings a token by itself each so many nanoseconds, so that a quiet link may retry too.
	// Zero brings none.
	FloorEvery int64
	// Burst is how many tokens the bucket holds, 1 to a million; it begins full.
	Burst int64
}

// DefaultBudget is 20 % of the requests, at least one retry in 10 s, ten saved up.
func DefaultBudget() BudgetConfig {
	return BudgetConfig{Ratio: One / 5, FloorEvery: 10e9, Burst: 10}
}

// Validate says what cannot work, naming the values.
func (c *BudgetConfig) Validate() error {
	if c.Ratio < 0 || c.Ratio > 10*One || c.FloorEvery < 0 || c.Burst < 1 || c.Burst > 1_000_000 {
		return fmt.Errorf("retry budget ratio %d (0 to 10.0), floor every %d ns (0 or more), burst %d (1 to 1000000)", c.Ratio, c.FloorEvery, c.Burst)
	}
	if c.Ratio == 0 && c.FloorEvery == 0 {
		return fmt.Errorf("retry budget has neither ratio nor floor: after %d retries there would never be another", c.Burst)
	}
	return nil
}

// Budget is one venue's retry budget. Used by one goroutine at a time.
type Budget struct {
	tokens int64 // 1e-8 of a token
	now    int64
	part   int64 // of the next 1e-8 token, in nanoseconds·One modulo FloorEvery
}

// NewBudget returns a full bucket at now.
func NewBudget(c *BudgetConfig, now int64) Budget {
	return Budget{tokens: c.Burst * One, now: now}
}

// Request counts a first attempt.
func (b *Budget) Request(c *BudgetConfig, now int64) {
	b.fill(c, now)
	b.tokens = min(b.tokens+c.Ratio, c.Burst*One)
}

// Retry takes a token for a retry. False means that the retry must not be made.
func (b *Budget) Retry(c *BudgetConfig, now int64) bool {
	b.fill(c, now)
	if b.tokens < One {
		return false
	}
	b.tokens -= One
	return true
}

// Tokens is how many retries there are at now, as a fraction. It changes nothing.
func (b *Budget) Tokens(c *BudgetConfig, now int64) int64 {
	n := *b
	n.fill(c, now)
	return n.tokens
}

func (b *Budget) fill(c *BudgetConfig, now int64) {
	elapsed := now - b.now
	if elapsed <= 0 {
		return
	}
	b.now = now
	if c.FloorEvery == 0 {
		return
	}
	high, low := bits.Mul64(uint64(elapsed), One)
	low, carry := bits.Add64(low, uint64(b.part), 0)
	if high += carry; high >= uint64(c.FloorEvery) {
		b.tokens, b.part = c.Burst*One, 0
		return
	}
	gained, part := bits.Div64(high, low, uint64(c.FloorEvery))
	if b.part = int64(part); gained >= uint64(c.Burst*One-b.tokens) {
		b.tokens = c.Burst * One
		return
	}
	b.tokens += int64(gained)
}

const budgetVersion = 1

// AppendState appends the state to dst.
func (b *Budget) AppendState(dst []byte) []byte {
	return appendInt(appendInt(appendInt(append(dst, budgetVersion), b.tokens), b.now), b.part)
}

// ReadState restores what AppendState wrote and returns the bytes after it. Tokens beyond the present
// burst are lost. On an error b is unchanged.
func (b *Budget) ReadState(c *BudgetConfig, src []byte) (rest []byte, err error) {
	r := openState(src, "retry budget", budgetVersion)
	n := Budget{tokens: r.int64(), now: r.int64(), part: r.int64()}
	if r.err == nil && (n.tokens < 0 || n.part < 0 || n.now < 0) {
		r.damaged("retry budget of %d tokens, part %d, at %d", n.tokens, n.part, n.now)
	}
	n.tokens = min(n.tokens, c.Burst*One)
	if c.FloorEvery > 0 {
		n.part %= c.FloorEvery
	} else {
		n.part = 0
	}
	if rest, err = r.end("retry budget"); err == nil {
		*b = n
	}
	return rest, err
}
