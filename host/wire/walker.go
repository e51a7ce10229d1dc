package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrTruncated says that an encoded value ends before it is complete.
var ErrTruncated = errors.New("encoded value is cut short")

// Walker writes values behind Buffer, or reads them off its front. The zero Walker writes. The first failure
// stays; later reads give zeros. One goroutine.
type Walker struct {
	// Buffer is what has been written, or what has not been read yet; nil after a failure.
	Buffer  []byte
	Reading bool
	// Err is the first failure.
	Err error
}

// Fail makes the walk fail, if it has not failed before.
func (w *Walker) Fail(err error) {
	if w.Err == nil {
		w.Err, w.Buffer = err, nil
	}
}

// End is the first failure; bytes that are left over are one.
func (w *Walker) End() error {
	if w.Err == nil && w.Reading && len(w.Buffer) > 0 {
		w.Fail(fmt.Errorf("%d bytes are left over", len(w.Buffer)))
	}
	return w.Err
}

// Format is the first byte of what may change its layout.
func (w *Walker) Format(what string, format uint8) {
	found := format
	if Small(w, &found); w.Err == nil && found != format {
		w.Fail(fmt.Errorf("%s is of format %d; this host reads %d", what, found, format))
	}
}

// Formats is Format for what is read in older layouts, too. It writes the newest and returns what it found.
func (w *Walker) Formats(what string, oldest, newest uint8) uint8 {
	found := newest
	if Small(w, &found); w.Err == nil && (found < oldest || found > newest) {
		w.Fail(fmt.Errorf("%s is of format %d; this host reads %d to %d", what, found, oldest, newest))
	}
	return found
}

// Uint64 is an unsigned number, as a varint.
func (w *Walker) Uint64(v *uint64) {
	if !w.Reading {
		w.Buffer = binary.AppendUvarint(w.Buffer, *v)
		return
	}
	n := 0
	if *v, n = binary.Uvarint(w.Buffer); n <= 0 {
		*v = 0
		w.Fail(ErrTruncated)
		return
	}
	w.Buffer = w.Buffer[n:]
}

// Int64 is a signed number, as a zigzag varint.
func (w *Walker) Int64(v *int64) {
	if !w.Reading {
		w.Buffer = binary.AppendVarint(w.Buffer, *v)
		return
	}
	n := 0
	if *v, n = binary.Varint(w.Buffer); n <= 0 {
		*v = 0
		w.Fail(ErrTruncated)
		return
	}
	w.Buffer = w.Buffer[n:]
}

// Int is Int64 for an int.
func (w *Walker) Int(v *int) {
	n := int64(*v)
	if w.Int64(&n); w.Reading {
		*v = int(n)
	}
}

// Small is an unsigned number of at most 32 bits. One that does not fit its type is a failure.
func Small[T ~uint8 | ~uint16 | ~uint32](w *Walker, v *T) {
	n := uint64(*v)
	if w.Uint64(&n); !w.Reading {
		return
	}
	if *v = T(n); uint64(*v) != n {
		*v = 0
		w.Fail(fmt.Errorf("number %d does not fit its field", n))
	}
}

// Flag is a yes or no.
func (w *Walker) Flag(v *bool) {
	n := uint8(0)
	if *v {
		n = 1
	}
	if Small(w, &n); w.Reading {
		if *v = n == 1; n > 1 {
			w.Fail(fmt.Errorf("a yes or no is written as %d", n))
		}
	}
}

// length is a count of elements of at least one byte each, so one beyond what is left is a lie and nothing is
// allocated for it.
func (w *Walker) length(n int) int {
	v := uint64(n)
	if w.Uint64(&v); w.Reading && v > uint64(len(w.Buffer)) {
		w.Fail(ErrTruncated)
		return 0
	}
	return int(v)
}

// Text is a string behind its length.
func (w *Walker) Text(v *string) {
	n := w.length(len(*v))
	if !w.Reading {
		w.Buffer = append(w.Buffer, *v...)
		return
	}
	*v, w.Buffer = string(w.Buffer[:n]), w.Buffer[n:]
}

// Bytes are bytes behind their number. What is read is a copy, nil for none.
func (w *Walker) Bytes(v *[]byte) {
	n := w.length(len(*v))
	if !w.Reading {
		w.Buffer = append(w.Buffer, *v...)
		return
	}
	*v, w.Buffer = append([]byte(nil), w.Buffer[:n]...), w.Buffer[n:]
}

// Fixed is bytes whose number both sides know.
func (w *Walker) Fixed(v []byte) {
	if !w.Reading {
		w.Buffer = append(w.Buffer, v...)
		return
	}
	if len(w.Buffer) < len(v) {
		w.Fail(ErrTruncated)
		return
	}
	w.Buffer = w.Buffer[copy(v, w.Buffer):]
}

// Stated is a part that has a codec of its own: read returns the bytes after it.
func (w *Walker) Stated(write func([]byte) []byte, read func([]byte) ([]byte, error)) {
	if !w.Reading {
		w.Buffer = write(w.Buffer)
		return
	}
	if w.Err != nil {
		return
	}
	rest, err := read(w.Buffer)
	if err != nil {
		w.Fail(err)
		return
	}
	w.Buffer = rest
}

// List is a slice whose length may differ, each element walked; its room is used again.
func List[T any](w *Walker, v *[]T, element func(*Walker, *T)) {
	n := w.length(len(*v))
	if !w.Reading {
		for i := range *v {
			element(w, &(*v)[i])
		}
		return
	}
	*v = (*v)[:0]
	for ; n > 0 && w.Err == nil; n-- {
		var e T
		element(w, &e)
		*v = append(*v, e)
	}
}

// Array is a slice of which both sides have as many.
func Array[T any](w *Walker, what string, v []T, element func(*Walker, *T)) {
	if n := w.length(len(v)); n != len(v) {
		w.Fail(fmt.Errorf("%d %s were written; there are %d", n, what, len(v)))
		return
	}
	for i := range v {
		element(w, &v[i])
	}
}
