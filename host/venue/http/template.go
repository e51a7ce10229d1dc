package http

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// placeholders are those that paths, queries and bodies may hold.
var placeholders = []string{
	"client_order_id", "venue_order_id", "symbol", "cursor", "side", "type", "quantity", "price", "stop_price",
	"time_in_force", "expire_time", "valid_until",
}

// eachPart calls text and name for the parts of a template, in order; name says where to stop.
func eachPart(template string, text func(string), name func(string) error) error {
	for {
		before, rest, found := strings.Cut(template, "{")
		text(before)
		if !found {
			return nil
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return fmt.Errorf("%q has a { without }", template)
		}
		if err := name(inner); err != nil {
			return err
		}
		template = after
	}
}

func checkTemplate(template string) error {
	return eachPart(template, func(string) {}, func(n string) error {
		if !slices.Contains(placeholders, n) {
			return fmt.Errorf("{%s} is no placeholder; there are {%s}", n, strings.Join(placeholders, "}, {"))
		}
		return nil
	})
}

func mentions(template, name string) bool { return strings.Contains(template, "{"+name+"}") }

// fill puts values into a template; ok is false where one has no value.
func fill(template string, values map[string]string) (s string, ok bool) {
	var b strings.Builder
	ok = true
	err := eachPart(template, func(t string) { b.WriteString(t) }, func(n string) error {
		v := values[n]
		ok = ok && v != ""
		b.WriteString(v)
		return nil
	})
	return b.String(), ok && err == nil
}

// fillPath puts escaped values into a path. A value of dots would climb out of it.
func fillPath(template string, values map[string]string) (string, error) {
	var b strings.Builder
	err := eachPart(template, func(t string) { b.WriteString(t) }, func(n string) error {
		switch v := values[n]; {
		case v == "":
			return fmt.Errorf("path %s: the call has no %s", template, n)
		case strings.Trim(v, ".") == "":
			return fmt.Errorf("path %s: %s is %q", template, n, v)
		default:
			b.WriteString(url.PathEscape(v))
		}
		return nil
	})
	return b.String(), err
}
