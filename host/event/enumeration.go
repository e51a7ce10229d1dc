package event

type Side uint8
type OrderType uint8
type TimeInForce uint8
type SizeKind uint8
type OrderState uint8
type EventKind uint16
type DenyCode uint32
type Mode uint8
type Permission uint8
type Trigger uint8
type InstrumentKind uint8

const (
	Buy  Side = 1
	Sell Side = 2
)
const (
	OrderMarket    OrderType = 1
	OrderLimit     OrderType = 2
	OrderStop      OrderType = 3
	OrderStopLimit OrderType = 4
)
const (
	GTC TimeInForce = 1
	IOC TimeInForce = 2
	FOK TimeInForce = 3
	GTD TimeInForce = 4
	DAY TimeInForce = 5
)
const (
	SizeUnits    SizeKind = 1
	SizeNotional SizeKind = 2
	SizeFraction SizeKind = 3
)
