package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// grouped writes n with commas between thousands.
func grouped(n int64) string { return groupDigits(strconv.FormatInt(n, 10)) }

// groupDigits puts commas into the whole part of a decimal number.
func groupDigits(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		rest = "." + rest
	}
	return sign + whole + rest
}

// fixed writes money with so many decimals, for people.
func (m Money) fixed(places uint8) string {
	return groupDigits(event.FormatFixed(int64(m), event.MoneyDecimals, places))
}

// amount writes a float as money for people.
func amount(v float64) string { return groupDigits(strconv.FormatFloat(v, 'f', 2, 64)) }

// compact writes a rate in three digits: 812, 8.12 k, 81.2 k, 1.20 M.
func compact(v float64) string {
	units := []string{"", " k", " M", " G"}
	i := 0
	for v >= 999.5 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	switch {
	case v >= 99.95 || (i == 0 && v == math.Trunc(v)):
		return fmt.Sprintf("%.0f%s", v, units[i])
	case v >= 9.995:
		return fmt.Sprintf("%.1f%s", v, units[i])
	}
	return fmt.Sprintf("%.2f%s", v, units[i])
}

// span writes seconds for people.
func span(seconds float64) string {
	switch {
	case seconds < 0.001:
		return "under 1 ms"
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1e3)
	case seconds < 60:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %02d s", int(seconds)/60, int(seconds)%60)
	}
	return fmt.Sprintf("%d h %02d min", int(seconds)/3600, int(seconds)%3600/60)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// figure writes a statistic, or a dash for one that is undefined.
func (t Terminal) figure(f Figure, places int) string {
	if f.Undefined() {
		return t.glyph("–", "-")
	}
	s := strconv.FormatFloat(float64(f), 'f', places, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-") // nobody wants to read -0.00
	}
	return groupDigits(s)
}

// percent writes a percentage, with its sign where a gain should show as one.
func (t Terminal) percent(f Figure, signed bool) string {
	if f.Undefined() {
		return t.glyph("–", "-")
	}
	s := t.figure(f, 2) + "%"
	if signed && f > 0 {
		return "+" + s
	}
	return s
}

func sign(f Figure) style {
	switch {
	case f > 0:
		return green
	case f < 0:
		return red
	}
	return plain
}
