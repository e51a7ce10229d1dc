package simulation

import (
	"fmt"
	"io"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// Trace writes one compact line for each thing that happens in a world: virtual time since the world began, which
// account, who, what. A nil Trace writes nothing. The first error of the writer ends it; Err says so.
type Trace struct {
	sink *sink
	tag  string
}

type sink struct {
	w     io.Writer
	start int64
	err   error
}

// NewTrace writes to w; times are shown since start.
func NewTrace(w io.Writer, start int64) *Trace {
	return &Trace{sink: &sink{w: w, start: start}, tag: "-"}
}

// tagged is the same trace for one account.
func (t *Trace) tagged(tag string) *Trace {
	if t == nil {
		return nil
	}
	return &Trace{sink: t.sink, tag: tag}
}

// Err is what the writer said, nil if all was written.
func (t *Trace) Err() error {
	if t == nil {
		return nil
	}
	return t.sink.err
}

// Line writes a time, a word that says who or what, and the rest.
func (t *Trace) Line(at int64, who string, what ...any) {
	if t == nil || t.sink.err != nil {
		return
	}
	_, t.sink.err = fmt.Fprintf(t.sink.w, "%12s %s %-6s %s", time.Duration(at-t.sink.start).Round(time.Microsecond), t.tag, who, fmt.Sprintln(what...))
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
	rest := ""
	for i := range r.Orders {
		o := &r.Orders[i]
		rest += fmt.Sprintf(" %s=%s/%d", short(o.ID), o.State, o.Filled)
	}
	for i := range r.Fills {
		rest += fmt.Sprintf(" trade=%d", r.Fills[i].Fill.TradeID)
	}
	for i := range r.Positions {
		rest += fmt.Sprintf(" #%d=%d", r.Positions[i].Instrument, r.Positions[i].Quantity)
	}
	if r.Complete {
		rest += " complete"
	}
	if r.Cursor != "" {
		rest += " cursor=" + r.Cursor
	}
	if r.NotFound {
		rest += " absent"
	}
	t.Line(at, "reply", r.Call, r.Kind, r.Happening.Cause, r.Happening.Number, r.Happening.Phase.String()+rest)
}

// short is the end of an order id, enough to follow it with the eyes.
func short(id event.OrderID) string { return fmt.Sprintf("%x", id[12:]) }

func sideName(s event.Side) string {
	if s == event.Buy {
		return "buy"
	}
	return "sell"
}
