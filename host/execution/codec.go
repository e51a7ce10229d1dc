package execution

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// EntryFormat is the first byte of every encoded entry. It changes when the layout does.
const EntryFormat = 1

// AppendEntry appends e's encoding to b: the body of a journal entry of the lane's stream.
func AppendEntry(b []byte, e *Entry) []byte {
	w := wire{b: b}
	walkEntry(&w, e)
	return w.b
}

// ReadEntry decodes what AppendEntry wrote into e, reusing its slices. It refuses what is cut short, of
// another format, or followed by more bytes.
func ReadEntry(b []byte, e *Entry) error {
	e.reset()
	w := wire{b: b, reading: true}
	walkEntry(&w, e)
	if w.err != nil {
		return fmt.Errorf("read lane entry: %w", w.err)
	}
	if len(w.b) != 0 {
		return fmt.Errorf("read lane entry: %d bytes after its end", len(w.b))
	}
	return nil
}

func walkEntry(w *wire, e *Entry) {
	w.version("lane entry", EntryFormat)
	walkInput(w, &e.Input)
	list(w, &e.Facts, walkFact)
	list(w, &e.Orders, walkOrder)
	list(w, &e.Calls, walkCall)
	list(w, &e.Fills, walkFill)
	list(w, &e.Outcomes, func(w *wire, o *AgentOutcome) {
		w.u64(&o.Number)
		walkOutcome(w, &o.Outcome)
	})
	list(w, &e.Letters, walkLetter)
	list(w, &e.Alerts, walkAlert)
	w.text(&e.Refusal)
}

func walkInput(w *wire, in *Input) {
	small(w, &in.Kind)
	w.i64(&in.Time)
	switch in.Kind {
	case InputRequest:
		small(w, &in.Agent)
		w.u64(&in.Sequence)
		small(w, &in.Place)
		small(w, &in.Request.Kind)
		walkOrder(w, &in.Request.Order)
	case InputReply:
		walkReply(w, &in.Reply)
	case InputPermissions:
		small(w, &in.Agent)
		small(w, &in.Permission)
	case InputOperator:
		walkAct(w, &in.Act)
	case InputTime, InputStart:
	default:
		w.fail(fmt.Errorf("input kind %d is not known", in.Kind))
	}
}

func walkAct(w *wire, a *Act) {
	small(w, &a.Kind)
	w.id(&a.Order)
	w.flag(&a.Lane)
	w.i64(&a.ValidUntil)
	small(w, &a.Ending)
	w.i64(&a.Filled)
	w.i64(&a.Price)
	w.text(&a.Who)
	w.text(&a.Why)
}

func walkFact(w *wire, f *Fact) {
	small(w, &f.Kind)
	switch f.Kind {
	case FactTaken, FactPermission:
		small(w, &f.Agent)
		w.u64(&f.Number)
		small(w, &f.Place)
	case FactFill:
		w.id(&f.Order)
		small(w, &f.Index)
		w.flag(&f.Claimed)
		small(w, &f.Agent)
	case FactBorn, FactLetter:
		w.id(&f.Order)
		small(w, &f.Index)
	case FactLife:
		w.id(&f.Order)
		walkLifeEvent(w, &f.Life)
	case FactPlan:
		w.id(&f.Order)
		w.bytes(&f.State)
	case FactVenueOrder:
		w.id(&f.Order)
		w.text(&f.Text)
	case FactChanged:
		w.id(&f.Order)
		w.values(f)
	case FactCall:
		small(w, &f.Index)
		small(w, &f.Permit.Kind)
		w.u64(&f.Permit.Generation)
		w.u64(&f.Permit.Lease)
	case FactAnswered:
		w.u64(&f.Number)
		small(w, &f.Proof)
		small(w, &f.Cause)
		w.values(f)
		w.text(&f.Text)
	case FactOutcome, FactAlert:
		small(w, &f.Index)
	case FactLetterOver, FactForgotten:
		w.id(&f.Order)
	case FactPolicy:
		small(w, &f.Place)
		w.bytes(&f.State)
	case FactAccount:
		w.bytes(&f.State)
	case FactForeign:
		small(w, &f.Place)
		w.values(f)
	case FactAct:
		w.id(&f.Order)
		w.u64(&f.Number)
		w.text(&f.Text)
	case FactStrange:
		w.text(&f.Text)
	default:
		w.fail(fmt.Errorf("fact kind %d is not known", f.Kind))
	}
}

func (w *wire) values(f *Fact) {
	for i := range f.Values {
		w.i64(&f.Values[i])
	}
}

func walkLifeEvent(w *wire, e *resilience.LifeEvent) {
	small(w, &e.Kind)
	for _, v := range [...]*int64{&e.Time, &e.Quantity, &e.Ordered, &e.ValidUntil, &e.Expiry} {
		w.i64(v)
	}
	small(w, &e.Ending)
	small(w, &e.Attempt)
	w.flag(&e.Proves)
	w.flag(&e.Dedupes)
}

func walkCall(w *wire, c *event.Call) {
	w.u64(&c.ID)
	small(w, &c.Kind)
	small(w, &c.Attempt)
	w.flag(&c.Resent)
	walkOrder(w, &c.Order)
	w.text(&c.VenueOrder)
	w.text(&c.Cursor)
	w.i64(&c.Deadline)
}

func walkAlert(w *wire, a *event.Alert) {
	w.text(&a.Key)
	small(w, &a.Level)
	w.text(&a.Agent)
	w.text(&a.Venue)
	w.text(&a.Account)
	w.text(&a.Text)
	w.i64(&a.Time)
	w.flag(&a.Over)
}
