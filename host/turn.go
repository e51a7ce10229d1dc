package host

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
)

// takeTurn takes one event through the stations. What it returns may leave the host: the entry that
// orders it is durable. An error means that the agent cannot go on.
func (a *Agent) takeTurn(ctx context.Context, e *event.Event) ([]event.Request, error) {
	a.accept(e)
	if err := a.fold(); err != nil {
		return nil, a.fail("fold", err)
	}
	a.decideMode()
	if err := a.tick(ctx); err != nil {
		return nil, a.fail("strategy", err)
	}
	a.admit()
	if err := a.probe(); err != nil {
		return nil, a.fail("probation", err)
	}
	if err := a.journal(); err != nil {
		return nil, a.fail("journal", err)
	}
	a.observe()
	return a.release()
}

func (a *Agent) fail(station string, err error) error {
	return fmt.Errorf("agent %s: turn %d: %s: %w", a.plan.Name, a.sequence, station, err)
}

// accept is station 1: the event gets its number, and time never goes back.
func (a *Agent) accept(e *event.Event) {
	if run := a.ledger.run; run != nil {
		a.plan.Run, a.ledger.run = *run, nil
		a.admission.Renumber(*run)
	}
	a.sequence++
	t := &a.turn
	t.Event = *e
	t.Event.Sequence = a.sequence
	t.Event.Time = max(e.Time, a.now)
	a.now = t.Event.Time
	t.Verdict, t.Fuel, t.Output = event.VerdictNone, 0, 0
	t.Module = a.ledger.module
	t.Requests, t.Denials = t.Requests[:0], t.Denials[:0]
	a.intents = a.intents[:0]
	a.trap, a.timerID, a.swapping = nil, 0, nil
}

// fold is station 2: money, positions, orders and the data's health take the event in.
func (a *Agent) fold() error {
	e := &a.turn.Event
	if err := a.account.Fold(e); err != nil {
		return err
	}
	switch e.Kind {
	case event.KindMarket:
		a.input.observe(e)
		for i := range e.Notes {
			a.record.Note(&e.Notes[i])
		}
		for i := range e.Bars {
			a.record.Bar(&e.Bars[i])
		}
	case event.KindOutcome:
		a.foldOutcome(&e.Outcome)
	case event.KindTimer:
		if at := a.timers.next(); at != 0 && at <= e.Time {
			a.timerID = a.timers.fire(e.Time)
		}
	case event.KindMode:
		if e.Reason == bankruptReason {
			a.health.bankrupt = true
		} else {
			a.health.outside = standing{e.Mode, e.Reason}
		}
	case event.KindOperator:
		a.foldOperator(e)
	case event.KindStart:
		a.stopping = false
		a.exit.end()
	case event.KindSwap:
		return a.foldSwap()
	case event.KindStop:
		a.stopping = a.plan.OnStop != "keep" || e.Mode == event.ModeObservation
	}
	return nil
}

// foldOperator takes in what a person ordered. Full takes back what was ordered before, and opens what
// has latched.
func (a *Agent) foldOperator(e *event.Event) {
	if e.Mode == event.ModeFull {
		a.health.reset(e.Time)
		a.exit.end()
		return
	}
	a.health.ordered = standing{e.Mode, e.Reason}
}

func (a *Agent) foldOutcome(o *event.Outcome) {
	late := o.Kind == event.EventFill && o.Fill.Flags&event.FillVenue == 0 && a.orders.ByID(o.Order) == nil
	order := a.orders.Fold(o)
	a.foldExit(o, order)
	a.record.Outcome(o)
	if o.Kind == event.EventSettled && event.OrderState(o.Code) == event.StateUnknown {
		return // the strategy sees it in its open orders; it is told when it is known
	}
	told := a.input.outcomeEvent(a, o, order)
	if late {
		told.event.Flags |= abi.EventLate
	}
	a.input.tell(told)
}

// decideMode is station 3: what the agent may do now.
func (a *Agent) decideMode() {
	a.health.observe(a.money(), a.now)
	a.before = a.mode
	mode, reason := a.health.mode(a.now)
	if mode == a.mode {
		return
	}
	if !a.replaying() {
		a.log.Warn("mode changes", "from", a.mode.String(), "to", mode.String(), "reason", reason)
	}
	a.mode = mode
}

// money is the account as its conditions see it.
func (a *Agent) money() money {
	m := money{equity: a.account.Equity(), drawdown: a.account.Drawdown(), dayPnL: a.account.DayPnL(), at: a.now, estimated: a.account.Estimated()}
	for i := range a.account.Positions() {
		if a.account.Positions()[i].Quantity != 0 {
			m.at = min(m.at, a.input.lastTime[i])
		}
	}
	return m
}

// tick is station 4: the strategy is called, if this event is one to call it for and the mode allows.
// A failure of the strategy is a verdict, not an error: nothing of the tick remains, and what it would
// have been told comes again.
func (a *Agent) tick(ctx context.Context) error {
	trigger := a.trigger()
	if trigger == 0 || a.health.quarantined || permissions(a.mode)&event.PermitTick == 0 {
		return nil
	}
	budget := a.plan.Limits.FuelTick + a.bank
	in, err := a.input.encodeFitting(a, trigger, a.timerID, budget)
	if err != nil {
		a.refuseTick(budget, err)
		return nil
	}
	out, used, err := a.guest.tick(in, a.now, budget)
	a.turn.Fuel = used
	if err == nil {
		if a.intents, err = abi.ParseOutput(out, a.outputLimits(), a.intents); err != nil {
			err = a.guest.instance.Reject(used, err)
		}
	}
	if err != nil {
		err = a.rollback(ctx, in, budget, err)
	} else {
		err = a.finishTick(ctx, in, out, used, budget)
	}
	if err == nil && a.onInput != nil {
		err = a.onInput(ctx, in, budget)
	}
	return err
}

// finishTick takes a tick that succeeded for good.
func (a *Agent) finishTick(ctx context.Context, in, out []byte, used, budget int64) error {
	a.succeed(out, used, budget)
	if a.onTick != nil {
		a.onTick(a.plan.Name, in, a.now, used)
	}
	if err := a.guest.keep(in, a.now, budget); err != nil {
		return err
	}
	return a.besides(ctx, in, a.now)
}

// refuseTick is a tick that cannot be: what the strategy must be told is more than its input holds. It
// counts against the strategy, whose open orders are what grows, and nobody else is concerned.
func (a *Agent) refuseTick(budget int64, cause error) {
	a.turn.Verdict = event.VerdictInput
	a.failTick(nil, budget, cause)
	a.decideMode()
}

// failTick keeps a failed tick as a dead letter and counts it against the strategy. The bank is emptied,
// so that a failing strategy does not burn saved-up fuel again and again.
func (a *Agent) failTick(in []byte, budget int64, cause error) {
	a.intents = a.intents[:0]
	a.bank = 0
	if a.standby == nil { // on probation there is one to take its place, and no need for quarantine
		a.health.trapsInRow++
	}
	a.letters++
	a.record.Count.DeadLetters++
	a.record.Trapped(a.turn.Verdict)
	a.trap = newDeadLetter(a, in, budget, cause)
	if a.replaying() {
		return
	}
	a.log.Error("tick failed and is rolled back", "turn", a.sequence, "verdict", a.turn.Verdict.String(), "error", cause)
	if a.plan.TrapsMax > 0 && a.health.trapsInRow == a.plan.TrapsMax {
		a.log.Error("strategy is quarantined", "failed_ticks", a.health.trapsInRow, "on_quarantine", a.plan.OnQuarantine)
	}
}

// replaying: this turn was taken before, and who watches was told then.
func (a *Agent) replaying() bool { return a.ledger.again != nil || a.ledger.past() != nil }

// trigger is why the strategy is to be called, 0 if it is not.
func (a *Agent) trigger() abi.Trigger {
	if a.stopping {
		return 0
	}
	switch t := a.plan.Ticks; a.turn.Event.Kind {
	case event.KindMarket:
		return when(t.Market, abi.TriggerMarket)
	case event.KindTimer:
		return when(t.Timer, abi.TriggerTimer)
	case event.KindOutcome:
		return when(t.Order && a.mayTickForOrder(), abi.TriggerOrder)
	case event.KindStart:
		return when(t.Start, abi.TriggerStart)
	case event.KindSwap:
		return when(t.Start, abi.TriggerSwapped)
	}
	return 0
}

// orderTicksMax bounds the ticks for orders at one event time. A strategy that orders at each acceptance
// would keep the next bar away for ever; beyond the bound it is told with its next tick.
const orderTicksMax = 256

func (a *Agent) mayTickForOrder() bool {
	if a.orderTicks.at != a.now {
		a.orderTicks.at, a.orderTicks.count = a.now, 0
	}
	a.orderTicks.count++
	return a.orderTicks.count <= orderTicksMax
}

func when(wanted bool, t abi.Trigger) abi.Trigger {
	if wanted {
		return t
	}
	return 0
}

func (a *Agent) outputLimits() abi.OutputLimits {
	l := &a.plan.Limits
	return abi.OutputLimits{SizeMax: l.OutputBytes, RecordsMax: l.Records, SeriesMax: l.SeriesValues}
}

func (a *Agent) succeed(out []byte, used, budget int64) {
	a.turn.Verdict = event.VerdictOK
	if len(out) > 0 {
		sum := sha256.Sum256(out)
		a.turn.Output = binary.LittleEndian.Uint64(sum[:])
	}
	a.health.trapsInRow = 0
	a.bank = min(a.plan.Limits.FuelBank, max(0, budget-used))
	a.input.succeeded()
}

// rollback makes the failed tick not to have been.
func (a *Agent) rollback(ctx context.Context, in []byte, budget int64, cause error) error {
	a.turn.Verdict = verdictOf(cause)
	a.failTick(in, budget, cause)
	// The run may be ending meanwhile; a rollback that was begun is finished.
	if err := a.guest.rollback(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("roll back after %w: %w", cause, err)
	}
	a.decideMode()
	if a.standby != nil {
		return a.rescue(ctx, in)
	}
	return nil
}

func verdictOf(err error) event.Verdict {
	var trap *sandbox.Trap
	if !errors.As(err, &trap) {
		return event.VerdictMalformed
	}
	switch trap.Kind {
	case sandbox.TrapFuel:
		return event.VerdictFuel
	case sandbox.TrapStack:
		return event.VerdictStack
	case sandbox.TrapOutput:
		return event.VerdictMalformed
	}
	return event.VerdictTrapped
}

// admit is station 5: what the strategy wished, and what the host itself must do in this turn, becomes
// numbered orders or denials.
func (a *Agent) admit() {
	own := a.hostIntents()
	wish := a.turn.Event.Redrive
	if len(a.intents) == 0 && len(own) == 0 && wish == nil {
		a.turn.TimerNext = a.deadline()
		return
	}
	t := risk.Turn{
		Sequence: a.sequence, Now: a.now, Permissions: permissions(a.mode),
		Capabilities: a.capabilities(), Leverage: a.leverage(),
	}
	a.admission.Begin(t, a, a.turn.Requests, a.turn.Denials)
	for i := range a.intents {
		a.carry(&a.intents[i])
	}
	if len(own) > 0 {
		// The host's own exits are not held back by the mode that asks for them.
		requests, denials := a.admission.Results()
		t.Permissions = event.PermitReduce | event.PermitCancel
		a.admission.Continue(t, requests, denials)
		for i := range own {
			a.admitOne(&own[i])
		}
	}
	a.turn.Requests, a.turn.Denials = a.admission.Results()
	a.tellDenials()
	if wish != nil {
		a.admitAgain(t, wish)
	}
	a.turn.TimerNext = a.deadline()
}

// redriven is what became of a person's wish for an order once more: its id, or the denial.
type redriven struct {
	id     event.OrderID
	denial event.Denial
}

// admitAgain is a person's wish for an order once more. It is judged as the strategy's are; a denial is told to that
// person and not to the strategy, which did not wish it.
func (a *Agent) admitAgain(t risk.Turn, wish *event.Order) {
	if t.Permissions = permissions(a.mode); wish.Flags&event.ByHost != 0 {
		t.Permissions = event.PermitReduce | event.PermitCancel
	}
	before := len(a.turn.Requests)
	a.admission.Continue(t, a.turn.Requests, a.turn.Denials)
	a.admitOne(&event.Intent{Kind: event.IntentSubmit, Order: *wish})
	a.turn.Requests, a.turn.Denials = a.admission.Results()
	a.redriven = redriven{}
	if len(a.turn.Requests) > before {
		a.redriven.id = a.turn.Requests[before].Order.ID
	} else if n := len(a.turn.Denials); n > 0 {
		a.redriven.denial = a.turn.Denials[n-1]
	}
}

// capabilities are the venue's as far as the agent may rely on them: its reduce-only looks at the whole
// account, in which an agent that shares an instrument is not alone.
func (a *Agent) capabilities() event.Capabilities {
	if a.plan.Shared {
		return a.plan.Capabilities &^ event.EnforcesReduceOnly
	}
	return a.plan.Capabilities
}

func (a *Agent) leverage() int64 {
	if a.plan.Margin == 0 {
		return event.One
	}
	v, _ := event.MulDiv(event.One, event.One, a.plan.Margin, event.Down)
	return v
}

func (a *Agent) admitOne(in *event.Intent) {
	requests := a.admission.Admit(in)
	for i := range requests {
		a.orders.Request(&requests[i])
		if requests[i].Kind == event.RequestSubmit {
			a.record.Count.Orders++
		}
	}
}

func (a *Agent) tellDenials() {
	for i := range a.turn.Denials {
		d := &a.turn.Denials[i]
		a.record.Denied(d.Code)
		a.input.tell(pendingEvent{event: abi.Event{
			Kind: abi.EventDenied, Code: uint16(d.Code), Instrument: d.Instrument, ID: abi.ClientOrderID(d.Order), Ref: d.Ref,
			Time: a.now, Currency: abi.NoCurrency, Flags: abi.EventFinal, Found: d.Found, Allowed: d.Allowed,
		}, reason: d.Code.String()})
	}
}

// journal is station 6: the turn becomes one entry.
func (a *Agent) journal() error {
	b := a.ledger.begin(journal.KindTurn, a.sequence, a.now)
	b = event.AppendTurn(b, &a.turn)
	if err := a.ledger.commit(b); err != nil {
		return err
	}
	if a.trap == nil {
		return nil
	}
	body, err := a.trap.encode()
	if err != nil {
		return err
	}
	b = a.ledger.begin(journal.KindDeadLetter, a.sequence, a.now)
	return a.ledger.commit(append(b, body...))
}

// observe shows the finished turn to the report.
func (a *Agent) observe() {
	t := &a.turn
	ticked := t.Verdict != event.VerdictNone
	if ticked {
		a.lastTick = a.now
	}
	if t.Event.Kind == event.KindMarket {
		a.record.Tick(a.now, a.account.Equity(), t.Fuel, ticked)
	} else if ticked {
		a.record.TickBeside(t.Fuel)
	}
}

// release is station 7: the requests may leave once their entry is durable. A turn without effects does
// not wait.
func (a *Agent) release() ([]event.Request, error) {
	if len(a.turn.Requests) == 0 {
		return nil, nil
	}
	if a.together {
		return a.turn.Requests, nil // the round waits, for all streams at once
	}
	if err := a.ledger.wait(); err != nil {
		return nil, a.fail("release", err)
	}
	return a.turn.Requests, nil
}
