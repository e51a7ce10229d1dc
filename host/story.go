package host

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// Story is what the journal of a lane tells of one order: each sending, each answer and what it proves,
// what the venue told, what persons did. It needs no running host.
type Story struct {
	ID event.OrderID
	// Instruments give decimals to the names that the stream has; numbers of others stay in units.
	Instruments []event.Instrument
	// Order is the order as its events leave it, Events what became of it. Both are made by Read.
	Order  admin.Order
	Events []admin.OrderEvent

	members members // what the lane's numbers stand for
	calls   map[uint64]sending
	status  execution.OrderStatus
}

// sending is a call on its way.
type sending struct {
	call    string
	attempt uint32
}

// Read makes the story from the lane's stream. False: the lane has never had the order.
func (s *Story) Read(j *journal.Journal, stream string) (found bool, err error) {
	s.calls, s.Events = map[uint64]sending{}, nil
	var entry execution.Entry
	for e, err := range j.ReadKept(stream, 1) {
		if err != nil {
			return false, err
		}
		if e.Kind == journal.KindConfig {
			s.members = members{}
			if err := json.Unmarshal(e.Body, &s.members); err != nil {
				return false, fmt.Errorf("stream %q, position %d: %w", stream, e.Position, err)
			}
		}
		if e.Kind != journal.KindLane {
			continue
		}
		if err := execution.ReadEntry(e.Body, &entry); err != nil {
			return false, fmt.Errorf("stream %q, position %d: %w", stream, e.Position, err)
		}
		before := len(s.Events)
		if err := s.entry(&entry, e.Time); err != nil {
			return false, fmt.Errorf("stream %q, position %d: order %s: %w", stream, e.Position, s.ID, err)
		}
		for i := before; i < len(s.Events); i++ {
			s.Events[i].Stream, s.Events[i].Position = stream, e.Position
		}
	}
	if s.status.Order.ID.IsZero() {
		return false, nil
	}
	s.finish()
	s.Order.Venue, s.Order.Account, _ = strings.Cut(strings.TrimPrefix(stream, "lane/"), "/")
	return true, nil
}

// finish says how the order stands after all that.
func (s *Story) finish() {
	o := &s.status.Order
	o.State = event.OrderState(s.status.Life.State)
	if s.status.Life.State == resilience.StateDeadLetter {
		o.State = event.StateUnknown
	}
	agent, in := fmt.Sprintf("agent %d", o.Agent), s.instrument(o.Instrument)
	if int64(o.Agent) < int64(len(s.members.Agents)) {
		agent = s.members.Agents[o.Agent]
	}
	s.Order = orderOf(&s.status, &in)
	s.Order.Agent = agent
	for i := range s.Events {
		s.Order.Updated = max(s.Order.Updated, s.Events[i].Time)
	}
}

// entry takes in one entry of the lane.
func (s *Story) entry(e *execution.Entry, at int64) error {
	if q := &e.Input.Request; e.Input.Kind == execution.InputRequest && q.Order.ID == s.ID {
		s.request(q, e.Input.Sequence, at)
	}
	for i := range e.Facts { // an answer comes before what follows from it
		if f := &e.Facts[i]; f.Kind == execution.FactAnswered {
			s.answered(f, at)
		}
	}
	for i := range e.Facts {
		if err := s.fact(e, &e.Facts[i], at); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) add(e admin.OrderEvent) { s.Events = append(s.Events, e) }

func (s *Story) request(q *event.Request, turn uint64, at int64) {
	o, in := &q.Order, s.instrument(q.Order.Instrument)
	switch q.Kind {
	case event.RequestSubmit:
		text := fmt.Sprintf("%s %s %s, %s, by turn %d", o.Side, sizeOf(o, &in), in.Name, o.Type, turn)
		if o.Flags&event.ByHost != 0 {
			text += ", by the host"
		}
		if !o.Redrives.IsZero() {
			text += ", redriven by a person in place of " + o.Redrives.String()
		}
		s.add(admin.OrderEvent{Time: at, What: "admitted", Text: text})
	case event.RequestCancel:
		s.add(admin.OrderEvent{Time: at, What: "wish", Text: "cancel"})
	case event.RequestReplace:
		s.add(admin.OrderEvent{Time: at, What: "wish", Text: "replace" + changes(&in, o.Size, o.Price, o.StopPrice)})
	}
}

// fact takes in what concerns the order.
func (s *Story) fact(e *execution.Entry, f *execution.Fact, at int64) error {
	switch f.Kind {
	case execution.FactCall:
		s.sent(&e.Calls[f.Index], at)
	case execution.FactOutcome:
		if o := &e.Outcomes[f.Index].Outcome; o.Order == s.ID {
			s.outcome(o, at)
		}
	case execution.FactBorn:
		if o := &e.Orders[f.Index]; o.Redrives == s.ID {
			s.status.RedrivenAs = o.ID
			s.add(admin.OrderEvent{Time: at, What: "operator", Text: "redriven as " + o.ID.String()})
		}
	case execution.FactAct:
		if f.Order == s.ID {
			s.add(admin.OrderEvent{Time: at, What: "operator", Text: execution.ActKind(f.Number).String() + " by " + f.Text})
		}
	}
	if f.Order != s.ID {
		return nil
	}
	switch f.Kind {
	case execution.FactBorn:
		s.status.Order = e.Orders[f.Index]
	case execution.FactLife:
		if _, err := s.status.Life.Apply(f.Life); err != nil {
			return err
		}
	case execution.FactVenueOrder:
		s.status.VenueOrder = f.Text
	case execution.FactChanged:
		o := &s.status.Order
		o.Size, o.Price, o.StopPrice, o.SizeKind = f.Values[0], f.Values[1], f.Values[2], event.SizeKind(f.Values[3])
	case execution.FactLetter:
		l := &e.Letters[f.Index]
		s.status.Letter = true
		s.add(admin.OrderEvent{Time: at, What: "dead_letter", Cause: l.Cause, Text: l.Message})
	case execution.FactLetterOver:
		s.status.Letter = false
	}
	return nil
}

func (s *Story) sent(c *event.Call, at int64) {
	if c.Order.ID != s.ID || c.Kind > event.CallLookup {
		return
	}
	s.calls[c.ID] = sending{c.Kind.String(), c.Attempt}
	text := ""
	if c.Resent {
		text = "again: it may have been there before"
	}
	s.add(admin.OrderEvent{Time: at, What: "sent", Call: c.Kind.String(), Attempt: c.Attempt, Text: text})
}

func (s *Story) answered(f *execution.Fact, at int64) {
	c, ours := s.calls[f.Number]
	if !ours {
		return
	}
	delete(s.calls, f.Number)
	s.add(admin.OrderEvent{
		Time: at, What: "answered", Call: c.call, Attempt: c.attempt, Proof: f.Proof.String(), Cause: causeText(f.Cause),
		Status: int(f.Values[0]), Text: f.Text,
	})
}

func causeText(c resilience.Cause) string {
	if c == resilience.CauseNone {
		return ""
	}
	return c.String()
}

func (s *Story) outcome(o *event.Outcome, at int64) {
	in := s.instrument(o.Instrument)
	e := admin.OrderEvent{Time: at, What: o.Kind.String(), Text: o.Reason}
	if text := codeWords(o); text != "" && text != o.Reason {
		e.Text = strings.TrimPrefix(e.Text+", "+text, ", ")
	}
	if f := &o.Fill; f.Quantity != 0 {
		e.Quantity, e.Price = event.FormatDecimal(f.Quantity, in.QuantityDecimals), decimal(f.Price, in.PriceDecimals)
		e.Fee, e.Trade = event.FormatDecimal(f.Fee, event.MoneyDecimals), f.VenueTrade
	}
	if o.Kind == event.EventReplaced {
		e.Text = strings.TrimPrefix(e.Text+changes(&in, o.Size, o.Price, o.StopPrice), ", ")
	}
	s.add(e)
}

// codeWords names an outcome's code, with the two numbers of a denial; empty for none.
func codeWords(o *event.Outcome) string {
	switch {
	case o.Code == 0:
		return ""
	case o.Kind == event.EventDenied:
		return fmt.Sprintf("%s: found %d, allowed %d", event.DenyCode(o.Code), o.Found, o.Allowed)
	case o.Kind == event.EventRejected:
		return event.RejectCode(o.Code).String()
	case o.Kind == event.EventCancelled:
		return event.CancelCode(o.Code).String()
	case o.Kind == event.EventExpired:
		return event.ExpireCode(o.Code).String()
	case o.Kind == event.EventSettled:
		return "found " + event.OrderState(o.Code).String()
	}
	return fmt.Sprintf("code %d", o.Code)
}

// changes names what a replace changes.
func changes(in *event.Instrument, size, price, stop int64) (text string) {
	if size != 0 {
		text += ", size " + event.FormatDecimal(size, in.QuantityDecimals)
	}
	if price != 0 {
		text += ", price " + event.FormatDecimal(price, in.PriceDecimals)
	}
	if stop != 0 {
		text += ", stop " + event.FormatDecimal(stop, in.PriceDecimals)
	}
	return text
}

func (s *Story) instrument(i uint32) event.Instrument {
	if int64(i) >= int64(len(s.members.Instruments)) {
		return event.Instrument{Name: fmt.Sprintf("instrument %d", i)}
	}
	name := s.members.Instruments[i]
	if at := indexOf(s.Instruments, name); at >= 0 {
		return s.Instruments[at]
	}
	return event.Instrument{Name: name}
}
