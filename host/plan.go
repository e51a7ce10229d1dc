package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/host/meter"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/host/venue/paper"
)

// Plan is what a configuration comes to: groups of agents with everything they need, ready to run.
type Plan struct {
	Groups []*GroupPlan
	// Agents are all agents in the order of the configuration.
	Agents []*AgentPlan
}

// LoadModules admits and compiles every agent's strategy and reads its parameters. What is wrong is
// added to the configuration's diagnostics, at the place it is written; the agents concerned are
// missing from the result. The same file is compiled once.
func LoadModules(ctx context.Context, c *config.Config, rt *sandbox.Runtime) map[string]*Strategy {
	loaded := map[string]*Strategy{}
	compiled := map[string]*sandbox.Module{}
	for i := range c.Agents {
		a := &c.Agents[i]
		if a.Strategy == "" {
			continue // its absence is diagnosed already
		}
		s, err := loadStrategy(ctx, a, rt, compiled)
		if err != nil {
			c.Diagnose(a.At("strategy"), "Strategy refused", err.Error())
			continue
		}
		if a.SHA256 != "" && a.SHA256 != fmt.Sprintf("%x", s.Module.SHA256()) {
			c.Diagnose(a.At("sha256"), "Strategy is not the one pinned",
				fmt.Sprintf("%s has SHA-256 %x. If the file is meant to be used, write this hash here; if not, put the pinned file back.", a.Strategy, s.Module.SHA256()))
			continue
		}
		if s.Parameters = parameters(c, a, s.Module.Description()); s.Parameters != nil {
			loaded[a.Name] = s
		}
	}
	return loaded
}

// CheckFeeds opens every feed as a run would and adds what is wrong to the diagnostics.
func CheckFeeds(c *config.Config) {
	for i := range c.Feeds {
		f := &c.Feeds[i]
		var instruments []event.Instrument
		for k := range c.Instruments {
			if !f.Provides(c.Instruments[k].Name) {
				continue
			}
			if in, err := instrumentOf(&c.Instruments[k], ""); err == nil {
				instruments = append(instruments, in)
			}
		}
		opened, err := feed.Open(feedOf(f, instruments))
		if err != nil {
			c.Diagnose(f.Range, "Data cannot be read", err.Error())
			continue
		}
		if err := opened.Close(); err != nil {
			c.Diagnose(f.Range, "Data cannot be read", err.Error())
		}
	}
}

// Strategy is an admitted module and the values of its parameters.
type Strategy struct {
	Module     *sandbox.Module
	Parameters []abi.Value
	Limits     sandbox.Limits
}

func loadStrategy(ctx context.Context, a *config.Agent, rt *sandbox.Runtime, compiled map[string]*sandbox.Module) (*Strategy, error) {
	s := &Strategy{Limits: limitsOf(&a.Limits)}
	key := fmt.Sprintf("%s %+v", a.Strategy, s.Limits)
	if m := compiled[key]; m != nil {
		s.Module = m
		return s, nil
	}
	wasm, err := os.ReadFile(a.Strategy)
	if err != nil {
		return nil, err
	}
	if s.Module, err = rt.Load(ctx, a.Strategy, wasm, s.Limits); err != nil {
		return nil, err
	}
	compiled[key] = s.Module
	return s, nil
}

// limitsOf takes what the configuration says; what it leaves out is the sandbox's default.
func limitsOf(l *config.Limits) sandbox.Limits {
	out := sandbox.DefaultLimits()
	out.FuelTick, out.FuelBank, out.FuelInit = l.FuelPerTick, l.FuelBank, l.FuelInit
	out.MemoryBytes, out.StackSlots = l.Memory, int32(l.Stack/8)
	out.TableElements = int(l.TableElements)
	out.InputBytes, out.OutputBytes = int(l.InputBytes), int(l.OutputBytes)
	out.Records, out.SeriesValues, out.LogBytesTick = l.Records, l.SeriesValues, int(l.LogBytes)
	out.RawNaN, out.Admission = l.RawNaN, admissionOf(&l.Admission)
	return out
}

func admissionOf(a *config.Admission) meter.Limits {
	return meter.Limits{
		Size: a.Size, Types: a.Types, Imports: a.Imports, Functions: a.Functions, FunctionSize: a.FunctionSize,
		Params: a.Params, Results: a.Results, Locals: a.Locals, LocalsTotal: a.LocalsTotal, LocalsBlocks: a.LocalsBlocks,
		Nesting: a.Nesting, BranchTargets: a.BranchTargets, Tables: a.Tables, TableElements: a.TableElements,
		MemoryPages: a.MemoryPages, Globals: a.Globals, Exports: a.Exports, Elements: a.Elements,
		DataSegments: a.DataSegments, Tags: a.Tags,
	}
}

// parameters turns what is written into values in declared order; nil if something is wrong.
func parameters(c *config.Config, a *config.Agent, d *abi.Description) []abi.Value {
	values := make([]abi.Value, len(d.Parameters))
	ok := true
	known := map[string]bool{}
	for i := range d.Parameters {
		p := &d.Parameters[i]
		known[p.Name] = true
		values[i] = p.Default
		written, found := a.Params[p.Name]
		if !found {
			continue
		}
		v, err := p.Parse(written.Text)
		if err != nil {
			c.Diagnose(written.Range, "Parameter does not fit", fmt.Sprintf("%s of strategy %s: %v. %s", p.Name, d.Name, err, p.Help))
			ok = false
			continue
		}
		values[i] = v
	}
	for name, p := range a.Params {
		if !known[name] {
			c.Diagnose(p.NameRange, "Parameter is not declared", undeclared(name, d))
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return values
}

func undeclared(name string, d *abi.Description) string {
	var names []string
	for i := range d.Parameters {
		names = append(names, d.Parameters[i].Name)
	}
	sort.Strings(names)
	if len(names) == 0 {
		return fmt.Sprintf("Strategy %s declares no parameters, found %q.", d.Name, name)
	}
	if near := config.Suggest(name, names); near != "" {
		return fmt.Sprintf("Strategy %s has no parameter %q; did you mean %q? It declares: %s.", d.Name, name, near, strings.Join(names, ", "))
	}
	return fmt.Sprintf("Strategy %s has no parameter %q. It declares: %s.", d.Name, name, strings.Join(names, ", "))
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
		Name: a.Name, Module: s.Module, Parameters: s.Parameters, Limits: s.Limits,
		Feeds: a.Feeds, Currency: v.Currency, Capital: a.Capital,
		Margin: v.Paper.Margin, FeeFixed: v.Paper.FeeFixed, Risk: riskOf(&a.Risk),
		OnStop: a.OnStop, OnQuarantine: a.OnQuarantine, Ticks: ticksOf(a.TicksOn), TrapsMax: a.TrapsMax,
		Seed: mix(b.config.Host.Seed) ^ a.Seed, ConfigSHA256: a.Hash,
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
	p.Run = runOf(p)
	b.join(a, v, p)
	b.plan.Agents = append(b.plan.Agents, p)
	return nil
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

// feedOf is a feed as far as it concerns the given instruments.
func feedOf(f *config.Feed, instruments []event.Instrument) feed.Config {
	c := feed.Config{Name: f.Name, Instruments: instruments, Interval: f.Interval, From: f.From, To: f.To}
	c.Quality.OHLC, _ = feed.ParseOHLC(f.Quality.OHLC)             // config admits only these words
	c.Quality.Calendar, _ = feed.ParseCalendar(f.Quality.Calendar) // and these
	for i := range f.Sources {
		s := &f.Sources[i]
		if indexOf(instruments, s.Instrument) < 0 {
			continue
		}
		for _, path := range s.Files {
			c.Sources = append(c.Sources, sourceOf(s, path))
		}
	}
	return c
}

func sourceOf(s *config.FeedSource, path string) feed.Source {
	timeIs, _ := feed.ParseTimeIs(s.TimeIs) // config admits only its words
	out := feed.Source{
		TimeIs: timeIs, SymbolColumn: columnOf(s.Columns.Symbol), Symbol: s.Symbol, Path: path, Instrument: s.Instrument, Location: s.Timezone, Separator: s.Separator, TimeFormat: s.TimeFormat,
		Columns: feed.Columns{
			Time: columnOf(s.Columns.Time), Open: columnOf(s.Columns.Open), High: columnOf(s.Columns.High),
			Low: columnOf(s.Columns.Low), Close: columnOf(s.Columns.Close), Volume: columnOf(s.Columns.Volume),
		},
	}
	if out.TimeFormat == "auto" {
		out.TimeFormat = ""
	}
	if s.Written("header") {
		header := s.Header
		out.Header = &header
	}
	return out
}

func columnOf(c config.Column) string {
	if c.Index > 0 {
		return strconv.Itoa(c.Index)
	}
	return c.Name
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

func riskOf(r *config.Risk) risk.Limits {
	return risk.Limits{
		OrderNotionalMax: r.OrderNotionalMax, PositionNotionalMax: r.PositionNotionalMax,
		OrderQuantityMax: r.OrderQuantityMax, PositionMax: r.PositionMax,
		OrdersPerTickMax: r.OrdersPerTickMax, OpenOrdersMax: r.OpenOrdersMax,
		RateCount: r.OrdersRate.Count, RatePeriod: int64(r.OrdersRate.Period), PriceCollar: r.PriceCollar,
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

// paperVenue lets the paper venue stand where a venue behind a network may stand. It answers at once,
// and never with an error.
type paperVenue struct{ *paper.Venue }

func (p paperVenue) Send(_ context.Context, q *event.Request, now int64, out []event.Outcome) ([]event.Outcome, error) {
	return p.Handle(q, now, out), nil
}

func (p paperVenue) Lookup(_ context.Context, id event.OrderID) (event.Order, bool, error) {
	o, found := p.Venue.Lookup(id)
	return o, found, nil
}

func (p paperVenue) OpenOrders(_ context.Context, into []event.Order) ([]event.Order, error) {
	return p.Venue.OpenOrders(into), nil
}
