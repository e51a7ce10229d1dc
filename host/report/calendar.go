package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const day = int64(24 * time.Hour)

// dayClock keeps the calendar day, in UTC, of times that come in order, so that the division is made
// once a day.
type dayClock struct {
	begin, end int64 // begin ≤ t < end is today; both 0 before the first time
	number     int64 // days since 1970-01-01
	weekend    bool
}

// move goes to the day of t and reports whether it is another one.
func (c *dayClock) move(t int64) bool {
	if t >= c.begin && t < c.end {
		return false
	}
	c.number = floorDiv(t, day)
	c.begin, c.end = c.number*day, (c.number+1)*day
	weekday := floorMod(c.number+4, 7) // 1970-01-01 was a Thursday
	c.weekend = weekday == 0 || weekday == 6
	return true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// period is the span by which returns are taken and annualised.
type period uint8

const (
	periodDay period = iota
	periodWeek
	periodMonth
	periodYear
)

// periodOf tells weekly, monthly and yearly bars by the days between them, as the peer does; anything
// else counts by the day.
func periodOf(step int64) period {
	switch step / day {
	case 7:
		return periodWeek
	case 31:
		return periodMonth
	case 365:
		return periodYear
	}
	return periodDay
}

// perYear is Y of rule 13.
func (p period) perYear(weekends bool) int {
	switch {
	case p == periodWeek:
		return 52
	case p == periodMonth:
		return 12
	case p == periodYear:
		return 1
	case weekends:
		return 365
	}
	return 252
}

// number gives days of one period the same number, in ascending order. Weeks end on Sunday.
func (p period) number(dayNumber int64) int64 {
	if p == periodDay {
		return dayNumber
	}
	if p == periodWeek {
		return floorDiv(dayNumber+3, 7)
	}
	t := time.Unix(dayNumber*86400, 0).UTC()
	if p == periodYear {
		return int64(t.Year())
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

// steps keeps the distances between the last 100 times.
type steps struct {
	times [100]int64
	n     int64
	next  int // place of the time to come
}

func (s *steps) add(t int64) {
	s.times[s.next] = t
	s.n++
	if s.next++; s.next == len(s.times) {
		s.next = 0
	}
}

// median is the middle distance, the mean of the two middle ones where their number is even, 0 below
// two times.
func (s *steps) median() int64 {
	size := int64(len(s.times))
	n := min(s.n, size)
	var steps []int64
	for i := s.n - n + 1; i < s.n; i++ {
		steps = append(steps, s.times[i%size]-s.times[(i-1)%size])
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	m := len(steps) / 2
	if len(steps)%2 == 1 {
		return steps[m]
	}
	return steps[m-1] + (steps[m]-steps[m-1])/2
}

// covered counts the numbers that lie in at least one of the spans, ends included. It sorts spans.
func covered(spans [][2]int64) int64 {
	slices.SortFunc(spans, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	var n int64
	next := int64(math.MinInt64) // the first number not counted yet
	for _, s := range spans {
		from := max(s[0], next)
		if s[1] >= from {
			n += s[1] - from + 1
			next = s[1] + 1
		}
	}
	return n
}
