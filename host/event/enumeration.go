package event

import "github.com/agenthost/agenthost/abi"

// The enumerations are the ABI's, under the names that the stations use: a station imports event and
// nothing else of ours.
type (
	Side           = abi.Side
	OrderType      = abi.OrderType
	TimeInForce    = abi.TimeInForce
	SizeKind       = abi.SizeKind
	OrderState     = abi.OrderState
	EventKind      = abi.EventKind
	DenyCode       = abi.DenyCode
	RejectCode     = abi.RejectCode
	CancelCode     = abi.CancelCode
	ExpireCode     = abi.ExpireCode
	Mode           = abi.Mode
	Permission     = abi.Permission
	InstrumentKind = abi.InstrumentKind
	// Capabilities are what a venue can do, as bits; strategies see them in the tick header.
	Capabilities = abi.Capability
	// BarFlags qualify a bar.
	BarFlags = abi.BarFlag
	// FeedFlags say what a feed's gate found about an instrument since the last delivered event.
	FeedFlags = abi.FeedFlag
)

const (
	Buy  = abi.SideBuy
	Sell = abi.SideSell

	OrderMarket    = abi.OrderMarket
	OrderLimit     = abi.OrderLimit
	OrderStop      = abi.OrderStop
	OrderStopLimit = abi.OrderStopLimit

	GTC = abi.TimeGTC
	IOC = abi.TimeIOC
	FOK = abi.TimeFOK
	GTD = abi.TimeGTD
	DAY = abi.TimeDay

	SizeUnits    = abi.SizeUnits
	SizeNotional = abi.SizeNotional
	SizeFraction = abi.SizeFraction

	StatePending        = abi.StatePending
	StateInFlight       = abi.StateInFlight
	StateOpen           = abi.StateOpen
	StatePartial        = abi.StatePartial
	StateCancelPending  = abi.StateCancelPending
	StateReplacePending = abi.StateReplacePending
	StateUnknown        = abi.StateUnknown
	StateContingent     = abi.StateContingent
	StateFilled         = abi.StateFilled
	StateCancelled      = abi.StateCancelled
	StateExpired        = abi.StateExpired
	StateRejected       = abi.StateRejected
	StateDenied         = abi.StateDenied

	EventAccepted    = abi.EventAccepted
	EventRejected    = abi.EventRejected
	EventDenied      = abi.EventDenied
	EventFill        = abi.EventFill
	EventCancelled   = abi.EventCancelled
	EventExpired     = abi.EventExpired
	EventReplaced    = abi.EventReplaced
	EventSettled     = abi.EventSettled
	EventDeadLetter  = abi.EventDeadLetter
	EventFee         = abi.EventFee
	EventFunding     = abi.EventFunding
	EventTransfer    = abi.EventTransfer
	EventLiquidation = abi.EventLiquidation

	ModeFull        = abi.ModeFull
	ModeReadOnly    = abi.ModeReadOnly
	ModeObservation = abi.ModeObservation
	ModeShutdown    = abi.ModeShutdown

	PermitAdd    = abi.PermissionAdd
	PermitReduce = abi.PermissionReduce
	PermitCancel = abi.PermissionCancel
	PermitTick   = abi.PermissionTick

	Spot      = abi.InstrumentSpot
	Equity    = abi.InstrumentEquity
	Perpetual = abi.InstrumentPerpetual
	Future    = abi.InstrumentFuture
	Option    = abi.InstrumentOption
	Index     = abi.InstrumentIndex

	BarClosed   = abi.BarClosed
	BarAfterGap = abi.BarAfterGap
	BarFlagged  = abi.BarFlagged

	FeedGap          = abi.FeedGap
	FeedQuarantined  = abi.FeedQuarantined
	FeedOutOfSession = abi.FeedOutOfSession
	FeedStale        = abi.FeedStale
	FeedFlagged      = abi.FeedFlagged

	SizesAtFill        = abi.CapabilitySizesAtFill
	NativeStops        = abi.CapabilityStops
	EnforcesReduceOnly = abi.CapabilityReduceOnly
	EnforcesPostOnly   = abi.CapabilityPostOnly
	NativeReplace      = abi.CapabilityReplace
	SizesByNotional    = abi.CapabilityNotional
	ShortSelling       = abi.CapabilityShort
	MarketOrders       = abi.CapabilityMarketOrders
	EnforcesExpiry     = abi.CapabilityExpiry
	EnforcesImmediate  = abi.CapabilityImmediate
	LooksUp            = abi.CapabilityLookup
	DedupeOpen         = abi.CapabilityDedupeOpen
	DedupeWindow       = abi.CapabilityDedupeWindow
	DedupeForever      = abi.CapabilityDedupeForever
)

// Why the host denies; see package abi for what each means.
const (
	DenyUnsupported       = abi.DenyUnsupported
	DenyUnknownInstrument = abi.DenyUnknownInstrument
	DenyUnknownOrder      = abi.DenyUnknownOrder
	DenyDuplicateRef      = abi.DenyDuplicateRef
	DenyUnknownParent     = abi.DenyUnknownParent
	DenyMode              = abi.DenyMode
	DenyPrice             = abi.DenyPrice
	DenyPriceTick         = abi.DenyPriceTick
	DenyPriceCollar       = abi.DenyPriceCollar
	DenySize              = abi.DenySize
	DenyLot               = abi.DenyLot
	DenyQuantityMin       = abi.DenyQuantityMin
	DenyQuantityMax       = abi.DenyQuantityMax
	DenyNotionalMin       = abi.DenyNotionalMin
	DenyNotionalMax       = abi.DenyNotionalMax
	DenyPosition          = abi.DenyPosition
	DenyExposure          = abi.DenyExposure
	DenyMargin            = abi.DenyMargin
	DenyOpenOrders        = abi.DenyOpenOrders
	DenyRate              = abi.DenyRate
	DenyDrawdown          = abi.DenyDrawdown
	DenyReduceOnly        = abi.DenyReduceOnly
	DenySelfTrade         = abi.DenySelfTrade
	DenyUnknownPending    = abi.DenyUnknownPending
	DenyBreaker           = abi.DenyBreaker
	DenyStale             = abi.DenyStale
	DenyStatus            = abi.DenyStatus
	DenyValidUntil        = abi.DenyValidUntil
	DenyTimeInForce       = abi.DenyTimeInForce
	DenyOverflow          = abi.DenyOverflow
	DenyNothingToClose    = abi.DenyNothingToClose
	DenySpace             = abi.DenySpace
	DenyTimer             = abi.DenyTimer
	DenyQuarantine        = abi.DenyQuarantine
	DenyDust              = abi.DenyDust
)

// Why a venue rejects.
const (
	RejectOther      = abi.RejectOther
	RejectFunds      = abi.RejectFunds
	RejectPrice      = abi.RejectPrice
	RejectQuantity   = abi.RejectQuantity
	RejectNotional   = abi.RejectNotional
	RejectPostOnly   = abi.RejectPostOnly
	RejectReduceOnly = abi.RejectReduceOnly
	RejectHalted     = abi.RejectHalted
	RejectDuplicate  = abi.RejectDuplicate
	RejectPermission = abi.RejectPermission
	RejectRate       = abi.RejectRate
	RejectTrigger    = abi.RejectTrigger
	RejectType       = abi.RejectType
)

// Why an order is cancelled or expires.
const (
	CancelByStrategy  = abi.CancelByStrategy
	CancelByHost      = abi.CancelByHost
	CancelByOperator  = abi.CancelByOperator
	CancelByVenue     = abi.CancelByVenue
	CancelParentDone  = abi.CancelParentDone
	CancelImmediate   = abi.CancelImmediate
	CancelUnfillable  = abi.CancelUnfillable
	CancelExclusive   = abi.CancelExclusive
	CancelGroupFilled = abi.CancelGroupFilled

	ExpireTimeInForce = abi.ExpireTimeInForce
	ExpireUnsent      = abi.ExpireUnsent
)
