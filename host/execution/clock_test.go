package execution_test

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// TestTheVenuesClockIsMeasuredAndBounded, and an answer that took long is no clock that is wrong.
func TestTheVenuesClockIsMeasuredAndBounded(t *testing.T) {
	const ms = int64(1e6)
	h := byHand(t, 1, nil) // skew_max is a second
	at := h.now
	for name, c := range map[string]struct {
		took, ahead int64 // of when the answer came
		skew        int64
		skewed      bool
	}{
		"as ours":                        {100 * ms, -50 * ms, 0, false},
		"ahead within the bound":         {100 * ms, 850 * ms, 900 * ms, false},
		"ahead":                          {100 * ms, 1950 * ms, 2000 * ms, true},
		"behind":                         {100 * ms, -2050 * ms, -2000 * ms, true},
		"read at the end of a long way":  {8000 * ms, 0, 0, false},
		"read at its beginning":          {8000 * ms, -8000 * ms, 0, false},
		"ahead even of a long way's end": {8000 * ms, 3000 * ms, 3000 * ms, true},
	} {
		h.news(event.Reply{Started: at - c.took, Received: at, VenueTime: at + c.ahead})
		if s := h.lane.Health(h.now); s.Skew != c.skew || s.Skewed != c.skewed || s.SkewTime != h.now {
			t.Errorf("%s: %d ms, beyond the bound %v", name, s.Skew/ms, s.Skewed)
		}
	}
	h.alerted("clock_skew")
}
