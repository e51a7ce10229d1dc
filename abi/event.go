package abi

// EventKind is what happened.
type EventKind uint16

const (
	EventAccepted    EventKind = 1  // The venue took the order.
	EventRejected    EventKind = 2  // The venue refused it; Code is a RejectCode, Text the venue's words.
	EventDenied      EventKind = 3  // The host refused it; Code is a DenyCode, Found and Allowed the numbers.
	EventFill        EventKind = 4  // Quantity at Price, with TradeID, Fee and Currency.
	EventCancelled   EventKind = 5  // The order is gone; Code is a CancelCode.
	EventExpired     EventKind = 6  // Its time ran out; Code is an ExpireCode.
	EventReplaced    EventKind = 7  // The order now has Price and Quantity.
	EventSettled     EventKind = 8  // An Unknown order was found out; Code is its OrderState.
	EventDeadLetter  EventKind = 9  // An order or cancel was given up for a person to decide.
	EventFee         EventKind = 10 // Amount was charged apart from a fill.
	EventFunding     EventKind = 11 // Amount was paid for holding a position; negative is paid out.
	EventTransfer    EventKind = 12 // Amount came into the account; negative went out.
	EventLiquidation EventKind = 13 // The venue closed Quantity at Price by force.
)

var eventKindNames = []string{
	"", "accepted", "rejected", "denied", "fill", "cancelled", "expired", "replaced",
	"settled", "dead_letter", "fee", "funding", "transfer", "liquidation",
}

func (k EventKind) String() string { return nameOf("event_kind", eventKindNames, uint64(k)) }

// EventFlag is a set of bits about one event.
type EventFlag uint32

const (
	EventMaker EventFlag = 1 << 0 // The fill gave liquidity.
	EventLate  EventFlag = 1 << 1 // The fill came after a final state.
	EventFinal EventFlag = 1 << 2 // Nothing of the order remains open after this event.
)

var eventFlagNames = []string{"maker", "late", "final"}

func (f EventFlag) String() string { return bitsOf(eventFlagNames, uint64(f)) }

// DenyCode is why the host refused an intent. Found and Allowed of the event carry the two numbers.
type DenyCode uint16

const (
	DenyUnsupported       DenyCode = 1  // A reserved type, group or size that this host or venue does not have.
	DenyUnknownInstrument DenyCode = 2  // Found is the number asked for, Allowed how many there are.
	DenyUnknownOrder      DenyCode = 3  // No open order of this agent has that ref or id.
	DenyDuplicateRef      DenyCode = 4  // An open order already has this ref.
	DenyUnknownParent     DenyCode = 5  // parent_ref names no open order of this agent on the other side of the same instrument.
	DenyMode              DenyCode = 6  // Permissions do not allow it; Found is what is needed, Allowed what is given.
	DenyPrice             DenyCode = 7  // A price is missing, not positive, or where there must be none.
	DenyPriceTick         DenyCode = 8  // The price is no multiple of the tick.
	DenyPriceCollar       DenyCode = 9  // The price is too far from the market.
	DenySize              DenyCode = 10 // The size is not positive, or a fraction is above one.
	DenyLot               DenyCode = 11 // The quantity is no multiple of the lot.
	DenyQuantityMin       DenyCode = 12 // Below the venue's least quantity.
	DenyQuantityMax       DenyCode = 13 // Above the venue's or the agent's greatest quantity.
	DenyNotionalMin       DenyCode = 14 // Below the venue's least notional.
	DenyNotionalMax       DenyCode = 15 // Above the agent's greatest notional of one order.
	DenyPosition          DenyCode = 16 // The position would exceed its limit.
	DenyExposure          DenyCode = 17 // The exposure of agent, account or host would exceed its limit.
	DenyMargin            DenyCode = 18 // Not enough margin or money is free.
	DenyOpenOrders        DenyCode = 19 // Too many open orders.
	DenyRate              DenyCode = 20 // Too many orders in a span of time.
	DenyDrawdown          DenyCode = 21 // Drawdown or the day's loss is at its limit.
	DenyReduceOnly        DenyCode = 22 // There is no position to reduce, or less than asked.
	DenySelfTrade         DenyCode = 23 // It would cross an order of a sibling on the same account.
	DenyUnknownPending    DenyCode = 24 // An order of this instrument is Unknown; nothing that adds goes out.
	DenyBreaker           DenyCode = 25 // The venue's breaker is open; not sent.
	DenyStale             DenyCode = 26 // The instrument's data is too old or its health unknown.
	DenyStatus            DenyCode = 27 // The instrument does not trade now.
	DenyValidUntil        DenyCode = 28 // valid_until or expire_time is already past, or missing where it is needed.
	DenyTimeInForce       DenyCode = 29 // This time in force does not go with the type or the venue.
	DenyOverflow          DenyCode = 30 // A product does not fit its number.
	DenyNothingToClose    DenyCode = 31 // A close without a position, or all of it is being closed already.
	DenySpace             DenyCode = 32 // The journal is low on space; only reducing is admitted.
	DenyTimer             DenyCode = 33 // Too many timers, or an interval below the least allowed.
	DenyQuarantine        DenyCode = 34 // The agent failed too often; close-only until a person acts.
	DenyDust              DenyCode = 35 // What remains is below the venue's minimum and cannot be sent.
)

var denyCodeNames = []string{
	"", "unsupported", "unknown_instrument", "unknown_order", "duplicate_ref", "unknown_parent",
	"mode", "price", "price_tick", "price_collar", "size", "lot", "quantity_min", "quantity_max", "notional_min",
	"notional_max", "position", "exposure", "margin", "open_orders", "rate", "drawdown", "reduce_only", "self_trade",
	"unknown_pending", "breaker", "stale", "status", "valid_until", "time_in_force", "overflow", "nothing_to_close",
	"space", "timer", "quarantine", "dust",
}

func (c DenyCode) String() string { return nameOf("deny_code", denyCodeNames, uint64(c)) }

// RejectCode is why a venue refused an order, as far as the host could tell.
type RejectCode uint16

const (
	RejectOther      RejectCode = 1  // See the text.
	RejectFunds      RejectCode = 2  // Not enough money or margin.
	RejectPrice      RejectCode = 3  // Price outside of the venue's filters.
	RejectQuantity   RejectCode = 4  // Quantity outside of the venue's filters.
	RejectNotional   RejectCode = 5  // Notional outside of the venue's filters.
	RejectPostOnly   RejectCode = 6  // It would have taken.
	RejectReduceOnly RejectCode = 7  // Nothing to reduce.
	RejectHalted     RejectCode = 8  // The instrument does not trade.
	RejectDuplicate  RejectCode = 9  // The client order id was used before.
	RejectPermission RejectCode = 10 // The account may not.
	RejectRate       RejectCode = 11 // Too many requests.
	RejectTrigger    RejectCode = 12 // The stop would trigger at once.
	RejectType       RejectCode = 13 // The venue has no such order.
)

var rejectCodeNames = []string{
	"", "other", "funds", "price", "quantity", "notional", "post_only", "reduce_only",
	"halted", "duplicate", "permission", "rate", "trigger", "type",
}

func (c RejectCode) String() string { return nameOf("reject_code", rejectCodeNames, uint64(c)) }

// CancelCode is why an order was cancelled.
type CancelCode uint16

const (
	CancelByStrategy  CancelCode = 1 // The strategy asked.
	CancelByHost      CancelCode = 2 // The host: mode, shutdown, swap or stop.
	CancelByOperator  CancelCode = 3 // A person.
	CancelByVenue     CancelCode = 4 // The venue, for reasons of its own.
	CancelParentDone  CancelCode = 5 // The parent's position is closed, or the parent never filled.
	CancelImmediate   CancelCode = 6 // The rest of an IOC or FOK order.
	CancelUnfillable  CancelCode = 7 // Sized at the fill: zero units, or more than the margin.
	CancelExclusive   CancelCode = 8 // A newer order took its place at a venue with exclusive orders.
	CancelGroupFilled CancelCode = 9 // Another order of its group filled.
)

var cancelCodeNames = []string{
	"", "by_strategy", "by_host", "by_operator", "by_venue", "parent_done", "immediate",
	"unfillable", "exclusive", "group_filled",
}

func (c CancelCode) String() string { return nameOf("cancel_code", cancelCodeNames, uint64(c)) }

// ExpireCode is which time ran out.
type ExpireCode uint16

const (
	ExpireTimeInForce ExpireCode = 1 // GTD or DAY, at the venue.
	ExpireUnsent      ExpireCode = 2 // valid_until passed before the order was sent; it never reached the venue.
)

var expireCodeNames = []string{"", "time_in_force", "unsent"}

func (c ExpireCode) String() string { return nameOf("expire_code", expireCodeNames, uint64(c)) }
