package main

import (
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
)

// wish is what an order has in common with those that went out in its place.
type wish struct {
	agent, instrument uint32
	side              event.Side
	ref               uint64
	created           int64
}

// successors finds, in the lanes' streams, the orders that went out in another's place, and notes their ids at
// the one that its agent knows.
func (s *journalSource) successors(orders []admin.Order) error {
	places := make(map[string]int, len(orders))
	for i := range orders {
		places[orders[i].ID] = i
	}
	streams, err := s.journal.Streams()
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if !strings.HasPrefix(stream.Name, "lane/") {
			continue
		}
		heads := map[wish]int{}
		var entry execution.Entry
		for e, err := range s.journal.ReadKept(stream.Name, 1) {
			if err != nil {
				return err
			}
			if e.Kind != journal.KindLane {
				continue
			}
			if err := execution.ReadEntry(e.Body, &entry); err != nil {
				return fmt.Errorf("stream %s, position %d: %w", stream.Name, e.Position, err)
			}
			for i := range entry.Orders {
				o := &entry.Orders[i]
				w := wish{agent: o.Agent, instrument: o.Instrument, side: o.Side, ref: o.Ref, created: o.Created}
				if at, ours := places[o.ID.String()]; ours {
					heads[w] = at
				} else if at, known := heads[w]; known {
					orders[at].SentAs = append(orders[at].SentAs, o.ID.String())
				}
			}
		}
	}
	return nil
}
