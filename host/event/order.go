package event

import "encoding/hex"

// OrderID is the client order id: 16 bytes that begin with IDTag, written as 32 lower-case hex digits.
type OrderID [16]byte

// IDTag begins every order id of agenthost, so that an order of ours that the journal does not know is
// never taken for somebody else's.
var IDTag = [2]byte{0xa6, 0xe7}

// String writes the id as venues get it.
func (id OrderID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether there is no id.
func (id OrderID) IsZero() bool { return id == OrderID{} }

// Ours reports whether the id carries agenthost's tag.
func (id OrderID) Ours() bool { return id[0] == IDTag[0] && id[1] == IDTag[1] }

// OrderFlags qualify an order.
type OrderFlags uint32

const (
	// PostOnly: rest or be rejected, never take.
	PostOnly OrderFlags = 1 << iota
	// ReduceOnly: may only bring the position nearer to zero; checked at admission, at the door and
	// at the fill.
	ReduceOnly
	// Closing marks an order made from a wish to close.
	Closing
	// ByHost marks an order that the host itself made: an exit.
	ByHost
)

// Order is an admitted, numbered order and what became of it so far.
type Order struct {
	ID OrderID
	// Ref is the guest's own name for it, unique among its open orders.
	Ref        uint64
	Agent      uint32 // index of the owning agent in the host
	Instrument uint32
	Side       Side
	Type       OrderType
	TIF        TimeInForce
	SizeKind   SizeKind
	State      OrderState
	Flags      OrderFlags
	// Size is in quantity units, money or a fraction, by SizeKind. A venue that declares SizesAtFill
	// turns money and fractions into units when it fills.
	Size int64
	// Price limits; StopPrice triggers; price units, 0 where the type has none.
	Price, StopPrice int64
	// ExpireTime ends a GTD order at the venue. ValidUntil is how long the host may still send it.
	ExpireTime, ValidUntil int64
	// Parent is the order whose fill arms this one, zero if none. An armed child closes only what
	// its parent opened and is cancelled when that is closed.
	Parent OrderID
	// Redrives is the order that a person wished once more as this one, zero if the strategy or the host wished it.
	Redrives OrderID
	Group    uint64
	// Tag is the strategy's own words, at most 64 bytes.
	Tag string
	// Created is the time of the turn that admitted it.
	Created int64
	// Filled is the cumulative quantity; FilledValue the money it was worth.
	Filled, FilledValue int64
}

// Quantity returns the units ordered, or 0 while a fraction or money is not sized yet.
func (o *Order) Quantity() int64 {
	if o.SizeKind == SizeUnits {
		return o.Size
	}
	return 0
}

// Signed gives v the sign of the order's side: buying is positive.
func (o *Order) Signed(v int64) int64 {
	if o.Side == Sell {
		return -v
	}
	return v
}

// RequestKind says what is asked of a venue.
type RequestKind uint8

const (
	RequestSubmit RequestKind = iota + 1
	RequestCancel
	RequestReplace
)

// String names the request as journals do.
func (k RequestKind) String() string {
	switch k {
	case RequestSubmit:
		return "submit"
	case RequestCancel:
		return "cancel"
	case RequestReplace:
		return "replace"
	}
	return "request_unknown"
}

// Request is one message to a venue: an effect of a turn, released when the turn is durable.
type Request struct {
	Kind RequestKind
	// Order is the whole order for a submit. For a cancel its ID, Agent and Instrument count; for a
	// replace also Size, Price and StopPrice, where 0 leaves a field as it is.
	Order Order
}
