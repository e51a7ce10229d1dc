package resilience

import (
	"fmt"
	"math"
	"math/bits"
)

// Priority is whose turn it is in a lane; the lower goes first.
type Priority uint8

const (
	PriorityHostClose Priority = iota // The host's own exits: flatten, stop.
	PriorityClose                     // Orders that only reduce.
	PriorityCancel
	PriorityLookup // What settles Unknown orders.
	PriorityOther  // Whatever adds.
	priorityEnd
)

// Priorities is how many there are.
const Priorities = int(priorityEnd)

var priorityNames = [...]string{"host_close", "close", "cancel", "lookup", "other"}

func (p Priority) String() string { return nameOf(priorityNames[:], int(p)) }

// LimiterConfig is a venue's rate limit: Cells per Period, at most Burst at once. It is only read.
type LimiterConfig struct {
	// Cells are allowed per Period nanoseconds. A request takes as many cells as it weighs.
	Cells, Period int64
	// Burst is how many cells may go at once.
	Burst int64
	// Shares are what each priority has for itself, as fractions that sum to One at most. Of rate and
	// burst both; the rest is common. A share's rate that nobody uses goes to the common part.
	Shares [Priorities]int64
}

// Validate says what cannot work, naming the values.
func (c *LimiterConfig) Validate() error {
	if c.Cells < 1 || c.Period < 1 || c.Burst < 1 || c.Cells > math.MaxInt32 {
		return fmt.Errorf("rate limit of %d per %d ns, burst %d; all above zero", c.Cells, c.Period, c.Burst)
	}
	if c.Burst > (math.MaxInt64>>2)/c.Period {
		return fmt.Errorf("rate limit burst %d times period %d ns is too large to count exactly", c.Burst, c.Period)
	}
	var sum int64
	for p, s := range c.Shares {
		if s < 0 || s > One {
			return fmt.Errorf("rate limit share of %s is %d; 0 to %d (1.0)", Priority(p), s, One)
		}
		sum += s
	}
	if sum > One {
		return fmt.Errorf("rate limit shares sum to %d; at most %d (1.0)", sum, One)
	}
	return nil
}

// Limiter is a cell-rate limiter (GCRA; ITU-T I.371) with shares for priorities. It counts exactly:
// one cell is Period units, one nanosecond brings Cells units. Never more than Burst + span·Cells/Period
// cells go in any span, whatever the priorities. Used by one goroutine at a time.
type Limiter struct {
	now    int64
	common int64
	own    [Priorities]int64
	part   [Priorities]int64 // of a unit, 1e-8
}

// NewLimiter returns a limiter with its whole burst at now.
func NewLimiter(c *LimiterConfig, now int64) Limiter {
	l := Limiter{now: now}
	l.common = c.Burst * c.Period
	for p := range l.own {
		l.own[p] = c.room(p)
		l.common -= l.own[p]
	}
	return l
}

// room is how many units a priority may save up for itself.
func (c *LimiterConfig) room(p int) int64 {
	units, _ := share(c.Burst*c.Period, c.Shares[p], 0)
	return units
}

func (c *LimiterConfig) roomCommon() int64 {
	room := c.Burst * c.Period
	for p := range c.Shares {
		room -= c.room(p)
	}
	return room
}

// share is v·fraction, with what is left over in 1e-8.
func share(v, fraction, part int64) (units, rest int64) {
	high, low := bits.Mul64(uint64(v), uint64(fraction))
	low, carry := bits.Add64(low, uint64(part), 0)
	q, r := bits.Div64(high+carry, low, One)
	return int64(q), int64(r)
}

// Never is the time of what will not come.
const Never = math.MaxInt64

// Take admits a request of so many cells at now. If it does not, it takes nothing and says when there will
// be enough if nobody else takes any: Never if it weighs more than its priority can ever have.
func (l *Limiter) Take(c *LimiterConfig, now int64, p Priority, cells int64) (ok bool, at int64) {
	l.fill(c, now)
	if cells > c.Burst || cells < 0 {
		return false, Never
	}
	units := cells * c.Period
	if l.own[p]+l.common < units {
		return false, l.when(c, p, units)
	}
	own := min(l.own[p], units)
	l.own[p] -= own
	l.common -= units - own
	return true, l.now
}

// Free is how many whole cells a priority could take at now. It changes nothing.
func (l *Limiter) Free(c *LimiterConfig, now int64, p Priority) int64 {
	n := *l
	n.fill(c, now)
	return max(0, n.own[p]+n.common) / c.Period
}

// Hold empties the limiter and lets nothing pass before until: the venue has said that we are too fast.
func (l *Limiter) Hold(c *LimiterConfig, now, until int64) {
	l.fill(c, now)
	*l = Limiter{now: max(l.now, until)}
}

// when searches the first time at which there is enough; what there is only grows while nobody takes.
func (l *Limiter) when(c *LimiterConfig, p Priority, units int64) int64 {
	if c.room(int(p))+c.roomCommon() < units {
		return Never
	}
	low, high := int64(0), c.Burst*c.Period/c.Cells+1
	if c.Shares[p] > 0 { // rounding of shares may hold a unit back
		high += c.Period
	}
	for low < high {
		half := low + (high-low)/2
		n := *l
		n.fill(c, l.now+half)
		if n.own[p]+n.common >= units {
			high = half
		} else {
			low = half + 1
		}
	}
	return l.now + low
}

func (l *Limiter) fill(c *LimiterConfig, now int64) {
	elapsed := now - l.now
	if elapsed <= 0 {
		return
	}
	l.now = now
	if full := 2*(c.Burst*c.Period/c.Cells) + 2; elapsed > full {
		elapsed = full // enough to fill everything twice over
	}
	gained := elapsed * c.Cells
	rest := gained
	for p := range l.own {
		if c.Shares[p] == 0 {
			continue
		}
		units, part := share(gained, c.Shares[p], l.part[p])
		l.part[p] = part
		rest -= units
		room := c.room(p)
		l.own[p] += units
		if spilled := l.own[p] - room; spilled >= 0 {
			l.own[p], l.part[p] = room, 0
			rest += spilled
		}
	}
	l.common = min(l.common+rest, c.roomCommon())
}

const limiterVersion = 1

// AppendState appends the state to dst.
func (l *Limiter) AppendState(dst []byte) []byte {
	dst = appendInt(appendInt(append(dst, limiterVersion), l.now), l.common)
	for p := range l.own {
		dst = appendInt(appendInt(dst, l.own[p]), l.part[p])
	}
	return dst
}

// ReadState restores what AppendState wrote and returns the bytes after it. What is beyond the present
// configuration's room is lost. On an error l is unchanged.
func (l *Limiter) ReadState(c *LimiterConfig, src []byte) (rest []byte, err error) {
	r := openState(src, "rate limiter", limiterVersion)
	n := Limiter{now: r.int64(), common: r.int64()}
	for p := range n.own {
		n.own[p], n.part[p] = r.int64(), r.int64()
		if r.err == nil && (n.own[p] < 0 || n.part[p] < 0 || n.part[p] >= One) {
			r.damaged("rate limiter holds %d for %s", n.own[p], Priority(p))
		}
		n.own[p] = min(n.own[p], c.room(p))
	}
	if r.err == nil && n.now < 0 {
		r.damaged("rate limiter at time %d", n.now)
	}
	n.common = min(n.common, c.roomCommon())
	if rest, err = r.end("rate limiter"); err == nil {
		*l = n
	}
	return rest, err
}
