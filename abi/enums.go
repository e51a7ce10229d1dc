package abi

import "strconv"

// All enumerations are open: a guest must accept values that it does not know, for a later minor
// version may add some. Zero is never a meaning of its own; it says "not given".

// Trigger says why this tick happens.
type Trigger uint16

const (
	TriggerMarket   Trigger = 1 // Market data arrived: bars, quotes or trades are in their sections.
	TriggerTimer    Trigger = 2 // A timer of the strategy is due; Header.Timer names it.
	TriggerOrder    Trigger = 3 // Something became of an order; see the events.
	TriggerStart    Trigger = 4 // The first tick of an instance in this run.
	TriggerSwapped  Trigger = 5 // The first tick of a module that took over from another.
	TriggerStop     Trigger = 6 // The agent is being stopped; the last tick of this run.
	TriggerMode     Trigger = 7 // Mode or permissions changed.
	TriggerOperator Trigger = 8 // A person did something; see the events.
)

var triggerNames = []string{"", "market", "timer", "order", "start", "swapped", "stop", "mode", "operator"}

func (t Trigger) String() string { return nameOf("trigger", triggerNames, uint64(t)) }

// Mode is how much the host lets the agent do; Permissions say it bit by bit.
type Mode uint16

const (
	ModeFull        Mode = 1 // Everything is allowed.
	ModeReadOnly    Mode = 2 // Reduce and cancel only.
	ModeObservation Mode = 3 // Cancel only; exits are made by the host or a person.
	ModeShutdown    Mode = 4 // Nothing; the host flattens.
)

var modeNames = []string{"", "full", "read_only", "observation", "shutdown"}

func (m Mode) String() string { return nameOf("mode", modeNames, uint64(m)) }

// Permission is a set of bits: what the agent may do in this tick.
type Permission uint32

const (
	PermissionAdd    Permission = 1 << 0 // Orders that add risk are admitted.
	PermissionReduce Permission = 1 << 1 // Orders that only reduce a position are admitted.
	PermissionCancel Permission = 1 << 2 // Cancels are admitted.
	PermissionTick   Permission = 1 << 3 // The strategy is called.
)

var permissionNames = []string{"add", "reduce", "cancel", "tick"}

func (p Permission) String() string { return bitsOf(permissionNames, uint64(p)) }

// TickFlag is a set of bits about the tick as a whole.
type TickFlag uint32

const (
	TickWarmUp     TickFlag = 1 << 0 // History is being run through the strategy; its orders are dropped.
	TickShadow     TickFlag = 1 << 1 // The strategy runs beside the trading one; its orders are dropped.
	TickReconciled TickFlag = 1 << 2 // Account and orders agree with the venue as of the account's time.
	TickSwapped    TickFlag = 1 << 3 // This module took over from another in this run.
)

var tickFlagNames = []string{"warm_up", "shadow", "reconciled", "swapped"}

func (f TickFlag) String() string { return bitsOf(tickFlagNames, uint64(f)) }

// Capability is a set of bits: what the agent's venue can do by itself.
type Capability uint64

const (
	CapabilitySizesAtFill   Capability = 1 << 0  // A size given as a fraction is turned into units at the fill.
	CapabilityStops         Capability = 1 << 1  // Stop orders rest at the venue.
	CapabilityReduceOnly    Capability = 1 << 2  // The venue enforces reduce-only.
	CapabilityPostOnly      Capability = 1 << 3  // The venue enforces post-only.
	CapabilityReplace       Capability = 1 << 4  // An order is amended in place and keeps its id.
	CapabilityNotional      Capability = 1 << 5  // Sizes may be given as notional.
	CapabilityShort         Capability = 1 << 6  // Positions may be negative.
	CapabilityMarketOrders  Capability = 1 << 7  // There are market orders.
	CapabilityExpiry        Capability = 1 << 8  // GTD is enforced by the venue.
	CapabilityImmediate     Capability = 1 << 9  // IOC and FOK are enforced by the venue.
	CapabilityLookup        Capability = 1 << 10 // An order can be looked up by client order id.
	CapabilityDedupeOpen    Capability = 1 << 11 // A client order id is refused twice while the order is open.
	CapabilityDedupeWindow  Capability = 1 << 12 // A client order id is refused twice within a time.
	CapabilityDedupeForever Capability = 1 << 13 // A client order id is refused twice for ever.
	CapabilityGroups        Capability = 1 << 14 // The venue links orders (OCO, bracket) by itself.
)

var capabilityNames = []string{
	"sizes_at_fill", "stops", "reduce_only", "post_only", "replace", "notional", "short",
	"market_orders", "expiry", "immediate", "lookup", "dedupe_open", "dedupe_window", "dedupe_forever", "groups",
}

func (c Capability) String() string { return bitsOf(capabilityNames, uint64(c)) }

// InstrumentKind is what kind of thing an instrument is.
type InstrumentKind uint16

const (
	InstrumentSpot      InstrumentKind = 1 // One currency for another, delivered.
	InstrumentEquity    InstrumentKind = 2 // A share.
	InstrumentPerpetual InstrumentKind = 3 // A perpetual swap with funding.
	InstrumentFuture    InstrumentKind = 4 // A dated future.
	InstrumentOption    InstrumentKind = 5 // An option.
	InstrumentIndex     InstrumentKind = 6 // A figure that cannot be traded.
)

var instrumentKindNames = []string{"", "spot", "equity", "perpetual", "future", "option", "index"}

func (k InstrumentKind) String() string {
	return nameOf("instrument_kind", instrumentKindNames, uint64(k))
}

// InstrumentStatus is whether an instrument trades now.
type InstrumentStatus uint16

const (
	StatusTrading    InstrumentStatus = 1 // Orders are taken.
	StatusHalted     InstrumentStatus = 2 // The venue takes no orders for now.
	StatusClosed     InstrumentStatus = 3 // Out of session.
	StatusReduceOnly InstrumentStatus = 4 // Only orders that reduce are taken.
	StatusCancelOnly InstrumentStatus = 5 // Only cancels are taken.
	StatusDelisted   InstrumentStatus = 6 // It will not trade again.
)

var instrumentStatusNames = []string{"", "trading", "halted", "closed", "reduce_only", "cancel_only", "delisted"}

func (s InstrumentStatus) String() string {
	return nameOf("instrument_status", instrumentStatusNames, uint64(s))
}

// BarFlag is a set of bits about one bar.
type BarFlag uint32

const (
	BarClosed   BarFlag = 1 << 0 // The bar is final.
	BarAfterGap BarFlag = 1 << 1 // Bars are missing between the last one and this.
	BarFlagged  BarFlag = 1 << 2 // Its prices contradict one another and the configuration lets it through.
)

var barFlagNames = []string{"closed", "after_gap", "flagged"}

func (f BarFlag) String() string { return bitsOf(barFlagNames, uint64(f)) }

// FeedFlag is a set of bits about the data of one instrument since the last tick.
type FeedFlag uint32

const (
	FeedGap          FeedFlag = 1 << 0 // Data is missing.
	FeedQuarantined  FeedFlag = 1 << 1 // A bad bar, quote or trade was withheld.
	FeedOutOfSession FeedFlag = 1 << 2 // The market is closed by its calendar.
	FeedStale        FeedFlag = 1 << 3 // Nothing came for longer than the feed's interval and session allow.
	FeedFlagged      FeedFlag = 1 << 4 // A bar whose prices contradict one another was let through.
	FeedFallback     FeedFlag = 1 << 5 // The data comes from the second source.
)

var feedFlagNames = []string{"gap", "quarantined", "out_of_session", "stale", "flagged", "fallback"}

func (f FeedFlag) String() string { return bitsOf(feedFlagNames, uint64(f)) }

// Owner says whose a position is.
type Owner uint16

const (
	OwnerAgent   Owner = 1 // This agent's.
	OwnerForeign Owner = 2 // In the account, but no agent of this host's.
)

var ownerNames = []string{"", "agent", "foreign"}

func (o Owner) String() string { return nameOf("owner", ownerNames, uint64(o)) }

// AccountFlag is a set of bits about account and positions.
type AccountFlag uint32

const (
	AccountReconciled AccountFlag = 1 << 0 // Agrees with the venue as of its time.
	AccountEstimated  AccountFlag = 1 << 1 // Some mark is missing or old; equity is an estimate.
)

var accountFlagNames = []string{"reconciled", "estimated"}

func (f AccountFlag) String() string { return bitsOf(accountFlagNames, uint64(f)) }

// Side is the direction of an order, fill or trade.
type Side uint16

const (
	SideBuy  Side = 1 // Adds to a long position or reduces a short one.
	SideSell Side = 2 // Adds to a short position or reduces a long one.
)

var sideNames = []string{"", "buy", "sell"}

func (s Side) String() string { return nameOf("side", sideNames, uint64(s)) }

// Opposite is the other side.
func (s Side) Opposite() Side { return 3 - s }

// OrderType is how an order is to be filled.
type OrderType uint16

const (
	OrderMarket     OrderType = 1 // At whatever price there is.
	OrderLimit      OrderType = 2 // At Price or better.
	OrderStop       OrderType = 3 // At market once StopPrice trades.
	OrderStopLimit  OrderType = 4 // At Price or better once StopPrice trades.
	OrderTakeProfit OrderType = 5 // Reserved; a v1 host denies it as unsupported.
	OrderTrailing   OrderType = 6 // Reserved; a v1 host denies it as unsupported.
)

var orderTypeNames = []string{"", "market", "limit", "stop", "stop_limit", "take_profit", "trailing"}

func (t OrderType) String() string { return nameOf("order_type", orderTypeNames, uint64(t)) }

// TimeInForce is how long an order rests.
type TimeInForce uint16

const (
	TimeGTC TimeInForce = 1 // Until cancelled.
	TimeIOC TimeInForce = 2 // What cannot be filled at once is cancelled.
	TimeFOK TimeInForce = 3 // All at once or nothing.
	TimeGTD TimeInForce = 4 // Until ExpireTime.
	TimeDay TimeInForce = 5 // Until the session ends.
)

var timeInForceNames = []string{"", "gtc", "ioc", "fok", "gtd", "day"}

func (t TimeInForce) String() string { return nameOf("time_in_force", timeInForceNames, uint64(t)) }

// SizeKind is what the number Size of an order counts.
type SizeKind uint16

const (
	SizeUnits    SizeKind = 1 // Units of the instrument, by its quantity decimals.
	SizeNotional SizeKind = 2 // Money in the quote currency, by its decimals.
	SizeFraction SizeKind = 3 // 1e-8 of the margin available (of the position, in a close); 100000000 is all of it.
)

var sizeKindNames = []string{"", "units", "notional", "fraction"}

func (k SizeKind) String() string { return nameOf("size_kind", sizeKindNames, uint64(k)) }

// OrderFlag is a set of bits about an order.
type OrderFlag uint32

const (
	OrderPostOnly   OrderFlag = 1 << 0 // Never takes; refused if it would.
	OrderReduceOnly OrderFlag = 1 << 1 // Never opens or turns a position.
)

// OrderFlagsKnown are the bits that a guest may set; any other refuses the tick.
const OrderFlagsKnown = OrderPostOnly | OrderReduceOnly

var orderFlagNames = []string{"post_only", "reduce_only"}

func (f OrderFlag) String() string { return bitsOf(orderFlagNames, uint64(f)) }

// GroupKind is how the orders of one group hang together. All are reserved in v1.
type GroupKind uint16

const (
	GroupNone    GroupKind = 0 // The order stands alone.
	GroupOCO     GroupKind = 1 // Reserved; one cancels the other.
	GroupBracket GroupKind = 2 // Reserved; entry, stop and target as one.
)

var groupKindNames = []string{"none", "oco", "bracket"}

func (k GroupKind) String() string { return nameOf("group_kind", groupKindNames, uint64(k)) }

// OrderState is where an order stands.
type OrderState uint16

const (
	StatePending        OrderState = 1  // Admitted and durable, not sent yet.
	StateInFlight       OrderState = 2  // Sent, no answer yet.
	StateOpen           OrderState = 3  // Accepted and resting.
	StatePartial        OrderState = 4  // Accepted, partly filled.
	StateCancelPending  OrderState = 5  // A cancel is on its way.
	StateReplacePending OrderState = 6  // A replace is on its way.
	StateUnknown        OrderState = 7  // Sent, and nobody knows yet what became of it; the host is asking.
	StateContingent     OrderState = 8  // Held by the host until its parent fills.
	StateFilled         OrderState = 16 // Final: filled completely.
	StateCancelled      OrderState = 17 // Final: cancelled.
	StateExpired        OrderState = 18 // Final: its time ran out.
	StateRejected       OrderState = 19 // Final: refused by the venue.
	StateDenied         OrderState = 20 // Final: refused by the host.
)

var orderStateNames = []string{
	"", "pending", "in_flight", "open", "partial", "cancel_pending", "replace_pending",
	"unknown", "contingent", "", "", "", "", "", "", "", "filled", "cancelled", "expired", "rejected", "denied",
}

func (s OrderState) String() string { return nameOf("order_state", orderStateNames, uint64(s)) }

// Final tells that nothing more can become of the order, save fills that come late.
func (s OrderState) Final() bool { return s >= StateFilled && s <= StateDenied }

// LogLevel is the level of a line of agenthost.log. A host takes levels that it does not know as info.
type LogLevel uint32

const (
	LogDebug LogLevel = 1 // For the author.
	LogInfo  LogLevel = 2 // Good to know.
	LogWarn  LogLevel = 3 // Should be looked at.
	LogError LogLevel = 4 // Something failed.
)

var logLevelNames = []string{"", "debug", "info", "warn", "error"}

func (l LogLevel) String() string { return nameOf("log_level", logLevelNames, uint64(l)) }

// nameOf gives the name of an enumeration's value, or kind(number) for one without a name.
func nameOf(kind string, names []string, v uint64) string {
	if v < uint64(len(names)) && names[v] != "" {
		return names[v]
	}
	return kind + "(" + strconv.FormatUint(v, 10) + ")"
}

// bitsOf joins the names of the bits set by '|'; bits without a name are shown in hexadecimal.
func bitsOf(names []string, v uint64) string {
	if v == 0 {
		return "none"
	}
	s := ""
	for i, name := range names {
		if v>>i&1 == 0 {
			continue
		}
		if s != "" {
			s += "|"
		}
		s += name
		v &^= 1 << i
	}
	if v == 0 {
		return s
	}
	if s != "" {
		s += "|"
	}
	return s + "0x" + strconv.FormatUint(v, 16)
}
