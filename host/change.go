package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// change is one agent's way from what it runs to something else.
type change struct {
	group    groupAtWork
	log      hclog.Logger
	stage    func(agent, stage string, to [32]byte) // told how far it is
	agent    string
	by, why  string
	act      admin.Act
	warmup   string
	shadow   int
	dry      bool
	back     bool
	settings SwapSettings

	// What the agent runs.
	now      moduleEntry // of before, as it would be journaled today
	previous uint64      // position of the entry before it, 0 for none
	before   *AgentPlan
	index    uint32
	position uint64 // of its module entry
	standby  bool
	modules  ModuleSource
	guest    *guest // its module and configuration only: it is at work

	// What it is to run.
	plan       *AgentPlan
	configured string // empty keeps what the configuration had asked for
	ready      *swapCommand
	report     admin.SwapReport
}

// groupAtWork is a live group whose rounds somebody else drives.
type groupAtWork interface {
	// ask runs a question on the group's goroutine, between two rounds.
	ask(ctx context.Context, question func(*Live)) error
	// order gives a person's act to the group and waits until it is durable.
	order(ctx context.Context, c Command) error
}

// look finds out what the agent runs.
func (ch *change) look(ctx context.Context) error {
	found, configured := false, ""
	err := ask(ctx, ch.group, func(l *Live) {
		a := l.agentNamed(ch.agent)
		if a == nil {
			return
		}
		found, configured = true, a.configured
		ch.previous, ch.before, ch.standby, ch.index = a.previous, a.plan, a.standby != nil, a.index
		ch.modules, ch.guest, ch.position = a.modules, a.guest, a.ledger.module
	})
	if err != nil {
		return err
	}
	if !found {
		return admin.Missing("agent", ch.agent)
	}
	if ch.now, err = madeBy(ch.before); err != nil {
		return err
	}
	ch.now.Index, ch.now.Configured = ch.index, configured
	ch.report = admin.SwapReport{Agent: ch.agent, FromSHA256: ch.now.ModuleSHA256, State: admin.SwapRefused}
	return nil
}

// planBefore makes the plan of the module entry before the present one again, from the journal. Where the present one
// is itself a return there is none: what was before it is what was taken back.
func (ch *change) planBefore(ctx context.Context) (*AgentPlan, error) {
	at, err := ch.entryAt(ctx, ch.position)
	if err != nil {
		return nil, err
	}
	if s := at.entry.Swap; s != nil && (s.Back || s.Warmup == WarmupBack) {
		return nil, admin.Refuse("nothing_before", "agent %s was rolled back already, after event %d by %s (%s); what was taken back then comes in again by agenthost swap only",
			ch.agent, at.sequence, s.By, s.Why)
	}
	before, err := ch.entryAt(ctx, ch.previous)
	if err != nil {
		return nil, err
	}
	return before.entry.plan(ctx, ch.modules)
}

// entryAt reads a module entry of the agent's stream.
func (ch *change) entryAt(ctx context.Context, position uint64) (placed, error) {
	var j *journal.Journal
	var name string
	var failed error
	err := ask(ctx, ch.group, func(l *Live) {
		j, name = l.journal, l.agentNamed(ch.agent).ledger.name
		failed = j.Flush(l.streams...)
	})
	if err = errors.Join(err, failed); err != nil {
		return placed{}, err
	}
	return moduleAt(j, name, position)
}

// refused is the report of a module that is at fault, as an error that a person understands.
func (ch *change) refused(err error) (admin.SwapReport, error) {
	ch.report.State, ch.report.Message = admin.SwapRefused, err.Error()
	return ch.report, admin.Refuse("swap_refused", "%s; agent %s goes on with module %.12s", strings.TrimSuffix(err.Error(), "."), ch.agent, ch.now.ModuleSHA256)
}

// admit compiles the module of an order and reads the parameters.
func (ch *change) admit(ctx context.Context, o *admin.SwapOrder) error {
	plan := *ch.before
	wasm, name := o.Module, "module"
	if o.Name != "" {
		name = filepath.Base(o.Name)
	}
	if o.File != "" {
		var err error
		if wasm, err = os.ReadFile(o.File); err != nil {
			return err
		}
		name = filepath.Base(o.File)
	}
	if len(wasm) > 0 {
		var err error
		if plan.Module, err = ch.modules.Admit(ctx, name, wasm, plan.Limits); err != nil {
			return err
		}
		plan.Wasm = wasm
	}
	var err error
	plan.Parameters, err = carriedParameters(plan.Module.Description(), ch.before, o.Parameters)
	ch.plan = &plan
	return err
}

// carriedParameters are a module's values: those written, else those that the module before was given
// under the same name, else the defaults.
func carriedParameters(d *abi.Description, before *AgentPlan, written map[string]string) ([]abi.Value, error) {
	values := make([]abi.Value, len(d.Parameters))
	old := before.Module.Description().Parameters
	for i := range d.Parameters {
		p := &d.Parameters[i]
		values[i] = p.Default
		for k := range old {
			if old[k].Name == p.Name && old[k].Type == p.Type && k < len(before.Parameters) {
				values[i] = before.Parameters[k]
			}
		}
		if text, ok := written[p.Name]; ok {
			v, err := p.Parse(text)
			if err != nil {
				return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			values[i] = v
		}
	}
	for name := range written {
		if !slices.ContainsFunc(d.Parameters, func(p abi.Parameter) bool { return p.Name == name }) {
			return nil, errors.New(undeclared(name, d))
		}
	}
	return values, nil
}

// carryOut makes the new instance ready and puts it to work.
func (ch *change) carryOut(ctx context.Context) (admin.SwapReport, error) {
	if err := ch.prepare(ctx); err != nil {
		var refusal *admin.Refusal
		if errors.As(err, &refusal) {
			return ch.report, err
		}
		return ch.refused(err)
	}
	if ch.ready == nil {
		ch.report.State, ch.report.Message = admin.SwapDone, "nothing changes: the agent runs this already"
		return ch.report, nil
	}
	if ch.dry {
		ch.report.State = admin.SwapShadowed
		return ch.report, ch.drop(ctx)
	}
	return ch.takeOver(ctx, ch.ready)
}

// prepare makes the new instance ready, up to a few ticks behind the agent.
func (ch *change) prepare(ctx context.Context) error {
	entry, err := madeBy(ch.plan)
	if err != nil {
		return err
	}
	entry.Index = ch.index
	ch.report.ToSHA256 = entry.ModuleSHA256
	names, kept, err := ch.now.changes(&entry)
	if err != nil {
		return err
	}
	if ch.configured != "" {
		entry.Configured = ch.configured
	} else {
		entry.Configured = ch.now.Configured
	}
	if len(names) == 0 && entry.Configured == ch.now.Configured && !ch.back {
		return nil
	}
	facts := ch.settings.facts(WarmupKept, ch.by, ch.why)
	facts.Back = ch.back
	ch.ready = &swapCommand{ready: &incoming{entry: entry, facts: facts, beside: beside{plan: ch.plan}}, module: ch.position, by: ch.by, why: ch.why}
	ch.plan.Run, ch.plan.DataSHA256 = ch.before.Run, ch.before.DataSHA256
	if kept {
		facts.Probation = 0
		ch.report.Warmup = facts.Warmup
		return nil
	}
	if facts.Warmup, err = ch.chooseWarmup(); err != nil {
		return err
	}
	ch.report.Warmup = facts.Warmup
	stage := "warm_up"
	if ch.shadow > 0 {
		stage = "shadow"
	}
	ch.stage(ch.agent, stage, ch.plan.Module.SHA256())
	if err = ch.warmAnyhow(ctx); err != nil {
		return errors.Join(err, ch.drop(ctx))
	}
	return nil
}

// warmAnyhow is warm, and where that cannot be, and nobody asked for just this, in another way.
func (ch *change) warmAnyhow(ctx context.Context) error {
	err := ch.warm(ctx)
	facts := ch.ready.ready.facts
	var cannot *cannotLoadError
	var pruned *noReplayError
	other := ""
	switch {
	case errors.As(err, &cannot) && ch.warmup == "":
		ch.log.Info("the new module does not take the old one's state and is shown the past instead", "agent", ch.agent, "reason", cannot.cause)
		other = WarmupReplay
	case errors.As(err, &pruned) && ch.guest.module.CanSave() && ch.plan.Module.CanLoad():
		ch.note("its state is loaded: the events up to %d were pruned, so it cannot be made by replay", pruned.Events)
		other = WarmupLoad
	default:
		return err
	}
	facts.Warmup, ch.report.Warmup, ch.report.WarmupTicks = other, other, 0
	again := ch.warm(ctx)
	if errors.As(again, &pruned) {
		again = errors.Join(cannot, again)
	}
	return again
}

// chooseWarmup asks both modules what they can.
func (ch *change) chooseWarmup() (string, error) {
	can := ch.guest.module.CanSave() && ch.plan.Module.CanLoad()
	switch {
	case ch.warmup == WarmupLoad && !can:
		return "", errors.New("warm-up load needs strategy_save in the old module and strategy_load in the new one; use replay or fresh")
	case ch.warmup != "":
		return ch.warmup, nil
	}
	return warmupFor(ch.guest.module, ch.plan.Module), nil
}

// warm brings the new instance to its state, and then after the agent, which goes on.
func (ch *change) warm(ctx context.Context) error {
	p := ch.ready.ready
	if p.facts.Warmup != WarmupReplay && ch.shadow == 0 {
		if err := ch.warmFromHere(ctx); err != nil {
			return err
		}
	} else if err := ch.rehearse(ctx); err != nil {
		return err
	}
	for range 64 { // each time fewer ticks have come meanwhile
		var t *tail
		err := ask(ctx, ch.group, func(l *Live) {
			if a := l.agentNamed(ch.agent); a != nil && a.tail != nil && a.tail.of == ch.ready {
				t, a.tail = a.tail, &tail{of: ch.ready}
			}
		})
		if err != nil || t == nil {
			return errors.Join(err, errors.New("the group was rebuilt from its journal meanwhile, or another swap made ready; swap again"))
		}
		ch.report.WarmupTicks += len(t.ticks)
		if err := ch.ready.feed(ctx, t); err != nil {
			return err
		}
		if len(t.ticks) < 4 {
			return nil
		}
	}
	return nil
}

// warmFromHere begins at the agent's present state.
func (ch *change) warmFromHere(ctx context.Context) (err error) {
	var s sandbox.Snapshot
	var failed error
	var now, start int64
	p := ch.ready.ready
	err = ask(ctx, ch.group, func(l *Live) {
		a := l.agentNamed(ch.agent)
		a.tail = &tail{of: ch.ready}
		ch.ready.at, p.facts.From, now, start = a.sequence, a.sequence, a.now, a.start
		if p.facts.Warmup == WarmupLoad {
			failed = a.guest.instance.Snapshot(&s)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	c := ch.guest.config
	c.Time, c.Parameters, c.Limits = max(now, start), ch.plan.Parameters, ch.plan.Limits
	if p.facts.Warmup == WarmupFresh {
		p.beside.guest, err = newGuest(ctx, ch.plan.Module, c, true)
		return err
	}
	p.beside.guest, err = loadFrom(ctx, ch.guest, &s, ch.plan, c)
	return err
}

// rehearse takes the agent's turns again aside, from the journal, and ticks the new instance with them. Where the
// journal does not go back far enough, less is compared.
func (ch *change) rehearse(ctx context.Context) (err error) {
	p := ch.ready.ready
	var head uint64
	var stream string
	var o ReplayOptions
	var failed error
	err = ask(ctx, ch.group, func(l *Live) {
		a := l.agentNamed(ch.agent)
		if failed = l.journal.Flush(l.streams...); failed != nil {
			return
		}
		a.tail = &tail{of: ch.ready}
		o, stream = l.past(a), a.ledger.name
		head, _ = a.ledger.stream.Head()
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	first := o.To
	if ch.shadow > 0 {
		if first, err = turnBefore(ctx, o.Journal, stream, head, ch.shadow); err != nil {
			return err
		}
	}
	from := first
	if p.facts.Warmup == WarmupReplay {
		from = 0
	}
	r, err := openRehearsal(ctx, o, ch.plan, p.facts.Warmup, from)
	if pruned := (*PrunedError)(nil); errors.As(err, &pruned) && pruned.From > 0 && p.facts.Warmup != WarmupReplay {
		r, err = openRehearsal(ctx, o, ch.plan, p.facts.Warmup, pruned.From-1)
	}
	if err != nil {
		return err
	}
	if r.from > from {
		ch.note("compared from event %d on only: what was before is pruned", r.from+1)
	}
	p.facts.From, ch.ready.at = r.from, o.To
	shadow := newSwapShadow(ch.before)
	r.compare = func(sequence uint64, now int64, old *Agent, fresh []byte) error {
		ch.report.WarmupTicks++
		if sequence <= first {
			return nil
		}
		return shadow.tick(sequence, now, old.intents, fresh, old.outputLimits())
	}
	p.beside, err = r.run(ctx)
	if ch.shadow > 0 {
		ch.report.Shadow = shadow.report()
	}
	return err
}

// note says something more in the report.
func (ch *change) note(format string, args ...any) {
	if ch.report.Message != "" {
		ch.report.Message += "; "
	}
	ch.report.Message += fmt.Sprintf(format, args...)
}

// takeOver gives the command to the group and tells what became of it.
func (ch *change) takeOver(ctx context.Context, s *swapCommand) (admin.SwapReport, error) {
	err := answered(ch.group.order(ctx, Command{Agent: ch.agent, swap: s, Audit: ch.audit(s)}))
	if err != nil {
		return ch.report, errors.Join(err, ch.drop(context.WithoutCancel(ctx)))
	}
	err = ask(ctx, ch.group, func(*Live) { // behind the round, which has been measured then
		ch.report.Sequence, ch.report.Position, ch.report.PauseNanoseconds = s.sequence, s.position, s.pause.Nanoseconds()
		ch.report.Warmup, ch.report.ToSHA256 = s.ready.facts.Warmup, s.ready.entry.ModuleSHA256
		switch {
		case ch.back:
			ch.report.State = admin.SwapRolledBack
		case s.ready.facts.Probation > 0:
			ch.report.State = admin.SwapProbation
		default:
			ch.report.State = admin.SwapDone
		}
	})
	return ch.report, err
}

// audit is what the journal keeps of it beside the swap itself.
func (ch *change) audit(s *swapCommand) *event.Audit {
	what, detail := "swap", ""
	if ch.back {
		what = "rollback"
	}
	if s.ready != nil {
		detail = "module " + s.ready.entry.ModuleSHA256[:12]
	}
	return auditOf(ch.act, "agent", ch.agent, what, detail)
}

// drop lets go of what was made ready and is not wanted.
func (ch *change) drop(ctx context.Context) error {
	if ch.ready == nil || ch.ready.ready == nil {
		return nil
	}
	err := ask(ctx, ch.group, func(l *Live) {
		if a := l.agentNamed(ch.agent); a != nil && a.tail != nil && a.tail.of == ch.ready {
			a.tail = nil
		}
	})
	if g := ch.ready.ready.beside.guest; g != nil && !ch.back {
		err = errors.Join(err, g.close())
	}
	return err
}
