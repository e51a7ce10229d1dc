package event

import "math/bits"

// MulDivWide returns a·b·c/(d·e), with 192 bits in between and rounded once, as asked. ok is false where
// d or e is zero or the result does not fit into an int64.
func MulDivWide(a, b, c, d, e int64, r Rounding) (v int64, ok bool) {
	if d == 0 || e == 0 {
		return 0, false
	}
	negative := (a < 0) != (b < 0) != (c < 0) != (d < 0) != (e < 0)
	n2, n1, n0 := mul3(magnitude(a), magnitude(b), magnitude(c))
	d1, d0 := bits.Mul64(magnitude(d), magnitude(e))
	q, r1, r0, fits := divide(n2, n1, n0, d1, d0)
	if !fits {
		return 0, false
	}
	if r1|r0 != 0 && roundsUpWide(q, r1, r0, d1, d0, r) {
		if q++; q == 0 {
			return 0, false
		}
	}
	return signed(q, negative)
}

// mul3 returns a·b·c, the most significant word first.
func mul3(a, b, c uint64) (n2, n1, n0 uint64) {
	hi, lo := bits.Mul64(a, b)
	carry, n0 := bits.Mul64(lo, c)
	n2, n1 = bits.Mul64(hi, c)
	n1, overflow := bits.Add64(n1, carry, 0)
	return n2 + overflow, n1, n0
}

// divide returns the quotient and the remainder of three words by two (Knuth, The Art of Computer
// Programming 4.3.1 D, for a quotient of one word). It does not fit where the quotient takes more.
func divide(n2, n1, n0, d1, d0 uint64) (q, r1, r0 uint64, fits bool) {
	if n2 > d1 || (n2 == d1 && n1 >= d0) {
		return 0, 0, 0, false
	}
	if d1 == 0 {
		q, r0 = bits.Div64(n1, n0, d0)
		return q, 0, r0, true
	}
	// Shifted so that the divisor's first bit is set, the guess is at most two too large.
	s := uint(bits.LeadingZeros64(d1))
	v1, v0 := d1<<s|d0>>(64-s), d0<<s
	u2, u1, u0 := n2<<s|n1>>(64-s), n1<<s|n0>>(64-s), n0<<s
	q = ^uint64(0)
	if u2 < v1 {
		q, _ = bits.Div64(u2, u1, v1)
	}
	p2, p1, p0 := mul3by2(q, v1, v0)
	for p2 > u2 || (p2 == u2 && (p1 > u1 || (p1 == u1 && p0 > u0))) {
		q--
		var borrow uint64
		p0, borrow = bits.Sub64(p0, v0, 0)
		p1, borrow = bits.Sub64(p1, v1, borrow)
		p2 -= borrow
	}
	r0, borrow := bits.Sub64(u0, p0, 0)
	r1, _ = bits.Sub64(u1, p1, borrow)
	return q, r1 >> s, r0>>s | r1<<(64-s), true
}

func mul3by2(q, v1, v0 uint64) (p2, p1, p0 uint64) {
	carry, p0 := bits.Mul64(q, v0)
	p2, p1 = bits.Mul64(q, v1)
	p1, overflow := bits.Add64(p1, carry, 0)
	return p2 + overflow, p1, p0
}

func roundsUpWide(q, r1, r0, d1, d0 uint64, r Rounding) bool {
	switch r {
	case Down:
		return false
	case Up:
		return true
	}
	h0, borrow := bits.Sub64(d0, r0, 0) // compares the remainder with half the divisor without overflow
	h1, _ := bits.Sub64(d1, r1, borrow)
	if r1 != h1 {
		return r1 > h1
	}
	return r0 > h0 || (r0 == h0 && q&1 == 1)
}

// Sum is an exact sum of products in 128 bits: what an average is made of. The zero value is 0.
type Sum struct {
	// High and Low are its two's complement, for codecs.
	High, Low uint64
}

// Add adds a·b. The sum wraps around beyond ±1.7·10^38, which quantities in int64 do not reach.
func (s *Sum) Add(a, b int64) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	var carry uint64
	if (a < 0) != (b < 0) {
		s.Low, carry = bits.Sub64(s.Low, lo, 0)
		s.High, _ = bits.Sub64(s.High, hi, carry)
		return
	}
	s.Low, carry = bits.Add64(s.Low, lo, 0)
	s.High, _ = bits.Add64(s.High, hi, carry)
}

// Div returns the sum divided by d, rounded once, as asked. ok is as MulDiv's.
func (s Sum) Div(d int64, r Rounding) (v int64, ok bool) {
	hi, lo := s.High, s.Low
	negative := int64(hi) < 0
	if negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	m := magnitude(d)
	if m == 0 || hi >= m {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, m)
	if rem != 0 && roundsUp(q, rem, m, r) {
		if q++; q == 0 {
			return 0, false
		}
	}
	return signed(q, negative != (d < 0))
}
