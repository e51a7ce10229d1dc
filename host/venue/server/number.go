package server

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Decimal is a number as text without needless zeros, so that equal numbers are equal texts. Empty is none.
type Decimal string

// UnmarshalJSON takes a decimal string or a plain JSON number, without exponent.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		return nil
	}
	if b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	if text == "" {
		*d = ""
		return nil
	}
	out, ok := canonical(text)
	if !ok {
		return fmt.Errorf("%.40q is not a decimal number such as \"12.5\"", text)
	}
	*d = out
	return nil
}

// digitsMax bounds each side of the point.
const digitsMax = 30

func canonical(text string) (Decimal, bool) {
	whole, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(whole, ".")
	if whole == "" || len(whole) > digitsMax || len(part) > digitsMax || strings.Trim(whole+part, "0123456789") != "" {
		return "", false
	}
	whole, part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if whole == "" {
		whole = "0"
	}
	out := whole
	if part != "" {
		out += "." + part
	}
	if negative && out != "0" {
		out = "-" + out
	}
	return Decimal(out), true
}

// units is the number as a count of 10^-decimals, 0 for none.
func (d Decimal) units(decimals uint8) (int64, error) {
	if d == "" {
		return 0, nil
	}
	return event.ParseDecimal(string(d), decimals)
}

func decimal(v int64, decimals uint8) Decimal { return Decimal(event.FormatDecimal(v, decimals)) }

func money(v int64) Decimal { return decimal(v, event.MoneyDecimals) }

// quotientDecimals is how fine averages are told.
const quotientDecimals = 8

// quotient is a/(b·10^decimals), rounded half away from zero.
func quotient(a, b *big.Int, decimals uint8) Decimal {
	under := new(big.Int).Mul(b, big.NewInt(event.Pow10(int(decimals))))
	out, _ := canonical(new(big.Rat).SetFrac(a, under).FloatString(quotientDecimals))
	return out
}

// Time is nanoseconds since 1970 in UTC, 0 for none; in JSON a whole number, or RFC 3339 text.
type Time int64

// UnmarshalJSON takes either form.
func (t *Time) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		return nil
	}
	if b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	v, err := parseTime(text)
	*t = Time(v)
	return err
}

func parseTime(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return v, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no time: write nanoseconds since 1970, or 2026-11-23T21:35:48Z", text)
	}
	return at.UnixNano(), nil
}

// Fraction is a share of one in 10^-8, as a flag and in JSON a decimal ("0.3").
type Fraction int64

// String is what Set reads.
func (f Fraction) String() string { return event.FormatDecimal(int64(f), event.FractionDecimals) }

// Set reads a decimal.
func (f *Fraction) Set(text string) error {
	v, err := event.ParseDecimal(text, event.FractionDecimals)
	if err == nil {
		*f = Fraction(v)
	}
	return err
}

// Type is for the help of flags.
func (f Fraction) Type() string { return "fraction" }

// MarshalJSON writes a decimal string.
func (f Fraction) MarshalJSON() ([]byte, error) { return json.Marshal(f.String()) }

// UnmarshalJSON takes a decimal string or a plain number.
func (f *Fraction) UnmarshalJSON(b []byte) error {
	var d Decimal
	if err := d.UnmarshalJSON(b); err != nil || d == "" {
		return err
	}
	return f.Set(string(d))
}

// Duration is a span of time, as a flag and in JSON text such as "500ms".
type Duration time.Duration

// String is what Set reads.
func (d Duration) String() string { return time.Duration(d).String() }

// Set reads a span such as "500ms".
func (d *Duration) Set(text string) error {
	v, err := time.ParseDuration(text)
	if err == nil {
		*d = Duration(v)
	}
	return err
}

// Type is for the help of flags.
func (d Duration) Type() string { return "duration" }

// MarshalJSON writes text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads text.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("%s is no duration: write \"500ms\"", b)
	}
	return d.Set(text)
}
