package host

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/agenthost/agenthost/host/admin"
)

// SwapSettings are what the configuration says of an agent's swaps.
type SwapSettings struct {
	// Watch swaps when the strategy's file changes.
	Watch bool
	// OnSwap is "keep" or "cancel".
	OnSwap string
	// Shadow, Probation: as in admin.SwapOrder, for a swap that does not say. DenialsMax and LossMax (a
	// fraction of equity) bring the old module back in the probation; 0 is no bound.
	Shadow, Probation, DenialsMax int
	LossMax                       int64
}

// facts are those of a swap by these settings.
func (s *SwapSettings) facts(warmup, by, why string) *swapFacts {
	return &swapFacts{
		Warmup: warmup, Probation: s.Probation, DenialsMax: s.DenialsMax, LossMax: s.LossMax, OnSwap: s.OnSwap, By: by, Why: why,
	}
}

// Swap puts another module or other parameters into an agent. What takes long is done aside; the agent
// goes on meanwhile. A module that is refused, or fails while it is made ready, changes nothing.
func (c *Control) Swap(ctx context.Context, agent string, o admin.SwapOrder) (report admin.SwapReport, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{o.Act, "agent", agent, "swap", o.DryRun}, err) }()
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
	ch.settings = c.swapSettings(agent)
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
func (c *Control) Rollback(ctx context.Context, agent string, act admin.Act) (report admin.SwapReport, err error) {
	defer func() { c.keepRefusal(ctx, refusedAct{act, "agent", agent, "rollback", false}, err) }()
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
		if refusal := (*admin.Refusal)(nil); errors.As(err, &refusal) {
			return admin.SwapReport{}, err
		}
		return ch.refused(err)
	}
	ch.settings = c.swapSettings(agent)
	return ch.carryOut(ctx)
}

// swapSettings are what the configuration says of an agent's swaps.
func (c *Control) swapSettings(agent string) SwapSettings {
	if p := c.service.configured().agent(agent); p != nil {
		return p.Swap
	}
	return SwapSettings{}
}

// WatchedFile is a strategy's file that is to be swapped in when it changes.
type WatchedFile struct {
	Path string
	// SHA256 is that of the module as it was when the configuration was read.
	SHA256 [32]byte
}

// Watched are those of the configuration, by agent.
func (c *Control) Watched() map[string]WatchedFile {
	files, p := map[string]WatchedFile{}, c.service.configured()
	for _, g := range p.Groups {
		for _, a := range g.Plan.Agents {
			if a.Swap.Watch {
				files[a.Name] = WatchedFile{p.strategy(a.Name), a.Module.SHA256()}
			}
		}
	}
	return files
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
