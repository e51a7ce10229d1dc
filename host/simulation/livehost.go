package simulation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/resilience"
)

// Cast is the strategies that play in worlds, compiled once. Any number of worlds may use it at once.
type Cast struct {
	runtime *sandbox.Runtime
	modules map[string][]*sandbox.Module // by strategy and version
	wasm    map[string][]byte
	// guest says that the author's module plays, without the simulator's limits.
	guest bool
}

// guestFuel is enough for a tick of the simulator's strategies, and little enough that an endless loop is short.
const guestFuel = 60_000

// NewCast compiles the simulator's own strategies. plugin, if not nil, takes the place of trader, greedy and poison:
// an author's module goes through the same faults.
func NewCast(ctx context.Context, plugin []byte) (*Cast, error) {
	runtime, err := sandbox.NewRuntime(sandbox.Config{})
	if err != nil {
		return nil, err
	}
	c := &Cast{guest: plugin != nil, runtime: runtime, modules: make(map[string][]*sandbox.Module), wasm: make(map[string][]byte)}
	for name, wasm := range Strategies() {
		limits := sandbox.DefaultLimits()
		if plugin != nil && name != swallow && name != forgets {
			wasm = plugin
		} else {
			limits.FuelTick = guestFuel
		}
		c.wasm[name] = wasm
		for version := range versionsMax + 1 {
			m, err := runtime.Load(ctx, name, versionOf(wasm, version), limits)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("strategy %s, version %d: %w", name, version, err), runtime.Close())
			}
			c.modules[name] = append(c.modules[name], m)
		}
	}
	return c, nil
}

// Close lets go of the compiled strategies. No world may still use them.
func (c *Cast) Close() error { return c.runtime.Close() }

// live is a group of the real host.
type live struct {
	*host.Live
	cast  *Cast
	plan  *GroupPlan
	shelf *shelf
}

// Open starts a group of the real host with the cast's strategies.
func (c *Cast) Open(ctx context.Context, o *Opening) (Hosted, error) {
	p, lane := o.Plan, o.Lane
	group := &p.Groups[o.Group]
	plan := &host.LivePlan{Venue: lane.Venue, Account: lane.Account, Instruments: lane.Instruments, Lane: lane}
	for i := range group.Agents {
		plan.Agents = append(plan.Agents, c.agentPlan(p, group, &group.Agents[i]))
	}
	kept := &shelf{cast: c, kept: p.kept}
	l, err := host.OpenLive(ctx, plan, host.LiveOptions{
		Journal: o.Journal, Owner: "simulator", Lease: time.Minute, Now: o.Now,
		Run: func() [8]byte { return runOf(p.Seed, o.Group) }, Modules: kept,
		Checkpoints: o.Checkpoints, CheckpointRule: group.Checkpoints, Recovered: o.Recovered,
	})
	if err != nil {
		return nil, err
	}
	return &live{Live: l, cast: c, plan: group, shelf: kept}, nil
}

// runOf makes the eight bytes of a new agent's ids. They are the group's; ids hold the agent's name too.
func runOf(seed uint64, g int) (run [8]byte) {
	binary.LittleEndian.PutUint64(run[:], newRandom(seed+uint64(g), "run").Uint64())
	return run
}

func (c *Cast) agentPlan(p *Plan, group *GroupPlan, a *AgentSpec) *host.AgentPlan {
	m := c.modules[a.Strategy][a.Version]
	return &host.AgentPlan{
		Name: a.Name, Module: m, Wasm: versionOf(c.wasm[a.Strategy], a.Version), Limits: m.Limits(), Instruments: p.instrumentsOf(a), Feeds: []string{"market"}, Interval: p.Market.Interval,
		Currency: group.Venue.Currency, Capital: agentCapital, Margin: event.One / 10, Capabilities: group.Venue.Capabilities(),
		Risk: c.riskOf(p, a), OnStop: "keep", OnQuarantine: group.OnQuarantine,
		Ticks: host.Ticks{Market: true, Order: group.TicksOrder, Start: true}, TrapsMax: TrapsMax, Shared: a.Shared,
		Health: group.healthRules(), Conditions: group.moneyRules(), Seed: p.Seed ^ newRandom(p.Seed, a.Name).Uint64(),
	}
}

// riskOf are the limits of the simulator's agents. An author's module has none.
func (c *Cast) riskOf(p *Plan, a *AgentSpec) risk.Limits {
	if c.guest {
		return risk.Limits{}
	}
	return p.riskOf(a)
}

// agentCapital is the money that each agent begins with.
const agentCapital = 20_000 * event.One

// riskOf are an agent's limits: some orders of the greedy go beyond each.
func (p *Plan) riskOf(a *AgentSpec) risk.Limits {
	l := risk.Limits{
		OrdersPerTickMax: 6, OpenOrdersMax: 12, RateCount: 20, RatePeriod: 10 * second, PriceCollar: event.One / 20,
		OrderNotionalMax: orderNotionalMax,
	}
	for _, k := range a.Instruments {
		lot := p.Market.Instruments[k].Lot
		l.OrderQuantityMax = append(l.OrderQuantityMax, orderLotsMax*lot)
		l.PositionMax = append(l.PositionMax, positionLotsMax*lot)
	}
	if a.Tight {
		l.OrdersPerTickMax, l.OpenOrdersMax, l.RateCount = 3, 6, 10
	}
	return l
}

// limit is what the agents of a group may do together.
func (p *Plan) limit(l *Limits, g int) {
	l.OrderNotionalMax, l.Claims = orderNotionalMax, p.Groups[g].Foreign == "claim"
	for k := range p.Market.Instruments {
		lot, owners := p.Market.Instruments[k].Lot, int64(0)
		for i := range p.Groups[g].Agents {
			if slices.Contains(p.Groups[g].Agents[i].Instruments, k) {
				owners++
			}
		}
		l.OrderQuantityMax = append(l.OrderQuantityMax, orderLotsMax*lot)
		l.PositionMax = append(l.PositionMax, owners*positionLotsMax*lot)
	}
}

// What the simulator's agents may order and hold, in lots and money.
const (
	orderLotsMax     = 4
	positionLotsMax  = 15
	orderNotionalMax = 5_000 * event.One
)

// healthRules are the conditions that a simulated host can measure.
func (g *GroupPlan) healthRules() []resilience.ModeRule {
	var rules []resilience.ModeRule
	for _, r := range resilience.DefaultModeRules() {
		switch r.Name {
		case "breaker", "orders_unknown", "dead_letters", "journal_failed", "positions_differ":
			rules = append(rules, r)
		case "feed_age":
			if g.FeedAge {
				r.Enter, r.Leave, r.LeaveAfter = 8*event.One, 4*event.One, 0
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// moneyRules shut an agent down that has lost a little.
func (g *GroupPlan) moneyRules() []resilience.ModeRule {
	if g.DrawdownMax == 0 {
		return nil
	}
	return []resilience.ModeRule{{
		Name: "drawdown", Mode: resilience.ModeShutdown, Enter: g.DrawdownMax, Leave: g.DrawdownMax * 3 / 4, FreshFor: 120 * second,
	}}
}

// Round is host.Live's.
func (l *live) Round(ctx context.Context, in []Input, now int64) ([]event.Call, error) {
	inputs := make([]host.LiveInput, 0, len(in))
	for i := range in {
		switch {
		case in[i].Market != nil:
			inputs = append(inputs, host.LiveInput{Market: in[i].Market})
		case in[i].Reply != nil:
			inputs = append(inputs, host.LiveInput{Reply: in[i].Reply})
		case in[i].Act != nil:
			inputs = append(inputs, host.LiveInput{Command: &host.Command{Act: *in[i].Act}})
		case in[i].Redrive != nil:
			r := in[i].Redrive
			inputs = append(inputs, host.LiveInput{Command: &host.Command{
				Done:    func(err error) { r.Refused = err },
				Redrive: &host.Redrive{Order: r.Order, Time: r.Time}, By: "simulator", Why: "looked it up at the venue",
				Letter: &event.LetterAct{ID: r.Order.String(), Act: event.LetterRedriven, By: "simulator", Reason: "looked it up at the venue"},
			}})
		case in[i].Swap != nil:
			s := in[i].Swap
			s.input.Command.Done = func(err error) { s.Told, s.Refused = true, err }
			inputs = append(inputs, s.input)
		case in[i].Flatten:
			for k := range l.plan.Agents {
				inputs = append(inputs, host.LiveInput{Command: &host.Command{
					Agent: l.plan.Agents[k].Name, Mode: event.ModeShutdown, By: "simulator", Why: "the kill switch",
				}})
			}
		}
	}
	effects, err := l.Live.Round(ctx, inputs, now)
	if err != nil {
		return nil, err
	}
	return effects.Calls, nil
}

// Prepare is host.Live's PrepareSwap or PrepareRollback.
func (l *live) Prepare(ctx context.Context, s *SwapPlan) (*Swap, error) {
	agent, why := l.plan.Agents[s.Agent].Name, "the plan of the world"
	if s.Back {
		return &Swap{Plan: s, input: l.PrepareRollback(agent, s.By, why)}, nil
	}
	in, err := l.PrepareSwap(ctx, agent, host.SwapRequest{
		Module: l.cast.modules[s.Strategy][s.Version], Wasm: versionOf(l.cast.wasm[s.Strategy], s.Version), Warmup: s.Warmup, By: s.By, Why: why,
		SwapSettings: host.SwapSettings{
			OnSwap: s.OnSwap, Shadow: s.Shadow, Probation: s.Probation, DenialsMax: s.DenialsMax, LossMax: s.LossMax,
		},
	})
	if err != nil {
		return nil, err
	}
	return &Swap{Plan: s, input: in}, nil
}

// Drop is host.Live's DropSwap.
func (l *live) Drop(s *Swap) error { return l.DropSwap(s.input) }

// Modules are the world's.
func (l *live) Modules() host.ModuleSource { return l.shelf }

// Release closes the group.
func (l *live) Release() error { return l.Close() }
