package host

import (
	"fmt"

	"github.com/agenthost/agenthost/abi"
)

// agentStateFormat is the first byte of an agent's encoded state. Raise it whenever a walk below changes:
// checkpoints of another format are refused, and the journal is replayed instead.
const agentStateFormat = 1

// AppendState appends all of an agent between two turns but its strategy's instance and what its plan
// says. A later turn, and what an operator is shown, depends on nothing else; so this is more than
// stateHash covers. The same history gives the same bytes.
func (a *Agent) AppendState(b []byte) []byte {
	w := wire{b: b}
	a.walkState(&w)
	return w.b
}

// ReadState restores what AppendState wrote into an agent just made of the same plan. After an error the
// agent is not to be used.
func (a *Agent) ReadState(b []byte) error {
	w := wire{b: b, reading: true}
	a.walkState(&w)
	if err := w.end(); err != nil {
		return fmt.Errorf("state of agent %s: %w", a.plan.Name, err)
	}
	return nil
}

func (a *Agent) walkState(w *wire) {
	w.format("agent state", agentStateFormat)
	w.u64(&a.sequence)
	w.i64(&a.now)
	w.i64(&a.bank)
	w.i64(&a.letters)
	w.i64(&a.lastTick)
	small(w, &a.mode)
	small(w, &a.before)
	w.flag(&a.started)
	w.flag(&a.stopping)
	w.flag(&a.swapped)
	w.i64(&a.orderTicks.at)
	w.integer(&a.orderTicks.count)
	a.exit.walk(w)
	a.timers.walk(w)
	a.health.walk(w)
	a.input.walk(w)
	w.stated(a.account.AppendState, a.account.ReadState)
	w.stated(a.orders.AppendState, a.orders.ReadState)
	w.stated(a.admission.AppendState, a.admission.ReadState)
	w.stated(a.record.AppendTally, a.record.ReadTally)
}

func (e *exit) walk(w *wire) {
	w.flag(&e.flat)
	w.i64(&e.next)
	small(w, &e.tries)
}

func (t *timers) walk(w *wire) {
	list(w, &t.running, func(w *wire, r *timer) {
		w.u64(&r.id)
		w.i64(&r.next)
		w.i64(&r.interval)
	})
}

// walk takes the reasons along: they are in a turn's words, and in what an operator is shown.
func (h *health) walk(w *wire) {
	w.integer(&h.trapsInRow)
	w.flag(&h.bankrupt)
	w.flag(&h.quarantined)
	h.ordered.walk(w)
	h.outside.walk(w)
	conditions := h.account != nil
	if w.flag(&conditions); conditions != (h.account != nil) {
		w.fail(fmt.Errorf("conditions on the account: written %v, there are some: %v", conditions, h.account != nil))
	}
	if h.account != nil {
		w.stated(h.account.AppendState, h.account.ReadState)
	}
}

func (s *standing) walk(w *wire) {
	small(w, &s.mode)
	w.text(&s.reason)
}

func (in *input) walk(w *wire) {
	w.u64(&in.dropped)
	array(w, "instruments", in.lastTime, (*wire).i64)
	array(w, "instruments", in.health, walkFeedHealth)
	list(w, &in.pending, walkPending)
}

func walkFeedHealth(w *wire, h *abi.FeedHealth) {
	small(w, &h.Instrument)
	small(w, &h.Flags)
	w.i64(&h.Age)
	w.i64(&h.Interval)
	w.u64(&h.Withheld)
	w.u64(&h.Gaps)
}

// walkPending leaves out where the words were in the string table of a tick that failed: they are put into
// each tick anew.
func walkPending(w *wire, p *pendingEvent) {
	w.text(&p.trade)
	w.text(&p.reason)
	e := &p.event
	small(w, &e.Kind)
	small(w, &e.Code)
	small(w, &e.Instrument)
	w.fixed(e.ID[:])
	w.u64(&e.Ref)
	w.i64(&e.Time)
	small(w, &e.Side)
	small(w, &e.Currency)
	small(w, &e.Flags)
	for _, v := range [...]*int64{&e.Quantity, &e.Price, &e.Fee, &e.Amount, &e.Filled, &e.Remaining, &e.Found, &e.Allowed} {
		w.i64(v)
	}
}

// walk is what of a watch outlives a restart: the market that it has seen, and its conditions as they were
// journaled last. mode follows from the agent's.
func (s *watch) walk(w *wire) {
	array(w, "instruments", s.newest, (*wire).i64)
	w.i64(&s.interval)
	w.bytes(&s.kept)
}
