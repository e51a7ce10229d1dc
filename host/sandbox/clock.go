package sandbox

import (
	"encoding/binary"
	"math"
)

// The virtual clock stands still while a guest computes. It moves to the tick's time when a call
// begins and forward when the guest sleeps or yields; it never goes back. It begins at 1 ns: WASI
// cannot say times before 1970, and Go's runtime takes zero for a broken clock.

const clockMin = 1

func (i *Instance) setClock(now int64) { i.clock = max(i.clock, now) }

// sleep moves the clock forward at once; at the end of time it stays.
func (i *Instance) sleep(ns int64) {
	if ns > math.MaxInt64-i.clock {
		i.clock = math.MaxInt64
		return
	}
	i.clock += max(ns, 0)
}

// Layout of poll_oneoff's records, and the kinds of subscription.
const (
	subscriptionSize = 48
	pollEventSize    = 32
	pollClock        = 0
	pollRead         = 1
	pollWrite        = 2
)

// wasiPoll is poll_oneoff(subscriptions, events, count, ready). A descriptor is ready at once (or
// wrong at once); if none is asked about, the clock moves to the earliest time asked for.
func wasiPoll(i *Instance, stack []uint64) uint64 {
	count := uint32(stack[2])
	if count == 0 {
		return wasiInval
	}
	i.charge(int64(count) * hostCostEntry)
	if count > 1<<20 {
		return wasiInval
	}
	subscriptions, ok := i.memory.Read(uint32(stack[0]), count*subscriptionSize)
	events, room := i.memory.Read(uint32(stack[1]), count*pollEventSize)
	if !ok || !room {
		return wasiFault
	}
	start := i.clock // Relative times count from here, wherever the clock goes.
	if wake, ok := earliest(subscriptions, start); ok {
		i.setClock(wake)
	}
	return i.writeCount(stack[3], i.ready(subscriptions, events, start))
}

// earliest is the time of the clock subscription that is due first; false if a descriptor makes
// waiting needless.
func earliest(subscriptions []byte, start int64) (wake int64, ok bool) {
	wake = math.MaxInt64
	for s := subscriptions; len(s) > 0; s = s[subscriptionSize:] {
		if s[8] != pollClock {
			return 0, false
		}
		wake = min(wake, due(s, start))
	}
	return wake, true
}

// due is when a clock subscription is due; past the end of time counts as the end of time.
func due(s []byte, start int64) int64 {
	const absolute = 1
	timeout := binary.LittleEndian.Uint64(s[24:])
	if binary.LittleEndian.Uint16(s[40:])&absolute == 0 {
		from := uint64(start)
		timeout = min(timeout, math.MaxInt64-from) + from
	}
	return int64(min(timeout, math.MaxInt64))
}

// ready writes an event for each subscription that is due or ready, and counts them. The guest may
// have laid events over subscriptions: each is read before its event is written, and events are shorter.
func (i *Instance) ready(subscriptions, events []byte, start int64) (n uint32) {
	for s := subscriptions; len(s) > 0; s = s[subscriptionSize:] {
		var event [pollEventSize]byte
		copy(event[:8], s[:8])
		event[10] = s[8]
		switch fd := binary.LittleEndian.Uint32(s[16:]); s[8] {
		case pollClock:
			if due(s, start) > i.clock {
				continue
			}
		case pollRead:
			event[24] = 1 // hang-up: standard input is at its end
			if fd != 0 {
				event[8] = wasiBadf
			}
		case pollWrite:
			if fd != 1 && fd != 2 {
				event[8] = wasiBadf
			}
		default:
			event[8] = wasiInval
		}
		copy(events[n*pollEventSize:], event[:])
		n++
	}
	return n
}
