package sandbox

import "errors"

// ErrNotExported says that the module has no such export.
var ErrNotExported = errors.New("not exported by the module")

// Snapshot is the whole state of an instance between two calls. The zero value is ready for
// Instance.Snapshot. Not concurrency safe.
type Snapshot struct {
	Identity [32]byte // Hash of the Identity that made it.
	Clock    int64    // Virtual clock.
	Random   [16]byte // Position of the random generator.
	Buffer   uint32   // The guest's input buffer and its size.
	Capacity uint32
	Globals  []uint64 // Mutable globals in the order of the module.
	Memory   []byte
}

// Hash is the SHA-256 of the snapshot.
func (s *Snapshot) Hash() [32]byte { panic("in work") }

// AppendBinary encodes the snapshot behind b; pages of zeros take no room.
func (s *Snapshot) AppendBinary(b []byte) ([]byte, error) { panic("in work") }

// UnmarshalBinary decodes what AppendBinary wrote.
func (s *Snapshot) UnmarshalBinary(b []byte) error { panic("in work") }
