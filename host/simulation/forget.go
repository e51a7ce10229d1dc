package simulation

import (
	"crypto/sha256"
	"slices"

	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// policyBreaker is the place of the breaker among the policies of a lane's facts.
const policyBreaker = 0

// forgetBreaker rewrites a lane's stream without what it says of the breaker, chain and all: so a host that
// resets its breaker at a restart looks from the outside.
func (d *Disk) forgetBreaker(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.named(name)
	if s == nil || len(s.frames) == 0 {
		return
	}
	previous := journal.FirstPrevious(name)
	for i := range s.frames {
		rest := s.frames[i].Bytes
		var bytes []byte
		var e journal.Entry
		for len(rest) > 0 {
			var err error
			if rest, err = journal.ReadEntry(rest, &e); err != nil {
				return // damaged on purpose; the host will find it
			}
			e.Body, e.Previous = withoutBreaker(e.Body), previous
			start := len(bytes)
			bytes = journal.AppendEntry(bytes, &e)
			previous = sha256.Sum256(bytes[start : len(bytes)-4]) // without the CRC
		}
		s.frames[i].Bytes = bytes
	}
	s.info.Hash = previous
	s.synced, s.syncedInfo = len(s.frames), s.info
}

// withoutBreaker drops the breaker's state from an entry's facts. What is no entry of a lane stays as it is.
func withoutBreaker(body []byte) []byte {
	var e execution.Entry
	if execution.ReadEntry(body, &e) != nil {
		return body
	}
	e.Facts = slices.DeleteFunc(e.Facts, func(f execution.Fact) bool {
		return f.Kind == execution.FactPolicy && f.Place == policyBreaker
	})
	return execution.AppendEntry(nil, &e)
}
