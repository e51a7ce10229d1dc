package risk

import "github.com/agenthost/agenthost/host/event"

// Limits bound what an agent may order. Zero, or nil, is no bound.
type Limits struct {
	// OrderNotionalMax and PositionNotionalMax are money.
	OrderNotionalMax, PositionNotionalMax int64
	// OrderQuantityMax and PositionMax hold one value for each instrument, in its quantity units.
	OrderQuantityMax, PositionMax []int64
	// OrdersPerTickMax bounds the submits of one tick; OpenOrdersMax those open at once.
	OrdersPerTickMax, OpenOrdersMax int
	// RateCount orders in RatePeriod nanoseconds.
	RateCount, RatePeriod int64
	// PriceCollar is how far from the last price an order's prices may be, as a fraction.
	PriceCollar int64
}

// rate is a cell-rate limiter (GCRA): one number, so that it is journaled and replayed like the rest.
// theoretical is when the bucket would be empty again.
type rate struct{ theoretical int64 }

// take admits one order at now, or reports that there were too many.
func (r *rate) take(now int64, l *Limits) bool {
	if l.RateCount <= 0 {
		return true
	}
	step := l.RatePeriod / l.RateCount
	at := max(r.theoretical, now)
	if at+step-now > l.RatePeriod {
		return false
	}
	r.theoretical = at + step
	return true
}

func atIndex(v []int64, i uint32) int64 {
	if int(i) < len(v) {
		return v[i]
	}
	return 0
}

// worth is |price·quantity| in money.
func worth(in *event.Instrument, price, quantity int64) (int64, bool) {
	w, ok := in.Notional(price, quantity, event.Up)
	return abs(w), ok
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
