package report

import (
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
	// strategy's indicators. 0 where nobody knows: then it is the row in which the last of the
	// strategy's price series got its first value, and the first row where it has none.
	FirstTradingBar int64
	// DayByOpen puts a row into the calendar day in which its first bar opened. It is meant for feeds
	// whose time column names the open; otherwise the day is that of the event's time, so that either
	// way it is the day that the data names.
	DayByOpen bool
}

// Counts are how often things happened. The engine adds to them as they do.
type Counts struct {
	Orders, Rejected, Expired int64
	// DeadLetters counts what was set aside for a person.
	DeadLetters int64
}

// Recorder listens to one agent. Its methods are called by the agent's own goroutine, one at a time,
// in the order of events; nothing but growth (a trade, a day, a fuel value of a size not seen before)
// allocates.
//
// One market event is a row. Its order of calls: the fills that the event's bars caused, Note and Bar
// for what it brought, Series for what the strategy said about it, and Tick, which ends the row.
type Recorder struct {
	config RecorderConfig
	tally  bool // only counts
	// Count is added to by the engine.
	Count Counts

	rows, ticks, fills int64
	at                 int64 // event time of the last row
	opened             int64 // when the coming row's first bar opened
	barred             bool  // the coming row has a bar
	quarantined        int64
	fees               int64
	feesOther          map[string]int64 // in currencies that are neither the settle nor the base one
	traps              map[event.Verdict]int64
	denials            map[event.DenyCode]int64
	seriesUnknown      int64

	fuel    fuelHistogram
	books   []lots
	trades  []Trade
	curve   *curve // nil for a tally, as thousands of live agents have
	held    []holding
	picture picture
}

// holding is what buying and holding an instrument would have met, and which rows its last two bars
// were in.
type holding struct {
	first, last  int64 // closes
	bar, barBack barAt
}

// barAt is a bar's close time and row. Row 0 of time 0 is no bar.
type barAt struct{ time, row int64 }

// NewRecorder returns a recorder that has seen nothing. It keeps c's slices.
func NewRecorder(c RecorderConfig) *Recorder {
	if c.Currency == "" && len(c.Instruments) > 0 {
		c.Currency = c.Instruments[0].Settle
	}
	return &Recorder{
		config:    c,
		feesOther: map[string]int64{},
		traps:     map[event.Verdict]int64{},
		denials:   map[event.DenyCode]int64{},
		books:     make([]lots, len(c.Instruments)),
		held:      make([]holding, len(c.Instruments)),
		curve:     &curve{},
		picture:   newPicture(len(c.Instruments), len(c.SeriesNames)),
	}
}

// Rows returns how many market events were recorded.
func (r *Recorder) Rows() int64 { return r.rows }

// Ticks returns how many times the strategy was called.
func (r *Recorder) Ticks() int64 { return r.ticks }

// Trades returns the trades closed so far, in the order of their exits. The caller does not change them.
func (r *Recorder) Trades() []Trade { return r.trades }

// Bar records a bar of the row that the next Tick ends.
func (r *Recorder) Bar(b *event.Bar) {
	if r.tally {
		return
	}
	if !r.barred {
		r.barred, r.opened = true, b.OpenTime
	}
	h := &r.held[b.Instrument]
	h.last = b.Close
	h.barBack, h.bar = h.bar, barAt{b.CloseTime, r.rows}
	if h.first == 0 && r.rows >= r.config.FirstTradingBar {
		h.first = b.Close
	}
	r.picture.bar(b)
}

// Note records what the feed's gate found since the last event.
func (r *Recorder) Note(n *event.FeedNote) { r.quarantined += int64(n.Withheld) }

// Tick ends a row. at is the event's time; equity is the agent's, in money, after the fills and at the
// closes of this row and before the strategy's orders; fuel is what the tick used. ticked is false
// where the strategy was not called, because its mode forbade it, say.
func (r *Recorder) Tick(at, equity, fuel int64, ticked bool) {
	if r.tally {
		r.rows++
		if ticked {
			r.ticks++
		}
		return
	}
	opened, label := at, at
	if r.barred {
		opened = r.opened
	}
	if r.config.DayByOpen {
		label, opened = opened, at
	}
	r.curve.add(label, opened, equity)
	p := r.picture.row(label, equity, max(r.curve.peak, equity))
	if ticked {
		r.ticks++
		r.fuel.add(fuel)
		p.fuelMax, p.fuelSum, p.ticks = max(p.fuelMax, fuel), p.fuelSum+fuel, p.ticks+1
	}
	r.at, r.barred = at, false
	r.rows++
}

// End sets the equity of the last row to what it is after the end of the data: what a venue closes then
// (rule 10 of the bar rules) counts in the last row, as the peer has it.
func (r *Recorder) End(equity int64) {
	if r.tally || !r.curve.hasOpen || r.curve.open.equity == equity {
		return
	}
	r.curve.open.equity = equity
	r.picture.end(equity)
}

// TickBeside records a tick that no market event caused: a start, a timer, an order event, a stop. It
// makes no row.
func (r *Recorder) TickBeside(fuel int64) {
	r.ticks++
	if !r.tally {
		r.fuel.add(fuel)
	}
}

// Outcome records an outcome: Fill for a fill or a liquidation, Cash for money that moved without a
// trade, and a count for a rejection or expiry. Anything else it leaves alone: orders, denials and dead
// letters are counted where they are made.
func (r *Recorder) Outcome(o *event.Outcome) {
	switch o.Kind {
	case event.EventFill, event.EventLiquidation:
		r.Fill(&o.Fill, o.Instrument, o.Time)
	case event.EventFee, event.EventFunding, event.EventTransfer:
		r.Cash(o.Kind, o.Amount)
	case event.EventRejected:
		r.Count.Rejected++
	case event.EventExpired:
		r.Count.Expired++
	}
}

// Fill records an execution. It belongs to the row whose bar closed at the fill's time, if that is one
// of the instrument's last two (a fill at a close already seen; finalising); a later one belongs to the
// row that follows. at is the outcome's own time, and stands in for a fill's time of 0.
func (r *Recorder) Fill(f *event.Fill, instrument uint32, at int64) {
	if r.tally {
		r.fills++
		return
	}
	i := &r.config.Instruments[instrument]
	fee := r.fee(f, i)
	r.fills++
	r.fees += fee
	r.trades = r.books[instrument].apply(fill{Fill: f, left: f.Quantity, fees: fee, bar: r.rowOf(f, instrument, at)}, instrument, i, r.trades)
}

func (r *Recorder) rowOf(f *event.Fill, instrument uint32, at int64) int64 {
	if f.Time != 0 {
		at = f.Time
	}
	h := &r.held[instrument]
	switch {
	case at > r.at || r.rows == 0:
		return r.rows
	case at == h.barBack.time:
		return h.barBack.row
	case at == h.bar.time:
		return h.bar.row
	}
	return r.rows - 1
}

// fee is the fill's fee in settle currency: as it is, or turned at the fill's own price where it was
// taken in the base currency. Any other is only added up by currency, for there is no rate to turn it.
func (r *Recorder) fee(f *event.Fill, i *event.Instrument) int64 {
	switch f.FeeCurrency {
	case "", i.Settle:
		return f.Fee
	case i.Base:
		if v, ok := event.MulDiv(f.Fee, f.Price, event.Pow10(int(i.PriceDecimals)), event.HalfEven); ok {
			return v
		}
	}
	r.feesOther[f.FeeCurrency] += f.Fee
	return 0
}

// Cash records money that moved without a trade: event.EventFee counts as a fee (it is signed as the
// account sees it, so below zero is paid). Funding and transfers show in equity alone.
func (r *Recorder) Cash(kind event.EventKind, amount int64) {
	if kind == event.EventFee {
		r.fees -= amount
	}
}

// Series records that the strategy gave one of its series a value at time at, scaled by its unit. The
// instrument may be NoInstrument. A series that was not declared is counted, and the summary warns.
func (r *Recorder) Series(index, instrument uint32, at, value int64) {
	if r.tally {
		return
	}
	if int64(index) >= int64(len(r.config.SeriesNames)) {
		r.seriesUnknown++
		return
	}
	if at > r.at || r.rows == 0 {
		r.picture.begin()
	}
	first := r.picture.set(index, instrument, value)
	if first && r.config.FirstTradingBar == 0 && r.unit(index) == unitPrice {
		r.warmed(instrument)
	}
}

// warmed begins buy and hold anew, at the last close, for the instrument of a series that just got its
// first value; for all of them if it has none.
func (r *Recorder) warmed(instrument uint32) {
	for i := range r.held {
		if uint32(i) == instrument || instrument == NoInstrument {
			r.held[i].first = r.held[i].last
		}
	}
}

// The units of series that have a meaning here; see abi.SeriesUnit.
const (
	unitPrice    = "price"
	unitQuantity = "quantity"
	unitNumber   = "number"
)

func (r *Recorder) unit(series uint32) string {
	if int(series) < len(r.config.SeriesUnits) {
		return r.config.SeriesUnits[series]
	}
	return unitNumber
}

// Denied counts an intent that admission refused.
func (r *Recorder) Denied(code event.DenyCode) { r.denials[code]++ }

// Trapped counts a tick that failed.
func (r *Recorder) Trapped(v event.Verdict) { r.traps[v]++ }
