package abi

import "strconv"

// FormatError says where bytes that should be a tick, parameters or saved state are wrong.
type FormatError struct {
	Block  string // "tick", "params" or "state".
	Offset int    // Byte at which it was found.
	Field  string // What was read there.
	Found  uint64 // The number found.
	Want   string // What would have been right.
}

func (e *FormatError) Error() string {
	return e.Block + " at byte " + strconv.Itoa(e.Offset) + ": " + e.Field + " is " +
		strconv.FormatUint(e.Found, 10) + ", want " + e.Want
}

// Tick reads one tick's input without copying it. It is valid as long as the bytes are. Reading is
// lenient where versions may differ: it steps by stride, skips sections that it does not know, and
// fields that an older writer did not have are zero. This type is not concurrency safe.
type Tick struct {
	bytes    []byte
	header   Header
	sections [sectionKinds]Section
}

// ReadTick checks header, directory and bounds, and returns a view of b. The error is a *FormatError.
func ReadTick(b []byte) (Tick, error) {
	var t Tick
	err := t.Read(b)
	return t, err
}

// Read is ReadTick into a Tick that is there already, for guests that keep one.
func (t *Tick) Read(b []byte) error {
	*t = Tick{}
	if err := t.readHeader(b); err != nil {
		return err
	}
	size := uint64(t.header.Size)
	at := uint64(t.header.DirectoryOffset)
	count := uint64(t.header.SectionCount)
	const entry = 12
	if at%8 != 0 || at < uint64(t.header.HeaderSize) || at+count*entry > size {
		return formatError("tick", 16, "directory_offset", at, "a multiple of 8 behind the header with room for the directory")
	}
	t.bytes = b[:size]
	last := SectionKind(0)
	for ; count > 0; count-- {
		s := load[Section](b, int(at), entry)
		if s.Kind <= last {
			return formatError("tick", int(at), "section.kind", uint64(s.Kind), "sections in ascending order of kind")
		}
		if err := t.checkSection(&s, int(at)); err != nil {
			return err
		}
		last = s.Kind
		if s.Kind < sectionKinds {
			t.sections[s.Kind] = s
		}
		at += entry
	}
	return nil
}

func (t *Tick) readHeader(b []byte) error {
	need := sizeOf[Header]()
	if len(b) < need {
		return formatError("tick", 0, "length", uint64(len(b)), "at least "+strconv.Itoa(need))
	}
	h := load[Header](b, 0, need)
	switch {
	case h.Magic != MagicTick:
		return formatError("tick", 0, "magic", uint64(h.Magic), strconv.Itoa(int(MagicTick)))
	case VersionMajor(h.Version) != VersionMajor(Version):
		return formatError("tick", 4, "version", uint64(h.Version), "major "+strconv.Itoa(int(VersionMajor(Version))))
	case uint64(h.Size) > uint64(len(b)) || int(h.Size) < need:
		return formatError("tick", 8, "size", uint64(h.Size), "at most the "+strconv.Itoa(len(b))+" bytes given")
	case int(h.HeaderSize) < need:
		return formatError("tick", 12, "header_size", uint64(h.HeaderSize), "at least "+strconv.Itoa(need))
	}
	t.header = h
	return nil
}

// strideMin is the size of each kind's record in version 1.0; a smaller one can only be damage.
var strideMin = [sectionKinds]uint16{
	SectionStrings: 1, SectionCurrencies: 16, SectionInstruments: 112, SectionBars: 72, SectionQuotes: 48,
	SectionTrades: 32, SectionBookLevels: 8, SectionFeedHealth: 40, SectionBalances: 32, SectionAccount: 88,
	SectionPositions: 64, SectionOpenOrders: 136, SectionEvents: 128,
}

func (t *Tick) checkSection(s *Section, at int) error {
	least := uint16(1)
	if s.Kind < sectionKinds {
		least = strideMin[s.Kind]
	}
	switch {
	case s.Stride < least || s.Kind != SectionStrings && s.Stride%8 != 0 || s.Kind == SectionStrings && s.Stride != 1:
		return formatError("tick", at+2, "section.stride", uint64(s.Stride), "a multiple of 8, at least "+strconv.Itoa(int(least))+" (strings: 1)")
	case s.Offset%8 != 0 || s.Offset < uint32(t.header.HeaderSize):
		return formatError("tick", at+8, "section.offset", uint64(s.Offset), "a multiple of 8 behind the header")
	case uint64(s.Offset)+uint64(s.Stride)*uint64(s.Count) > uint64(len(t.bytes)):
		return formatError("tick", at+4, "section.count", uint64(s.Count), "records that end within the tick")
	}
	return nil
}

func formatError(block string, offset int, field string, found uint64, want string) *FormatError {
	return &FormatError{Block: block, Offset: offset, Field: field, Found: found, Want: want}
}

// Header returns the header.
func (t *Tick) Header() *Header { return &t.header }

// Bytes returns the bytes of the whole tick.
func (t *Tick) Bytes() []byte { return t.bytes }

// Count returns how many records a section has; zero if it is not there.
func (t *Tick) Count(kind SectionKind) int {
	if kind >= sectionKinds {
		return 0
	}
	return int(t.sections[kind].Count)
}

// Section returns the directory's entry of a kind; its Count is zero if it is not there.
func (t *Tick) Section(kind SectionKind) Section {
	if kind >= sectionKinds {
		return Section{}
	}
	return t.sections[kind]
}

// Each of the following pairs gives the number of records and record i, which must be below it.

func (t *Tick) Currencies() int             { return t.Count(SectionCurrencies) }
func (t *Tick) Currency(i int) Currency     { return record[Currency](t, SectionCurrencies, i) }
func (t *Tick) Instruments() int            { return t.Count(SectionInstruments) }
func (t *Tick) Instrument(i int) Instrument { return record[Instrument](t, SectionInstruments, i) }
func (t *Tick) Bars() int                   { return t.Count(SectionBars) }
func (t *Tick) Bar(i int) Bar               { return record[Bar](t, SectionBars, i) }
func (t *Tick) Quotes() int                 { return t.Count(SectionQuotes) }
func (t *Tick) Quote(i int) Quote           { return record[Quote](t, SectionQuotes, i) }
func (t *Tick) Trades() int                 { return t.Count(SectionTrades) }
func (t *Tick) Trade(i int) Trade           { return record[Trade](t, SectionTrades, i) }
func (t *Tick) FeedHealths() int            { return t.Count(SectionFeedHealth) }
func (t *Tick) FeedHealth(i int) FeedHealth { return record[FeedHealth](t, SectionFeedHealth, i) }
func (t *Tick) Balances() int               { return t.Count(SectionBalances) }
func (t *Tick) Balance(i int) Balance       { return record[Balance](t, SectionBalances, i) }
func (t *Tick) Accounts() int               { return t.Count(SectionAccount) }
func (t *Tick) Account(i int) Account       { return record[Account](t, SectionAccount, i) }
func (t *Tick) Positions() int              { return t.Count(SectionPositions) }
func (t *Tick) Position(i int) Position     { return record[Position](t, SectionPositions, i) }
func (t *Tick) OpenOrders() int             { return t.Count(SectionOpenOrders) }
func (t *Tick) OpenOrder(i int) OpenOrder   { return record[OpenOrder](t, SectionOpenOrders, i) }
func (t *Tick) Events() int                 { return t.Count(SectionEvents) }
func (t *Tick) Event(i int) Event           { return record[Event](t, SectionEvents, i) }

func record[T any](t *Tick, kind SectionKind, i int) T {
	s := &t.sections[kind]
	if uint(i) >= uint(s.Count) {
		panic("abi: " + kind.String() + " record " + strconv.Itoa(i) + " of " + strconv.Itoa(int(s.Count)))
	}
	return load[T](t.bytes, int(s.Offset)+i*int(s.Stride), int(s.Stride))
}

// Text returns a string of the tick as a view, valid as long as the tick's bytes. A reference
// outside of the strings gives nil.
func (t *Tick) Text(ref StringRef) []byte {
	s := &t.sections[SectionStrings]
	if uint64(ref.Offset)+uint64(ref.Length) > uint64(s.Count) {
		return nil
	}
	start := int(s.Offset) + int(ref.Offset)
	return t.bytes[start : start+int(ref.Length)]
}
