package host

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// exit is an agent's way out of its positions. While it is on, each turn takes back what is open and
// closes what is held, until nothing is left but dust.
type exit struct {
	// flat: by on_stop or on_quarantine. SHUTDOWN needs no word: the mode itself asks for it.
	flat bool
	// ways are out of each instrument; nil before the first step, and when nothing is owed afterwards.
	ways []way
}

// leaving: the agent must be flat.
func (a *Agent) leaving() bool { return a.exit.flat || a.mode == event.ModeShutdown }

// hostIntents are what the host itself must do in this turn: the agent's on_stop when it stops, its
// on_quarantine when it has just been quarantined, the cancelling of what adds when only watching is
// allowed, and closing while it must be flat.
func (a *Agent) hostIntents() []event.Intent {
	quarantined := a.turn.Verdict > event.VerdictOK && a.health.trapsMax > 0 && a.health.trapsInRow == a.health.trapsMax
	stopped := a.turn.Event.Kind == event.KindStop && a.turn.Event.Mode == 0 // with a mode it is only told not to tick
	if stopped && a.plan.OnStop == "flatten" || quarantined && a.plan.OnQuarantine == "flatten" {
		a.exit.flat = true
	}
	if a.leaving() {
		return a.flatten()
	}
	in := a.owed()
	switch {
	case a.swapping != nil && a.swapping.OnSwap == "cancel":
		return append(in, a.cancels()...)
	case stopped && a.plan.OnStop == "cancel", quarantined, a.mode == event.ModeObservation && a.before != a.mode:
		return append(in, a.cancels()...)
	}
	return in
}

// exits reports whether a stop would have anything to do.
func (a *Agent) exits() bool {
	switch a.plan.OnStop {
	case "flatten":
		return a.orders.Len() > 0 || !a.flat()
	case "cancel":
		return len(a.cancels()) > 0
	}
	return false
}

// cancels take back open orders but for protective stops and what else only reduces. A close on its way closes
// anyway; taken back, it would still count against a new one.
func (a *Agent) cancels() []event.Intent {
	var in []event.Intent
	for i := range a.orders.All() {
		o := &a.orders.All()[i]
		if reduces(o) || o.State == event.StateCancelPending {
			continue
		}
		in = append(in, event.Intent{Kind: event.IntentCancel, TargetID: o.ID, Order: event.Order{Flags: event.ByHost}})
	}
	return in
}

// closing reports whether a close of the instrument is on its way.
func (a *Agent) closing(instrument uint32) bool {
	for i := range a.orders.All() {
		if o := &a.orders.All()[i]; o.Instrument == instrument && o.Flags&event.Closing != 0 {
			return true
		}
	}
	return false
}

// dust reports whether what is held is less than the venue takes as an order.
func (a *Agent) dust(i int) bool { return units(a.account.Positions()[i].Quantity) < a.least(i) }

// least is the smallest quantity that the venue takes as an order.
func (a *Agent) least(i int) int64 {
	in := &a.plan.Instruments[i]
	return max(in.Lot, in.QuantityMin, 1)
}

// flat reports whether nothing is held but dust.
func (a *Agent) flat() bool {
	for i := range a.account.Positions() {
		if a.account.Positions()[i].Quantity != 0 && !a.dust(i) {
			return false
		}
	}
	return true
}

// deadline is when the agent's one timer goes off next: for the strategy's timers, to close again, or to give a stop
// back; 0 for never.
func (a *Agent) deadline() int64 {
	next := a.timers.next()
	sooner := func(at int64) {
		if at > a.now && (next == 0 || at < next) {
			next = at
		}
	}
	for i := range a.exit.ways {
		w := &a.exit.ways[i]
		if a.leaving() {
			sooner(w.next)
		}
		if len(w.stops) > 0 {
			sooner(w.again)
		}
	}
	return next
}

func (e *exit) appendState(b []byte) []byte {
	flat := byte(0)
	if e.flat {
		flat = 1
	}
	b = binary.AppendUvarint(append(b, flat), uint64(len(e.ways)))
	for i := range e.ways {
		b = e.ways[i].appendState(b)
	}
	return b
}
