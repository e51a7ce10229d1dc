package meter

import (
	"fmt"
	"unicode/utf8"
)

// reader walks over the bytes of one section. The first error sticks: after it every read gives
// zero and the position is the end, so that callers' loops stop by themselves.
type reader struct {
	b       []byte
	pos     int
	end     int
	section string
	err     error
}

func (r *reader) failAt(pos int, format string, args ...any) {
	if r.err == nil {
		r.err = &MalformedError{Offset: pos, Section: r.section, Reason: fmt.Sprintf(format, args...)}
	}
	r.pos = r.end
}

func (r *reader) refuse(e *Refusal) {
	if r.err == nil {
		r.err = e
	}
	r.pos = r.end
}

func (r *reader) more() bool { return r.pos < r.end }

func (r *reader) byte() byte {
	if r.pos >= r.end {
		r.failAt(r.pos, "unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *reader) skip(n int) {
	if n > r.end-r.pos {
		r.failAt(r.pos, "unexpected end: %d bytes wanted, %d left", n, r.end-r.pos)
		return
	}
	r.pos += n
}

// u32 reads an unsigned LEB128 of at most 5 bytes whose unused bits are zero.
func (r *reader) u32() uint32 {
	if r.pos < r.end {
		if c := r.b[r.pos]; c < 0x80 { // by far the most common
			r.pos++
			return uint32(c)
		}
	}
	return r.u32Long()
}

func (r *reader) u32Long() uint32 {
	start := r.pos
	var v uint32
	for i := 0; i < 5; i++ {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			if i == 4 && c > 0x0f {
				break
			}
			return v
		}
	}
	r.failAt(start, "integer does not fit 32 bits")
	return 0
}

// signed reads a signed LEB128 of the given width: 32, 33 or 64 bits.
func (r *reader) signed(bits int) int64 {
	start := r.pos
	var v int64
	bytesMax := (bits + 6) / 7
	for i := 0; i < bytesMax; i++ {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		v |= int64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		if i == bytesMax-1 {
			// The last byte's unused bits must all repeat the sign.
			used := bits - 7*i
			rest := int8(c<<1) >> used // sign extended 7-bit value without its low used bits
			if rest != 0 && rest != -1 {
				break
			}
		}
		if shift := 7 * (i + 1); shift < 64 && c&0x40 != 0 {
			v |= -1 << shift
		}
		return v
	}
	r.failAt(start, "integer does not fit %d bits", bits)
	return 0
}

// count reads the length of a vector whose items take at least one byte each, so that no count from
// the file makes anybody allocate more than the file is long.
func (r *reader) count(what string) int {
	start := r.pos
	n := r.u32()
	if int64(n) > int64(r.end-r.pos) {
		r.failAt(start, "%d %s announced, %d bytes left", n, what, r.end-r.pos)
		return 0
	}
	return int(n)
}

func (r *reader) name(what string) string {
	start := r.pos
	n := r.count("bytes of " + what)
	if r.err != nil {
		return ""
	}
	s := r.b[r.pos : r.pos+n]
	r.pos += n
	if !utf8.Valid(s) {
		r.failAt(start, "%s is not UTF-8", what)
		return ""
	}
	return string(s)
}

// index reads an index and holds it against the original module's count: after the rewriting the
// next index would name something of ours.
func (r *reader) index(what string, count int) int {
	start := r.pos
	i := r.u32()
	if r.err != nil {
		return 0
	}
	if int64(i) >= int64(count) {
		r.failAt(start, "unknown %s %d: the module has %d", what, i, count)
		return 0
	}
	return int(i)
}

func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendS64(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}
