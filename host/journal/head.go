package journal

import (
	"errors"
	"fmt"
)

// checkHead verifies the frame of a stream's head, and that the stream reaches its high-water mark.
func (j *Journal) checkHead(info StreamInfo) error {
	if info.Position > 0 {
		err := j.scan(info, info.Position, func(*Entry) bool { return true })
		if err != nil && !errors.Is(err, ErrDropped) { // a capped memory device may have dropped it
			return err
		}
	}
	return j.checkMark(info, j.mark.head(info.Name))
}

// checkMark verifies that the entry at the high-water mark is the one that was durable once. The mark was
// looked at before the stream, or may name what became durable since.
func (j *Journal) checkMark(info StreamInfo, m markHead) error {
	if m.position == 0 {
		return nil
	}
	older := &OlderThanMarkError{Stream: info.Name, Found: info.Position, Mark: m.position, Path: j.mark.path}
	if info.Position < m.position {
		return older
	}
	if m.position+1 < info.Anchor.first() {
		return nil // what the mark names was pruned since; the anchor is in the chain
	}
	hash, err := j.hashAt(info, m.position)
	if err != nil {
		return err
	}
	if hash != m.hash {
		older.Forked = true
		return older
	}
	return nil
}

// hashAt is the hash of one entry.
func (j *Journal) hashAt(info StreamInfo, position uint64) (hash [32]byte, err error) {
	if position == info.Position {
		return info.Hash, nil
	}
	if position+1 == info.Anchor.First {
		return info.Anchor.Hash, nil
	}
	// The entry after it holds it as Previous, and scan has compared both if they share a frame.
	err = j.scan(info, position+1, func(e *Entry) bool {
		hash = e.Previous
		return e.Position < position+1
	})
	return hash, err
}

// Holds finds out whether a stream has an entry of this hash at a position; the error is an *AnchorError if it
// has not. It reads a frame or two.
func (j *Journal) Holds(name string, position uint64, hash [32]byte) error {
	info, err := j.find(name)
	if err != nil {
		return fmt.Errorf("stream %q: %w", name, err)
	}
	refused := &AnchorError{Stream: name, Position: position, Head: info.Position}
	if position > info.Position {
		return refused
	}
	found, err := j.hashAt(info, position)
	if err != nil {
		return fmt.Errorf("stream %q: %w", name, err)
	}
	if refused.Forked = found != hash; refused.Forked {
		return refused
	}
	return nil
}

// ResetMark makes the stream's present head its high-water mark, or forgets the mark of a stream that is
// gone. It is a person's act, before a stream that was found older than its mark gets a new run.
func (j *Journal) ResetMark(name string) error {
	if j.device.ReadOnly() {
		return ErrReadOnly
	}
	info, err := j.find(name)
	if err != nil && !errors.Is(err, ErrNotExist) {
		return fmt.Errorf("reset mark of stream %q: %w", name, err)
	}
	return j.mark.set(name, markHead{position: info.Position, token: info.Token, hash: info.Hash})
}
