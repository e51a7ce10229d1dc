package host

import (
	"context"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/resilience"
)

// redriveAgeMax is how old a letter may be whose price was meant for then, if nobody says otherwise.
const redriveAgeMax = time.Hour

// Redrive is a person's wish for an order once more, in a Command with who and why.
type Redrive struct {
	// Order is the order; Time when it became a dead letter; AgeMax how old that may be, 0 for an hour.
	Order  event.OrderID
	Time   int64
	AgeMax time.Duration
	// Checks are what was looked at, in order; Age how old the letter is. Anew says that it goes out as another order,
	// and NewID as which: it is made from the old id and the act, and not known before. All four are filled in.
	Checks []admin.Check
	Age    time.Duration
	Anew   bool
	NewID  event.OrderID
}

// failed is the first check that did not pass, nil if all did.
func (r *Redrive) failed() *admin.Check {
	for i := range r.Checks {
		if !r.Checks[i].Passed {
			return &r.Checks[i]
		}
	}
	return nil
}

func (r *Redrive) check(name string, passed bool, format string, args ...any) {
	r.Checks = append(r.Checks, admin.Check{Name: name, Passed: passed, Text: fmt.Sprintf(format, args...)})
}

// redrive tries an order again: under its own id by the lane alone; anew as a wish in a turn of its agent, which is
// admitted, journaled and released as the strategy's are, with the act of the person in the turn. All of it is one
// round, and so durable together or not at all. A *RefusedError says what stands against it.
func (l *Live) redrive(ctx context.Context, c *Command) error {
	r := c.Redrive
	l.checkRedrive(r)
	if bad := r.failed(); bad != nil {
		return &RefusedError{bad.Text}
	}
	err := l.pass(execution.Input{Kind: execution.InputOperator, Act: execution.Act{
		Kind: execution.ActRedrive, Order: r.Order, Who: c.By, Why: c.Why,
	}})
	if err != nil || !r.Anew {
		return err
	}
	if err := l.drain(ctx); err != nil { // what the act ended is over for the agent too
		return err
	}
	old, _ := l.lane.Order(r.Order)
	a := l.agents[old.Order.Agent]
	wish, refusal := l.again(&old)
	if refusal != "" {
		return &RefusedError{refusal}
	}
	e := a.inbox.push(event.KindRedrive, l.now)
	e.Redrive, e.Reason = &wish, fmt.Sprintf("redriven by %s: %s", c.By, c.Why)
	if err := l.drain(ctx); err != nil {
		return err
	}
	if d := a.redriven.denial; d.Code != 0 {
		return &RefusedError{denialText(&d)}
	}
	if r.NewID = a.redriven.id; !l.taken(r.NewID) {
		return &RefusedError{"the lane did not take it: the account's, the venue's or the host's orders_rate is reached; see agenthost orders show " + r.NewID.String()}
	}
	return nil
}

func (l *Live) taken(id event.OrderID) bool {
	_, known := l.lane.Order(id)
	return known
}

func denialText(d *event.Denial) string {
	return fmt.Sprintf("admission denies it now: %s: found %d, allowed %d", d.Code, d.Found, d.Allowed)
}

// again is an order as it is wished anew: what of it is not filled, in the agent's own numbers. A child is wished
// without its parent and only reduces, and what reduces is cut to what there is to reduce. refusal says why it
// cannot be wished.
func (l *Live) again(s *execution.OrderStatus) (o event.Order, refusal string) {
	o = s.Order
	a := l.agents[o.Agent]
	local := l.local[a.index][o.Instrument]
	if local < 0 {
		return o, a.plan.Name + " does not trade the instrument any more"
	}
	if !o.Parent.IsZero() {
		o.Flags |= event.ReduceOnly
	}
	o.Redrives, o.ID, o.Parent, o.Group = o.ID, event.OrderID{}, event.OrderID{}, 0
	o.Instrument, o.Agent, o.State = uint32(local), a.index, 0
	o.Filled, o.FilledValue, o.ValidUntil, o.Created = 0, 0, 0, 0
	if a.orders.ByRef(o.Ref) != nil {
		o.Ref = 0 // the strategy has given its number to another meanwhile
	}
	if o.SizeKind != event.SizeUnits {
		return o, ""
	}
	if o.Size -= s.Life.Filled; o.Size <= 0 {
		return o, "nothing of it is left to order"
	}
	if held := -o.Signed(a.account.Positions()[local].Quantity); reduces(&o) && held > 0 {
		o.Size = min(o.Size, held-held%a.plan.Instruments[local].Lot)
	}
	return o, ""
}

func reduces(o *event.Order) bool { return o.Flags&(event.ReduceOnly|event.Closing) != 0 }

// checkRedrive makes every check and changes nothing else.
func (l *Live) checkRedrive(r *Redrive) {
	r.Checks, r.Age = r.Checks[:0], time.Duration(l.now-r.Time)
	most := r.AgeMax
	if most == 0 {
		most = redriveAgeMax
	}
	r.check("age", r.Age <= most, "it is %v old; at most %v is allowed: --age-max says otherwise", r.Age.Round(time.Second), most)
	var refusal string
	r.Anew, refusal = l.lane.Redrivable(r.Order, 0, l.now)
	o, known := l.lane.Order(r.Order)
	switch {
	case refusal != "":
		r.check("identity", false, "%s", refusal)
	case r.Anew:
		r.check("identity", true, "the venue holds nothing of it (%s): it is wished anew, under a new id that names the old one", o.Life.State)
	case o.Life.Reached():
		r.check("identity", true, "the venue refuses an id twice: its own is safe")
	default:
		r.check("identity", true, "it never reached the venue: its own id is free")
	}
	if known {
		l.checkWish(r, &o)
	}
	h := l.lane.Health(l.now)
	lease := l.stream.Failed()
	r.check("lease", lease == nil, "%s", map[bool]string{true: "the account's history is this host's", false: fmt.Sprint(lease)}[lease == nil])
	r.check("breaker", h.Breaker == resilience.BreakerClosed && h.Held == "" && h.Ready, "%s", wayOut(&h))
}

func wayOut(h *execution.Health) string {
	switch {
	case h.Held != "":
		return "nothing is sent on the account: " + h.Held
	case !h.Ready:
		return "what was open at the last start is not settled yet; ask again in a moment"
	case h.Breaker != resilience.BreakerClosed:
		return "the breaker is " + h.Breaker.String() + "; wait until it is closed"
	}
	return "the breaker is closed"
}

// checkWish judges the order as if the strategy wished it now. One that may be at the venue counts already.
func (l *Live) checkWish(r *Redrive, s *execution.OrderStatus) {
	a := l.agents[s.Order.Agent]
	needed, what := event.PermitAdd, "orders that add"
	if reduces(&s.Order) || !s.Order.Parent.IsZero() {
		needed, what = event.PermitReduce, "orders that reduce"
	}
	allowed := permissions(a.mode)&needed != 0 || s.Order.Flags&event.ByHost != 0
	r.check("mode", allowed, "%s is %s; %s %s", a.plan.Name, a.mode, what, map[bool]string{true: "are allowed", false: "are not"}[allowed])
	if !r.Anew && s.Life.Reached() {
		r.check("risk", true, "it counts already, as one that may be at the venue")
		return
	}
	wish, refusal := l.again(s)
	if refusal != "" {
		r.check("risk", false, "%s", refusal)
		return
	}
	d := a.judgeAgain(&wish, s.Order.ID)
	in := &a.plan.Instruments[wish.Instrument]
	for _, look := range [...]struct {
		name, text string
		codes      []event.DenyCode
	}{
		{"reduce_only", a.reduceText(&wish, in), []event.DenyCode{event.DenyReduceOnly, event.DenyNothingToClose, event.DenyDust}},
		{"price", a.priceText(&wish, in), []event.DenyCode{event.DenyPriceCollar, event.DenyStale}},
		{"position", a.positionText(&wish, in), []event.DenyCode{event.DenyPosition, event.DenyExposure}},
	} {
		denied := false
		for _, code := range look.codes {
			denied = denied || d.Code == code
		}
		switch {
		case denied:
			r.check(look.name, false, "%s; %s", look.text, denialText(&d))
			return
		case look.text != "":
			r.check(look.name, true, "%s", look.text)
		}
	}
	if d.Code != 0 {
		r.check("risk", false, "%s", denialText(&d))
		return
	}
	r.check("risk", true, "admission would take it now")
}

// judgeAgain is what admission would say to a wish now, as if the order that it redrives were over. Only the rates are
// not asked: they are when it is admitted.
func (a *Agent) judgeAgain(wish *event.Order, old event.OrderID) (d event.Denial) {
	limits := a.plan.Risk
	limits.RateCount, limits.CloseRateCount = 0, 0
	judge := risk.New(risk.Config{Run: a.plan.Run, Agent: a.plan.Name, AgentIndex: a.index, Instruments: a.plan.Instruments, Limits: limits})
	judge.Begin(risk.Turn{
		Sequence: a.sequence + 1, Now: a.now, Permissions: permissions(event.ModeFull), Capabilities: a.capabilities(), Leverage: a.leverage(),
	}, without{a, old}, nil, nil)
	judge.Admit(&event.Intent{Kind: event.IntentSubmit, Order: *wish})
	if _, denials := judge.Results(); len(denials) > 0 {
		d = denials[0]
	}
	return d
}

// without is an agent's book without one order, its Replacing and InCurrency included.
type without struct {
	*Agent
	id event.OrderID
}

// Orders are the open orders but one.
func (w without) Orders() []event.Order {
	var orders []event.Order
	for _, o := range w.Agent.Orders() {
		if o.ID != w.id {
			orders = append(orders, o)
		}
	}
	return orders
}

func (a *Agent) reduceText(o *event.Order, in *event.Instrument) string {
	if !reduces(o) {
		return ""
	}
	held := a.account.Positions()[o.Instrument].Quantity
	return fmt.Sprintf("it reduces: %s %s, and %s are held", o.Side, sizeOf(o, in), event.FormatDecimal(held, in.QuantityDecimals))
}

func (a *Agent) priceText(o *event.Order, in *event.Instrument) string {
	collar := a.plan.Risk.PriceCollar
	if reduces(o) {
		collar = a.plan.Risk.PriceCollarClose
	}
	text := "at the market"
	if price := max(o.Price, o.StopPrice); price != 0 {
		text = "at " + event.FormatDecimal(price, in.PriceDecimals)
	}
	if mark := a.account.Positions()[o.Instrument].Mark; mark != 0 {
		text += ", the last price is " + event.FormatDecimal(mark, in.PriceDecimals)
	} else {
		text += ", there is no last price yet"
	}
	if collar != 0 {
		text += ", at most " + percent(collar) + " away from it"
	}
	return text
}

func (a *Agent) positionText(o *event.Order, in *event.Instrument) string {
	if reduces(o) {
		return ""
	}
	text := event.FormatDecimal(a.account.Positions()[o.Instrument].Quantity, in.QuantityDecimals) + " are held"
	if limits := a.plan.Risk.PositionMax; int(o.Instrument) < len(limits) && limits[o.Instrument] != 0 {
		text += ", at most " + event.FormatDecimal(limits[o.Instrument], in.QuantityDecimals)
	}
	return text
}
