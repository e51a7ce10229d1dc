package simulation

import (
	"github.com/agenthost/agenthost/host/event"
)

// checkReversals: what an agent wished after a close of an instrument, and may add to its position, comes to the venue
// after it. Whoever turns a position round in one tick relies on that. What a person wishes once more comes later, and
// a request that comes later than the host was told that it can is no matter of the host's.
func (c *Checker) checkReversals(intents map[event.OrderID]string, orders map[event.OrderID]HostOrder) {
	type place struct {
		stream     string
		instrument uint32
	}
	if c.venue.injected[FaultRequestVeryLate] > 0 {
		return
	}
	latest, seen := make(map[place]event.OrderID), make(map[event.OrderID]bool)
	for _, a := range c.venue.Arrivals() {
		o := &a.Call.Order
		root := rootOf(o.ID, orders)
		stream, known := intents[root]
		if !known || seen[root] {
			continue
		}
		seen[root] = true
		p := place{stream, o.Instrument}
		closes := o.Flags&(event.Closing|event.ReduceOnly) != 0 || !o.Parent.IsZero()
		last, some := latest[p]
		switch {
		case !closes && (!some || c.places[root] > c.places[last]):
			latest[p] = root
		case closes && some && o.Flags&event.ByHost == 0 && o.Parent.IsZero() && !c.again[root] && !c.again[o.ID] && c.places[last] > c.places[root]:
			c.Violate(InvariantReversal, a.Time, "order %s was to close first, and came to the venue after %s", root, last)
		}
	}
}
