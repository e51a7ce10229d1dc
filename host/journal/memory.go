package journal

import (
	"errors"
	"iter"
	"sort"
	"sync"
)

// chunkBytes is how much a memory device allocates at once, so that a long recorded run makes a few
// thousand allocations and not one for each frame.
const chunkBytes = 1 << 20

// MemoryOptions sets up a memory device. The zero value keeps everything.
type MemoryOptions struct {
	// BytesMax caps the bytes kept: beyond it the oldest frames are dropped, a chunk (1 MiB) at a time,
	// and reading them gives *DroppedError. 0 keeps all. At least one chunk is always kept.
	BytesMax int64
}

// memory is a Device for recorded runs and tests: it is gone with the process. Concurrency safe.
type memory struct {
	options MemoryOptions

	mu      sync.RWMutex
	streams []*memoryStream // a stream's number is its index + 1
	names   map[string]*memoryStream
	chunks  [][]byte
	// dropped counts the chunks dropped from the front: chunks[0] has this number.
	dropped int
	bytes   int64
	closed  bool
}

type memoryStream struct {
	info   StreamInfo
	frames []memoryFrame
}

// memoryFrame is the place of a frame in the chunks.
type memoryFrame struct {
	first, last uint64
	chunk       int
	from, to    int
}

// NewMemory makes an empty memory device.
func NewMemory(o MemoryOptions) Device {
	return &memory{options: o, names: make(map[string]*memoryStream)}
}

func (m *memory) Acquire(names []string, owner string, now, until int64) ([]StreamInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	for _, name := range names {
		if s := m.names[name]; s != nil && s.info.heldAgainst(owner, now) {
			return nil, &HeldError{Stream: name, By: s.info.Owner, Until: s.info.Until}
		}
	}
	infos := make([]StreamInfo, len(names))
	for i, name := range names {
		s := m.names[name]
		if s == nil {
			s = &memoryStream{info: StreamInfo{ID: uint32(len(m.streams) + 1), Name: name}}
			m.streams = append(m.streams, s)
			m.names[name] = s
		}
		s.info.Token++
		s.info.Owner, s.info.Until = owner, until
		infos[i] = s.info
	}
	return infos, nil
}

func (m *memory) Renew(leases []Lease, until int64) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make([]bool, len(leases))
	for i, l := range leases {
		if s := m.holder(l); s != nil {
			s.info.Until, held[i] = until, true
		}
	}
	return held, nil
}

func (m *memory) Release(leases []Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range leases {
		if s := m.holder(l); s != nil {
			s.info.Owner, s.info.Until = "", 0
		}
	}
	return nil
}

// holder returns the stream if the lease is its newest and was not released.
func (m *memory) holder(l Lease) *memoryStream {
	s := m.stream(l.Stream)
	if s == nil || s.info.Token != l.Token || s.info.Owner == "" {
		return nil
	}
	return s
}

func (m *memory) stream(id uint32) *memoryStream {
	if id == 0 || int(id) > len(m.streams) {
		return nil
	}
	return m.streams[id-1]
}

func (m *memory) Append(batches []Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for i := range batches {
		b := &batches[i]
		s := m.stream(b.Stream)
		if s == nil {
			b.Err = ErrNotExist
			continue
		}
		if b.Err = s.info.refuse(b); b.Err != nil {
			continue
		}
		for _, f := range b.Frames {
			m.keep(s, f)
		}
		s.info.Position, s.info.Sequence, s.info.Hash = b.Position, b.Sequence, b.Hash
	}
	return nil
}

// keep copies a frame into the newest chunk, or a new one where it does not fit.
func (m *memory) keep(s *memoryStream, f Frame) {
	last := len(m.chunks) - 1
	if last < 0 || cap(m.chunks[last])-len(m.chunks[last]) < len(f.Bytes) {
		m.grow(len(f.Bytes))
		last = len(m.chunks) - 1
	}
	from := len(m.chunks[last])
	m.chunks[last] = append(m.chunks[last], f.Bytes...)
	s.frames = append(s.frames, memoryFrame{f.First, f.Last, m.dropped + last, from, from + len(f.Bytes)})
}

// grow adds a chunk, and first drops the oldest ones where the cap asks for it.
func (m *memory) grow(need int) {
	size := max(need, chunkBytes)
	var chunk []byte
	for m.options.BytesMax > 0 && len(m.chunks) > 0 && m.bytes+int64(size) > m.options.BytesMax {
		chunk = m.drop()
	}
	if cap(chunk) < size {
		chunk = make([]byte, 0, size)
	}
	m.chunks = append(m.chunks, chunk[:0])
	m.bytes += int64(cap(chunk))
}

// drop forgets the oldest chunk and the frames in it, and returns its memory to be used again: readers
// copy under the lock, so nobody looks into it.
func (m *memory) drop() []byte {
	chunk := m.chunks[0]
	m.chunks[0] = nil
	m.chunks = m.chunks[1:]
	m.bytes -= int64(cap(chunk))
	for _, s := range m.streams {
		n := sort.Search(len(s.frames), func(i int) bool { return s.frames[i].chunk > m.dropped })
		s.frames = s.frames[n:]
	}
	m.dropped++
	return chunk
}

func (m *memory) Frames(stream uint32, from uint64) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		var buffer []byte
		for {
			f, bytes, err := m.frame(stream, from, buffer)
			if err != nil {
				yield(Frame{}, err)
				return
			}
			if f.Bytes == nil || !yield(f, nil) {
				return
			}
			buffer, from = bytes, f.Last+1
		}
	}
}

// frame copies the frame that holds position from into buffer. A frame without bytes: there is none yet.
func (m *memory) frame(stream uint32, from uint64, buffer []byte) (Frame, []byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.stream(stream)
	if s == nil {
		return Frame{}, nil, ErrNotExist
	}
	n := sort.Search(len(s.frames), func(i int) bool { return s.frames[i].last >= from })
	if kept := s.kept(); from < kept {
		return Frame{}, nil, &DroppedError{Stream: s.info.Name, From: from, Kept: kept}
	}
	if n == len(s.frames) {
		return Frame{}, buffer, nil
	}
	f := s.frames[n]
	buffer = append(buffer[:0], m.chunks[f.chunk-m.dropped][f.from:f.to]...)
	return Frame{First: f.first, Last: f.last, Bytes: buffer}, buffer, nil
}

// kept is the first position that is still there, head+1 if none is.
func (s *memoryStream) kept() uint64 {
	if len(s.frames) == 0 {
		return s.info.Position + 1
	}
	return s.frames[0].first
}

// Prune is not for memory, which has a cap.
func (m *memory) Prune(uint32, *Anchor) error { return errors.ErrUnsupported }

func (m *memory) Streams() ([]StreamInfo, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	infos := make([]StreamInfo, len(m.streams))
	for i, s := range m.streams {
		infos[i] = s.info
	}
	return infos, nil
}

func (m *memory) ReadOnly() bool { return false }

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
