package execution

import (
	"encoding/json"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

// EntryFormat is the first byte of every encoded entry. It changes when the layout does.
const EntryFormat = 1

// AppendEntry appends e's encoding to b: the body of a journal entry of the lane's stream.
func AppendEntry(b []byte, e *Entry) []byte {
	w := wire.Walker{Buffer: b}
	walkEntry(&w, e)
	return w.Buffer
}

// ReadEntry decodes what AppendEntry wrote into e, reusing its slices. It refuses what is cut short, of
// another format, or followed by more bytes.
func ReadEntry(b []byte, e *Entry) error {
	e.reset()
	w := wire.Walker{Buffer: b, Reading: true}
	walkEntry(&w, e)
	if err := w.End(); err != nil {
		return fmt.Errorf("read lane entry: %w", err)
	}
	return nil
}

func walkEntry(w *wire.Walker, e *Entry) {
	w.Format("lane entry", EntryFormat)
	walkInput(w, &e.Input)
	wire.List(w, &e.Facts, walkFact)
	wire.List(w, &e.Orders, walkOrder)
	wire.List(w, &e.Calls, walkCall)
	wire.List(w, &e.Fills, walkFill)
	wire.List(w, &e.Outcomes, func(w *wire.Walker, o *AgentOutcome) {
		w.Uint64(&o.Number)
		walkOutcome(w, &o.Outcome)
	})
	wire.List(w, &e.Letters, walkLetter)
	wire.List(w, &e.Alerts, walkAlert)
	w.Text(&e.Refusal)
}

func walkInput(w *wire.Walker, in *Input) {
	wire.Small(w, &in.Kind)
	w.Int64(&in.Time)
	switch in.Kind {
	case InputRequest:
		wire.Small(w, &in.Agent)
		w.Uint64(&in.Sequence)
		wire.Small(w, &in.Place)
		wire.Small(w, &in.Request.Kind)
		walkOrder(w, &in.Request.Order)
	case InputReply:
		walkReply(w, &in.Reply)
	case InputPermissions:
		wire.Small(w, &in.Agent)
		wire.Small(w, &in.Permission)
	case InputOperator:
		walkAct(w, &in.Act)
	case InputTime, InputStart:
	default:
		w.Fail(fmt.Errorf("input kind %d is not known", in.Kind))
	}
}

func walkAct(w *wire.Walker, a *Act) {
	wire.Small(w, &a.Kind)
	w.Fixed(a.Order[:])
	w.Flag(&a.Lane)
	w.Int64(&a.ValidUntil)
	wire.Small(w, &a.Ending)
	w.Int64(&a.Filled)
	w.Int64(&a.Price)
	w.Text(&a.Who)
	w.Text(&a.Why)
}

func walkFact(w *wire.Walker, f *Fact) {
	wire.Small(w, &f.Kind)
	switch f.Kind {
	case FactTaken, FactPermission:
		wire.Small(w, &f.Agent)
		w.Uint64(&f.Number)
		wire.Small(w, &f.Place)
	case FactFill:
		w.Fixed(f.Order[:])
		wire.Small(w, &f.Index)
		w.Flag(&f.Claimed)
		wire.Small(w, &f.Agent)
	case FactBorn, FactLetter, FactFee:
		w.Fixed(f.Order[:])
		wire.Small(w, &f.Index)
	case FactLife:
		w.Fixed(f.Order[:])
		walkLifeEvent(w, &f.Life)
	case FactPlan:
		w.Fixed(f.Order[:])
		w.Bytes(&f.State)
	case FactVenueOrder:
		w.Fixed(f.Order[:])
		w.Text(&f.Text)
	case FactChanged:
		w.Fixed(f.Order[:])
		walkValues(w, f)
	case FactCall:
		wire.Small(w, &f.Index)
		wire.Small(w, &f.Permit.Kind)
		w.Uint64(&f.Permit.Generation)
		w.Uint64(&f.Permit.Lease)
	case FactAnswered:
		w.Uint64(&f.Number)
		wire.Small(w, &f.Proof)
		wire.Small(w, &f.Cause)
		walkValues(w, f)
		w.Text(&f.Text)
	case FactOutcome, FactAlert:
		wire.Small(w, &f.Index)
	case FactLetterOver, FactForgotten:
		w.Fixed(f.Order[:])
	case FactPolicy:
		wire.Small(w, &f.Place)
		w.Bytes(&f.State)
	case FactAccount:
		w.Bytes(&f.State)
	case FactForeign:
		wire.Small(w, &f.Place)
		walkValues(w, f)
	case FactAct:
		w.Fixed(f.Order[:])
		w.Uint64(&f.Number)
		w.Text(&f.Text)
	case FactStrange:
		w.Text(&f.Text)
	default:
		w.Fail(fmt.Errorf("fact kind %d is not known", f.Kind))
	}
}

func walkValues(w *wire.Walker, f *Fact) {
	for i := range f.Values {
		w.Int64(&f.Values[i])
	}
}

func walkLifeEvent(w *wire.Walker, e *resilience.LifeEvent) {
	wire.Small(w, &e.Kind)
	for _, v := range [...]*int64{&e.Time, &e.Quantity, &e.Ordered, &e.ValidUntil, &e.Expiry} {
		w.Int64(v)
	}
	wire.Small(w, &e.Ending)
	wire.Small(w, &e.Attempt)
	w.Flag(&e.Proves)
	w.Flag(&e.Dedupes)
}

func walkCall(w *wire.Walker, c *event.Call) {
	w.Uint64(&c.ID)
	wire.Small(w, &c.Kind)
	wire.Small(w, &c.Attempt)
	w.Flag(&c.Resent)
	walkOrder(w, &c.Order)
	w.Text(&c.VenueOrder)
	w.Text(&c.Cursor)
	w.Int64(&c.Deadline)
}

func walkAlert(w *wire.Walker, a *event.Alert) {
	w.Text(&a.Key)
	wire.Small(w, &a.Level)
	w.Text(&a.Agent)
	w.Text(&a.Venue)
	w.Text(&a.Account)
	w.Text(&a.Text)
	w.Int64(&a.Time)
	w.Flag(&a.Over)
}

func walkOrder(w *wire.Walker, o *event.Order) {
	w.Stated(func(b []byte) []byte { return event.AppendOrder(b, o) },
		func(b []byte) ([]byte, error) { return event.ReadOrder(b, o) })
}

// walkOutcome puts the outcome's length before it: its reader takes all there is.
func walkOutcome(w *wire.Walker, o *event.Outcome) {
	if !w.Reading {
		body := event.AppendOutcome(nil, o)
		w.Bytes(&body)
		return
	}
	var body []byte
	if w.Bytes(&body); w.Err != nil {
		return
	}
	if err := event.ReadOutcome(body, o); err != nil {
		w.Fail(err)
	}
}

func walkLetter(w *wire.Walker, l *event.Letter) {
	if !w.Reading {
		body, err := json.Marshal(l)
		if err != nil { // a Letter is strings and numbers
			panic(err)
		}
		w.Bytes(&body)
		return
	}
	var body []byte
	if w.Bytes(&body); w.Err != nil {
		return
	}
	if err := json.Unmarshal(body, l); err != nil {
		w.Fail(fmt.Errorf("letter: %w", err))
	}
}
