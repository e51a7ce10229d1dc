package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// mapping is an object of texts that is laid over what is there. keys and values are the allowed ones; nil is
// any.
func mapping[T any](name string, get func(*T) *map[string]string, keys, values []string, says, example string) field[T] {
	return field[T]{
		name: name, kind: "object of texts", says: says, example: name + " = " + example,
		show: func(t *T) string { return shownMapping(*get(t)) },
		read: func(v value, t *T) {
			merged := maps.Clone(*get(t))
			if merged == nil {
				merged = map[string]string{}
			}
			for _, e := range v.entries() {
				if v.keyAmong(e, keys) && v.valueAmong(e, values) {
					merged[e.key] = e.text
				}
			}
			*get(t) = merged
		},
	}
}

func shownMapping(m map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%q = %q", key, m[key]))
	}
	return strings.Join(parts, "\n")
}

// entry is an element of an object, and where it is.
type entry struct {
	key, text string
	keyAt, at Range
}

// entries are the elements of an object that are texts, in the order of their keys.
func (v *value) entries() (list []entry) {
	if t := v.Type(); !t.IsObjectType() && !t.IsMapType() {
		v.wrongType("an object of texts in braces")
		return nil
	}
	for it := v.ElementIterator(); it.Next(); {
		key, x := it.Element()
		e := entry{key: key.AsString(), keyAt: v.at, at: v.at}
		v.locate(&e)
		if x.Type() != cty.String || x.IsNull() {
			v.failAt(e.at, "Wrong type", "%s is an object of texts; %q is %s. Write, for example, `%s`.", v.name, e.key, found(x), v.example)
			continue
		}
		e.text = x.AsString()
		list = append(list, e)
	}
	return list
}

// locate finds where an element is written, if the object is written as one.
func (v *value) locate(e *entry) {
	object, ok := v.expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return
	}
	for _, item := range object.Items {
		key, problems := item.KeyExpr.Value(v.evaluation)
		if key, _ = key.Unmark(); !problems.HasErrors() && key.Type() == cty.String && key.IsKnown() && !key.IsNull() && key.AsString() == e.key {
			e.keyAt, e.at = rangeOf(item.KeyExpr.Range()), rangeOf(item.ValueExpr.Range())
		}
	}
}

func (v *value) keyAmong(e entry, keys []string) bool {
	if keys == nil && e.key != "" || slices.Contains(keys, e.key) {
		return true
	}
	if e.key == "" {
		v.failAt(e.keyAt, "Value not allowed", "%s has an element without a name. Write, for example, `%s`.", v.name, v.example)
		return false
	}
	help := didYouMean(e.key, keys, false)
	if help == "" {
		help = " It has: " + wordList(keys, "and") + "."
	}
	v.failAt(e.keyAt, "Unknown word", "%s has no %q.%s", v.name, e.key, help)
	return false
}

func (v *value) valueAmong(e entry, values []string) bool {
	if values == nil || slices.Contains(values, e.text) {
		return true
	}
	v.failAt(e.at, "Value not allowed", "%s in %s is %s; it can be %s.%s", e.key, v.name, shownText(e.text), quotedList(values, "or"), didYouMean(e.text, values, true))
	return false
}

// wholes is a list of whole numbers between two bounds, none twice.
func wholes[T any](name string, get func(*T) *[]int, least, most int64, says string) field[T] {
	return field[T]{
		name: name, kind: "list of whole numbers", says: says, example: fmt.Sprintf("%s = [%d]", name, least),
		show: func(t *T) string { return strings.Trim(fmt.Sprint(*get(t)), "[]") },
		read: func(v value, t *T) {
			if list, ok := v.wholes(least, most); ok {
				*get(t) = list
			}
		},
	}
}

func (v *value) wholes(least, most int64) (list []int, ok bool) {
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		v.wrongType("a list of whole numbers in brackets")
		return nil, false
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, x := it.Element()
		element := *v
		element.Value, element.at = x, v.element(i)
		if x.IsNull() {
			element.wrongType("whole numbers")
			return nil, false
		}
		n, ok := element.decimal("a whole number", 0)
		if !ok || !element.between(n, 0, least, most) {
			return nil, false
		}
		if slices.Contains(list, int(n)) {
			element.fail("Named twice", "%s has %d twice. Write each once.", v.name, n)
			return nil, false
		}
		list = append(list, int(n))
	}
	return list, true
}
