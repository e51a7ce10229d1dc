package paper

import (
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// worth is price times a signed quantity in money, rounded half to even. What does not fit saturates: a
// wrapped amount would turn a loss into a profit.
func worth(in *event.Instrument, price, quantity int64) int64 {
	if quantity == 0 || price == 0 {
		return 0
	}
	if v, ok := in.Notional(price, quantity, event.HalfEven); ok {
		return v
	}
	return saturated((price > 0) == (quantity > 0))
}

// share is v times a fraction, rounded half to even, saturated.
func share(v, fraction int64) int64 {
	if r, ok := event.MulDiv(v, fraction, event.One, event.HalfEven); ok {
		return r
	}
	return saturated((v > 0) == (fraction > 0))
}

func add(a, b int64) int64 {
	if c, ok := event.Add(a, b); ok {
		return c
	}
	return saturated(b > 0)
}

func saturated(positive bool) int64 {
	if positive {
		return math.MaxInt64
	}
	return -math.MaxInt64 // its negative fits too
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
