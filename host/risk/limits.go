package risk

import "github.com/agenthost/agenthost/host/event"

// Limits bound what an agent may order. Zero, or nil, is no bound.
type Limits struct {
	// OrderNotionalMax is money; so is PositionNotionalMax, in the account's currency, over all instruments together.
	OrderNotionalMax, PositionNotionalMax int64
	// OrderQuantityMax and PositionMax hold one value for each instrument, in its quantity units.
	OrderQuantityMax, PositionMax []int64
	// OrdersPerTickMax bounds the submits of one tick; OpenOrdersMax those open at once.
	OrdersPerTickMax, OpenOrdersMax int
	// RateCount orders at once, then one each RatePeriod/RateCount nanoseconds.
	RateCount, RatePeriod int64
	// PriceCollar is how far from the last price the prices of an order that adds may be, as a fraction.
	// While there is no last price, nothing is added.
	PriceCollar int64
	// ExposureMax is money in the account's currency: what positions, open orders and those that are
	// Unknown may come to at worst, over all instruments.
	ExposureMax int64
	// SelfTradeAllow lets an order cross another agent's of the same account.
	SelfTradeAllow bool

	// Orders that only reduce skip the bounds of rate, burst, worth and position above, and have their own.
	//
	// PriceCollarClose is how much worse than the last price a limit price may be, as a fraction. It needs
	// no last price: exits work without a feed.
	PriceCollarClose int64
	// CloseRateCount orders at once, then one each CloseRatePeriod/CloseRateCount nanoseconds. The host's own exits are not counted.
	CloseRateCount, CloseRatePeriod int64
}

// rate is a cell-rate limiter (GCRA): count at once, then one each period/count. It is one number, so that it is journaled and replayed like the rest.
// theoretical is when the bucket would be empty again.
type rate struct{ theoretical int64 }

// take admits one order at now, or reports that there were too many.
func (r *rate) take(now, count, period int64) bool {
	if count <= 0 {
		return true
	}
	step := period / count
	at := max(r.theoretical, now)
	if at+step-now > period {
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
