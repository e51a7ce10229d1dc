package resilience

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrTruncated says that a written state ends before it is complete.
var ErrTruncated = errors.New("state is cut short")

// ErrDamaged says that a written state holds what no policy of this package writes.
var ErrDamaged = errors.New("state is damaged")

// nameMax bounds the names and reasons that a state keeps, so that a hostile one cannot grow it.
const nameMax = 1024

// stateReader takes values off the front of b. The first failure stays; later reads return zeros.
type stateReader struct {
	b   []byte
	err error
}

// version opens a state: its first byte says who wrote it.
func openState(b []byte, what string, version byte) *stateReader {
	r := &stateReader{b: b}
	if v := r.byte(); r.err == nil && v != version {
		r.fail(fmt.Errorf("%s format %d; this host reads %d: %w", what, v, version, ErrDamaged))
	}
	return r
}

func (r *stateReader) fail(err error) {
	if r.err == nil {
		r.err, r.b = err, nil
	}
}

func (r *stateReader) damaged(format string, args ...any) {
	r.fail(fmt.Errorf(format+": %w", append(args, ErrDamaged)...))
}

func (r *stateReader) byte() byte {
	if len(r.b) == 0 {
		r.fail(ErrTruncated)
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *stateReader) bool() bool {
	v := r.byte()
	if v > 1 {
		r.damaged("a yes or no is written as %d", v)
	}
	return v == 1
}

func (r *stateReader) uint64() uint64 {
	if len(r.b) < 8 {
		r.fail(ErrTruncated)
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *stateReader) int64() int64 { return int64(r.uint64()) }

func (r *stateReader) uint32() uint32 {
	if len(r.b) < 4 {
		r.fail(ErrTruncated)
		return 0
	}
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// count reads the length of a list and refuses one above most.
func (r *stateReader) count(what string, most int) int {
	n := r.uint32()
	if int64(n) > int64(most) {
		r.damaged("%d %s; at most %d", n, what, most)
		return 0
	}
	return int(n)
}

func (r *stateReader) string() string {
	n := r.count("bytes of text", nameMax)
	if len(r.b) < n {
		r.fail(ErrTruncated)
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *stateReader) end(what string) ([]byte, error) {
	if r.err != nil {
		return nil, fmt.Errorf("read %s: %w", what, r.err)
	}
	return r.b, nil
}

func appendInt(b []byte, v int64) []byte     { return binary.LittleEndian.AppendUint64(b, uint64(v)) }
func appendUint(b []byte, v uint64) []byte   { return binary.LittleEndian.AppendUint64(b, v) }
func appendUint32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendText(b []byte, s string) []byte {
	s = s[:min(len(s), nameMax)]
	return append(appendUint32(b, uint32(len(s))), s...)
}
