package feed

import "github.com/agenthost/agenthost/host/event"

// A number of up to digitsMax digits fits a uint64 whatever they are.
const digitsMax = 18

// parseNumber reads a decimal as a count of 10^-decimals. exact is false where it was rounded, half to
// even; ok is false for what is not a number or does not fit.
//
// The numbers of market data are short and plain, and this reads them in one pass; what is not goes to
// the package event, which knows exponents and long fractions.
func parseNumber(s []byte, decimals uint8) (v int64, exact, ok bool) {
	var m uint64
	digits, point := 0, -1
	i, negative := 0, false
	if len(s) > 0 && s[0] == '-' {
		negative, i = true, 1
	}
	for ; i < len(s); i++ {
		c := s[i] - '0'
		if c <= 9 {
			m = m*10 + uint64(c)
			digits++
			continue
		}
		if s[i] != '.' || point >= 0 {
			return parseSlow(s, decimals)
		}
		point = digits
	}
	if digits == 0 || digits > digitsMax {
		return parseSlow(s, decimals)
	}
	fraction := 0
	if point >= 0 {
		fraction = digits - point
	}
	exact = true
	switch places := int(decimals) - fraction; {
	case places > 0:
		scale := uint64(event.Pow10(places))
		if m > (1<<63-1)/scale {
			return 0, false, false
		}
		m *= scale
	case places < 0:
		m, exact = roundHalfEven(m, uint64(event.Pow10(-places)))
	}
	v = int64(m)
	if negative {
		v = -v
	}
	return v, exact, true
}

func roundHalfEven(m, unit uint64) (uint64, bool) {
	q, rest := m/unit, m%unit
	if rest > unit/2 || (rest == unit/2 && q&1 == 1) { // unit is even: a power of ten
		q++
	}
	return q, rest == 0
}

func parseSlow(s []byte, decimals uint8) (v int64, exact, ok bool) {
	if !startsNumber(s) {
		return 0, false, false
	}
	if v, err := event.ParseDecimal(s, decimals); err == nil {
		return v, true, true
	}
	v, err := event.ParseDecimalRounded(s, decimals)
	return v, false, err == nil
}

// startsNumber spares words such as NaN the making of an error.
func startsNumber(s []byte) bool {
	if len(s) > 1 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '.' {
		s = s[1:]
	}
	return len(s) > 0 && s[0] >= '0' && s[0] <= '9'
}
