package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrFenced: another owner has acquired the stream since. Definite: nothing was stored. Stop the agent.
	ErrFenced = errors.New("fenced: another owner holds the stream")
	// ErrConflict: the stream's head is not where the append expects it, under the same token. Definite:
	// nothing was stored. Acquire again and rebuild from the journal.
	ErrConflict = errors.New("head of the stream has moved")
	// ErrFull: the device has no room. Definite: nothing was stored. Send nothing; make room; acquire again.
	ErrFull = errors.New("journal device is full")
	// ErrIndeterminate: the batch may or may not be stored. Close, open again, and look at the head.
	ErrIndeterminate = errors.New("not known whether the append is stored")
	// ErrHeld: another owner's lease on the stream still runs, or another host has the data open. See HeldError.
	ErrHeld = errors.New("held by another owner")
	// ErrNotExist: there is no such stream, or no journal at that path.
	ErrNotExist = errors.New("does not exist")
	// ErrTruncated: an encoded entry ends before it is complete.
	ErrTruncated = errors.New("entry is cut short")
	// ErrFormat: an entry is sound, but of a format that this host does not read.
	ErrFormat = errors.New("entry format is not known to this host")
	// ErrTooLarge: an entry is larger than EntryBytesMax.
	ErrTooLarge = errors.New("entry is too large")
	// ErrDropped: the entries asked for were dropped by a memory device with a cap, or pruned. See DroppedError.
	ErrDropped = errors.New("entries are no longer kept")
	// ErrReadOnly: the journal was opened to be read.
	ErrReadOnly = errors.New("journal is open read-only")
	// ErrClosed: the journal or the stream is closed.
	ErrClosed = errors.New("journal is closed")
)

// HeldError says who holds a lease and until when. errors.Is(err, ErrHeld) holds.
type HeldError struct {
	Stream, By string
	// Until is in nanoseconds since the Unix epoch; 0 if the data as a whole is held by another host.
	Until int64
}

// Error names the holder and what to do.
func (e *HeldError) Error() string {
	if e.Until == 0 {
		return fmt.Sprintf("%s is held by another host (%s); stop it, or use a journal of your own", e.Stream, e.By)
	}
	return fmt.Sprintf("stream %q is held by %s until %s; stop that host or wait",
		e.Stream, e.By, time.Unix(0, e.Until).UTC().Format(time.RFC3339Nano))
}

// Unwrap gives ErrHeld.
func (e *HeldError) Unwrap() error { return ErrHeld }

// CorruptError says where a journal is damaged and how that was seen.
type CorruptError struct {
	Stream uint32
	// Position is that of the entry at which the damage was seen.
	Position uint64
	// What is checked: size, checksum, chain, position, sequence, token, stream, frame, entry,
	// head, head hash, head sequence, or database.
	What            string
	Found, Expected string
	// Err is the cause, where another error is.
	Err error
}

// Error names the place, what was found there, and the command that checks the rest.
func (e *CorruptError) Error() string {
	s := fmt.Sprintf("journal is damaged at entry %d of stream %d: %s", e.Position, e.Stream, e.What)
	if e.Found != "" || e.Expected != "" {
		s += fmt.Sprintf(" is %s, want %s", e.Found, e.Expected)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + "; run `agenthost journal verify`, then restore the journal from a backup"
}

// Unwrap gives the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

func corrupt(b []byte, what, found, expected string) *CorruptError {
	return &CorruptError{
		Stream:   binary.LittleEndian.Uint32(b[offsetStream:]),
		Position: binary.LittleEndian.Uint64(b[offsetPosition:]),
		What:     what, Found: found, Expected: expected,
	}
}

// OlderThanMarkError says that a stream lacks an entry that was durable once: a backup was restored, a
// write-ahead log was deleted, or the disk lost what it had acknowledged. Such a stream does not trade
// until a person gives it a new run (Journal.ResetMark, then a new genesis).
type OlderThanMarkError struct {
	Stream string
	// Found is the stream's head, Mark the position that was durable once.
	Found, Mark uint64
	// Forked says that the stream reaches the mark, but with another entry at its place.
	Forked bool
	// Path is the high-water mark's file.
	Path string
}

// Error says what is missing and what to do.
func (e *OlderThanMarkError) Error() string {
	if e.Forked {
		return fmt.Sprintf("stream %q has another entry %d than the one in the high-water mark %s: its history was replaced; "+
			"run `agenthost journal verify`, reconcile with the venue, then give it a new run", e.Stream, e.Mark, e.Path)
	}
	return fmt.Sprintf("stream %q ends at entry %d, but entry %d was durable once (high-water mark %s): the journal is older than its mark; "+
		"run `agenthost journal verify`, reconcile with the venue, then give it a new run", e.Stream, e.Found, e.Mark, e.Path)
}

// DroppedError says which entries a capped memory device, or a pruned journal, still keeps. errors.Is(err,
// ErrDropped) holds.
type DroppedError struct {
	Stream string
	// Pruned says that a person or the retention has given them up.
	Pruned bool
	// From is the position asked for, Kept the first that is there (head+1 if none).
	From, Kept uint64
}

// Error names both positions.
func (e *DroppedError) Error() string {
	if e.Pruned {
		return fmt.Sprintf("stream %q: entries %d to %d were pruned; what was archived is in the file that `agenthost prune --archive` wrote",
			e.Stream, e.From, e.Kept-1)
	}
	return fmt.Sprintf("stream %q: entries %d to %d are no longer kept by the memory journal; raise its cap, or use SQLite",
		e.Stream, e.From, e.Kept-1)
}

// Unwrap gives ErrDropped.
func (e *DroppedError) Unwrap() error { return ErrDropped }

// AnchorError says that a stream has not the entry that somebody remembers of it: it ends before, or its
// history was replaced.
type AnchorError struct {
	Stream string
	// Position is the anchor's, Head the stream's.
	Position, Head uint64
	// Forked says that the stream has another entry there.
	Forked bool
}

// Error says what was found instead.
func (e *AnchorError) Error() string {
	if e.Forked {
		return fmt.Sprintf("stream %q has another entry %d than the one remembered: its history was replaced", e.Stream, e.Position)
	}
	return fmt.Sprintf("stream %q ends at entry %d, before the remembered entry %d", e.Stream, e.Head, e.Position)
}
