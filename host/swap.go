package host

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/resilience"
)

// swapFacts say how a module, or other settings, took the place of what was before. With the journal
// they are all it takes to make the new strategy's state again.
type swapFacts struct {
	// Warmup is how the new instance came to its state; one of the Warmup words.
	Warmup string `json:"warmup"`
	// From is the last turn that the new instance was not ticked in, before it took over: after it, it was
	// given the saved state, or began; the ticks from there to the swap it ran beside the old one.
	From uint64 `json:"from,omitempty"`
	// Probation is for how many ticks the old module is kept warm. DenialsMax is how many denials in it
	// bring the old one back, LossMax which loss as a fraction of the equity at the swap; 0 is no bound.
	Probation  int   `json:"probation,omitempty"`
	DenialsMax int   `json:"denials_max,omitempty"`
	LossMax    int64 `json:"loss_max,omitempty"`
	// OnSwap is "keep" or "cancel": what becomes of the open orders that add.
	OnSwap string `json:"on_swap,omitempty"`
	// Back says that it takes a swap back behind its probation: what was before is not to come back that way.
	Back bool `json:"back,omitempty"`
	// By and Why are a person's, or the host's own.
	By  string `json:"by"`
	Why string `json:"why"`
}

// The Warmup words.
const (
	WarmupLoad   = "load"   // the new one loads what the old one saved
	WarmupReplay = "replay" // the new one is ticked with every tick's input from the agent's start on
	WarmupFresh  = "fresh"  // the new one begins as if there had been nothing
	WarmupKept   = "kept"   // the instance goes on: only settings around it change
	WarmupBack   = "back"   // the one before comes back out of its probation
)

// beside is a strategy that is ticked with the inputs of the one at work. What it wishes is not carried
// out. It has a fuel bank of its own, while its input tells the other's budget.
type beside struct {
	plan  *AgentPlan
	guest *guest
	bank  int64
}

// tick runs one input that the one at work took. After an error nothing of the tick remains.
func (b *beside) tick(ctx context.Context, in []byte, now int64) (out []byte, used int64, err error) {
	budget := b.plan.Limits.FuelTick + b.bank
	if out, used, err = b.guest.tick(in, now, budget); err == nil {
		b.bank = min(b.plan.Limits.FuelBank, max(0, budget-used))
		return out, used, b.guest.keep(in, now, budget)
	}
	b.bank = 0
	if failed := b.guest.rollback(context.WithoutCancel(ctx)); failed != nil {
		return nil, used, fmt.Errorf("roll back after %w: %w", err, failed)
	}
	return nil, used, err
}

// close ends the instance; a plan alone has none.
func (b *beside) close() error {
	if b.guest == nil {
		return nil
	}
	return b.guest.close()
}

// incoming is what takes over in a swap event: new settings and, but for WarmupKept and WarmupBack, a new
// instance in its state.
type incoming struct {
	entry  moduleEntry
	facts  *swapFacts
	beside beside
}

// standby is what an agent ran before its last swap, kept warm while that is on probation.
type standby struct {
	beside
	left    int // ticks
	since   int64
	facts   *swapFacts
	equity  int64 // at the swap
	denials int
	fault   string // why it should come back, empty for no reason
}

// warmup is a swap in an agent's past that has not come yet: the new instance is made to its state as it
// was then.
type warmup struct {
	placed
	beside beside
}

// warmUp begins the warm-ups that began at this point of the past.
func (a *Agent) warmUp(ctx context.Context) error {
	for _, w := range a.warmups {
		f := w.entry.Swap
		if w.beside.plan != nil || f.From != a.sequence || f.Warmup == WarmupBack {
			continue
		}
		plan, err := w.entry.plan(ctx, a.modules)
		if err == nil {
			w.beside, err = a.prepare(ctx, plan, f.Warmup)
		}
		if err != nil {
			return fmt.Errorf("agent %s: swap at journal position %d: %w", a.plan.Name, w.position, err)
		}
	}
	return nil
}

// prepare makes what is to run a plan beside the agent, from its present state on.
func (a *Agent) prepare(ctx context.Context, p *AgentPlan, warmup string) (b beside, err error) {
	p.Run, p.DataSHA256 = a.plan.Run, a.plan.DataSHA256
	b.plan = p
	switch warmup {
	case WarmupKept:
		return b, nil
	case WarmupReplay:
		b.guest, err = newGuest(ctx, p.Module, a.instanceConfig(p, a.start), true)
	case WarmupFresh:
		b.guest, err = newGuest(ctx, p.Module, a.instanceConfig(p, a.now), true)
	case WarmupLoad:
		var s sandbox.Snapshot
		if err = a.guest.instance.Snapshot(&s); err == nil {
			b.guest, err = loadFrom(ctx, a.guest, &s, p, a.instanceConfig(p, a.now))
		}
	default:
		return b, fmt.Errorf("unknown warm-up %q", warmup)
	}
	return b, err
}

// loadFrom makes a new instance of a plan that has loaded what an old one saved. The old one is asked in
// a copy, so that what goes on is as if it had not been asked.
func loadFrom(ctx context.Context, old *guest, at *sandbox.Snapshot, p *AgentPlan, c sandbox.InstanceConfig) (*guest, error) {
	quiet := old.config
	quiet.Output = nil
	copied, err := old.module.Restore(ctx, quiet, at)
	if err != nil {
		return nil, fmt.Errorf("copy the old strategy: %w", err)
	}
	state, err := copied.Save(c.Time)
	if err = errors.Join(err, copied.Close()); err != nil {
		return nil, &cannotLoadError{fmt.Errorf("the old strategy saves its state: %w", err)}
	}
	if _, saved, err := abi.ReadState(state); err != nil || len(saved) == 0 {
		return nil, &cannotLoadError{errors.Join(err, errors.New("the old strategy has saved nothing"))}
	}
	g, err := newGuest(ctx, p.Module, c, true)
	if err != nil {
		return nil, err
	}
	if err := g.instance.Load(c.Time, state); err != nil {
		return nil, errors.Join(&cannotLoadError{fmt.Errorf("the new strategy loads the state: %w", err)}, g.close())
	}
	return g, g.takeSnapshot()
}

// cannotLoadError says why a state does not come from one module to another: there may be another way.
type cannotLoadError struct{ cause error }

func (e *cannotLoadError) Error() string { return e.cause.Error() }

func (e *cannotLoadError) Unwrap() error { return e.cause }

// besides runs a tick that succeeded in whoever is warm: the one in reserve, and what takes over later. A
// reserve that fails was not told what this tick told, and never will be: it cannot come back any more.
func (a *Agent) besides(ctx context.Context, in []byte, now int64) error {
	if s := a.standby; s != nil {
		_, _, err := s.tick(ctx, in, now)
		var trap *sandbox.Trap
		if errors.As(err, &trap) {
			if !a.replaying() {
				a.letGo = err
			}
			a.standby = nil
			err = s.close()
		}
		if err != nil {
			return fmt.Errorf("module in reserve: %w", err)
		}
	}
	return a.tickLater(ctx, in, now)
}

// tickLater hands a tick that somebody has taken for good to what takes over later.
func (a *Agent) tickLater(ctx context.Context, in []byte, now int64) error {
	if a.tail != nil {
		a.tail.keep(a.sequence, in, now)
	}
	for _, w := range a.warmups {
		if w.beside.guest == nil {
			continue
		}
		if _, _, err := w.beside.tick(ctx, in, now); err != nil {
			return fmt.Errorf("warm-up of the swap at journal position %d: %w", w.position, err)
		}
	}
	return nil
}

// close ends every instance that the agent has: at work, in reserve, made ready.
func (a *Agent) close() error {
	err := a.guest.close()
	if a.standby != nil {
		err = errors.Join(err, a.standby.close())
	}
	if a.incoming != nil {
		err = errors.Join(err, a.incoming.beside.close())
	}
	for _, w := range a.warmups {
		err = errors.Join(err, w.beside.close())
	}
	return err
}

// comeIn finds what takes over in the swap event that comes next in the agent's past.
func (a *Agent) comeIn() error {
	for i, w := range a.warmups {
		if w.position == a.ledger.module {
			a.incoming = &incoming{entry: w.entry, facts: w.entry.Swap, beside: w.beside}
			a.warmups = slices.Delete(a.warmups, i, i+1)
			return nil
		}
	}
	return fmt.Errorf("a swap to the module entry at position %d, which is not among those of the stream", a.ledger.module)
}

// foldSwap is a swap event: what was made ready takes over.
func (a *Agent) foldSwap() error {
	in := a.incoming
	a.incoming = nil
	if in == nil {
		return errors.New("a swap event without anything to swap in")
	}
	a.swapping = in.facts
	a.previous, a.made, a.configured = a.made, a.ledger.module, in.entry.Configured
	was := a.standby
	a.standby, a.swapped, a.health.trapsInRow = nil, true, 0
	if in.facts.Warmup == WarmupBack {
		if was == nil {
			return errors.New("nothing is in reserve to come back")
		}
		return a.comeBack(was)
	}
	if was != nil {
		if err := was.guest.close(); err != nil {
			return fmt.Errorf("close module in reserve: %w", err)
		}
	}
	old := beside{plan: a.plan, guest: a.guest, bank: a.bank}
	if err := a.adopt(in.beside.plan); err != nil {
		return err
	}
	if in.facts.Warmup == WarmupKept {
		return nil
	}
	a.guest, a.bank = in.beside.guest, in.beside.bank
	a.guest.muted, old.guest.muted = false, true
	if in.facts.Probation == 0 {
		return old.guest.close()
	}
	a.standby = &standby{beside: old, left: in.facts.Probation, since: a.now, facts: in.facts, equity: a.account.Equity()}
	return nil
}

// comeBack puts what was in reserve back to work.
func (a *Agent) comeBack(s *standby) error {
	if err := a.guest.close(); err != nil {
		return fmt.Errorf("close module that goes: %w", err)
	}
	a.guest, a.bank = s.guest, s.bank
	a.guest.muted = false
	return a.adopt(s.plan)
}

// adopt puts a plan in the place of the agent's own. What has latched stays shut.
func (a *Agent) adopt(p *AgentPlan) error {
	before := a.plan
	a.plan, p.Run = p, before.Run // a restore may have come since p was prepared
	admission := risk.New(risk.Config{
		Run: p.Run, Agent: p.Name, AgentIndex: a.index, Instruments: p.Instruments, Limits: p.Risk,
	})
	if _, err := admission.ReadState(a.admission.AppendState(nil)); err != nil {
		return fmt.Errorf("carry admission over: %w", err)
	}
	a.admission = admission
	if err := a.health.adopt(p, before, a.now); err != nil {
		return err
	}
	in := newInput(p.Limits.InputBytes, a)
	in.pending, in.dropped = a.input.pending, a.input.dropped
	copy(in.health, a.input.health)
	copy(in.lastTime, a.input.lastTime)
	a.input = in
	return nil
}

// adopt takes the bounds of another plan. What had latched stays so.
func (h *health) adopt(p, before *AgentPlan, now int64) error {
	h.trapsMax = p.TrapsMax
	if slices.Equal(p.Conditions, before.Conditions) {
		return nil
	}
	fresh, err := newHealth(p.TrapsMax, p.Conditions)
	if err != nil {
		return err
	}
	switch {
	case h.account == nil:
	case fresh.account != nil:
		if _, err := fresh.account.ReadState(h.account.AppendState(nil)); err != nil { // latches by name, others' too
			return fmt.Errorf("carry conditions over: %w", err)
		}
	default:
		for _, r := range h.account.Reasons(now, nil) {
			if r.Kind == resilience.ReasonLatched && event.Mode(r.Mode) > h.ordered.mode {
				h.ordered = standing{event.Mode(r.Mode), wordsOf(&r) + ", before its condition was taken away"}
			}
		}
	}
	h.account, h.places = fresh.account, fresh.places
	return nil
}

// rescue runs a tick that the new module failed in the one that it took the place of: the event is not
// lost, and the turn has that one's wishes.
func (a *Agent) rescue(ctx context.Context, in []byte) error {
	s := a.standby
	s.fault = "the new module failed: " + a.trap.Message
	out, used, err := s.tick(ctx, in, a.now)
	var trap *sandbox.Trap
	if errors.As(err, &trap) {
		return nil // both fail: what they would have been told comes again
	}
	if err != nil {
		return fmt.Errorf("module in reserve: %w", err)
	}
	a.input.succeeded() // it was told, whatever it wishes
	if err := a.tickLater(ctx, in, a.now); err != nil {
		return err
	}
	if a.intents, err = abi.ParseOutput(out, a.outputLimits(), a.intents[:0]); err != nil {
		a.intents = a.intents[:0]
		return nil
	}
	a.turn.Fuel = used
	if len(out) > 0 {
		sum := sha256.Sum256(out)
		a.turn.Output = binary.LittleEndian.Uint64(sum[:])
	}
	return nil
}

// probe counts what a module on probation does, and ends the probation.
func (a *Agent) probe() error {
	s := a.standby
	if s == nil || a.turn.Verdict == event.VerdictNone {
		return nil
	}
	s.denials += len(a.turn.Denials)
	lost, _ := event.MulDiv(max(0, s.equity-a.account.Equity()), event.One, max(1, s.equity), event.Up)
	switch {
	case s.fault != "":
	case s.facts.DenialsMax > 0 && s.denials > s.facts.DenialsMax:
		s.fault = fmt.Sprintf("the new module was denied %d orders; denials_max is %d", s.denials, s.facts.DenialsMax)
	case s.facts.LossMax > 0 && lost > s.facts.LossMax:
		s.fault = fmt.Sprintf("the new module lost %s of the equity; loss_max is %s", percent(lost), percent(s.facts.LossMax))
	}
	if s.left--; s.left > 0 || s.fault != "" {
		return nil
	}
	a.standby = nil
	if !a.replaying() {
		a.log.Info("the probation is over, the new module stays", "module", fmt.Sprintf("%x", a.plan.Module.SHA256()), "turn", a.sequence)
	}
	return s.guest.close()
}

func percent(fraction int64) string { return event.FormatDecimal(fraction, 6) + " %" }

// tail keeps the inputs of an agent's ticks for somebody who makes a new instance ready aside.
type tail struct {
	of     *swapCommand // who wants them
	inputs []byte
	ticks  []tailTick
	size   int
	lost   bool // it grew beyond its bound
}

type tailTick struct {
	sequence uint64
	size     int
	now      int64
}

const tailBytesMax = 256 << 20

func (t *tail) keep(sequence uint64, in []byte, now int64) {
	if t.lost = t.lost || t.size+len(in) > tailBytesMax; t.lost {
		return
	}
	t.size += len(in)
	t.inputs = append(t.inputs, in...)
	t.ticks = append(t.ticks, tailTick{sequence, len(in), now})
}
