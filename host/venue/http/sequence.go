package http

import (
	"errors"
	"fmt"
)

var errGap = errors.New("messages are missing")

// sequenceAhead is how many messages may have come before one that is late.
const sequenceAhead = 4096

// sequence finds the messages of a connection that never came. Late and doubled ones are no gap.
type sequence struct {
	next  int64 // all before it came; 0 is 1
	ahead map[int64]bool
	// waiting is the first missing one at the last heartbeat, 0 for none.
	waiting int64
}

// take books message n.
func (s *sequence) take(n int64) error {
	if s.ahead == nil {
		s.next, s.ahead = 1, map[int64]bool{}
	}
	if n >= s.next {
		s.ahead[n] = true
	}
	for s.ahead[s.next] {
		delete(s.ahead, s.next)
		s.next++
	}
	if len(s.ahead) > sequenceAhead {
		return fmt.Errorf("%w: number %d never came, and %d after it did", errGap, s.next, len(s.ahead))
	}
	return nil
}

// heartbeat says that messages up to n were sent. What is missing at two heartbeats is lost.
func (s *sequence) heartbeat(n int64) error {
	if s.ahead == nil {
		s.next, s.ahead = 1, map[int64]bool{}
	}
	switch {
	case s.next > n:
		s.waiting = 0
	case s.waiting == s.next:
		return fmt.Errorf("%w: number %d never came, and %d were sent", errGap, s.next, n)
	default:
		s.waiting = s.next
	}
	return nil
}
