package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// LaneConfig is the lane of a group of the plan: the default's, with times short enough for a world.
func (p *Plan) LaneConfig(g int) execution.Config {
	group := &p.Groups[g]
	v := &group.Venue
	c := execution.DefaultConfig()
	c.Venue, c.Account, c.Seed = v.Venue, v.Account, p.Seed^uint64(g)
	c.Instruments, c.Capabilities, c.Facilities = v.Instruments, v.Capabilities(), v.Facilities
	c.Owners = make([][]uint32, len(v.Instruments))
	for i, a := range group.Agents {
		c.Agents = append(c.Agents, execution.AgentConfig{Name: a.Name, Shared: a.Shared})
		for _, k := range a.Instruments {
			c.Owners[k] = append(c.Owners[k], uint32(i))
		}
	}
	// A request may be under way for as long as the settle window, and the clocks differ by two seconds.
	c.Resend = resilience.ResendConfig{Dedupe: v.Dedupe, Window: v.DedupeWindow, Margin: p.SettleWindow + 2*second}
	c.Settle = resilience.SettleConfig{Absences: 3, Spacing: 2 * second, Window: p.SettleWindow}
	c.Breaker.OpenFor, c.Breaker.OpenForMax, c.Breaker.ProbeLease = 5*second, 20*second, 12*second
	c.CallTimeout, c.CallGrace = 5*second, 3*second
	c.LookupEvery, c.PollEvery, c.StreamQuiet = 2*second, 4*second, 10*second
	c.ReconcileEvery, c.UnknownMax = 15*second, 4*p.SettleWindow
	c.TimeToLive = execution.Lifetimes{Market: 8 * second, Limit: 20 * second, Stop: 20 * second}
	c.SkewMax, c.Transfers = 2*second, execution.ForeignHalt
	switch group.Foreign {
	case "claim":
		c.Foreign = execution.ForeignClaim
	case "halt":
		c.Foreign = execution.ForeignHalt
	}
	return c
}

// instrumentsOf are the instruments of one agent.
func (p *Plan) instrumentsOf(a *AgentSpec) []event.Instrument {
	list := make([]event.Instrument, len(a.Instruments))
	for i, k := range a.Instruments {
		list[i] = p.Market.Instruments[k]
	}
	return list
}
