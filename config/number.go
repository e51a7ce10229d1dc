package config

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// These say why a text is not a number of a scale; the caller adds what to write instead.
var (
	errNotDecimal = errors.New("is not a decimal number")
	errTooLarge   = errors.New("is too large")
)

// tooFine says that a decimal has more places than its scale.
type tooFine struct{ found, allowed int }

func (e tooFine) Error() string {
	return fmt.Sprintf("has %s; there is room for %d", plural(e.found, "decimal place"), e.allowed)
}

// parseDecimal returns text as an integer of 10^-decimals, exactly. A decimal is digits with at most one
// point, perhaps with a minus before and an exponent after. Zeros at the end take no room.
func parseDecimal(text string, decimals int) (int64, error) {
	negative := strings.HasPrefix(text, "-")
	mantissa, exponent, err := splitExponent(strings.TrimPrefix(text, "-"))
	if err != nil {
		return 0, err
	}
	whole, fraction, pointed := strings.Cut(mantissa, ".")
	if whole == "" && pointed {
		whole = "0" // .5 is how some programs write a half
	}
	if !digits(whole) || pointed && !digits(fraction) {
		return 0, errNotDecimal
	}
	whole, fraction = shiftPoint(whole, fraction, exponent)
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > decimals {
		return 0, tooFine{len(fraction), decimals}
	}
	v, ok := accumulate(whole + fraction + strings.Repeat("0", decimals-len(fraction)))
	switch {
	case !ok || v > math.MaxInt64:
		return 0, errTooLarge
	case negative:
		return -int64(v), nil
	}
	return int64(v), nil
}

// exponentMax is beyond what any scale and value need.
const exponentMax = 40

func splitExponent(text string) (mantissa string, exponent int, err error) {
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return text, 0, nil
	}
	exponent, err = strconv.Atoi(text[i+1:])
	if err != nil || exponent > exponentMax || exponent < -exponentMax {
		return "", 0, errNotDecimal
	}
	return text[:i], exponent, nil
}

// shiftPoint moves the point of whole.fraction to the right, or to the left where by is below zero.
func shiftPoint(whole, fraction string, by int) (string, string) {
	if by >= 0 {
		fraction += strings.Repeat("0", max(by-len(fraction), 0))
		return whole + fraction[:by], fraction[by:]
	}
	whole = strings.Repeat("0", max(-by-len(whole)+1, 0)) + whole
	at := len(whole) + by
	return whole[:at], whole[at:] + fraction
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func accumulate(digits string) (v uint64, ok bool) {
	for i := range len(digits) {
		if v > (math.MaxUint64-9)/10 {
			return 0, false
		}
		v = v*10 + uint64(digits[i]-'0')
	}
	return v, true
}

// formatDecimal is parseDecimal's inverse, in its shortest form.
func formatDecimal(v int64, decimals int) string {
	sign, m := "", uint64(v)
	if v < 0 {
		sign, m = "-", -m
	}
	s := fmt.Sprintf("%0*d", decimals+1, m)
	whole, fraction := s[:len(s)-decimals], strings.TrimRight(s[len(s)-decimals:], "0")
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

const (
	// numberDigits is how many significant digits of a number of HCL count. HCL computes with 512 bits,
	// about 154 digits; the rest is the noise of binary arithmetic, without which 0.1 + 0.2 is 0.3.
	numberDigits = 120
	// numberExponentMax bounds the digits that a number is written out with.
	numberExponentMax = 400
)

// numberText writes a number of HCL as a plain decimal. ok is false for infinities and for what is too
// large or too small to be any setting.
func numberText(v cty.Value) (text string, ok bool) {
	f := v.AsBigFloat()
	if f.IsInf() {
		return "", false
	}
	if exponent := f.MantExp(nil); exponent > 4*numberExponentMax || exponent < -4*numberExponentMax {
		return "", false
	}
	return plainDecimal(f), true
}

func plainDecimal(f *big.Float) string {
	rounded, _, err := big.ParseFloat(f.Text('e', numberDigits-1), 10, f.Prec(), big.ToNearestEven)
	if err != nil { // what Text wrote, ParseFloat reads
		panic(err)
	}
	if text := rounded.Text('f', -1); text != "-0" {
		return text
	}
	return "0"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
