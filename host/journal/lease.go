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
	s, err := j.acquire(name, owner, now, ttl)
	if err != nil {
		return nil, fmt.Errorf("acquire stream %q: %w", name, err)
	}
	return s, nil
}

func (j *Journal) acquire(name, owner string, now int64, ttl time.Duration) (*Stream, error) {
	if j.device.ReadOnly() {
		return nil, ErrReadOnly
	}
	if err := checkNames(name, owner); err != nil {
		return nil, err
	}
	if ttl < 0 {
		return nil, fmt.Errorf("ttl is %s, want 0 or more", ttl)
	}
	if err := j.Failed(); err != nil {
		return nil, err
	}
	info, err := j.device.Acquire(name, owner, now, now+int64(ttl))
	if err != nil {
		return nil, err
	}
	lease := Lease{info.ID, info.Token}
	if err := j.checkHead(info); err != nil {
		return nil, errors.Join(err, j.device.Release([]Lease{lease}))
	}
	s := &Stream{
		journal: j, lease: lease, name: name,
		position: info.Position, sequence: info.Sequence, previous: info.Hash,
		changed: make(chan struct{}, 1),
	}
	if info.Position == 0 {
		s.previous = FirstPrevious(name)
	}
	s.durable.Store(info.Position)
	return s, j.hold(s)
}

// hold makes s the journal's stream of its number, unless the journal is closing or has failed.
func (j *Journal) hold(s *Stream) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return j.failure
	}
	j.streams[s.lease.Stream] = s
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
func (s *Stream) Close() error {
	if err := s.Wait(s.position); err != nil {
		return err
	}
	s.fail(ErrClosed)
	s.journal.forget(s)
	if err := s.journal.device.Release([]Lease{s.lease}); err != nil {
		return fmt.Errorf("release stream %q: %w", s.name, err)
	}
	return nil
}

func (j *Journal) forget(s *Stream) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.streams[s.lease.Stream] == s {
		delete(j.streams, s.lease.Stream)
	}
}
