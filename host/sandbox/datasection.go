package sandbox

import "encoding/binary"

// Sections that liftData reads.
const (
	sectionMemory    = 5
	sectionData      = 11
	sectionDataCount = 12
)

// liftData takes the data section out of a metered module and returns its segments: the sandbox lays them out
// itself, in memory that is shared. The engine would write them into each instance, and keep them there.
// Where that could be noticed (a segment that is passive, computed, or out of bounds, which must
// fail as it stands) wasm comes back as it is, and no segments. The meter has checked the module, and
// instructions that name segments are refused.
func liftData(wasm []byte) (out []byte, segments []dataSegment, lifted bool) {
	spans, ok := readSections(wasm)
	if !ok || spans[sectionMemory].content == nil {
		return wasm, nil, false
	}
	data := spans[sectionData]
	if data.content == nil {
		return wasm, nil, true
	}
	if segments, ok = readSegments(data.content, memoryMinimum(spans[sectionMemory].content)); !ok {
		return wasm, nil, false
	}
	out = append(make([]byte, 0, len(wasm)), wasm[:data.at]...)
	if count := spans[sectionDataCount]; count.content != nil {
		out = append(append(out[:0], wasm[:count.at]...), wasm[count.end:data.at]...)
	}
	return append(out, wasm[data.end:]...), segments, true
}

// readSections finds the sections that are not custom.
func readSections(wasm []byte) (spans [sectionDataCount + 1]sectionSpan, ok bool) {
	const header = 8
	for at := header; at < len(wasm); {
		size, n := binary.Uvarint(wasm[at+1:])
		content := at + 1 + n
		if n <= 0 || size > uint64(len(wasm)-content) {
			return spans, false
		}
		end := content + int(size)
		if id := wasm[at]; id != 0 && int(id) < len(spans) {
			spans[id] = sectionSpan{at, end, wasm[content:end]}
		}
		at = end
	}
	return spans, true
}

// memoryMinimum is the size of the first memory at its beginning, in bytes.
func memoryMinimum(section []byte) uint64 {
	_, n := binary.Uvarint(section)
	if n <= 0 || n+1 > len(section) {
		return 0
	}
	pages, m := binary.Uvarint(section[n+1:]) // behind the flags
	if m <= 0 {
		return 0
	}
	return pages * pageSize
}

// readSegments reads active segments of memory 0 at constant places within size.
func readSegments(section []byte, size uint64) (segments []dataSegment, ok bool) {
	count, n := binary.Uvarint(section)
	if n <= 0 {
		return nil, false
	}
	for b := section[n:]; count > 0; count-- {
		const active, i32Const, end = 0, 0x41, 0x0b
		if len(b) < 2 || b[0] != active || b[1] != i32Const {
			return nil, false
		}
		at, n := varint32(b[2:])
		if n == 0 || 2+n >= len(b) || b[2+n] != end {
			return nil, false
		}
		b = b[2+n+1:]
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) || uint64(at)+length > size {
			return nil, false
		}
		segments = append(segments, dataSegment{int(at), b[n : n+int(length)]})
		b = b[n+int(length):]
	}
	return segments, true
}

// varint32 reads a signed LEB128 as the address that it stands for, and how many bytes it took; 0 if it is not
// one.
func varint32(b []byte) (v uint32, n int) {
	for shift := 0; shift < 35 && n < len(b); shift += 7 {
		c := b[n]
		n++
		v |= uint32(c&0x7f) << shift
		if c&0x80 == 0 {
			if c&0x40 != 0 && shift+7 < 32 {
				v |= ^uint32(0) << (shift + 7)
			}
			return v, n
		}
	}
	return 0, 0
}
