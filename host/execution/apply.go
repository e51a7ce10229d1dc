package execution

import (
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

// apply is the one path by which a fact changes the lane, in Step and in recovery alike. It decides nothing.
func (l *Lane) apply(e *Entry, f *Fact) error {
	switch f.Kind {
	case FactTaken, FactPermission, FactOutcome:
		return l.applyAgent(e, f)
	case FactBorn:
		return l.applyBorn(e, f)
	case FactLife, FactPlan, FactVenueOrder, FactChanged, FactLetterOver, FactForgotten:
		return l.applyOrder(f)
	case FactCall:
		return l.applyCall(e, f)
	case FactAnswered:
		return l.applyAnswered(f)
	case FactFill:
		return l.applyFill(e, f)
	case FactFee:
		return l.applyFee(e, f)
	case FactLetter:
		return l.applyLetter(e, f)
	case FactAlert:
		return l.applyAlert(e, f)
	case FactPolicy:
		if err := l.readPolicy(f.State, f.Place); err != nil {
			return err
		}
		l.sealed[f.Place] = append(l.sealed[f.Place][:0], f.State...)
		return nil
	case FactAccount:
		return l.applyAccount(f)
	case FactForeign:
		if int64(f.Place) >= int64(len(l.foreign)) {
			return fmt.Errorf("instrument %d of %d", f.Place, len(l.foreign))
		}
		l.foreign[f.Place] = f.Values[0]
		return nil
	case FactStrange:
		l.strange.add(f.Text)
		return nil
	case FactAct:
		return nil
	}
	return fmt.Errorf("fact kind %d is not known", f.Kind)
}

// at finds what a fact points to.
func at[T any](s []T, f *Fact) (*T, error) {
	if int64(f.Index) >= int64(len(s)) {
		return nil, fmt.Errorf("index %d of %d", f.Index, len(s))
	}
	return &s[f.Index], nil
}

func (l *Lane) applyAgent(e *Entry, f *Fact) error {
	n := f.Agent
	if f.Kind == FactOutcome {
		o, err := at(e.Outcomes, f)
		if err != nil {
			return err
		}
		n = o.Outcome.Agent
	}
	if int64(n) >= int64(len(l.agents)) {
		return fmt.Errorf("agent %d of %d", n, len(l.agents))
	}
	a := &l.agents[n]
	switch f.Kind {
	case FactTaken:
		a.taken, a.sequence, a.place = true, f.Number, f.Place
	case FactPermission:
		a.limited, a.permitted = true, event.Permission(f.Number)
	default:
		a.told = e.Outcomes[f.Index].Number
	}
	return nil
}

func (l *Lane) applyBorn(e *Entry, f *Fact) error {
	born, err := at(e.Orders, f)
	switch {
	case err != nil:
		return err
	case l.byID[born.ID] != nil:
		return fmt.Errorf("order %s is there already", born.ID)
	case int64(born.Instrument) >= int64(len(l.foreign)) || int64(born.Agent) >= int64(len(l.agents)):
		return fmt.Errorf("order %s of agent %d, instrument %d", born.ID, born.Agent, born.Instrument)
	}
	o := &order{order: *born}
	o.plan.head = born.ID
	l.byID[born.ID] = o
	l.live = append(l.live, o)
	return nil
}

func (l *Lane) applyOrder(f *Fact) error {
	o := l.byID[f.Order]
	if o == nil {
		return fmt.Errorf("order %s is not known", f.Order)
	}
	switch f.Kind {
	case FactLife:
		if _, err := o.life.Apply(f.Life); err != nil {
			return err
		}
		l.place(o, f.Life.Time)
	case FactPlan:
		w := wire.Walker{Buffer: f.State, Reading: true}
		o.plan.walk(&w)
		if err := w.End(); err != nil {
			return fmt.Errorf("plan of order %s: %w", f.Order, err)
		}
	case FactVenueOrder:
		o.venueOrder = f.Text
		l.byVenue[f.Text] = o
	case FactChanged:
		o.order.Size, o.order.Price, o.order.StopPrice = f.Values[0], f.Values[1], f.Values[2]
		o.order.SizeKind = event.SizeKind(f.Values[3])
	case FactLetterOver:
		o.letter = false
	case FactForgotten:
		l.done = without(l.done, o)
		l.live = without(l.live, o)
		delete(l.byID, f.Order)
		if l.byVenue[o.venueOrder] == o {
			delete(l.byVenue, o.venueOrder)
		}
		l.forgotten.add(f.Order)
	}
	return nil
}

// place keeps the live apart from the done.
func (l *Lane) place(o *order, now int64) {
	switch final := o.life.State.Final(); {
	case final && o.over == 0:
		o.over = max(now, 1)
		l.live, l.done = without(l.live, o), append(l.done, o)
	case !final && o.over != 0:
		o.over = 0
		l.done, l.live = without(l.done, o), append(l.live, o)
	}
}

func without(s []*order, o *order) []*order {
	if i := slices.Index(s, o); i >= 0 {
		return slices.Delete(s, i, i+1)
	}
	return s
}

func (l *Lane) applyCall(e *Entry, f *Fact) error {
	c, err := at(e.Calls, f)
	if err != nil {
		return err
	}
	l.callLast = max(l.callLast, c.ID)
	if c.Kind.Changes() {
		l.activity++
	}
	l.calls = append(l.calls, call{Call: *c, sent: l.now, permit: f.Permit})
	if o := l.byID[c.Order.ID]; o != nil {
		o.attempt(event.LetterAttempt{Number: c.Attempt, Call: c.Kind.String(), Sent: l.now})
	}
	return nil
}

func (l *Lane) applyAnswered(f *Fact) error {
	i := l.callIndex(f.Number)
	if i < 0 {
		return fmt.Errorf("call %d is not out", f.Number)
	}
	c := &l.calls[i]
	if c.Kind.Changes() {
		l.activity++
	}
	if o := l.byID[c.Order.ID]; o != nil {
		o.answered(c.Kind, l.now, f)
	}
	l.calls = slices.Delete(l.calls, i, i+1)
	return nil
}

func (l *Lane) callIndex(id uint64) int {
	return slices.IndexFunc(l.calls, func(c call) bool { return c.ID == id })
}

func (l *Lane) applyFill(e *Entry, f *Fact) error {
	r, err := at(e.Fills, f)
	if err != nil {
		return err
	}
	if int64(r.Instrument) >= int64(len(l.foreign)) {
		return fmt.Errorf("instrument %d of %d", r.Instrument, len(l.foreign))
	}
	l.activity++
	signed := r.Fill.Quantity
	if r.Fill.Side == event.Sell {
		signed = -signed
	}
	o := l.byID[f.Order]
	switch {
	case f.Claimed && int64(f.Agent) >= int64(len(l.agents)):
		return fmt.Errorf("agent %d of %d", f.Agent, len(l.agents))
	case f.Claimed:
		*l.position(r.Instrument, f.Agent) += signed
		return l.takeFee(r.Instrument, f.Agent, &r.Fill)
	case f.Order.IsZero():
		l.foreign[r.Instrument] += signed
		return l.takeFee(r.Instrument, uint32(l.agentsN), &r.Fill)
	case o == nil:
		return fmt.Errorf("order %s is not known", f.Order)
	}
	*l.position(o.order.Instrument, o.order.Agent) += signed
	if err := l.takeFee(o.order.Instrument, o.order.Agent, &r.Fill); err != nil {
		return err
	}
	o.fills = append(o.fills, r.Fill)
	o.order.Filled += r.Fill.Quantity
	if value, ok := l.config.Instruments[o.order.Instrument].Notional(r.Fill.Price, r.Fill.Quantity, event.HalfEven); ok {
		o.order.FilledValue += value
	}
	return nil
}

// takeFee takes a fee off a position that the venue took off what was traded. The foreign part is the agent behind the
// last.
func (l *Lane) takeFee(instrument, agent uint32, f *event.Fill) error {
	in := &l.config.Instruments[instrument]
	if !in.FeeTakesUnits(f) {
		return nil
	}
	rest := &l.feeRests[int(instrument)*(l.agentsN+1)+int(agent)]
	units, left, ok := in.FeeUnits(*rest, f.Fee)
	if !ok {
		return fmt.Errorf("a fee of %d of %s does not fit", f.Fee, in.Name)
	}
	held := &l.foreign[instrument]
	if int(agent) < l.agentsN {
		held = l.position(instrument, agent)
	}
	*rest = left
	*held -= units
	return nil
}

// applyFee completes a fill that was booked without its fee.
func (l *Lane) applyFee(e *Entry, f *Fact) error {
	r, err := at(e.Fills, f)
	if err != nil {
		return err
	}
	o := l.byID[f.Order]
	if o == nil {
		return fmt.Errorf("order %s is not known", f.Order)
	}
	b := o.booked(&r.Fill)
	if b == nil {
		return fmt.Errorf("order %s has no such fill", f.Order)
	}
	b.Fee, b.FeeCurrency = r.Fill.Fee, r.Fill.FeeCurrency
	l.activity++
	return l.takeFee(o.order.Instrument, o.order.Agent, b)
}

func (l *Lane) applyLetter(e *Entry, f *Fact) error {
	if _, err := at(e.Letters, f); err != nil {
		return err
	}
	if o := l.byID[f.Order]; o != nil {
		o.letter = true
	}
	return nil
}

func (l *Lane) applyAlert(e *Entry, f *Fact) error {
	a, err := at(e.Alerts, f)
	if err != nil {
		return err
	}
	key := alertKey(a.Key, a.Agent)
	i := slices.Index(l.alerts, key)
	switch {
	case a.Over && i >= 0:
		l.alerts = slices.Delete(l.alerts, i, i+1)
	case !a.Over && i < 0:
		l.alerts = append(l.alerts, key)
	}
	return nil
}

func (l *Lane) applyAccount(f *Fact) error {
	var a account
	w := wire.Walker{Buffer: f.State, Reading: true}
	a.walk(&w)
	if err := w.End(); err != nil {
		return fmt.Errorf("lane account: %w", err)
	}
	if len(a.snapshot.positions) > len(l.foreign) || len(a.snapshot.differences) > len(l.foreign) {
		return fmt.Errorf("a snapshot of more than %d instruments", len(l.foreign))
	}
	l.account = a
	l.account0 = append(l.account0[:0], f.State...)
	return nil
}

func alertKey(key, agent string) string { return key + "\x00" + agent }

// live lets something happen to an order and tells what follows. What cannot happen is no change of the
// order and a matter for a person: host and venue disagree.
func (l *Lane) happen(o *order, ev resilience.LifeEvent) (resilience.Change, bool) {
	if ev.Time == 0 {
		ev.Time = l.now
	}
	trial := o.life
	known := trial.Acknowledged
	change, err := trial.Apply(ev)
	if err != nil {
		l.contradict(o, err.Error())
		return change, false
	}
	l.emit(Fact{Kind: FactLife, Order: o.order.ID, Life: ev})
	if change.Contradiction {
		l.contradict(o, fmt.Sprintf("order %s: %s contradicts what the venue said before", o.order.ID, ev.Kind))
	}
	l.followed(o, change, ev.Kind, known)
	return change, true
}
