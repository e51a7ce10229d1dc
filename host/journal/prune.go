package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// pruned is the body of an entry of kind pruned, as JSON. Since it is in the chain, an anchor cannot be put in
// the place of entries without making the chain anew from there to the head.
type pruned struct {
	// First is the first position kept; Hash, Sequence and Token are of the entry before it.
	First    uint64 `json:"first"`
	Hash     string `json:"hash"`
	Sequence uint64 `json:"sequence"`
	Token    uint64 `json:"token"`
	// Carried is the SHA-256 of the entries before First that stay.
	Carried string `json:"carried_sha256"`
	// State is what a reader of the stream must know at First.
	State json.RawMessage `json:"state,omitempty"`
	By    string          `json:"by"`
	Why   string          `json:"why"`
	// Archive names the file that holds what was pruned, empty for none.
	Archive string `json:"archive,omitempty"`
}

// Cut is the beginning of a stream that is to be pruned.
type Cut struct {
	Stream string
	Anchor Anchor
	// Entries and Bytes are what is given up.
	Entries, Bytes uint64
	// State is what a reader of the stream must know at Anchor.First, as JSON; it may be nil. By, Why and Archive
	// are kept with it.
	State            json.RawMessage
	By, Why, Archive string
}

// Body is the body of the entry of kind pruned that must be durable before Prune.
func (c *Cut) Body() ([]byte, error) {
	a := &c.Anchor
	return json.Marshal(pruned{
		First: a.First, Hash: hex.EncodeToString(a.Hash[:]), Sequence: a.Sequence, Token: a.Token, Carried: a.carriedSum(),
		State: c.State, By: c.By, Why: c.Why, Archive: c.Archive,
	})
}

func (a *Anchor) carriedSum() string {
	sum := sha256.Sum256(a.Carried)
	return hex.EncodeToString(sum[:])
}

// named reports whether the body of an entry of kind pruned names this anchor.
func (a *Anchor) named(body []byte) bool {
	var p pruned
	return json.Unmarshal(body, &p) == nil && p.First == a.First && p.Hash == hex.EncodeToString(a.Hash[:]) &&
		p.Sequence == a.Sequence && p.Token == a.Token && p.Carried == a.carriedSum()
}

// PrunedState is the State of the entry of kind pruned with this body, and the first position that it keeps.
func PrunedState(body []byte) (first uint64, state json.RawMessage, err error) {
	var p pruned
	if err := json.Unmarshal(body, &p); err != nil {
		return 0, nil, fmt.Errorf("read what was pruned: %w", err)
	}
	return p.First, p.State, nil
}

// Cut prepares to prune a stream: it verifies the entries before first and keeps those for which carry says so,
// among what was carried before, too. Frames are the unit: the cut may come to lie earlier than asked. The last
// frame always stays. Entries is 0 where there is nothing to prune.
func (j *Journal) Cut(name string, first uint64, carry func(*Entry) bool) (c Cut, err error) {
	info, err := j.find(name)
	if err == nil {
		c, err = j.cut(info, min(first, info.Position), carry)
	}
	if err != nil {
		return c, fmt.Errorf("prune stream %q: %w", name, err)
	}
	return c, nil
}

func (j *Journal) cut(info StreamInfo, first uint64, carry func(*Entry) bool) (c Cut, err error) {
	c = Cut{Stream: info.Name, Anchor: info.Anchor}
	start := uint64(0)
	for f, err := range j.device.Frames(info.ID, max(first, 1)) {
		if err != nil {
			return c, err
		}
		start = f.First
		break
	}
	if start <= info.Anchor.first() {
		return c, nil
	}
	a := &c.Anchor
	a.Carried = nil
	keep := func(e *Entry) {
		if carry(e) {
			a.Carried = AppendEntry(a.Carried, e)
		}
	}
	for e, err := range info.Anchor.entries() {
		if err != nil {
			return c, err
		}
		keep(&e)
	}
	err = j.scan(info, info.Anchor.first(), func(e *Entry) bool {
		if e.Position == start {
			a.First, a.Hash = start, e.Previous
			return false
		}
		a.Sequence, a.Token = e.Sequence, e.Token
		c.Entries++
		c.Bytes += uint64(entryOverhead + len(e.Body))
		keep(e)
		return true
	})
	return c, err
}

// entries are the carried ones.
func (a *Anchor) entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var e Entry
		for b := a.Carried; len(b) > 0; {
			rest, err := ReadEntry(b, &e)
			if err != nil {
				yield(Entry{}, fmt.Errorf("carried entries: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
			b = rest
		}
	}
}

// Prune drops what c gives up. The entry at position must hold c.Body, and be durable: it says in the chain what
// is now missing. Errors: errors.ErrUnsupported of a device that cannot, ErrConflict where the stream was
// pruned otherwise meanwhile.
func (j *Journal) Prune(c *Cut, position uint64) error {
	if err := j.prune(c, position); err != nil {
		return fmt.Errorf("prune stream %q: %w", c.Stream, err)
	}
	return nil
}

func (j *Journal) prune(c *Cut, position uint64) error {
	if j.device.ReadOnly() {
		return ErrReadOnly
	}
	body, err := c.Body()
	if err != nil {
		return err
	}
	info, err := j.find(c.Stream)
	if err != nil {
		return err
	}
	if c.Anchor.First <= info.Anchor.first() {
		return fmt.Errorf("it begins at entry %d, the cut is at %d: %w", info.Anchor.first(), c.Anchor.First, ErrConflict)
	}
	told := false
	err = j.scan(info, position, func(e *Entry) bool {
		told = e.Position == position && e.Kind == KindPruned && bytes.Equal(e.Body, body)
		return e.Position < position
	})
	if err == nil && !told {
		err = errors.New("no durable entry says so")
	}
	if err != nil {
		return err
	}
	return j.device.Prune(info.ID, &c.Anchor)
}

// ReadKept is Read, but of what was pruned it yields the entries that were carried, from position from on, and
// then those that are kept: positions may be missing between. So it never yields a *DroppedError for a pruned
// stream.
func (j *Journal) ReadKept(name string, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		info, err := j.find(name)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read stream %q: %w", name, err))
			return
		}
		for e, err := range info.Anchor.entries() {
			if e.Position < from && err == nil {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		for e, err := range j.Read(name, max(from, info.Anchor.first())) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// checkAnchor verifies the anchor of a pruned stream. named says that an entry of the chain names it.
func (r *Report) checkAnchor(named bool) error {
	a := &r.Stream.Anchor
	damage := func(found, expected string, err error) error {
		return &CorruptError{Stream: r.Stream.ID, Position: a.First, What: "anchor", Found: found, Expected: expected, Err: err}
	}
	if !named {
		return damage("one that no entry names", "the one of an entry of kind pruned", nil)
	}
	last := uint64(0)
	for e, err := range a.entries() {
		switch {
		case err != nil:
			return damage("", "", err)
		case e.Stream != r.Stream.ID || e.Position <= last || e.Position >= a.First:
			return damage(fmt.Sprintf("carrying entry %d of stream %d", e.Position, e.Stream), fmt.Sprintf("entries of stream %d in their order, before %d", r.Stream.ID, a.First), nil)
		}
		last = e.Position
		r.Carried++
	}
	return nil
}
