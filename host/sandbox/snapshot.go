package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
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
	Memory     []byte   // All of the guest's memory.
}

// Snapshot copies the instance's state into s, whose memory it reuses. The meter has seen to it that
// there is no state elsewhere: modules that write tables or drop segments are refused.
func (i *Instance) Snapshot(s *Snapshot) error {
	if i.failed != nil {
		return i.failed
	}
	s.Identity = i.module.identity
	s.Clock, s.Random = i.clock, i.random.position()
	s.Buffer, s.BufferSize = i.bufferAt, i.bufferSize
	memory := i.wholeMemory()
	s.Memory = slices.Grow(s.Memory[:0], len(memory))[:len(memory)]
	copyChunks(s.Memory, memory)
	s.Globals = s.Globals[:0]
	for _, g := range i.globals {
		s.Globals = append(s.Globals, g.Get())
	}
	return nil
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
	if int64(len(s.Memory)) < size || len(s.Memory)%pageSize != 0 {
		return fmt.Errorf("snapshot has %d bytes of memory, the module begins with %d", len(s.Memory), size)
	}
	if _, ok := i.memory.Grow(uint32((int64(len(s.Memory)) - size) / pageSize)); !ok {
		return fmt.Errorf("snapshot has %d bytes of memory, the limit is %d", len(s.Memory), i.module.limits.MemoryBytes)
	}
	if uint64(s.Buffer)+uint64(s.BufferSize) > uint64(len(s.Memory)) {
		return fmt.Errorf("snapshot has a buffer of %d bytes at %#x, outside of its memory", s.BufferSize, s.Buffer)
	}
	copyPages(i.wholeMemory(), s.Memory)
	for n, g := range i.globals {
		g.Set(s.Globals[n])
	}
	i.clock = s.Clock
	i.random.seek(s.Random)
	i.bufferAt, i.bufferSize = s.Buffer, s.BufferSize
	return nil
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

// chunkSize is how much is copied or hashed at once. Both run in assembly that the scheduler cannot
// interrupt: 64 MiB in one piece hashed for 45 ms, and the host's heart stood still.
const chunkSize = 256 << 10

func copyChunks(to, from []byte) {
	for chunk := range slices.Chunk(from, chunkSize) {
		to = to[copy(to, chunk):]
	}
}

var zeroPage [snapshotPage]byte

// copyPages copies memory into that of a new instance, most of which the kernel has not made yet. To
// read a page of zeros there is cheap, to write it is not: pages that are zero on both sides stay as
// they are, which makes restoring twice as fast and an instance as small as what it uses.
func copyPages(to, from []byte) {
	for at := 0; at < len(from); at += snapshotPage {
		source, target := from[at:at+snapshotPage], to[at:at+snapshotPage]
		if !bytes.Equal(source, zeroPage[:]) || !bytes.Equal(target, zeroPage[:]) {
			copy(target, source)
		}
	}
}

func hashChunks(h hash.Hash, b []byte) {
	for chunk := range slices.Chunk(b, chunkSize) {
		h.Write(chunk)
	}
}
