package event

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// TurnFormat is the first byte of every encoded turn. It changes when the layout does.
const TurnFormat = 2

// ErrTruncated says that an encoded value ends before it is complete.
var ErrTruncated = errors.New("encoded value is cut short")

// Turns are little-endian. Counts and the fields that are mostly small or zero are varints, so that a
// turn without effects takes about 100 bytes; the layout is docs/JOURNAL.md's and is frozen.

// AppendTurn appends t's encoding to b. It allocates only if b has no room.
func AppendTurn(b []byte, t *Turn) []byte {
	b = append(b, TurnFormat, byte(t.Verdict))
	b = appendEvent(b, &t.Event)
	b = binary.AppendVarint(b, t.Fuel)
	b = binary.LittleEndian.AppendUint64(b, t.Output)
	b = binary.AppendUvarint(b, t.Module)
	b = binary.AppendVarint(b, t.TimerNext)
	b = binary.AppendUvarint(b, uint64(len(t.Requests)))
	for i := range t.Requests {
		b = append(b, byte(t.Requests[i].Kind))
		b = AppendOrder(b, &t.Requests[i].Order)
	}
	b = binary.AppendUvarint(b, uint64(len(t.Denials)))
	for i := range t.Denials {
		b = appendDenial(b, &t.Denials[i])
	}
	return b
}

// ReadTurn decodes what AppendTurn wrote into t, reusing its slices. It refuses what is cut short, of
// another format, or followed by more bytes.
func ReadTurn(b []byte, t *Turn) error {
	r := reader{b: b}
	if f := r.byte(); r.err == nil && f != TurnFormat {
		return fmt.Errorf("turn format %d; this host reads %d", f, TurnFormat)
	}
	t.Verdict = Verdict(r.byte())
	r.event(&t.Event)
	t.Fuel = r.varint()
	t.Output = r.uint64()
	t.Module = r.uvarint()
	t.TimerNext = r.varint()
	t.Requests = t.Requests[:0]
	for n := r.count(); n > 0 && r.err == nil; n-- {
		var q Request
		q.Kind = RequestKind(r.byte())
		r.order(&q.Order)
		t.Requests = append(t.Requests, q)
	}
	t.Denials = t.Denials[:0]
	for n := r.count(); n > 0 && r.err == nil; n-- {
		var d Denial
		r.denial(&d)
		t.Denials = append(t.Denials, d)
	}
	return r.end("turn")
}

func appendEvent(b []byte, e *Event) []byte {
	b = append(b, byte(e.Kind))
	b = binary.AppendUvarint(b, e.Sequence)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Time))
	b = binary.AppendVarint(b, e.Received-e.Time)
	switch e.Kind {
	case KindMarket:
		b = binary.AppendUvarint(b, e.Cursor)
		b = binary.AppendUvarint(b, uint64(e.Feed))
		b = binary.AppendUvarint(b, uint64(len(e.Bars)))
		for i := range e.Bars {
			b = appendBar(b, &e.Bars[i], e.Time)
		}
		b = binary.AppendUvarint(b, uint64(len(e.Notes)))
		for i := range e.Notes {
			b = appendNote(b, &e.Notes[i])
		}
	case KindOutcome:
		b = binary.AppendUvarint(b, e.Cursor)
		b = AppendOutcome(b, &e.Outcome)
	case KindMode, KindStop, KindOperator, KindSwap:
		b = append(b, byte(e.Mode))
		b = appendString(b, e.Reason)
	case KindRedrive:
		b = appendString(b, e.Reason)
		b = AppendOrder(b, e.Redrive)
	}
	return b
}

func (r *reader) event(e *Event) {
	bars, notes := e.Bars[:0], e.Notes[:0]
	*e = Event{Kind: Kind(r.byte()), Sequence: r.uvarint(), Time: int64(r.uint64())}
	e.Received = e.Time + r.varint()
	switch e.Kind {
	case KindMarket:
		e.Cursor = r.uvarint()
		e.Feed = uint16(r.uvarint())
		for n := r.count(); n > 0 && r.err == nil; n-- {
			var bar Bar
			r.bar(&bar, e.Time)
			bars = append(bars, bar)
		}
		for n := r.count(); n > 0 && r.err == nil; n-- {
			var note FeedNote
			r.note(&note)
			notes = append(notes, note)
		}
	case KindOutcome:
		e.Cursor = r.uvarint()
		r.outcome(&e.Outcome)
	case KindMode, KindStop, KindOperator, KindSwap:
		e.Mode = Mode(r.byte())
		e.Reason = r.string()
	case KindRedrive:
		e.Reason = r.string()
		e.Redrive = new(Order)
		r.order(e.Redrive)
	case KindStart, KindTimer:
	default:
		r.fail(fmt.Errorf("event kind %d is not known", e.Kind))
	}
	e.Bars, e.Notes = bars, notes
}

func appendBar(b []byte, v *Bar, at int64) []byte {
	b = binary.AppendUvarint(b, uint64(v.Instrument))
	b = binary.AppendUvarint(b, uint64(v.Flags))
	b = binary.AppendVarint(b, v.Interval)
	b = binary.AppendVarint(b, at-v.OpenTime)
	b = binary.AppendVarint(b, at-v.CloseTime)
	b = binary.AppendVarint(b, v.Open)
	b = binary.AppendVarint(b, v.High-v.Open)
	b = binary.AppendVarint(b, v.Low-v.Open)
	b = binary.AppendVarint(b, v.Close-v.Open)
	return binary.AppendVarint(b, v.Volume)
}

func (r *reader) bar(v *Bar, at int64) {
	v.Instrument = uint32(r.uvarint())
	v.Flags = BarFlags(r.uvarint())
	v.Interval = r.varint()
	v.OpenTime = at - r.varint()
	v.CloseTime = at - r.varint()
	v.Open = r.varint()
	v.High = v.Open + r.varint()
	v.Low = v.Open + r.varint()
	v.Close = v.Open + r.varint()
	v.Volume = r.varint()
}

func appendNote(b []byte, n *FeedNote) []byte {
	b = binary.AppendUvarint(b, uint64(n.Instrument))
	b = binary.AppendUvarint(b, uint64(n.Flags))
	b = binary.AppendUvarint(b, uint64(n.Withheld))
	b = binary.AppendUvarint(b, uint64(n.Missing))
	b = append(b, byte(n.Defect))
	return binary.AppendVarint(b, n.LastTime)
}

func (r *reader) note(n *FeedNote) {
	n.Instrument = uint32(r.uvarint())
	n.Flags = FeedFlags(r.uvarint())
	n.Withheld = uint32(r.uvarint())
	n.Missing = uint32(r.uvarint())
	n.Defect = Defect(r.byte())
	n.LastTime = r.varint()
}

// orderRedrives is set in an encoded order's flags if the id of the order that it redrives follows the tag.
const orderRedrives = 1 << 31

// AppendOrder appends o's encoding to b.
func AppendOrder(b []byte, o *Order) []byte {
	b = append(b, o.ID[:]...)
	b = append(b, byte(o.Side), byte(o.Type), byte(o.TIF), byte(o.SizeKind), byte(o.State))
	b = binary.AppendUvarint(b, o.Ref)
	b = binary.AppendUvarint(b, uint64(o.Agent))
	b = binary.AppendUvarint(b, uint64(o.Instrument))
	flags := uint64(o.Flags)
	if !o.Redrives.IsZero() {
		flags |= orderRedrives
	}
	b = binary.AppendUvarint(b, flags)
	for _, v := range [...]int64{o.Size, o.Price, o.StopPrice, o.ExpireTime, o.ValidUntil, o.Created, o.Filled, o.FilledValue} {
		b = binary.AppendVarint(b, v)
	}
	b = append(b, o.Parent[:]...)
	b = binary.AppendUvarint(b, o.Group)
	b = appendString(b, o.Tag)
	if flags&orderRedrives != 0 {
		b = append(b, o.Redrives[:]...)
	}
	return b
}

// ReadOrder decodes what AppendOrder wrote and returns the bytes after it.
func ReadOrder(b []byte, o *Order) (rest []byte, err error) {
	r := reader{b: b}
	r.order(o)
	return r.b, r.err
}

func (r *reader) order(o *Order) {
	r.copy(o.ID[:])
	o.Side, o.Type, o.TIF = Side(r.byte()), OrderType(r.byte()), TimeInForce(r.byte())
	o.SizeKind, o.State = SizeKind(r.byte()), OrderState(r.byte())
	o.Ref = r.uvarint()
	o.Agent = uint32(r.uvarint())
	o.Instrument = uint32(r.uvarint())
	flags := r.uvarint()
	o.Flags = OrderFlags(flags &^ orderRedrives)
	for _, p := range [...]*int64{&o.Size, &o.Price, &o.StopPrice, &o.ExpireTime, &o.ValidUntil, &o.Created, &o.Filled, &o.FilledValue} {
		*p = r.varint()
	}
	r.copy(o.Parent[:])
	o.Group = r.uvarint()
	o.Tag = r.string()
	if o.Redrives = (OrderID{}); flags&orderRedrives != 0 {
		r.copy(o.Redrives[:])
	}
}

// AppendOutcome appends o's encoding to b.
func AppendOutcome(b []byte, o *Outcome) []byte {
	b = binary.AppendUvarint(b, uint64(o.Kind))
	b = append(b, byte(o.Request))
	b = append(b, o.Order[:]...)
	b = binary.AppendUvarint(b, o.Ref)
	b = binary.AppendUvarint(b, uint64(o.Agent))
	b = binary.AppendUvarint(b, uint64(o.Instrument))
	b = binary.AppendVarint(b, o.Time)
	b = binary.AppendUvarint(b, uint64(o.Code))
	for _, v := range [...]int64{o.Found, o.Allowed, o.Amount, o.Size, o.Price, o.StopPrice} {
		b = binary.AppendVarint(b, v)
	}
	b = appendString(b, o.Reason)
	b = appendString(b, o.Currency)
	f := &o.Fill
	b = append(b, byte(f.Side))
	b = binary.AppendUvarint(b, uint64(f.Flags))
	b = binary.AppendUvarint(b, f.TradeID)
	b = binary.AppendUvarint(b, f.Closes)
	for _, v := range [...]int64{f.Quantity, f.Price, f.Fee, f.Time} {
		b = binary.AppendVarint(b, v)
	}
	b = appendString(b, f.FeeCurrency)
	b = appendString(b, f.VenueTrade)
	return appendString(b, o.VenueOrder)
}

// ReadOutcome decodes what AppendOutcome wrote; more bytes after it are an error.
func ReadOutcome(b []byte, o *Outcome) error {
	r := reader{b: b}
	r.outcome(o)
	return r.end("outcome")
}

func (r *reader) outcome(o *Outcome) {
	o.Kind = EventKind(r.uvarint())
	o.Request = RequestKind(r.byte())
	r.copy(o.Order[:])
	o.Ref = r.uvarint()
	o.Agent = uint32(r.uvarint())
	o.Instrument = uint32(r.uvarint())
	o.Time = r.varint()
	o.Code = uint16(r.uvarint())
	for _, p := range [...]*int64{&o.Found, &o.Allowed, &o.Amount, &o.Size, &o.Price, &o.StopPrice} {
		*p = r.varint()
	}
	o.Reason = r.string()
	o.Currency = r.string()
	f := &o.Fill
	f.Side = Side(r.byte())
	f.Flags = FillFlags(r.uvarint())
	f.TradeID = r.uvarint()
	f.Closes = r.uvarint()
	for _, p := range [...]*int64{&f.Quantity, &f.Price, &f.Fee, &f.Time} {
		*p = r.varint()
	}
	f.FeeCurrency = r.string()
	f.VenueTrade = r.string()
	o.VenueOrder = r.string()
}

func appendDenial(b []byte, d *Denial) []byte {
	b = append(b, d.Order[:]...)
	b = binary.AppendUvarint(b, d.Ref)
	b = binary.AppendUvarint(b, uint64(d.Instrument))
	b = binary.AppendUvarint(b, uint64(d.Code))
	b = binary.AppendVarint(b, d.Found)
	return binary.AppendVarint(b, d.Allowed)
}

func (r *reader) denial(d *Denial) {
	r.copy(d.Order[:])
	d.Ref = r.uvarint()
	d.Instrument = uint32(r.uvarint())
	d.Code = DenyCode(r.uvarint())
	d.Found = r.varint()
	d.Allowed = r.varint()
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}
