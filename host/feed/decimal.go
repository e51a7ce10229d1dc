package feed

import "github.com/agenthost/agenthost/host/event"

// digitsMax is how many digits fit a uint64 whatever they are.
const digitsMax = 19

// parseNumber reads a decimal number ("12.50", "-3", "1.5e-3") as a count of 10^-decimals, without
// allocation. exact is false where it was rounded, half to even, as event.ParseDecimalRounded does; ok
// is false for what is not a number or does not fit an int64.
//
// Nearly all numbers of market data are a few digits and perhaps a point, no finer than the instrument:
// they are read here in one pass, three times as fast as by parseAny, which reads everything.
func parseNumber(s []byte, decimals uint8) (v int64, exact, ok bool) {
	if len(s) == 0 || len(s) > digitsMax {
		return parseAny(s, decimals)
	}
	var m uint64
	point := len(s) // without one, as if it came last
	for i, c := range s {
		if d := c - '0'; d <= 9 {
			m = m*10 + uint64(d)
		} else if c == '.' && point == len(s) && len(s) > 1 {
			point = i
		} else {
			return parseAny(s, decimals)
		}
	}
	up := int(decimals)
	if point < len(s) {
		up -= len(s) - point - 1
	}
	if up < 0 {
		return parseAny(s, decimals)
	}
	unit := uint64(event.Pow10(up))
	if m > (1<<63-1)/unit {
		return 0, false, false
	}
	return int64(m * unit), true, true
}

// parseAny is parseNumber for signs, exponents, many digits, and what has to be rounded.
func parseAny(s []byte, decimals uint8) (v int64, exact, ok bool) {
	n, rest := readDigits(s)
	if !n.seen {
		return 0, false, false
	}
	if len(rest) > 0 && !n.readExponent(rest) {
		return 0, false, false
	}
	m, exact, ok := n.scale(int(decimals))
	if !ok || m > 1<<63-1 {
		return 0, false, false
	}
	if n.negative {
		return -int64(m), exact, true
	}
	return int64(m), exact, true
}

// number is digits·10^-places, and a bit more where digits were cut.
type number struct {
	digits   uint64
	places   int
	negative bool
	seen     bool // there was a digit
	cut      bool // digits beyond digitsMax were left out: the first, and whether more than zeros follow
	first    byte
	more     bool
}

// readDigits reads sign, digits and point, and returns what follows.
func readDigits(s []byte) (n number, rest []byte) {
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		n.negative, i = s[0] == '-', 1
	}
	count, point := 0, -1
	for ; i < len(s); i++ {
		c := s[i] - '0'
		switch {
		case c <= 9 && count < digitsMax:
			n.seen = true
			n.digits = n.digits*10 + uint64(c)
			if n.digits != 0 { // zeros in front do not count
				count++
			}
		case c <= 9:
			n.leaveOut(c)
			n.places-- // made good below, if it comes after the point
		case s[i] == '.' && point < 0:
			point = i
			continue
		default:
			return n.placed(i, point), s[i:]
		}
	}
	return n.placed(i, point), nil
}

func (n *number) leaveOut(digit byte) {
	if !n.cut {
		n.cut, n.first = true, digit
	} else {
		n.more = n.more || digit != 0
	}
}

// placed counts the digits after the point.
func (n number) placed(end, point int) number {
	if point >= 0 {
		n.places += end - point - 1
	}
	return n
}

// readExponent reads what follows the digits: e or E and a number of up to four digits, and no more.
func (n *number) readExponent(s []byte) bool {
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	sign := 1
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	exponent, ok := digits(s)
	n.places -= sign * int(exponent)
	return ok && len(s) > 0 && len(s) <= 4
}

// scale gives the number as a count of 10^-decimals.
func (n *number) scale(decimals int) (m uint64, exact, ok bool) {
	switch up := decimals - n.places; {
	case n.digits == 0:
		return 0, true, true
	case up > 18:
		return 0, false, false
	case up > 0:
		unit := uint64(event.Pow10(up))
		// What was cut has 19 digits in front of it, which times ten do not fit.
		return n.digits * unit, true, n.digits <= (1<<63-1)/unit
	case up == 0:
		return n.roundCut(), !n.cut || (n.first == 0 && !n.more), n.digits < 1<<63
	case up < -digitsMax:
		return 0, false, true // below half of the last place
	case up == -digitsMax:
		return n.roundHalfEven(1e19)
	}
	return n.roundHalfEven(uint64(event.Pow10(n.places - decimals)))
}

// roundCut rounds by the digits that were left out.
func (n *number) roundCut() uint64 {
	if n.first > 5 || (n.first == 5 && (n.more || n.digits&1 == 1)) {
		return n.digits + 1
	}
	return n.digits
}

// roundHalfEven divides by a power of ten.
func (n *number) roundHalfEven(unit uint64) (m uint64, exact, ok bool) {
	q, rest := n.digits/unit, n.digits%unit
	below := n.first != 0 || n.more
	if rest > unit/2 || (rest == unit/2 && (below || q&1 == 1)) {
		q++
	}
	return q, rest == 0 && !below, true
}
