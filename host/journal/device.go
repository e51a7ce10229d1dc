package journal

import (
	"fmt"
	"iter"
)

// Device is the seam between the journal's core (codec, hash chain, group commit) and what keeps the
// bytes. A device stores frames; it does not look into them.
//
// Contract:
//   - Append is durable when it returns nil; before, nothing of it is visible to Frames.
//   - Acquire, Renew, Release and Append are atomic and ordered among themselves, also when called by
//     several goroutines.
//   - Frames and Streams see what is durable, and may be called by any goroutine at any time.
//   - Bytes handed in are copied or written before the call returns; the caller reuses them.
//
// The conformance suite in the tests holds every device to it.
type Device interface {
	// Acquire raises the tokens of the named streams by one and sets owner and until, creating a stream
	// with token 1 if there is none: all in one durable transaction. A lease of another owner that runs beyond now
	// gives *HeldError, and no lease is taken then.
	Acquire(names []string, owner string, now, until int64) ([]StreamInfo, error)
	// Renew sets until on each lease and reports whether it is still held: held[i] is false if the
	// stream's token is no longer leases[i].Token.
	Renew(leases []Lease, until int64) (held []bool, err error)
	// Release ends each lease that is still held; others are left alone.
	Release(leases []Lease) error
	// Append stores all batches in one durable transaction. A batch whose token or expected position
	// does not match is left out and gets Err (ErrFenced or ErrConflict); the others are stored. An
	// error returned concerns all: nothing is stored, unless it is ErrIndeterminate.
	Append(batches []Batch) error
	// Frames yields the frames of a stream in order, from the one that holds position from. Bytes are
	// valid until the next iteration. Where entries were dropped it yields *DroppedError.
	Frames(stream uint32, from uint64) iter.Seq2[Frame, error]
	// Prune makes a the anchor of a stream and drops the frames before a.First, which begins one. Once the anchor
	// is durable it may stop at any time: what is left of the frames is dropped by the next Prune. It takes many
	// short transactions. errors.ErrUnsupported: the device keeps everything, or drops it by itself.
	Prune(stream uint32, a *Anchor) error
	// Streams lists the streams by number.
	Streams() ([]StreamInfo, error)
	// ReadOnly says that only Frames and Streams work.
	ReadOnly() bool
	// Close ends the device. No other call may follow.
	Close() error
}

// Lease is the right to append to a stream, as a device knows it.
type Lease struct {
	Stream uint32
	Token  uint64
}

// Frame is several encoded entries of one stream, one after another: what a device stores as one row.
type Frame struct {
	// First and Last are the positions of the first and the last entry.
	First, Last uint64
	Bytes       []byte
}

// Batch is what one stream appends in one transaction.
type Batch struct {
	Lease
	// Expected is the head's position before the append.
	Expected uint64
	// Position, Sequence and Hash are the head's after it.
	Position, Sequence uint64
	Hash               [32]byte
	Frames             []Frame
	// Err is set by the device if the batch was left out.
	Err error
}

// StreamInfo is a stream's row: its head and its lease.
type StreamInfo struct {
	ID   uint32
	Name string
	// Position is the head's, 0 for a stream without entries. Sequence is the head's.
	Position, Sequence uint64
	// Hash is the head's, zero for a stream without entries.
	Hash [32]byte
	// Token is the newest lease's. Owner is empty if the lease was released.
	Token uint64
	Owner string
	// Until is when the lease lapses, in nanoseconds since the Unix epoch.
	Until int64
	// Anchor stands for what was pruned.
	Anchor Anchor
}

// Anchor stands for the pruned beginning of a stream. The zero value: nothing was pruned.
type Anchor struct {
	// First is the position of the first entry that is kept. Hash, Sequence and Token are those of the entry
	// before it.
	First           uint64
	Hash            [32]byte
	Sequence, Token uint64
	// Carried are entries of the pruned beginning that stay, one after another.
	Carried []byte
}

// first is the position of the stream's first entry.
func (a *Anchor) first() uint64 { return max(a.First, 1) }

// heldAgainst says that the stream's lease is another owner's and still runs.
func (i *StreamInfo) heldAgainst(owner string, now int64) bool {
	return i.Owner != "" && i.Owner != owner && i.Until > now
}

// refuse compares what an append carries with the stream: nil, ErrFenced or ErrConflict, with the numbers.
func (i *StreamInfo) refuse(b *Batch) error {
	if b.Token != i.Token {
		return fmt.Errorf("append with token %d, stream %q is at token %d: %w", b.Token, i.Name, i.Token, ErrFenced)
	}
	if b.Expected != i.Position {
		return fmt.Errorf("append after entry %d, stream %q ends at %d: %w", b.Expected, i.Name, i.Position, ErrConflict)
	}
	return nil
}
