package journal

import (
	"errors"
	"fmt"
	"iter"
)

// chain follows a stream entry by entry and refuses what does not continue it.
type chain struct {
	name            string
	stream          uint32
	position        uint64
	sequence, token uint64
	hash            [32]byte
	// known says that the hash of the entry before is known: not for the first one read from the middle.
	known bool
}

// newChain starts before the entry at first.
func newChain(info StreamInfo, first uint64) chain {
	c := chain{name: info.Name, stream: info.ID, position: first - 1}
	switch a := &info.Anchor; {
	case first == 1:
		c.hash, c.known = FirstPrevious(info.Name), true
	case first == a.First:
		c.hash, c.known, c.sequence, c.token = a.Hash, true, a.Sequence, a.Token
	}
	return c
}

// next reads one entry off b, checks that it continues the chain, and returns the bytes after it.
func (c *chain) next(b []byte, e *Entry) (rest []byte, err error) {
	rest, err = ReadEntry(b, e)
	if err != nil {
		return nil, c.damage(err)
	}
	want := c.position + 1
	switch {
	case e.Stream != c.stream:
		err = c.corrupt("stream", e.Stream, c.stream)
	case e.Position != want:
		err = c.corrupt("position", e.Position, want)
	case c.known && e.Previous != c.hash:
		err = c.corrupt("chain", fmt.Sprintf("%x", e.Previous[:8]), fmt.Sprintf("%x", c.hash[:8]))
	case e.Sequence < c.sequence:
		err = c.corrupt("sequence", e.Sequence, fmt.Sprintf("%d or more", c.sequence))
	case e.Token < c.token:
		err = c.corrupt("token", e.Token, fmt.Sprintf("%d or more", c.token))
	}
	if err != nil {
		return nil, err
	}
	c.position, c.sequence, c.token = e.Position, e.Sequence, e.Token
	c.hash, c.known = hashEncoded(b[:len(b)-len(rest)]), true
	return rest, nil
}

func (c *chain) corrupt(what string, found, expected any) error {
	return &CorruptError{
		Stream: c.stream, Position: c.position + 1, What: what,
		Found: fmt.Sprint(found), Expected: fmt.Sprint(expected),
	}
}

// damage gives an error of ReadEntry the place where it was met, which the bytes themselves may lie about.
func (c *chain) damage(err error) error {
	var damaged *CorruptError
	switch {
	case errors.As(err, &damaged):
		damaged.Stream, damaged.Position = c.stream, c.position+1
		return damaged
	case errors.Is(err, ErrTruncated):
		return &CorruptError{Stream: c.stream, Position: c.position + 1, What: "entry", Err: err}
	default:
		return fmt.Errorf("entry %d: %w", c.position+1, err)
	}
}

// Read yields the entries of a stream from a position on (0 and 1: from the start) up to what is durable
// when it is called. It checks CRC, density and hash chain as it goes; from the middle, the chain is
// checked from the frame on that holds the position. An entry's Body is valid until the next iteration.
// An error is yielded once, with an empty entry, and ends it: ErrNotExist, *CorruptError, *DroppedError,
// ErrFormat, or the device's own.
func (j *Journal) Read(name string, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		info, err := j.find(name)
		if err == nil {
			err = j.scan(info, max(from, 1), func(e *Entry) bool {
				return e.Position < from || yield(*e, nil)
			})
		}
		if err != nil {
			yield(Entry{}, fmt.Errorf("read stream %q: %w", name, err))
		}
	}
}

// ReadAfter yields the entries of a stream after an anchor: a position, and the hash of the entry there. It checks
// that the anchor is the stream's and then as Read does, so the chain is unbroken from the anchor on; what is before it
// is not read. Position 0 is the stream's beginning, and hash is not looked at. Besides Read's errors it
// yields an *AnchorError where the stream has not, or not that, entry at the position.
func (j *Journal) ReadAfter(name string, position uint64, hash [32]byte) iter.Seq2[Entry, error] {
	if position == 0 {
		return j.Read(name, 1)
	}
	return func(yield func(Entry, error) bool) {
		info, err := j.find(name)
		if err == nil {
			err = j.readAfter(info, position, hash, yield)
		}
		if err != nil {
			yield(Entry{}, fmt.Errorf("read stream %q: %w", name, err))
		}
	}
}

func (j *Journal) readAfter(info StreamInfo, position uint64, hash [32]byte, yield func(Entry, error) bool) error {
	refused := &AnchorError{Stream: info.Name, Position: position, Head: info.Position}
	if position > info.Position {
		return refused
	}
	forked := false
	err := j.scan(info, position, func(e *Entry) bool {
		if e.Position < position {
			return true
		}
		if e.Position == position {
			forked = e.Hash() != hash
			return !forked
		}
		return yield(*e, nil)
	})
	if err == nil && forked {
		refused.Forked = true
		return refused
	}
	return err
}

// Entry is the one entry of a stream at a position. Errors as Read's, and ErrNotExist beyond the end.
func (j *Journal) Entry(name string, position uint64) (found Entry, err error) {
	for e, err := range j.Read(name, position) {
		e.Body = append([]byte(nil), e.Body...)
		return e, err
	}
	return Entry{}, fmt.Errorf("read stream %q: entry %d: %w", name, position, ErrNotExist)
}

// Stream is the row of one stream. ErrNotExist if there is none.
func (j *Journal) Stream(name string) (StreamInfo, error) {
	info, err := j.find(name)
	if err != nil {
		return info, fmt.Errorf("stream %q: %w", name, err)
	}
	return info, nil
}

// finder is a device that finds one stream among thousands without listing them. ErrNotExist if there is none.
type finder interface {
	find(name string) (StreamInfo, error)
}

// find looks a stream up by its name.
func (j *Journal) find(name string) (StreamInfo, error) {
	if d, ok := j.device.(finder); ok {
		return d.find(name)
	}
	infos, err := j.device.Streams()
	if err != nil {
		return StreamInfo{}, err
	}
	for _, info := range infos {
		if info.Name == name {
			return info, nil
		}
	}
	return StreamInfo{}, fmt.Errorf("stream: %w", ErrNotExist)
}

// scan hands visit each entry of the frames that hold from and what follows, up to the head in info,
// until visit returns false. At the head it compares position and hash.
func (j *Journal) scan(info StreamInfo, from uint64, visit func(*Entry) bool) error {
	if from > info.Position {
		return nil
	}
	if kept := info.Anchor.first(); from < kept {
		return &DroppedError{Stream: info.Name, Pruned: true, From: from, Kept: kept}
	}
	c := chain{name: info.Name, stream: info.ID}
	var e Entry
	for f, err := range j.device.Frames(info.ID, from) {
		if err != nil {
			return err
		}
		if !c.begin(info, f, from) {
			if err := j.overtaken(info, max(from, c.position+1)); err != nil {
				return err
			}
			return c.corrupt("frame", fmt.Sprintf("%d to %d", f.First, f.Last), fmt.Sprintf("one that holds %d", max(from, c.position+1)))
		}
		for b := f.Bytes; len(b) > 0 && c.position < f.Last; {
			if b, err = c.next(b, &e); err != nil {
				return err
			}
			if c.position == f.Last && len(b) > 0 {
				return c.corrupt("frame", fmt.Sprintf("%d bytes after its last entry", len(b)), "none")
			}
			if !visit(&e) {
				return nil
			}
		}
		if c.position != f.Last {
			return c.corrupt("frame", fmt.Sprintf("ends at %d", c.position), fmt.Sprint(f.Last))
		}
		if c.position >= info.Position {
			break
		}
	}
	return c.checkHead(info)
}

// overtaken finds out whether an entry that is missing was pruned since info was read; it is a *DroppedError then.
func (j *Journal) overtaken(info StreamInfo, position uint64) error {
	now, err := j.find(info.Name)
	if err != nil {
		return err
	}
	if kept := now.Anchor.first(); position < kept {
		return &DroppedError{Stream: info.Name, Pruned: true, From: position, Kept: kept}
	}
	return nil
}

// begin checks that a frame continues what was read, or holds from if it is the first.
func (c *chain) begin(info StreamInfo, f Frame, from uint64) bool {
	if c.position == 0 && f.First >= 1 && f.First <= from && from <= f.Last {
		*c = newChain(info, f.First)
		return true
	}
	return c.position > 0 && f.First == c.position+1 && f.First <= f.Last
}

// checkHead compares the last entry read with the stream's head.
func (c *chain) checkHead(info StreamInfo) error {
	switch {
	case c.position != info.Position:
		return &CorruptError{
			Stream: c.stream, Position: info.Position, What: "head",
			Found: fmt.Sprintf("entries up to %d only", c.position), Expected: fmt.Sprintf("entries up to %d", info.Position),
		}
	case c.hash != info.Hash:
		return &CorruptError{
			Stream: c.stream, Position: info.Position, What: "head hash",
			Found: fmt.Sprintf("%x", info.Hash[:8]), Expected: fmt.Sprintf("%x", c.hash[:8]),
		}
	case c.sequence != info.Sequence:
		return &CorruptError{
			Stream: c.stream, Position: info.Position, What: "head sequence",
			Found: fmt.Sprint(info.Sequence), Expected: fmt.Sprint(c.sequence),
		}
	case c.token > info.Token:
		return &CorruptError{
			Stream: c.stream, Position: info.Position, What: "token",
			Found: fmt.Sprint(info.Token), Expected: fmt.Sprintf("%d or more", c.token),
		}
	}
	return nil
}
