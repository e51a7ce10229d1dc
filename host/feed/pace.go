package feed

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Pace is how much faster than the clock a recorded feed is played, as a fraction (event.One is 1x).
// Zero is as fast as it goes.
type Pace int64

// PaceMax plays without waiting.
const PaceMax Pace = 0

// ParsePace reads "max" (or ""), or a factor such as "1x", "60x" or "0.5x".
func ParsePace(s string) (Pace, error) {
	if s == "" || s == "max" {
		return PaceMax, nil
	}
	factor, isFactor := strings.CutSuffix(s, "x")
	if !isFactor {
		return 0, fmt.Errorf("speed is %q; it can be \"max\" or a factor such as \"1x\" or \"60x\"", s)
	}
	p, err := event.ParseDecimal(factor, event.FractionDecimals)
	if err != nil {
		return 0, fmt.Errorf("speed is %q: %w; write \"max\" or a factor such as \"60x\"", s, err)
	}
	if p <= 0 {
		return 0, fmt.Errorf("speed is %q; the factor must be above zero", s)
	}
	return Pace(p), nil
}

// Wait is how long a player waits between two event times (nanoseconds): 0 where time stands still or
// the pace is PaceMax. Rounded down to the nanosecond; the longest Duration where it does not fit.
func (p Pace) Wait(from, to int64) time.Duration {
	if p <= 0 || to <= from {
		return 0
	}
	distance := to - from
	if distance < 0 { // more than 292 years
		return math.MaxInt64
	}
	wait, fits := event.MulDiv(distance, event.One, int64(p), event.Down)
	if !fits {
		return math.MaxInt64
	}
	return time.Duration(wait)
}

// String is what ParsePace reads.
func (p Pace) String() string {
	if p <= 0 {
		return "max"
	}
	return event.FormatDecimal(int64(p), event.FractionDecimals) + "x"
}
