package simulation

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// VenueConfig is what one account at one venue is like. Times are nanoseconds.
type VenueConfig struct {
	Venue, Account, Currency string
	// Instruments are the lane's; calls name them by their place.
	Instruments []event.Instrument
	Dedupe      resilience.Dedupe
	// DedupeWindow is how long an id is remembered, for resilience.DedupeWindow.
	DedupeWindow int64
	// Replays answers a second submit of one id with the first's report; otherwise it is a 409.
	Replays bool
	// Expires: a request that arrives after its order's ValidUntil is refused, and GTD orders end.
	Expires bool
	// ReduceOnly: the venue cuts orders that would open or turn a position.
	ReduceOnly bool
	// Sizes: the venue turns fractions and worths into units, of Capital, and takes stops.
	Sizes   bool
	Capital int64
	// Facilities is what can be asked. FacilityReplace is native replace.
	Facilities event.Facilities
	// NotProcessed: the venue declares that it did nothing when it answers 429.
	NotProcessed bool
	// Cash is the account's money at the beginning; Fee a fraction of notional, for makers and takers.
	Cash, Fee int64
	// LatencyMax bounds the ordinary way there, and the ordinary way back.
	LatencyMax int64
	// SettleWindow is how long a late request may be under way by the host's own configuration, and
	// FaultYoungAbsent lies for less than that.
	SettleWindow int64
	// Skew is added to the venue's clock.
	Skew int64
	// RatePerSecond is how many calls a second it takes before 429; 0 is no bound.
	RatePerSecond int
	// LookupMistyped: lookups ask in the wrong place and never find anything, with the right words.
	LookupMistyped bool
	// Page is how many fills one reply holds. Default: 50.
	Page  int
	Rates Rates
}

// Capabilities are what a host is told of the venue.
func (c *VenueConfig) Capabilities() event.Capabilities {
	caps := event.ShortSelling | event.MarketOrders | event.EnforcesPostOnly | event.EnforcesImmediate
	if c.Facilities&event.FacilityReplace != 0 {
		caps |= event.NativeReplace
	}
	if c.Facilities&event.FacilityLookup != 0 {
		caps |= event.LooksUp
	}
	if c.Sizes {
		caps |= event.SizesAtFill | event.SizesByNotional | event.NativeStops
	}
	if c.Expires {
		caps |= event.EnforcesExpiry
	}
	if c.ReduceOnly {
		caps |= event.EnforcesReduceOnly
	}
	switch c.Dedupe {
	case resilience.DedupeOpen:
		caps |= event.DedupeOpen
	case resilience.DedupeWindow:
		caps |= event.DedupeWindow
	case resilience.DedupeForever:
		caps |= event.DedupeForever
	}
	return caps
}

// units is the quantity of an order at a price: its own, or what its fraction of Capital, or its worth, buys in
// whole lots, one at least.
func (c *VenueConfig) units(o *event.Order, price int64) int64 {
	if o.SizeKind == event.SizeUnits || !c.Sizes {
		return o.Quantity()
	}
	in, money := &c.Instruments[o.Instrument], o.Size
	if o.SizeKind == event.SizeFraction {
		money, _ = event.MulDiv(c.Capital, o.Size, event.One, event.Down)
	}
	lot, ok := in.Notional(price, in.Lot, event.Up)
	if !ok || lot <= 0 {
		return in.Lot
	}
	return max(1, money/lot) * in.Lot
}
