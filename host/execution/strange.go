package execution

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
)

// strangeOrder is one that the lane does not know. With our tag it is never taken for somebody else's.
func (l *Lane) strangeOrder(r *event.OrderReport) {
	switch {
	case l.forgotten.knows(r.ID):
	case r.ID.Ours() && !l.lostOrder(r.ID, fmt.Sprintf("order %s at the venue (%s, %s)", r.ID, r.VenueOrder, r.State)):
		l.differ(differStrange, fmt.Sprintf("order %s at the venue (%s, %s) carries our tag, and this journal does not know it", r.ID, r.VenueOrder, r.State))
	case l.config.Foreign == ForeignHalt && r.State == event.ReportOpen && !l.maybeOurs(&event.FillReport{Instrument: r.Instrument}):
		l.differ(differForeign, fmt.Sprintf("order %s of %s is not ours", r.VenueOrder, r.Symbol))
	}
}

// strangeFill is a fill of no order of the lane.
func (l *Lane) strangeFill(r *event.FillReport) {
	switch {
	case l.forgotten.knows(r.Order):
		if l.strangeKey(fillKey(r)) {
			l.alert("fill_of_forgotten", "", event.AlertWarning, fmt.Sprintf("a fill of order %s, which is over for longer than its retention: it is not booked; reconciliation will find a difference if it is new", r.Order))
		}
	case r.Order.Ours() && !l.lostOrder(r.Order, fmt.Sprintf("order %s, of which there is a fill at the venue,", r.Order)):
		l.differ(differStrange, fmt.Sprintf("a fill of order %s carries our tag, and this journal does not know it", r.Order))
	case l.strangeKey(fillKey(r)):
		l.foreignFill(r)
	}
}

// strangeKey notes what was seen. It is false if it was seen before.
func (l *Lane) strangeKey(key string) bool {
	if l.strange.knows(key) {
		return false
	}
	l.emit(Fact{Kind: FactStrange, Text: key})
	return true
}

func fillKey(r *event.FillReport) string {
	if r.Fill.TradeID == 0 && r.Fill.VenueTrade == "" {
		return fmt.Sprintf("%d/%s/%d/%d/%d", r.Instrument, r.VenueOrder, r.Fill.Time, r.Fill.Quantity, r.Fill.Price)
	}
	return fmt.Sprintf("%d/%s/%d/%s", r.Instrument, r.VenueOrder, r.Fill.TradeID, r.Fill.VenueTrade)
}

// foreignFill books somebody else's fill by the policy.
func (l *Lane) foreignFill(r *event.FillReport) {
	l.traded(r.Instrument, &r.Fill)
	if int64(r.Instrument) >= int64(len(l.foreign)) {
		if l.config.Foreign == ForeignHalt {
			l.differ(differForeign, "a fill of "+r.Symbol+", which no agent trades")
		}
		return
	}
	owners := l.config.Owners[r.Instrument]
	if l.config.Foreign == ForeignClaim && len(owners) == 1 {
		l.claim(r, owners[0])
		return
	}
	l.entry.Fills = append(l.entry.Fills, *r)
	l.emit(Fact{Kind: FactFill, Index: uint32(len(l.entry.Fills) - 1)})
	if l.config.Foreign == ForeignHalt {
		l.differ(differForeign, fmt.Sprintf("a fill of %s of order %s is not ours", l.config.Instruments[r.Instrument].Name, r.VenueOrder))
	}
}

// claim gives a foreign fill to the instrument's only owner.
func (l *Lane) claim(r *event.FillReport, owner uint32) {
	l.entry.Fills = append(l.entry.Fills, *r)
	l.emit(Fact{Kind: FactFill, Index: uint32(len(l.entry.Fills) - 1), Claimed: true, Agent: owner})
	f := r.Fill
	f.Flags |= event.FillVenue
	l.tellRaw(event.Outcome{Kind: event.EventFill, Agent: owner, Instrument: r.Instrument, Fill: f, VenueOrder: r.VenueOrder, Reason: "claimed from outside"})
}
