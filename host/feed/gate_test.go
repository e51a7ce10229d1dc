package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

func TestBadBarsAreWithheldCountedAndTold(t *testing.T) {
	c := one("testdata/bad.csv")
	markets, r := readAll(t, c)
	expect(t, show(c, markets), `
2024-01-01T00:01:00 X 100 101 99 100.5 10
2024-01-01T00:04:00 X 100 101 99 100.2 10 (X quarantined withheld 2 missing 0 not_a_number last 2024-01-01T00:04:00)
2024-01-01T00:07:00 X 100 101 99 100.4 10 (X quarantined withheld 5 missing 0 not_positive last 2024-01-01T00:07:00)
2024-01-01T00:11:00 X 100 101 99 100.6 10 after_gap (X gap withheld 0 missing 3 gap last 2024-01-01T00:11:00)
2024-01-01T00:15:00 X 100 101.12 99 100.7 10 after_gap (X quarantined gap withheld 4 missing 1 gap last 2024-01-01T00:15:00)
`)
	expect(t, showNotes(c, r.Pending(nil)), " (X quarantined withheld 1 missing 0 not_positive last 2024-01-01T00:15:00)")

	counts := r.Counts()
	if len(counts) != 1 {
		t.Fatalf("%d counts", len(counts))
	}
	got := counts[0]
	want := [Defects]Finding{
		event.DefectNotANumber:    {Withheld: 5, Line: 4},
		event.DefectNotPositive:   {Withheld: 3, Line: 9},
		event.DefectContradiction: {Withheld: 1, Line: 3},
		event.DefectTimeBack:      {Withheld: 1, Line: 6},
		event.DefectDuplicate:     {Withheld: 2, Line: 7},
		event.DefectGap:           {Flagged: 2, Line: 12},
	}
	for d := range want {
		if want[d].Line > 0 {
			want[d].Path = "testdata/bad.csv"
		}
		if got.Found[d] != want[d] {
			t.Errorf("%v: got %+v, want %+v", event.Defect(d), got.Found[d], want[d])
		}
	}
	if got.Delivered != 5 || got.Withheld() != 12 || got.Flagged() != 2 || got.Gaps != 2 || got.Missing != 4 || got.Rounded != 1 || got.VolumeRounded != 1 {
		t.Errorf("got %+v", got)
	}
	if got.First != markets[0].Time || got.Last != markets[4].Time {
		t.Errorf("first %d, last %d", got.First, got.Last)
	}
}

func TestContradictionPassesFlagged(t *testing.T) {
	c := one("testdata/bad.csv")
	c.Quality.OHLC = Flag
	markets, r := readAll(t, c)
	expect(t, show(c, markets[1:2]), "2024-01-01T00:02:00 X 100.5 99 101 100 10 flagged (X flagged withheld 0 missing 0 contradiction last 2024-01-01T00:02:00)\n")
	if got := r.Counts()[0].Found[event.DefectContradiction]; got.Flagged != 1 || got.Withheld != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestGate(t *testing.T) {
	const rows = "2024-01-01 00:00,1,1,1,1,1\n2024-01-01 00:01,1,1,1,1,1\n"
	for _, test := range []struct {
		claim, text, want string
		set               func(*Config)
	}{
		{
			claim: "a withheld bar is not missing as well",
			text:  rows + "2024-01-01 00:02,x,1,1,1,1\n2024-01-01 00:03,1,1,1,1,1\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-01-01T00:03:00 X 1 1 1 1 1 (X quarantined withheld 1 missing 0 not_a_number last 2024-01-01T00:03:00)
`,
		},
		{
			claim: "a good bar at the time of a withheld one is delivered, and told in the same market",
			text:  rows + "2024-01-01 00:02,x,1,1,1,1\n2024-01-01 00:02,2,2,2,2,2\n2024-01-01 00:04,1,1,1,1,1\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-01-01T00:02:00 X 2 2 2 2 2 (X quarantined withheld 1 missing 0 not_a_number last 2024-01-01T00:02:00)
2024-01-01T00:04:00 X 1 1 1 1 1 after_gap (X gap withheld 0 missing 1 gap last 2024-01-01T00:04:00)
`,
		},
		{
			claim: "a withheld bar's wild time makes nothing after it late",
			text:  rows + "2099-01-01 00:02,x,1,1,1,1\n2024-01-01 00:03,2,2,2,2,2\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-01-01T00:03:00 X 2 2 2 2 2 after_gap (X quarantined gap withheld 1 missing 1 gap last 2024-01-01T00:03:00)
`,
		},
		{
			claim: "a good bar's wild time makes nothing after it late",
			text:  rows + "2099-01-01 00:02,3,3,3,3,3\n2024-01-01 00:03,2,2,2,2,2\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-01-01T00:03:00 X 2 2 2 2 2 after_gap (X quarantined gap withheld 1 missing 1 gap last 2024-01-01T00:03:00)
`,
		},
		{
			claim: "a long gap is a gap",
			text:  rows + "2024-02-01 00:02,3,3,3,3,3\n2024-02-01 00:03,2,2,2,2,2\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-02-01T00:02:00 X 3 3 3 3 3 after_gap (X gap withheld 0 missing 44640 gap last 2024-02-01T00:02:00)
2024-02-01T00:03:00 X 2 2 2 2 2
`,
		},
		{
			claim: "a price that rounds to zero is not positive",
			text:  rows + "2024-01-01 00:02,0.004,0.01,0.001,0.01,1\n",
			want:  "2024-01-01 X 1 1 1 1 1\n2024-01-01T00:01:00 X 1 1 1 1 1\n",
		},
		{
			claim: "a number beyond an int64 is not a number",
			text:  rows + "2024-01-01 00:02,1,1e300,1,1,1\n2024-01-01 00:02,1,99999999999999999999,1,1,1\n",
			want:  "2024-01-01 X 1 1 1 1 1\n2024-01-01T00:01:00 X 1 1 1 1 1\n",
		},
		{
			claim: "gaps_expected sees none",
			text:  rows + "2024-01-01 00:09,1,1,1,1,1\n",
			set:   func(c *Config) { c.Quality.Calendar = GapsExpected },
			want:  "2024-01-01 X 1 1 1 1 1\n2024-01-01T00:01:00 X 1 1 1 1 1\n2024-01-01T00:09:00 X 1 1 1 1 1\n",
		},
		{
			claim: "weekdays: from Friday midnight to Monday nothing is missing",
			text:  "2024-01-05 23:59,1,1,1,1,1\n2024-01-06 00:00,1,1,1,1,1\n2024-01-08 00:01,1,1,1,1,1\n2024-01-08 00:03,1,1,1,1,1\n",
			set:   func(c *Config) { c.Quality.Calendar, c.Interval = Weekdays, time.Minute },
			want: `
2024-01-05T23:59:00 X 1 1 1 1 1
2024-01-06 X 1 1 1 1 1
2024-01-08T00:01:00 X 1 1 1 1 1
2024-01-08T00:03:00 X 1 1 1 1 1 after_gap (X gap withheld 0 missing 1 gap last 2024-01-08T00:03:00)
`,
		},
		{
			claim: "rows out of bounds are neither delivered nor judged",
			text:  "x,1,1,1,1,1\n" + rows + "2024-01-01 00:02,1,1,1,1,1\n2024-01-01 00:03,x,1,1,1,1\n",
			set: func(c *Config) {
				c.From, c.To = 1704067260e9, 1704067320e9
				c.Sources[0].Columns = Columns{Time: "1", Open: "2", High: "3", Low: "4", Close: "5"}
				c.Sources[0].Header = yes(false)
			},
			want: "2024-01-01T00:01:00 X 1 1 1 1 0\n",
		},
		{
			claim: "one date beyond the end does not end the file",
			text:  rows + "2099-01-01 00:02,1,1,1,1,1\n2024-01-01 00:02,2,2,2,2,2\n",
			set:   func(c *Config) { c.To = 1704070000e9 },
			want:  "2024-01-01 X 1 1 1 1 1\n2024-01-01T00:01:00 X 1 1 1 1 1\n2024-01-01T00:02:00 X 2 2 2 2 2\n",
		},
		{
			claim: "a line longer than any row is withheld, and the next is read",
			text:  rows + "2024-01-01 00:02,1,1,1,1," + strings.Repeat("1", 300<<10) + "\n2024-01-01 00:02,1,1,1,1,1\n",
			want: `
2024-01-01 X 1 1 1 1 1
2024-01-01T00:01:00 X 1 1 1 1 1
2024-01-01T00:02:00 X 1 1 1 1 1 (X quarantined withheld 1 missing 0 not_a_number last 2024-01-01T00:02:00)
`,
		},
	} {
		t.Run(test.claim, func(t *testing.T) {
			c := one(save(t, "a.csv", test.text))
			if test.set != nil {
				test.set(&c)
			}
			markets, _ := readAll(t, c)
			expect(t, show(c, markets), test.want)
		})
	}
}

func TestBoundsLeaveNothingCounted(t *testing.T) {
	c := one("testdata/bad.csv")
	c.From, c.To = 1704067860e9, 1704067920e9 // 00:11 to 00:12
	_, r := readAll(t, c)
	if got := r.Counts()[0]; got.Delivered != 1 || got.Withheld() != 0 || got.Gaps != 0 {
		t.Errorf("got %+v", got)
	}
}
