package simulation

import (
	"hash/fnv"
	"math/rand/v2"
)

// Million is what rates are parts of: a rate of Million happens always.
const Million = 1_000_000

// random is one of a world's streams of random numbers. Each part of a world has its own, so that a part that
// draws once more does not change what the others do.
type random struct{ *rand.Rand }

// newRandom gives the stream of a seed for the part that label names.
func newRandom(seed uint64, label string) random {
	h := fnv.New64a()
	h.Write([]byte(label)) // never fails
	return random{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// chance is true in so many of a million draws. A rate of zero draws nothing.
func (r random) chance(rate uint32) bool {
	return rate > 0 && r.Uint32N(Million) < rate
}

// between draws from low to high, both included.
func (r random) between(low, high int64) int64 {
	if high <= low {
		return low
	}
	return low + r.Int64N(high-low+1)
}

// pick draws one of several values.
func pick[T any](r random, values ...T) T { return values[r.IntN(len(values))] }
