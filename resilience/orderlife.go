package resilience

import (
	"errors"
	"fmt"
	"math/bits"
)

// OrderState is where an order stands. The numbers up to StateDenied are those of the ABI.
type OrderState uint8

const (
	StateNone           OrderState = 0  // Only wished so far.
	StatePending        OrderState = 1  // Admitted and durable, not with the venue.
	StateInFlight       OrderState = 2  // Sent, no answer yet.
	StateOpen           OrderState = 3  // Accepted and resting.
	StatePartial        OrderState = 4  // Accepted, partly filled.
	StateCancelPending  OrderState = 5  // Known to the venue; a cancel is wished.
	StateReplacePending OrderState = 6  // Known to the venue; a replace is on its way.
	StateUnknown        OrderState = 7  // Nobody knows what became of it; the host is asking.
	StateContingent     OrderState = 8  // Held by the host until its parent fills.
	StateFilled         OrderState = 16 // Final.
	StateCancelled      OrderState = 17 // Final.
	StateExpired        OrderState = 18 // Final: its time ran out, here or at the venue.
	StateRejected       OrderState = 19 // Final: refused by the venue.
	StateDenied         OrderState = 20 // Final: refused by the host.
	// StateDeadLetter is an Unknown that was given up: a person decides. It may still be found or
	// filled, and counts as exposure. The ABI shows it as Unknown.
	StateDeadLetter OrderState = 21
)

const orderStates = 22

var orderStateNames = [orderStates]string{
	"none", "pending", "in_flight", "open", "partial", "cancel_pending", "replace_pending",
	"unknown", "contingent", "", "", "", "", "", "", "", "filled", "cancelled", "expired", "rejected", "denied", "dead_letter",
}

func (s OrderState) String() string { return nameOf(orderStateNames[:], int(s)) }

// Final tells that nothing more can become of the order, save fills that come late and a person's redrive.
func (s OrderState) Final() bool { return s >= StateFilled && s <= StateDenied }

// LifeEventKind is what can happen to an order.
type LifeEventKind uint8

const (
	LifeAdmit         LifeEventKind = iota + 1 // Admission took it.
	LifeHold                                   // Admission took it, to wait for its parent.
	LifeDeny                                   // Admission, or the lane, refused it.
	LifeArm                                    // Its parent filled.
	LifeDisarm                                 // Its parent ended, or what it would close is closed.
	LifeSend                                   // An attempt is durable and goes out.
	LifeNotSent                                // The attempt is proved not to have reached the venue.
	LifeLapse                                  // Its time to live is over.
	LifeAccept                                 // The venue has it, says the answer or the stream.
	LifeReject                                 // The venue refused the attempt.
	LifeLose                                   // The attempt's outcome is not known.
	LifeRestart                                // The host starts again.
	LifeFound                                  // A lookup found it open.
	LifeAbsent                                 // A lookup that works did not find it.
	LifeGiveUp                                 // Settling took too long, or nothing more may be tried.
	LifeFill                                   // One execution, told apart from others by the caller.
	LifeEnd                                    // The venue says that it is over.
	LifeWishCancel                             // Somebody wishes it cancelled.
	LifeCancelRefuse                           // The venue will not cancel it and still has it.
	LifeCancelMissing                          // "No such order", in reply to a cancel or a replace.
	LifeWishReplace                            // A replace goes out.
	LifeReplace                                // The venue replaced it.
	LifeReplaceRefuse                          // The venue will not replace it and still has it.
	LifeReplaceLose                            // The replace's outcome is not known.
	LifeRedrive                                // A person tries a dead letter again, under the same id.
	LifeResolve                                // A person says what became of it.
	lifeEventEnd
)

var lifeEventNames = [...]string{
	"", "admit", "hold", "deny", "arm", "disarm", "send", "not_sent", "lapse", "accept", "reject", "lose",
	"restart", "found", "absent", "give_up", "fill", "end", "wish_cancel", "cancel_refuse", "cancel_missing", "wish_replace",
	"replace", "replace_refuse", "replace_lose", "redrive", "resolve",
}

func (k LifeEventKind) String() string { return nameOf(lifeEventNames[:], int(k)) }

// LifeEvent is one thing that happened to an order.
type LifeEvent struct {
	Kind LifeEventKind
	Time int64
	// Quantity: of admit, hold and replace the units ordered (0: not sized yet); of a fill its units; of
	// end and found the venue's cumulative quantity, a lower bound (0 if it says nothing). Found may
	// come with Ordered.
	Quantity int64
	// Ordered is the units ordered as a lookup shows them, 0 if it does not.
	Ordered int64
	// Ending is the final state that end and resolve name.
	Ending OrderState
	// ValidUntil is the time to live of admit, hold and redrive.
	ValidUntil int64
	// Attempt is whose answer not_sent, reject and lose are, counted from 1; 0 is the last.
	Attempt uint32
	// Expiry is until when the venue itself may execute a sent attempt; 0 if it enforces none.
	Expiry int64
	// Proves: this absence, with those before it, proves that the order never arrived. See
	// SettleConfig.Absent, which makes the event.
	Proves bool
	// Dedupes: the venue refuses the id of a redriven Unknown, so that to ask again cannot double it.
	Dedupes bool
}

// Life is what is known of one order. The zero value is an order that is only wished. Apply is the only
// way to change it. It is a plain value: copying it copies the order's life.
type Life struct {
	State OrderState
	// Ending is a final state that the venue has announced and that waits for fills; StateNone if none.
	Ending OrderState
	// Quantity is the units ordered, 0 while the venue has not sized it. Filled is what is booked,
	// Cumulative the most that the venue has said it filled: a lower bound.
	Quantity, Filled, Cumulative int64
	// ReplaceQuantity is what a replace on its way would make of Quantity; 0 if none is.
	ReplaceQuantity int64
	ValidUntil      int64
	// Attempts went out, AttemptsLimit at most. Unresolved holds a bit (the first attempt's is 1) for each
	// that may have reached the venue and has no answer.
	Attempts   uint32
	Unresolved uint64
	// SentFirst and SentLast are when attempts went out. Expiry is when the last of them ends at a venue
	// that enforces it, Never once one had none.
	SentFirst, SentLast, Expiry int64
	// CancelWished outlives Unknown: found, it is cancelled; absent, it is never sent again.
	CancelWished bool
	// Acknowledged: the venue has been seen to know it; then a lookup that does not find it proves nothing.
	Acknowledged bool
	// Absences are those that counted; AbsentFirst and AbsentLast when they were asked for.
	Absences                uint32
	AbsentFirst, AbsentLast int64
	// AbsenceProved: it never reached the venue and no longer can.
	AbsenceProved bool
}

// ErrIllegal says that an event cannot happen in a state. The order is unchanged; the caller must alert,
// for host and venue no longer agree on it.
var ErrIllegal = errors.New("illegal transition of an order")

// IllegalError names both sides of a transition that is not in the table.
type IllegalError struct {
	From OrderState
	On   LifeEventKind
}

func (e *IllegalError) Error() string {
	return fmt.Sprintf("order in state %s: %s cannot happen there", e.From, e.On)
}

// Unwrap gives ErrIllegal.
func (e *IllegalError) Unwrap() error { return ErrIllegal }

// Change is what an event did.
type Change struct {
	From, To OrderState
	// Late: a fill was booked after the end.
	Late bool
	// Contradiction: the venue said two things that cannot both be true (a fill of a rejected order, more
	// than was ordered). It is booked all the same; the account goes READ_ONLY until reconciled.
	Contradiction bool
	// For is what the transition is for: the table's words.
	For string
}

// Apply lets an event happen. On an error (ErrIllegal, or an event that is not well formed) the life is
// unchanged.
func (l *Life) Apply(e LifeEvent) (Change, error) {
	if err := e.check(); err != nil {
		return Change{From: l.State, To: l.State}, err
	}
	n := *l
	n.note(e)
	t := find(l, &n, &e)
	if t == nil {
		return Change{From: l.State, To: l.State}, &IllegalError{l.State, e.Kind}
	}
	if n.State = t.To; t.To == stay {
		n.State = l.State
	}
	n.tidy()
	c := Change{From: l.State, To: n.State, For: t.For}
	c.Late = e.Kind == LifeFill && l.State.Final()
	c.Contradiction = contradicts(l, &n, e.Kind)
	*l = n
	return c, nil
}

func contradicts(old, new *Life, k LifeEventKind) bool {
	switch k {
	case LifeAccept, LifeFound, LifeFill, LifeEnd:
		return old.AbsenceProved || !old.Reached() || old.State.Final() && !old.Acknowledged ||
			new.Quantity > 0 && new.Filled > max(new.Quantity, new.ReplaceQuantity, old.ReplaceQuantity)
	case LifeReject, LifeNotSent:
		return old.Acknowledged
	}
	return false
}

// AttemptsLimit is how many attempts one order can have.
const AttemptsLimit = 64

// bit is the attempt that an event speaks of.
func (l *Life) bit(e *LifeEvent) uint64 {
	n := e.Attempt
	if n == 0 {
		n = l.Attempts
	}
	if n == 0 || n > AttemptsLimit {
		return 0
	}
	return 1 << (n - 1)
}

func (e *LifeEvent) check() error {
	switch {
	case e.Kind == 0 || e.Kind >= lifeEventEnd:
		return fmt.Errorf("event %d of an order is not known; use LifeAdmit to LifeResolve", e.Kind)
	case e.Quantity < 0 || e.Ordered < 0 || e.Time < 0:
		return fmt.Errorf("%s of an order with quantity %d, ordered %d, at %d; none may be negative", e.Kind, e.Quantity, e.Ordered, e.Time)
	case e.Kind == LifeFill && e.Quantity == 0:
		return errors.New("fill of nothing; a fill has a quantity above zero")
	case (e.Kind == LifeEnd || e.Kind == LifeResolve) && (e.Ending < StateFilled || e.Ending > StateRejected):
		return fmt.Errorf("%s of an order in state %s; use filled, cancelled, expired or rejected", e.Kind, e.Ending)
	}
	return nil
}

// note books what the event says, whatever the state; the table then reads the result.
func (l *Life) note(e LifeEvent) {
	switch e.Kind {
	case LifeAdmit, LifeHold:
		l.Quantity, l.ValidUntil = e.Quantity, e.ValidUntil
	case LifeSend:
		l.noteSent(e)
	case LifeNotSent, LifeReject:
		l.Unresolved &^= l.bit(&e)
	case LifeAccept, LifeFound, LifeEnd:
		l.known()
		l.Cumulative = max(l.Cumulative, e.Quantity)
		if e.Kind == LifeFound && e.Ordered > 0 {
			l.Quantity, l.ReplaceQuantity = e.Ordered, 0
		}
		if e.Kind == LifeEnd {
			l.Ending = e.Ending
		}
	case LifeFill:
		l.known()
		l.Filled = addSaturated(l.Filled, e.Quantity)
		l.Cumulative = max(l.Cumulative, l.Filled)
	case LifeWishCancel:
		l.CancelWished = true
	case LifeCancelRefuse:
		l.CancelWished = false
		l.known()
	case LifeWishReplace:
		l.ReplaceQuantity = e.Quantity
	case LifeReplace:
		l.known()
		if e.Quantity > 0 {
			l.Quantity = e.Quantity
		}
		l.ReplaceQuantity = 0
	case LifeReplaceRefuse:
		l.known()
		l.ReplaceQuantity = 0
	case LifeRedrive:
		l.ValidUntil, l.CancelWished = e.ValidUntil, false
	case LifeResolve:
		l.Ending = e.Ending
	case LifeAbsent:
		if l.Acknowledged {
			return // what the venue has known is not absent, whatever a lookup says
		}
		if l.Absences == 0 {
			l.AbsentFirst = e.Time
		}
		l.Absences++
		l.AbsentLast, l.AbsenceProved = e.Time, e.Proves
	}
}

func (l *Life) noteSent(e LifeEvent) {
	if l.Attempts == 0 {
		l.SentFirst = e.Time
	}
	l.Attempts++
	l.Unresolved |= l.bit(&LifeEvent{})
	l.SentLast = max(l.SentLast, e.Time)
	if e.Expiry == 0 {
		l.Expiry = Never
	} else {
		l.Expiry = max(l.Expiry, e.Expiry)
	}
	l.clearAbsence()
}

// known: the venue has it, so no attempt is open any more and absence is out of the question.
func (l *Life) known() {
	l.Acknowledged, l.Unresolved = true, 0
	l.clearAbsence()
}

func (l *Life) clearAbsence() {
	l.Absences, l.AbsentFirst, l.AbsentLast, l.AbsenceProved = 0, 0, 0, false
}

// tidy drops what a state does not have.
func (l *Life) tidy() {
	if l.State.Final() {
		l.Ending, l.ReplaceQuantity = StateNone, 0
	}
	if l.State == StateCancelPending {
		l.CancelWished = true
	}
}

// Outstanding is the most that may still fill: what counts as exposure. Without a known quantity
// (sized false) the caller counts the order's own size at its worst.
func (l *Life) Outstanding() (units int64, sized bool) {
	if l.State.Final() || l.State == StateNone {
		return max(0, l.Cumulative-l.Filled), true
	}
	if l.Ending != StateNone {
		return max(0, l.Cumulative-l.Filled), true
	}
	if l.Quantity == 0 {
		return 0, false
	}
	return max(0, max(l.Quantity, l.ReplaceQuantity, l.Cumulative)-l.Filled), true
}

// Missing is what the venue has filled and nobody has booked: fills to ask for.
func (l *Life) Missing() int64 { return max(0, l.Cumulative-l.Filled) }

// Reached reports whether an attempt may have been at the venue.
func (l *Life) Reached() bool { return l.Acknowledged || l.Unresolved != 0 }

const lifeVersion = 1

// AppendState appends the life to dst.
func (l *Life) AppendState(dst []byte) []byte {
	dst = append(dst, lifeVersion, byte(l.State), byte(l.Ending))
	for _, v := range l.numbers() {
		dst = appendInt(dst, *v)
	}
	dst = appendUint32(appendUint32(appendUint(dst, l.Unresolved), l.Attempts), l.Absences)
	return appendBool(appendBool(appendBool(dst, l.CancelWished), l.Acknowledged), l.AbsenceProved)
}

func (l *Life) numbers() [10]*int64 {
	return [...]*int64{
		&l.Quantity, &l.Filled, &l.Cumulative, &l.ReplaceQuantity, &l.ValidUntil,
		&l.SentFirst, &l.SentLast, &l.Expiry, &l.AbsentFirst, &l.AbsentLast,
	}
}

// ReadState restores what AppendState wrote and returns the bytes after it. On an error l is unchanged.
func (l *Life) ReadState(src []byte) (rest []byte, err error) {
	var n Life
	r := openState(src, "order life", lifeVersion)
	n.State, n.Ending = OrderState(r.byte()), OrderState(r.byte())
	for _, v := range n.numbers() {
		if *v = r.int64(); *v < 0 {
			r.damaged("a quantity or time of %d", *v)
		}
	}
	n.Unresolved, n.Attempts, n.Absences = r.uint64(), r.uint32(), r.uint32()
	n.CancelWished, n.Acknowledged, n.AbsenceProved = r.bool(), r.bool(), r.bool()
	if r.err == nil {
		n.checkRead(r)
	}
	if rest, err = r.end("order life"); err == nil {
		*l = n
	}
	return rest, err
}

func (l *Life) checkRead(r *stateReader) {
	switch {
	case int(l.State) >= orderStates || orderStateNames[l.State] == "":
		r.damaged("order state %d", l.State)
	case l.Ending != StateNone && (l.Ending < StateFilled || l.Ending > StateRejected):
		r.damaged("order ending in %d", l.Ending)
	case l.Attempts > AttemptsLimit || bits.Len64(l.Unresolved) > int(l.Attempts):
		r.damaged("unresolved %b of %d attempts", l.Unresolved, l.Attempts)
	}
}
