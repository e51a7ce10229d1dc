package host

import (
	"context"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// Remote is a venue behind a network.
type Remote interface {
	// Capabilities say what its orders can be; Facilities what it can be asked. Both change what the host
	// dares to do.
	Capabilities() event.Capabilities
	Facilities() event.Facilities
	// Do carries out one call and always returns a reply. When ctx ends, the reply says how far it came.
	// Any goroutine may call it.
	Do(ctx context.Context, c *event.Call) event.Reply
	// Stream hands what the venue tells unasked to deliver, until ctx ends or the stream breaks. A venue
	// without one returns errors.ErrUnsupported at once.
	Stream(ctx context.Context, deliver func(event.Reply)) error
}

// LivePlan is the agents of one account at a venue behind a network, and what they are fed.
type LivePlan struct {
	Venue, Account string
	// Instruments is the union of the agents' lists: what lane, venue and feeds count by.
	Instruments []event.Instrument
	// Agents have no Run: a live agent's is random, and kept in its stream.
	Agents []*AgentPlan
	// Lane is the lane's configuration; agents, instruments and owners are filled in.
	Lane execution.Config
}

// owners are, for each instrument of the group, the agents that trade it.
func (p *LivePlan) owners() [][]uint32 {
	owners := make([][]uint32, len(p.Instruments))
	for i := range p.Instruments {
		for k, a := range p.Agents {
			if indexOf(a.Instruments, p.Instruments[i].Name) >= 0 {
				owners[i] = append(owners[i], uint32(k))
			}
		}
	}
	return owners
}
