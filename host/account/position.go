package account

import "github.com/agenthost/agenthost/host/event"

// Position is what an agent holds of one instrument.
type Position struct {
	// Quantity is signed: below zero is short. Quantity units.
	Quantity int64
	// Cost is what the quantity was worth when it was bought (below zero: sold), in money. This and the
	// other amounts are of the quote currency for spot, of the settle currency for the rest.
	Cost int64
	// Mark is the last price, 0 before the first; Worth the quantity at that price.
	Mark, Worth int64
	// Realised is profit or loss booked so far, fees taken off; Unrealised what closing at Mark adds.
	Realised, Unrealised int64
	// Margin is the money this position binds.
	Margin int64
	// OpenTime is when the quantity last left zero.
	OpenTime int64
	// feeRest is the part of a unit, in money of the base currency, that fees took beyond the quantity's
	// scale: 0, or below zero for what was taken off the quantity too early.
	feeRest int64
}

// apply adds a signed quantity worth a signed amount and returns the profit it realised. The part that
// reduces takes its share of the cost, rounded half to even; the rest opens at its own price.
func (p *Position) apply(quantity, worth, at int64) (realised int64, ok bool) {
	if p.Quantity == 0 || (p.Quantity > 0) == (quantity > 0) {
		if p.Quantity == 0 {
			p.OpenTime = at
		}
		return 0, p.open(quantity, worth)
	}
	closing := quantity
	if abs(quantity) > abs(p.Quantity) {
		closing = -p.Quantity
	}
	closedWorth, fits := event.MulDiv(worth, closing, quantity, event.HalfEven)
	if !fits {
		return 0, false
	}
	closedCost, fits := event.MulDiv(p.Cost, closing, p.Quantity, event.HalfEven)
	if !fits {
		return 0, false
	}
	// closing has the other sign than the position, so closedCost is minus the part of the cost given up.
	realised, ok = event.Add(closedCost, -closedWorth)
	p.Quantity += closing
	p.Cost += closedCost
	if quantity != closing {
		p.OpenTime = at
		return realised, ok && p.open(quantity-closing, worth-closedWorth)
	}
	return realised, ok
}

func (p *Position) open(quantity, worth int64) bool {
	q, ok := event.Add(p.Quantity, quantity)
	c, fits := event.Add(p.Cost, worth)
	p.Quantity, p.Cost = q, c
	return ok && fits
}

// takeFee takes a fee charged in the base currency off the quantity, as if so much had been sold at the
// fill's price to pay it. Parts of a unit wait for the next fee; until then the quantity is too small
// rather than too large, so that nobody sells what is not there. It returns the profit or loss against
// the cost of what was given.
func (p *Position) takeFee(in *event.Instrument, fee, price, at int64) (realised int64, ok bool) {
	units, rest, ok := in.FeeUnits(p.feeRest, fee)
	if !ok {
		return 0, false
	}
	p.feeRest = rest
	worth, ok := in.Notional(price, -units, event.HalfEven)
	if !ok || units == 0 {
		return 0, ok
	}
	return p.apply(-units, worth, at)
}

// AveragePrice is the price at which the quantity was entered, rounded once, half to even, to the
// instrument's price units, 0 without a position.
func (p *Position) AveragePrice(in *event.Instrument) int64 {
	price, _ := in.PriceOf(p.Cost, p.Quantity, event.HalfEven)
	return price
}
