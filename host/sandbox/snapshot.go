package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"runtime"
	"slices"
)

// ErrIdentity says that a snapshot was made by another module, meter, engine or limit: what would go on
// from it would not be what it was taken from. Replay the journal instead.
var ErrIdentity = errors.New("snapshot is of another identity")

// Snapshot is the whole state of an instance between two calls. The zero value is ready for
// Instance.Snapshot. Not concurrency safe.
type Snapshot struct {
	Identity   [32]byte // Hash of the Identity that made it.
	Clock      int64    // Virtual clock, nanoseconds since the Unix epoch.
	Random     [16]byte // Position of the random generator.
	Buffer     uint32   // The guest's input buffer,
	BufferSize uint32   // and its size.
	Globals    []uint64 // The guest's mutable globals in the order of the module.

	// The memory: its size, and the blocks that differ from the image that the module's instances share (from
	// zeros, if there is none), by their offsets in ascending order.
	size    int
	image   *image
	offsets []uint32
	blocks  []byte
}

// MemoryBytes is the size of the guest's memory.
func (s *Snapshot) MemoryBytes() int64 { return int64(s.size) }

// OwnBytes is how much of the memory is the snapshot's own; the rest is shared with the module's instances.
func (s *Snapshot) OwnBytes() int64 { return int64(len(s.blocks)) }

// memory gives the memory page by page, in order; each is valid during the call.
func (s *Snapshot) memory(yield func(at int, page []byte) bool) {
	var made [snapshotPage]byte
	n := 0
	for at := 0; at < s.size; at += snapshotPage {
		page := s.image.page(at)
		if n < len(s.offsets) && int(s.offsets[n]) < at+snapshotPage {
			page, n = s.page(&made, at, n)
		}
		if !yield(at, page) {
			break
		}
	}
	runtime.KeepAlive(s.image)
}

// ownPages are those pages of memory that have blocks of the snapshot's own.
func (s *Snapshot) ownPages(yield func(at int, page []byte) bool) {
	var made [snapshotPage]byte
	for n := 0; n < len(s.offsets); {
		at := int(s.offsets[n]) / snapshotPage * snapshotPage
		var page []byte
		if page, n = s.page(&made, at, n); !yield(at, page) {
			break
		}
	}
	runtime.KeepAlive(s.image)
}

// page makes the page at an offset, whose first own block is the n-th, and returns the place of the block behind it.
func (s *Snapshot) page(made *[snapshotPage]byte, at, n int) (page []byte, next int) {
	copy(made[:], s.image.page(at))
	for ; n < len(s.offsets) && int(s.offsets[n]) < at+snapshotPage; n++ {
		copy(made[int(s.offsets[n])-at:], s.blocks[n*snapshotBlock:(n+1)*snapshotBlock])
	}
	return made[:], n
}

// Snapshot copies the instance's state into s, whose memory it reuses: what differs from what the
// module's instances share. The meter has seen to it that
// there is no state elsewhere: modules that write tables or drop segments are refused.
func (i *Instance) Snapshot(s *Snapshot) error {
	if i.failed != nil {
		return i.failed
	}
	s.Identity = i.module.identity
	s.Clock, s.Random = i.clock, i.random.position()
	s.Buffer, s.BufferSize = i.bufferAt, i.bufferSize
	s.copyBlocks(i.module.image, i.wholeMemory())
	s.Globals = s.Globals[:0]
	for _, g := range i.globals {
		s.Globals = append(s.Globals, g.Get())
	}
	return nil
}

// copyBlocks copies what of the memory is not the image's.
func (s *Snapshot) copyBlocks(shared *image, memory []byte) {
	s.size, s.image = len(memory), shared
	s.offsets = shared.differingBlocks(s.offsets[:0], memory)
	if need := len(s.offsets) * snapshotBlock; cap(s.blocks) < need {
		s.blocks = make([]byte, 0, need+need/8) // little more than it takes: it is kept for each agent
	}
	s.blocks = s.blocks[:0]
	for _, at := range s.offsets {
		s.blocks = append(s.blocks, memory[at:at+snapshotBlock]...)
	}
}

// Restore makes an instance that goes on where the snapshot was taken, without running any of the
// guest's code. Of c, Seed, Time and Parameters are not used. The error is ErrIdentity if the snapshot is
// not of this module.
func (m *Module) Restore(ctx context.Context, c InstanceConfig, s *Snapshot) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("restore %s: %w", c.Name, err)
	}
	if s.Identity != m.identity {
		return nil, fmt.Errorf("restore %s: %w", c.Name, ErrIdentity)
	}
	i, err := m.newInstance(c)
	if err != nil {
		return nil, err
	}
	if err := i.restore(s); err != nil {
		return nil, errors.Join(fmt.Errorf("restore %s: %w", c.Name, err), i.Close())
	}
	return i, nil
}

func (i *Instance) restore(s *Snapshot) error {
	if len(s.Globals) != len(i.globals) {
		return fmt.Errorf("snapshot has %d globals, the module %d", len(s.Globals), len(i.globals))
	}
	size := int64(i.memory.Size())
	if int64(s.size) < size || s.size%pageSize != 0 {
		return fmt.Errorf("snapshot has %d bytes of memory, the module begins with %d", s.size, size)
	}
	if _, ok := i.memory.Grow(uint32((int64(s.size) - size) / pageSize)); !ok {
		return fmt.Errorf("snapshot has %d bytes of memory, the limit is %d", s.size, i.module.limits.MemoryBytes)
	}
	if uint64(s.Buffer)+uint64(s.BufferSize) > uint64(s.size) {
		return fmt.Errorf("snapshot has a buffer of %d bytes at %#x, outside of its memory", s.BufferSize, s.Buffer)
	}
	i.fillFrom(s)
	for n, g := range i.globals {
		g.Set(s.Globals[n])
	}
	i.clock = s.Clock
	i.random.seek(s.Random)
	i.bufferAt, i.bufferSize = s.Buffer, s.BufferSize
	return nil
}

// fillFrom makes the memory what it is in the snapshot.
func (i *Instance) fillFrom(s *Snapshot) {
	m := i.backing
	if s.image != nil && s.image == m.image {
		m.fillBlocks(s.size, s.offsets, s.blocks)
		return
	}
	for at, page := range s.memory {
		m.put(at, page)
	}
	m.clear(s.size)
}

// Hash writes what a later tick may depend on: guest memory, mutable globals (fuel and depth apart),
// virtual clock, random position, and the guest's buffer. It works on poisoned instances too.
func (i *Instance) Hash(h hash.Hash) {
	if i.failed == ErrClosed {
		return
	}
	var b [8]byte
	word := func(v uint64) {
		binary.LittleEndian.PutUint64(b[:], v)
		h.Write(b[:])
	}
	memory := i.wholeMemory()
	word(uint64(len(memory)))
	hashChunks(h, memory)
	word(uint64(len(i.globals)))
	for _, g := range i.globals {
		word(g.Get())
	}
	word(uint64(i.clock))
	position := i.random.position()
	h.Write(position[:])
	word(uint64(i.bufferAt)<<32 | uint64(i.bufferSize))
}

// wholeMemory is a view of all of the guest's memory.
func (i *Instance) wholeMemory() []byte {
	memory, _ := i.memory.Read(0, i.memory.Size())
	return memory
}

// chunkSize is how much is hashed at once. It runs in assembly that the scheduler cannot
// interrupt: 64 MiB in one piece hashed for 45 ms, and the host's heart stood still.
const chunkSize = 256 << 10

func hashChunks(h hash.Hash, b []byte) {
	for chunk := range slices.Chunk(b, chunkSize) {
		h.Write(chunk)
	}
}
