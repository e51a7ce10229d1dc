package host

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/account"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/report"
	"github.com/agenthost/agenthost/host/risk"
	"github.com/agenthost/agenthost/host/sandbox"
	"github.com/agenthost/agenthost/resilience"
)

// AgentPlan is all that decides what one agent does. Two agents of the same plan, data and seed do the
// same, whoever runs beside them. As JSON, without the module and what is kept elsewhere, it is in the
// agent's journal.
type AgentPlan struct {
	Name string
	// Module is the admitted strategy, Wasm its bytes; Parameters its values in declared order.
	Module     *sandbox.Module `json:"-"`
	Wasm       []byte          `json:"-"`
	Parameters []abi.Value
	Limits     sandbox.Limits
	// Instruments is the agent's own list; events and intents name them by their place in it.
	Instruments []event.Instrument
	// Feeds are the names of its feeds; Interval the length of their bars, 0 where they differ.
	Feeds    []string
	Interval int64
	// DayByOpen says that its data names bars by their open: the report's days are those of the data.
	DayByOpen bool
	// Currency and Capital are what it begins with.
	Currency string
	Capital  int64
	// Margin is the part of a position's worth that it binds, as a fraction; FeeFixed and
	// Capabilities are the venue's.
	Margin, FeeFixed int64
	Capabilities     event.Capabilities
	Risk             risk.Limits
	// OnStop is "keep", "cancel" or "flatten"; OnQuarantine "hold" or "flatten".
	OnStop, OnQuarantine string
	// Ticks says which events the strategy is ticked for; the others wait for the next tick.
	Ticks Ticks
	// TrapsMax is how many ticks in a row may fail before the agent is quarantined; 0 is no bound.
	TrapsMax int
	// DayBoundary is when its day begins, in nanoseconds after midnight UTC.
	DayBoundary int64
	// Shared lets it trade instruments that others of its account trade too.
	Shared bool
	// Health are the conditions of a live agent on what it rests on: feeds, venue, journal, machine.
	Health []resilience.ModeRule
	// Conditions are those on the agent's own money, and on its strategy, that change its mode: drawdown, drawdown_day,
	// balance, traps_in_row.
	Conditions []resilience.ModeRule
	// Swap says how a live agent's strategy is changed. It decides no turn.
	Swap SwapSettings `json:"-"`
	// Seed is the root of its randomness; Run the 8 bytes of its stream's genesis; ConfigSHA256 what
	// decides it in the configuration; DataSHA256 the content of its recorded data.
	Seed         uint64
	Run          [8]byte  `json:"-"`
	ConfigSHA256 [32]byte `json:"-"`
	DataSHA256   [32]byte `json:"-"`
}

// Ticks are the events that a strategy is ticked for.
type Ticks struct{ Market, Timer, Order, Start bool }

// Agent is one strategy with its books, between its inbox and its journal stream. One goroutine.
type Agent struct {
	plan  *AgentPlan
	index uint32 // its place in its group
	log   hclog.Logger

	inbox     inbox
	guest     *guest
	account   *account.Account
	orders    account.Orders
	admission *risk.Admission
	input     *input
	timers    timers
	health    health
	record    *report.Recorder

	mode     event.Mode
	before   event.Mode // the mode before this turn
	exit     exit
	sequence uint64
	now      int64
	bank     int64 // saved-up fuel
	intents  []abi.Intent
	turn     event.Turn
	ledger   *ledger
	letters  int64
	trap     *deadLetter // of this turn, to be journaled with it
	redriven redriven    // what became of a person's wish in this turn
	timerID  uint64      // that went off in this turn
	start    int64       // when its data begins
	started  bool        // its start event is given
	stopping bool        // the strategy is not called any more
	// orderTicks counts the ticks for orders at one event time.
	orderTicks struct {
		at    int64
		count int
	}
	lastTick int64 // when the strategy was called last, 0 for never
	together bool  // its stream is flushed with others, once a round
	modules  ModuleSource
	// made and previous are the positions of the module entries that make its turns and that did before, 0 for none;
	// configured is the first one's word. What else they say is in the journal, and in the plan.
	made, previous uint64
	configured     string
	renewed        *moduleEntry // the same by another engine, to be journaled
	incoming       *incoming    // takes over in the next swap event
	swapping       *swapFacts   // in the turn of a swap
	standby        *standby     // what it ran before, in probation
	letGo          error        // why the one in reserve was let go in this turn
	swapped        bool         // its module took over from another
	warmups        []*warmup    // of a past: what takes over later
	tail           *tail        // ticks that somebody else wants to run, too
	onTick         func(agent string, input []byte, now, used int64)
	// onInput, if set, is given each tick's input after the strategy was, whether that failed or not.
	onInput func(ctx context.Context, input []byte, budget int64) error
}

// newAgent makes the agent and its first instance. The error names the agent.
func newAgent(ctx context.Context, p *AgentPlan, index uint32, start int64, l *ledger, log hclog.Logger) (*Agent, error) {
	a, err := newBooks(p, index, start, l, log)
	if err != nil {
		return nil, err
	}
	if a.guest, err = newGuest(ctx, p.Module, a.instanceConfig(p, start), false); err != nil {
		return nil, fmt.Errorf("agent %s: start strategy: %w", p.Name, err)
	}
	return a, nil
}

// newBooks makes the agent without an instance of its strategy.
func newBooks(p *AgentPlan, index uint32, start int64, l *ledger, log hclog.Logger) (*Agent, error) {
	a := &Agent{plan: p, index: index, start: start, log: log.With("agent", p.Name), mode: event.ModeFull, ledger: l}
	var err error
	if a.health, err = newHealth(p.TrapsMax, p.Conditions); err != nil {
		return nil, fmt.Errorf("agent %s: %w", p.Name, err)
	}
	a.account, err = account.New(account.Config{
		Currency: p.Currency, Capital: p.Capital, Instruments: p.Instruments, Margin: p.Margin, DayBoundary: p.DayBoundary,
	})
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", p.Name, err)
	}
	a.orders = account.NewOrders(p.Instruments)
	a.admission = risk.New(risk.Config{
		Run: p.Run, Agent: p.Name, AgentIndex: index, Instruments: p.Instruments, Limits: p.Risk,
	})
	a.input = newInput(p.Limits.InputBytes, a)
	a.record = newRecorder(p)
	return a, nil
}

// instanceConfig is for an instance of the agent's strategy that begins at a time.
func (a *Agent) instanceConfig(p *AgentPlan, at int64) sandbox.InstanceConfig {
	return sandbox.InstanceConfig{
		Name: p.Name, Seed: mix(p.Seed), Time: at, Parameters: p.Parameters, Limits: p.Limits, Output: a.print,
	}
}

func newRecorder(p *AgentPlan) *report.Recorder {
	c := report.RecorderConfig{
		Agent: p.Name, Instruments: p.Instruments, Capital: p.Capital, Currency: p.Currency, FuelLimit: p.Limits.FuelTick,
		DayByOpen: p.DayByOpen,
	}
	for _, s := range p.Module.Description().Series {
		c.SeriesNames = append(c.SeriesNames, s.Name)
		c.SeriesUnits = append(c.SeriesUnits, string(s.Unit))
	}
	return report.NewRecorder(c)
}

// print takes what the guest says. Text was cut and cleaned by the sandbox.
func (a *Agent) print(s sandbox.Stream, line string) {
	if a.replaying() {
		return
	}
	a.log.Log(s.Level(), "strategy says", "stream", s.String(), "text", line)
}

// Position, Orders, Equity and MarginAvailable are what admission asks.
func (a *Agent) Position(instrument uint32) (quantity, mark int64) {
	p := &a.account.Positions()[instrument]
	return p.Quantity, p.Mark
}

// Orders are the open orders.
func (a *Agent) Orders() []event.Order { return a.orders.All() }

// Equity is the agent's equity.
func (a *Agent) Equity() int64 { return a.account.Equity() }

// MarginAvailable is what a size given as a fraction is a fraction of.
func (a *Agent) MarginAvailable() int64 { return a.account.MarginAvailable() }

// Admission asks for what a book may offer by interface: a method that does not fit would be missed in silence.
var _ interface {
	risk.Book
	risk.Replacing
	risk.Converter
} = (*Agent)(nil)

// Replacing is what an order that is being replaced will be.
func (a *Agent) Replacing(id event.OrderID) (size, price, stopPrice int64) {
	r, _ := a.orders.Replacing(id)
	return r.Size, r.Price, r.StopPrice
}

// InCurrency is money of an instrument in the account's currency, where there is a rate.
func (a *Agent) InCurrency(instrument uint32, money int64) (int64, bool) {
	return a.account.InCurrency(instrument, money)
}

// stateHash is over account, open orders, fuel bank, what the strategy has yet to be told, timers, mode,
// and the guest's memory, globals, virtual clock and random position: all that decides what the agent
// does next, and nothing about where or when it runs.
func (a *Agent) stateHash() string {
	h := sha256.New()
	b := a.account.AppendState(nil)
	for _, o := range a.orders.All() {
		o.Agent = 0 // a place among neighbours
		b = event.AppendOrder(b, &o)
	}
	b = a.admission.AppendState(b)
	b = a.timers.appendState(b)
	b = binary.AppendVarint(b, a.bank)
	b = binary.AppendUvarint(b, a.sequence)
	b = a.exit.appendState(a.health.appendState(append(b, byte(a.mode))))
	b = binary.AppendUvarint(b, a.input.dropped)
	b = binary.AppendVarint(b, a.orderTicks.at)
	b = binary.AppendUvarint(b, uint64(a.orderTicks.count))
	b = binary.AppendUvarint(b, uint64(len(a.input.pending)))
	for i := range a.input.pending {
		p := &a.input.pending[i]
		p.event.TradeID, p.event.Text = abi.StringRef{}, abi.StringRef{}
		b = abi.AppendRecord(b, &p.event)
		b = append(b, p.trade...)
		b = append(b, p.reason...)
	}
	for i := range a.input.health {
		b = abi.AppendRecord(b, &a.input.health[i])
		b = binary.AppendVarint(b, a.input.lastTime[i])
	}
	if a.swapped {
		b = append(b, 's')
	}
	h.Write(b)
	a.guest.hash(h)
	if a.standby != nil {
		a.standby.guest.hash(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}
