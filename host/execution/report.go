package execution

import (
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// news takes in what a reply or a stream tells of orders, then of fills: so the last fill is known as such.
// It reports whether every fill could be placed.
func (l *Lane) news(r *event.Reply) bool {
	for i := range r.Orders {
		l.report(&r.Orders[i], r.Call != 0)
	}
	placed := true
	for i := range r.Fills {
		placed = l.fill(&r.Fills[i]) && placed
	}
	for i := range r.Orders {
		l.synthesise(&r.Orders[i])
	}
	return placed
}

// quantityMax is far above any quantity, and far below where sums of them overflow.
const quantityMax = 1 << 56

// find is the order that a venue speaks of.
func (l *Lane) find(id event.OrderID, venueOrder string) *order {
	if !id.IsZero() {
		return l.byID[id]
	}
	if venueOrder != "" {
		return l.byVenue[venueOrder]
	}
	return nil
}

// report takes in what a venue says of one order. looked: it answers a lookup of it.
func (l *Lane) report(r *event.OrderReport, looked bool) {
	o := l.find(r.ID, r.VenueOrder)
	if o == nil {
		l.strangeOrder(r)
		return
	}
	if r.Filled > quantityMax || r.Quantity > quantityMax {
		l.differ(differFill, fmt.Sprintf("order %s is told to have filled %d of %d", o.order.ID, r.Filled, r.Quantity))
		return
	}
	if r.VenueOrder != "" && o.venueOrder == "" && l.byVenue[r.VenueOrder] == nil {
		l.emit(Fact{Kind: FactVenueOrder, Order: o.order.ID, Text: r.VenueOrder})
	}
	p := &o.plan
	if p.verify || p.missing > 0 {
		p = l.touch(o)
		p.verify, p.missing = false, 0
	}
	switch r.State {
	case event.ReportFilled:
		l.ended(o, resilience.StateFilled, max(r.Filled, 0), 0, "")
	case event.ReportCancelled:
		l.ended(o, resilience.StateCancelled, max(r.Filled, 0), r.Code, r.Reason)
	case event.ReportExpired:
		l.ended(o, resilience.StateExpired, max(r.Filled, 0), r.Code, r.Reason)
	case event.ReportRejected:
		l.ended(o, resilience.StateRejected, max(r.Filled, 0), r.Code, r.Reason)
	default:
		l.standing(o, r, looked)
	}
	l.wantMissing(o)
}

// standing: the venue has the order, and it is not over.
func (l *Lane) standing(o *order, r *event.OrderReport, looked bool) {
	if looked && l.resized(o, r) {
		return
	}
	lost := o.plan.stage == stageLost && looked
	if o.life.Acknowledged && !o.doubtful() && r.Filled <= o.life.Cumulative && !lost {
		return // nothing new
	}
	ev := resilience.LifeEvent{Kind: resilience.LifeAccept, Quantity: max(r.Filled, 0)}
	if looked {
		ev.Kind = resilience.LifeFound
	}
	if lost && !o.life.State.Final() {
		l.foundReplaced(o, r, ev)
		return
	}
	l.happen(o, ev)
}

// resized: the venue has another quantity than we, and was asked after our last replace: its word counts.
func (l *Lane) resized(o *order, r *event.OrderReport) bool {
	p := &o.plan
	if r.Quantity <= 0 || o.life.Quantity == 0 || r.Quantity == o.life.Quantity || p.stage == stageSent || p.stage == stageLost || l.asked <= p.replaceSent || o.life.State.Final() || !o.life.Acknowledged {
		return false
	}
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeFound, Quantity: max(r.Filled, 0), Ordered: r.Quantity})
	price := o.order.Price
	keep(&price, r.Price)
	l.change(o, r.Quantity, price, o.order.StopPrice)
	if !o.plan.toldFinal {
		l.tellReplaced(o, event.RejectOther, "the venue has it otherwise than it was told here")
	}
	return true
}

// foundReplaced: after a replace whose reply was lost, the venue says what the order is now. That it is as
// it was is believed only after the settle window: the replace may still be under way, and until then the
// larger quantity counts.
func (l *Lane) foundReplaced(o *order, r *event.OrderReport, ev resilience.LifeEvent) {
	p := l.touch(o)
	size := p.size - p.base
	done := (r.Quantity == 0 || r.Quantity == size) && (r.Price == 0 || r.Price == p.price)
	told := r.Quantity > 0 && (r.Price > 0 || p.price == o.order.Price)
	late := l.now > p.replaceSent+l.config.Settle.Window
	if told && (done || late) {
		ev.Ordered = r.Quantity
	}
	if _, ok := l.happen(o, ev); !ok || o.life.State.Final() || o.doubtful() {
		return
	}
	switch {
	case told && done:
		p.stage = stageNone
		l.change(o, size, p.price, p.stop)
		l.tellReplaced(o, 0, "found replaced after the reply was lost")
	case told && late:
		p.stage = stageNone
		was, price := o.order.Size, o.order.Price
		keep(&was, r.Quantity)
		keep(&price, r.Price)
		l.change(o, was, price, o.order.StopPrice)
		l.tellReplaced(o, event.RejectOther, "found not replaced after the reply was lost")
	case late: // it does not say what it is: what is wished is asked for again
		l.happen(o, resilience.LifeEvent{Kind: resilience.LifeReplaceRefuse})
		p.stage, p.replaceNext = stageWished, l.now
	default:
		p.lookupNext = l.now + l.lookupEvery()
	}
}

// ended: the venue says that the order is over, after so much was filled.
func (l *Lane) ended(o *order, ending resilience.OrderState, filled int64, code uint16, reason string) {
	final := o.life.State.Final() && (o.life.Acknowledged || o.life.State == ending)
	if (final || o.life.Ending == ending) && filled <= o.life.Cumulative {
		return // nothing new
	}
	p := l.touch(o)
	p.endCode, p.endReason = code, reason
	if ending == resilience.StateCancelled && code == 0 && !o.life.CancelWished && (o.order.TIF == event.IOC || o.order.TIF == event.FOK) {
		p.endCode = uint16(event.CancelImmediate)
	}
	if ending == resilience.StateFilled && filled == 0 {
		filled = o.life.Quantity
	}
	p.lookupNext = 0
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeEnd, Ending: ending, Quantity: filled})
	l.wantMissing(o)
}

// wantMissing asks for fills that the venue counts and nobody has told.
func (l *Lane) wantMissing(o *order) {
	if o.life.Missing() > 0 && l.config.Facilities&event.FacilityFills != 0 {
		l.want(event.CallFills, l.now)
	}
}

// fill books one execution, once. It is false if it cannot be said yet whose it is.
func (l *Lane) fill(r *event.FillReport) bool {
	o := l.find(r.Order, r.VenueOrder)
	switch {
	case r.Fill.Quantity <= 0 || r.Fill.Quantity > quantityMax:
		l.differ(differFill, fmt.Sprintf("a fill of %d units of order %s", r.Fill.Quantity, r.VenueOrder))
		return true
	case o == nil && r.Order.IsZero() && l.maybeOurs(r):
		l.want(event.CallFills, l.now+l.config.LookupEvery)
		return false
	case o == nil:
		l.strangeFill(r)
		return true
	}
	if b := o.booked(&r.Fill); b != nil {
		l.toldAgain(o, b, r)
		return true
	}
	if l.counted(o) && o.life.Missing() < r.Fill.Quantity {
		return true // it is in what was booked by the venue's count, or by a person's word
	}
	if o.life.Attempts == 0 {
		l.differ(differContradiction, fmt.Sprintf("a fill of order %s, which was never sent", o.order.ID))
		return true
	}
	l.book(o, r)
	return true
}

// toldAgain: a fill that is booked may come with its fee now. Anything else must be as it was.
func (l *Lane) toldAgain(o *order, b *event.Fill, r *event.FillReport) {
	f := &r.Fill
	switch {
	case !sameFill(b, f):
		l.differ(differFill, fmt.Sprintf("fill %d%s of order %s was %d at %d, and is now %d at %d", b.TradeID, b.VenueTrade, o.order.ID, b.Quantity, b.Price, f.Quantity, f.Price))
	case f.Fee == 0 || f.Fee == b.Fee && f.FeeCurrency == b.FeeCurrency:
	case b.Fee != 0:
		l.differ(differFill, fmt.Sprintf("the fee of fill %d%s of order %s was %s %s, and is now %s %s", b.TradeID, b.VenueTrade, o.order.ID,
			event.FormatDecimal(b.Fee, event.MoneyDecimals), b.FeeCurrency, event.FormatDecimal(f.Fee, event.MoneyDecimals), f.FeeCurrency))
	default:
		n := *r
		n.Order, n.Instrument, n.Fill.Side = o.order.ID, o.order.Instrument, o.order.Side
		l.entry.Fills = append(l.entry.Fills, n)
		l.emit(Fact{Kind: FactFee, Order: o.order.ID, Index: uint32(len(l.entry.Fills) - 1)})
		l.account.money.fills++
		l.charged(&l.config.Instruments[o.order.Instrument], f)
		l.tell(o, event.Outcome{Kind: event.EventFee, Amount: -f.Fee, Currency: f.FeeCurrency, Fill: event.Fill{
			TradeID: b.TradeID, VenueTrade: b.VenueTrade, Price: b.Price, Side: b.Side, Time: f.Time,
		}})
	}
}

// book lets a fill happen to its order and tells it.
func (l *Lane) book(o *order, r *event.FillReport) {
	n := *r
	n.Order, n.Instrument = o.order.ID, o.order.Instrument
	if n.Fill.Side != event.Buy && n.Fill.Side != event.Sell {
		n.Fill.Side = o.order.Side
	}
	if n.Fill.Side != o.order.Side {
		l.differ(differFill, fmt.Sprintf("a fill of order %s on the other side", o.order.ID))
	}
	if n.VenueOrder != "" && o.venueOrder == "" && l.byVenue[n.VenueOrder] == nil {
		l.emit(Fact{Kind: FactVenueOrder, Order: o.order.ID, Text: n.VenueOrder})
	}
	if n.Fill.Flags&event.FillLast != 0 && !o.life.State.Final() {
		l.ended(o, resilience.StateFilled, o.life.Filled+n.Fill.Quantity, 0, "")
	}
	l.entry.Fills = append(l.entry.Fills, n)
	l.emit(Fact{Kind: FactFill, Order: o.order.ID, Index: uint32(len(l.entry.Fills) - 1)})
	l.traded(n.Instrument, &n.Fill)
	l.filling = n.Fill
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeFill, Quantity: n.Fill.Quantity})
	l.wantMissing(o)
}

// cumulative begins the trade ids of fills that the lane made of a venue's count, resolvedTrade those of a person's word.
const (
	cumulative    = "cumulative-"
	resolvedTrade = "resolved-"
)

func (l *Lane) synthesises() bool {
	return l.config.Facilities&(event.FacilityFills|event.FacilityStream) == 0
}

// counted reports whether fills of the order were booked by a count and not one by one: then they may be told of still.
func (l *Lane) counted(o *order) bool {
	for i := range o.fills {
		if trade := o.fills[i].VenueTrade; strings.HasPrefix(trade, resolvedTrade) || l.synthesises() && strings.HasPrefix(trade, cumulative) {
			return true
		}
	}
	return false
}

// synthesise books what a venue that tells no fills has filled, by the growth of what it counts.
func (l *Lane) synthesise(r *event.OrderReport) {
	if !l.synthesises() {
		return
	}
	o := l.find(r.ID, r.VenueOrder)
	if o == nil || o.life.Missing() == 0 {
		return
	}
	price := r.Price
	if price == 0 {
		price = o.order.Price
	}
	if price == 0 {
		l.alert("fill_without_price", l.name(o.order.Agent), event.AlertCritical, fmt.Sprintf("the venue says that order %s filled and tells neither fills nor price; resolve it by hand", o.order.ID))
		return
	}
	l.book(o, &event.FillReport{VenueOrder: o.venueOrder, Fill: event.Fill{
		Quantity: o.life.Missing(), Price: price,
		VenueTrade: fmt.Sprintf("%s%d", cumulative, o.life.Cumulative), Side: o.order.Side, Time: l.now,
	}})
}

// maybeOurs: a fill that names only the venue's order may be of one whose venue id we have not learned. Those
// are asked about.
func (l *Lane) maybeOurs(r *event.FillReport) bool {
	maybe := false
	for _, o := range l.live {
		if o.order.Instrument != r.Instrument || o.venueOrder != "" || o.life.Attempts == 0 || o.life.State == resilience.StateDeadLetter {
			continue
		}
		maybe = true
		if p := l.touch(o); p.lookupNext == 0 && o.life.State != resilience.StateInFlight {
			p.lookupNext = l.now
		}
	}
	return maybe
}
