package execution

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

// attemptsKept bounds what is remembered of one order's sendings.
const attemptsKept = 64

// order is all that the lane knows of one order.
type order struct {
	order      event.Order
	life       resilience.Life
	venueOrder string
	plan       plan
	attempts   []event.LetterAttempt
	// fills are those booked: they tell new ones apart.
	fills []event.Fill
	// letter: it waits for a person. over: since when it has been final, 0 if it is not.
	letter bool
	over   int64
	// touched: the plan changed in this step.
	touched bool
}

// stage is how far a replace has come.
type stage uint8

const (
	stageNone   stage = iota
	stageWished       // it waits until the order can be replaced
	stageSent         // the venue is asked to amend
	stageCancel       // the old one is being cancelled, to send a new one
	stageLost         // nobody knows whether the venue amended
)

// plan is what is to be done next about an order, and what was told of it. Step changes it as it likes;
// the entry holds it as it stands after the step.
type plan struct {
	// submit and lookups
	backoff    resilience.Backoff
	notBefore  int64
	lookupNext int64
	verify     bool // it must be seen at the venue before adding goes on
	unknown    int64
	// told
	toldAccepted, toldFinal bool
	endCode                 uint16
	endReason               string
	found, allowed          int64
	// cancel
	cancelCode    uint16
	cancelNext    int64
	cancelBackoff resilience.Backoff
	cancelTold    bool // a letter says that the cancel is lost
	// replace
	stage          stage
	size           int64
	price          int64
	stop           int64
	replaceNext    int64
	replaceSent    int64
	replaceBackoff resilience.Backoff
	// chain: head is the id that the agent knows, replaces the one before, successor the one after;
	// base is what those before filled.
	head, replaces, successor event.OrderID
	base                      int64
	missing                   uint8 // open lists in a row that lacked it
	// redriven is the order that a person wished in its place.
	redriven event.OrderID
}

// planFormat 2 has redriven; a plan of format 1 is read as one without.
const planFormat = 2

func (p *plan) walk(w *wire.Walker) {
	format := w.Formats("plan of an order", 1, planFormat)
	w.Stated(p.backoff.AppendState, p.backoff.ReadState)
	w.Stated(p.cancelBackoff.AppendState, p.cancelBackoff.ReadState)
	w.Stated(p.replaceBackoff.AppendState, p.replaceBackoff.ReadState)
	for _, v := range [...]*int64{
		&p.notBefore, &p.lookupNext, &p.unknown, &p.found, &p.allowed, &p.cancelNext,
		&p.size, &p.price, &p.stop, &p.replaceNext, &p.replaceSent, &p.base,
	} {
		w.Int64(v)
	}
	for _, v := range [...]*bool{&p.verify, &p.toldAccepted, &p.toldFinal, &p.cancelTold} {
		w.Flag(v)
	}
	wire.Small(w, &p.endCode)
	w.Text(&p.endReason)
	wire.Small(w, &p.cancelCode)
	wire.Small(w, &p.stage)
	w.Fixed(p.head[:])
	w.Fixed(p.replaces[:])
	w.Fixed(p.successor[:])
	wire.Small(w, &p.missing)
	if format >= 2 {
		w.Fixed(p.redriven[:])
	}
}

func (o *order) walk(w *wire.Walker) {
	walkOrder(w, &o.order)
	w.Stated(o.life.AppendState, o.life.ReadState)
	w.Text(&o.venueOrder)
	o.plan.walk(w)
	wire.List(w, &o.attempts, walkAttempt)
	wire.List(w, &o.fills, func(w *wire.Walker, f *event.Fill) {
		r := event.FillReport{Fill: *f}
		walkFill(w, &r)
		*f = r.Fill
	})
	w.Flag(&o.letter)
	w.Int64(&o.over)
}

func walkAttempt(w *wire.Walker, a *event.LetterAttempt) {
	wire.Small(w, &a.Number)
	w.Text(&a.Call)
	w.Int64(&a.Sent)
	w.Int64(&a.Answered)
	w.Text(&a.Proof)
	w.Text(&a.Cause)
	w.Int(&a.Status)
	w.Text(&a.Detail)
}

// attempt notes a sending. Lookups are many: only the last in a row is kept.
func (o *order) attempt(a event.LetterAttempt) {
	lookup := event.CallLookup.String()
	if n := len(o.attempts); n > 0 && a.Call == lookup && o.attempts[n-1].Call == lookup {
		o.attempts[n-1] = a
		return
	}
	if len(o.attempts) == attemptsKept {
		o.attempts = slices.Delete(o.attempts, 0, 1)
	}
	o.attempts = append(o.attempts, a)
}

// answered notes what came of the last sending of a kind.
func (o *order) answered(kind event.CallKind, at int64, f *Fact) {
	for i := len(o.attempts) - 1; i >= 0; i-- {
		a := &o.attempts[i]
		if a.Call == kind.String() && a.Answered == 0 {
			a.Answered, a.Status, a.Detail = at, int(f.Values[0]), f.Text
			a.Proof, a.Cause = f.Proof.String(), f.Cause.String()
			return
		}
	}
}

// closes reports whether the order is marked as one that only reduces.
func (o *order) closes() bool {
	return o.order.Flags&(event.ReduceOnly|event.Closing) != 0 || o.order.Parent != event.OrderID{}
}

func (o *order) byHost() bool { return o.order.Flags&event.ByHost != 0 }

// open reports whether the venue has it, as far as anyone knows, and it is not over there.
func (o *order) open() bool {
	switch o.life.State {
	case resilience.StateOpen, resilience.StatePartial, resilience.StateCancelPending, resilience.StateReplacePending:
		return o.life.Ending == resilience.StateNone
	}
	return false
}

// doubtful reports whether nobody knows what became of it.
func (o *order) doubtful() bool {
	return o.life.State == resilience.StateUnknown || o.life.State == resilience.StateDeadLetter
}

// booked finds the fill with the same key. Fills without any id are told apart by all they say.
func (o *order) booked(f *event.Fill) *event.Fill {
	for i := range o.fills {
		b := &o.fills[i]
		if b.TradeID != f.TradeID || b.VenueTrade != f.VenueTrade {
			continue
		}
		if f.TradeID != 0 || f.VenueTrade != "" || (sameFill(b, f) && b.Time == f.Time) {
			return b
		}
	}
	return nil
}

// sameFill compares what must not differ; a stream may know the fee later than a poll.
func sameFill(a, b *event.Fill) bool {
	return a.Quantity == b.Quantity && a.Price == b.Price && a.Side == b.Side
}
