package feed

import (
	"math"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for text, wait := range map[string]time.Duration{"max": 0, "": 0, "1x": time.Minute, "60x": time.Second, "0.5x": 2 * time.Minute, "7x": 8571428571} {
		p, err := ParsePace(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Wait(5e9, 65e9); got != wait {
			t.Errorf("%q waits %v for a minute, want %v", text, got, wait)
		}
		if again, err := ParsePace(p.String()); err != nil || again != p {
			t.Errorf("%q is written %q", text, p)
		}
		if p.Wait(5, 5) != 0 || p.Wait(6, 5) != 0 {
			t.Errorf("%q waits though time does not go on", text)
		}
	}
	slow, err := ParsePace("0.00000001x")
	if err != nil {
		t.Fatal(err)
	}
	if slow.Wait(0, 1e18) != math.MaxInt64 || Pace(1e8).Wait(math.MinInt64, math.MaxInt64) != math.MaxInt64 {
		t.Error("what does not fit is not the longest wait")
	}
	for _, text := range []string{"fast", "x", "0x", "-1x", "60", "1.000000001x", "1e30x", "NaNx"} {
		if p, err := ParsePace(text); err == nil {
			t.Errorf("%q is taken for %v", text, p)
		}
	}
}

func TestWords(t *testing.T) {
	for _, word := range []string{"", "open", "close"} {
		if v, err := ParseTimeIs(word); err != nil || v.String() != word {
			t.Errorf("%q: %v %v", word, v, err)
		}
	}
	for _, word := range []string{"", "always", "weekdays", "gaps_expected"} {
		if v, err := ParseCalendar(word); err != nil || v.String() != word {
			t.Errorf("%q: %v %v", word, v, err)
		}
	}
	for _, word := range []string{"quarantine", "flag"} {
		if v, err := ParseOHLC(word); err != nil || v.String() != word {
			t.Errorf("%q: %v %v", word, v, err)
		}
	}
	if v, err := ParseOHLC(""); err != nil || v != Quarantine {
		t.Errorf("default: %v %v", v, err)
	}
	_, err := ParseCalendar("weekday")
	if err == nil || err.Error() != `calendar is "weekday"; it can be ["always" "weekdays" "gaps_expected"]` {
		t.Error(err)
	}
	if _, err := ParseOHLC("Flag"); err == nil {
		t.Error("Flag is flag")
	}
	if _, err := ParseTimeIs("opened"); err == nil {
		t.Error("opened is open")
	}
}
