package report

import (
	"testing"
	"time"
)

func at(t *testing.T, s string) int64 {
	t.Helper()
	v, err := time.Parse(time.DateTime, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixNano()
}

func TestDays(t *testing.T) {
	for name, c := range map[string]struct {
		time    string
		number  int64
		weekend bool
	}{
		"the epoch is a Thursday":                {"1970-01-01 00:00:00", 0, false},
		"the last moment of a day belongs to it": {"1970-01-02 23:59:59", 1, false},
		"Saturday is a weekend":                  {"1970-01-03 12:00:00", 2, true},
		"Sunday is a weekend":                    {"1970-01-04 00:00:00", 3, true},
		"Monday is none":                         {"1970-01-05 00:00:00", 4, false},
		"days before the epoch count down":       {"1969-12-31 23:00:00", -1, false},
		"a Sunday before the epoch":              {"1969-12-28 01:00:00", -4, true},
	} {
		t.Run(name, func(t *testing.T) {
			var d dayClock
			if !d.move(at(t, c.time)) {
				t.Error("the first time is no new day")
			}
			if d.number != c.number || d.weekend != c.weekend {
				t.Errorf("got day %d, weekend %v; want %d, %v", d.number, d.weekend, c.number, c.weekend)
			}
			if d.move(at(t, c.time)) {
				t.Error("the same time is a new day")
			}
		})
	}
}

func TestPeriods(t *testing.T) {
	number := func(p period, s string) int64 { return p.number(floorDiv(at(t, s+" 00:00:00"), day)) }
	for name, ok := range map[string]bool{
		"a week runs from Monday to Sunday":      number(periodWeek, "2024-01-01") == number(periodWeek, "2024-01-07"),
		"the next Monday is another week":        number(periodWeek, "2024-01-07")+1 == number(periodWeek, "2024-01-08"),
		"December and January differ by one":     number(periodMonth, "2023-12-31")+1 == number(periodMonth, "2024-01-01"),
		"a year is a year":                       number(periodYear, "2023-01-01") == number(periodYear, "2023-12-31"),
		"seven days apart are weekly bars":       periodOf(7*day) == periodWeek,
		"28 to 31 days are monthly by their 31":  periodOf(31*day) == periodMonth,
		"an hour counts by the day":              periodOf(int64(time.Hour)) == periodDay,
		"weekends make 365 days":                 periodDay.perYear(true) == 365 && periodDay.perYear(false) == 252,
		"weeks and months have their own number": periodWeek.perYear(true) == 52 && periodMonth.perYear(true) == 12 && periodYear.perYear(false) == 1,
	} {
		if !ok {
			t.Errorf("not so: %s", name)
		}
	}
}

// Daily bars of Monday to Friday, under both ways of naming them, must not look like a market that is
// open at weekends.
func TestWeekendsAreToldByBothEndsOfABar(t *testing.T) {
	for name, c := range map[string]struct {
		shift int64 // from the date to the close
		every bool  // bars on weekends too
		want  int
	}{
		"the date is the close":           {0, false, 252},
		"the date is the open":            {day, false, 252},
		"with bars on weekends":           {0, true, 365},
		"with bars on weekends, the open": {day, true, 365},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRecorder(RecorderConfig{Instruments: oneShare()})
			var clock dayClock
			for date := at(t, "2024-01-01 00:00:00"); date < at(t, "2024-06-01 00:00:00"); date += day {
				if clock.move(date); clock.weekend && !c.every {
					continue
				}
				close := date + c.shift
				b := bar(close)
				r.Bar(&b)
				r.Tick(close, 1, 1, true)
			}
			if got := r.Summary(End{}).Statistics.PeriodsPerYear; got != c.want {
				t.Errorf("got %d periods a year, want %d", got, c.want)
			}
		})
	}
}

func TestStepsAreTheMedianOfTheLastHundredTimes(t *testing.T) {
	var s steps
	if s.median() != 0 {
		t.Error("no time: want 0")
	}
	for i := range int64(50) {
		s.add(i * 1000)
	}
	last := s.times[49]
	for i := range int64(100) {
		s.add(last + i*7)
	}
	if got := s.median(); got != 7 {
		t.Errorf("got %d, want 7: what is older than 100 times is forgotten", got)
	}
	s = steps{}
	for _, v := range []int64{0, 10, 30} {
		s.add(v)
	}
	if got := s.median(); got != 15 {
		t.Errorf("got %d, want 15, the mean of the two middle steps", got)
	}
}

func TestCoveredCountsEachRowOnce(t *testing.T) {
	for name, c := range map[string]struct {
		spans [][2]int64
		want  int64
	}{
		"nothing":              {nil, 0},
		"one row":              {[][2]int64{{3, 3}}, 1},
		"apart":                {[][2]int64{{5, 6}, {0, 1}}, 4},
		"overlapping":          {[][2]int64{{0, 5}, {3, 8}}, 9},
		"one within the other": {[][2]int64{{0, 9}, {2, 3}, {4, 4}}, 10},
		"touching":             {[][2]int64{{0, 2}, {2, 4}}, 5},
	} {
		if got := covered(c.spans); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}
