package resilience

import "math/bits"

const (
	windowCountMax = 1024
	buckets        = 10
)

// window holds the latest results, by count as bits or by time in ten buckets, and the failures in a row.
type window struct {
	consecutive uint32
	// By count: bit i is the i-th result of a ring; head is the next place.
	head, held   int
	failed, slow [windowCountMax / 64]uint64
	nFailed      int
	nSlow        int
	// By time: ring[i] counts the slice of time whose number is i modulo ten; latest is the newest number.
	ring   [buckets]bucket
	latest int64
}

type bucket struct{ calls, failed, slow uint32 }

func (w *window) reset(*BreakerConfig) { *w = window{} }

func (w *window) add(c *BreakerConfig, now int64, failed, slow bool) {
	if failed {
		w.consecutive++
	} else {
		w.consecutive = 0
	}
	switch {
	case c.WindowCount > 0:
		w.addBit(c.WindowCount, failed, slow)
	case c.WindowTime > 0:
		w.turn(c, now)
		b := &w.ring[mod(w.latest)]
		b.calls++
		b.failed += uint32(one(failed))
		b.slow += uint32(one(slow))
	}
}

func (w *window) addBit(size int, failed, slow bool) {
	word, bit := w.head/64, uint64(1)<<(w.head%64)
	if w.held == size {
		w.nFailed -= one(w.failed[word]&bit != 0)
		w.nSlow -= one(w.slow[word]&bit != 0)
	} else {
		w.held++
	}
	w.failed[word] &^= bit
	w.slow[word] &^= bit
	if failed {
		w.failed[word] |= bit
		w.nFailed++
	}
	if slow {
		w.slow[word] |= bit
		w.nSlow++
	}
	w.head = (w.head + 1) % size
}

// turn forgets the buckets that now has left behind.
func (w *window) turn(c *BreakerConfig, now int64) {
	number := now / (c.WindowTime / buckets)
	for i := max(w.latest+1, number-buckets+1); i <= number; i++ {
		w.ring[mod(i)] = bucket{}
	}
	w.latest = max(w.latest, number)
}

func (w *window) counts(c *BreakerConfig, now int64) (calls, failures, slow int) {
	if c.WindowCount > 0 || c.WindowTime == 0 {
		return w.held, w.nFailed, w.nSlow
	}
	number := max(now/(c.WindowTime/buckets), w.latest)
	for i := max(number-buckets+1, w.latest-buckets+1); i <= w.latest; i++ {
		b := &w.ring[mod(i)]
		calls, failures, slow = calls+int(b.calls), failures+int(b.failed), slow+int(b.slow)
	}
	return calls, failures, slow
}

func (w *window) trips(c *BreakerConfig, now int64) bool {
	if c.ConsecutiveMax > 0 && int(w.consecutive) >= c.ConsecutiveMax {
		return true
	}
	if c.FailuresMax == 0 && c.FailureRate == 0 && c.SlowRate == 0 {
		return false
	}
	calls, failures, slow := w.counts(c, now)
	if c.FailuresMax > 0 && failures >= c.FailuresMax {
		return true
	}
	return calls > 0 && calls >= c.Minimum &&
		(c.FailureRate > 0 && failures > 0 && reaches(failures, calls, c.FailureRate) ||
			c.SlowRate > 0 && slow > 0 && reaches(slow, calls, c.SlowRate))
}

// reaches compares part/whole with a fraction, exactly.
func reaches(part, whole int, rate int64) bool {
	return int64(part)*One >= int64(whole)*rate
}

func one(v bool) int {
	if v {
		return 1
	}
	return 0
}

func mod(i int64) int {
	i %= buckets
	if i < 0 {
		i += buckets
	}
	return int(i)
}

// recount takes the counts from the bits, so that a written state cannot contradict itself.
func (w *window) recount() {
	w.nFailed, w.nSlow = 0, 0
	for i := range w.failed {
		w.nFailed += bits.OnesCount64(w.failed[i])
		w.nSlow += bits.OnesCount64(w.slow[i])
	}
}
