package resilience

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
)

// Jitter is how a wait is drawn.
type Jitter uint8

const (
	// JitterFull draws from zero to the whole of the growing wait: the least contention for the least
	// calls. The default, and the zero value.
	JitterFull Jitter = iota
	// JitterEqual keeps half of the wait and draws the other half.
	JitterEqual
	// JitterDecorrelated draws from the base to three times the last wait.
	JitterDecorrelated
	// JitterNone waits exactly: everyone who failed together comes back together.
	JitterNone
)

var jitterNames = [...]string{"full", "equal", "decorrelated", "none"}

func (j Jitter) String() string { return nameOf(jitterNames[:], int(j)) }

// BackoffConfig says how long to wait between attempts. It is only read.
// Source of the four jitters: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
type BackoffConfig struct {
	Jitter Jitter
	// Base is the first wait and Cap the longest, in nanoseconds. Retry-After may ask for longer.
	Base, Cap int64
	// Factor is what a wait grows by, as a fraction; zero means 2.0. Decorrelated jitter does not use it.
	Factor int64
	// AttemptsMax counts the first attempt too: 1 never retries. Below 1 is taken as 1.
	AttemptsMax int
}

// DefaultBackoff waits up to 0.5 s, 1 s, 2 s and so on, at most 30 s, for five attempts.
func DefaultBackoff() BackoffConfig {
	return BackoffConfig{Base: 500e6, Cap: 30e9, AttemptsMax: 5}
}

// Validate says what cannot work, naming the values.
func (c *BackoffConfig) Validate() error {
	switch {
	case c.Jitter > JitterNone:
		return fmt.Errorf("backoff jitter %d; use full, equal, decorrelated or none", c.Jitter)
	case c.Base <= 0 || c.Cap < c.Base:
		return fmt.Errorf("backoff base %s, cap %s; base above zero, cap no less", time.Duration(c.Base), time.Duration(c.Cap))
	case c.Factor != 0 && c.Factor < One:
		return fmt.Errorf("backoff factor %d is below 1.0 (%d): waits would shrink", c.Factor, One)
	case c.AttemptsMax < 1:
		return fmt.Errorf("backoff attempts_max %d; 1 is the first attempt and no retry", c.AttemptsMax)
	}
	return nil
}

// Stop says why there is no further attempt.
type Stop uint8

const (
	StopNot      Stop = iota // There is one.
	StopAttempts             // AttemptsMax is reached.
	StopDeadline             // It would begin after the deadline.
)

var stopNames = [...]string{"not", "attempts_max reached", "time to live over"}

func (s Stop) String() string { return nameOf(stopNames[:], int(s)) }

// Backoff is the state of one request's attempts. The zero value has made none and has no deadline.
type Backoff struct {
	// Attempts are those made so far.
	Attempts uint32
	// Previous is the last wait drawn, in nanoseconds.
	Previous int64
	// Deadline is when no attempt may begin any more (the order's time to live), 0 for never.
	Deadline int64
	// NotBefore is what the venue's Retry-After asks, as a time, 0 for nothing.
	NotBefore int64
	// Stopped says why Next gave no wait.
	Stopped Stop
}

// RetryAfter notes that the venue asked at now to be left alone for so many nanoseconds.
func (s *Backoff) RetryAfter(now, asked int64) {
	if asked > 0 {
		s.NotBefore = max(s.NotBefore, addSaturated(now, asked))
	}
}

// Next counts an attempt that failed and draws the wait before the next, in nanoseconds from now. It is
// false when there is no next attempt: none that would begin at or after the deadline is announced.
// random is uniform over all values.
func (c *BackoffConfig) Next(s *Backoff, now int64, random uint64) (wait int64, ok bool) {
	s.Attempts = min(s.Attempts, math.MaxUint32-1) + 1
	if int64(s.Attempts) >= int64(c.AttemptsMax) {
		s.Stopped = StopAttempts
		return 0, false
	}
	wait = c.draw(s, random)
	s.Previous = wait
	if early := s.NotBefore - now; s.NotBefore > 0 && wait < early {
		// All who were told the same time must not come back at the same time.
		wait = early
		if c.Jitter != JitterNone {
			wait = addSaturated(wait, scale(random, c.Base))
		}
	}
	if s.Deadline > 0 && addSaturated(now, wait) >= s.Deadline {
		s.Stopped = StopDeadline
		return 0, false
	}
	return wait, true
}

func (c *BackoffConfig) draw(s *Backoff, random uint64) int64 {
	switch whole := c.grown(s.Attempts - 1); c.Jitter {
	case JitterFull:
		return scale(random, whole)
	case JitterEqual:
		return whole - whole/2 + scale(random, whole/2)
	case JitterDecorrelated:
		high := c.Cap
		if previous := max(s.Previous, c.Base); previous <= c.Cap/3 {
			high = 3 * previous
		}
		return min(c.Cap, c.Base+scale(random, max(high-c.Base, 0)))
	default:
		return whole
	}
}

// grown is base·factor^n, at most the cap.
func (c *BackoffConfig) grown(n uint32) int64 {
	wait, factor := c.Base, c.Factor
	if factor == 0 {
		factor = 2 * One
	}
	for ; n > 0 && wait < c.Cap && factor > One; n-- {
		high, low := bits.Mul64(uint64(wait), uint64(factor))
		if high >= One {
			return c.Cap
		}
		grown, _ := bits.Div64(high, low, One)
		if grown >= uint64(c.Cap) {
			return c.Cap
		}
		wait = int64(grown)
	}
	return min(wait, c.Cap)
}

// scale maps random evenly to 0 … span.
func scale(random uint64, span int64) int64 {
	high, _ := bits.Mul64(random, uint64(max(span, 0))+1)
	return int64(high)
}

func addSaturated(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// Explain writes the schedule for a person: each attempt, the bounds of the wait before it, and when it
// begins at the earliest and the latest if attempts themselves take no time.
func (c *BackoffConfig) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s jitter, at most %d attempts\nattempt 1: at once\n", c.Jitter, max(c.AttemptsMax, 1))
	var low, high Backoff
	var from, to int64
	for {
		least, ok := c.Next(&low, 0, 0)
		if !ok {
			return b.String()
		}
		most, _ := c.Next(&high, 0, math.MaxUint64)
		from, to = addSaturated(from, least), addSaturated(to, most)
		fmt.Fprintf(&b, "attempt %d: after %s to %s (%s to %s after the first)\n", low.Attempts+1,
			time.Duration(least), time.Duration(most), time.Duration(from), time.Duration(to))
	}
}

const backoffVersion = 1

// AppendState appends the state to dst.
func (s *Backoff) AppendState(dst []byte) []byte {
	dst = appendUint32(append(dst, backoffVersion, byte(s.Stopped)), s.Attempts)
	return appendInt(appendInt(appendInt(dst, s.Previous), s.Deadline), s.NotBefore)
}

// ReadState restores what AppendState wrote and returns the bytes after it. On an error s is unchanged.
func (s *Backoff) ReadState(src []byte) (rest []byte, err error) {
	r := openState(src, "backoff", backoffVersion)
	n := Backoff{Stopped: Stop(r.byte()), Attempts: r.uint32(), Previous: r.int64(), Deadline: r.int64(), NotBefore: r.int64()}
	if r.err == nil && (n.Stopped > StopDeadline || n.Previous < 0 || n.NotBefore < 0) {
		r.damaged("backoff stopped %d, waited %d ns, not before %d", n.Stopped, n.Previous, n.NotBefore)
	}
	if rest, err = r.end("backoff"); err == nil {
		*s = n
	}
	return rest, err
}
