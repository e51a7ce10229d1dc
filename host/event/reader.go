package event

import (
	"encoding/binary"
	"fmt"
)

// reader takes values off the front of b. The first failure stays; later reads return zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err, r.b = err, nil
	}
}

func (r *reader) byte() byte {
	if len(r.b) < 1 {
		r.fail(ErrTruncated)
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uint64() uint64 {
	if len(r.b) < 8 {
		r.fail(ErrTruncated)
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail(ErrTruncated)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail(ErrTruncated)
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads the length of a list. Each element takes at least a byte, so a count beyond what is left
// is a lie and nothing is allocated for it.
func (r *reader) count() uint64 {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail(ErrTruncated)
		return 0
	}
	return n
}

func (r *reader) copy(dst []byte) {
	if len(r.b) < len(dst) {
		r.fail(ErrTruncated)
		return
	}
	copy(dst, r.b)
	r.b = r.b[len(dst):]
}

func (r *reader) string() string {
	n := r.count()
	if n == 0 || r.err != nil {
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) end(what string) error {
	if r.err != nil {
		return fmt.Errorf("read %s: %w", what, r.err)
	}
	if len(r.b) != 0 {
		return fmt.Errorf("read %s: %d bytes after its end", what, len(r.b))
	}
	return nil
}
