package event

import (
	"fmt"
	"math/bits"
)

const (
	// MoneyDecimals is the scale of every amount of money: int64 in units of 10^-8 of its currency,
	// which reaches to ±92 billion.
	MoneyDecimals = 8
	// FractionDecimals is the scale of fractions such as fees and drawdowns: 10^8 is the whole.
	FractionDecimals = 8
	// One is the fraction 1.0.
	One = 100_000_000
	// DecimalsMax is the finest scale of prices and quantities.
	DecimalsMax = 12
)

var pow10 = [19]int64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

// Pow10 returns 10^n. It panics unless 0 ≤ n ≤ 18.
func Pow10(n int) int64 { return pow10[n] }

// Rounding says what becomes of the part that does not fit.
type Rounding uint8

const (
	// HalfEven rounds to the nearest, ties to the even neighbour: fees, profits, averages.
	HalfEven Rounding = iota
	// Down cuts towards zero: sizes, so that nobody spends what is not there.
	Down
	// Up rounds away from zero: margin and worst cases.
	Up
)

// MulDiv returns a·b/d with a 128-bit product in between, rounded as asked. ok is false where d is
// zero or the result does not fit into an int64.
func MulDiv(a, b, d int64, r Rounding) (v int64, ok bool) {
	if d == 0 {
		return 0, false
	}
	negative := (a < 0) != (b < 0) != (d < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	m := magnitude(d)
	if hi >= m {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, m)
	if rem != 0 && roundsUp(q, rem, m, r) {
		if q++; q == 0 { // 2^64
			return 0, false
		}
	}
	return signed(q, negative)
}

func roundsUp(q, rem, d uint64, r Rounding) bool {
	switch r {
	case Down:
		return false
	case Up:
		return true
	}
	half := d - rem // compares rem with d/2 without overflow
	return rem > half || (rem == half && q&1 == 1)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-(v + 1)) + 1
	}
	return uint64(v)
}

func signed(m uint64, negative bool) (int64, bool) {
	if negative {
		if m > 1<<63 {
			return 0, false
		}
		return -int64(m-1) - 1, true
	}
	if m > 1<<63-1 {
		return 0, false
	}
	return int64(m), true
}

// Add returns a+b; ok is false on overflow.
func Add(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// Rescale turns a count of 10^-from into a count of 10^-to. ok is false on overflow.
func Rescale(v int64, from, to uint8, r Rounding) (int64, bool) {
	if to >= from {
		return MulDiv(v, pow10[to-from], 1, r)
	}
	return MulDiv(v, 1, pow10[from-to], r)
}

// ParseDecimal reads a decimal number such as "-12.50" or "1.5e3" as a count of 10^-decimals, without
// allocation on success. It refuses what would have to be rounded; ParseDecimalRounded rounds.
func ParseDecimal[T string | []byte](s T, decimals uint8) (int64, error) {
	v, exact, ok := parseDecimal(s, decimals)
	if !ok {
		return 0, fmt.Errorf("%q is not a decimal number that fits %d decimals", string(s), decimals)
	}
	if !exact {
		return 0, fmt.Errorf("%q has more than %d decimals", string(s), decimals)
	}
	return v, nil
}

// ParseDecimalRounded is ParseDecimal for data that is finer than its instrument: the rest is rounded
// half to even.
func ParseDecimalRounded[T string | []byte](s T, decimals uint8) (int64, error) {
	v, _, ok := parseDecimal(s, decimals)
	if !ok {
		return 0, fmt.Errorf("%q is not a decimal number that fits %d decimals", string(s), decimals)
	}
	return v, nil
}

// parseDecimal keeps up to 19 significant digits and tracks whether anything was cut.
func parseDecimal[T string | []byte](s T, decimals uint8) (v int64, exact, ok bool) {
	i, negative := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
	}
	var m uint64 // digits read so far
	scale := 0   // decimals in m
	seen, point, cut := false, false, false
	var firstCut byte // first digit that did not fit, for rounding
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen = true
		if m > (1<<64-1-9)/10 {
			if !point {
				return 0, false, false
			}
			if c != '0' || cut {
				if !cut {
					firstCut = c
				}
				cut = true
			}
			continue
		}
		m = m*10 + uint64(c-'0')
		if point {
			scale++
		}
	}
	if !seen {
		return 0, false, false
	}
	if i < len(s) {
		e, good := parseExponent(s, i)
		if !good {
			return 0, false, false
		}
		scale -= e
	}
	q, rest, fits := scaleDigits(m, scale, int(decimals))
	if !fits {
		return 0, false, false
	}
	if scale <= int(decimals) && cut && firstCut >= '5' {
		q++
	}
	v, ok = signed(q, negative)
	return v, !rest && !cut, ok
}

func parseExponent[T string | []byte](s T, i int) (int, bool) {
	if s[i] != 'e' && s[i] != 'E' {
		return 0, false
	}
	i++
	sign, e, digits := 1, 0, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	for ; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || digits > 3 {
			return 0, false
		}
		e, digits = e*10+int(s[i]-'0'), digits+1
	}
	return sign * e, digits > 0
}

// scaleDigits moves m from scale decimals to want decimals, half to even.
func scaleDigits(m uint64, scale, want int) (q uint64, rest, ok bool) {
	for ; scale < want && m != 0; scale++ {
		if m > (1<<64-1)/10 {
			return 0, false, false
		}
		m *= 10
	}
	if scale <= want {
		return m, false, true
	}
	cut := scale - want
	if cut > 19 {
		return 0, m != 0, true // m < 2^64 is less than half of 10^20
	}
	d := uint64(10_000_000_000_000_000_000)
	if cut < 19 {
		d = uint64(pow10[cut])
	}
	q, rem := m/d, m%d
	if rem != 0 && roundsUp(q, rem, d, HalfEven) {
		q++
	}
	return q, rem != 0, true
}

// AppendDecimal appends v, a count of 10^-decimals, as a decimal number without trailing zeros.
func AppendDecimal(b []byte, v int64, decimals uint8) []byte {
	m := magnitude(v)
	if v < 0 {
		b = append(b, '-')
	}
	d := uint64(pow10[decimals])
	b = appendUint(b, m/d)
	rest := m % d
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for d /= 10; rest != 0; d /= 10 {
		b = append(b, byte('0'+rest/d))
		rest %= d
	}
	return b
}

func appendUint(b []byte, v uint64) []byte {
	var digits [20]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			return append(b, digits[i:]...)
		}
	}
}

// FormatDecimal is AppendDecimal as a string.
func FormatDecimal(v int64, decimals uint8) string { return string(AppendDecimal(nil, v, decimals)) }

// FormatFixed writes v with exactly the given places after the point, for people and tables.
func FormatFixed(v int64, decimals, places uint8) string {
	scaled, _ := Rescale(v, decimals, places, HalfEven)
	m := magnitude(scaled)
	d := uint64(pow10[places])
	s := fmt.Sprintf("%d", m/d)
	if places > 0 {
		s += fmt.Sprintf(".%0*d", places, m%d)
	}
	if scaled < 0 {
		s = "-" + s
	}
	return s
}
