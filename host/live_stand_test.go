package host_test

import (
	"cmp"
	"context"
	_ "embed"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/host/simulation"
	"github.com/agenthost/agenthost/resilience"
)

//go:embed testdata/puppet.wasm
var puppetWasm []byte

// What a bar's volume tells the puppet to do, with 100 × the argument added.
const (
	idle = iota
	buy
	sell
	rest // a limit order 1 % below the market
	cancelAll
	closePosition
	trap
	flood
	buyTwice
	protect // a reduce-only stop 5 % below the market
)

const price = 100_00 // of every bar

// stand is one agent on the whole live order path, a sandboxed strategy that does what the test says, a
// journal on SQLite and an exchange in virtual time. The test decides what becomes of each call and reply.
type stand struct {
	testing.TB
	name     string // of agent and account
	group    simulation.GroupPlan
	lane     execution.Config
	risk     risk.Limits
	onStop   string
	money    []resilience.ModeRule // the conditions on the agent's own money and its strategy
	traps    int
	module   []byte
	modules  host.ModuleSource // nil keeps none
	swapping host.SwapSettings
	plans    func(like host.AgentPlan) []*host.AgentPlan // instead of one agent
	onTick   func()                                      // instead of reading each tick
	venue    *simulation.Venue
	path     string
	device   func(journal.Device) journal.Device
	shared   *journal.Journal // instead of one of its own
	journal  *journal.Journal
	live     *host.Live
	saves    host.Checkpoints // nil for none
	rule     host.CheckpointRule
	steps    []host.RecoveryStep // of the last start
	log      hclog.Logger

	now    int64
	starts int
	bars   uint64
	quiet  bool // no bars
	disk   int64
	in     []host.LiveInput
	later  []delayed
	deaf   map[uint64]bool

	// call says what becomes of a call, reply whether one comes through; nil for the ordinary.
	call  func(*event.Call) fate
	reply func(*event.Reply) bool
	feed  func(*event.Market) // instead of the host's

	sent   []event.Call
	alerts []event.Alert
	tick   abi.Tick // the last one
}

// fate is what becomes of a call. The zero value is the ordinary one.
type fate struct {
	// lost calls never arrive; deaf ones do, and their reply is lost. Both time out.
	lost, deaf bool
	// status is answered instead of asking the venue, with retryAfter.
	status       int
	retryAfter   int64
	notProcessed bool
	// refused is a connection that never came to be; twice arrives twice.
	refused, twice bool
	// after holds the venue's reply back.
	after time.Duration
}

type delayed struct {
	at    int64
	reply event.Reply
}

// newStand makes a stand; change may change anything about it before it opens.
func newStand(tb testing.TB, change func(*stand)) *stand {
	tb.Helper()
	in := event.Instrument{
		Name: "X", Kind: event.Perpetual, Base: "X", Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1,
		QuantityMin: 1, Multiplier: event.One,
	}
	const everything = event.FacilityCancel | event.FacilityLookup | event.FacilityLookupPast | event.FacilityOpenOrders |
		event.FacilityFills | event.FacilityPositions | event.FacilityBalances
	s := &stand{
		TB: tb, name: "puppet", path: filepath.Join(tb.TempDir(), "journal.db"), now: 1_767_571_200e9, disk: 1 << 40, onStop: "keep", traps: 3, module: puppetWasm,
		deaf: map[uint64]bool{},
		group: simulation.GroupPlan{
			Venue: simulation.VenueConfig{
				Venue: "exchange", Account: "main", Currency: "USD", Instruments: []event.Instrument{in}, Cash: 1_000_000 * event.One,
				LatencyMax: 20e6, SettleWindow: 5e9, Facilities: everything,
			},
			Agents: []simulation.AgentSpec{{Name: "puppet", Strategy: "puppet", Instruments: []int{0}}},
		},
		risk: risk.Limits{PositionMax: []int64{50}, OrderQuantityMax: []int64{20}, RateCount: 20, RatePeriod: 10e9, PriceCollar: event.One / 20},
	}
	plan := &simulation.Plan{Seed: 1, SettleWindow: 5e9, Groups: []simulation.GroupPlan{s.group}}
	s.lane = plan.LaneConfig(0)
	if change != nil {
		change(s)
	}
	v := &s.group.Venue
	s.lane.Account = v.Account
	s.lane.Facilities, s.lane.Capabilities, s.lane.Resend.Dedupe = v.Facilities, v.Capabilities(), v.Dedupe
	s.venue = simulation.NewVenue(1, *v, nil)
	s.venue.Calm() // no accident but the test's own
	s.start()
	s.run(3 * time.Second) // a market, and an account that was compared
	return s
}

// start opens the group, as a host does whether it was stopped, killed or never there.
func (s *stand) start() {
	s.Helper()
	if err := s.tryStart(); err != nil {
		s.Fatal(err)
	}
	s.TB.Cleanup(s.stop)
}

func (s *stand) tryStart() error {
	if err := s.openJournal(); err != nil {
		return err
	}
	m, err := sharedRuntime(s).Load(context.Background(), "puppet", s.module, sandbox.DefaultLimits())
	if err != nil {
		return err
	}
	v := &s.group.Venue
	s.starts++
	s.steps = nil
	like := host.AgentPlan{
		Name: s.name, Module: m, Wasm: s.module, Limits: m.Limits(), Instruments: v.Instruments, Feeds: []string{"market"}, Interval: 1e9,
		Currency: "USD", Capital: 100_000 * event.One, Margin: event.One, Capabilities: v.Capabilities(), Risk: s.risk,
		OnStop: s.onStop, OnQuarantine: "hold", Ticks: host.Ticks{Market: true, Start: true}, TrapsMax: s.traps, Health: healthRules(), Conditions: s.money, Swap: s.swapping,
	}
	agents := []*host.AgentPlan{&like}
	if s.plans != nil {
		agents = s.plans(like)
	}
	s.live, err = host.OpenLive(context.Background(), &host.LivePlan{
		Venue: v.Venue, Account: v.Account, Instruments: v.Instruments, Lane: s.lane, Agents: agents,
	}, host.LiveOptions{
		Checkpoints: s.saves, CheckpointRule: s.rule, Recovered: func(r host.RecoveryStep) { s.steps = append(s.steps, r) }, Log: s.log,
		Journal: s.journal, Modules: s.modules, Owner: "test", Lease: time.Minute, Now: s.now, Run: func() [8]byte { return [8]byte{1, 2, 3, byte(s.starts)} },
		OnTick: func(_ string, input []byte, _, _ int64) {
			if s.onTick != nil {
				s.onTick()
			} else if err := s.tick.Read(slices.Clone(input)); err != nil {
				s.Error(err)
			}
		},
	})
	return err
}

func (s *stand) openJournal() error {
	if s.shared != nil {
		s.journal = s.shared
		return nil
	}
	d, err := journal.OpenSQLite(s.path, journal.SQLiteOptions{})
	if err != nil {
		return err
	}
	if s.device != nil {
		d = s.device(d)
	}
	s.journal, err = journal.Open(d, journal.Options{HighWaterPath: s.path + ".mark"})
	return err
}

// healthRules are the conditions on everything that a live host measures.
func healthRules() []resilience.ModeRule {
	var rules []resilience.ModeRule
	for _, r := range resilience.DefaultModeRules() {
		switch r.Name {
		case "feed_age":
			r.Enter, r.Leave, r.LeaveAfter = 5*event.One, 3*event.One, 0
		case "breaker", "orders_unknown", "dead_letters", "positions_differ", "disk_free":
		default:
			continue
		}
		rules = append(rules, r)
	}
	return rules
}

// stop ends the host without a word: what it knew is in the journal or lost, what was on its way to it is
// lost, what was on its way to the venue arrives. A journal that failed says so again here.
func (s *stand) stop() {
	if s.journal == nil {
		return
	}
	_ = s.live.Close()
	if s.shared == nil {
		_ = s.journal.Close()
	}
	s.journal = nil
	s.venue.Hangup()
	s.in, s.later, s.deaf = nil, nil, map[uint64]bool{}
}

// restart is a crash and the next start.
func (s *stand) restart() {
	s.Helper()
	s.stop()
	s.start()
}

// order lets the strategy wish something at the next bar, and the venue answer.
func (s *stand) order(verb, n int64) {
	s.Helper()
	s.pass(1500*time.Millisecond, verb+100*n)
}

// run lets time pass.
func (s *stand) run(d time.Duration) {
	s.Helper()
	s.pass(d, idle)
}

func (s *stand) pass(d time.Duration, volume int64) {
	s.Helper()
	for end := s.now + int64(d); s.now < end; {
		if err := s.step(end, &volume); err != nil {
			s.Fatal(err)
		}
	}
}

// step goes to the next moment at which something happens, and takes a round there.
func (s *stand) step(end int64, volume *int64) error {
	bar := s.now/1e9*1e9 + 1e9
	at := min(bar, end)
	for _, other := range []int64{s.venue.Next(), s.live.Next()} {
		if other > 0 {
			at = min(at, max(other, s.now))
		}
	}
	for i := range s.later {
		at = min(at, max(s.later[i].at, s.now))
	}
	s.now = at
	s.listen()
	if at == bar {
		s.in = append(s.in, host.LiveInput{Health: &host.HostHealth{DiskFree: s.disk}})
		s.bar(*volume)
		*volume = idle
	}
	if next := s.live.Next(); len(s.in) == 0 && (next == 0 || next > s.now) {
		return nil
	}
	return s.round()
}

// listen takes in what has come from the venue.
func (s *stand) listen() {
	for _, r := range s.venue.Advance(s.now) {
		if r.Call != 0 && s.deaf[r.Call] {
			continue
		}
		s.hear(r)
	}
	slices.SortStableFunc(s.later, func(a, b delayed) int { return cmp.Compare(a.at, b.at) })
	for len(s.later) > 0 && s.later[0].at <= s.now {
		r := s.later[0].reply
		r.Received = s.now
		s.hear(r)
		s.later = s.later[1:]
	}
}

func (s *stand) hear(r event.Reply) {
	if s.reply == nil || s.reply(&r) {
		s.in = append(s.in, host.LiveInput{Reply: &r})
	}
}

// blind is a reply that tells nothing: lists are cut short, lookups do not say where they looked.
func blind(r *event.Reply) bool {
	if !r.Kind.Changes() {
		r.Orders, r.Fills, r.Positions, r.Cursor, r.Complete = nil, nil, nil, "", false
		r.NotFound, r.SearchedOpen, r.SearchedPast = false, false, false
	}
	return true
}

// bar shows everybody the market.
func (s *stand) bar(volume int64) {
	s.bars++
	m := &event.Market{Time: s.now, Received: s.now, Cursor: s.bars, Bars: []event.Bar{{
		Flags: event.BarClosed, Interval: 1e9, OpenTime: s.now - 1e9, CloseTime: s.now, Open: price, High: price, Low: price, Close: price, Volume: volume,
	}}}
	s.venue.Market(m)
	switch {
	case s.feed != nil:
		s.feed(m)
	case !s.quiet:
		s.in = append(s.in, host.LiveInput{Market: m})
	}
}

func (s *stand) round() error {
	in := s.in
	s.in = nil
	e, err := s.live.Round(context.Background(), in, s.now)
	if err != nil {
		return err
	}
	s.alerts = append(s.alerts, e.Alerts...)
	for i := range e.Calls {
		s.out(e.Calls[i])
	}
	return nil
}

// out sends a call on its way.
func (s *stand) out(c event.Call) {
	s.sent = append(s.sent, c)
	f := fate{}
	if s.call != nil {
		f = s.call(&c)
	}
	fails := func(at int64, h resilience.Happening) {
		h.Request, h.Resent = c.Kind.Request(), c.Resent
		r := event.Reply{Call: c.ID, Kind: c.Kind, Started: s.now, Received: at, Detail: h.Cause.String(), Happening: h, RetryAfter: f.retryAfter}
		if h.Phase != resilience.PhaseBefore {
			r.Written = s.now
		}
		s.later = append(s.later, delayed{at, r})
	}
	switch {
	case f.refused:
		fails(s.now+1e6, resilience.Happening{Cause: resilience.CauseRefused, Phase: resilience.PhaseBefore})
		return
	case f.status != 0 && !f.deaf:
		fails(s.now+1e6, resilience.Happening{Cause: resilience.CauseStatus, Phase: resilience.PhaseAnswered, Number: f.status, ErrorBody: true, NotProcessed: f.notProcessed})
		return
	case f.status != 0: // executed, and answered by an error
		s.deaf[c.ID] = true
		fails(s.now+5e9/10, resilience.Happening{Cause: resilience.CauseStatus, Phase: resilience.PhaseAnswered, Number: f.status, ErrorBody: true, NotProcessed: f.notProcessed})
	case f.lost || f.deaf:
		s.deaf[c.ID] = true
		fails(c.Deadline, resilience.Happening{Cause: resilience.CauseTimeout, Phase: resilience.PhaseWritten})
		if f.lost {
			return
		}
	case f.after != 0:
		id := c.ID
		before := s.reply
		held := false
		s.reply = func(r *event.Reply) bool {
			if r.Call == id && !held {
				held = true
				s.later = append(s.later, delayed{s.now + int64(f.after), *r})
				return false
			}
			return before == nil || before(r)
		}
	}
	s.venue.Call(c, s.now)
	if f.twice {
		s.venue.Call(c, s.now)
	}
}

// command is a person's act, carried out in a round of its own.
func (s *stand) command(c host.Command) error {
	var refused error
	c.Done = func(err error) { refused = err }
	c.By, c.Why = "test", "test"
	s.in = append(s.in, host.LiveInput{Command: &c})
	if err := s.round(); err != nil {
		return err
	}
	return refused
}

// calls counts what went out of a kind.
func (s *stand) calls(k event.CallKind) (n int) {
	for i := range s.sent {
		if s.sent[i].Kind == k {
			n++
		}
	}
	return n
}

// arrived counts the submits that came to the venue's door.
func (s *stand) arrived() int { return len(s.venue.Arrivals()) }

// told counts the outcomes of a kind, in the agent's journal: what its strategy was told, or will be.
func (s *stand) told(k event.EventKind) (n int) {
	s.Helper()
	s.turns(func(t *event.Turn) {
		if t.Event.Kind == event.KindOutcome && t.Event.Outcome.Kind == k {
			n++
		}
	})
	return n
}

// turns goes through the agent's journal.
func (s *stand) turns(each func(*event.Turn)) {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	var turn event.Turn
	for e, err := range s.journal.Read("agent/"+s.name, 1) {
		if err != nil {
			s.Fatal(err)
		}
		if e.Kind != journal.KindTurn {
			continue
		}
		if err := event.ReadTurn(e.Body, &turn); err != nil {
			s.Fatal(err)
		}
		each(&turn)
	}
}

// denied are the codes of what the host refused, in the order of the journal.
func (s *stand) denied() (codes []abi.DenyCode) {
	s.Helper()
	s.turns(func(t *event.Turn) {
		for i := range t.Denials {
			codes = append(codes, abi.DenyCode(t.Denials[i].Code))
		}
		if o := &t.Event.Outcome; t.Event.Kind == event.KindOutcome && o.Kind == event.EventDenied {
			codes = append(codes, abi.DenyCode(o.Code))
		}
	})
	return codes
}

// holds is the end of every story: agent, lane and venue have the same position, no order came to be twice,
// and the strategy, which adds its fills up itself, never failed.
func (s *stand) holds(want int64) {
	s.Helper()
	books, lane := host.LivePosition(s.live, 0)
	if venue := s.venue.Book().Own[0]; books != want || lane != want || venue != want {
		s.Errorf("the agent holds %d, the lane %d, the venue %d, want %d", books, lane, venue, want)
	}
	for _, o := range s.venue.Book().Orders {
		if n := len(s.venue.Book().ByID(o.ID)); n != 1 {
			s.Errorf("order %s was taken %d times", o.ID, n)
		}
	}
	s.turns(func(t *event.Turn) {
		if t.Verdict > event.VerdictOK && t.Event.Kind == event.KindMarket && len(t.Event.Bars) > 0 && t.Event.Bars[0].Volume%100 != trap {
			s.Errorf("tick %d failed: %s", t.Event.Sequence, t.Verdict)
		}
	})
}

// alerted reports whether a person was told of a matter.
func (s *stand) alerted(key string) bool {
	return slices.ContainsFunc(s.alerts, func(a event.Alert) bool { return a.Key == key && !a.Over })
}
