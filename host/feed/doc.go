// Package feed is station 1: market data in. A Recorded feed reads bars from CSV files (plain, gzip or
// zstd), merges several instruments and files by time, and passes every row through a quality gate
// before anybody may use it.
//
// # Time
//
// Bars are delivered by close time, and all bars that close at one time are one event.Market, whatever
// file they come from. The time column is the bar's close time unless Config.TimeIs, or the column's own
// name (open_time), says that it is the open time; the other end lies one interval away. A daily bar
// dated 2004-08-19 therefore closes at 2004-08-19 00:00 by default: the date is taken as the time at
// which the bar is known, and no time of day is made up.
//
// Rows of a file must be in time order. Where a file holds one symbol after the other, name it once per
// instrument (Source.SymbolColumn and Source.Instrument): each source then reads its own rows.
//
// # The gate
//
// Withheld, counted and shown to the strategy as a note: a row whose time or numbers cannot be read
// (event.DefectNotANumber: also empty fields, NaN, infinity, a wrong number of fields, numbers beyond
// an int64 at the instrument's decimals); prices that are not above zero and volumes below zero
// (event.DefectNotPositive, also a price that its instrument's decimals round to zero); four prices that
// contradict one another (event.DefectContradiction, unless Quality.OHLC is Flag: then delivered with
// event.BarFlagged); a time before one that was delivered already (event.DefectTimeBack); a second bar of
// one instrument and time (event.DefectDuplicate: the first stays, whether they are equal or not).
// Delivered with event.BarAfterGap and a note: the first bar after missing ones (event.DefectGap), as
// Calendar counts them. A withheld bar is not also counted as missing.
//
// A note goes with the first market at or after the time of what it tells. Rows without a believable
// time (unreadable, back in time, duplicate, or withheld with a time a thousand intervals away or after
// that of the next row) are told with the next market.
//
// Time is judged against what was delivered. A good bar dated too late would make those after it late;
// if it lies a thousand intervals ahead and the next row takes the leap back, it is the one withheld
// (event.DefectTimeBack). A smaller leap is believed: where that defect counts many, look at the row
// before its first example.
package feed
