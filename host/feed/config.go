package feed

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Config is a recorded feed. The zero value of every field but Sources and Instruments is usable.
type Config struct {
	// Name is the feed's name in the configuration; errors begin with it.
	Name    string
	Sources []Source
	// Instruments gives names their indexes: event.Bar.Instrument is an index into it.
	Instruments []event.Instrument
	// Interval is the length of a bar. Zero: the most common distance between the bars of one
	// instrument in the first rows of each source, the shortest of equals; sources that differ are an
	// error. Where there are too few rows to tell, bars carry 0 and gaps are not looked for.
	Interval time.Duration
	TimeIs   TimeIs
	// From and To bound close times, in nanoseconds: From ≤ close < To. Zero is no bound. Rows outside
	// are not judged and not counted.
	From, To int64
	Quality  Quality
	// Repeat is for benchmarks: everything is read so many times, each time shifted to follow the last
	// (by whole weeks where the calendar has weekdays). Zero means once.
	Repeat int
}

// Source is one file of bars of one instrument, or of several where a column names the symbol.
type Source struct {
	// Path names a regular file: plain text, gzip or zstd, told apart by content.
	Path string
	// Instrument is an event.Instrument's name. It may be empty where SymbolColumn is given: then each
	// row's symbol is the name, and rows of symbols that are no instrument of the feed are ignored and
	// counted. With both, only the rows whose symbol is Symbol are read.
	Instrument string
	// SymbolColumn is a header name or a 1-based number as text; empty where the file is of one
	// instrument.
	SymbolColumn string
	// Symbol is what the symbol column calls Instrument; empty means by the same name.
	Symbol  string
	Columns Columns
	// Header says whether the first row names the columns. Nil: it does if it holds neither a number
	// nor a time.
	Header *bool
	// TimeFormat is "unix", "unix_ms", "unix_us", "unix_ns", or a layout of Go's package time. Empty:
	// found in the first rows, once per file: 2006-01-02 (also with / or . between), the same followed
	// by a space or T, a time of day (15:04, 15:04:05, up to nine decimals) and, if it is there, Z or
	// an offset; 20060102; or seconds, ms, µs or ns since 1970 by their magnitude.
	TimeFormat string
	// Location is where times without an offset are meant. Nil means UTC. Where clocks go back, times
	// of the doubled hour are taken once, so bars of the second hour are duplicates: prefer UTC.
	Location *time.Location
	// TimeIs is this source's own; TimeIsDefault leaves it to Config.TimeIs.
	TimeIs TimeIs
	// Separator between fields. Zero: comma, semicolon or tab, whichever the first row has most of.
	Separator rune
}

// Columns says where the fields of a bar are: a header name (case does not matter) or a 1-based number
// as text. Empty: found in the header by its usual names; without a header, the columns are taken to be
// time, open, high, low, close and volume in this order if none is declared. "-" as Volume means that
// there is none; a file without a volume column gives bars of volume 0.
type Columns struct {
	Time, Open, High, Low, Close, Volume string
}

// Quality sets the gate.
type Quality struct {
	OHLC     OHLC
	Calendar Calendar
}
