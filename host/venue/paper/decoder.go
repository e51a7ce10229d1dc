package paper

import (
	"encoding/binary"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// decoder takes values off the front of b. The first failure stays; later reads return zeros.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err, d.b = fmt.Errorf(format, args...), nil
	}
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail("%w", event.ErrTruncated)
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail("%w", event.ErrTruncated)
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("%w", event.ErrTruncated)
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads the length of a list. Each element takes at least a byte, so a count beyond what is left
// is a lie and nothing is allocated for it.
func (d *decoder) count() uint64 {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail("%w", event.ErrTruncated)
		return 0
	}
	return n
}

// bytes reads a length and as many bytes, which stay in b's memory.
func (d *decoder) bytes() []byte {
	n := d.count()
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) copy(dst []byte) {
	if len(d.b) < len(dst) {
		d.fail("%w", event.ErrTruncated)
		return
	}
	copy(dst, d.b)
	d.b = d.b[len(dst):]
}

func (d *decoder) order(o *event.Order) {
	rest, err := event.ReadOrder(d.b, o)
	if err != nil {
		d.fail("%w", err)
		return
	}
	d.b = rest
}
