package execution

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// ErrTruncated says that an encoded value ends before it is complete.
var ErrTruncated = errors.New("encoded value is cut short")

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

func (w *wire) u64(v *uint64) {
	if !w.reading {
		w.b = binary.AppendUvarint(w.b, *v)
		return
	}
	n := 0
	if *v, n = binary.Uvarint(w.b); n <= 0 {
		*v = 0
		w.fail(ErrTruncated)
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
		w.fail(ErrTruncated)
		return
	}
	w.b = w.b[n:]
}

// small is any unsigned number of at most 32 bits.
func small[T ~uint8 | ~uint16 | ~uint32](w *wire, v *T) {
	n := uint64(*v)
	if w.u64(&n); !w.reading {
		return
	}
	if *v = T(n); uint64(*v) != n {
		w.fail(fmt.Errorf("number %d does not fit its field", n))
		*v = 0
	}
}

func (w *wire) integer(v *int) {
	n := int64(*v)
	if w.i64(&n); w.reading {
		*v = int(n)
	}
}

func (w *wire) flag(v *bool) {
	n := uint8(0)
	if *v {
		n = 1
	}
	if small(w, &n); w.reading {
		if *v = n == 1; n > 1 {
			w.fail(fmt.Errorf("a yes or no is written as %d", n))
		}
	}
}

// length is a count of elements of at least one byte each, so one beyond what is left is a lie and
// nothing is allocated for it.
func (w *wire) length(n int) int {
	v := uint64(n)
	if w.u64(&v); w.reading && v > uint64(len(w.b)) {
		w.fail(ErrTruncated)
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
	if *v = ""; n > 0 && w.err == nil {
		*v = string(w.b[:n])
		w.b = w.b[n:]
	}
}

func (w *wire) bytes(v *[]byte) {
	n := w.length(len(*v))
	if !w.reading {
		w.b = append(w.b, *v...)
		return
	}
	if *v = nil; n > 0 && w.err == nil {
		*v = append([]byte(nil), w.b[:n]...)
		w.b = w.b[n:]
	}
}

func (w *wire) id(v *event.OrderID) {
	if !w.reading {
		w.b = append(w.b, v[:]...)
		return
	}
	if len(w.b) < len(v) {
		w.fail(ErrTruncated)
		return
	}
	copy(v[:], w.b)
	w.b = w.b[len(v):]
}

// list walks a list and its elements.
func list[T any](w *wire, s *[]T, walk func(*wire, *T)) {
	n := w.length(len(*s))
	if !w.reading {
		for i := range *s {
			walk(w, &(*s)[i])
		}
		return
	}
	*s = (*s)[:0]
	for ; n > 0 && w.err == nil; n-- {
		var v T
		walk(w, &v)
		*s = append(*s, v)
	}
}

// version is the first byte of what may change its layout.
func (w *wire) version(what string, v uint8) {
	got := v
	if small(w, &got); w.reading && w.err == nil && got != v {
		w.fail(fmt.Errorf("%s format %d; this host reads %d", what, got, v))
	}
}

// versions is version for what is read in older layouts too; it writes the newest and returns what it found.
func (w *wire) versions(what string, oldest, newest uint8) uint8 {
	got := newest
	if small(w, &got); w.reading && w.err == nil && (got < oldest || got > newest) {
		w.fail(fmt.Errorf("%s format %d; this host reads %d to %d", what, got, oldest, newest))
	}
	return got
}

// stated walks a part that has a codec of its own.
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

func walkOrder(w *wire, o *event.Order) {
	w.stated(func(b []byte) []byte { return event.AppendOrder(b, o) },
		func(b []byte) ([]byte, error) { return event.ReadOrder(b, o) })
}

// walkOutcome puts the outcome's length before it: its reader takes all there is.
func walkOutcome(w *wire, o *event.Outcome) {
	if !w.reading {
		body := event.AppendOutcome(nil, o)
		w.bytes(&body)
		return
	}
	var body []byte
	if w.bytes(&body); w.err != nil {
		return
	}
	if err := event.ReadOutcome(body, o); err != nil {
		w.fail(err)
	}
}

func walkLetter(w *wire, l *event.Letter) {
	if !w.reading {
		body, err := json.Marshal(l)
		if err != nil { // a Letter is strings and numbers
			panic(err)
		}
		w.bytes(&body)
		return
	}
	var body []byte
	if w.bytes(&body); w.err != nil {
		return
	}
	if err := json.Unmarshal(body, l); err != nil {
		w.fail(fmt.Errorf("letter: %w", err))
	}
}
