package event

// FillFlags qualify a fill.
type FillFlags uint32

const (
	// FillMaker: the order rested and was taken.
	FillMaker FillFlags = 1 << iota
	// FillVenue: the venue acted by itself (an exclusive close, finalising, a liquidation); the
	// fill's order is the venue's, not one of ours.
	FillVenue
	// FillLast: nothing of the order remains open after this fill. A venue that sizes at the fill is
	// the only one to know.
	FillLast
)

// Fill is one execution. Fills are told apart by (account, venue epoch, instrument, order, trade id).
type Fill struct {
	TradeID uint64
	// VenueTrade is the venue's own word for it where that is not a number, else empty.
	VenueTrade string
	Quantity   int64 // quantity units, above zero
	Price      int64 // price units
	Side       Side
	Flags      FillFlags
	// Fee is what the venue took, in money of FeeCurrency; below zero is a rebate.
	Fee         int64
	FeeCurrency string
	// Closes is the TradeID of the fill that opened what this one closes; 0 leaves it to first in,
	// first out.
	Closes uint64
	// Time is when it happened, which may be before the outcome's own time.
	Time int64
}

// Outcome is what a venue, or the host on its behalf, says became of an order or an account.
type Outcome struct {
	Kind EventKind
	// Request is what an EventRejected, EventDenied or EventDeadLetter is the end of: 0 means the submit,
	// and so the order; RequestCancel and RequestReplace leave the order as it is.
	Request    RequestKind
	Order      OrderID
	Ref        uint64
	Agent      uint32
	Instrument uint32
	Time       int64
	// Code is a DenyCode, RejectCode, CancelCode or ExpireCode by Kind, 0 for none; Found and Allowed
	// are the two numbers that decided.
	Code           uint16
	Found, Allowed int64
	// Reason is for people; it is always one of a fixed set, so that it costs nothing.
	Reason string
	Fill   Fill
	// Amount and Currency are set for fees, funding, transfers and liquidations: money, signed from
	// the account's view.
	Amount   int64
	Currency string
	// Size, Price and StopPrice are the order's as replaced, for EventReplaced.
	Size, Price, StopPrice int64
	// VenueOrder is the venue order id where the venue gives one, else empty.
	VenueOrder string
}
