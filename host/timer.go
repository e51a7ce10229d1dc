package host

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
)

const (
	timersMax        = 16
	timerIntervalMin = 1_000_000 // 1 ms: a timer must not become a loop
)

// timer is one of a strategy's own timers.
type timer struct {
	id             uint64
	next, interval int64
}

// timers are a strategy's timers. The agent has one timer, at the earliest of them, and it is
// journaled with each turn.
type timers struct{ running []timer }

// set carries out a guest's wish; a denial says why not.
func (t *timers) set(w *abi.Timer, now int64) (d event.Denial, ok bool) {
	if w.Action == abi.TimerOff {
		t.drop(w.ID)
		return d, true
	}
	if w.Action == abi.TimerEvery && w.Interval < timerIntervalMin {
		return event.Denial{Ref: w.ID, Code: event.DenyTimer, Found: w.Interval, Allowed: timerIntervalMin}, false
	}
	if len(t.running) >= timersMax && !t.has(w.ID) {
		return event.Denial{Ref: w.ID, Code: event.DenyTimer, Found: int64(len(t.running)) + 1, Allowed: timersMax}, false
	}
	t.drop(w.ID) // only now: a refused wish leaves the old timer running
	next := timer{id: w.ID, next: w.Time}
	if w.Action == abi.TimerEvery {
		next.interval = w.Interval
		if w.Time == 0 {
			next.next = later(now, w.Interval)
		}
	}
	next.next = max(next.next, later(now, timerIntervalMin)) // never in the tick that sets it, nor as a loop
	t.running = append(t.running, next)
	return d, true
}

func (t *timers) has(id uint64) bool {
	return slices.ContainsFunc(t.running, func(r timer) bool { return r.id == id })
}

// later is at+by, or the end of time where that is beyond it.
func later(at, by int64) int64 {
	if sum, ok := event.Add(at, by); ok {
		return sum
	}
	return math.MaxInt64
}

func (t *timers) drop(id uint64) {
	for i := range t.running {
		if t.running[i].id == id {
			t.running = append(t.running[:i], t.running[i+1:]...)
			return
		}
	}
}

// next is when the earliest goes off, 0 if none runs.
func (t *timers) next() int64 {
	if e := t.earliest(); e != nil {
		return e.next
	}
	return 0
}

func (t *timers) earliest() *timer {
	var first *timer
	for i := range t.running {
		if first == nil || t.running[i].next < first.next {
			first = &t.running[i]
		}
	}
	return first
}

// fire takes the earliest timer off, or sets it to its next time after now, and returns its id.
func (t *timers) fire(now int64) uint64 {
	e := t.earliest()
	if e == nil {
		return 0
	}
	id := e.id
	if e.interval == 0 {
		t.drop(id)
		return id
	}
	// The last time on its grid that is not after now, and one interval on.
	e.next = later(e.next+max(0, now-e.next)/e.interval*e.interval, e.interval)
	return id
}

func (t *timers) appendState(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.running)))
	for _, r := range t.running {
		b = binary.AppendUvarint(b, r.id)
		b = binary.AppendVarint(b, r.next)
		b = binary.AppendVarint(b, r.interval)
	}
	return b
}
