package simulation

import (
	"fmt"
	"io"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Trace writes one compact line for each thing that happens in a world: virtual time since the world began, who,
// what. A nil Trace writes nothing. The first error of the writer ends it; Err says so.
type Trace struct {
	w     io.Writer
	start int64
	err   error
}

// NewTrace writes to w; times are shown since start.
func NewTrace(w io.Writer, start int64) *Trace { return &Trace{w: w, start: start} }

// Err is what the writer said, nil if all was written.
func (t *Trace) Err() error {
	if t == nil {
		return nil
	}
	return t.err
}

// Line writes a time, a word that says who or what, and the rest.
func (t *Trace) Line(at int64, who string, what ...any) {
	if t == nil || t.err != nil {
		return
	}
	_, t.err = fmt.Fprintf(t.w, "%12s %-8s %s", time.Duration(at-t.start).Round(time.Microsecond), who, fmt.Sprintln(what...))
}

// Order writes what became of an order at the venue.
func (t *Trace) Order(at int64, what string, o *VenueOrder) {
	if t == nil {
		return
	}
	t.Line(at, "venue", what, o.Name(), short(o.ID), "#"+fmt.Sprint(o.Instrument), sideName(o.Side), o.Quantity, "at", o.Price, "filled", o.Filled)
}

// Fill writes a trade.
func (t *Trace) Fill(at int64, e *Execution) {
	if t == nil {
		return
	}
	t.Line(at, "venue", "trade", e.Fill.TradeID, short(e.Order.ID), sideName(e.Fill.Side), e.Fill.Quantity, "at", e.Fill.Price)
}

// Call writes what the host sends.
func (t *Trace) Call(at int64, c *event.Call) {
	if t == nil {
		return
	}
	resent := ""
	if c.Resent {
		resent = "resent"
	}
	t.Line(at, "call", c.ID, c.Kind, short(c.Order.ID), "attempt", c.Attempt, resent)
}

// Reply writes what the host is told.
func (t *Trace) Reply(at int64, r *event.Reply) {
	if t == nil {
		return
	}
	t.Line(at, "reply", r.Call, r.Kind, r.Happening.Cause, r.Happening.Number, r.Happening.Phase,
		"orders", len(r.Orders), "fills", len(r.Fills), "complete", r.Complete, "absent", r.NotFound)
}

// short is the end of an order id, enough to follow it with the eyes.
func short(id event.OrderID) string { return fmt.Sprintf("%x", id[12:]) }

func sideName(s event.Side) string {
	if s == event.Buy {
		return "buy"
	}
	return "sell"
}
