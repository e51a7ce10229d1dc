package main

import (
	"github.com/agenthost/agenthost/abi"
	agenthost "github.com/agenthost/agenthost/plugins/sdk/go"
)

// role is what an order of ours is for. It is part of the order's ref, so that each tick tells it anew.
type role uint64

const (
	roleClose  role = 0
	roleEntry  role = 1
	roleStop   role = 2
	roleTarget role = 3
)

// refOf makes a ref: the tick's sequence keeps refs of different ticks apart, and a tick makes at most
// one order of a role in an instrument.
func refOf(instrument uint32, r role) uint64 {
	return book.sequence<<8 | uint64(instrument)<<2 | uint64(r)
}

func roleOf(ref uint64) role { return role(ref & 3) }

// working is an order of ours as the tick shows it.
type working struct {
	there     bool
	busy      bool // Something about it is on its way; leave it alone.
	ref       uint64
	side      abi.Side
	price     int64 // Where it triggers or rests.
	remaining int64
	filled    int64
}

// market is one instrument: what it is, its bars, what is held and what waits.
type market struct {
	id     uint32
	spec   abi.Instrument
	window window

	position int64
	entry    working
	stop     working
	target   working
	closing  bool

	fresh   bool         // A closed bar came with this tick.
	health  abi.FeedFlag // What is wrong with its data now.
	clean   int          // Good bars since the last bad one.
	wait    int          // Bars to sit out after a denial.
	denials int          // Entries refused in a row.
	naked   int          // Protective stops refused while a position was open.
}

// cleanMin is how many good bars must follow a bad one before an entry.
const cleanMin = 3

// see forgets what the last tick said.
func (m *market) see(id uint32, spec *abi.Instrument) {
	m.id, m.spec = id, *spec
	m.spec.PriceTick, m.spec.QuantityLot = max(m.spec.PriceTick, 1), max(m.spec.QuantityLot, 1)
	m.position, m.closing, m.fresh, m.health = 0, false, false, 0
	m.entry, m.stop, m.target = working{}, working{}, working{}
}

// seeOrder takes an open order in. One that is not ours by its ref's making stays unknown, and is
// treated as closing, so that nothing is done twice beside it.
func (m *market) seeOrder(o *abi.OpenOrder) {
	w := working{there: true, ref: o.Ref, side: o.Side, price: o.StopPrice, remaining: o.Remaining, filled: o.Filled}
	switch o.State {
	case abi.StateOpen, abi.StatePartial, abi.StateContingent, abi.StatePending:
	default:
		w.busy = true // In flight, cancel or replace pending, Unknown, or a state of a later version.
	}
	switch roleOf(o.Ref) {
	case roleEntry:
		m.entry = w
	case roleStop:
		m.stop = w
	case roleTarget:
		w.price = o.Price
		m.target = w
	default:
		m.closing = true
	}
}

// take takes a closed bar in. One whose prices contradict one another is as bad as one withheld.
func (m *market) take(b *abi.Bar) {
	m.fresh = true
	if b.Flags&abi.BarFlagged != 0 {
		m.clean = 0
		return
	}
	if b.Flags&abi.BarAfterGap != 0 {
		m.clean = 0
	}
	m.window.add(b.High, b.Low, b.Close, b.Flags&abi.BarAfterGap != 0)
	m.clean++
	m.wait = max(m.wait-1, 0)
}

// seeHealth takes in what is wrong with the data. A bar withheld breaks the row of clean ones.
func (m *market) seeHealth(flags abi.FeedFlag) {
	m.health = flags
	if flags&(abi.FeedQuarantined|abi.FeedGap|abi.FeedFlagged) != 0 {
		m.clean = 0
	}
}

// healthy tells that the data can be traded on.
func (m *market) healthy() bool {
	return m.clean >= cleanMin && m.health&(abi.FeedStale|abi.FeedOutOfSession) == 0 && m.spec.Status == abi.StatusTrading
}

// manage is the decision for one instrument.
func (m *market) manage(out *abi.OutputWriter) {
	healthy := m.healthy()
	switch {
	case m.closing:
	case m.position != 0:
		m.protect(out, healthy)
	case m.entry.there:
		m.follow(out, healthy)
	default:
		m.enter(out, healthy)
	}
}

// levels are where an entry, its stop and its target would be now.
type levels struct {
	side                abi.Side
	entry, stop, target int64
}

// levels looks to the side of the channel that the close is nearer to. There are none if a price would
// not be positive.
func (m *market) levels() (l levels, ok bool) {
	high, low, atr := m.window.high(), m.window.low(), m.window.atr()
	l.side = abi.SideBuy
	l.entry = m.onTick(float64(high)) + m.spec.PriceTick
	if 2*m.window.closed < high+low {
		l.side = abi.SideSell
		l.entry = m.onTick(float64(low)) - m.spec.PriceTick
	}
	sign := direction(l.side)
	l.stop = m.onTick(float64(l.entry) - sign*settings.stopATR*atr)
	l.target = m.onTick(float64(l.entry) + sign*settings.targetATR*atr)
	ok = l.entry > 0 && l.stop > 0 && l.stop != l.entry && (settings.targetATR == 0 || l.target > 0)
	return l, ok && (l.side == abi.SideBuy || settings.shorts && book.capabilities&abi.CapabilityShort != 0)
}

func direction(s abi.Side) float64 {
	if s == abi.SideBuy {
		return 1
	}
	return -1
}

// onTick rounds a price to the nearest price that orders may have.
func (m *market) onTick(price float64) int64 {
	if price <= 0 {
		return 0
	}
	return agenthost.PriceTimes(int64(price+0.5), one, m.spec.PriceTick)
}

// enter sends entry, stop and target together, if all of it fits the budget.
func (m *market) enter(out *abi.OutputWriter, healthy bool) {
	if !m.fresh || !healthy || !m.window.ready() || m.wait > 0 || !book.mayAdd() {
		return
	}
	l, ok := m.levels()
	if !ok {
		return
	}
	size := m.size(&l)
	if size == 0 {
		return
	}
	book.commit(m, &l, size)
	parent := refOf(m.id, roleEntry)
	out.Submit(&abi.Submit{
		Instrument: m.id, Ref: parent, Side: l.side, Type: abi.OrderStop, TimeInForce: abi.TimeGTC,
		SizeKind: abi.SizeUnits, Size: size, StopPrice: l.entry,
	})
	exit := abi.Submit{
		Instrument: m.id, Ref: refOf(m.id, roleStop), Side: l.side.Opposite(), Type: abi.OrderStop, TimeInForce: abi.TimeGTC,
		SizeKind: abi.SizeUnits, Flags: abi.OrderReduceOnly, StopPrice: l.stop, ParentRef: parent,
	}
	out.Submit(&exit)
	if settings.targetATR > 0 {
		exit.Ref, exit.Type, exit.StopPrice, exit.Price = refOf(m.id, roleTarget), abi.OrderLimit, 0, l.target
		out.Submit(&exit)
	}
}

// follow keeps a waiting entry and its exits at the channel, or takes it back: when the data is bad, the
// price is nearer to the other edge, or the stop that should wait with it was refused.
func (m *market) follow(out *abi.OutputWriter, healthy bool) {
	if m.entry.busy {
		return
	}
	l, ok := levels{}, false
	if healthy && m.window.ready() {
		l, ok = m.levels()
	}
	if !ok || l.side != m.entry.side || !m.stop.there || book.permissions&abi.PermissionAdd == 0 {
		out.Cancel(&abi.Cancel{Ref: m.entry.ref}) // Its exits go with it.
		return
	}
	if !m.fresh {
		return
	}
	moveStop(out, &m.entry, l.entry)
	moveStop(out, &m.stop, l.stop)
	if m.target.there && !m.target.busy && m.target.price != l.target {
		out.Replace(&abi.Replace{Fields: abi.ReplacePrice, Ref: m.target.ref, Price: l.target})
	}
}

func moveStop(out *abi.OutputWriter, w *working, price int64) {
	if w.there && !w.busy && w.price != price {
		out.Replace(&abi.Replace{Fields: abi.ReplaceStopPrice, Ref: w.ref, StopPrice: price})
	}
}

// protect looks after a position: what was filled in part is not completed later, the stop follows the
// price, and a position is never without a stop. In a mode without reducing it can do nothing, and asks
// for nothing.
func (m *market) protect(out *abi.OutputWriter, healthy bool) {
	if book.permissions&abi.PermissionReduce == 0 {
		return
	}
	if m.entry.there && !m.entry.busy && m.fresh {
		out.Cancel(&abi.Cancel{Ref: m.entry.ref})
	}
	side := abi.SideBuy
	if m.position < 0 {
		side = abi.SideSell
	}
	if !m.stop.there {
		m.cover(out, side)
		return
	}
	if !m.fresh || !healthy || m.stop.busy || !m.window.ready() {
		return
	}
	sign := direction(side)
	want := m.onTick(float64(m.window.closed) - sign*settings.trailATR*m.window.atr())
	if want > 0 && sign*float64(want-m.stop.price) > 0 {
		moveStop(out, &m.stop, want)
	}
}

// cover gives a position without a stop one of its own; if none is taken, it closes.
func (m *market) cover(out *abi.OutputWriter, side abi.Side) {
	distance := settings.stopATR * m.window.atr()
	price := m.onTick(float64(m.window.closed) - direction(side)*distance)
	if m.naked >= 2 || price <= 0 || distance == 0 {
		out.Close(&abi.Close{Instrument: m.id, Ref: refOf(m.id, roleClose), SizeKind: abi.SizeFraction, Size: one, Tag: out.String("no stop")})
		return
	}
	out.Submit(&abi.Submit{
		Instrument: m.id, Ref: refOf(m.id, roleStop), Side: side.Opposite(), Type: abi.OrderStop, TimeInForce: abi.TimeGTC,
		SizeKind: abi.SizeUnits, Flags: abi.OrderReduceOnly, Size: max(m.position, -m.position), StopPrice: price,
	})
}
