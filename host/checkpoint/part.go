package checkpoint

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Format is the format that this host writes, and the only one that it reads.
const Format = 1

// What is wrong with a checkpoint; errors.Is finds them.
var (
	// ErrDamaged: the bytes are not those that were written.
	ErrDamaged = errors.New("checkpoint is damaged")
	// ErrFormat: it was written by another version.
	ErrFormat = errors.New("checkpoint is of a format that this host does not read")
	// ErrNotExist: there is no such checkpoint.
	ErrNotExist = errors.New("there is no such checkpoint")
)

// Anchor is the entry of a journal stream up to which a state has taken everything in.
type Anchor struct {
	Stream string
	// Position is the entry's, 0 for a stream without any; Sequence its event sequence, Hash its hash.
	Position, Sequence uint64
	Hash               [32]byte
}

// Part is one state of a checkpoint: a lane's, or an agent's with its strategy.
type Part struct {
	Anchor
	// Maker is a hash over all that made the state and without which it cannot go on; MadeBy names that for a
	// person.
	Maker  [32]byte
	MadeBy string
	// State is what the host keeps, Guest a strategy's memory; empty where there is none.
	State, Guest []byte
}

// Info is what is known of a part without its states.
type Info struct {
	// ID is the part's; several checkpoints may hold the same one.
	ID int64
	Anchor
	Maker  [32]byte
	MadeBy string
	// Format is what it was written in. Size is of the states, Stored of what is left of them in the file, in bytes.
	Format       int
	Size, Stored int64
	// SHA256 is over all of the part.
	SHA256 [32]byte
}

// Checkpoint is the parts of one group at one time.
type Checkpoint struct {
	// ID counts the checkpoints of a file, from 1; a later one has a higher id.
	ID int64
	// Group is the venue and account, Time when it was made, in event time.
	Group string
	Time  int64
	// Format is what it was written in, SHA256 over itself and its parts.
	Format int
	SHA256 [32]byte
	Parts  []Info
}

// Stored is how many bytes the checkpoint's parts take in the file.
func (c *Checkpoint) Stored() (n int64) {
	for i := range c.Parts {
		n += c.Parts[i].Stored
	}
	return n
}

// Find is the part of a stream, nil if there is none.
func (c *Checkpoint) Find(stream string) *Info {
	for i := range c.Parts {
		if c.Parts[i].Stream == stream {
			return &c.Parts[i]
		}
	}
	return nil
}

// Verify holds the checkpoint to its hash. The parts' own hashes are looked at where they are loaded.
func (c *Checkpoint) Verify() error {
	if c.Format != Format {
		return fmt.Errorf("checkpoint %d of format %d, this host reads %d: %w", c.ID, c.Format, Format, ErrFormat)
	}
	if c.hash() != c.SHA256 {
		return fmt.Errorf("checkpoint %d: its hash differs: %w", c.ID, ErrDamaged)
	}
	return nil
}

// Seal gives the checkpoint the format and the hash that Verify holds it to.
func (c *Checkpoint) Seal() {
	c.Format = Format
	c.SHA256 = c.hash()
}

func (c *Checkpoint) hash() [32]byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(c.Format))
	b = appendText(b, c.Group)
	b = binary.LittleEndian.AppendUint64(b, uint64(c.Time))
	for i := range c.Parts {
		b = append(b, c.Parts[i].SHA256[:]...)
	}
	return sha256.Sum256(b)
}

// hash is over the part's head and its body as it is stored, so that nothing is unpacked that was not looked at.
func (p *Info) hash(body []byte) [32]byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(p.Format))
	b = appendText(b, p.Stream)
	b = binary.LittleEndian.AppendUint64(b, p.Position)
	b = binary.LittleEndian.AppendUint64(b, p.Sequence)
	b = append(append(b, p.Hash[:]...), p.Maker[:]...)
	b = appendText(b, p.MadeBy)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Size))
	sum := sha256.Sum256(body)
	return sha256.Sum256(append(b, sum[:]...))
}

func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// sizeMax bounds the states of one part when they are unpacked: a guest's memory and the host's own.
const sizeMax = 5 << 30

// Codec makes of a part what a store keeps of it, and the part of that again. This type is concurrency safe.
type Codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// NewCodec makes one, which its owner closes.
func NewCodec() (*Codec, error) {
	// The fastest level: what is packed is what differs from an image, mostly zeros and small numbers.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(sizeMax))
	if err != nil {
		return nil, errors.Join(err, encoder.Close())
	}
	return &Codec{encoder, decoder}, nil
}

// Close lets go of the codec; it may be nil.
func (c *Codec) Close() {
	if c == nil {
		return
	}
	_ = c.encoder.Close() // it writes to nothing
	c.decoder.Close()
}

// Pack is what is known of a part, its id aside, and its states as they are stored.
func (c *Codec) Pack(p *Part) (i Info, body []byte) {
	raw := binary.AppendUvarint(make([]byte, 0, len(p.State)+len(p.Guest)+10), uint64(len(p.State)))
	raw = append(append(raw, p.State...), p.Guest...)
	body = c.encoder.EncodeAll(raw, nil)
	i = Info{Anchor: p.Anchor, Maker: p.Maker, MadeBy: p.MadeBy, Format: Format, Size: int64(len(raw)), Stored: int64(len(body))}
	i.SHA256 = i.hash(body)
	return i, body
}

// Unpack holds what is stored to its hash and makes the part of it again. Errors: ErrDamaged, ErrFormat.
func (c *Codec) Unpack(i *Info, body []byte) (*Part, error) {
	if i.Format != Format {
		return nil, fmt.Errorf("part of stream %q: format %d, this host reads %d: %w", i.Stream, i.Format, Format, ErrFormat)
	}
	if i.hash(body) != i.SHA256 {
		return nil, fmt.Errorf("part of stream %q: its hash differs: %w", i.Stream, ErrDamaged)
	}
	p := &Part{Anchor: i.Anchor, Maker: i.Maker, MadeBy: i.MadeBy}
	var err error
	if p.State, p.Guest, err = c.unpack(body, i.Size); err != nil {
		return nil, fmt.Errorf("part of stream %q: %w", i.Stream, err)
	}
	return p, nil
}

func (c *Codec) unpack(body []byte, size int64) (state, guest []byte, err error) {
	if size < 0 || size > sizeMax {
		return nil, nil, fmt.Errorf("%d bytes cannot be: %w", size, ErrDamaged)
	}
	raw, err := c.decoder.DecodeAll(body, make([]byte, 0, size))
	if err != nil {
		return nil, nil, fmt.Errorf("unpack: %w: %w", ErrDamaged, err)
	}
	length, n := binary.Uvarint(raw)
	if n <= 0 || int64(len(raw)) != size || length > uint64(len(raw)-n) {
		return nil, nil, fmt.Errorf("unpacked %d bytes of %d: %w", len(raw), size, ErrDamaged)
	}
	return raw[n : n+int(length)], raw[n+int(length):], nil
}
