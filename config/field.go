package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// field describes an attribute of blocks that become a T.
type field[T any] struct {
	name string
	// kind names the type, says is a sentence for documentation and messages.
	kind, says string
	// example is what could be written.
	example string
	// values are the allowed ones, where they can be counted.
	values []string
	// defaultText is what the documentation says where show of the default value would not be right.
	defaultText string
	required    bool
	// unhashed settings say where, how fast and how loud, not what; or are hashed elsewhere.
	unhashed bool
	// private settings may hold what is not for everybody: they are not listed as they are.
	private bool
	// path fields count in the hash as they are written.
	path bool
	read func(v value, t *T)
	show func(t *T) string
	// raw, if set, reads the expression without its being evaluated, instead of read.
	raw func(p *place, a *hclsyntax.Attribute, t *T)
}

func (f field[T]) must() field[T]                { f.required = true; return f }
func (f field[T]) outside() field[T]             { f.unhashed = true; return f }
func (f field[T]) unlisted() field[T]            { f.private = true; return f }
func (f field[T]) defaults(text string) field[T] { f.defaultText = text; return f }
func (f field[T]) like(example string) field[T]  { f.example = f.name + " = " + example; return f }
func (f field[T]) called(kind string) field[T]   { f.kind = kind; return f }
func quotedExample(name, text string) string     { return fmt.Sprintf("%s = %q", name, text) }
func showText[T any](get func(*T) *string) func(*T) string {
	return func(t *T) string { return *get(t) }
}

// text is a string that must satisfy a rule; the rule returns what is wrong, or "".
func text[T any](name string, get func(*T) *string, rule func(string) string, says string) field[T] {
	return field[T]{
		name: name, kind: "text", says: says, show: showText(get), example: name + ` = "…"`,
		read: func(v value, t *T) {
			s, ok := v.text()
			if !ok {
				return
			}
			if wrong := rule(s); wrong != "" {
				v.fail("Value not allowed", "%s is %s: %s Write, for example, `%s`.", v.name, shownText(s), wrong, v.example)
				return
			}
			*get(t) = s
		},
	}
}

// oneOf is a string out of a few.
func oneOf[T any](name string, get func(*T) *string, values []string, says string) field[T] {
	return field[T]{
		name: name, kind: "one of", says: says, values: values, show: showText(get), example: quotedExample(name, values[0]),
		read: func(v value, t *T) {
			if s, ok := v.text(); ok && v.among(s, values) {
				*get(t) = s
			}
		},
	}
}

// someOf is a list of strings out of a few, each at most once.
func someOf[T any](name string, get func(*T) *[]string, values []string, says string) field[T] {
	f := names(name, get, says)
	f.kind, f.values = "list of", values
	f.example = fmt.Sprintf("%s = [%q]", name, values[0])
	read := f.read
	f.read = func(v value, t *T) {
		before := *get(t)
		read(v, t)
		for _, s := range *get(t) {
			if !v.among(s, values) {
				*get(t) = before
				return
			}
		}
	}
	return f
}

func (v *value) among(s string, values []string) bool {
	if slices.Contains(values, s) {
		return true
	}
	v.fail("Value not allowed", "%s is %q; it can be %s.%s", v.name, s, quotedList(values, "or"), didYouMean(s, values, true))
	return false
}

// boolean is true or false.
func boolean[T any](name string, get func(*T) *bool, says string) field[T] {
	return field[T]{
		name: name, kind: "true or false", says: says, example: name + " = true",
		show: func(t *T) string { return strconv.FormatBool(*get(t)) },
		read: func(v value, t *T) {
			switch {
			case v.Type() == cty.Bool:
				*get(t) = v.True()
			case v.Type() == cty.String && (v.AsString() == "true" || v.AsString() == "false"):
				*get(t) = v.AsString() == "true"
			default:
				v.wrongType("true or false")
			}
		},
	}
}

type integer interface {
	~int | ~int64 | ~uint8 | ~uint64
}

// whole is a whole number between two bounds.
func whole[T any, N integer](name string, get func(*T) *N, least, most int64, says string) field[T] {
	return field[T]{
		name: name, kind: "whole number", says: says, example: fmt.Sprintf("%s = %d", name, max(least, 1)),
		show: func(t *T) string { return fmt.Sprint(*get(t)) },
		read: func(v value, t *T) {
			if n, ok := v.decimal("a whole number", 0); ok && v.between(n, 0, least, most) {
				*get(t) = N(n)
			}
		},
	}
}

// decimal is a number of a scale that may depend on what was read before it, between two bounds.
func decimal[T any](name string, get func(*T) *int64, scale func(*T) int, least, most int64, says string) field[T] {
	return field[T]{
		name: name, kind: "decimal", says: says, example: quotedExample(name, "1"),
		show: func(t *T) string { return formatDecimal(*get(t), scale(t)) },
		read: func(v value, t *T) {
			if n, ok := v.decimal("a decimal", scale(t)); ok && v.between(n, scale(t), least, most) {
				*get(t) = n
			}
		},
	}
}

func moneyScale[T any](*T) int { return MoneyDecimals }

// money is an amount.
func money[T any](name string, get func(*T) *int64, least int64, says string) field[T] {
	return decimal(name, get, moneyScale, least, maxInt64, says).called("money").like(`"1000.00"`)
}

const maxInt64 = 1<<63 - 1

// fraction is a share of a whole, which may be written in percent.
func fraction[T any](name string, get func(*T) *int64, least, most int64, says string) field[T] {
	return field[T]{
		name: name, kind: "fraction", says: says, example: quotedExample(name, "0.2%"),
		show: func(t *T) string { return formatDecimal(*get(t), FractionDecimals) },
		read: func(v value, t *T) {
			if n, ok := v.fraction(); ok && v.between(n, FractionDecimals, least, most) {
				*get(t) = n
			}
		},
	}
}

// parsed is a string with a form of its own.
func parsed[T, V any](name, kind string, get func(*T) *V, parse func(string) (V, error), show func(V) string, says, example string) field[T] {
	return field[T]{
		name: name, kind: kind, says: says, example: quotedExample(name, example),
		show: func(t *T) string { return show(*get(t)) },
		read: func(v value, t *T) {
			s, ok := v.form(kind, example)
			if !ok {
				return
			}
			x, err := parse(s)
			if err != nil {
				v.fail("Not a "+kind, "%s is %q, which %s. Write, for example, `%s`.", v.name, s, err, v.example)
				return
			}
			*get(t) = x
		},
	}
}

// duration is a length of time, at least least.
func duration[T any](name string, get func(*T) *time.Duration, least time.Duration, says, example string) field[T] {
	parse := func(s string) (time.Duration, error) {
		d, err := parseDuration(s)
		if err == nil && d < least {
			err = fmt.Errorf("is below %s", formatDuration(least))
		}
		return d, err
	}
	show := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return formatDuration(d)
	}
	return parsed(name, "duration", get, parse, show, says, example)
}

// size is a number of bytes between two bounds, in steps.
func size[T any](name string, get func(*T) *int64, least, most, step int64, says string) field[T] {
	example := formatSize(most)
	parse := func(s string) (int64, error) {
		n, err := parseSize(s)
		switch {
		case err == errTooLarge || err == nil && n > most:
			return 0, fmt.Errorf("is above the greatest, %s", formatSize(most))
		case err != nil && guessSize(s) != "":
			return 0, fmt.Errorf("is not a size. Did you mean %q? The units are B, KiB, MiB and GiB, of 1024", guessSize(s))
		case err != nil:
			return 0, err
		case n < least:
			return 0, fmt.Errorf("is below the least, %s", formatSize(least))
		case n%step != 0:
			return 0, fmt.Errorf("is not a multiple of %s", formatSize(step))
		}
		return n, nil
	}
	f := parsed(name, "size", get, parse, formatSize, says, example)
	return f
}

// names is a list of strings, none twice.
func names[T any](name string, get func(*T) *[]string, says string) field[T] {
	return field[T]{
		name: name, kind: "list of names", says: says, example: name + ` = ["A", "B"]`,
		show: func(t *T) string { return strings.Join(*get(t), "\n") },
		read: func(v value, t *T) {
			list := v.texts()
			for i, s := range list {
				if slices.Contains(list[:i], s) {
					v.failAt(v.element(i), "Named twice", "%s has %q twice. Write each once.", v.name, s)
					return
				}
			}
			if len(list) > 0 {
				*get(t) = list
			}
		},
	}
}

// listed is a list of one name, for an attribute in the singular.
func listed[T any](name string, get func(*T) *[]string, says string) field[T] {
	return field[T]{
		name: name, kind: "name", says: says, example: name + ` = "A"`,
		show: func(*T) string { return "" }, // the plural's attribute shows it
		read: func(v value, t *T) {
			if s, ok := v.text(); ok {
				*get(t) = []string{s}
			}
		},
	}
}

// elements counts the elements of a list that is written as one.
func (v *value) elements() int {
	list, ok := v.expression.(*hclsyntax.TupleConsExpr)
	if !ok {
		return 0
	}
	return len(list.Exprs)
}

// element is where the i-th element of a list is written, if it is written as one.
func (v *value) element(i int) Range {
	if list, ok := v.expression.(*hclsyntax.TupleConsExpr); ok && i < len(list.Exprs) {
		return rangeOf(list.Exprs[i].Range())
	}
	return v.at
}
