package journal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Acquire takes the lease of the stream until now + ttl, under a token one higher than the last, and
// creates the stream if it is new. Every earlier holder is fenced from here on. The same owner may take
// over its own lease, as a restarted host does. With a ttl of 0 any owner may take it over at any time.
//
// Errors: *HeldError (ErrHeld) if another owner's lease still runs, *OlderThanMarkError if the stream
// lacks what was durable once, *CorruptError if its head is damaged, ErrReadOnly, ErrClosed.
func (j *Journal) Acquire(name, owner string, now int64, ttl time.Duration) (*Stream, error) {
	streams, err := j.AcquireAll([]string{name}, owner, now, ttl)
	if err != nil {
		return nil, err
	}
	return streams[0], nil
}

// AcquireAll is Acquire for several streams, in one transaction: it takes all leases or none.
func (j *Journal) AcquireAll(names []string, owner string, now int64, ttl time.Duration) ([]*Stream, error) {
	streams, err := j.acquire(names, owner, now, ttl)
	if err != nil && len(names) == 1 {
		return nil, fmt.Errorf("acquire stream %q: %w", names[0], err)
	}
	if err != nil {
		return nil, fmt.Errorf("acquire %d streams: %w", len(names), err)
	}
	return streams, nil
}

func (j *Journal) acquire(names []string, owner string, now int64, ttl time.Duration) ([]*Stream, error) {
	if j.device.ReadOnly() {
		return nil, ErrReadOnly
	}
	if err := errors.Join(checkNames(owner), checkNames(names...)); err != nil {
		return nil, err
	}
	if ttl < 0 {
		return nil, fmt.Errorf("ttl is %s, want 0 or more", ttl)
	}
	if err := j.Failed(); err != nil {
		return nil, err
	}
	infos, err := j.device.Acquire(names, owner, now, now+int64(ttl))
	if err != nil {
		return nil, err
	}
	streams := make([]*Stream, len(infos))
	leases := make([]Lease, len(infos))
	for i := range infos {
		leases[i] = Lease{infos[i].ID, infos[i].Token}
		if headErr := j.checkHead(infos[i]); headErr != nil {
			err = errors.Join(err, headErr)
		}
		streams[i] = j.stream(names[i], leases[i], &infos[i])
	}
	if err != nil {
		return nil, errors.Join(err, j.device.Release(leases))
	}
	return streams, j.hold(streams)
}

// stream makes a stream that goes on behind its head.
func (j *Journal) stream(name string, lease Lease, head *StreamInfo) *Stream {
	s := &Stream{
		journal: j, lease: lease, name: name,
		position: head.Position, sequence: head.Sequence, previous: head.Hash,
		changed: make(chan struct{}, 1),
	}
	if head.Position == 0 {
		s.previous = FirstPrevious(name)
	}
	s.durable.Store(head.Position)
	return s
}

// hold makes the streams the journal's of their numbers, unless the journal is closing or has failed.
func (j *Journal) hold(streams []*Stream) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return j.failure
	}
	for _, s := range streams {
		j.streams[s.lease.Stream] = s
	}
	return nil
}

func checkNames(names ...string) error {
	for _, name := range names {
		if name == "" || len(name) > 255 {
			return fmt.Errorf("name %q has %d bytes, want 1 to 255", name, len(name))
		}
		for _, r := range name {
			if r < ' ' || r == 0x7f || r == '\uFFFD' {
				return fmt.Errorf("name %q holds a control character or is not UTF-8", name)
			}
		}
	}
	return nil
}

// Renew moves the end of all leases that this journal holds to now + ttl, in one transaction, and
// returns the names of the streams that turned out to be lost; those have failed with ErrFenced.
func (j *Journal) Renew(now int64, ttl time.Duration) (lost []string, err error) {
	streams := j.held()
	leases := make([]Lease, len(streams))
	for i, s := range streams {
		leases[i] = s.lease
	}
	held, err := j.device.Renew(leases, now+int64(ttl))
	if err != nil {
		return nil, fmt.Errorf("renew leases: %w", err)
	}
	for i, s := range streams {
		if !held[i] {
			s.fail(fmt.Errorf("renew lease of stream %q with token %d: %w", s.name, s.lease.Token, ErrFenced))
			lost = append(lost, s.name)
		}
	}
	return lost, nil
}

// Held asks the device whether the lease is still this host's: nil, ErrFenced, or the device's own error. A host that was
// paused after its append, for longer than its lease, learns it here before it sends. Any goroutine may call it.
func (s *Stream) Held() error {
	token, err := s.journal.token(s.lease.Stream, s.name)
	if err == nil && token != s.lease.Token {
		err = fmt.Errorf("token is %d, this host's was %d: %w", token, s.lease.Token, ErrFenced)
	}
	if err != nil {
		return fmt.Errorf("lease of stream %q: %w", s.name, err)
	}
	return nil
}

// tokener is a device that reads the token of a stream's newest lease, and nothing else.
type tokener interface {
	token(stream uint32) (uint64, error)
}

func (j *Journal) token(stream uint32, name string) (uint64, error) {
	if d, ok := j.device.(tokener); ok {
		return d.token(stream)
	}
	info, err := j.find(name)
	return info.Token, err
}

// held lists the streams that have not failed.
func (j *Journal) held() []*Stream {
	j.mu.Lock()
	defer j.mu.Unlock()
	streams := make([]*Stream, 0, len(j.streams))
	for _, s := range j.streams {
		if s.Failed() == nil {
			streams = append(streams, s)
		}
	}
	slices.SortFunc(streams, func(a, b *Stream) int { return cmp.Compare(a.lease.Stream, b.lease.Stream) })
	return streams
}

// leases lists the leases of all streams, of failed ones too: those that are lost release nothing.
func (j *Journal) leases() []Lease {
	j.mu.Lock()
	defer j.mu.Unlock()
	leases := make([]Lease, 0, len(j.streams))
	for _, s := range j.streams {
		leases = append(leases, s.lease)
	}
	return leases
}

// Close submits the open frame, waits until it is durable and releases the lease; another owner may then
// acquire the stream at once. It returns the stream's failure if it has one.
func (s *Stream) Close() error { return CloseAll(s) }

// CloseAll is Close for several streams of one journal: a transaction for what they hold, and one for the leases. Those
// that have failed keep their leases, as with Close; the error joins theirs.
func CloseAll(streams ...*Stream) error {
	if len(streams) == 0 {
		return nil
	}
	j := streams[0].journal
	j.hand(slices.DeleteFunc(slices.Clone(streams), func(s *Stream) bool { return s.Failed() != nil }))
	var errs []error
	var leases []Lease
	for _, s := range streams {
		if err := s.Wait(s.position); err != nil {
			errs = append(errs, err)
			continue
		}
		s.fail(ErrClosed)
		j.forget(s)
		leases = append(leases, s.lease)
	}
	if len(leases) == 0 {
		return errors.Join(errs...)
	}
	if err := j.device.Release(leases); err != nil {
		errs = append(errs, fmt.Errorf("release %d streams: %w", len(leases), err))
	}
	return errors.Join(errs...)
}

func (j *Journal) forget(s *Stream) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.streams[s.lease.Stream] == s {
		delete(j.streams, s.lease.Stream)
	}
}
