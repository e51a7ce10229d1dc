package event

import "github.com/agenthost/agenthost/resilience"

// CallKind says what is asked of a venue behind a network.
type CallKind uint8

const (
	// CallSubmit, CallCancel and CallReplace change something at the venue.
	CallSubmit CallKind = iota + 1
	CallCancel
	CallReplace
	// CallLookup asks for one order by client order id, among open and past ones.
	CallLookup
	// CallOpenOrders, CallFills, CallPositions and CallBalances ask for whole lists.
	CallOpenOrders
	CallFills
	CallPositions
	CallBalances
)

// String names the call as journals, logs and metrics do.
func (k CallKind) String() string {
	names := [...]string{"", "submit", "cancel", "replace", "lookup", "open_orders", "fills", "positions", "balances"}
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return "call_unknown"
}

// Changes reports whether the call may change something at the venue, so that its lost reply leaves
// something unknown.
func (k CallKind) Changes() bool { return k >= CallSubmit && k <= CallReplace }

// Request is what the taxonomy of failures calls it: whatever changes nothing is a read.
func (k CallKind) Request() resilience.RequestKind {
	switch k {
	case CallSubmit:
		return resilience.RequestSubmit
	case CallCancel:
		return resilience.RequestCancel
	case CallReplace:
		return resilience.RequestReplace
	}
	return resilience.RequestRead
}

// Call is one message to a venue behind a network: an effect of a lane, released when the entry that
// orders it is durable.
type Call struct {
	// ID is the lane's number for it, from 1; the reply names it.
	ID   uint64
	Kind CallKind
	// Attempt counts the sendings of one submit, cancel or replace, from 1. Resent says that this order id
	// may have been at the venue before.
	Attempt uint32
	Resent  bool
	// Order is the whole order for a submit. For cancel, replace and lookup its ID, Agent and Instrument
	// count; for a replace also Size, Price and StopPrice, where 0 leaves a field as it is. Instruments
	// are the lane's.
	Order Order
	// VenueOrder is the venue's own id of the order where it is known, else empty.
	VenueOrder string
	// Cursor is where CallFills goes on: what the last reply gave, empty for the beginning.
	Cursor string
	// Deadline is when the reply must be there, in event time; the caller counts it as a timeout then.
	Deadline int64
}

// Reply is what came of a call, or what a venue's stream said unasked (Call 0).
type Reply struct {
	Call uint64
	Kind CallKind
	// Happening is what went wrong, in the words of the taxonomy; CauseNone if the call did what it should.
	Happening resilience.Happening
	// Detail is the error for people, at most 256 bytes, without keys.
	Detail string
	// Started, Written and Received are host times: the call began, its last byte was handed over (0: it
	// was not), the answer was there.
	Started, Written, Received int64
	// VenueTime is the venue's clock in its answer, 0 if it does not say.
	VenueTime int64
	// RetryAfter is how long the venue asks to be left alone, in nanoseconds, 0 if it does not.
	RetryAfter int64
	// Orders, Fills, Positions and Balances are what the answer tells. Complete says that a list is whole.
	Orders    []OrderReport
	Fills     []FillReport
	Positions []PositionReport
	Balances  []BalanceReport
	Complete  bool
	// Cursor is where the next CallFills goes on.
	Cursor string
	// NotFound says that a lookup was answered with the configured status and body for "no such order";
	// SearchedOpen and SearchedPast where it looked.
	NotFound, SearchedOpen, SearchedPast bool
}

// ReportState is where a venue says that an order stands.
type ReportState uint8

const (
	ReportOpen ReportState = iota + 1
	ReportFilled
	ReportCancelled
	ReportExpired
	ReportRejected
)

// String names the state as journals and logs do.
func (s ReportState) String() string {
	names := [...]string{"", "open", "filled", "cancelled", "expired", "rejected"}
	if s > 0 && int(s) < len(names) {
		return names[s]
	}
	return "report_unknown"
}

// NoInstrument stands for an instrument of the venue that the configuration does not have.
const NoInstrument = ^uint32(0)

// OrderReport is one order as a venue tells of it.
type OrderReport struct {
	// ID is the client order id, zero if the order has none of ours; VenueOrder the venue's own id.
	ID         OrderID
	VenueOrder string
	// Instrument is the lane's index, or NoInstrument; Symbol the venue's word for it.
	Instrument uint32
	Symbol     string
	Side       Side
	State      ReportState
	// Quantity is what was ordered, 0 if the venue does not say; Filled the cumulative quantity, a lower
	// bound. Quantity units of the instrument.
	Quantity, Filled int64
	// Price is the limit, 0 where there is none.
	Price int64
	// Code and Reason say why it was rejected, cancelled or expired, 0 and empty for no reason given.
	Code   uint16
	Reason string
	Time   int64
}

// FillReport is one execution as a venue tells of it.
type FillReport struct {
	// Order is the client order id, zero if it has none of ours.
	Order      OrderID
	VenueOrder string
	Instrument uint32
	Symbol     string
	Fill       Fill
}

// PositionReport is what the account holds of one instrument: signed, in quantity units.
type PositionReport struct {
	Instrument uint32
	Symbol     string
	Quantity   int64
}

// BalanceReport is the account's money of one currency.
type BalanceReport struct {
	Currency string
	Total    int64
}

// Facilities are what a venue behind a network can be asked, as bits. What it cannot changes what the
// host dares to do.
type Facilities uint32

const (
	// FacilityCancel, FacilityReplace: orders can be cancelled, or changed in place.
	FacilityCancel Facilities = 1 << iota
	FacilityReplace
	// FacilityLookup: one order by client order id. FacilityLookupPast: also when it is over.
	FacilityLookup
	FacilityLookupPast
	FacilityOpenOrders
	FacilityFills
	FacilityPositions
	FacilityBalances
	// FacilityStream: the venue tells fills and changes of orders by itself.
	FacilityStream
)
