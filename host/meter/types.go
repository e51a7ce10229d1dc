package meter

import (
	"fmt"
	"strings"
)

// valType is a value type: its first byte in the binary format, and for (ref null $t) and (ref $t)
// the heap type above it.
type valType int64

const (
	i32     valType = 0x7f
	i64     valType = 0x7e
	f32     valType = 0x7d
	f64     valType = 0x7c
	v128    valType = 0x7b
	funcref valType = 0x70
	extref  valType = 0x6f
	exnref  valType = 0x69

	refNullable    = 0x63
	refNonNullable = 0x64
)

func (t valType) kind() byte { return byte(t) }

func (t valType) isRef() bool {
	switch t.kind() {
	case 0x70, 0x6f, 0x69, refNullable, refNonNullable:
		return true
	}
	return false
}

// slots is the size in units of 8 bytes.
func (t valType) slots() int {
	if t == v128 {
		return 2
	}
	return 1
}

func (t valType) append(b []byte) []byte {
	b = append(b, t.kind())
	if k := t.kind(); k == refNullable || k == refNonNullable {
		b = appendS64(b, int64(t)>>8)
	}
	return b
}

func heapName(h int64) string {
	switch h {
	case -16:
		return "func"
	case -17:
		return "extern"
	case -23:
		return "exn"
	}
	return fmt.Sprint(h)
}

func (t valType) String() string {
	switch t {
	case i32:
		return "i32"
	case i64:
		return "i64"
	case f32:
		return "f32"
	case f64:
		return "f64"
	case v128:
		return "v128"
	case funcref:
		return "funcref"
	case extref:
		return "externref"
	case exnref:
		return "exnref"
	}
	if t.kind() == refNullable {
		return "(ref null " + heapName(int64(t)>>8) + ")"
	}
	return "(ref " + heapName(int64(t)>>8) + ")"
}

type funcType struct {
	params, results []valType
}

// String gives the type as text, for example "(i32, i32) -> i64".
func (t funcType) String() string {
	list := func(ts []valType) string {
		names := make([]string, len(ts))
		for i, t := range ts {
			names[i] = t.String()
		}
		return strings.Join(names, ", ")
	}
	s := "(" + list(t.params) + ")"
	switch len(t.results) {
	case 0:
		return s
	case 1:
		return s + " -> " + list(t.results)
	}
	return s + " -> (" + list(t.results) + ")"
}

func slotsOf(ts []valType) int {
	n := 0
	for _, t := range ts {
		n += t.slots()
	}
	return n
}

// heapType reads the heap type of a reference; typesMax is the number of types it may name.
func (d *decoder) heapType(r *reader, typesMax int) int64 {
	start := r.pos
	h := r.signed(33)
	if r.err != nil {
		return 0
	}
	switch {
	case h == -16 || h == -17:
	case h == -23:
		d.need(r, start, FeatureExceptionHandling, "exnref")
	case h < 0:
		r.failAt(start, "unknown heap type %d", h)
	default:
		d.need(r, start, FeatureTypedFunctionReferences, "typed reference")
		if h >= int64(typesMax) {
			r.failAt(start, "unknown type %d: the module has %d", h, typesMax)
		}
	}
	return h
}

func (d *decoder) valType(r *reader, typesMax int) valType {
	start := r.pos
	c := r.byte()
	if r.err != nil {
		return i32
	}
	switch valType(c) {
	case i32, i64, f32, f64:
		return valType(c)
	case v128:
		d.need(r, start, FeatureSIMD, "v128")
		return v128
	case funcref, extref:
		d.need(r, start, FeatureReferenceTypes, "reference type")
		return valType(c)
	case exnref:
		d.need(r, start, FeatureExceptionHandling, "exnref")
		return exnref
	case refNullable, refNonNullable:
		h := d.heapType(r, typesMax)
		if c == refNullable && h < 0 {
			return valType(h & 0x7f) // (ref null func) is funcref
		}
		return valType(h<<8 | int64(c))
	}
	r.failAt(start, "unknown value type %#x", c)
	return i32
}
