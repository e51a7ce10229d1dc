package host

import (
	"fmt"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
)

// agentStateFormat is the first byte of an agent's encoded state. Raise it whenever a walk below changes:
// checkpoints of another format are refused, and the journal is replayed instead.
const agentStateFormat = 2

// AppendState appends all of an agent between two turns but its strategy's instance and what its plan
// says. A later turn, and what an operator is shown, depends on nothing else; so this is more than
// stateHash covers. The same history gives the same bytes.
func (a *Agent) AppendState(b []byte) []byte {
	w := wire.Walker{Buffer: b}
	a.walkState(&w)
	return w.Buffer
}

// ReadState restores what AppendState wrote into an agent just made of the same plan. After an error the
// agent is not to be used.
func (a *Agent) ReadState(b []byte) error {
	w := wire.Walker{Buffer: b, Reading: true}
	a.walkState(&w)
	if err := w.End(); err != nil {
		return fmt.Errorf("state of agent %s: %w", a.plan.Name, err)
	}
	return nil
}

func (a *Agent) walkState(w *wire.Walker) {
	w.Format("agent state", agentStateFormat)
	w.Uint64(&a.sequence)
	w.Int64(&a.now)
	w.Int64(&a.bank)
	w.Int64(&a.letters)
	w.Int64(&a.lastTick)
	wire.Small(w, &a.mode)
	wire.Small(w, &a.before)
	w.Flag(&a.started)
	w.Flag(&a.stopping)
	w.Flag(&a.swapped)
	w.Int64(&a.orderTicks.at)
	w.Int(&a.orderTicks.count)
	a.exit.walk(w)
	a.timers.walk(w)
	a.health.walk(w)
	a.input.walk(w)
	w.Stated(a.account.AppendState, a.account.ReadState)
	w.Stated(a.orders.AppendState, a.orders.ReadState)
	w.Stated(a.admission.AppendState, a.admission.ReadState)
	w.Stated(a.record.AppendTally, a.record.ReadTally)
}

func (e *exit) walk(w *wire.Walker) {
	w.Flag(&e.flat)
	wire.List(w, &e.ways, func(w *wire.Walker, p *way) {
		w.Flag(&p.closing)
		w.Int64(&p.left)
		w.Int64(&p.next)
		w.Int64(&p.again)
		wire.Small(w, &p.tries)
		wire.List(w, &p.stops, walkOrder)
	})
	if w.Reading && len(e.ways) == 0 {
		e.ways = nil
	}
}

func walkOrder(w *wire.Walker, o *event.Order) {
	w.Stated(func(b []byte) []byte { return event.AppendOrder(b, o) },
		func(b []byte) ([]byte, error) { return event.ReadOrder(b, o) })
}

func (t *timers) walk(w *wire.Walker) {
	wire.List(w, &t.running, func(w *wire.Walker, r *timer) {
		w.Uint64(&r.id)
		w.Int64(&r.next)
		w.Int64(&r.interval)
	})
}

// walk takes the reasons along: they are in a turn's words, and in what an operator is shown.
func (h *health) walk(w *wire.Walker) {
	w.Int(&h.trapsInRow)
	w.Flag(&h.bankrupt)
	w.Flag(&h.quarantined)
	h.ordered.walk(w)
	h.outside.walk(w)
	conditions := h.account != nil
	if w.Flag(&conditions); conditions != (h.account != nil) {
		w.Fail(fmt.Errorf("conditions on the account: written %v, there are some: %v", conditions, h.account != nil))
	}
	if h.account != nil {
		w.Stated(h.account.AppendState, h.account.ReadState)
	}
}

func (s *standing) walk(w *wire.Walker) {
	wire.Small(w, &s.mode)
	w.Text(&s.reason)
}

func (in *input) walk(w *wire.Walker) {
	w.Uint64(&in.dropped)
	wire.Array(w, "instruments", in.lastTime, (*wire.Walker).Int64)
	wire.Array(w, "instruments", in.health, walkFeedHealth)
	wire.List(w, &in.pending, walkPending)
}

func walkFeedHealth(w *wire.Walker, h *abi.FeedHealth) {
	wire.Small(w, &h.Instrument)
	wire.Small(w, &h.Flags)
	w.Int64(&h.Age)
	w.Int64(&h.Interval)
	w.Uint64(&h.Withheld)
	w.Uint64(&h.Gaps)
}

// walkPending leaves out where the words were in the string table of a tick that failed: they are put into
// each tick anew.
func walkPending(w *wire.Walker, p *pendingEvent) {
	w.Text(&p.trade)
	w.Text(&p.reason)
	e := &p.event
	wire.Small(w, &e.Kind)
	wire.Small(w, &e.Code)
	wire.Small(w, &e.Instrument)
	w.Fixed(e.ID[:])
	w.Uint64(&e.Ref)
	w.Int64(&e.Time)
	wire.Small(w, &e.Side)
	wire.Small(w, &e.Currency)
	wire.Small(w, &e.Flags)
	for _, v := range [...]*int64{&e.Quantity, &e.Price, &e.Fee, &e.Amount, &e.Filled, &e.Remaining, &e.Found, &e.Allowed} {
		w.Int64(v)
	}
}

// walk is what of a watch outlives a restart: the market that it has seen, and its conditions as they were
// journaled last. mode follows from the agent's.
func (s *watch) walk(w *wire.Walker) {
	wire.Array(w, "instruments", s.newest, (*wire.Walker).Int64)
	w.Int64(&s.interval)
	w.Bytes(&s.kept)
}
