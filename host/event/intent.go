package event

// IntentKind says what a strategy wishes.
type IntentKind uint8

const (
	IntentSubmit IntentKind = iota + 1
	IntentCancel
	IntentCancelAll
	IntentReplace
	IntentClose
)

// ReplaceFields are the fields of an order that a replace changes, as bits.
type ReplaceFields uint32

const (
	ReplacePrice ReplaceFields = 1 << iota
	ReplaceStopPrice
	ReplaceQuantity
)

// EveryInstrument stands for all of an agent's instruments in a cancel-all.
const EveryInstrument = ^uint32(0)

// Intent is what a strategy wished in a tick, before admission. Well-formed, but not yet judged.
type Intent struct {
	Kind IntentKind
	// Order holds instrument, side, type, time in force, size, prices, times, flags, ref and tag of a
	// submit; instrument, size kind, size, ref and tag of a close; the new values of a replace. A
	// cancel-all has its instrument, or EveryInstrument, and its side, or 0 for both.
	Order Order
	// ParentRef is the guest's number of the parent of a contingent order, 0 for none.
	ParentRef uint64
	// Grouped marks a reserved group.
	Grouped bool
	// TargetRef or TargetID name the order of a cancel or replace.
	TargetRef uint64
	TargetID  OrderID
	Fields    ReplaceFields
}
