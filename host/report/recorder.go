package report

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// NoInstrument stands for "none" where a series names an instrument.
const NoInstrument = ^uint32(0)

// RecorderConfig is what a Recorder must know before the first event.
type RecorderConfig struct {
	// Agent is the agent's name.
	Agent string
	// Instruments is the agent's own list, in its order; bars, fills and series refer to it by index.
	Instruments []event.Instrument
	// Capital is the money the agent begins with.
	Capital int64
	// Currency is what Capital and equity are in. Empty: the settle currency of the first instrument.
	Currency string
	// FuelLimit is the fuel of one tick, 0 for none.
	FuelLimit int64
	// SeriesNames and SeriesUnits are the strategy's own series, in the order of its description.
	// A unit is price, quantity, money, fraction or number; a missing one is number.
	SeriesNames, SeriesUnits []string
	// FirstTradingBar is the row from which buy and hold is reckoned: the longest warm-up among the
	// strategy's indicators, 0 where nobody knows.
	FirstTradingBar int
	// DayByClose puts a row into the calendar day of its event time. Otherwise the open time of its
	// first bar counts, which is right for a feed whose time column names the open or the day.
	DayByClose bool
}

// Counts are how often things happened. The engine adds to them as they do.
type Counts struct {
	Orders, Rejected, Expired, Cancelled int64
	// DeadLetters counts what was set aside for a person.
	DeadLetters int64
	// Alerts and Logs count what the strategy said.
	Alerts, Logs int64
}

// Recorder listens to one agent. Its methods are called by the agent's own goroutine, one at a time,
// in the order of events; nothing but growth (a trade, a day, a fuel value not seen before) allocates.
//
// One market event is a row. Its order of calls: the fills that the event's bars caused, Note and Bar
// for what it brought, Series for what the strategy said about it, and Tick, which ends the row.
type Recorder struct {
	config RecorderConfig
	// Count is added to by the engine.
	Count Counts

	rows, ticks           int64
	quarantined, gaps     int64
	fills, fees, feesLost int64
	cash                  int64
	traps                 map[event.Verdict]int64
	denials               map[event.DenyCode]int64

	fuel    fuelHistogram
	books   []lots
	trades  []Trade
	curve   curve
	held    []holding
	picture picture
}

// NewRecorder returns a recorder that has seen nothing. It keeps c's slices.
func NewRecorder(c RecorderConfig) *Recorder {
	if c.Currency == "" && len(c.Instruments) > 0 {
		c.Currency = c.Instruments[0].Settle
	}
	return &Recorder{
		config:  c,
		traps:   map[event.Verdict]int64{},
		denials: map[event.DenyCode]int64{},
		books:   make([]lots, len(c.Instruments)),
		held:    make([]holding, len(c.Instruments)),
		picture: newPicture(len(c.Instruments)),
	}
}

// Rows returns how many market events were recorded.
func (r *Recorder) Rows() int64 { return r.rows }

// Ticks returns how many times the strategy was called.
func (r *Recorder) Ticks() int64 { return r.ticks }

// Bar records a bar of the row that the next Tick ends.
func (r *Recorder) Bar(b *event.Bar) {}

// Note records what the feed's gate found since the last event.
func (r *Recorder) Note(n *event.FeedNote) {}

// Tick ends a row. at is the event's time; equity is the agent's, in money, after the fills and at the
// closes of this row and before the strategy's orders; fuel is what the tick used. ticked is false
// where the strategy was not called: a mode or the quarantine forbade it.
func (r *Recorder) Tick(at, equity, fuel int64, ticked bool) {}

// TickBeside records a tick that no market event caused: a timer, an order event, a stop. It makes no
// row.
func (r *Recorder) TickBeside(fuel int64) {}

// Fill records an execution. at is the outcome's own time (event.Outcome.Time): a fill that comes later
// than the last row belongs to the row that follows, any other to the last one, as a fill at a close
// already seen does, and a finalising one.
func (r *Recorder) Fill(f *event.Fill, instrument uint32, at int64) {}

// Cash records money that moved without a trade: a fee, funding or a transfer, signed as the account
// sees it.
func (r *Recorder) Cash(kind event.EventKind, amount int64) {}

// Series records that the strategy gave one of its series a value at time at, scaled by its unit. The
// instrument may be NoInstrument.
func (r *Recorder) Series(index, instrument uint32, at, value int64) {}

// Denied counts an intent that admission refused.
func (r *Recorder) Denied(code event.DenyCode) { r.denials[code]++ }

// Trapped counts a tick that failed.
func (r *Recorder) Trapped(v event.Verdict) { r.traps[v]++ }

// End is what only the engine knows when a run is over.
type End struct {
	// ModuleSHA256 and StateHash are hex.
	ModuleSHA256, StateHash string
	// Mode is the agent's mode at the end.
	Mode string
	// Elapsed is wall time.
	Elapsed time.Duration
	// Error says why the agent stopped before its time; empty if it did not.
	Error string
	// Feeds is the quality of what the agent was fed.
	Feeds []FeedQuality
}

// Summary reckons the statistics of what was recorded so far. It does not change the recorder.
func (r *Recorder) Summary(end End) AgentSummary { return AgentSummary{} }
