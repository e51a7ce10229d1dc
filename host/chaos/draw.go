package chaos

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// dice is what is decided about one thing: every number that is drawn from it derives from what the thing
// is, and from nothing else.
type dice uint64

// Salts keep the draws about one thing apart.
const (
	saltFate uint64 = iota + 1
	saltCode
	saltProved
	saltDuplicate
	saltReorder
	saltSplit
	saltCut
	saltLatencyBefore
	saltLatencyAfter
	saltStored
)

// roll begins the dice of a thing.
func roll(seed uint64, seam string, parts ...uint64) dice {
	h := mix(seed)
	for i := range len(seam) {
		h = mix(h ^ uint64(seam[i]))
	}
	for _, p := range parts {
		h = mix(h ^ p)
	}
	return dice(h)
}

// mix is SplitMix64's finaliser: each bit of x decides about each bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d dice) draw(salt uint64) uint64 { return mix(uint64(d) ^ mix(salt)) }

// fraction draws from 0 up to event.One, which is left out.
func (d dice) fraction(salt uint64) int64 { return int64(d.draw(salt) % event.One) }

// happens says whether something of this rate befalls the thing.
func (d dice) happens(salt uint64, rate int64) bool { return d.fraction(salt) < rate }

// one picks which of several faults that exclude one another befalls the thing; -1 for none.
func (d dice) one(salt uint64, rates ...int64) int {
	at := d.fraction(salt)
	for i, r := range rates {
		if at < r {
			return i
		}
		at -= r
	}
	return -1
}

// around draws from half to one and a half of a duration.
func (d dice) around(salt uint64, mean time.Duration) time.Duration {
	if mean <= 0 {
		return 0
	}
	return mean/2 + time.Duration(d.draw(salt)%uint64(mean))
}
