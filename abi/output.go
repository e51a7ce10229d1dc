package abi

// The records of a guest's output: what it would like to have done. Each begins with its kind and
// its size in bytes. As in a tick, Go's layout is the wire's.

// OutputHeader begins a guest's output; the records follow it, the strings follow them.
type OutputHeader struct {
	Magic         uint32 // "AHOU".
	Version       uint32 // ABI version that the guest was built for.
	Size          uint32 // Bytes of the whole output.
	HeaderSize    uint32 // Bytes of this header; the first record begins here.
	Count         uint32 // Records.
	StringsOffset uint32 // Where the strings begin, from the start of the output: the end of the last record.
	StringsLength uint32 // Bytes of strings; they end the output.
	reserved0     uint32 // Zero.
}

// IntentKind tells the records of an output apart.
type IntentKind uint16

const (
	IntentSubmit    IntentKind = 1 // A new order.
	IntentCancel    IntentKind = 2 // Cancel one order.
	IntentCancelAll IntentKind = 3 // Cancel the agent's own orders of an instrument, or all.
	IntentReplace   IntentKind = 4 // Change price, stop price or quantity of an order.
	IntentClose     IntentKind = 5 // Close the agent's own position, or a part of it, at market.
	IntentTimer     IntentKind = 6 // Set or stop a timer.
	IntentSeries    IntentKind = 7 // A value that a chart can show.
	IntentAlert     IntentKind = 8 // Words for a person.
)

var intentKindNames = []string{"", "submit", "cancel", "cancel_all", "replace", "close", "timer", "series", "alert"}

func (k IntentKind) String() string { return nameOf("intent_kind", intentKindNames, uint64(k)) }

// Submit asks for a new order.
type Submit struct {
	recordKind  IntentKind  // 1.
	recordSize  uint16      // 96.
	Instrument  uint32      // Number of the instrument.
	Ref         uint64      // The guest's own number for the order, unique among its open orders; 0 gives it none.
	Side        Side        // Buy or sell.
	Type        OrderType   // Market, limit, stop, stop-limit.
	TimeInForce TimeInForce // How long it rests.
	SizeKind    SizeKind    // What Size counts.
	Flags       OrderFlag   // Post-only, reduce-only.
	GroupKind   GroupKind   // 0 in v1; others are denied as unsupported.
	reserved0   uint16      // Zero.
	Size        int64       // Greater than 0. With ParentRef, 0 means all that the parent opened.
	Price       int64       // Of limit and stop-limit; else 0.
	StopPrice   int64       // Of stop and stop-limit; else 0.
	ExpireTime  int64       // End of a GTD order; else 0.
	ValidUntil  int64       // Not to be sent after this time; 0 leaves it to the host.
	ParentRef   uint64      // Ref of the order that this one is contingent on, which may be in the same output; 0 is none.
	Group       uint64      // 0 in v1.
	Tag         StringRef   // The guest's own words, at most 64 bytes.
}

// Cancel asks to cancel one order, by exactly one of Ref and ID.
type Cancel struct {
	recordKind IntentKind    // 2.
	recordSize uint16        // 32.
	reserved0  uint32        // Zero.
	Ref        uint64        // The guest's own number of the order, or 0.
	ID         ClientOrderID // Client order id, or zeros.
}

// CancelAll asks to cancel all of the agent's own orders.
type CancelAll struct {
	recordKind IntentKind // 3.
	recordSize uint16     // 16.
	Instrument uint32     // Number of the instrument; 4294967295 means all.
	Side       Side       // Only orders of this side; 0 means both.
	reserved0  uint16     // Zero.
	reserved1  uint32     // Zero.
}

// ReplaceField is a set of bits: what a replace changes. The rest stays as it is.
type ReplaceField uint32

const (
	ReplacePrice     ReplaceField = 1 << 0 // Price is new.
	ReplaceStopPrice ReplaceField = 1 << 1 // StopPrice is new.
	ReplaceQuantity  ReplaceField = 1 << 2 // Quantity is new.

	replaceFieldsKnown = ReplacePrice | ReplaceStopPrice | ReplaceQuantity
)

var replaceFieldNames = []string{"price", "stop_price", "quantity"}

func (f ReplaceField) String() string { return bitsOf(replaceFieldNames, uint64(f)) }

// Replace asks to change an order, named by exactly one of Ref and ID. The order keeps its ref.
type Replace struct {
	recordKind IntentKind    // 4.
	recordSize uint16        // 64.
	Fields     ReplaceField  // What changes; at least one bit.
	Ref        uint64        // The guest's own number of the order, or 0.
	ID         ClientOrderID // Client order id, or zeros.
	Price      int64         // New limit price; 0 if it does not change.
	StopPrice  int64         // New stop price; 0 if it does not change.
	Quantity   int64         // New whole quantity, what is filled included; 0 if it does not change.
	ValidUntil int64         // Not to be sent after this time; 0 leaves it to the host.
}

// Close asks to close the agent's own position in an instrument, at market. It is reduce-only.
type Close struct {
	recordKind IntentKind // 5.
	recordSize uint16     // 48.
	Instrument uint32     // Number of the instrument.
	Ref        uint64     // The guest's own number for the order; 0 gives it none.
	SizeKind   SizeKind   // Units, or fraction of the position.
	reserved0  uint16     // Zero.
	reserved1  uint32     // Zero.
	Size       int64      // Greater than 0; 100000000 as a fraction closes all.
	ValidUntil int64      // Not to be sent after this time; 0 leaves it to the host.
	Tag        StringRef  // The guest's own words, at most 64 bytes.
}

// TimerAction is what to do with a timer.
type TimerAction uint16

const (
	TimerAt    TimerAction = 1 // Tick once at Time.
	TimerEvery TimerAction = 2 // Tick at Time and then every Interval.
	TimerOff   TimerAction = 3 // Stop the timer.
)

var timerActionNames = []string{"", "at", "every", "off"}

func (a TimerAction) String() string { return nameOf("timer_action", timerActionNames, uint64(a)) }

// Timer sets or stops one of the strategy's timers. Setting one that runs sets it anew.
type Timer struct {
	recordKind IntentKind  // 6.
	recordSize uint16      // 32.
	Action     TimerAction // At, every, off.
	reserved0  uint16      // Zero.
	ID         uint64      // The guest's own number for the timer; comes back in the header's Timer.
	Time       int64       // When it is first due; with every, 0 means one interval from now.
	Interval   int64       // Nanoseconds between ticks, with every; else 0.
}

// Series gives one of the declared series a value at this tick.
type Series struct {
	recordKind IntentKind // 7.
	recordSize uint16     // 24.
	Series     uint32     // Number of the series, by its place in the description.
	Instrument uint32     // Number of the instrument that it belongs to; 4294967295 means none.
	reserved0  uint32     // Zero.
	Value      int64      // Scaled as its unit says: price and quantity by the instrument, money by the account's currency, else 1e-8.
}

// AlertLevel is how much an alert matters.
type AlertLevel uint16

const (
	AlertInfo     AlertLevel = 1 // Good to know.
	AlertWarning  AlertLevel = 2 // Should be looked at.
	AlertCritical AlertLevel = 3 // Must be looked at now.
)

var alertLevelNames = []string{"", "info", "warning", "critical"}

func (l AlertLevel) String() string { return nameOf("alert_level", alertLevelNames, uint64(l)) }

// Alert tells a person something.
type Alert struct {
	recordKind IntentKind // 8.
	recordSize uint16     // 16.
	Level      AlertLevel // Info, warning, critical.
	reserved0  uint16     // Zero.
	Message    StringRef  // At most 1024 bytes.
}

// Intent is one record of an output: of the eight records the one that Kind names is set.
type Intent struct {
	Kind      IntentKind
	Submit    Submit
	Cancel    Cancel
	CancelAll CancelAll
	Replace   Replace
	Close     Close
	Timer     Timer
	Series    Series
	Alert     Alert

	// Text is the record's string (the tag of a submit or close, the message of an alert), a view of
	// the output that is valid as long as the output is. Who keeps it copies it. nil if there is none.
	Text []byte
}
