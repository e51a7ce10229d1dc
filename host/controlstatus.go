package host

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/alert"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/resilience"
)

// Status is the host at one moment. While no group is at work it names the agents, which are "starting".
func (c *Control) Status(ctx context.Context) (admin.Status, error) {
	s := c.service
	asked := s.configured()
	s.mu.Lock()
	workers := s.workers
	st := admin.Status{
		Time: s.options.Now(), PID: os.Getpid(), Started: s.started,
		Config: c.options.Config, ConfigSHA256: asked.hash(), Version: c.options.Version,
		Agents: []admin.AgentStatus{}, Accounts: []admin.AccountStatus{}, Alerts: c.alerts(),
	}
	s.mu.Unlock()
	if c.options.Disk != nil {
		st.Disk = c.options.Disk()
	}
	if len(workers) == 0 {
		starting(asked, &st)
		return st, nil
	}
	for _, w := range workers {
		err := ask(ctx, w, func(l *Live) {
			for _, a := range l.agents {
				st.Agents = append(st.Agents, c.agentStatus(l, a))
			}
			st.Accounts = append(st.Accounts, accountStatus(l))
		})
		if err != nil {
			return st, err
		}
	}
	return st, c.countLetters(ctx, &st)
}

// hash is that of the configuration, in hex; empty if there is none.
func (p *ServicePlan) hash() string {
	if p.Config == nil {
		return ""
	}
	return fmt.Sprintf("%x", p.Config.Hash)
}

// strategy is the path of an agent's module, empty if it is not known.
func (p *ServicePlan) strategy(agent string) string {
	if p.Config == nil {
		return ""
	}
	a := p.Config.Agent(agent)
	if a == nil {
		return ""
	}
	return a.Strategy
}

func starting(p *ServicePlan, st *admin.Status) {
	for _, g := range p.Groups {
		st.Accounts = append(st.Accounts, admin.AccountStatus{Venue: g.Plan.Venue, Account: g.Plan.Account, Breaker: "starting"})
		for _, a := range g.Plan.Agents {
			st.Agents = append(st.Agents, admin.AgentStatus{Name: a.Name, Venue: g.Plan.Venue, Account: g.Plan.Account, Mode: "starting", Strategy: p.strategy(a.Name)})
		}
	}
}

// countLetters adds the dead letters that wait for a person.
func (c *Control) countLetters(ctx context.Context, st *admin.Status) error {
	letters, err := c.Letters(ctx)
	if err != nil {
		return err
	}
	for i := range letters {
		l := &letters[i]
		if l.State != admin.LetterPending {
			continue
		}
		if a := st.Agent(l.Agent); a != nil {
			a.DeadLetters++
		}
		venue, account := l.Venue, l.Account
		if a := st.Agent(l.Agent); a != nil {
			venue, account = a.Venue, a.Account
		}
		if a := st.Account(venue, account); a != nil {
			a.DeadLetters++
		}
	}
	return nil
}

func (c *Control) agentStatus(l *Live, a *Agent) admin.AgentStatus {
	s := admin.AgentStatus{
		Name: a.plan.Name, Venue: l.plan.Venue, Account: l.plan.Account, Mode: a.mode.String(), Reasons: reasonsOf(l, a),
		Equity: event.FormatDecimal(a.Equity(), event.MoneyDecimals), Currency: a.plan.Currency,
		Drawdown: event.FormatDecimal(a.account.Drawdown(), event.FractionDecimals), Positions: positionsOf(a),
		OpenOrders: a.orders.Len(), LastTick: a.lastTick, Ticks: uint64(a.record.Ticks()),
		Traps: uint64(a.letters), TrapsInRow: a.health.trapsInRow, Quarantined: a.health.quarantined,
		Module:   moduleName(a.plan.Module),
		Strategy: c.service.configured().strategy(a.plan.Name), StrategySHA256: fmt.Sprintf("%x", a.plan.Module.SHA256()),
	}
	s.Swap = c.swapStatus(a)
	for _, at := range l.watches[a.index].newest {
		s.LastBar = max(s.LastBar, at)
	}
	for o := range l.lane.Orders() {
		if o.Order.Agent == a.index && o.Order.State == event.StateUnknown {
			s.UnknownOrders++
		}
	}
	return s
}

// moduleName is what a module calls itself, with its version.
func moduleName(m *sandbox.Module) string {
	d := m.Description()
	return strings.TrimSpace(d.Name + " " + d.Version)
}

// swapStatus is the swap that an agent is in the middle of: one that is being made ready, or a probation.
func (c *Control) swapStatus(a *Agent) *admin.SwapStatus {
	c.swapsMu.Lock()
	defer c.swapsMu.Unlock()
	if s := c.swaps[a.plan.Name]; s != nil {
		copied := *s
		return &copied
	}
	if b := a.standby; b != nil {
		return &admin.SwapStatus{
			State: admin.SwapProbation, ToSHA256: fmt.Sprintf("%x", a.plan.Module.SHA256()), Since: b.since, Done: b.facts.Probation - b.left, Total: b.facts.Probation,
		}
	}
	return nil
}

// reasonsOf are all conditions that take something away from an agent, the strictest first.
func reasonsOf(l *Live, a *Agent) []admin.ModeReason {
	var out []admin.ModeReason
	add := func(condition string, mode event.Mode, text string) *admin.ModeReason {
		out = append(out, admin.ModeReason{Condition: condition, Mode: mode.String(), Text: text})
		return &out[len(out)-1]
	}
	if a.health.quarantined {
		add("quarantine", event.ModeReadOnly, fmt.Sprintf("%d failed ticks in a row", a.health.trapsInRow)).Latched = true
	}
	if o := a.health.ordered; o.mode > event.ModeFull {
		r := add("operator", o.mode, o.reason)
		r.Latched = true
		if who, why, ok := strings.Cut(strings.TrimPrefix(o.reason, "ordered by "), ": "); ok {
			r.By, r.Text = who, why
		}
	}
	if a.health.bankrupt {
		add("bankrupt", event.ModeShutdown, "the venue closed the account")
	}
	rules := [][]resilience.Reason{l.watches[a.index].modes.Reasons(l.now, nil)}
	if a.health.account != nil {
		rules = append(rules, a.health.account.Reasons(l.now, nil))
	}
	for _, reasons := range rules {
		for i := range reasons {
			r := &reasons[i]
			m := add(r.Name, event.Mode(r.Mode), strings.TrimPrefix(wordsOf(r), r.Name+": "))
			m.Since, m.Latched = r.Since, r.Kind == resilience.ReasonLatched
		}
	}
	slices.SortStableFunc(out, func(a, b admin.ModeReason) int { return cmp.Compare(modesByName[b.Mode], modesByName[a.Mode]) })
	return out
}

// Positions are what all agents hold, dust too.
func (c *Control) Positions(ctx context.Context) ([]admin.Position, error) {
	workers, err := c.workers()
	if err != nil {
		return nil, err
	}
	var out []admin.Position
	for _, w := range workers {
		err := ask(ctx, w, func(l *Live) {
			for _, a := range l.agents {
				for _, p := range positionsOf(a) {
					p.Agent, p.Venue, p.Account = a.plan.Name, l.plan.Venue, l.plan.Account
					out = append(out, p)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b admin.Position) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Instrument, b.Instrument))
	})
	return out, nil
}

// positionsOf are what an agent holds, dust too.
func positionsOf(a *Agent) []admin.Position {
	var out []admin.Position
	for i := range a.account.Positions() {
		p, in := &a.account.Positions()[i], &a.plan.Instruments[i]
		if p.Quantity == 0 {
			continue
		}
		x := admin.Position{
			Instrument: in.Name, Quantity: event.FormatDecimal(p.Quantity, in.QuantityDecimals),
			Price: event.FormatDecimal(p.AveragePrice(in), in.PriceDecimals), Dust: a.dust(i),
		}
		if p.Mark != 0 {
			x.Mark = event.FormatDecimal(p.Mark, in.PriceDecimals)
			x.Unrealized = event.FormatFixed(p.Unrealised, event.MoneyDecimals, 2)
		}
		out = append(out, x)
	}
	return out
}

func accountStatus(l *Live) admin.AccountStatus {
	h := l.lane.Health(l.now)
	s := admin.AccountStatus{
		Venue: l.plan.Venue, Account: l.plan.Account, Breaker: h.Breaker.String(), BreakerUntil: h.BreakerUntil,
		Held: h.Held != "", HeldReason: h.Held, DifferReason: h.Differ, Unknown: h.OrdersUnknown, InFlight: h.CallsOut,
		Reconciled: h.Reconciled, Skew: time.Duration(h.Skew),
	}
	for _, d := range l.lane.Differences() {
		in := &l.plan.Instruments[d.Instrument]
		s.Differences = append(s.Differences, admin.Difference{
			Instrument: in.Name, Ours: event.FormatDecimal(d.Books, in.QuantityDecimals), Theirs: event.FormatDecimal(d.Held, in.QuantityDecimals),
		})
	}
	if h.IsolatedBy != "" {
		s.BreakerReason = "by " + h.IsolatedBy + ": " + h.IsolatedFor
	}
	return s
}

// alerts are those that last, the worst first.
func (c *Control) alerts() []admin.AlertStatus {
	out := []admin.AlertStatus{}
	if c.options.Alerts == nil {
		return out
	}
	failing := strings.Join(c.options.Alerts.Health().Failing, ", ")
	active := c.options.Alerts.Active()
	slices.SortFunc(active, func(a, b alert.Lasting) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Since, b.Since), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Agent, b.Agent))
	})
	for _, a := range active {
		s := admin.AlertStatus{Key: a.Key, Level: a.Level.String(), Agent: a.Agent, Venue: a.Venue, Account: a.Account, Text: a.Text, Since: a.Since, Times: a.Times}
		if failing != "" {
			s.Undelivered = failing + " does not take alerts"
		}
		out = append(out, s)
	}
	return out
}
