package host

import (
	"encoding/binary"

	"github.com/agenthost/agenthost/host/event"
)

// exit is an agent's way out of its positions. While it is on, each turn takes back what is open and
// closes what is held, until nothing is left but dust; a close that failed is wished again, ever less
// often.
type exit struct {
	// flat: by on_stop or on_quarantine. SHUTDOWN needs no word: the mode itself asks for it.
	flat bool
	// next is when a close may be wished again after the last one; tries counts them.
	next  int64
	tries uint32
}

const (
	exitWait    = int64(1e9)
	exitWaitMax = int64(30e9)
)

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
	switch {
	case a.leaving():
		return a.flatten()
	case a.swapping != nil && a.swapping.OnSwap == "cancel":
		return a.cancels(false)
	case stopped && a.plan.OnStop == "cancel", quarantined, a.mode == event.ModeObservation && a.before != a.mode:
		return a.cancels(false)
	}
	return nil
}

// exits reports whether a stop would have anything to do.
func (a *Agent) exits() bool {
	switch a.plan.OnStop {
	case "flatten":
		return a.orders.Len() > 0 || !a.flat()
	case "cancel":
		return len(a.cancels(false)) > 0
	}
	return false
}

// cancels take back open orders: all of them, or those that are not protective stops. A close on its way
// closes anyway; taken back, it would still count against a new one.
func (a *Agent) cancels(protective bool) []event.Intent {
	var in []event.Intent
	for i := range a.orders.All() {
		o := &a.orders.All()[i]
		if o.Flags&event.Closing != 0 || o.State == event.StateCancelPending || !protective && o.Flags&event.ReduceOnly != 0 {
			continue
		}
		in = append(in, event.Intent{Kind: event.IntentCancel, TargetID: o.ID, Order: event.Order{Flags: event.ByHost}})
	}
	return in
}

// flatten takes every order back and closes every position, one close at a time for each instrument.
func (a *Agent) flatten() []event.Intent {
	in := a.cancels(true)
	if a.now < a.exit.next {
		return in
	}
	closes := false
	for i := range a.account.Positions() {
		if a.account.Positions()[i].Quantity == 0 || a.dust(i) || a.closing(uint32(i)) {
			continue
		}
		closes = true
		in = append(in, event.Intent{Kind: event.IntentClose, Order: event.Order{
			Instrument: uint32(i), SizeKind: event.SizeFraction, Size: event.One, Flags: event.ByHost, Tag: "host: flatten",
		}})
	}
	if closes {
		a.exit.next = later(a.now, min(exitWaitMax, exitWait<<min(a.exit.tries, 5)))
		a.exit.tries++
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
func (a *Agent) dust(i int) bool {
	in, q := &a.plan.Instruments[i], a.account.Positions()[i].Quantity
	if q < 0 {
		q = -q
	}
	return q < max(in.Lot, in.QuantityMin, 1)
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

// deadline is when the agent's one timer goes off next: for the strategy's timers, or to close again; 0
// for never.
func (a *Agent) deadline() int64 {
	next := a.timers.next()
	if a.leaving() && a.exit.next > a.now && !a.flat() && (next == 0 || a.exit.next < next) {
		return a.exit.next
	}
	return next
}

func (e *exit) appendState(b []byte) []byte {
	flat := byte(0)
	if e.flat {
		flat = 1
	}
	b = binary.AppendVarint(append(b, flat), e.next)
	return binary.AppendUvarint(b, uint64(e.tries))
}
