package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
)

// differenceMagic begins an encoded difference: then the SHA-256 of the module's image (zeros for none), the
// snapshot's head, and (page number u32, page) for each page that the image has not the same. Little-endian.
// It bears no checksum of its own: whoever keeps it has one.
const differenceMagic = "AHDIFF\x01\x00"

// sum is the SHA-256 of what is shared, zeros for nothing.
func (g *image) sum() (sum [32]byte) {
	if g == nil {
		return sum
	}
	g.once.Do(func() {
		h := sha256.New()
		hashChunks(h, g.pages)
		h.Sum(g.hash[:0])
	})
	runtime.KeepAlive(g)
	return g.hash
}

// AppendDifference appends a snapshot that Instance.Snapshot made, without what all instances of its module
// share after init, which a module that is loaded again has again. It may be called on another goroutine
// than the instance's.
func (s *Snapshot) AppendDifference(b []byte) []byte {
	sum := s.image.sum()
	b = s.appendHead(append(append(b, differenceMagic...), sum[:]...))
	for at, page := range s.ownPages {
		b = binary.LittleEndian.AppendUint32(b, uint32(at/snapshotPage))
		b = append(b, page...)
	}
	return b
}

// ReadDifference makes s the snapshot whose AppendDifference gave b. The error is ErrIdentity if it was of
// another module, or of one that shared something else.
func (m *Module) ReadDifference(b []byte, s *Snapshot) error {
	const prefix = len(differenceMagic) + sha256.Size
	if len(b) < prefix+snapshotHeadSize || string(b[:len(differenceMagic)]) != differenceMagic {
		return errors.New("snapshot: what was found is not the difference to an image")
	}
	if [32]byte(b[prefix:]) != m.identity {
		return fmt.Errorf("snapshot: %w", ErrIdentity)
	}
	if [32]byte(b[len(differenceMagic):]) != m.image.sum() {
		return fmt.Errorf("snapshot: it differs from another image than the module has now: %w", ErrIdentity)
	}
	if err := s.readHead(b[prefix:]); err != nil {
		return err
	}
	s.image = m.image
	return nil
}
