package abi

import (
	"errors"
	"strconv"
	"strings"
)

// ErrDecimal is returned by ParseDecimal, wrapped in what was found.
var ErrDecimal = errors.New("want a decimal number such as 0.02, with at most 8 places and below 92233720368")

type decimalError struct{ found string }

func (e *decimalError) Error() string {
	return "found " + strconv.Quote(e.found) + ", " + ErrDecimal.Error()
}
func (e *decimalError) Unwrap() error { return ErrDecimal }

// ParseDecimal reads a decimal number exactly into units of 1e-8. The error is ErrDecimal.
func ParseDecimal(text string) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, places, point := strings.Cut(digits, ".")
	if whole == "" || point && places == "" || len(places) > 8 {
		return 0, &decimalError{text}
	}
	joined := whole + places + "00000000"[len(places):]
	v, err := strconv.ParseUint(joined, 10, 63) // which takes no sign, exponent or underscore
	if err != nil {
		return 0, &decimalError{text}
	}
	if negative {
		return -int64(v), nil
	}
	return int64(v), nil
}

// FormatDecimal writes units of 1e-8 as a decimal number without needless zeros.
func FormatDecimal(v int64) string {
	sign, u := "", uint64(v)
	if v < 0 {
		sign, u = "-", -u
	}
	s := sign + strconv.FormatUint(u/FractionOne, 10)
	places := strconv.FormatUint(u%FractionOne+FractionOne, 10)[1:]
	places = strings.TrimRight(places, "0")
	if places == "" {
		return s
	}
	return s + "." + places
}
