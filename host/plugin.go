package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
)

// Plugin is a module that is given the inputs of an agent's past beside the one that they were for.
type Plugin struct {
	// Load compiles it under the agent's limits.
	Load func(ctx context.Context, l sandbox.Limits) (*sandbox.Module, error)
	// Values are its parameters by name, as text. Those left out have the values recorded under their name
	// if it takes them, else its own defaults.
	Values map[string]string
	// Told, if set, is told of each tick at which orders differ or the module fails; what it is given is
	// valid during the call. An error ends the replay.
	Told func(t *PluginTick) error
}

// PluginTick is a tick of a plugin.
type PluginTick struct {
	Sequence uint64
	Time     int64
	// Differences are the orders that differ, nil for none.
	Differences []Difference
	// Trap is why the plugin's tick failed, nil if it did not. What it did is taken back then, as it would be
	// in an agent.
	Trap *sandbox.Trap
	// OldFailed: the tick failed in the past. The plugin's is compared and taken back too, for the events of
	// such a tick come again with the next.
	OldFailed bool
	// Fuel is what the plugin's tick took.
	Fuel int64
}

// PluginSummary is what became of a plugin.
type PluginSummary struct {
	ShadowSummary
	// Failed is how many of its ticks failed; FuelMax is the most that one took.
	Failed  uint64 `json:"failed"`
	FuelMax int64  `json:"fuel_max"`
	// Loaded is the event after which it loaded what the agent's own strategy saved, 0 if it has every input from the
	// start.
	Loaded uint64 `json:"loaded,omitempty"`
	// Parameters are the values that it was given, in declared order.
	Parameters []ParameterValue `json:"parameters"`
	// SHA256 is the module's, Name and Version its own.
	SHA256  string `json:"sha256"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ParameterValue is a parameter, its value as text, and where that is from: given, recorded or default.
type ParameterValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// pluginGuest is a plugin at work.
type pluginGuest struct {
	plugin  *Plugin
	agent   *Agent
	guest   *guest
	shadow  *Shadow
	intents []abi.Intent
	summary PluginSummary
	from    uint64
	trap    *sandbox.Trap // of the last tick
}

// newPluginGuest makes the plugin's first instance, and has the agent's ticks told to it. begun is the event after which the
// agent goes on, 0 for its start.
func newPluginGuest(ctx context.Context, p *Plugin, a *Agent, from, begun uint64) (*pluginGuest, error) {
	m, err := p.Load(ctx, a.plan.Limits)
	if err != nil {
		return nil, err
	}
	d := m.Description()
	b := &pluginGuest{plugin: p, agent: a, shadow: NewShadow(a.plan.Instruments), from: from}
	b.summary.SHA256, b.summary.Name, b.summary.Version = fmt.Sprintf("%x", m.SHA256()), d.Name, d.Version
	values, err := b.parameters(d)
	if err != nil {
		return nil, err
	}
	b.summary.Loaded = begun
	c := sandbox.InstanceConfig{Name: a.plan.Name, Seed: mix(a.plan.Seed), Time: a.start, Parameters: values, Limits: a.plan.Limits}
	if begun > 0 {
		c.Time = a.now
		b.guest, err = loadNow(ctx, a, m, c)
	} else {
		b.guest, err = newGuest(ctx, m, c, true)
	}
	if err != nil {
		return nil, fmt.Errorf("start plugin: %w", err)
	}
	a.onInput = b.tick
	return b, nil
}

// loadNow makes an instance that has loaded what an agent's strategy saves between two turns. There are no inputs before.
func loadNow(ctx context.Context, a *Agent, m *sandbox.Module, c sandbox.InstanceConfig) (*guest, error) {
	var s sandbox.Snapshot
	if err := a.guest.instance.Snapshot(&s); err != nil {
		return nil, err
	}
	g, err := loadFrom(ctx, a.guest, &s, &AgentPlan{Module: m}, c)
	if cannot := (*cannotLoadError)(nil); errors.As(err, &cannot) {
		return nil, fmt.Errorf("its inputs up to event %d were pruned, so its state must come from the strategy before it: %w", a.sequence, err)
	}
	return g, err
}

// parameters finds a value for each parameter that the plugin declares.
func (b *pluginGuest) parameters(d *abi.Description) ([]abi.Value, error) {
	var values []abi.Value
	for i := range d.Parameters {
		p := &d.Parameters[i]
		v, from, err := b.parameter(p)
		if err != nil {
			return nil, fmt.Errorf("parameter %s of %s: %w", p.Name, d.Name, err)
		}
		values = append(values, v)
		b.summary.Parameters = append(b.summary.Parameters, ParameterValue{p.Name, p.Format(v), from})
	}
	for name := range b.plugin.Values {
		if !slices.ContainsFunc(d.Parameters, func(p abi.Parameter) bool { return p.Name == name }) {
			return nil, errors.New(undeclared(name, d))
		}
	}
	return values, nil
}

func (b *pluginGuest) parameter(p *abi.Parameter) (v abi.Value, from string, err error) {
	if text, ok := b.plugin.Values[p.Name]; ok {
		v, err = p.Parse(text)
		return v, "given", err
	}
	plan := b.agent.plan
	recorded := plan.Module.Description().Parameters
	for i := range recorded {
		if recorded[i].Name != p.Name || i >= len(plan.Parameters) {
			continue
		}
		if v, err := p.Parse(recorded[i].Format(plan.Parameters[i])); err == nil {
			return v, "recorded", nil
		}
	}
	return p.Default, "default", nil
}

// tick gives the plugin what the agent's own strategy has just been given.
func (b *pluginGuest) tick(ctx context.Context, in []byte, budget int64) error {
	a := b.agent
	failed := a.turn.Verdict != event.VerdictOK
	out, used, err := b.guest.tick(in, a.now, budget)
	if err == nil {
		if b.intents, err = abi.ParseOutput(out, a.outputLimits(), b.intents); err != nil {
			err = b.guest.instance.Reject(used, err)
		}
	}
	b.trap = nil
	if err != nil && !errors.As(err, &b.trap) {
		return fmt.Errorf("plugin: %w", err)
	}
	if err != nil {
		b.intents = b.intents[:0]
	}
	if err := b.compare(failed, used); err != nil {
		return err
	}
	if err != nil || failed {
		return b.guest.rollback(ctx)
	}
	return b.guest.keep(in, a.now, budget)
}

// compare counts the tick and tells of it, if it is one of those asked for.
func (b *pluginGuest) compare(failed bool, used int64) error {
	a := b.agent
	if a.sequence < b.from {
		return nil
	}
	t := PluginTick{Sequence: a.sequence, Time: a.now, Trap: b.trap, OldFailed: failed, Fuel: used}
	t.Differences = b.shadow.Tick(a.sequence, a.now, a.intents, b.intents)
	if b.summary.FuelMax = max(b.summary.FuelMax, used); b.trap != nil {
		b.summary.Failed++
	}
	if b.plugin.Told == nil || t.Differences == nil && t.Trap == nil && !failed {
		return nil
	}
	return b.plugin.Told(&t)
}

// Plugin is what became of the plugin, nil if there was none; after Do.
func (r *Replay) Plugin() *PluginSummary {
	if r.plugin == nil {
		return nil
	}
	s := r.plugin.summary
	s.ShadowSummary = r.plugin.shadow.Summary()
	return &s
}
