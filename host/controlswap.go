package host

import (
	"context"
	"encoding/hex"

	"github.com/agenthost/agenthost/host/admin"
)

// SwapSettings are what the configuration says of an agent's swaps.
type SwapSettings struct {
	// OnSwap is "keep" or "cancel".
	OnSwap string
	// Shadow, Probation: as in admin.SwapOrder, for a swap that does not say. DenialsMax and LossMax (a
	// fraction of equity) bring the old module back in the probation; 0 is no bound.
	Shadow, Probation, DenialsMax int
	LossMax                       int64
}

// Swap puts another module or other parameters into an agent. What takes long is done aside; the agent
// goes on meanwhile. A module that is refused, or fails while it is made ready, changes nothing.
func (c *Control) Swap(ctx context.Context, agent string, o admin.SwapOrder) (admin.SwapReport, error) {
	w, err := c.agentOf(agent)
	if err != nil {
		return admin.SwapReport{}, err
	}
	end, err := c.beginSwap(agent)
	if err != nil {
		return admin.SwapReport{}, err
	}
	defer end()
	ch := &change{group: w, log: c.service.options.Log, stage: c.swapStage, agent: agent, dry: o.DryRun, warmup: o.Warmup, by: identity(o.Act), why: o.Reason, act: o.Act, shadow: o.Shadow}
	if err := ch.look(ctx); err != nil {
		return admin.SwapReport{}, err
	}
	if err := ch.admit(ctx, &o); err != nil {
		return ch.refused(err)
	}
	ch.settings = c.options.Swaps[agent]
	if o.Probation > 0 {
		ch.settings.Probation = o.Probation
	}
	if o.OnSwap != "" {
		ch.settings.OnSwap = o.OnSwap
	}
	if ch.shadow == 0 {
		ch.shadow = ch.settings.Shadow
	}
	return ch.carryOut(ctx)
}

// Rollback puts back what an agent ran before its last swap: out of its probation, or made ready anew.
func (c *Control) Rollback(ctx context.Context, agent string, act admin.Act) (admin.SwapReport, error) {
	w, err := c.agentOf(agent)
	if err != nil {
		return admin.SwapReport{}, err
	}
	end, err := c.beginSwap(agent)
	if err != nil {
		return admin.SwapReport{}, err
	}
	defer end()
	ch := &change{group: w, log: c.service.options.Log, stage: c.swapStage, agent: agent, by: identity(act), why: act.Reason, act: act, back: true}
	if err := ch.look(ctx); err != nil {
		return admin.SwapReport{}, err
	}
	if ch.standby {
		return ch.takeOver(ctx, &swapCommand{back: true, by: ch.by, why: ch.why})
	}
	if ch.previous == 0 {
		return admin.SwapReport{}, admin.Refuse("nothing_before", "agent %s has not been swapped: there is nothing to go back to", agent)
	}
	if ch.plan, err = ch.planBefore(ctx); err != nil {
		return ch.refused(err)
	}
	ch.settings = c.options.Swaps[agent]
	return ch.carryOut(ctx)
}

// beginSwap lets one swap of an agent be under way at a time.
func (c *Control) beginSwap(agent string) (end func(), err error) {
	c.swapsMu.Lock()
	defer c.swapsMu.Unlock()
	if s := c.swaps[agent]; s != nil {
		return nil, admin.Refuse("busy", "another swap of agent %s is under way (%s)", agent, s.State)
	}
	if c.swaps == nil {
		c.swaps = map[string]*admin.SwapStatus{}
	}
	c.swaps[agent] = &admin.SwapStatus{State: "admission", Since: c.service.options.Now()}
	return func() {
		c.swapsMu.Lock()
		defer c.swapsMu.Unlock()
		delete(c.swaps, agent)
	}, nil
}

func (c *Control) swapStage(agent, stage string, to [32]byte) {
	c.swapsMu.Lock()
	defer c.swapsMu.Unlock()
	if s := c.swaps[agent]; s != nil {
		s.State, s.ToSHA256 = stage, hex.EncodeToString(to[:])
	}
}
