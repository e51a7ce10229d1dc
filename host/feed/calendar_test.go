package feed

import (
	"testing"
	"time"
)

func at(tb testing.TB, text string) int64 {
	tb.Helper()
	stamp := newTimestamp("", nil)
	stamp.detect([]byte(text))
	ns, ok := stamp.parse([]byte(text))
	if !ok {
		tb.Fatalf("%q is no time", text)
	}
	return ns
}

func TestMissing(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here")
	}
	const minute, hour = int64(time.Minute), int64(time.Hour)
	for _, test := range []struct {
		claim      string
		kind       Calendar
		interval   int64
		location   *time.Location
		last, next string
		want       int64
	}{
		{"the next minute", Always, minute, nil, "2024-03-04 09:00", "2024-03-04 09:01", 0},
		{"one minute late", Always, minute, nil, "2024-03-04 09:00", "2024-03-04 09:02", 1},
		{"a few seconds late", Always, minute, nil, "2024-03-04 09:00", "2024-03-04 09:01:20", 0},
		{"an early bar", Always, minute, nil, "2024-03-04 09:00", "2024-03-04 09:00:30", 0},
		{"a weekend counts", Always, day, nil, "2024-03-01", "2024-03-04", 2},
		{"February is a month", Always, 31 * day, nil, "2023-01-31", "2023-02-28", 0},
		{"no February", Always, 31 * day, nil, "2023-01-31", "2023-03-31", 1},
		{"no interval", Always, 0, nil, "2023-01-31", "2023-03-31", 0},
		{"Friday to Monday", Weekdays, day, nil, "2024-03-01", "2024-03-04", 0},
		{"Thursday to Monday", Weekdays, day, nil, "2024-02-29", "2024-03-04", 1},
		{"Friday to Tuesday", Weekdays, day, nil, "2024-03-01", "2024-03-05", 1},
		{"two weeks", Weekdays, day, nil, "2024-03-01", "2024-03-15", 9},
		{"Friday to Saturday", Weekdays, day, nil, "2024-03-01", "2024-03-02", 0},
		{"Saturday to Monday", Weekdays, day, nil, "2024-03-02", "2024-03-04", 0},
		{"before 1970", Weekdays, day, nil, "1969-12-26", "1969-12-29", 0},
		{"before 1970, a Monday missing", Weekdays, day, nil, "1969-12-26", "1969-12-30", 1},
		{"four o'clock to four o'clock over the weekend", Weekdays, day, nil, "2024-03-01 16:00", "2024-03-04 16:00", 0},
		{"clocks go forward over the weekend", Weekdays, day, newYork, "2024-03-08 05:00", "2024-03-11 04:00", 0},
		{"hours around a place's weekend", Weekdays, hour, newYork, "2024-03-02 05:00", "2024-03-04 06:00", 0},
		{"hours of a place's Friday", Weekdays, hour, newYork, "2024-03-02 03:00", "2024-03-04 06:00", 2},
		{"a night on weekdays", Weekdays, hour, nil, "2024-03-04 20:00", "2024-03-05 08:00", 11},
		{"weeks are always", Weekdays, 7 * day, nil, "2024-03-03", "2024-03-17", 1},
		{"gaps expected", GapsExpected, minute, nil, "2024-03-04 09:00", "2025-03-04 09:00", 0},
		{"daily bars default to weekdays", CalendarDefault, day, nil, "2024-03-01", "2024-03-04", 0},
		{"minutes default to always", CalendarDefault, minute, nil, "2024-03-01 23:59", "2024-03-04 00:00", 2880},
	} {
		c := newCalendar(test.kind, test.interval, test.location, false)
		if got := c.missing(at(t, test.last), at(t, test.next)); got != test.want {
			t.Errorf("%s: %d missing, want %d", test.claim, got, test.want)
		}
	}
	if c := newCalendar(CalendarDefault, day, nil, true); c.kind != Always {
		t.Errorf("daily bars with weekends default to %v", c.kind)
	}
}

func TestCoinsByTheDayHaveWeekends(t *testing.T) {
	c := one(save(t, "a.csv", "2024-03-01,1,1,1,1,1\n2024-03-02,1,1,1,1,1\n2024-03-03,1,1,1,1,1\n2024-03-04,1,1,1,1,1\n2024-03-08,1,1,1,1,1\n2024-03-10,1,1,1,1,1\n"))
	_, r := readAll(t, c)
	if got := r.Counts()[0]; got.Gaps != 2 || got.Missing != 4 {
		t.Errorf("%d gaps of %d bars, want 2 of 4", got.Gaps, got.Missing)
	}
}
