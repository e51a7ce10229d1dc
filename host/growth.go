package host

import (
	"sync"
	"time"
)

// Growth measures how fast a history grows, over the last day. Any goroutine may use it.
type Growth struct {
	mu      sync.Mutex
	samples []growthSample // the oldest first, at least growthEvery apart
}

type growthSample struct {
	at   time.Duration
	size int64
}

const (
	// growthWindow is what the rate is taken over, growthLeast what it takes at least: less would make a
	// day's growth out of a burst. growthEvery is how far apart samples are kept.
	growthWindow = 24 * time.Hour
	growthLeast  = 10 * time.Minute
	growthEvery  = time.Minute
)

// Add takes a measurement: the size in bytes at a time that does not go back, such as the time since the
// process began. Below zero is not known and is left out.
func (g *Growth) Add(at time.Duration, size int64) {
	if size < 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.samples); n > 0 && at < g.samples[n-1].at+growthEvery {
		return
	}
	g.samples = append(g.samples, growthSample{at, size})
	old := 0
	for g.samples[old].at < at-growthWindow {
		old++
	}
	g.samples = g.samples[:copy(g.samples, g.samples[old:])]
}

// PerDay is the growth in bytes a day, below zero if it shrinks; known is false until enough is measured.
func (g *Growth) PerDay() (bytes float64, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.samples) == 0 {
		return 0, false
	}
	first, last := g.samples[0], g.samples[len(g.samples)-1]
	took := last.at - first.at
	if took < growthLeast {
		return 0, false
	}
	return float64(last.size-first.size) / (float64(took) / float64(24*time.Hour)), true
}

// DaysMax is told where the history does not grow, or so slowly that a disk outlives it.
const DaysMax = 36_500

// DaysLeft is in how many days so much free space is used up; known is false until enough is measured, or
// where the free space is not known (below zero).
func (g *Growth) DaysLeft(free int64) (days float64, known bool) {
	perDay, known := g.PerDay()
	switch {
	case !known || free < 0:
		return 0, false
	case perDay <= 0:
		return DaysMax, true
	}
	return min(DaysMax, float64(free)/perDay), true
}
