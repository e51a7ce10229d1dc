package feed

import "github.com/agenthost/agenthost/host/event"

// Defects is how many values event.Defect has here: an array indexed by it has this length.
const Defects = int(event.DefectGap) + 1

// Count is what the gate did with one instrument, for the summary.
type Count struct {
	// Instrument is the name; empty for rows that could not be given to an instrument (a symbol that
	// is none of the feed's, or a row too broken to hold one).
	Instrument string
	// Delivered counts bars handed out; Ignored, rows of symbols that nobody asked for.
	Delivered, Ignored uint64
	// Found tells of each defect, indexed by event.Defect.
	Found [Defects]Finding
	// Gaps counts bars delivered after missing ones; Missing, the bars that the calendar misses there.
	Gaps, Missing uint64
	// Rounded counts delivered bars with a price finer than the instrument's PriceDecimals, rounded
	// half to even; VolumeRounded, those with a volume finer than its QuantityDecimals.
	Rounded, VolumeRounded uint64
	// First and Last are the close times of the first and last bar delivered; 0 where Delivered is 0.
	First, Last int64
}

// Finding counts one defect and names its first example.
type Finding struct {
	// Withheld counts bars kept back, Flagged those delivered with a flag.
	Withheld, Flagged uint64
	// Path and Line (from 1) are where it was found first; empty and 0 where it was not.
	Path string
	Line int64
}

// Withheld sums the bars kept back for any reason.
func (c *Count) Withheld() uint64 {
	var n uint64
	for i := range c.Found {
		n += c.Found[i].Withheld
	}
	return n
}

// Flagged sums the bars delivered with a flag, gaps included.
func (c *Count) Flagged() uint64 {
	var n uint64
	for i := range c.Found {
		n += c.Found[i].Flagged
	}
	return n
}
