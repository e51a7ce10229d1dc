package host

import (
	"fmt"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/tracing"
)

// trace makes spans of what an observation is told. Two kinds of traces: an order's, whose id is the order's,
// from the wish through the lane's steps and calls to the outcomes; and a round's, with the turns that it took.
// All ids within an order's trace derive from the order, so its parts meet however often the host started.
type trace struct {
	exporter *tracing.Exporter
	names    metrics.Names // of the account
	agents   []string

	round   tracing.TraceID // zero: this round is not told
	spans   []tracing.Span  // of the round
	ticked  bool
	settled int64 // when the round's turns were done
	began   int64 // of the turn or step under way
	told    []event.OrderID
}

// spansMax bounds a round's spans; what is beyond has happened and is not told.
const spansMax = 256

// partOrder is the part of an order's trace that the others hang on: the order itself.
const partOrder = "order"

func wall() int64 { return time.Now().UnixNano() }

func (t *trace) roundBegins() {
	if t == nil {
		return
	}
	t.round, t.spans, t.ticked, t.settled = tracing.TraceID{}, t.spans[:0], false, 0
	if t.exporter.Lucky() {
		t.round = tracing.RandomTrace()
	}
}

// roundEnds tells the round, if it called a strategy: rounds of a heartbeat are nothing to look at.
func (t *trace) roundEnds(began time.Time) {
	if t == nil || t.round == (tracing.TraceID{}) || !t.ticked {
		return
	}
	root, now := tracing.Derive(t.round, "round", 0), wall()
	t.exporter.Add(tracing.Span{
		Trace: t.round, ID: root, Name: "round", Start: began.UnixNano(), End: now,
		Attributes: t.with(tracing.Number("agenthost.turns", int64(len(t.spans)))),
	})
	if t.settled != 0 {
		t.exporter.Add(tracing.Span{Trace: t.round, ID: tracing.Derive(t.round, "durable", 0), Parent: root, Name: "durable", Start: t.settled, End: now})
	}
	for i := range t.spans {
		t.exporter.Add(t.spans[i])
	}
}

// turnsEnd: what follows in the round is the wait for the disk.
func (t *trace) turnsEnd() {
	if t != nil && t.round != (tracing.TraceID{}) {
		t.settled = wall()
	}
}

// with puts venue and account before an account's attributes.
func (t *trace) with(more ...tracing.Attribute) []tracing.Attribute {
	return append([]tracing.Attribute{tracing.Text("agenthost.venue", t.names.Venue), tracing.Text("agenthost.account", t.names.Account)}, more...)
}

// turnBegins and stepBegins note the time.
func (t *trace) turnBegins() {
	if t != nil {
		t.began = wall()
	}
}

// turnEnds tells a turn in its round's trace, and in that of each order that it wished or heard of.
func (t *trace) turnEnds(a *Agent) {
	if t == nil {
		return
	}
	turn := &a.turn
	if turn.Verdict != event.VerdictNone {
		t.ticked = true
	}
	if t.round != (tracing.TraceID{}) && len(t.spans) < spansMax {
		t.spans = append(t.spans, t.turn(a, t.round, tracing.Derive(t.round, "round", 0), "turn"))
	}
	if turn.Event.Kind == event.KindOutcome {
		if id := tracing.TraceID(turn.Event.Outcome.Order); t.tells(id) {
			t.exporter.Add(t.turn(a, id, tracing.Derive(id, partOrder, 0), "outcome"))
		}
	}
	for i := range turn.Requests {
		q := &turn.Requests[i]
		if id := tracing.TraceID(q.Order.ID); t.tells(id) {
			s := t.turn(a, id, tracing.Derive(id, partOrder, 0), "wish")
			s.Attributes = append(s.Attributes, tracing.Text("agenthost.request", q.Kind.String()))
			t.exporter.Add(s)
		}
	}
}

// tells: the order's trace is told.
func (t *trace) tells(id tracing.TraceID) bool {
	return id != tracing.TraceID{} && t.exporter.Sampled(id)
}

// turn is a turn as a span of a trace.
func (t *trace) turn(a *Agent, id tracing.TraceID, parent tracing.SpanID, name string) tracing.Span {
	turn := &a.turn
	s := tracing.Span{
		Trace: id, ID: tracing.Derive(id, name+a.plan.Name, a.sequence), Parent: parent, Name: name, Start: t.began, End: wall(),
		Attributes: t.with(tracing.Text("agenthost.agent", a.plan.Name), tracing.Number("agenthost.turn", int64(a.sequence)), tracing.Text("agenthost.event", turn.Event.Kind.String())),
	}
	if turn.Verdict != event.VerdictNone {
		s.Attributes = append(s.Attributes, tracing.Text("agenthost.verdict", turn.Verdict.String()), tracing.Number("agenthost.fuel", turn.Fuel))
	}
	if turn.Event.Kind == event.KindOutcome {
		s.Attributes = append(s.Attributes, tracing.Text("agenthost.outcome", turn.Event.Outcome.Kind.String()))
	}
	if a.trap != nil {
		s.Failed = a.trap.Message
	}
	return s
}

// stepEnds tells a lane's step in the trace of each order whose life it changed, and the order itself when it
// is over.
func (t *trace) stepEnds(l *Live, e *execution.Entry) {
	if t == nil {
		return
	}
	t.told = t.told[:0]
	for i := range e.Facts {
		f := &e.Facts[i]
		if f.Kind != execution.FactLife || slices.Contains(t.told, f.Order) || !t.tells(tracing.TraceID(f.Order)) {
			continue
		}
		t.told = append(t.told, f.Order)
		if o, ok := l.lane.Order(f.Order); ok {
			t.step(l, e, &o)
		}
	}
}

func (t *trace) step(l *Live, e *execution.Entry, o *execution.OrderStatus) {
	id, now := tracing.TraceID(o.Order.ID), wall()
	root := tracing.Derive(id, partOrder, 0)
	t.exporter.Add(tracing.Span{
		Trace: id, ID: tracing.Derive(id, "lane", l.step), Parent: root, Name: "lane " + e.Input.Kind.String(), Start: t.began, End: now,
		Attributes: t.with(tracing.Number("agenthost.lane.step", int64(l.step)), tracing.Text("agenthost.order.state", o.Order.State.String())),
	})
	if !o.Order.State.Final() {
		return
	}
	s := tracing.Span{
		Trace: id, ID: root, Name: "order", Start: o.Order.Created, End: now,
		Attributes: t.with(tracing.Text("agenthost.order", o.Order.ID.String()), tracing.Text("agenthost.order.side", o.Order.Side.String()),
			tracing.Text("agenthost.order.type", o.Order.Type.String()), tracing.Text("agenthost.order.state", o.Order.State.String()),
			tracing.Number("agenthost.order.attempts", int64(o.Life.Attempts))),
	}
	if int(o.Order.Agent) < len(t.agents) {
		s.Attributes = append(s.Attributes, tracing.Text("agenthost.agent", t.agents[o.Order.Agent]))
	}
	if int(o.Order.Instrument) < len(l.plan.Instruments) {
		s.Attributes = append(s.Attributes, tracing.Text("agenthost.instrument", l.plan.Instruments[o.Order.Instrument].Name))
	}
	if st := o.Order.State; st == event.StateRejected || st == event.StateDenied || st == event.StateExpired {
		s.Failed = st.String()
	}
	t.exporter.Add(s)
}

// called tells a call about an order. The goroutine of each call does.
func (t *trace) called(c *event.Call, r *event.Reply, took time.Duration) {
	if t == nil {
		return
	}
	id := tracing.TraceID(c.Order.ID)
	if !t.tells(id) {
		return
	}
	end, result := wall(), metrics.Result(&r.Happening)
	s := tracing.Span{
		Trace: id, ID: tracing.Derive(id, "call", c.ID), Parent: tracing.Derive(id, partOrder, 0), Name: fmt.Sprintf("%s %d", c.Kind, c.Attempt),
		Kind: tracing.Client, Start: end - int64(took), End: end,
		Attributes: t.with(tracing.Number("agenthost.call", int64(c.ID)), tracing.Number("agenthost.attempt", int64(c.Attempt)), tracing.Text("agenthost.result", result)),
	}
	if r.Happening.Number != 0 {
		s.Attributes = append(s.Attributes, tracing.Number("http.response.status_code", int64(r.Happening.Number)))
	}
	if result != "ok" {
		s.Failed = r.Detail
		if s.Failed == "" {
			s.Failed = result
		}
	}
	t.exporter.Add(s)
}
