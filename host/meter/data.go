package meter

import "sort"

const (
	// gapMax is the longest run of zeros that is written out to join two data segments.
	gapMax = 512
	// pageSize is that of linear memory.
	pageSize = 1 << 16
)

// mergedData gives the data section with neighbouring segments joined. Go's linker writes one
// segment for each run of bytes that are not zero, some 30,000 of them, and an engine keeps state for
// each of them in each instance. ok is false where joining could be noticed: segments that are named
// by instructions or not constant, memory that others fill too, or a segment out of bounds, which
// must fail as it stands.
func (m *module) mergedData(usesData bool) (section []byte, segments int, ok bool) {
	if usesData || len(m.data) < 2 || len(m.mems) == 0 || m.memsImported > 0 {
		return nil, 0, false
	}
	size := uint64(m.mems[0].min) * pageSize
	for _, s := range m.data {
		if s.passive || !s.plain || uint64(s.offset)+uint64(s.bytes.len()) > size {
			return nil, 0, false
		}
	}
	order := make([]int, 0, len(m.data))
	for i, s := range m.data {
		if s.bytes.len() > 0 {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return m.data[order[i]].offset < m.data[order[j]].offset })
	return m.appendMerged(order)
}

// appendMerged joins segments in the order of their offsets. Where they overlap the later one in the
// file wins, so overlapping ones are written in the order of the file.
func (m *module) appendMerged(order []int) (section []byte, segments int, ok bool) {
	content := make([]byte, 0, m.sections[secData].len()+gapMax)
	var image []byte
	padding := 0
	for i := 0; i < len(order); segments++ {
		from := uint64(m.data[order[i]].offset)
		end, j := from, i
		for j < len(order) {
			s := m.data[order[j]]
			gap := int64(s.offset) - int64(end)
			if j > i && (gap > gapMax || padding > len(m.wasm)) {
				break
			}
			padding += int(max(gap, 0))
			end = max(end, uint64(s.offset)+uint64(s.bytes.len()))
			j++
		}
		image = append(image[:0], make([]byte, end-from)...)
		group := append([]int(nil), order[i:j]...)
		sort.Ints(group)
		for _, n := range group {
			s := m.data[n]
			copy(image[uint64(s.offset)-from:], m.wasm[s.bytes.start:s.bytes.end])
		}
		content = appendS64(append(content, 0, opI32Const), int64(int32(from)))
		content = appendU32(append(content, opEnd), uint32(len(image)))
		content = append(content, image...)
		i = j
	}
	return append(appendU32(nil, uint32(segments)), content...), segments, true
}
