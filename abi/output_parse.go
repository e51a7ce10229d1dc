package abi

import (
	"strconv"
	"unicode/utf8"
)

// OutputLimits bound what a guest may hand back in one tick. Zero means the default.
type OutputLimits struct {
	SizeMax    int // Bytes. Default: 64 KiB.
	RecordsMax int // Records, values of series apart. Default: 256.
	SeriesMax  int // Values of series. Default: 64.
}

// DefaultOutputLimits are used where a limit is zero.
func DefaultOutputLimits() OutputLimits {
	return OutputLimits{SizeMax: 64 << 10, RecordsMax: 256, SeriesMax: 64}
}

func (l OutputLimits) withDefaults() OutputLimits {
	d := DefaultOutputLimits()
	if l.SizeMax == 0 {
		l.SizeMax = d.SizeMax
	}
	if l.RecordsMax == 0 {
		l.RecordsMax = d.RecordsMax
	}
	if l.SeriesMax == 0 {
		l.SeriesMax = d.SeriesMax
	}
	return l
}

// OutputError says what is wrong with a guest's output. The whole tick is refused with it.
type OutputError struct {
	Offset int    // Byte of the output at which it was found.
	Record int    // Which record, from 0; -1 means the header.
	Field  string // The field's name as in the specification.
	Found  int64  // The number found.
	Want   string // What would have been right.
}

func (e *OutputError) Error() string {
	where := "header"
	if e.Record >= 0 {
		where = "record " + strconv.Itoa(e.Record)
	}
	return "output " + where + " at byte " + strconv.Itoa(e.Offset) + ": " + e.Field + " is " +
		strconv.FormatInt(e.Found, 10) + ", want " + e.Want
}

// ParseOutput reads a guest's output into the given slice, which it empties first and grows if need
// be; it allocates nothing when there is room. An empty b has no intents. It is strict: an unknown
// kind, a wrong size, a reserved byte set, an enumeration or bit that this version does not have, a
// string out of bounds, too long or not UTF-8, or too many records refuse the whole of it with an
// *OutputError. Whether an order makes sense (prices, sizes, instruments) is admission's to say.
func ParseOutput(b []byte, limits OutputLimits, into []Intent) ([]Intent, error) {
	into = into[:0]
	if len(b) == 0 {
		return into, nil
	}
	p := outputParser{bytes: b, limits: limits.withDefaults()}
	if err := p.readHeader(); err != nil {
		return into, err
	}
	for p.record = 0; p.record < int(p.header.Count); p.record++ {
		if len(into) < cap(into) {
			into = into[:len(into)+1]
		} else {
			into = append(into, Intent{})
		}
		if err := p.readRecord(&into[len(into)-1]); err != nil {
			return into[:0], err
		}
	}
	if p.at != int(p.header.StringsOffset) {
		p.record = -1
		return into[:0], p.fail(20, "strings_offset", int64(p.header.StringsOffset), "the end of the last record, "+strconv.Itoa(p.at))
	}
	return into, nil
}

type outputParser struct {
	bytes  []byte
	limits OutputLimits
	header OutputHeader
	at     int // Offset of the record being read.
	record int
	orders int
	series int
}

func (p *outputParser) readHeader() *OutputError {
	p.record = -1
	b, size := p.bytes, sizeOf[OutputHeader]()
	if len(b) > p.limits.SizeMax {
		return p.fail(0, "length", int64(len(b)), "at most "+strconv.Itoa(p.limits.SizeMax)+" bytes (limit of output size)")
	}
	if len(b) < size {
		return p.fail(0, "length", int64(len(b)), "at least the "+strconv.Itoa(size)+" bytes of a header")
	}
	p.header = load[OutputHeader](b, 0, size)
	h := &p.header
	switch {
	case h.Magic != MagicOutput:
		return p.fail(0, "magic", int64(h.Magic), strconv.Itoa(int(MagicOutput))+` ("AHOU")`)
	case VersionMajor(h.Version) != VersionMajor(Version) || h.Version > Version:
		return p.fail(4, "version", int64(h.Version), "at most "+strconv.Itoa(Version)+", of the same major")
	case int64(h.Size) != int64(len(b)):
		return p.fail(8, "size", int64(h.Size), "the length returned, "+strconv.Itoa(len(b)))
	case int(h.HeaderSize) != size:
		return p.fail(12, "header_size", int64(h.HeaderSize), strconv.Itoa(size))
	case int64(h.Count) > int64(p.limits.RecordsMax)+int64(p.limits.SeriesMax):
		return p.fail(16, "count", int64(h.Count), "at most "+strconv.Itoa(p.limits.RecordsMax+p.limits.SeriesMax)+" (limits of records and series values)")
	case int64(h.StringsOffset)+int64(h.StringsLength) != int64(len(b)) || int(h.StringsOffset) < size:
		return p.fail(20, "strings_offset", int64(h.StringsOffset), "strings_offset + strings_length = size")
	case h.reserved0 != 0:
		return p.fail(28, "reserved0", int64(h.reserved0), "0")
	}
	p.at = size
	return nil
}

// recordSizes are the sizes of each kind in this version. When a later minor appends fields, the
// older sizes stay allowed for guests that were built for them.
var recordSizes = [...]int{
	IntentSubmit: 96, IntentCancel: 32, IntentCancelAll: 16, IntentReplace: 64,
	IntentClose: 48, IntentTimer: 32, IntentSeries: 24, IntentAlert: 16,
}

func (p *outputParser) readRecord(in *Intent) error {
	end := int(p.header.StringsOffset)
	if end-p.at < 8 {
		return p.fail(0, "record", int64(end-p.at), "a record of at least 8 bytes before the strings")
	}
	head := load[struct{ kind, size uint16 }](p.bytes, p.at, 4)
	kind := IntentKind(head.kind)
	if kind == 0 || int(kind) >= len(recordSizes) {
		return p.fail(0, "record_kind", int64(kind), "1 to "+strconv.Itoa(len(recordSizes)-1))
	}
	size := recordSizes[kind]
	if int(head.size) != size {
		return p.fail(2, "record_size", int64(head.size), strconv.Itoa(size)+" ("+kind.String()+")")
	}
	if size > end-p.at {
		return p.fail(2, "record_size", int64(head.size), "at most the "+strconv.Itoa(end-p.at)+" bytes before the strings")
	}
	if err := p.count(kind); err != nil {
		return err
	}
	*in = Intent{Kind: kind}
	if err := p.readBody(in); err != nil {
		return err
	}
	p.at += size
	return nil
}

func (p *outputParser) count(kind IntentKind) *OutputError {
	if kind == IntentSeries {
		if p.series++; p.series > p.limits.SeriesMax {
			return p.fail(0, "series values", int64(p.series), "at most "+strconv.Itoa(p.limits.SeriesMax))
		}
		return nil
	}
	if p.orders++; p.orders > p.limits.RecordsMax {
		return p.fail(0, "records", int64(p.orders), "at most "+strconv.Itoa(p.limits.RecordsMax))
	}
	return nil
}

// readBody must not wrap a nil *OutputError into an error, hence the check at its end.
func (p *outputParser) readBody(in *Intent) error {
	var err *OutputError
	size := recordSizes[in.Kind]
	switch in.Kind {
	case IntentSubmit:
		in.Submit = load[Submit](p.bytes, p.at, size)
		err = p.checkSubmit(in)
	case IntentCancel:
		in.Cancel = load[Cancel](p.bytes, p.at, size)
		err = p.checkCancel(&in.Cancel)
	case IntentCancelAll:
		in.CancelAll = load[CancelAll](p.bytes, p.at, size)
		err = p.checkCancelAll(&in.CancelAll)
	case IntentReplace:
		in.Replace = load[Replace](p.bytes, p.at, size)
		err = p.checkReplace(&in.Replace)
	case IntentClose:
		in.Close = load[Close](p.bytes, p.at, size)
		err = p.checkClose(in)
	case IntentTimer:
		in.Timer = load[Timer](p.bytes, p.at, size)
		err = p.checkTimer(&in.Timer)
	case IntentSeries:
		in.Series = load[Series](p.bytes, p.at, size)
		err = p.zero(12, "reserved0", uint64(in.Series.reserved0))
	case IntentAlert:
		in.Alert = load[Alert](p.bytes, p.at, size)
		err = p.checkAlert(in)
	}
	if err != nil {
		return err
	}
	return nil
}

func (p *outputParser) checkSubmit(in *Intent) *OutputError {
	s := &in.Submit
	switch {
	case s.Side < SideBuy || s.Side > SideSell:
		return p.fail(16, "side", int64(s.Side), "1 (buy) or 2 (sell)")
	case s.Type < OrderMarket || s.Type > OrderTrailing:
		return p.fail(18, "type", int64(s.Type), "1 to 6")
	case s.TimeInForce < TimeGTC || s.TimeInForce > TimeDay:
		return p.fail(20, "time_in_force", int64(s.TimeInForce), "1 to 5")
	case s.SizeKind < SizeUnits || s.SizeKind > SizeFraction:
		return p.fail(22, "size_kind", int64(s.SizeKind), "1 to 3")
	case s.Flags&^OrderFlagsKnown != 0:
		return p.fail(24, "flags", int64(s.Flags), "bits 0 and 1 only")
	case s.GroupKind > GroupBracket:
		return p.fail(28, "group_kind", int64(s.GroupKind), "0 to 2")
	case s.reserved0 != 0:
		return p.fail(30, "reserved0", int64(s.reserved0), "0")
	}
	return p.text(in, 88, "tag", s.Tag, TagSizeMax)
}

func (p *outputParser) checkCancel(c *Cancel) *OutputError {
	if err := p.zero(4, "reserved0", uint64(c.reserved0)); err != nil {
		return err
	}
	return p.oneOf(8, c.Ref, c.ID)
}

func (p *outputParser) checkCancelAll(c *CancelAll) *OutputError {
	if c.Side > SideSell {
		return p.fail(8, "side", int64(c.Side), "0 (both), 1 (buy) or 2 (sell)")
	}
	if err := p.zero(10, "reserved0", uint64(c.reserved0)); err != nil {
		return err
	}
	return p.zero(12, "reserved1", uint64(c.reserved1))
}

func (p *outputParser) checkReplace(r *Replace) *OutputError {
	if r.Fields == 0 || r.Fields&^replaceFieldsKnown != 0 {
		return p.fail(4, "fields", int64(r.Fields), "at least one of bits 0 to 2, and no other")
	}
	return p.oneOf(8, r.Ref, r.ID)
}

func (p *outputParser) checkClose(in *Intent) *OutputError {
	c := &in.Close
	if c.SizeKind != SizeUnits && c.SizeKind != SizeFraction {
		return p.fail(16, "size_kind", int64(c.SizeKind), "1 (units) or 3 (fraction of the position)")
	}
	if err := p.zero(18, "reserved0", uint64(c.reserved0)); err != nil {
		return err
	}
	if err := p.zero(20, "reserved1", uint64(c.reserved1)); err != nil {
		return err
	}
	return p.text(in, 40, "tag", c.Tag, TagSizeMax)
}

func (p *outputParser) checkTimer(t *Timer) *OutputError {
	if t.Action < TimerAt || t.Action > TimerOff {
		return p.fail(4, "action", int64(t.Action), "1 to 3")
	}
	return p.zero(6, "reserved0", uint64(t.reserved0))
}

func (p *outputParser) checkAlert(in *Intent) *OutputError {
	a := &in.Alert
	if a.Level < AlertInfo || a.Level > AlertCritical {
		return p.fail(4, "level", int64(a.Level), "1 to 3")
	}
	if err := p.zero(6, "reserved0", uint64(a.reserved0)); err != nil {
		return err
	}
	return p.text(in, 8, "message", a.Message, AlertSizeMax)
}

// oneOf checks that an order is named by its ref or its id, and not by both.
func (p *outputParser) oneOf(offset int, ref uint64, id ClientOrderID) *OutputError {
	if (ref == 0) == id.IsZero() {
		return p.fail(offset, "ref", int64(ref), "exactly one of ref and id")
	}
	return nil
}

func (p *outputParser) zero(offset int, field string, found uint64) *OutputError {
	if found != 0 {
		return p.fail(offset, field, int64(found), "0")
	}
	return nil
}

func (p *outputParser) text(in *Intent, offset int, field string, ref StringRef, sizeMax int) *OutputError {
	if ref == (StringRef{}) {
		return nil
	}
	if int64(ref.Offset)+int64(ref.Length) > int64(p.header.StringsLength) {
		return p.fail(offset, field+".offset", int64(ref.Offset), "offset + length within the "+strconv.Itoa(int(p.header.StringsLength))+" bytes of strings")
	}
	if int64(ref.Length) > int64(sizeMax) {
		return p.fail(offset+4, field+".length", int64(ref.Length), "at most "+strconv.Itoa(sizeMax))
	}
	start := int(p.header.StringsOffset) + int(ref.Offset)
	text := p.bytes[start : start+int(ref.Length)]
	if !utf8.Valid(text) {
		return p.fail(offset, field, int64(ref.Offset), "UTF-8")
	}
	in.Text = text
	return nil
}

// fail makes the error; offset is from the start of the record, or of the output for the header.
func (p *outputParser) fail(offset int, field string, found int64, want string) *OutputError {
	if p.record >= 0 {
		offset += p.at
	}
	return &OutputError{Offset: offset, Record: p.record, Field: field, Found: found, Want: want}
}
