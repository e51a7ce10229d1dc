package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

func walkReply(w *wire, r *event.Reply) {
	w.u64(&r.Call)
	small(w, &r.Kind)
	walkHappening(w, &r.Happening)
	w.text(&r.Detail)
	for _, v := range [...]*int64{&r.Started, &r.Written, &r.Received, &r.VenueTime, &r.RetryAfter} {
		w.i64(v)
	}
	list(w, &r.Orders, walkOrderReport)
	list(w, &r.Fills, walkFill)
	list(w, &r.Positions, func(w *wire, p *event.PositionReport) {
		small(w, &p.Instrument)
		w.text(&p.Symbol)
		w.i64(&p.Quantity)
	})
	list(w, &r.Balances, func(w *wire, b *event.BalanceReport) {
		w.text(&b.Currency)
		w.i64(&b.Total)
	})
	w.flag(&r.Complete)
	w.text(&r.Cursor)
	w.flag(&r.NotFound)
	w.flag(&r.SearchedOpen)
	w.flag(&r.SearchedPast)
}

func walkHappening(w *wire, h *resilience.Happening) {
	small(w, &h.Cause)
	small(w, &h.Request)
	small(w, &h.Phase)
	w.integer(&h.Number)
	w.text(&h.Code)
	w.flag(&h.NotProcessed)
	w.flag(&h.ErrorBody)
	w.flag(&h.Resent)
}

func walkOrderReport(w *wire, r *event.OrderReport) {
	w.id(&r.ID)
	w.text(&r.VenueOrder)
	small(w, &r.Instrument)
	w.text(&r.Symbol)
	small(w, &r.Side)
	small(w, &r.State)
	for _, v := range [...]*int64{&r.Quantity, &r.Filled, &r.Price, &r.Time} {
		w.i64(v)
	}
	small(w, &r.Code)
	w.text(&r.Reason)
}

func walkFill(w *wire, r *event.FillReport) {
	w.id(&r.Order)
	w.text(&r.VenueOrder)
	small(w, &r.Instrument)
	w.text(&r.Symbol)
	f := &r.Fill
	w.u64(&f.TradeID)
	w.text(&f.VenueTrade)
	for _, v := range [...]*int64{&f.Quantity, &f.Price, &f.Fee, &f.Time} {
		w.i64(v)
	}
	small(w, &f.Side)
	small(w, &f.Flags)
	w.text(&f.FeeCurrency)
	w.u64(&f.Closes)
}
