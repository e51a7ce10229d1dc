package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

func (v *value) wrongType(wanted string) {
	v.fail("Wrong type", "%s takes %s; found %s. Write, for example, `%s`.", v.name, wanted, found(v.Value), v.example)
}

func (v *value) text() (string, bool) {
	if v.Type() != cty.String {
		v.wrongType("text")
		return "", false
	}
	return v.AsString(), true
}

// form is text of a form in which a unit is written; a bare number is refused with what to write.
func (v *value) form(kind, example string) (string, bool) {
	switch {
	case v.Type() == cty.String:
		return v.AsString(), true
	case v.Type() == cty.Number:
		v.fail("Number without unit", "%s is a %s; found %s, which says no unit. Write, for example, `%s`.", v.name, kind, found(v.Value), v.example)
	default:
		v.wrongType(fmt.Sprintf("a %s such as %q", kind, example))
	}
	return "", false
}

// texts is a list of strings: those that are.
func (v *value) texts() (list []string) {
	t := v.Type()
	if !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		v.wrongType("a list of texts in brackets")
		return nil
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, x := it.Element()
		if x.Type() != cty.String || x.IsNull() {
			v.failAt(v.element(i), "Wrong type", "%s is a list of texts; this element is %s. Write, for example, `%s`.", v.name, found(x), v.example)
			continue
		}
		list = append(list, x.AsString())
	}
	if i == 0 {
		v.fail("Empty list", "%s needs at least one element. Write, for example, `%s`.", v.name, v.example)
	}
	return list
}

// decimalText is a number, or text that should be one.
func (v *value) decimalText(wanted string) (string, bool) {
	switch v.Type() {
	case cty.String:
		return v.AsString(), true
	case cty.Number:
		if s, ok := numberText(v.Value); ok {
			return s, true
		}
		v.fail("Value out of range", "%s is %s, which is no sensible setting.", v.name, found(v.Value))
	default:
		v.wrongType(wanted)
	}
	return "", false
}

// decimal is a number of so many decimals, exactly.
func (v *value) decimal(wanted string, decimals int) (int64, bool) {
	s, ok := v.decimalText(wanted)
	if !ok {
		return 0, false
	}
	n, err := parseDecimal(s, decimals)
	if err != nil {
		v.notDecimal(s, decimals, err)
		return 0, false
	}
	return n, true
}

// fraction is a decimal, or a percentage.
func (v *value) fraction() (int64, bool) {
	s, ok := v.decimalText("a fraction such as 0.002 or \"0.2%\"")
	if !ok {
		return 0, false
	}
	number, percent := strings.CutSuffix(s, "%")
	decimals := FractionDecimals
	if percent {
		number, decimals = strings.TrimSpace(number), FractionDecimals-2
	}
	n, err := parseDecimal(number, decimals)
	if err != nil {
		v.notDecimal(s, decimals, err)
		return 0, false
	}
	return n, true
}

func (v *value) notDecimal(s string, decimals int, err error) {
	var fine tooFine
	switch {
	case errors.As(err, &fine) && decimals == 0:
		v.fail("Not a whole number", "%s is %s; it takes a whole number.", v.name, shorten(s))
	case errors.As(err, &fine):
		v.fail("Too many decimal places", "%s is %s, which %s. It is not rounded for you: write what fits.", v.name, shorten(s), err)
	case errors.Is(err, errTooLarge):
		v.fail("Value out of range", "%s is %s; with %s the greatest is %s.", v.name, shorten(s), plural(decimals, "decimal place"), formatDecimal(maxInt64, decimals))
	default:
		v.fail("Not a number", "%s is %s, which %s: digits with at most one point, no blanks, no commas. Write, for example, `%s`.", v.name, shownText(s), err, v.example)
	}
}

func shorten(s string) string {
	if len(s) > foundTextMax {
		return s[:foundTextMax] + "…"
	}
	return s
}

// between holds a number of a scale against its bounds.
func (v *value) between(n int64, decimals int, least, most int64) bool {
	if n >= least && n <= most {
		return true
	}
	bound := "at least " + formatDecimal(least, decimals)
	if most != maxInt64 {
		bound = fmt.Sprintf("from %s to %s", formatDecimal(least, decimals), formatDecimal(most, decimals))
	}
	v.fail("Value out of range", "%s is %s; it can be %s.", v.name, formatDecimal(n, decimals), bound)
	return false
}
