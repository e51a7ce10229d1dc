package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
)

// configured is a source that knows the configuration's own module, which is compiled already.
type configured struct {
	plan *AgentPlan
	rest ModuleSource
}

// Keep is ModuleSource's.
func (c configured) Keep(wasm []byte) error {
	if c.rest == nil {
		return nil
	}
	return c.rest.Keep(wasm)
}

// Admit is ModuleSource's.
func (c configured) Admit(ctx context.Context, name string, wasm []byte, l sandbox.Limits) (*sandbox.Module, error) {
	if c.rest == nil {
		return nil, errors.New("no modules are kept")
	}
	return c.rest.Admit(ctx, name, wasm, l)
}

// Load is ModuleSource's.
func (c configured) Load(ctx context.Context, sha [32]byte, l sandbox.Limits) (*sandbox.Module, error) {
	if c.plan.Module.SHA256() == sha && c.plan.Module.Limits() == l {
		return c.plan.Module, nil
	}
	if c.rest == nil {
		return nil, fmt.Errorf("module %x is not the configuration's, and none are kept", sha)
	}
	return c.rest.Load(ctx, sha, l)
}

// fixed are the settings that cannot change while an agent has a history.
var fixed = []string{"Name", "Seed", "Instruments", "Currency", "Capital", "Margin", "FeeFixed", "DayBoundary", "DayByOpen"}

// shows are those that say what the agent's strategy is: a change of any needs another instance.
var shows = []string{"Parameters", "Limits"}

// changes compares two entries: what a person decided differently, whether that can be changed in a
// running history, and whether the strategy's instance can go on.
func (e *moduleEntry) changes(o *moduleEntry) (names []string, kept bool, err error) {
	names, kept = differentSettings(e.Settings, o.Settings), e.ModuleSHA256 == o.ModuleSHA256
	var refused []string
	for _, name := range names {
		if slices.Contains(fixed, name) {
			refused = append(refused, name)
		}
		kept = kept && !slices.Contains(shows, name)
	}
	if e.ModuleSHA256 != o.ModuleSHA256 {
		names = append([]string{"module"}, names...)
	}
	if len(refused) > 0 {
		return names, false, fmt.Errorf("%s cannot change while the agent has a history: put it back, or begin anew in another data_dir", strings.Join(refused, ", "))
	}
	return names, kept, nil
}

// warmupFor is how a new module best comes to its state.
func warmupFor(old, fresh *sandbox.Module) string {
	if old.CanSave() && fresh.CanLoad() {
		return WarmupLoad
	}
	return WarmupReplay
}

// planChange prepares what the configuration asks for, if it asks for something else than it did when the
// agent's last turn was taken. What a person has swapped since stays until the configuration changes. A
// strategy that cannot be made ready keeps nobody from starting: what ran before goes on, and a person is told.
func (l *Live) planChange(ctx context.Context, a *Agent, p *AgentPlan, n *lineage) error {
	if len(a.warmups) > 0 { // journaled, and then the host died: it is carried out now
		a.ledger.module = a.warmups[0].position
		if err := a.comeIn(); err != nil {
			return err
		}
		return nil
	}
	asked, err := madeBy(p)
	if err != nil {
		return err
	}
	asked.Index = n.index
	if asked.Configured == n.last.entry.Configured {
		l.renewEngine(a, n)
		return nil
	}
	names, kept, err := n.last.entry.changes(&asked)
	if err != nil {
		return err
	}
	if len(names) == 0 { // by hand it was made what the configuration asks for now
		l.renewEngine(a, n)
		return nil
	}
	plan := *p
	in := &incoming{entry: asked, facts: p.Swap.facts(WarmupKept, "configuration", "changed since the last start: "+strings.Join(names, ", "))}
	in.facts.From = a.sequence
	if kept {
		in.facts.Probation = 0
		in.beside.plan = &plan
	} else if in.beside, in.facts.Warmup, err = l.prepareNow(ctx, a, &plan); err != nil {
		return l.keepOld(ctx, a, n, in.facts.Why, err)
	}
	if in.facts.Warmup == WarmupReplay {
		in.facts.From = 0
	}
	a.incoming = in
	if p.Wasm != nil && l.modules != nil {
		return l.modules.Keep(p.Wasm)
	}
	return nil
}

// keepOld starts with what ran before, because what the configuration asks for has failed.
func (l *Live) keepOld(ctx context.Context, a *Agent, n *lineage, why string, failed error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.log.Error("the configuration's change of an agent cannot be made, what ran before goes on", "agent", a.plan.Name, "change", why, "error", failed)
	l.alert(event.Alert{Key: "change_refused", Level: event.AlertCritical, Agent: a.plan.Name, Text: fmt.Sprintf(
		"%s runs module %.12s as before: %s, and that could not be made ready: %v", a.plan.Name, n.last.entry.ModuleSHA256, why, failed)})
	l.renewEngine(a, n)
	return nil
}

// prepareNow makes the instance of a new plan while nothing runs.
func (l *Live) prepareNow(ctx context.Context, a *Agent, p *AgentPlan) (b beside, warmup string, err error) {
	warmup = warmupFor(a.guest.module, p.Module)
	var refused error
	if warmup == WarmupLoad {
		b, refused = a.prepare(ctx, p, warmup)
		if cannot := (*cannotLoadError)(nil); !errors.As(refused, &cannot) {
			return b, warmup, refused
		}
		l.log.Info("the new module does not take the old one's state and is shown the past instead", "agent", p.Name, "reason", refused)
		warmup = WarmupReplay
	}
	r, err := openRehearsal(ctx, l.past(a), p, warmup, 0)
	if err != nil {
		return b, "", errors.Join(refused, err)
	}
	if b, err = r.run(ctx); err != nil {
		return b, warmup, errors.Join(err, b.close())
	}
	return b, warmup, nil
}

// renewEngine lets the journal say that another meter, engine or machine makes the turns from here on. The
// old ones have just been found equal.
func (l *Live) renewEngine(a *Agent, n *lineage) {
	id, e := a.plan.Module.Identity(), n.last.entry
	now := e
	now.Meter, now.ABI, now.Engine, now.Wazero, now.Arch = id.Meter, id.ABI, id.Engine, id.Wazero, id.Arch
	if e.sameEngine(&now) {
		return
	}
	now.Swap = nil
	a.renewed = &now
}

// beginSwap carries out what opening has prepared.
func (l *Live) beginSwap(a *Agent) error {
	if e := a.renewed; e != nil {
		a.renewed = nil
		if err := a.ledger.putModule(e, nil, nil, a.sequence, l.now); err != nil {
			return err
		}
		a.made, a.configured = a.ledger.module, e.Configured
		return nil
	}
	if a.incoming == nil {
		return l.swapBack(a)
	}
	if a.incoming.entry.Swap == nil {
		return l.swapIn(a, a.incoming)
	}
	return l.announce(a, a.incoming)
}

// swapIn journals what takes over and gives the agent its event, before all that waits. Both are durable
// together.
func (l *Live) swapIn(a *Agent, in *incoming) error {
	in.entry.Swap = in.facts
	if err := a.ledger.putModule(&in.entry, nil, nil, a.sequence, l.now); err != nil {
		return err
	}
	a.incoming = in
	if p := in.beside.plan; !slices.Equal(p.Health, a.plan.Health) {
		if err := l.rewatch(a, p); err != nil {
			return err
		}
	}
	return l.announce(a, in)
}

// rewatch takes other conditions on what an agent rests on. What had latched stays so.
func (l *Live) rewatch(a *Agent, p *AgentPlan) error {
	old := l.watches[a.index]
	w, err := newWatch(p)
	if err != nil {
		return fmt.Errorf("agent %s: %w", p.Name, err)
	}
	if _, err := w.modes.ReadState(old.modes.AppendState(nil)); err != nil {
		return fmt.Errorf("agent %s: carry conditions over: %w", p.Name, err)
	}
	w.newest, w.interval, w.mode = old.newest, old.interval, old.mode
	l.watches[a.index] = w
	return nil
}

func (l *Live) announce(a *Agent, in *incoming) error {
	a.inbox.pushFirst(event.KindSwap, l.now).Reason = fmt.Sprintf("%s by %s: %s", in.facts.Warmup, in.facts.By, in.facts.Why)
	return nil
}

// swapBack brings back what is in reserve, if the new module has done what it must not.
func (l *Live) swapBack(a *Agent) error {
	if a.letGo != nil {
		l.alert(event.Alert{Key: "reserve_lost", Level: event.AlertWarning, Agent: a.plan.Name, Text: fmt.Sprintf(
			"%s has no module in reserve any more, the probation of %.6x is over: the old one failed at turn %d: %v", a.plan.Name, a.plan.Module.SHA256(), a.sequence, a.letGo)})
		a.letGo = nil
	}
	s := a.standby
	if s == nil || s.fault == "" || a.incoming != nil {
		return nil
	}
	l.alert(event.Alert{Key: "swapped_back", Level: event.AlertCritical, Agent: a.plan.Name, Text: fmt.Sprintf(
		"%s runs module %.6x again, as before its last swap: %s", a.plan.Name, s.plan.Module.SHA256(), s.fault)})
	in, err := l.back(a, "host", s.fault)
	if err != nil {
		return err
	}
	return l.swapIn(a, in)
}

// back is the return of what is in reserve.
func (l *Live) back(a *Agent, by, why string) (*incoming, error) {
	e, err := madeBy(a.standby.plan)
	e.Index, e.Configured = a.index, a.configured
	return &incoming{entry: e, facts: &swapFacts{Warmup: WarmupBack, From: a.sequence, By: by, Why: why}, beside: a.standby.beside}, err
}
