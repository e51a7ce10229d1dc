package config

import "time"

// Feed is a source of market data.
type Feed struct {
	Source
	// Type is the first label ("csv"), Name the second.
	Type, Name string
	// Sources are the files by instrument, in the order written. An instrument may have several.
	Sources []FeedSource
	// Interval is the length of a bar. 0 means that the feed works it out from the data.
	Interval time.Duration
	// From (inclusive) and To (exclusive) cut the data; 0 is no cut.
	From, To int64
	// Speed is how many times faster than the clock the data is played; 0 is as fast as it goes.
	Speed   int64
	Quality Quality
}

// Recorded reports whether the feed plays what is over, at whatever speed.
func (f *Feed) Recorded() bool { return feedTypes[f.Type].recorded }

// Provides reports whether the feed has data of the instrument.
func (f *Feed) Provides(instrument string) bool {
	for i := range f.Sources {
		if f.Sources[i].Instrument == instrument {
			return true
		}
	}
	return false
}

// FeedSource is the data of one instrument and how to read it. What a source block leaves out, it takes
// from its feed.
type FeedSource struct {
	Source
	Instrument string
	// Files are resolved paths, read one after the other; .gz and .zst are unpacked.
	Files []string
	// Header says that the first line names the columns.
	Header bool
	// Separator parts the fields.
	Separator rune
	// TimeFormat is "auto", "unix", "unix_ms", "unix_us", "unix_ns" or a layout of Go's package time.
	TimeFormat string
	// TimeIs says what a line's time is: the bar's "open" or its "close".
	TimeIs string
	// Timezone is that of times that carry none.
	Timezone *time.Location
	Columns  Columns
}

// Columns says where a bar's fields are.
type Columns struct {
	Source
	Time, Open, High, Low, Close, Volume Column
}

// Column is a column by header or by place. The zero Column is not declared: the feed finds it by the
// usual names, and without a header by the usual order (time, open, high, low, close, volume).
type Column struct {
	// Named says that Name counts, which may be empty: the column with an empty header.
	Named bool
	Name  string
	// Index is the place, from 1; 0 where it is named or not declared.
	Index int
}

// Declared reports whether the file says where the column is.
func (c Column) Declared() bool { return c.Named || c.Index > 0 }

// Quality says what becomes of bars that are not credible.
type Quality struct {
	Source
	// OHLC is "quarantine" or "flag": what is done with a bar whose prices contradict one another.
	OHLC string
	// Calendar is "always", "weekdays" or "gaps_expected": when a missing bar is a gap.
	Calendar string
}

// Venue is where orders go.
type Venue struct {
	Source
	// Type is the first label ("paper"), Name the second.
	Type, Name string
	// Currency is what the account is kept in.
	Currency string
	// Paper is set for venues of type "paper".
	Paper *Paper
}

// InProcess reports whether the venue is a part of this process.
func (v *Venue) InProcess() bool { return venueTypes[v.Type].inProcess }

// Paper is a venue of this process that fills orders on bars, by the rules of docs/PAPER.md.
type Paper struct {
	// Cash is what each account begins with, in money.
	Cash int64
	// Commission is a fraction of notional, FeeFixed money for each fill; both at entry and at exit.
	Commission, FeeFixed int64
	// Spread is a fraction of the price, added against the trader when a position is opened.
	Spread int64
	// Margin is the part of a position's worth that must be covered, above 0 to One; One/Margin is
	// the leverage.
	Margin int64
	// TradeOnClose fills market orders at the close of the bar they were decided on.
	TradeOnClose bool
	// ExclusiveOrders makes each new order cancel the others and close what is open first.
	ExclusiveOrders bool
	// FinalizeTrades closes what is open after the last bar.
	FinalizeTrades bool
	// SlippageVolume is the greatest part of a bar's volume that one order may take, as a fraction; 0
	// is no bound.
	SlippageVolume int64
}

// Instrument is what can be traded: its scales, steps and costs.
type Instrument struct {
	Source
	Name string
	// Kind is "share", "spot", "perpetual" or "future".
	Kind                string
	Base, Quote, Settle string
	// PriceDecimals and QuantityDecimals scale its prices and quantities.
	PriceDecimals, QuantityDecimals uint8
	// Tick is in price units, Lot in quantity units.
	Tick, Lot int64
	// QuantityMin and QuantityMax are in quantity units; QuantityMax 0 is no bound.
	QuantityMin, QuantityMax int64
	// NotionalMin is money; 0 is none.
	NotionalMin int64
	// Multiplier, FeeMaker and FeeTaker are fractions.
	Multiplier         int64
	FeeMaker, FeeTaker int64
}

type feedType struct{ recorded bool }

var feedTypes = map[string]feedType{"csv": {recorded: true}}

type venueType struct{ inProcess bool }

var venueTypes = map[string]venueType{"paper": {inProcess: true}}
