package paper

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// StateFormat is the first byte of an account's state. It changes when the layout does.
const StateFormat = 1

// ErrState is wrapped by every error of ReadState: the bytes are no state of this account.
var ErrState = errors.New("not a state of this paper account")

// AppendState appends the whole account to b: the same account gives the same bytes. The configuration is
// not part of it. All orders and fills of the past are, so it grows with them, by about 100 bytes each.
func (v *Venue) AppendState(b []byte) []byte {
	b = append(b, StateFormat, bit(v.bankrupt))
	b = binary.AppendVarint(b, v.ledger.flow)
	b = binary.AppendUvarint(b, uint64(v.closes))
	b = binary.AppendUvarint(b, uint64(len(v.instruments)))
	for i := range v.instruments {
		b = v.instruments[i].appendState(b)
	}
	b = binary.AppendUvarint(b, uint64(len(v.trades)))
	for i := range v.trades {
		b = v.trades[i].appendState(b)
	}
	for _, list := range [...][]*resting{v.queue, v.waiting} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, r := range list {
			b = r.appendState(b)
		}
	}
	return v.history.appendState(b)
}

func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}

func (in *market) appendState(b []byte) []byte {
	b = append(b, bit(in.seen))
	if !in.seen {
		return b
	}
	b = binary.AppendUvarint(b, uint64(in.bar.Flags))
	for _, n := range [...]int64{
		in.bar.Interval, in.bar.OpenTime, in.bar.CloseTime, in.bar.Open, in.bar.High, in.bar.Low, in.bar.Close, in.bar.Volume,
		in.before, in.beforeTime, in.budget,
	} {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func (t *trade) appendState(b []byte) []byte {
	b = binary.AppendUvarint(b, t.id)
	b = append(b, t.order[:]...)
	b = binary.AppendUvarint(b, uint64(t.agent))
	b = binary.AppendUvarint(b, uint64(t.instrument))
	for _, n := range [...]int64{t.quantity, t.price, t.cost, t.time} {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func (r *resting) appendState(b []byte) []byte {
	b = append(b, bit(r.met)|bit(r.triggered)<<1)
	b = binary.AppendVarint(b, r.units)
	b = binary.AppendUvarint(b, r.target)
	b = binary.AppendVarint(b, r.day)
	return event.AppendOrder(b, &r.order)
}

// ReadState makes the account what it was when AppendState wrote b. The venue has the same configuration
// as then; what b says is checked against it. On error, which wraps ErrState, the account is unchanged.
func (v *Venue) ReadState(b []byte) error {
	fresh, err := New(v.config)
	if err != nil {
		return err
	}
	d := decoder{b: b}
	if f := d.byte(); d.err == nil && f != StateFormat {
		return fmt.Errorf("%w: format %d; this host reads %d", ErrState, f, StateFormat)
	}
	fresh.readState(&d)
	if d.err == nil && len(d.b) != 0 {
		d.fail("%d bytes after its end", len(d.b))
	}
	if d.err == nil && !bytes.Equal(fresh.AppendState(nil), b) {
		d.fail("it is not written in the one way")
	}
	if d.err != nil {
		return fmt.Errorf("%w: %s: %w", ErrState, v.Name(), d.err)
	}
	*v = *fresh
	return nil
}

func (v *Venue) readState(d *decoder) {
	v.bankrupt = d.byte() != 0
	v.ledger.flow = d.varint()
	v.closes = uint32(d.uvarint())
	if n := d.uvarint(); d.err == nil && n != uint64(len(v.instruments)) {
		d.fail("%d instruments; the account has %d", n, len(v.instruments))
	}
	for i := 0; i < len(v.instruments) && d.err == nil; i++ {
		v.instruments[i].readState(d, uint32(i))
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		v.readTrade(d)
	}
	for _, list := range [...]*[]*resting{&v.queue, &v.waiting} {
		for n := d.count(); n > 0 && d.err == nil; n-- {
			*list = append(*list, v.readResting(d))
		}
	}
	v.history.readState(d)
	if n := len(v.trades); d.err == nil && n > 0 && v.trades[n-1].id >= v.history.nextTrade() {
		d.fail("trade %d; there were %d fills", v.trades[n-1].id, v.history.nextTrade()-1)
	}
}

func (in *market) readState(d *decoder, index uint32) {
	if in.seen = d.byte() != 0; !in.seen {
		return
	}
	in.bar.Instrument = index
	in.bar.Flags = event.BarFlags(d.uvarint())
	for _, p := range [...]*int64{
		&in.bar.Interval, &in.bar.OpenTime, &in.bar.CloseTime, &in.bar.Open, &in.bar.High, &in.bar.Low, &in.bar.Close, &in.bar.Volume,
		&in.before, &in.beforeTime, &in.budget,
	} {
		*p = d.varint()
	}
}

func (v *Venue) readTrade(d *decoder) {
	var t trade
	t.id = d.uvarint()
	d.copy(t.order[:])
	t.agent, t.instrument = uint32(d.uvarint()), uint32(d.uvarint())
	for _, p := range [...]*int64{&t.quantity, &t.price, &t.cost, &t.time} {
		*p = d.varint()
	}
	switch last := len(v.trades) - 1; {
	case d.err != nil:
		return
	case uint64(t.instrument) >= uint64(len(v.instruments)) || !v.instruments[t.instrument].seen:
		d.fail("trade %d of instrument %d, which had no bar", t.id, t.instrument)
		return
	case t.id == 0 || (last >= 0 && v.trades[last].id >= t.id):
		d.fail("trade %d out of order", t.id)
		return
	case t.quantity == 0 || abs(t.quantity) < 0 || t.quantity%v.instruments[t.instrument].Lot != 0:
		d.fail("trade %d of quantity %d", t.id, t.quantity)
		return
	}
	v.trades = append(v.trades, t)
	in := &v.instruments[t.instrument]
	in.holding.net = add(in.holding.net, t.quantity)
	in.holding.gross = add(in.holding.gross, abs(t.quantity))
	v.revalue(in)
}

func (v *Venue) readResting(d *decoder) *resting {
	r := &resting{}
	flags := d.byte()
	r.met, r.triggered = flags&1 != 0, flags&2 != 0
	r.units = d.varint()
	r.target = d.uvarint()
	r.day = d.varint()
	d.order(&r.order)
	if d.err != nil {
		return r
	}
	if why := v.implausible(r); why != "" {
		d.fail("order %s: %s", r.order.ID, why)
	}
	if r.target == 0 {
		v.history.open(r.order.ID)
	}
	return r
}

// implausible says what is wrong with an order that Handle cannot have left like this.
func (v *Venue) implausible(r *resting) string {
	o := &r.order
	if uint64(o.Instrument) >= uint64(len(v.instruments)) {
		return reasonInstrument
	}
	in := &v.instruments[o.Instrument]
	if why := v.shaped(o, in); why != granted {
		return why.reason
	}
	if why := v.priced(o, in); why != granted {
		return why.reason
	}
	sized := o.Size > 0 || (o.Size == 0 && r.child() && o.SizeKind == event.SizeUnits)
	switch {
	case owned(o.ID) != (r.target != 0) || o.ID.IsZero():
		return reasonID
	case r.target == 0 && v.history.known(o.ID):
		return reasonDuplicate
	case !sized || (o.SizeKind == event.SizeFraction && o.Size > event.One):
		return reasonSize
	case r.units < 0 || r.units%in.Lot != 0 || o.Filled < 0 || (o.SizeKind == event.SizeUnits && r.units != o.Size):
		return reasonLot
	}
	return ""
}

func (h *history) readState(d *decoder) {
	h.orders = append(h.orders, d.bytes()...)
	past := decoder{b: h.orders}
	for len(past.b) > 0 {
		var o event.Order
		at := len(h.orders) - len(past.b)
		past.order(&o)
		switch {
		case past.err != nil:
			d.fail("past order at %d: %w", at, past.err)
			return
		case h.known(o.ID) || !o.State.Final():
			d.fail("past order %s: known already, or not final", o.ID)
			return
		}
		h.at[o.ID] = at
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		var o event.Outcome
		b := d.bytes()
		if err := event.ReadOutcome(b, &o); d.err == nil && (err != nil || o.Fill.TradeID != h.nextTrade()) {
			d.fail("fill %d: %w", h.nextTrade(), errors.Join(err, errors.New("not the next trade id")))
		}
		h.fillAt = append(h.fillAt, len(h.fills))
		h.fills = append(h.fills, b...)
	}
}
