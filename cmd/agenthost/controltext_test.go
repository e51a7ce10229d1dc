package main

import (
	"testing"
	"time"
)

func TestSpansAreRoundedAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		250 * time.Millisecond:       "250ms",
		1540 * time.Millisecond:      "1.5s",
		time.Minute:                  "1m",
		100 * time.Second:            "1m40s",
		2*time.Hour + 10*time.Second: "2h0m10s",
		2 * time.Hour:                "2h0m",
		50 * time.Hour:               "2 days",
	} {
		if got := rounded(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
