package feed

import "time"

const day = int64(24 * time.Hour)

// calendar counts the bars that should lie between two.
type calendar struct {
	kind     Calendar // never CalendarDefault
	interval int64    // 0: not known, nothing is missing
	location *time.Location
}

// newCalendar settles the default for one source.
func newCalendar(kind Calendar, interval int64, location *time.Location, weekend bool) calendar {
	if kind == CalendarDefault {
		kind = Always
		if interval == day && !weekend {
			kind = Weekdays
		}
	}
	if kind == Weekdays && interval > day {
		kind = Always
	}
	return calendar{kind: kind, interval: interval, location: location}
}

// missing counts bars between a bar and the next. Both are times as the file has them. The distance is
// rounded to whole intervals: a day with a clock change, or a short month, is one interval still.
func (c *calendar) missing(last, next int64) int64 {
	distance := next - last
	if c.kind == GapsExpected || c.interval == 0 || distance <= c.interval {
		return 0
	}
	if c.kind == Weekdays {
		distance = c.weekdayTime(next) - c.weekdayTime(last)
	}
	return max(0, (distance+c.interval/2)/c.interval-1)
}

// weekdayTime is a clock that stands still on Saturdays and Sundays.
func (c *calendar) weekdayTime(ns int64) int64 {
	if c.location != nil {
		_, offset := time.Unix(0, ns).In(c.location).Zone()
		ns += int64(offset) * 1e9
	}
	ns += 3 * day // 1970-01-01 was a Thursday; weeks begin on Monday
	weeks, in := floorDivide(ns, 7*day)
	return weeks*5*day + min(in, 5*day)
}

func floorDivide(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}
