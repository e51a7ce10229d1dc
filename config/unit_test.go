package config

import (
	"testing"
	"time"
)

func TestUnitsAreReadAndWrittenTheSame(t *testing.T) {
	for text, want := range map[string]time.Duration{"5s": 5 * time.Second, "250ms": 250 * time.Millisecond, "1m30s": 90 * time.Second, "1d": day, "2h": 2 * time.Hour, "1h5m": 65 * time.Minute} {
		if d, err := parseDuration(text); err != nil || d != want || formatDuration(d) != text {
			t.Errorf("%s is %v, %v, and written %s", text, d, err, formatDuration(d))
		}
	}
	for text, want := range map[string]int64{"512B": 512, "64KiB": 64 << 10, "16MiB": 16 << 20, "4GiB": 4 << 30, "0B": 0, "1000000B": 1_000_000} {
		if n, err := parseSize(text); err != nil || n != want || formatSize(n) != text {
			t.Errorf("%s is %d, %v, and written %s", text, n, err, formatSize(n))
		}
	}
	for text, want := range map[string]Rate{"10/1s": {10, time.Second}, "100/1m": {100, time.Minute}, "1/1d": {1, day}} {
		if r, err := parseRate(text); err != nil || r != want || r.String() != text {
			t.Errorf("%s is %v, %v", text, r, err)
		}
	}
	if r, err := parseRate("10/s"); err != nil || r.Period != time.Second {
		t.Errorf("10/s is %v, %v", r, err)
	}
	for text, want := range map[string]int64{"max": 0, "1x": 1, "60x": 60} {
		if n, err := parseSpeed(text); err != nil || n != want || formatSpeed(n) != text {
			t.Errorf("%s is %d, %v", text, n, err)
		}
	}
}

func TestWhatHasNoUnitOrNoSenseIsRefused(t *testing.T) {
	for _, text := range []string{"", "5", "s", "1.5d", "-1d", "1 d", "99999999999d"} {
		if d, err := parseDuration(text); err == nil {
			t.Errorf("duration %q is %v", text, d)
		}
	}
	for _, text := range []string{"", "5", "KiB", "1.5MiB", "-1B", "9999999999GiB", "64KB", "64 KiB"} {
		if n, err := parseSize(text); err == nil {
			t.Errorf("size %q is %d", text, n)
		}
	}
	for _, text := range []string{"", "10", "/1s", "0/1s", "-1/1s", "10/", "10/0s", "10/-1s", "10/1s/1s"} {
		if r, err := parseRate(text); err == nil {
			t.Errorf("rate %q is %v", text, r)
		}
	}
	for _, text := range []string{"", "x", "0x", "60", "1.5x", "-1x", "9999999999x"} {
		if n, err := parseSpeed(text); err == nil {
			t.Errorf("speed %q is %d", text, n)
		}
	}
}

func TestSizesOfOtherSpellingsAreGuessed(t *testing.T) {
	for text, want := range map[string]string{"64k": "64KiB", "64 KB": "64KiB", "16mb": "16MiB", "1G": "1GiB", "100 bytes": "100B", "many": "", "": ""} {
		if got := guessSize(text); got != want {
			t.Errorf("%q: guessed %q, want %q", text, got, want)
		}
	}
}

func TestTimesWithoutZoneAreInTheFeedsZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones on this machine: ", err)
	}
	for text, want := range map[string]string{
		"2010-01-01":                "2010-01-01T05:00:00Z",
		"2010-01-01 09:30":          "2010-01-01T14:30:00Z",
		"2010-01-01 09:30:00.5":     "2010-01-01T14:30:00.5Z",
		"2010-07-01 09:30:00":       "2010-07-01T13:30:00Z",
		"2010-01-01T09:30:00Z":      "2010-01-01T09:30:00Z",
		"2010-01-01T09:30:00+01:00": "2010-01-01T08:30:00Z",
	} {
		ns, err := parseMoment(text, zone)
		if err != nil || formatMoment(ns) != want {
			t.Errorf("%s is %s, %v; want %s", text, formatMoment(ns), err, want)
		}
	}
	for _, text := range []string{"", "2010", "01.02.2010", "0001-01-01", "2500-01-01", "2010-02-30"} {
		if ns, err := parseMoment(text, zone); err == nil {
			t.Errorf("%q is %s", text, formatMoment(ns))
		}
	}
}
