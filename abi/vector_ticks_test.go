package abi

import "encoding/binary"

type tickCase struct {
	name       string
	bytes      []byte
	decodeOnly bool
	badField   string // What ReadTick finds wrong; "" if nothing.
}

// exampleTick is the tick of section 14 of the specification.
func exampleTick() []byte {
	w := NewWriter(4096)
	w.Begin(&Header{
		Trigger: TriggerMarket, Mode: ModeFull, Sequence: 42, Time: 1_104_796_800_000_000_000, Received: 1_104_796_800_000_000_000,
		Permissions: PermissionAdd | PermissionReduce | PermissionCancel | PermissionTick, Flags: TickReconciled,
		Fuel: 2_000_000, Seed: 0x1122334455667788, VenueCapabilities: CapabilitySizesAtFill | CapabilityStops,
	})
	w.Section(SectionCurrencies)
	w.Currency(&Currency{Name: w.String("USD"), Decimals: 8})
	w.Section(SectionInstruments)
	w.Instrument(&Instrument{
		ID: 0, Kind: InstrumentEquity, Status: StatusTrading, Name: w.String("GOOG"), Base: NoCurrency,
		PriceDecimals: 2, PriceTick: 1, QuantityLot: 1, QuantityMin: 1, Multiplier: FractionOne,
		FeeMaker: 200_000, FeeTaker: 200_000, MarginInitial: FractionOne,
	})
	w.Section(SectionBars)
	w.Bar(&Bar{
		Instrument: 0, Flags: BarClosed, Interval: 86_400_000_000_000, OpenTime: 1_104_710_400_000_000_000,
		CloseTime: 1_104_796_800_000_000_000, Open: 19_740, High: 20_364, Low: 19_546, Close: 20_271, Volume: 15_844_200,
	})
	return finish(w)
}

func finish(w *Writer) []byte {
	b, err := w.Finish()
	if err != nil {
		panic(err)
	}
	return append([]byte(nil), b...)
}

// fullTick has each section, two records where there can be, and no field that is zero.
func fullTick() []byte {
	w := NewWriter(8192)
	w.Begin(&Header{
		Trigger: TriggerTimer, Mode: ModeReadOnly, Sequence: 1<<63 + 5, Time: 1<<62 + 1, Received: 1<<62 + 2,
		Permissions: PermissionReduce | PermissionCancel, Flags: TickWarmUp | TickShadow | TickReconciled | TickSwapped,
		Fuel: 3, Seed: 1<<64 - 1, EventsDropped: 4, VenueCapabilities: 1<<15 - 1, Timer: 9,
	})
	w.Section(SectionCurrencies)
	w.Currency(&Currency{Name: w.String("USDT"), Decimals: 8})
	w.Currency(&Currency{Name: w.String("Ξ"), Decimals: 18})
	w.Section(SectionInstruments)
	w.Instrument(&Instrument{
		ID: 0, Kind: InstrumentPerpetual, Status: StatusReduceOnly, Name: w.String("ETH-PERP"), Base: 1, Quote: 2, Settle: 3,
		PriceDecimals: 4, QuantityDecimals: 5, PriceTick: 6, QuantityLot: 7, QuantityMin: 8, QuantityMax: 9, NotionalMin: 10,
		NotionalMax: 11, Multiplier: 12, FeeMaker: -13, FeeTaker: 14, FeeFixed: 15, MarginInitial: 16,
	})
	w.Section(SectionBars)
	w.Bar(&Bar{Instrument: 1, Flags: BarClosed | BarAfterGap | BarFlagged, Interval: 2, OpenTime: 3, CloseTime: 4, Open: 5, High: 6, Low: 7, Close: 8, Volume: 9})
	w.Bar(&Bar{Instrument: 2, Flags: BarClosed, Interval: 10, OpenTime: 11, CloseTime: 12, Open: 13, High: 14, Low: 15, Close: 16, Volume: 17})
	w.Section(SectionQuotes)
	w.Quote(&Quote{Instrument: 1, Time: 2, BidPrice: 3, BidQuantity: 4, AskPrice: 5, AskQuantity: 6})
	w.Section(SectionTrades)
	w.Trade(&Trade{Instrument: 1, Side: SideSell, Time: 3, Price: 4, Quantity: 5})
	w.Section(SectionFeedHealth)
	w.FeedHealth(&FeedHealth{Instrument: 1, Flags: FeedGap | FeedQuarantined | FeedOutOfSession | FeedStale | FeedFlagged | FeedFallback, Age: -1, Interval: 4, Withheld: 5, Gaps: 6})
	w.Section(SectionBalances)
	w.Balance(&Balance{Currency: 1, Total: 2, Free: 3, Locked: 4})
	w.Section(SectionAccount)
	w.Account(&Account{
		Currency: 1, Flags: AccountReconciled | AccountEstimated, Equity: 3, Peak: 4, Drawdown: 5, DayPnL: -6, Capital: 7,
		MarginUsed: 8, MarginAvailable: 9, Realised: -10, Fees: 11, AsOf: 12,
	})
	w.Section(SectionPositions)
	w.Position(&Position{Instrument: 1, Owner: OwnerForeign, Flags: 3, Quantity: -4, AveragePrice: 5, MarkPrice: 6, Realised: -7, Unrealised: 8, LiquidationPrice: 9, OpenTime: 10})
	w.Section(SectionOpenOrders)
	w.OpenOrder(&OpenOrder{
		ID: ClientOrderID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, Ref: 2, ParentRef: 3, Instrument: 4,
		State: StateUnknown, Type: OrderStopLimit, Side: SideBuy, TimeInForce: TimeGTD, Flags: OrderPostOnly | OrderReduceOnly,
		SizeKind: SizeNotional, Size: 9, Quantity: 10, Filled: 11, Remaining: 12, Price: 13, StopPrice: 14, AveragePrice: 15,
		CreateTime: 16, ExpireTime: 17, Tag: w.String("entry"),
	})
	w.Section(SectionEvents)
	w.Event(&Event{
		Kind: EventFill, Code: 2, Instrument: 3, ID: ClientOrderID{15: 1}, Ref: 5, Time: 6, Side: SideSell, Currency: 7,
		Flags: EventMaker | EventLate | EventFinal, Quantity: 8, Price: 9, Fee: -10, Amount: 11, Filled: 12, Remaining: 13,
		Found: 14, Allowed: 15, TradeID: w.String("T-1"), Text: w.String("thin"),
	})
	w.Event(&Event{
		Kind: EventDenied, Code: uint16(DenyMargin), Instrument: NoInstrument, Time: 1, Currency: NoCurrency,
		Found: -1 << 63, Allowed: 1<<63 - 1, Text: w.String("needs more"),
	})
	return finish(w)
}

// newerTick is what a host of a later minor version may give: a longer header, longer bars, and a
// section that nobody here knows.
func newerTick() []byte {
	b := make([]byte, 104+2*80+16+8)
	put16, put32, put64 := binary.LittleEndian.PutUint16, binary.LittleEndian.PutUint32, binary.LittleEndian.PutUint64
	put32(b, MagicTick)
	put32(b[4:], Version+3)
	put16(b[12:], 104)
	put64(b[24:], 7)
	put64(b[96:], 0xaaaa) // A field of the header that 1.0 does not have.
	for i := range 2 {
		bar := b[104+80*i:]
		put32(bar, uint32(i))
		put32(bar[4:], uint32(BarClosed))
		put64(bar[56:], uint64(100+i)) // close
		put64(bar[72:], 0xbbbb)        // A field of the bar that 1.0 does not have.
	}
	put64(b[264:], 0xcccc)
	directory := make([]byte, 24)
	put16(directory, uint16(SectionBars))
	put16(directory[2:], 80)
	put32(directory[4:], 2)
	put32(directory[8:], 104)
	put16(directory[12:], 40) // A kind of section that 1.0 does not have.
	put16(directory[14:], 24)
	put32(directory[16:], 1)
	put32(directory[20:], 264)
	put32(b[16:], uint32(len(b)))
	put16(b[14:], 2)
	b = append(b, directory...)
	put32(b[8:], uint32(len(b)))
	return b
}

func tickCases() []tickCase {
	w := NewWriter(4096)
	w.Begin(&Header{Trigger: TriggerStart, Mode: ModeFull})
	cases := []tickCase{
		{name: "the example of the specification", bytes: exampleTick()},
		{name: "nothing but a header", bytes: finish(w)},
		{name: "every section, no field zero", bytes: fullTick()},
		{name: "of a newer minor version: longer records, an unknown section", bytes: newerTick(), decodeOnly: true},
	}
	bad := func(name, field string, at int, b ...byte) {
		raw := exampleTick()
		copy(raw[at:], b)
		cases = append(cases, tickCase{name: name, bytes: raw, badField: field})
	}
	example := exampleTick()
	directory := int(binary.LittleEndian.Uint32(example[16:]))
	bad("not a tick", "magic", 0, 'X')
	bad("another major version", "version", 6, 2)
	bad("a size beyond the bytes", "size", 8, 0xff, 0xff)
	bad("a header that is too short", "header_size", 12, 88)
	bad("a directory out of bounds", "directory_offset", 16, 0xf8, 0xff, 0xff, 0xff)
	bad("a directory within the header", "directory_offset", 16, 8, 0)
	bad("a directory that is not aligned", "directory_offset", 16, 97)
	bad("sections that do not ascend", "section.kind", directory+12, 1)
	bad("a record shorter than in 1.0", "section.stride", directory+3*12+2, 64)
	bad("a stride that is no multiple of 8", "section.stride", directory+3*12+2, 73)
	bad("a section that begins in the header", "section.offset", directory+8, 8, 0)
	bad("more records than there are bytes", "section.count", directory+4, 0xff, 0xff, 0xff, 0xff)
	cases = append(cases, tickCase{name: "less than a header", bytes: example[:95], badField: "length"})
	return cases
}
