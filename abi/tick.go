package abi

//lint:file-ignore U1000 reserved fields are never named: they hold their place on the wire

// The records of a tick. Their Go memory layout is the layout on the wire: little-endian, 8-aligned,
// without holes. Fields are only ever appended. Prices count 10^-PriceDecimals of their instrument,
// quantities 10^-QuantityDecimals, money 10^-Decimals of its currency, fractions 1e-8, times are
// nanoseconds since the Unix epoch, UTC.

// Header begins each tick.
type Header struct {
	Magic             uint32     // "AHTK"; set by the writer.
	Version           uint32     // ABI version of the writer, major<<16 | minor; set by the writer.
	Size              uint32     // Bytes of the whole tick; set by the writer.
	HeaderSize        uint16     // Bytes of this header; set by the writer.
	SectionCount      uint16     // Entries in the section directory; set by the writer.
	DirectoryOffset   uint32     // Where the section directory is, from the start of the tick; set by the writer.
	Trigger           Trigger    // Why this tick happens.
	Mode              Mode       // How much the host lets the agent do.
	Sequence          uint64     // Number of the event in the agent's stream; grows, not always by one.
	Time              int64      // Now, for everything the strategy does; never goes back.
	Received          int64      // When the host received the event; in recorded runs the same as Time.
	Permissions       Permission // What may be asked for in this tick.
	Flags             TickFlag   // Warm-up, shadow, reconciled, swapped.
	Fuel              uint64     // Units of fuel for this tick; zero means that nothing counts.
	Seed              uint64     // Seed for this tick's randomness, the same in each replay.
	EventsDropped     uint64     // Events that did not fit since the last successful tick.
	VenueCapabilities Capability // What the agent's venue can do by itself.
	Timer             uint64     // The timer that is due, if the trigger is timer; else zero.
}

// Section is one entry of the section directory. Entries ascend by kind, and empty sections have none.
type Section struct {
	Kind   SectionKind // What the records are.
	Stride uint16      // Bytes from one record to the next; 1 for strings.
	Count  uint32      // Records in the section.
	Offset uint32      // The first record, from the start of the tick; a multiple of 8.
}

// SectionKind tells the sections of a tick apart. Guests skip kinds that they do not know.
type SectionKind uint16

const (
	SectionStrings     SectionKind = 1  // Bytes of UTF-8 that string references point into.
	SectionCurrencies  SectionKind = 2  // Currency records; others refer to them by index.
	SectionInstruments SectionKind = 3  // Instrument records; the id is the index.
	SectionBars        SectionKind = 4  // Bar records: those that closed, or changed, with this event.
	SectionQuotes      SectionKind = 5  // Quote records.
	SectionTrades      SectionKind = 6  // Trade records.
	SectionBookLevels  SectionKind = 7  // Reserved.
	SectionFeedHealth  SectionKind = 8  // FeedHealth records, one for each instrument.
	SectionBalances    SectionKind = 9  // Balance records, one for each currency held; complete.
	SectionAccount     SectionKind = 10 // One Account record.
	SectionPositions   SectionKind = 11 // Position records; complete.
	SectionOpenOrders  SectionKind = 12 // OpenOrder records; complete.
	SectionEvents      SectionKind = 13 // Event records since the last successful tick, oldest first.

	sectionKinds = 14
)

var sectionKindNames = []string{
	"", "strings", "currencies", "instruments", "bars", "quotes", "trades", "book_levels",
	"feed_health", "balances", "account", "positions", "open_orders", "events",
}

func (k SectionKind) String() string { return nameOf("section_kind", sectionKindNames, uint64(k)) }

// Currency is money of one kind.
type Currency struct {
	Name      StringRef // Its code, such as USD.
	Decimals  uint16    // Money in it counts 10^-Decimals.
	reserved0 uint16    // Zero.
	reserved1 uint32    // Zero.
}

// Instrument is one thing that the agent may see or trade.
type Instrument struct {
	ID               uint32           // Its place in the agent's own list, from 0; the same for a whole run.
	Kind             InstrumentKind   // Spot, share, perpetual and so on.
	Status           InstrumentStatus // Whether it trades now.
	Name             StringRef        // Its name in the configuration.
	Base             uint16           // Index of the currency that is bought; 65535 means none (a share).
	Quote            uint16           // Index of the currency that prices are in.
	Settle           uint16           // Index of the currency that profit and loss are in.
	PriceDecimals    uint8            // Prices count 10^-PriceDecimals.
	QuantityDecimals uint8            // Quantities count 10^-QuantityDecimals.
	PriceTick        int64            // Prices of orders are multiples of it; at least 1.
	QuantityLot      int64            // Quantities of orders are multiples of it; at least 1.
	QuantityMin      int64            // Least quantity of an order; 0 means none.
	QuantityMax      int64            // Greatest quantity of an order; 0 means none.
	NotionalMin      int64            // Least notional of an order in the quote currency; 0 means none.
	NotionalMax      int64            // Greatest notional of an order in the quote currency; 0 means none.
	Multiplier       int64            // Units of the base behind a quantity of one, in 1e-8; 100000000 is one.
	FeeMaker         int64            // Fraction of the notional, for fills that give liquidity.
	FeeTaker         int64            // Fraction of the notional, for fills that take it.
	FeeFixed         int64            // Money in the settle currency, for each order.
	MarginInitial    int64            // Margin as a fraction of the notional; 100000000 means no leverage.
}

// Bar is open, high, low, close and volume of a span of time.
type Bar struct {
	Instrument uint32  // Number of the instrument.
	Flags      BarFlag // Closed, after a gap, flagged.
	Interval   int64   // Length of the span in nanoseconds.
	OpenTime   int64   // Start of the span.
	CloseTime  int64   // End of the span; a closed bar is known from here on.
	Open       int64   // First price.
	High       int64   // Highest price.
	Low        int64   // Lowest price.
	Close      int64   // Last price.
	Volume     int64   // Quantity traded; 0 if the feed has none.
}

// Quote is the best bid and ask.
type Quote struct {
	Instrument  uint32 // Number of the instrument.
	reserved0   uint32 // Zero.
	Time        int64  // When it was made, by the venue's clock.
	BidPrice    int64  // Best bid; 0 means none.
	BidQuantity int64  // Quantity at the best bid.
	AskPrice    int64  // Best ask; 0 means none.
	AskQuantity int64  // Quantity at the best ask.
}

// Trade is one public trade.
type Trade struct {
	Instrument uint32 // Number of the instrument.
	Side       Side   // Of who took; 0 if not told.
	reserved0  uint16 // Zero.
	Time       int64  // When it happened, by the venue's clock.
	Price      int64  // Price.
	Quantity   int64  // Quantity.
}

// FeedHealth is how well the data of one instrument can be trusted.
type FeedHealth struct {
	Instrument uint32   // Number of the instrument.
	Flags      FeedFlag // What was wrong since the last tick.
	Age        int64    // Nanoseconds since the newest data; -1 if there was none yet.
	Interval   int64    // Nanoseconds between data when all is well; 0 if there is no rule.
	Withheld   uint64   // Bad bars, quotes and trades withheld since the run began.
	Gaps       uint64   // Gaps since the run began.
}

// Balance is what the account holds of one currency.
type Balance struct {
	Currency  uint16 // Index of the currency.
	reserved0 uint16 // Zero.
	reserved1 uint32 // Zero.
	Total     int64  // All of it.
	Free      int64  // What can be used.
	Locked    int64  // What orders and margin hold.
}

// Account is the agent's account as a whole.
type Account struct {
	Currency        uint16      // Index of the currency that all of this is in.
	reserved0       uint16      // Zero.
	Flags           AccountFlag // Reconciled, estimated.
	Equity          int64       // Money plus the value of positions at their marks.
	Peak            int64       // Highest equity; deposits and withdrawals move it.
	Drawdown        int64       // Fraction of the peak that is lost now, 0 to 100000000.
	DayPnL          int64       // Profit or loss since the day began.
	Capital         int64       // Money given to this agent by its operator.
	MarginUsed      int64       // Margin that positions and orders hold.
	MarginAvailable int64       // Margin that a size given as a fraction is a fraction of.
	Realised        int64       // Realised profit or loss since the run began, fees taken off.
	Fees            int64       // Fees since the run began.
	AsOf            int64       // When this was so.
}

// Position is what is held of one instrument.
type Position struct {
	Instrument       uint32 // Number of the instrument.
	Owner            Owner  // This agent's or foreign.
	Flags            uint16 // Zero in v1.
	Quantity         int64  // Signed; negative is short.
	AveragePrice     int64  // Average entry price, rounded half to even.
	MarkPrice        int64  // Price that the position is valued at; 0 if there is none yet.
	Realised         int64  // Realised profit or loss in the settle currency, fees taken off.
	Unrealised       int64  // Profit or loss at the mark, in the settle currency.
	LiquidationPrice int64  // Where the venue would close it; 0 if it would not or does not say.
	OpenTime         int64  // When the position left zero.
}

// OpenOrder is an order that is not final.
type OpenOrder struct {
	ID           ClientOrderID // Client order id.
	Ref          uint64        // The guest's own number for it; 0 if it has none.
	ParentRef    uint64        // Ref of the order that it is contingent on; 0 if it stands alone.
	Instrument   uint32        // Number of the instrument.
	State        OrderState    // Where it stands.
	Type         OrderType     // Market, limit, stop, stop-limit.
	Side         Side          // Buy or sell.
	TimeInForce  TimeInForce   // How long it rests.
	Flags        OrderFlag     // Post-only, reduce-only.
	SizeKind     SizeKind      // What Size counts.
	reserved0    uint16        // Zero.
	reserved1    uint32        // Zero.
	Size         int64         // As the guest asked.
	Quantity     int64         // In units; 0 while it is to be sized at the fill.
	Filled       int64         // Units filled.
	Remaining    int64         // Units that may still fill.
	Price        int64         // Limit price; 0 if it has none.
	StopPrice    int64         // Stop price; 0 if it has none.
	AveragePrice int64         // Average price of what is filled, rounded half to even; 0 if nothing is.
	CreateTime   int64         // When it was admitted; its age is Time less this.
	ExpireTime   int64         // End of a GTD order; else 0.
	Tag          StringRef     // The guest's own words.
}

// Event is something that happened since the last successful tick.
type Event struct {
	Kind       EventKind     // What happened.
	Code       uint16        // Why, by kind: DenyCode, RejectCode, CancelCode, ExpireCode, OrderState; else 0.
	Instrument uint32        // Number of the instrument; 4294967295 means none.
	ID         ClientOrderID // Client order id; zeros if it is about no order.
	Ref        uint64        // The guest's own number of the order; 0 if it has none.
	Time       int64         // When it happened.
	Side       Side          // Of the order or fill; 0 if it has none.
	Currency   uint16        // Index of the currency of Fee and Amount; 65535 means none.
	Flags      EventFlag     // Maker, late, final.
	Quantity   int64         // Of the fill, or the order's new quantity.
	Price      int64         // Of the fill, or the order's new price.
	Fee        int64         // Of the fill; negative is a rebate.
	Amount     int64         // Of a fee, funding or transfer; signed as money for the account, so a fee is negative.
	Filled     int64         // Units of the order filled so far.
	Remaining  int64         // Units of the order that may still fill.
	Found      int64         // Denied: the number that was found.
	Allowed    int64         // Denied: the number that is allowed.
	TradeID    StringRef     // The venue's id of the fill.
	Text       StringRef     // Words for a person.
}
