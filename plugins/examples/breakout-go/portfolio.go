package main

import (
	"math"

	"github.com/agenthost/agenthost/abi"
	agenthost "github.com/agenthost/agenthost/plugins/sdk/go"
)

// portfolio is what is common to all instruments.
type portfolio struct {
	sequence     uint64
	now          int64
	permissions  abi.Permission
	capabilities abi.Capability
	count        int // Instruments.
	warned       bool

	currency uint16
	decimals [64]uint16 // Of each currency.
	equity   float64
	margin   float64 // Available, less what this tick's entries take.
	risk     float64 // What stops would cost if all were hit now.
	open     int     // Instruments with a position or an entry.

	peak      float64 // Of equity, since the last rest.
	restUntil int64
}

var book portfolio

// observe reads all that a tick shows of the present.
func observe(t *abi.Tick) {
	h := t.Header()
	book.sequence, book.now, book.permissions, book.capabilities = h.Sequence, h.Time, h.Permissions, h.VenueCapabilities
	for i := range min(t.Currencies(), len(book.decimals)) {
		book.decimals[i] = t.Currency(i).Decimals
	}
	observeInstruments(t)
	for i := range t.Positions() {
		if p := t.Position(i); p.Owner == abi.OwnerAgent && p.Instrument < uint32(book.count) {
			markets[p.Instrument].position = p.Quantity
		}
	}
	for i := range t.OpenOrders() {
		if o := t.OpenOrder(i); o.Instrument < uint32(book.count) {
			markets[o.Instrument].seeOrder(&o)
		}
	}
	for i := range t.FeedHealths() {
		if f := t.FeedHealth(i); f.Instrument < uint32(book.count) {
			markets[f.Instrument].seeHealth(f.Flags)
		}
	}
	if t.Accounts() > 0 {
		a := t.Account(0)
		book.currency = a.Currency
		book.equity, book.margin = float64(a.Equity), float64(a.MarginAvailable)
	}
}

func observeInstruments(t *abi.Tick) {
	book.count = min(t.Instruments(), instrumentsMax)
	if t.Instruments() > instrumentsMax && !book.warned {
		agenthost.Log(abi.LogWarn, "breakout looks at its first 32 instruments only")
		book.warned = true
	}
	for i := range book.count {
		spec := t.Instrument(i)
		markets[i].see(uint32(i), &spec)
	}
}

// learn takes an event in. What is held and what waits is in the tick already; what is left to learn is
// how the venue and the host take our orders.
func learn(e *abi.Event) {
	if e.Instrument >= uint32(book.count) || e.Ref == 0 {
		return
	}
	m := &markets[e.Instrument]
	refused := e.Kind == abi.EventDenied || e.Kind == abi.EventRejected
	switch {
	case refused && m.position == 0 && roleOf(e.Ref) != roleTarget && e.Code != uint16(abi.DenyUnknownParent):
		m.denials = min(m.denials+1, 6)
		m.wait = 1 << m.denials // Two bars, then four, at most 64: what was refused now will be refused again soon.
	case refused && m.position != 0 && roleOf(e.Ref) == roleStop:
		m.naked++
	case e.Kind == abi.EventFill && roleOf(e.Ref) == roleEntry:
		m.denials, m.naked = 0, 0
	case e.Kind == abi.EventAccepted && roleOf(e.Ref) == roleStop:
		m.naked = 0
	}
}

// worth is the money that a price difference makes on a quantity, in the account's smallest unit. It is
// 0 for an instrument that settles in another currency, which therefore is not traded.
func (m *market) worth(difference float64, quantity int64) float64 {
	if m.spec.Settle != book.currency || int(book.currency) >= len(book.decimals) {
		return 0
	}
	places := int(book.decimals[book.currency]) - int(m.spec.PriceDecimals) - int(m.spec.QuantityDecimals)
	return difference * float64(quantity) * float64(m.spec.Multiplier) / one * math.Pow10(places)
}

// measure sums what is at stake.
func (p *portfolio) measure() {
	p.risk, p.open = 0, 0
	for i := range p.count {
		m := &markets[i]
		if m.position == 0 && !m.entry.there {
			continue
		}
		p.open++
		p.risk += m.atStake()
	}
}

// atStake is what the stop would cost from here.
func (m *market) atStake() float64 {
	quantity, from := m.position, m.window.closed
	if quantity == 0 {
		quantity, from = m.entry.remaining, m.entry.price
		if m.entry.side == abi.SideSell {
			quantity = -quantity
		}
	}
	distance := settings.stopATR * m.window.atr()
	if m.stop.there {
		distance = float64(from - m.stop.price)
		if quantity < 0 {
			distance = -distance
		}
	}
	return m.worth(max(distance, 0), max(quantity, -quantity))
}

// mayAdd tells that one more instrument is allowed.
func (p *portfolio) mayAdd() bool {
	return p.permissions&abi.PermissionAdd != 0 && p.open < settings.positionsMax
}

// size is how many units to buy or sell so that the stop costs the set risk, within what is left of the
// budget and of the margin; 0 if that is less than the venue takes.
func (m *market) size(l *levels) int64 {
	distance := math.Abs(float64(l.entry - l.stop))
	perLot := m.worth(distance, m.spec.QuantityLot)
	price := m.worth(float64(l.entry), m.spec.QuantityLot)
	if perLot <= 0 || price <= 0 {
		return 0
	}
	allowed := min(settings.risk*book.equity, settings.riskOpenMax*book.equity-book.risk)
	lots := math.Floor(allowed / perLot)
	if m.spec.MarginInitial > 0 {
		// A tenth stays free: the fill may be worse than the stop, and there are fees.
		lots = min(lots, math.Floor(0.9*book.margin*one/float64(m.spec.MarginInitial)/price))
	}
	if lots < 1 || lots > 1<<40 {
		return 0
	}
	size := int64(lots) * m.spec.QuantityLot
	if m.spec.QuantityMax > 0 {
		size = min(size, m.spec.QuantityMax/m.spec.QuantityLot*m.spec.QuantityLot)
	}
	if size < m.spec.QuantityMin || m.worth(float64(l.entry), size) < float64(m.spec.NotionalMin) {
		return 0
	}
	return size
}

// commit takes an entry of this tick out of what is left.
func (p *portfolio) commit(m *market, l *levels, size int64) {
	p.open++
	p.risk += m.worth(math.Abs(float64(l.entry-l.stop)), size)
	p.margin -= m.worth(float64(l.entry), size) * float64(m.spec.MarginInitial) / one
}

// watchDrawdown closes everything when equity has fallen too far from its peak, and tells that the
// strategy rests. After the rest the peak is counted anew, or it would never trade again.
func (p *portfolio) watchDrawdown(out *abi.OutputWriter) bool {
	if p.restUntil != 0 && p.now >= p.restUntil {
		p.restUntil, p.peak = 0, p.equity
	}
	if p.equity > p.peak {
		p.peak = p.equity
	}
	if p.restUntil == 0 && p.peak > 0 && p.equity <= p.peak*(1-settings.drawdownMax) {
		p.restUntil = p.now + max(settings.rest, 1)
		out.Alert(&abi.Alert{Level: abi.AlertCritical, Message: out.String("drawdown limit reached: closing everything and resting")})
	}
	if p.restUntil == 0 {
		return false
	}
	for i := range p.count {
		markets[i].leave(out)
	}
	return true
}

// leave takes back a waiting entry and closes a position, once.
func (m *market) leave(out *abi.OutputWriter) {
	if m.entry.there && !m.entry.busy {
		out.Cancel(&abi.Cancel{Ref: m.entry.ref})
	}
	if m.position != 0 && !m.closing && book.permissions&abi.PermissionReduce != 0 {
		out.Close(&abi.Close{Instrument: m.id, Ref: refOf(m.id, roleClose), SizeKind: abi.SizeFraction, Size: one, Tag: out.String("drawdown")})
	}
}
