package execution

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

func walkReply(w *wire.Walker, r *event.Reply) {
	w.Uint64(&r.Call)
	wire.Small(w, &r.Kind)
	walkHappening(w, &r.Happening)
	w.Text(&r.Detail)
	for _, v := range [...]*int64{&r.Started, &r.Written, &r.Received, &r.VenueTime, &r.RetryAfter} {
		w.Int64(v)
	}
	wire.List(w, &r.Orders, walkOrderReport)
	wire.List(w, &r.Fills, walkFill)
	wire.List(w, &r.Positions, func(w *wire.Walker, p *event.PositionReport) {
		wire.Small(w, &p.Instrument)
		w.Text(&p.Symbol)
		w.Int64(&p.Quantity)
	})
	wire.List(w, &r.Balances, func(w *wire.Walker, b *event.BalanceReport) {
		w.Text(&b.Currency)
		w.Int64(&b.Total)
	})
	w.Flag(&r.Complete)
	w.Text(&r.Cursor)
	w.Flag(&r.NotFound)
	w.Flag(&r.SearchedOpen)
	w.Flag(&r.SearchedPast)
}

func walkHappening(w *wire.Walker, h *resilience.Happening) {
	wire.Small(w, &h.Cause)
	wire.Small(w, &h.Request)
	wire.Small(w, &h.Phase)
	w.Int(&h.Number)
	w.Text(&h.Code)
	w.Flag(&h.NotProcessed)
	w.Flag(&h.ErrorBody)
	w.Flag(&h.Resent)
}

func walkOrderReport(w *wire.Walker, r *event.OrderReport) {
	w.Fixed(r.ID[:])
	w.Text(&r.VenueOrder)
	wire.Small(w, &r.Instrument)
	w.Text(&r.Symbol)
	wire.Small(w, &r.Side)
	wire.Small(w, &r.State)
	for _, v := range [...]*int64{&r.Quantity, &r.Filled, &r.Price, &r.Time} {
		w.Int64(v)
	}
	wire.Small(w, &r.Code)
	w.Text(&r.Reason)
}

func walkFill(w *wire.Walker, r *event.FillReport) {
	w.Fixed(r.Order[:])
	w.Text(&r.VenueOrder)
	wire.Small(w, &r.Instrument)
	w.Text(&r.Symbol)
	f := &r.Fill
	w.Uint64(&f.TradeID)
	w.Text(&f.VenueTrade)
	for _, v := range [...]*int64{&f.Quantity, &f.Price, &f.Fee, &f.Time} {
		w.Int64(v)
	}
	wire.Small(w, &f.Side)
	wire.Small(w, &f.Flags)
	w.Text(&f.FeeCurrency)
	w.Uint64(&f.Closes)
}
