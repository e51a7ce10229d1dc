package host

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// LaneHealth is how a live group's lane is doing.
func LaneHealth(l *Live) execution.Health { return l.lane.Health(l.now) }

// LaneOrders are all orders that a live group's lane knows.
func LaneOrders(l *Live) []execution.OrderStatus { return slices.Collect(l.lane.Orders()) }

// LivePosition is what an agent of a live group holds by its own books, and by the lane's.
func LivePosition(l *Live, agent int) (books, lane int64) {
	return l.agents[agent].account.Positions()[0].Quantity, l.lane.Position(uint32(agent), 0)
}

// LiveMode is an agent's mode.
func LiveMode(l *Live, agent int) event.Mode { return l.agents[agent].mode }

// FlushLive makes durable what a live group has done: what nobody waits for may still be on its way.
func FlushLive(l *Live) error { return l.journal.Flush(l.streams...) }
