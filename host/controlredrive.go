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

// Redrive tries an order again that never went out, or that the venue refuses to take twice, under its own
// id and with all checks. What it refuses, it refuses with the words of what to do instead.
func (c *Control) Redrive(ctx context.Context, id string, r admin.Redrive) (admin.RedriveResult, error) {
	letter, w, err := c.letter(id)
	if err != nil {
		return admin.RedriveResult{}, err
	}
	if refusal := notAnOrder(letter.Kind); refusal != "" {
		return admin.RedriveResult{}, admin.Refuse("unsupported", "%s", refusal)
	}
	var result admin.RedriveResult
	if err := ask(ctx, w, func(l *Live) { result = redriveChecks(l, &letter, &r) }); err != nil {
		return admin.RedriveResult{}, err
	}
	result.DryRun = r.DryRun
	if r.DryRun {
		return result, nil
	}
	for _, check := range result.Checks {
		if !check.Passed {
			return admin.RedriveResult{}, admin.Refuse(check.Name, "%s", check.Text)
		}
	}
	who := identity(r.Act)
	return result, answered(w.order(ctx, Command{
		Act:    execution.Act{Kind: execution.ActRedrive, Order: parseID(letter.Order.ID), Who: who, Why: r.Reason},
		Letter: &event.LetterAct{ID: id, Act: event.LetterRedriven, By: who, Reason: r.Reason},
	}))
}

// notAnOrder says why there is nothing to do again.
func notAnOrder(kind string) string {
	switch kind {
	case event.LetterTick:
		return "a failed tick is not done again: what the strategy would have been told comes with its next tick; put the strategy right, then resolve the letter as noted"
	case event.LetterAlert:
		return "an alert is not told again: what still lasts is told anew; see that the channel works (agenthost alert test), then resolve the letter as noted"
	case event.LetterCancel:
		return "the host goes on cancelling by itself; look at the venue, and resolve the letter when the order is gone there"
	}
	return ""
}

// redriveChecks make every check and change nothing.
func redriveChecks(l *Live, letter *admin.Letter, r *admin.Redrive) admin.RedriveResult {
	out := admin.RedriveResult{ID: letter.ID, Order: letter.Order, OrderID: letter.Order.ID, SameID: true, Age: time.Duration(l.now - letter.Time)}
	check := func(name string, passed bool, format string, args ...any) {
		out.Checks = append(out.Checks, admin.Check{Name: name, Passed: passed, Text: fmt.Sprintf(format, args...)})
	}
	check("state", letter.State == admin.LetterPending, "the letter is %s", letter.State)
	most := r.AgeMax
	if most == 0 {
		most = redriveAgeMax
	}
	check("age", out.Age <= most, "it is %v old; at most %v is allowed: --age-max says otherwise", out.Age.Round(time.Second), most)
	id := parseID(letter.Order.ID)
	refusal := l.lane.Redrivable(id, 0, l.now)
	o, known := l.lane.Order(id)
	switch {
	case refusal != "":
		check("identity", false, "%s", refusal)
	case o.Life.Reached():
		check("identity", true, "the venue refuses an id twice: its own is safe")
	default:
		check("identity", true, "it never reached the venue: its own id is free")
	}
	if known {
		redriveRisk(l, &o, check)
	}
	h := l.lane.Health(l.now)
	lease := l.stream.Failed()
	check("lease", lease == nil, "%s", map[bool]string{true: "the account's history is this host's", false: fmt.Sprint(lease)}[lease == nil])
	check("breaker", h.Breaker == resilience.BreakerClosed && h.Held == "" && h.Ready, "%s", wayOut(&h))
	out.Allowed = true
	for i := range out.Checks {
		out.Allowed = out.Allowed && out.Checks[i].Passed
	}
	return out
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

// redriveRisk judges the order as if the strategy wished it now. One that may be at the venue counts
// already.
func redriveRisk(l *Live, o *execution.OrderStatus, check func(string, bool, string, ...any)) {
	a := l.agents[o.Order.Agent]
	reduces := o.Order.Flags&(event.ReduceOnly|event.Closing) != 0
	needed, what := event.Permission(event.PermitAdd), "orders that add"
	if reduces {
		needed, what = event.PermitReduce, "orders that reduce"
	}
	allowed := permissions(a.mode)&needed != 0 || o.Order.Flags&event.ByHost != 0
	check("mode", allowed, "%s is %s; %s %s", a.plan.Name, a.mode, what, map[bool]string{true: "are allowed", false: "are not"}[allowed])
	if o.Life.Reached() {
		check("risk", true, "it counts already, as one that may be at the venue")
		return
	}
	local := l.local[a.index][o.Order.Instrument]
	if local < 0 {
		check("risk", false, "%s does not trade the instrument any more", a.plan.Name)
		return
	}
	order := o.Order
	order.Instrument, order.Agent, order.ID, order.Parent = uint32(local), a.index, event.OrderID{}, event.OrderID{}
	order.Filled, order.FilledValue, order.ValidUntil, order.Ref = 0, 0, 0, 0
	judge := risk.New(risk.Config{Run: a.plan.Run, Agent: a.plan.Name, AgentIndex: a.index, Instruments: a.plan.Instruments, Limits: a.plan.Risk})
	judge.Begin(risk.Turn{Sequence: a.sequence + 1, Now: l.now, Permissions: permissions(event.ModeFull), Capabilities: a.plan.Capabilities, Leverage: a.leverage()}, a, nil, nil)
	judge.Admit(&event.Intent{Kind: event.IntentSubmit, Order: order})
	_, denials := judge.Results()
	if len(denials) > 0 {
		d := &denials[0]
		check("risk", false, "admission denies it now: %s: found %d, allowed %d", d.Code, d.Found, d.Allowed)
		return
	}
	check("risk", true, "admission would take it now, at the last price too")
}
