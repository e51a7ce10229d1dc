package simulation

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"

	"github.com/agenthost/agenthost/host/journal"
)

// device is one incarnation's way to a disk.
type device struct {
	disk        *Disk
	incarnation int
	closed      bool
	looks       bool // reads only, from outside the world
	whole       bool // shows what was pruned, too
}

// enter takes the lock and counts a step. An error means that the power is off, for this incarnation or for
// all, and leaves the lock open.
func (v *device) enter(at Point) error {
	d := v.disk
	d.mu.Lock()
	switch {
	case v.closed:
		d.mu.Unlock()
		return journal.ErrClosed
	case v.looks:
		if at != PointRead {
			d.mu.Unlock()
			return journal.ErrReadOnly
		}
		return nil
	case v.incarnation != d.incarnation || d.power.Off():
		d.mu.Unlock()
		return ErrPower
	}
	if at != PointAppend && d.power.Step(at) {
		d.lose()
		d.mu.Unlock()
		return ErrPower
	}
	return nil
}

func (v *device) leave() { v.disk.mu.Unlock() }

// Acquire is as in journal.Device. Leases are synced at once.
func (v *device) Acquire(names []string, owner string, now, until int64) ([]journal.StreamInfo, error) {
	if err := v.enter(PointLease); err != nil {
		return nil, err
	}
	defer v.leave()
	d := v.disk
	for _, name := range names {
		if s := d.named(name); s != nil && s.info.Owner != "" && s.info.Owner != owner && s.info.Until > now {
			return nil, &journal.HeldError{Stream: name, By: s.info.Owner, Until: s.info.Until}
		}
	}
	infos := make([]journal.StreamInfo, len(names))
	for i, name := range names {
		s := d.named(name)
		if s == nil {
			s = &diskStream{info: journal.StreamInfo{ID: uint32(len(d.streams) + 1), Name: name}}
			s.syncedInfo = s.info
			d.streams = append(d.streams, s)
		}
		s.info.Token++
		s.info.Owner, s.info.Until = owner, until
		infos[i] = s.info
	}
	return infos, nil
}

// Renew is as in journal.Device.
func (v *device) Renew(leases []journal.Lease, until int64) ([]bool, error) {
	if err := v.enter(PointLease); err != nil {
		return nil, err
	}
	defer v.leave()
	held := make([]bool, len(leases))
	for i, l := range leases {
		if s := v.holder(l); s != nil {
			s.info.Until, held[i] = until, true
		}
	}
	return held, nil
}

// Release is as in journal.Device.
func (v *device) Release(leases []journal.Lease) error {
	if err := v.enter(PointLease); err != nil {
		return err
	}
	defer v.leave()
	for _, l := range leases {
		if s := v.holder(l); s != nil {
			s.info.Owner, s.info.Until = "", 0
		}
	}
	return nil
}

// holder is the stream if the lease is its newest and was not released.
func (v *device) holder(l journal.Lease) *diskStream {
	s := v.disk.stream(l.Stream)
	if s == nil || s.info.Token != l.Token || s.info.Owner == "" {
		return nil
	}
	return s
}

// Append stores the batches, or does what a disk does on its worst day. If the power fails, some of it may be
// stored and nobody is told.
func (v *device) Append(batches []journal.Batch) error {
	if err := v.enter(PointAppend); err != nil {
		return err
	}
	defer v.leave()
	d := v.disk
	if d.power.Step(PointAppend) {
		d.lose() // what an earlier append left in the cache goes first
		d.storePart(batches)
		d.sync()
		return ErrPower
	}
	switch {
	case d.full:
		d.injected.add("disk full", 1)
		return journal.ErrFull
	case d.random.chance(d.faults.Indeterminate):
		return d.doubt(batches)
	}
	d.store(batches)
	if d.random.chance(d.faults.Lies) {
		d.injected.add("append not synced", 1)
		d.dirty = true
	} else {
		d.sync()
	}
	return nil
}

// doubt stores the batches or not, and does not say which.
func (d *Disk) doubt(batches []journal.Batch) error {
	if d.random.IntN(2) == 0 {
		d.injected.add("append in doubt, stored", 1)
		d.store(batches)
		d.sync()
	} else {
		d.injected.add("append in doubt, not stored", 1)
	}
	return fmt.Errorf("the disk did not answer: %w", journal.ErrIndeterminate)
}

// store is the append of a disk that works.
func (d *Disk) store(batches []journal.Batch) {
	for i := range batches {
		b := &batches[i]
		s, err := d.place(b)
		if b.Err = err; err != nil {
			continue
		}
		for _, f := range b.Frames {
			s.keep(f)
		}
		s.info.Position, s.info.Sequence, s.info.Hash = b.Position, b.Sequence, b.Hash
	}
}

// place finds the stream of a batch, or why the batch is left out.
func (d *Disk) place(b *journal.Batch) (*diskStream, error) {
	s := d.stream(b.Stream)
	switch {
	case s == nil:
		return nil, journal.ErrNotExist
	case b.Token != s.info.Token:
		return nil, fmt.Errorf("append with token %d, stream %q is at token %d: %w", b.Token, s.info.Name, s.info.Token, journal.ErrFenced)
	case b.Expected != s.info.Position:
		return nil, fmt.Errorf("append after entry %d, stream %q ends at %d: %w", b.Expected, s.info.Name, s.info.Position, journal.ErrConflict)
	}
	return s, nil
}

func (s *diskStream) keep(f journal.Frame) {
	f.Bytes = append([]byte(nil), f.Bytes...)
	s.frames = append(s.frames, f)
}

// storePart stores what a power failure leaves of an append: nothing, all, or a part of it.
func (d *Disk) storePart(batches []journal.Batch) {
	entries := 0
	for i := range batches {
		entries += int(batches[i].Position - batches[i].Expected)
	}
	kept := pick(d.random, 0, entries, d.random.IntN(entries+1))
	if d.faults.Whole && kept < entries {
		kept = 0
	}
	d.injected.add(part(kept, entries), 1)
	var last *diskStream
	for i := range batches {
		if n := d.storeEntries(&batches[i], kept); n > 0 {
			kept -= n
			last = d.stream(batches[i].Stream)
		}
	}
	if last != nil && d.random.chance(d.faults.Tears) {
		d.tear(last)
	}
}

func part(kept, entries int) string {
	switch kept {
	case 0:
		return "power failed before the append"
	case entries:
		return "power failed after the append"
	}
	return "power failed amid the append"
}

// storeEntries stores the first so many entries of a batch, or all that it has, and returns how many.
func (d *Disk) storeEntries(b *journal.Batch, most int) (stored int) {
	s, err := d.place(b)
	if err != nil {
		return 0
	}
	for _, f := range b.Frames {
		rest := f.Bytes
		n := 0
		var e journal.Entry
		for len(rest) > 0 && stored < most {
			entry := rest
			if rest, err = journal.ReadEntry(rest, &e); err != nil {
				panic(fmt.Errorf("simulated disk: a frame that the journal appended: %w", err))
			}
			entry = entry[:len(entry)-len(rest)]
			s.info.Position, s.info.Sequence = e.Position, e.Sequence
			s.info.Hash = sha256.Sum256(entry[:len(entry)-4]) // without the CRC
			stored++
			n++
		}
		if n > 0 {
			s.keep(journal.Frame{First: f.First, Last: f.First + uint64(n) - 1, Bytes: f.Bytes[:len(f.Bytes)-len(rest)]})
		}
	}
	return stored
}

// tear damages the last frame of a stream and leaves its head as it is.
func (d *Disk) tear(s *diskStream) {
	f := &s.frames[len(s.frames)-1]
	d.injected.add("last frame torn", 1)
	if d.random.IntN(2) == 0 {
		f.Bytes = f.Bytes[:d.random.IntN(len(f.Bytes))]
		return
	}
	f.Bytes[d.random.IntN(len(f.Bytes))] ^= 1 << d.random.IntN(8)
}

// Frames is as in journal.Device. The bytes are the disk's own: they are never written again.
func (v *device) Frames(stream uint32, from uint64) iter.Seq2[journal.Frame, error] {
	return func(yield func(journal.Frame, error) bool) {
		for i := 0; ; i++ {
			f, err := v.frame(stream, from, i == 0)
			if err != nil {
				yield(journal.Frame{}, err)
				return
			}
			if f.Bytes == nil || !yield(f, nil) {
				return
			}
			from = f.Last + 1
		}
	}
}

// frame is the frame that holds position from, without bytes if there is none.
func (v *device) frame(stream uint32, from uint64, first bool) (journal.Frame, error) {
	if !first { // one read is one step
		v.disk.mu.Lock()
	} else if err := v.enter(PointRead); err != nil {
		return journal.Frame{}, err
	}
	defer v.leave()
	s := v.disk.stream(stream)
	if s == nil {
		return journal.Frame{}, journal.ErrNotExist
	}
	low, high := s.dropped, len(s.frames)
	if v.whole {
		low = 0
	}
	for low < high {
		if mid := (low + high) / 2; s.frames[mid].Last >= from {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if low == len(s.frames) {
		return journal.Frame{}, nil
	}
	f := s.frames[low]
	if f.Bytes == nil {
		f.Bytes = []byte{}
	}
	return f, nil
}

// Streams is as in journal.Device.
func (v *device) Streams() ([]journal.StreamInfo, error) {
	if err := v.enter(PointRead); err != nil {
		return nil, err
	}
	defer v.leave()
	infos := make([]journal.StreamInfo, len(v.disk.streams))
	for i, s := range v.disk.streams {
		infos[i] = s.info
		if v.whole {
			infos[i].Anchor = journal.Anchor{}
		}
	}
	return infos, nil
}

// ReadOnly is true for a device that looks.
func (v *device) ReadOnly() bool { return v.looks }

// Close ends this incarnation's device. What is on the disk stays.
func (v *device) Close() error {
	v.disk.mu.Lock()
	defer v.disk.mu.Unlock()
	if v.closed {
		return errors.New("device closed twice")
	}
	v.closed = true
	return nil
}

// Prune is as in journal.Device. The power may fail before the anchor is durable, and behind that amid the frames.
func (v *device) Prune(stream uint32, a *journal.Anchor) error {
	if err := v.enter(PointPrune); err != nil {
		return err
	}
	defer v.leave()
	s := v.disk.stream(stream)
	if s == nil {
		return journal.ErrNotExist
	}
	kept := *a
	kept.Carried = append([]byte(nil), a.Carried...)
	s.info.Anchor, s.syncedInfo.Anchor = kept, kept
	all := s.dropped
	for all < len(s.frames) && s.frames[all].Last < a.First {
		all++
	}
	if v.disk.power.Step(PointPrune) {
		v.disk.injected.add("power failed amid pruning", 1)
		s.dropped += v.disk.random.IntN(all - s.dropped + 1)
		return ErrPower
	}
	s.dropped = all
	return nil
}
