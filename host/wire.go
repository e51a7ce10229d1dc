package host

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errState says that an encoded state ends before it is complete.
var errState = errors.New("encoded state is cut short or damaged")

// wire writes values behind b, or reads them off its front: one walk over a structure does both, so that
// what is written is what is read. The first failure stays; later reads give zeros.
type wire struct {
	b       []byte
	reading bool
	err     error
}

func (w *wire) fail(err error) {
	if w.err == nil {
		w.err, w.b = err, nil
	}
}

// format is the first byte of what follows.
func (w *wire) format(what string, n byte) {
	found := n
	if small(w, &found); w.err == nil && found != n {
		w.fail(fmt.Errorf("%s is of format %d; this host reads %d", what, found, n))
	}
}

func (w *wire) u64(v *uint64) {
	if !w.reading {
		w.b = binary.AppendUvarint(w.b, *v)
		return
	}
	n := 0
	if *v, n = binary.Uvarint(w.b); n <= 0 {
		*v = 0
		w.fail(errState)
		return
	}
	w.b = w.b[n:]
}

func (w *wire) i64(v *int64) {
	if !w.reading {
		w.b = binary.AppendVarint(w.b, *v)
		return
	}
	n := 0
	if *v, n = binary.Varint(w.b); n <= 0 {
		*v = 0
		w.fail(errState)
		return
	}
	w.b = w.b[n:]
}

func (w *wire) integer(v *int) {
	n := int64(*v)
	w.i64(&n)
	*v = int(n)
}

// small is any unsigned number of at most 32 bits.
func small[T ~uint8 | ~uint16 | ~uint32](w *wire, v *T) {
	n := uint64(*v)
	w.u64(&n)
	if *v = T(n); uint64(*v) != n {
		*v = 0
		w.fail(fmt.Errorf("number %d does not fit its field", n))
	}
}

func (w *wire) flag(v *bool) {
	n := uint8(0)
	if *v {
		n = 1
	}
	if small(w, &n); n > 1 {
		w.fail(fmt.Errorf("a yes or no is written as %d", n))
	}
	*v = n == 1
}

// length is a count of elements of at least one byte each, so one beyond what is left is a lie, and
// nothing is allocated for it.
func (w *wire) length(n int) int {
	v := uint64(n)
	if w.u64(&v); w.reading && v > uint64(len(w.b)) {
		w.fail(errState)
		return 0
	}
	return int(v)
}

func (w *wire) text(v *string) {
	n := w.length(len(*v))
	if !w.reading {
		w.b = append(w.b, *v...)
		return
	}
	*v, w.b = string(w.b[:n]), w.b[n:]
}

func (w *wire) bytes(v *[]byte) {
	n := w.length(len(*v))
	if !w.reading {
		w.b = append(w.b, *v...)
		return
	}
	*v, w.b = append([]byte(nil), w.b[:n]...), w.b[n:]
}

// fixed is bytes whose number both sides know.
func (w *wire) fixed(v []byte) {
	if !w.reading {
		w.b = append(w.b, v...)
		return
	}
	if len(w.b) < len(v) {
		w.fail(errState)
		return
	}
	w.b = w.b[copy(v, w.b):]
}

// list is a slice whose length may differ.
func list[T any](w *wire, v *[]T, element func(*wire, *T)) {
	n := w.length(len(*v))
	if w.reading {
		*v = make([]T, 0, n)
		for range n {
			var e T
			element(w, &e)
			*v = append(*v, e)
		}
		return
	}
	for i := range *v {
		element(w, &(*v)[i])
	}
}

// array is a slice of which both sides have as many.
func array[T any](w *wire, what string, v []T, element func(*wire, *T)) {
	n := w.length(len(v))
	if n != len(v) {
		w.fail(fmt.Errorf("%d %s were written; there are %d", n, what, len(v)))
		return
	}
	for i := range v {
		element(w, &v[i])
	}
}

// stated is a part that has a codec of its own.
func (w *wire) stated(write func([]byte) []byte, read func([]byte) ([]byte, error)) {
	if !w.reading {
		w.b = write(w.b)
		return
	}
	if w.err != nil {
		return
	}
	rest, err := read(w.b)
	if err != nil {
		w.fail(err)
		return
	}
	w.b = rest
}

// end is the first failure; bytes that are left over are one.
func (w *wire) end() error {
	if w.err == nil && w.reading && len(w.b) > 0 {
		w.fail(fmt.Errorf("%d bytes are left over", len(w.b)))
	}
	return w.err
}
