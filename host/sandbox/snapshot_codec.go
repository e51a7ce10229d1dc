package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Hash is the SHA-256 of the snapshot.
func (s *Snapshot) Hash() [32]byte {
	h := sha256.New()
	h.Write(s.appendHead(nil))
	for _, page := range s.memory {
		h.Write(page)
	}
	return [32]byte(h.Sum(nil))
}

// Format of an encoded snapshot: magic, head, then (page number u32, page) for each page that is not
// all zeros, then the SHA-256 of all before it. Little-endian.
const (
	snapshotMagic    = "AHSNAP\x01\x00"
	snapshotPage     = 4 << 10
	snapshotBlock    = 256 // in memory only
	snapshotHeadSize = 32 + 8 + 16 + 8 + 4 + 8
)

// appendHead writes all but the memory: identity, clock, random, buffer, globals, size of the memory.
func (s *Snapshot) appendHead(b []byte) []byte {
	b = append(b, s.Identity[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Clock))
	b = append(b, s.Random[:]...)
	b = binary.LittleEndian.AppendUint32(b, s.Buffer)
	b = binary.LittleEndian.AppendUint32(b, s.BufferSize)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Globals)))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.size))
	for _, g := range s.Globals {
		b = binary.LittleEndian.AppendUint64(b, g)
	}
	return b
}

// AppendBinary encodes a snapshot that Instance.Snapshot made behind b; pages of zeros take no room.
// The error is always nil.
func (s *Snapshot) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = s.appendHead(append(b, snapshotMagic...))
	for at, page := range s.memory {
		if !bytes.Equal(page, zeroPage[:]) {
			b = binary.LittleEndian.AppendUint32(b, uint32(at/snapshotPage))
			b = append(b, page...)
		}
	}
	return append(b[:start], seal(b[start:])...), nil
}

// seal puts the SHA-256 of b behind it.
func seal(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// UnmarshalBinary decodes what AppendBinary wrote into s, whose memory it reuses. It refuses bytes
// that are not whole.
func (s *Snapshot) UnmarshalBinary(b []byte) error {
	body, err := snapshotBody(b)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return s.readHead(body)
}

// readHead reads what appendHead wrote, and the pages behind it.
func (s *Snapshot) readHead(body []byte) error {
	copy(s.Identity[:], body)
	s.Clock = int64(binary.LittleEndian.Uint64(body[32:]))
	copy(s.Random[:], body[40:])
	s.Buffer, s.BufferSize = binary.LittleEndian.Uint32(body[56:]), binary.LittleEndian.Uint32(body[60:])
	globals, size := uint64(binary.LittleEndian.Uint32(body[64:])), binary.LittleEndian.Uint64(body[68:])
	body = body[snapshotHeadSize:]
	if globals*8 > uint64(len(body)) || size > memoryBytesMax || size%pageSize != 0 {
		return fmt.Errorf("snapshot: %d globals and %d bytes of memory cannot be", globals, size)
	}
	s.Globals = s.Globals[:0]
	for range globals {
		s.Globals = append(s.Globals, binary.LittleEndian.Uint64(body))
		body = body[8:]
	}
	return s.readPages(body, size)
}

// snapshotBody checks magic and hash and returns what is between them.
func snapshotBody(b []byte) ([]byte, error) {
	if len(b) < len(snapshotMagic)+snapshotHeadSize+sha256.Size {
		return nil, fmt.Errorf("%d bytes are too few", len(b))
	}
	if string(b[:len(snapshotMagic)]) != snapshotMagic {
		return nil, fmt.Errorf("begins with %q, want %q", b[:len(snapshotMagic)], snapshotMagic)
	}
	end := len(b) - sha256.Size
	if sum := sha256.Sum256(b[:end]); string(sum[:]) != string(b[end:]) {
		return nil, errors.New("is damaged: its hash differs")
	}
	return b[len(snapshotMagic):end], nil
}

func (s *Snapshot) readPages(body []byte, size uint64) error {
	s.size, s.image, s.offsets, s.blocks = int(size), nil, s.offsets[:0], s.blocks[:0]
	for next := uint64(0); len(body) > 0; {
		if len(body) < 4+snapshotPage {
			return fmt.Errorf("snapshot: %d bytes left over", len(body))
		}
		at := uint64(binary.LittleEndian.Uint32(body)) * snapshotPage
		if at+snapshotPage > size {
			return fmt.Errorf("snapshot: page at %d is beyond its %d bytes of memory", at, size)
		}
		if at < next {
			return fmt.Errorf("snapshot: page at %d comes after one at %d", at, next-snapshotPage)
		}
		next = at + snapshotPage
		for block := at; block < next; block += snapshotBlock {
			s.offsets = append(s.offsets, uint32(block))
		}
		s.blocks = append(s.blocks, body[4:4+snapshotPage]...)
		body = body[4+snapshotPage:]
	}
	return nil
}
