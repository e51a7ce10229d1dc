package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// EntryFormat is the format that this host writes, and the newest that it reads.
const EntryFormat = 1

// The layout of an entry, little-endian. The size, the format and the trailing CRC are at these places
// in every format, so that any host can tell a damaged entry from a newer one.
const (
	offsetSize     = 0  // uint32: bytes of the whole entry, this field and the CRC included
	offsetFormat   = 4  // uint8
	offsetKind     = 5  // uint8
	offsetFlags    = 6  // uint16: 0 in format 1
	offsetStream   = 8  // uint32
	offsetPosition = 12 // uint64: from 1, dense in its stream
	offsetSequence = 20 // uint64
	offsetTime     = 28 // int64: ns since the Unix epoch, UTC
	offsetToken    = 36 // uint64
	offsetPrevious = 44 // [32]byte
	offsetBody     = 76 // size-80 bytes

	headerBytes = offsetBody
	crcBytes    = 4

	// entryOverhead is what an entry takes besides its body.
	entryOverhead = headerBytes + crcBytes
)

// EntryBytesMax bounds one encoded entry: 16 MiB. What is larger (a checkpoint of a guest's memory) has
// its own file, and the journal holds its hash.
const EntryBytesMax = 16 << 20

// castagnoli is CRC-32C, which amd64 and arm64 compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Entry is one record of a stream.
type Entry struct {
	// Format is 1. AppendEntry takes 0 for EntryFormat.
	Format uint8
	Kind   Kind
	// Stream is the stream's number in its device.
	Stream uint32
	// Position counts the stream's entries, from 1, without a gap.
	Position uint64
	// Sequence is the sequence of the last event up to and including this entry; only turns raise it.
	Sequence uint64
	// Time is the event's, in nanoseconds since the Unix epoch, UTC; no clock is read here.
	Time int64
	// Token is the fencing token of the lease under which the entry was written.
	Token uint64
	// Previous is the hash of the entry before, and for the first entry FirstPrevious of the stream's name.
	Previous [32]byte
	Body     []byte
}

// FirstPrevious is what a stream's first entry has as Previous: the SHA-256 of the stream's name. So the
// chain proves which stream it belongs to.
func FirstPrevious(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// AppendEntry appends e's encoding to b. It allocates only if b has no room.
func AppendEntry(b []byte, e *Entry) []byte {
	start := len(b)
	format := e.Format
	if format == 0 {
		format = EntryFormat
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(entryOverhead+len(e.Body)))
	b = append(b, format, byte(e.Kind), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, e.Stream)
	b = binary.LittleEndian.AppendUint64(b, e.Position)
	b = binary.LittleEndian.AppendUint64(b, e.Sequence)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time))
	b = binary.LittleEndian.AppendUint64(b, e.Token)
	b = append(b, e.Previous[:]...)
	b = append(b, e.Body...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// ReadEntry decodes the first entry of b into e and returns the bytes after it. e.Body points into b.
//
// Errors: ErrTruncated if b ends before the entry does, *CorruptError if its size or checksum is wrong
// (Stream and Position are then as found, and not to be trusted), ErrFormat if the entry is sound but of
// a newer format. Hash chain and density need the entries before and are Read's and Verify's matter.
func ReadEntry(b []byte, e *Entry) (rest []byte, err error) {
	if len(b) < entryOverhead {
		return nil, fmt.Errorf("%w: %d bytes left, an entry has at least %d", ErrTruncated, len(b), entryOverhead)
	}
	size := binary.LittleEndian.Uint32(b[offsetSize:])
	if size < entryOverhead || size > EntryBytesMax {
		return nil, corrupt(b, "size", fmt.Sprint(size), fmt.Sprintf("%d to %d", entryOverhead, EntryBytesMax))
	}
	if uint64(len(b)) < uint64(size) {
		return nil, fmt.Errorf("%w: entry of %d bytes, %d left", ErrTruncated, size, len(b))
	}
	raw, rest := b[:size-crcBytes], b[size:]
	if got, want := crc32.Checksum(raw, castagnoli), binary.LittleEndian.Uint32(b[size-crcBytes:]); got != want {
		return nil, corrupt(b, "checksum", fmt.Sprintf("%08x", got), fmt.Sprintf("%08x", want))
	}
	if raw[offsetFormat] != EntryFormat || raw[offsetFlags] != 0 || raw[offsetFlags+1] != 0 || raw[offsetKind] == 0 {
		return nil, fmt.Errorf("%w: format %d, kind %d, flags %d; this host reads format %d without flags",
			ErrFormat, raw[offsetFormat], raw[offsetKind], binary.LittleEndian.Uint16(raw[offsetFlags:]), EntryFormat)
	}
	e.decode(raw)
	return rest, nil
}

// decode fills e from an entry that is known to be sound.
func (e *Entry) decode(raw []byte) {
	e.Format, e.Kind = raw[offsetFormat], Kind(raw[offsetKind])
	e.Stream = binary.LittleEndian.Uint32(raw[offsetStream:])
	e.Position = binary.LittleEndian.Uint64(raw[offsetPosition:])
	e.Sequence = binary.LittleEndian.Uint64(raw[offsetSequence:])
	e.Time = int64(binary.LittleEndian.Uint64(raw[offsetTime:]))
	e.Token = binary.LittleEndian.Uint64(raw[offsetToken:])
	copy(e.Previous[:], raw[offsetPrevious:])
	e.Body = raw[offsetBody:len(raw):len(raw)]
}

// Hash is the SHA-256 of e's encoding without its CRC: the Previous of the entry after it. It encodes e
// anew and so allocates; the journal hashes the bytes that it has at hand.
func (e *Entry) Hash() [32]byte {
	b := AppendEntry(make([]byte, 0, entryOverhead+len(e.Body)), e)
	return hashEncoded(b)
}

// hashEncoded is Hash of an entry that is encoded already.
func hashEncoded(b []byte) [32]byte { return sha256.Sum256(b[:len(b)-crcBytes]) }
