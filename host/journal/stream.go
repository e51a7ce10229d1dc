package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync/atomic"
)

// bodyRoom is the room for a body that Begin provides without copying later. Larger bodies work; they
// cost one copy.
const bodyRoom = 256

// Stream is a stream that this host holds the lease of.
//
// One goroutine, its owner, calls Begin, Commit, Append, Submit, Wait, Head, HeadHash, Renew and Close. Durable,
// Failed, Token and Name may be called by any.
type Stream struct {
	journal *Journal
	lease   Lease
	name    string

	// Only the owner touches these: the head of what was committed, and the frame it is in.
	position, sequence uint64
	previous           [32]byte
	frame              *frame
	begun              bool
	together           bool // only Flush and Hand hand frames over
	scratch            []byte

	// durable, ahead and failure are written by whoever commits the batch.
	durable atomic.Uint64
	ahead   atomic.Int64
	failure atomic.Pointer[error]
	changed chan struct{}

	// batch is the committer's: the place of this stream in the batch being gathered, plus one.
	batch int
}

// frame is a run of encoded entries of one stream on its way to the device.
type frame struct {
	stream      *Stream
	first, last uint64
	sequence    uint64
	hash        [32]byte
	entries     int
	bytes       []byte
	// more: the next frame of the queue goes into the same transaction.
	more bool
}

// Begin starts an entry in the open frame and returns its buffer, which holds the entry's header: append
// the body to it and hand it to Commit. A Begin without a Commit leaves nothing. sequence is the event
// sequence after the entry (not below the last one); at is the event's time.
func (s *Stream) Begin(kind Kind, sequence uint64, at int64) []byte {
	s.begun = true
	if kind == 0 || sequence < s.sequence {
		s.fail(fmt.Errorf("stream %q: entry %d has kind %d and event sequence %d after %d", s.name, s.position+1, kind, sequence, s.sequence))
	}
	if s.failure.Load() != nil {
		if s.scratch == nil {
			s.scratch = make([]byte, headerBytes, headerBytes+bodyRoom)
		}
		return s.scratch
	}
	if s.frame == nil {
		s.frame = s.journal.takeFrame(s)
	}
	f := s.frame
	f.reserve(entryOverhead + bodyRoom)
	n := len(f.bytes)
	// The last bytes are kept from the caller, so that the CRC always fits.
	b := f.bytes[n : n+headerBytes : cap(f.bytes)-crcBytes]
	binary.LittleEndian.PutUint32(b[offsetFormat:], EntryFormat|uint32(kind)<<8)
	binary.LittleEndian.PutUint32(b[offsetStream:], s.lease.Stream)
	binary.LittleEndian.PutUint64(b[offsetPosition:], s.position+1)
	binary.LittleEndian.PutUint64(b[offsetSequence:], sequence)
	binary.LittleEndian.PutUint64(b[offsetTime:], uint64(at))
	binary.LittleEndian.PutUint64(b[offsetToken:], s.lease.Token)
	copy(b[offsetPrevious:], s.previous[:])
	return b
}

// Commit seals the entry that Begin started: its size, the hash chain and the CRC. It returns the entry's
// position, or 0 if the stream has failed and accepts nothing (Failed says why). When the frame is full
// it is submitted, which blocks while Options.AheadMax is reached.
func (s *Stream) Commit(b []byte) (position uint64) {
	if !s.begun || len(b) < headerBytes {
		panic("journal: Commit takes what Begin returned, with the body appended")
	}
	s.begun = false
	if s.failure.Load() != nil {
		return 0
	}
	if len(b)+crcBytes > EntryBytesMax {
		s.fail(fmt.Errorf("stream %q: entry of %d bytes, at most %d: %w", s.name, len(b)+crcBytes, EntryBytesMax, ErrTooLarge))
		return 0
	}
	f := s.frame
	n := len(f.bytes)
	if f.bytes = f.bytes[:n+1]; &b[0] == &f.bytes[n] {
		f.bytes = f.bytes[:n+len(b)]
	} else { // the body outgrew the frame, and append moved the entry
		f.bytes = append(f.bytes[:n], b...)
	}
	s.seal(f, n)
	if !s.together && (len(f.bytes) >= s.journal.options.FrameBytesMax || f.entries >= s.journal.options.FrameEntriesMax) {
		s.submit(true)
	}
	return s.position
}

// seal finishes the entry that starts at n and makes it the head.
func (s *Stream) seal(f *frame, n int) {
	raw := f.bytes[n:]
	binary.LittleEndian.PutUint32(raw[offsetSize:], uint32(len(raw)+crcBytes))
	s.previous = sha256.Sum256(raw)
	f.bytes = binary.LittleEndian.AppendUint32(f.bytes, crc32.Checksum(raw, castagnoli))
	s.position++
	s.sequence = binary.LittleEndian.Uint64(raw[offsetSequence:])
	if f.entries == 0 {
		f.first = s.position
	}
	f.entries++
	f.last, f.sequence, f.hash = s.position, s.sequence, s.previous
}

// Append is Begin, copy of the body, Commit.
func (s *Stream) Append(kind Kind, sequence uint64, at int64, body []byte) (position uint64) {
	return s.Commit(append(s.Begin(kind, sequence, at), body...))
}

// Submit hands the open frame to the writer. It blocks only while Options.AheadMax is reached, and
// returns the stream's failure if there is one.
func (s *Stream) Submit() error {
	s.submit(true)
	return s.Failed()
}

func (s *Stream) submit(wake bool) {
	f := s.frame
	if f == nil || f.entries == 0 {
		return
	}
	for s.failure.Load() == nil && s.ahead.Load() >= int64(s.journal.options.AheadMax) {
		<-s.changed
	}
	s.frame = nil
	s.ahead.Add(int64(len(f.bytes)))
	s.journal.enqueue(f, wake)
}

// Abandon drops the open frame and makes err the stream's failure: what was committed since the last Flush or Hand, and
// is not whole, does not become durable when the stream is closed. The owner calls it.
func (s *Stream) Abandon(err error) {
	s.frame = nil
	s.fail(err)
}

// Together keeps the stream's frame open until Flush or Hand takes it, however large it grows: what one round
// commits to several streams is then durable in all of them or in none. The owner calls it once.
func (s *Stream) Together() { s.together = true }

// Hand hands what was committed to the streams to the writer, in one transaction, and does not wait. The
// caller owns all of them. The error joins the streams' failures so far.
func (j *Journal) Hand(streams ...*Stream) error {
	j.hand(streams)
	j.wakeWriter()
	var errs []error
	for _, s := range streams {
		for s.Failed() == nil && s.ahead.Load() >= int64(j.options.AheadMax) {
			<-s.changed
		}
		errs = append(errs, s.Failed())
	}
	return errors.Join(errs...)
}

// hand queues the open frames of the streams, to stay together.
func (j *Journal) hand(streams []*Stream) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return // Wait tells; the frames stay
	}
	last := -1
	for _, s := range streams {
		if f := s.frame; f != nil && f.entries > 0 {
			s.frame = nil
			s.ahead.Add(int64(len(f.bytes)))
			f.more = true
			last = len(j.queue)
			j.queue = append(j.queue, f)
		}
	}
	if last >= 0 {
		j.queue[last].more = false
	}
}

// Flush makes all that was committed to the streams durable, in one transaction, and returns when it is.
// The caller owns all of them. The error joins the streams' own.
func (j *Journal) Flush(streams ...*Stream) error {
	j.hand(streams)
	var errs []error
	for _, s := range streams {
		if err := s.Wait(s.position); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Durable is the highest position that is durable: after a crash, every entry up to it is there.
func (s *Stream) Durable() uint64 { return s.durable.Load() }

// Wait returns when position is durable, or with the stream's failure. It submits the open frame if the
// position is in it.
func (s *Stream) Wait(position uint64) error {
	if s.durable.Load() >= position {
		return nil
	}
	if err := s.Failed(); err != nil {
		return err
	}
	if position > s.position {
		return fmt.Errorf("stream %q: wait for entry %d, but the last is %d", s.name, position, s.position)
	}
	if s.frame != nil && s.frame.entries > 0 && position >= s.frame.first {
		s.submit(false)
	}
	for s.durable.Load() < position {
		if err := s.Failed(); err != nil {
			return err
		}
		if !s.journal.help() {
			<-s.changed
		}
	}
	return nil
}

// Changed receives a value after Durable or Failed has changed; several changes may give one value. It
// is the owner's, for a select beside its inbox; Wait and Submit take values from it too, so look at
// Durable and Failed after them.
func (s *Stream) Changed() <-chan struct{} { return s.changed }

// Failed is nil, or why the stream accepts nothing any more: ErrFenced, ErrConflict, ErrFull,
// ErrIndeterminate, ErrTooLarge, ErrClosed, or the device's own error.
func (s *Stream) Failed() error {
	if p := s.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// fail makes err the stream's failure, unless it has one.
func (s *Stream) fail(err error) {
	s.failure.CompareAndSwap(nil, &err)
	s.notify()
}

func (s *Stream) notify() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Head is the position and the event sequence of the last entry committed, durable or not.
func (s *Stream) Head() (position, sequence uint64) { return s.position, s.sequence }

// HeadHash is the hash of the last entry committed, durable or not: the Previous of the next.
func (s *Stream) HeadHash() [32]byte { return s.previous }

// Token is the fencing token of the lease.
func (s *Stream) Token() uint64 { return s.lease.Token }

// Name is the stream's name.
func (s *Stream) Name() string { return s.name }

// reserve makes room for n more bytes, so that appending them in place does not move the frame.
func (f *frame) reserve(n int) {
	if cap(f.bytes)-len(f.bytes) >= n {
		return
	}
	b := make([]byte, len(f.bytes), max(2*cap(f.bytes), len(f.bytes)+n))
	copy(b, f.bytes)
	f.bytes = b
}
