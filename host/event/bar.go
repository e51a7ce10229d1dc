package event

// Bar is one interval of an instrument: prices in price units, volume in quantity units.
type Bar struct {
	// Instrument is an index into the instrument list of whoever holds the bar: the host's from the
	// feed to the inbox, the agent's own from there.
	Instrument             uint32
	Flags                  BarFlags
	Interval               int64 // nanoseconds; 0 where the feed does not know
	OpenTime, CloseTime    int64
	Open, High, Low, Close int64
	Volume                 int64
}

// Coherent reports whether high and low bound open and close, and every price is above zero.
func (b *Bar) Coherent() bool {
	return b.Low > 0 && b.High >= b.Open && b.High >= b.Close && b.Low <= b.Open && b.Low <= b.Close && b.High >= b.Low
}

// Defect is what is wrong with a withheld or flagged bar.
type Defect uint8

const (
	DefectNone Defect = iota
	// DefectNotANumber: a field is NaN, infinite, empty or not a number.
	DefectNotANumber
	// DefectNotPositive: a price is zero or below, or the volume is below zero.
	DefectNotPositive
	// DefectContradiction: high is not the highest or low not the lowest of the four prices.
	DefectContradiction
	// DefectTimeBack: the bar closes before one that was already delivered.
	DefectTimeBack
	// DefectDuplicate: a bar of this instrument and time was already delivered.
	DefectDuplicate
	// DefectGap: bars are missing before this one; it is delivered.
	DefectGap
)

// String names the defect as summaries and journals do.
func (d Defect) String() string {
	names := [...]string{"none", "not_a_number", "not_positive", "contradiction", "time_back", "duplicate", "gap"}
	if int(d) < len(names) {
		return names[d]
	}
	return "defect_unknown"
}

// FeedNote tells what a feed's gate did about one instrument since the last event.
type FeedNote struct {
	Instrument uint32
	Flags      FeedFlags
	// Withheld counts bars kept back since the last event; Missing counts bars that a gap lacks, 0
	// where the calendar cannot tell.
	Withheld, Missing uint32
	// Defect is the last one found.
	Defect Defect
	// LastTime is the close time of the last good bar, 0 before the first.
	LastTime int64
}

// Market is all that closes at one time on one feed: one event, one tick.
type Market struct {
	// Time is the close time shared by the bars; Received equals it in recorded runs.
	Time, Received int64
	Bars           []Bar
	Notes          []FeedNote
	// Cursor is the ordinal of this group in its feed, from 1.
	Cursor uint64
}
