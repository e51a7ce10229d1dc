package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/venue/http"
	"github.com/agenthost/agenthost/resilience"
)

// NewServicePlan turns a valid live configuration and its loaded strategies into a plan: an adapter for
// every account, and what every agent rests on. Nobody is talked to yet.
func NewServicePlan(c *config.Config, strategies map[string]*Strategy, log hclog.Logger) (*ServicePlan, error) {
	b := livePlanner{config: c, strategies: strategies, log: log, groups: map[string]*ServiceGroup{}, plan: ServicePlan{Config: c}}
	for i := range c.Agents {
		if err := b.agent(&c.Agents[i]); err != nil {
			return nil, fmt.Errorf("agent %s: %w", c.Agents[i].Name, err)
		}
	}
	for _, g := range b.plan.Groups {
		b.share(g)
		if err := b.finish(g); err != nil {
			return nil, fmt.Errorf("venue %s, account %s: %w", g.Plan.Venue, g.Plan.Account, err)
		}
	}
	return &b.plan, nil
}

type livePlanner struct {
	config     *config.Config
	strategies map[string]*Strategy
	log        hclog.Logger
	groups     map[string]*ServiceGroup
	plan       ServicePlan
}

func (b *livePlanner) agent(a *config.Agent) error {
	v := b.config.Venue(a.Venue)
	s := b.strategies[a.Name]
	if v == nil || v.HTTP == nil || v.Path == nil || s == nil {
		return errors.New("not valid: run agenthost check")
	}
	if a.Capital == 0 {
		return errors.New("a live agent needs capital: what of the account is given to it")
	}
	p := &AgentPlan{
		Name: a.Name, Module: s.Module, Wasm: s.Wasm, Parameters: s.Parameters, Limits: s.Limits,
		Feeds: a.Feeds, Currency: v.Currency, Capital: a.Capital, Margin: event.One, Risk: riskOf(&a.Risk),
		OnStop: a.OnStop, OnQuarantine: a.OnQuarantine, Ticks: ticksOf(a.TicksOn), TrapsMax: a.TrapsMax,
		Seed: mix(b.config.Host.Seed) ^ a.Seed, ConfigSHA256: a.Hash, Shared: a.Shared, DayBoundary: dayOf(&a.Modes),
	}
	if most := b.config.Host.OrderNotionalMax; most != 0 && (p.Risk.OrderNotionalMax == 0 || most < p.Risk.OrderNotionalMax) {
		p.Risk.OrderNotionalMax = most
	}
	for _, name := range a.Instruments {
		in, err := instrumentOf(b.config.Instrument(name), v.Currency)
		if err != nil {
			return err
		}
		p.Instruments = append(p.Instruments, in)
	}
	p.Swap = swapOf(&a.Swap)
	p.Interval = int64(b.interval(a))
	p.Conditions = conditionsOf(&a.Modes, time.Duration(p.Interval), true)
	p.Health = b.healthOf(a, v)
	b.join(a, v, p)
	return nil
}

func swapOf(s *config.Swap) SwapSettings {
	return SwapSettings{Watch: s.Watch, OnSwap: s.OnSwap, Shadow: s.Shadow, Probation: s.Probation, DenialsMax: s.DenialsMax, LossMax: s.LossMax}
}

// share gives an account its bounds on the rate of orders. What a venue's accounts, and the host's, may
// order together is divided among them evenly: each keeps to its part, and so all do, without a word. Where
// there are more accounts than orders, each has one at once all the same, and the longer to wait for the next.
func (b *livePlanner) share(g *ServiceGroup) {
	accounts := int64(0)
	for _, other := range b.plan.Groups {
		if other.Plan.Venue == g.Plan.Venue {
			accounts++
		}
	}
	path := b.config.Venue(g.Plan.Venue).Path
	part := func(r config.Rate, among int64) execution.Rate {
		if r.Count == 0 {
			return execution.Rate{}
		}
		return execution.Rate{Count: max(1, r.Count/among), Period: int64(r.Period) * max(1, (among+r.Count-1)/r.Count)}
	}
	g.Plan.Lane.OrderRates = [execution.OrderRates]execution.Rate{
		part(path.AccountRate, 1), part(path.OrdersRate, accounts), part(b.config.Host.OrdersRate, int64(len(b.plan.Groups))),
	}
}

// interval is the length of the agent's bars, 0 where its feeds differ.
func (b *livePlanner) interval(a *config.Agent) time.Duration {
	var interval time.Duration
	for _, name := range a.Feeds {
		if f := b.config.Feed(name); f != nil {
			if interval != 0 && f.Interval != interval {
				return 0
			}
			interval = f.Interval
		}
	}
	return interval
}

func (b *livePlanner) join(a *config.Agent, v *config.Venue, p *AgentPlan) {
	key := a.Venue + "/" + a.Account
	g := b.groups[key]
	if g == nil {
		g = &ServiceGroup{Plan: &LivePlan{Venue: a.Venue, Account: a.Account, Lane: laneOf(v)}}
		g.Plan.Lane.Seed = mix(b.config.Host.Seed)
		b.groups[key] = g
		b.plan.Groups = append(b.plan.Groups, g)
	}
	g.Plan.Agents = append(g.Plan.Agents, p)
	for _, in := range p.Instruments {
		if indexOf(g.Plan.Instruments, in.Name) < 0 {
			g.Plan.Instruments = append(g.Plan.Instruments, in)
		}
	}
}

// finish learns what the venue can, and says how the group gets to it.
func (b *livePlanner) finish(g *ServiceGroup) error {
	v := b.config.Venue(g.Plan.Venue)
	c := httpOf(v, g.Plan.Account, g.Plan.Instruments)
	if err := c.Validate(); err != nil {
		return err
	}
	var err error
	lane := &g.Plan.Lane
	lane.Capabilities, lane.Facilities = c.Capabilities(), c.Facilities()
	if lane.Codes, err = c.VenueCodes(); err != nil {
		return err
	}
	lane.Resend.Dedupe, lane.Resend.Window, lane.CallTimeout = c.Dedupe, int64(c.DedupeWindow), int64(c.Timeout)
	var feeds []string
	for _, a := range g.Plan.Agents {
		a.Capabilities = lane.Capabilities
		if lane.Facilities&(event.FacilityReplace|event.FacilityCancel) != 0 {
			a.Capabilities |= event.NativeReplace // the lane cancels and orders anew where the venue cannot
		}
		for _, name := range a.Feeds {
			if !slices.Contains(feeds, name) {
				feeds = append(feeds, name)
			}
		}
	}
	way := sha256.New()
	fmt.Fprintf(way, "%+v\n", *v.HTTP)
	for _, name := range feeds {
		fmt.Fprintf(way, "%+v\n", b.source(b.config.Feed(name)))
	}
	g.Way = hex.EncodeToString(way.Sum(nil))
	g.Connect = func(instruments []event.Instrument) (Remote, []ServiceFeed, error) {
		remote, err := http.New(httpOf(v, g.Plan.Account, instruments), b.log, nil)
		if err != nil {
			return nil, nil, err
		}
		var opened []ServiceFeed
		for _, name := range feeds {
			opened = append(opened, b.feed(b.config.Feed(name), instruments))
		}
		return remote, opened, nil
	}
	return nil
}

// feed is a live feed as far as it concerns a group.
func (b *livePlanner) feed(f *config.Feed, instruments []event.Instrument) ServiceFeed {
	out := ServiceFeed{Name: f.Name}
	c := b.source(f)
	for i := range f.Live.Instruments {
		at := indexOf(instruments, f.Live.Instruments[i].Instrument)
		if at < 0 {
			continue
		}
		out.Instruments = append(out.Instruments, uint32(at))
		c.Instruments = append(c.Instruments, instruments[at])
		c.Symbols = append(c.Symbols, f.Live.Instruments[i].Symbol)
	}
	for _, name := range f.Fallback {
		if other := b.config.Feed(name); other != nil && other.Live != nil {
			c.Fallback = append(c.Fallback, b.fallback(other, c.Instruments))
		}
	}
	out.Open = func(last []int64) (Feeder, error) {
		live, err := feed.OpenLive(c, b.log)
		if err != nil {
			return nil, err
		}
		for _, at := range last {
			if at != 0 {
				return live, live.Resume(0, last)
			}
		}
		return live, nil
	}
	return out
}

func (b *livePlanner) source(f *config.Feed) feed.LiveConfig {
	c := feed.LiveConfig{
		Name: f.Name, URL: f.Live.URL, Transport: f.Live.Transport, Interval: f.Interval,
		StaleAfter: f.Live.StaleAfter, SilentAfter: f.Live.SilentAfter, Grace: f.Live.Grace, PollEvery: f.Live.PollEvery, KeyEnv: f.Live.Key.Env, KeyFile: f.Live.Key.File,
	}
	c.Quality.OHLC, _ = feed.ParseOHLC(f.Quality.OHLC)             // config admits only these words
	c.Quality.Calendar, _ = feed.ParseCalendar(f.Quality.Calendar) // and these
	return c
}

// fallback names the same instruments in the other feed's words.
func (b *livePlanner) fallback(f *config.Feed, instruments []event.Instrument) feed.LiveConfig {
	c := b.source(f)
	for i := range instruments {
		symbol := ""
		for k := range f.Live.Instruments {
			if f.Live.Instruments[k].Instrument == instruments[i].Name {
				symbol = f.Live.Instruments[k].Symbol
			}
		}
		c.Symbols = append(c.Symbols, symbol)
	}
	return c
}

// laneOf is the order path as it is written.
func laneOf(v *config.Venue) execution.Config {
	p, c := v.Path, execution.DefaultConfig()
	c.Breaker = breakerOf(&p.Breaker)
	c.Backoff = resilience.BackoffConfig{Jitter: jitterOf(p.Retry.Jitter), Base: int64(p.Retry.Base), Cap: int64(p.Retry.Cap), AttemptsMax: p.Retry.AttemptsMax}
	c.Budget = resilience.BudgetConfig{Ratio: p.RetryBudget.Ratio, FloorEvery: int64(p.RetryBudget.FloorEvery), Burst: p.RetryBudget.Burst}
	s := &p.RateLimit.Shares
	c.Limiter = resilience.LimiterConfig{
		Cells: p.RateLimit.Count, Period: int64(p.RateLimit.Period), Burst: p.RateLimit.Burst,
		Shares: [resilience.Priorities]int64{s.HostClose, s.Close, s.Cancel, s.Lookup, s.Other},
	}
	c.Settle = resilience.SettleConfig{Absences: uint32(p.Settle.Absences), Spacing: int64(p.Settle.Spacing), Window: int64(p.Settle.Window)}
	c.TimeToLive = execution.Lifetimes{Market: int64(p.TimeToLive.Market), Limit: int64(p.TimeToLive.Limit), Stop: int64(p.TimeToLive.Stop)}
	c.CallsMax, c.PollEvery, c.ReconcileEvery = p.CallsMax, int64(p.PollEvery), int64(p.ReconcileEvery)
	c.SkewMax = int64(p.ClockSkewMax)
	c.LookupEvery = int64(p.Settle.Spacing)
	c.UnknownMax = int64(p.UnknownMax)
	c.Foreign, c.Transfers = foreignOf(p.Foreign), foreignOf(p.Transfers)
	return c
}

func foreignOf(word string) execution.ForeignPolicy {
	switch word {
	case "claim":
		return execution.ForeignClaim
	case "halt":
		return execution.ForeignHalt
	}
	return execution.ForeignIgnore
}

func breakerOf(b *config.Breaker) resilience.BreakerConfig {
	return resilience.BreakerConfig{
		WindowCount: b.WindowCount, WindowTime: int64(b.WindowTime), ConsecutiveMax: b.ConsecutiveMax, FailuresMax: b.FailuresMax,
		FailureRate: b.FailureRate, SlowRate: b.SlowRate, SlowAfter: int64(b.SlowAfter), Minimum: b.Minimum,
		OpenFor: int64(b.OpenFor), OpenForMax: int64(b.OpenForMax), RetryAfterMax: int64(b.RetryAfterMax),
		Probes: b.Probes, ProbesGood: b.ProbesGood, ProbeLease: int64(b.ProbeLease),
		LaneMax: b.LaneMax, LaneEvery: int64(b.LaneEvery), LaneLease: int64(b.LaneLease),
	}
}

func jitterOf(word string) resilience.Jitter {
	switch word {
	case "equal":
		return resilience.JitterEqual
	case "decorrelated":
		return resilience.JitterDecorrelated
	case "none":
		return resilience.JitterNone
	}
	return resilience.JitterFull
}

// conditionsOf are those on an agent's own money and its strategy. A recorded run has only those that are written.
func conditionsOf(m *config.Modes, interval time.Duration, live bool) []resilience.ModeRule {
	wanted := func(attribute string) bool { return live || m.Written(attribute) }
	if interval <= 0 {
		interval = 24 * time.Hour
	}
	fresh := int64(2*time.Minute + 5*interval)
	var rules []resilience.ModeRule
	for _, r := range resilience.DefaultModeRules() {
		r.FreshFor = fresh
		switch {
		case r.Name == "drawdown" && wanted("drawdown_max"):
			r.Enter, r.Leave = m.DrawdownMax, m.DrawdownMax*3/4
		case r.Name == "drawdown_day" && wanted("drawdown_day_max"):
			r.Enter, r.Leave = m.DrawdownDayMax, m.DrawdownDayMax*4/5
		case r.Name == "balance" && wanted("balance_min"):
			r.Enter, r.Leave = m.BalanceMin, m.BalanceMin
		case r.Name == "traps_in_row" && wanted("traps_in_row_max"):
			r.Enter, r.FreshFor = int64(m.TrapsInRowMax), 0
		default:
			continue
		}
		rules = append(rules, r)
	}
	return rules
}

// healthOf are the conditions on what a live agent rests on.
func (b *livePlanner) healthOf(a *config.Agent, v *config.Venue) []resilience.ModeRule {
	m := &a.Modes
	var rules []resilience.ModeRule
	for _, r := range resilience.DefaultModeRules() {
		switch r.Name {
		case "feed_age":
			// A bar is due an interval after the last; half of one more is the way it has come.
			r.Enter, _ = event.MulDiv(m.FeedAgeMax, 5, 2, event.Up)
			r.Leave, _ = event.MulDiv(m.FeedAgeMax, 3, 2, event.Up)
			r.LeaveAfter = 0
		case "orders_unknown":
			r.Enter = int64(m.UnknownOrdersMax)
		case "dead_letters":
			r.Enter, r.Leave = int64(m.DeadLettersMax), int64(m.DeadLettersMax)/2
		case "disk_free":
			r.Enter = m.DiskFreeMin
			if !m.Written("disk_free_min") {
				r.Enter = b.config.Host.Disk.FreeMin
			}
			r.Leave = r.Enter * 5 / 4
		case "lag":
			r.Enter, r.Leave = int64(m.LagMax), int64(m.LagMax)/5
		case "clock_skew":
			r.Enter = int64(m.ClockSkewMax)
			if !m.Written("clock_skew_max") {
				r.Enter = int64(v.Path.ClockSkewMax)
			}
			r.Leave = r.Enter / 2
		case "breaker", "journal_failed", "positions_differ":
		default:
			continue
		}
		rules = append(rules, r)
	}
	return rules
}
