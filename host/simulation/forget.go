package simulation

import (
	"crypto/sha256"
	"slices"

	"github.com/agenthost/agenthost/host/event"
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
	d.rewritten++
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

// forgetOrders appends to a lane's stream that orders are forgotten: so a host looks that has lost them.
func (d *Disk) forgetOrders(name string, ids []event.OrderID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.named(name)
	forgets := execution.Entry{Input: execution.Input{Kind: execution.InputTime}}
	for _, id := range ids {
		forgets.Facts = append(forgets.Facts, execution.Fact{Kind: execution.FactForgotten, Order: id})
	}
	e := journal.Entry{
		Stream: s.info.ID, Position: s.info.Position + 1, Sequence: s.info.Sequence + 1, Token: s.info.Token, Kind: journal.KindLane,
		Previous: s.info.Hash, Body: execution.AppendEntry(nil, &forgets),
	}
	bytes := journal.AppendEntry(nil, &e)
	s.keep(journal.Frame{First: e.Position, Last: e.Position, Bytes: bytes})
	s.info.Position, s.info.Sequence, s.info.Hash = e.Position, e.Sequence, sha256.Sum256(bytes[:len(bytes)-4]) // without the CRC
	s.synced, s.syncedInfo = len(s.frames), s.info
	d.rewritten++
}
