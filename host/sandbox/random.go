package sandbox

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// random is a guest's source of randomness: PCG, whose position is 16 bytes and goes into snapshots.
// It is for simulation, not for secrets: a guest has none.
type random struct{ pcg rand.PCG }

func newRandom(seed uint64) random {
	// The second word is any constant: PCG needs 128 bits, and a seed has 64.
	return random{*rand.NewPCG(seed, 0x61_67_65_6e_74_68_6f_73)}
}

// fill writes random bytes. Eight are drawn at a time, and what is left of the last eight is lost, so
// that the position is never within a word.
func (r *random) fill(b []byte) {
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, r.pcg.Uint64())
		b = b[8:]
	}
	if len(b) > 0 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], r.pcg.Uint64())
		copy(b, word[:])
	}
}

// float is in [1, 2): AssemblyScript takes the bits of env.seed for its seed, so none may be lost.
func (r *random) float() float64 { return math.Float64frombits(0x3ff<<52 | r.pcg.Uint64()>>12) }

const pcgPrefix = "pcg:"

// position is where the generator stands.
func (r *random) position() (p [16]byte) {
	b, err := r.pcg.MarshalBinary()
	if err != nil || len(b) != len(pcgPrefix)+len(p) {
		panic("sandbox: encoding of math/rand/v2.PCG changed") // documented to be stable
	}
	copy(p[:], b[len(pcgPrefix):])
	return p
}

// seek goes to a position.
func (r *random) seek(p [16]byte) {
	if err := r.pcg.UnmarshalBinary(append([]byte(pcgPrefix), p[:]...)); err != nil {
		panic("sandbox: encoding of math/rand/v2.PCG changed")
	}
}
