package report

import "math"

// dayEnd is the last equity of a calendar day.
type dayEnd struct{ number, equity int64 }

// curve folds equity, row by row, into what the statistics ask of it.
type curve struct {
	rows                    int64
	first, last, peak       int64
	start, end              int64 // times of the first and last row
	peakRow, peakTime, past int64 // past is the lowest equity since the peak
	today, openDay          dayClock
	days                    []dayEnd
	weekends, openWeekends  int64
	steps                   steps
	drawdowns               drawdowns
	// open is the last row, held back because the end of a run may still change its equity.
	open    openRow
	hasOpen bool
}

// openRow is a row that is not folded in yet.
type openRow struct{ at, opened, equity int64 }

// drawdowns sums the stretches between two peaks.
type drawdowns struct {
	n                int64
	deepest, depths  float64 // fractions of the peak
	longest, lengths int64   // nanoseconds
}

// add takes the equity of one row. at is the row's time, opened when its bars opened.
func (c *curve) add(at, opened, equity int64) {
	c.settle()
	c.open, c.hasOpen = openRow{at, opened, equity}, true
}

// settle folds the last row in.
func (c *curve) settle() {
	if c.hasOpen {
		c.hasOpen = false
		c.fold(c.open.at, c.open.opened, c.open.equity)
	}
}

func (c *curve) fold(at, opened, equity int64) {
	if c.rows == 0 {
		c.first, c.start, c.peak, c.past, c.peakTime = equity, at, equity, equity, at
	}
	c.note(at, equity)
	if equity < c.past {
		c.past = equity
	}
	if equity >= c.peak {
		c.drawdowns.end(c, at, c.rows)
		c.peak, c.past, c.peakRow, c.peakTime = equity, equity, c.rows, at
	}
	c.openDay.move(opened)
	if c.openDay.weekend {
		c.openWeekends++
	}
	if c.today.weekend {
		c.weekends++
	}
	c.steps.add(at)
	c.last, c.end = equity, at
	c.rows++
}

func (c *curve) note(at, equity int64) {
	if c.today.move(at) {
		c.days = append(c.days, dayEnd{number: c.today.number})
	}
	c.days[len(c.days)-1].equity = equity
}

// end takes the stretch since the last peak, if there is a row between the two.
func (d *drawdowns) end(c *curve, at, row int64) {
	depth := depth(c.past, c.peak)
	d.deepest = max(d.deepest, depth)
	if row-c.peakRow <= 1 {
		return
	}
	d.n++
	d.depths += depth
	d.longest = max(d.longest, at-c.peakTime)
	d.lengths += at - c.peakTime
}

// depth is how far equity lies below a peak, as a fraction of it.
func depth(equity, peak int64) float64 {
	if equity >= peak || peak <= 0 {
		return 0
	}
	return 1 - float64(equity)/float64(peak)
}

// finished returns the drawdowns with the one that is still going on, without changing c.
func (c *curve) finished() drawdowns {
	d := c.drawdowns
	if c.rows > 0 {
		d.end(c, c.end, c.rows-1)
	}
	return d
}

// tradesWeekends reports whether so many rows lie on weekends that the market must be open then. Daily
// bars of Monday to Friday close from Tuesday to Saturday, or open from Sunday on, by the feed's way of
// naming them; so both ends must say so.
func (c *curve) tradesWeekends() bool {
	least := 2.0 / 7 * .6 * float64(c.rows)
	return float64(c.weekends) > least && float64(c.openWeekends) > least
}

// returns are the changes of the last equity from one period to the next, as fractions.
func (c *curve) returns(p period) []float64 {
	var ends []dayEnd
	for _, d := range c.days {
		d.number = p.number(d.number)
		if n := len(ends); n > 0 && ends[n-1].number == d.number {
			ends[n-1].equity = d.equity
			continue
		}
		ends = append(ends, d)
	}
	var changes []float64
	for i := 1; i < len(ends); i++ {
		if before := float64(ends[i-1].equity); before != 0 {
			changes = append(changes, (float64(ends[i].equity)-before)/before)
		}
	}
	return changes
}

// growth is the yearly rate that leads from the first equity to the last, as a fraction; undefined
// where no time passed.
func (c *curve) growth() float64 {
	const year = 365.25 * float64(day)
	if c.rows == 0 || c.end == c.start {
		return undefined
	}
	return math.Pow(1+change(c.first, c.last), year/float64(c.end-c.start)) - 1
}

// change is the relative change from a to b, undefined where a is zero.
func change(a, b int64) float64 { return ratio(float64(b)-float64(a), float64(a)) }
