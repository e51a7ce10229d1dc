package host

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/venue/paper"
)

// Plan is what a configuration comes to: groups of agents with everything they need, ready to run.
type Plan struct {
	Groups []*GroupPlan
	// Agents are all agents in the order of the configuration.
	Agents []*AgentPlan
}

// NewPlan turns a valid configuration and its loaded strategies into a plan. progress is told how many
// bytes of data were hashed, and may be nil.
func NewPlan(c *config.Config, strategies map[string]*Strategy, progress func(done, total int64)) (*Plan, error) {
	b := planner{config: c, strategies: strategies, groups: map[string]*GroupPlan{}, hashes: map[string][32]byte{}, progress: progress}
	for i := range c.Agents {
		if err := b.agent(&c.Agents[i]); err != nil {
			return nil, fmt.Errorf("agent %s: %w", c.Agents[i].Name, err)
		}
	}
	for _, g := range b.plan.Groups {
		if err := b.finish(g); err != nil {
			return nil, fmt.Errorf("venue %s, account %s: %w", g.Venue, g.Account, err)
		}
	}
	return &b.plan, nil
}

type planner struct {
	config     *config.Config
	strategies map[string]*Strategy
	groups     map[string]*GroupPlan
	hashes     map[string][32]byte
	progress   func(done, total int64)
	plan       Plan
}

func (b *planner) agent(a *config.Agent) error {
	v := b.config.Venue(a.Venue)
	s := b.strategies[a.Name]
	if v == nil || v.Paper == nil || s == nil {
		return errors.New("not valid: run agenthost check")
	}
	p := &AgentPlan{
		Name: a.Name, Module: s.Module, Wasm: s.Wasm, Parameters: s.Parameters, Limits: s.Limits,
		Feeds: a.Feeds, Currency: v.Currency, Capital: a.Capital,
		Margin: v.Paper.Margin, FeeFixed: v.Paper.FeeFixed, Risk: riskOf(&a.Risk),
		OnStop: a.OnStop, OnQuarantine: a.OnQuarantine, Ticks: ticksOf(a.TicksOn), TrapsMax: a.TrapsMax,
		Seed: mix(b.config.Host.Seed) ^ a.Seed, ConfigSHA256: a.Hash, Shared: a.Shared, DayBoundary: dayOf(&a.Modes),
	}
	for _, name := range a.Instruments {
		in, err := instrumentOf(b.config.Instrument(name), v.Currency)
		if err != nil {
			return err
		}
		p.Instruments = append(p.Instruments, in)
	}
	if p.Capital == 0 {
		p.Capital = v.Paper.Cash
	}
	var err error
	if p.DataSHA256, err = b.hash(a, p.Instruments); err != nil {
		return err
	}
	p.Conditions = conditionsOf(&a.Modes, b.interval(a), false)
	p.Run = runOf(p)
	b.join(a, v, p)
	b.plan.Agents = append(b.plan.Agents, p)
	return nil
}

// interval is the longest of the agent's feeds, 0 where the data says.
func (b *planner) interval(a *config.Agent) time.Duration {
	var longest time.Duration
	for _, name := range a.Feeds {
		longest = max(longest, b.config.Feed(name).Interval)
	}
	return longest
}

// runOf derives the run's 8 bytes from the agent's name, the content of its data and its seed: a run of
// the same things has the same order ids, whatever the module.
func runOf(p *AgentPlan) [8]byte {
	h := sha256.New()
	fmt.Fprintf(h, "agenthost recorded run\n%s\n%x\n%d\n", p.Name, p.DataSHA256, p.Seed)
	return [8]byte(h.Sum(nil))
}

func (b *planner) join(a *config.Agent, v *config.Venue, p *AgentPlan) {
	key := a.Venue + "/" + a.Account
	g := b.groups[key]
	if g == nil {
		g = &GroupPlan{Venue: a.Venue, Account: a.Account}
		b.groups[key] = g
		b.plan.Groups = append(b.plan.Groups, g)
	}
	g.Agents = append(g.Agents, p)
	for _, in := range p.Instruments {
		if indexOf(g.Instruments, in.Name) < 0 {
			g.Instruments = append(g.Instruments, in)
		}
	}
}

func indexOf(list []event.Instrument, name string) int {
	for i := range list {
		if list[i].Name == name {
			return i
		}
	}
	return -1
}

// finish gives a group its feeds and its account.
func (b *planner) finish(g *GroupPlan) error {
	seen := map[string]bool{}
	for _, a := range g.Agents {
		for _, name := range a.Feeds {
			if seen[name] {
				continue
			}
			seen[name] = true
			f := b.config.Feed(name)
			g.Feeds = append(g.Feeds, feedOf(f, g.Instruments))
			if f.Speed != 0 && (g.Pace == 0 || feed.Pace(f.Speed) < g.Pace) {
				g.Pace = feed.Pace(f.Speed) // the slowest feed sets the group's pace
			}
		}
	}
	v := b.config.Venue(g.Venue)
	c := paper.Config{
		Venue: g.Venue, Account: g.Account, Currency: v.Currency, Cash: v.Paper.Cash,
		Commission: v.Paper.Commission, Spread: v.Paper.Spread, FeeFixed: v.Paper.FeeFixed, Margin: v.Paper.Margin,
		TradeOnClose: v.Paper.TradeOnClose, ExclusiveOrders: v.Paper.ExclusiveOrders,
		FinalizeTrades: v.Paper.FinalizeTrades, SlippageVolume: v.Paper.SlippageVolume, Instruments: g.Instruments,
	}
	if len(g.Agents) == 1 {
		c.Cash = g.Agents[0].Capital // an account of its own holds what its agent was given
	}
	g.New = func() (Simulated, error) {
		account, err := paper.New(c)
		if err != nil {
			return nil, err
		}
		return paperVenue{account}, nil
	}
	first, err := g.New()
	if err != nil {
		return err
	}
	for _, a := range g.Agents {
		a.Capabilities = first.Capabilities()
	}
	return nil
}

// hash is over the content of an agent's data: each feed's, in order.
func (b *planner) hash(a *config.Agent, instruments []event.Instrument) ([32]byte, error) {
	h := sha256.New()
	for _, name := range a.Feeds {
		key := name
		for i := range instruments {
			key += "\x00" + instruments[i].Name
		}
		sum, ok := b.hashes[key]
		if !ok {
			var err error
			if sum, err = feed.Hash(feedOf(b.config.Feed(name), instruments), b.progress); err != nil {
				return sum, err
			}
			b.hashes[key] = sum
		}
		h.Write(sum[:])
	}
	return [32]byte(h.Sum(nil)), nil
}

func instrumentOf(c *config.Instrument, currency string) (event.Instrument, error) {
	in := event.Instrument{
		Name: c.Name, Base: c.Base, Quote: c.Quote, Settle: c.Settle,
		PriceDecimals: c.PriceDecimals, QuantityDecimals: c.QuantityDecimals, Tick: c.Tick, Lot: c.Lot,
		QuantityMin: c.QuantityMin, QuantityMax: c.QuantityMax, NotionalMin: c.NotionalMin,
		Multiplier: c.Multiplier, FeeMaker: c.FeeMaker, FeeTaker: c.FeeTaker,
	}
	switch c.Kind {
	case "share":
		in.Kind = event.Equity
	case "spot":
		in.Kind = event.Spot
	case "perpetual":
		in.Kind = event.Perpetual
	case "future":
		in.Kind = event.Future
	default:
		return in, fmt.Errorf("instrument %s: kind %q", c.Name, c.Kind)
	}
	if in.Quote == "" {
		in.Quote = currency
	}
	if in.Settle == "" {
		in.Settle = in.Quote
	}
	return in, in.Validate()
}

// dayOf is when an agent's day begins, after midnight UTC. A time zone counts as it is in winter, the whole
// year: a day whose begin moved would make a history that cannot be run again.
func dayOf(m *config.Modes) int64 {
	if m.Timezone == nil {
		return int64(m.DayBegins)
	}
	_, offset := time.Date(2026, 1, 15, 12, 0, 0, 0, m.Timezone).Zone()
	return int64(m.DayBegins) - int64(offset)*int64(time.Second)
}

func riskOf(r *config.Risk) risk.Limits {
	return risk.Limits{
		OrderNotionalMax: r.OrderNotionalMax, PositionNotionalMax: r.PositionNotionalMax,
		OrderQuantityMax: r.OrderQuantityMax, PositionMax: r.PositionMax,
		OrdersPerTickMax: r.OrdersPerTickMax, OpenOrdersMax: r.OpenOrdersMax,
		RateCount: r.OrdersRate.Count, RatePeriod: int64(r.OrdersRate.Period), PriceCollar: r.PriceCollar,
		ExposureMax: r.ExposureMax, SelfTradeAllow: r.SelfTrade == "allow", PriceCollarClose: r.PriceCollarClose,
		CloseRateCount: r.CloseRate.Count, CloseRatePeriod: int64(r.CloseRate.Period),
	}
}

func ticksOf(words []string) Ticks {
	var t Ticks
	for _, w := range words {
		switch w {
		case "market":
			t.Market = true
		case "timer":
			t.Timer = true
		case "order":
			t.Order = true
		case "start":
			t.Start = true
		}
	}
	return t
}
