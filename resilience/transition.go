package resilience

// Condition is what must hold, after the event is booked, for a transition to be taken.
type Condition uint8

const (
	Always         Condition = iota
	IfComplete               // All that was ordered is booked.
	IfWished                 // A cancel is wished.
	IfReplacing              // A replace is on its way.
	IfPartly                 // Something is filled.
	IfShort                  // It is over, and fills are missing.
	IfFilled                 // It is over as filled, and all fills are booked; so with the next three.
	IfCancelled              //
	IfExpired                //
	IfRejected               //
	IfUnresolved             // An earlier attempt may have arrived.
	IfAnswered               // The attempt has had its answer before.
	IfKnown                  // The venue has been seen to know the order.
	IfNeverKnown             // It was over without the venue ever knowing it, as far as anyone could tell.
	IfNeverSent              // No attempt can have arrived.
	IfResendable             // The venue does not know it, and no cancel is wished.
	IfAbsentWished           // Absence is proved, and a cancel is wished.
	IfDedupes                // The venue refuses the id if it has it.
)

var conditionNames = [...]string{
	"", "all of it is booked", "a cancel is wished", "a replace is on its way", "something is filled",
	"over, fills missing", "over as filled, fills complete", "over as cancelled, fills complete", "over as expired, fills complete",
	"over as rejected, fills complete", "an earlier attempt is open", "this attempt was answered before", "the venue knows it",
	"the venue was not known to have it", "no attempt can have arrived", "unknown to the venue, no cancel wished",
	"absence proved, cancel wished", "the venue dedupes",
}

func (c Condition) String() string {
	if c == Always {
		return ""
	}
	return nameOf(conditionNames[:], int(c))
}

func (c Condition) holds(old, l *Life, e *LifeEvent) bool {
	switch c {
	case IfComplete:
		return l.Quantity > 0 && l.Filled >= max(l.Quantity, l.ReplaceQuantity, l.Cumulative)
	case IfWished:
		return l.CancelWished
	case IfReplacing:
		return l.ReplaceQuantity > 0
	case IfPartly:
		return l.Filled > 0 || l.Cumulative > 0
	case IfShort:
		return l.Ending != StateNone && l.Filled < l.Cumulative
	case IfFilled, IfCancelled, IfExpired, IfRejected:
		// A person's word is not held up by fills that may never come.
		return l.Ending == StateFilled+OrderState(c-IfFilled) && (l.Filled >= l.Cumulative || e.Kind == LifeResolve)
	case IfUnresolved:
		return l.Unresolved != 0
	case IfAnswered:
		return !old.Acknowledged && old.Unresolved&old.bit(e) == 0
	case IfKnown:
		return old.Acknowledged
	case IfNeverKnown:
		return !old.Acknowledged
	case IfNeverSent:
		return !old.Reached()
	case IfResendable:
		return !old.Acknowledged && !old.CancelWished && old.Attempts < AttemptsLimit
	case IfAbsentWished:
		return l.AbsenceProved && l.CancelWished
	case IfDedupes:
		return e.Dedupes
	}
	return true
}

// Transition is one row of the order's life. Of the rows that fit, the first decides.
type Transition struct {
	// From and On are sets: 1<<StatePending, 1<<LifeAdmit and so on.
	From, On uint32
	When     Condition
	// To is the state after; Stays marks the rows that keep the state.
	To    OrderState
	For   string
	Stays bool
}

// stay marks a row that keeps the state.
const stay = OrderState(255)

const (
	fPending    = 1 << StatePending
	fInFlight   = 1 << StateInFlight
	fOpen       = 1 << StateOpen
	fPartial    = 1 << StatePartial
	fCancel     = 1 << StateCancelPending
	fReplace    = 1 << StateReplacePending
	fUnknown    = 1 << StateUnknown
	fContingent = 1 << StateContingent
	fDead       = 1 << StateDeadLetter
	fUnsent     = fPending | fContingent
	fAsked      = fPending | fInFlight | fUnknown | fDead
	fLive       = fOpen | fPartial | fCancel | fReplace
	fSent       = fAsked | fLive
	fFinal      = 1<<StateFilled | 1<<StateCancelled | 1<<StateExpired | 1<<StateRejected | 1<<StateDenied
	fGone       = fFinal &^ (1 << StateFilled)

	resting  = 1<<LifeAccept | 1<<LifeFound | 1<<LifeCancelRefuse | 1<<LifeReplace | 1<<LifeReplaceRefuse
	reports  = 1<<LifeAccept | 1<<LifeFound | 1<<LifeFill
	lateWord = resting | 1<<LifeEnd | 1<<LifeReject | 1<<LifeNotSent | 1<<LifeLose | 1<<LifeCancelMissing | 1<<LifeReplaceLose
	ofVenue  = lateWord | 1<<LifeFill | 1<<LifeAbsent
)

var transitions = []Transition{
	// Birth.
	{From: 1 << StateNone, On: 1 << LifeAdmit, To: StatePending, For: "admission took and numbered it"},
	{From: 1 << StateNone, On: 1 << LifeHold, To: StateContingent, For: "it waits for its parent to fill"},
	{From: 1<<StateNone | fUnsent, On: 1 << LifeDeny, To: StateDenied, For: "refused by us: risk, mode, open breaker, attempts used up; nothing is at the venue"},
	{From: fContingent, On: 1 << LifeArm, To: StatePending, For: "its parent filled"},
	{From: fUnsent, On: 1 << LifeDisarm, To: StateCancelled, For: "what it would close is gone; it was never sent"},
	{From: fUnsent, On: 1 << LifeWishCancel, To: StateCancelled, For: "cancelling what was not sent drops it"},
	{From: fUnsent, On: 1 << LifeLapse, To: StateExpired, For: "its time to live ended before it could be sent"},
	{From: fPending, On: 1 << LifeSend, When: IfResendable, To: StateInFlight, For: "the attempt is durable and goes out"},
	// The answer to an attempt.
	{From: fInFlight | fUnknown | fDead, On: 1<<LifeNotSent | 1<<LifeReject | 1<<LifeLose, When: IfAnswered, To: stay, For: "an answer is counted once"},
	{From: fUnknown | fDead, On: 1<<LifeNotSent | 1<<LifeReject, When: IfKnown, To: stay, For: "the venue contradicts itself: it has known the order"},
	{From: fInFlight | fUnknown, On: 1<<LifeNotSent | 1<<LifeReject, When: IfUnresolved, To: StateUnknown, For: "this attempt did nothing, but an earlier one may have"},
	{From: fDead, On: 1<<LifeNotSent | 1<<LifeReject, When: IfUnresolved, To: stay, For: "this attempt did nothing, but an earlier one may have"},
	{From: fInFlight | fUnknown, On: 1 << LifeNotSent, When: IfWished, To: StateCancelled, For: "proved not sent, and no longer wanted"},
	{From: fInFlight | fUnknown, On: 1 << LifeNotSent, To: StatePending, For: "proved not sent: it may be tried again while its time to live lasts"},
	{From: fDead, On: 1 << LifeNotSent, To: stay, For: "proved not sent; a person still decides"},
	{From: fInFlight | fUnknown | fDead, On: 1 << LifeReject, To: StateRejected, For: "the venue refused it, and no other attempt is open"},
	{From: fInFlight, On: 1<<LifeLose | 1<<LifeRestart, To: StateUnknown, For: "sent, and no answer that proves anything: settle it"},
	// What the venue has.
	{From: fSent, On: 1<<LifeEnd | 1<<LifeFill, When: IfFilled, To: StateFilled, For: "over, and every fill is booked"},
	{From: fSent, On: 1<<LifeEnd | 1<<LifeFill, When: IfCancelled, To: StateCancelled, For: "over, and every fill is booked"},
	{From: fSent, On: 1<<LifeEnd | 1<<LifeFill, When: IfExpired, To: StateExpired, For: "over, and every fill is booked"},
	{From: fSent, On: 1<<LifeEnd | 1<<LifeFill, When: IfRejected, To: StateRejected, For: "over, and every fill is booked"},
	{From: fSent, On: resting | 1<<LifeFill, When: IfComplete, To: StateFilled, For: "all that was ordered is booked"},
	{From: fSent, On: 1 << LifeEnd, To: StatePartial, For: "over at the venue; the end waits for the fills that are missing"},
	{From: fLive &^ fOpen, On: resting | 1<<LifeFill | 1<<LifeWishCancel | 1<<LifeCancelMissing | 1<<LifeReplaceLose, When: IfShort, To: stay, For: "over at the venue; only fills are missing"},
	{From: fSent, On: resting | 1<<LifeFill, When: IfWished, To: StateCancelPending, For: "it is there, and a wish to cancel outlives everything before"},
	{From: fSent, On: resting | 1<<LifeFill, When: IfReplacing, To: StateReplacePending, For: "it is there, and a replace is on its way"},
	{From: fSent, On: resting | 1<<LifeFill, When: IfPartly, To: StatePartial, For: "it is there, and some of it is filled"},
	{From: fSent, On: resting, To: StateOpen, For: "it is there and rests"},
	// Cancel and replace have lives of their own; these are their marks on the order.
	{From: fInFlight | fUnknown | fDead, On: 1 << LifeWishCancel, To: stay, For: "the wish waits until it is known what there is to cancel"},
	{From: fLive, On: 1 << LifeWishCancel, To: StateCancelPending, For: "a cancel goes out; a second wish asks for nothing new"},
	{From: fLive, On: 1 << LifeCancelMissing, To: StateUnknown, For: "no such order, says the reply to a cancel: filled, ended or late; settle it"},
	{From: fAsked, On: 1 << LifeCancelMissing, To: stay, For: "it proves nothing"},
	{From: fOpen | fPartial, On: 1 << LifeWishReplace, To: StateReplacePending, For: "a replace goes out; until it is answered the larger quantity counts"},
	{From: fReplace, On: 1<<LifeReplaceLose | 1<<LifeRestart, To: StateUnknown, For: "old or new, nobody knows: settle it"},
	{From: fSent &^ fReplace, On: 1 << LifeReplaceLose, To: stay, For: "it is asked about, or known, already"},
	// Unknown.
	{From: fUnknown, On: 1 << LifeSend, When: IfResendable, To: StateInFlight, For: "the same id again, where MayResend allows it"},
	{From: fUnknown, On: 1 << LifeAbsent, When: IfAbsentWished, To: StateCancelled, For: "it never arrived and is not wanted: it is never sent again"},
	{From: fUnknown | fDead, On: 1 << LifeAbsent, To: stay, For: "an absence counts towards the proof"},
	{From: fUnknown, On: 1 << LifeGiveUp, To: StateDeadLetter, For: "a person decides; it is still asked about and still counts as exposure"},
	{From: fDead, On: 1 << LifeGiveUp, To: stay, For: "it was given up before"},
	// A person.
	{From: fDead, On: 1 << LifeResolve, When: IfFilled, To: StateFilled, For: "a person says what became of it"},
	{From: fDead, On: 1 << LifeResolve, When: IfCancelled, To: StateCancelled, For: "a person says what became of it"},
	{From: fDead, On: 1 << LifeResolve, When: IfExpired, To: StateExpired, For: "a person says what became of it"},
	{From: fDead, On: 1 << LifeResolve, When: IfRejected, To: StateRejected, For: "a person says what became of it"},
	{From: fDead | 1<<StateExpired | 1<<StateDenied, On: 1 << LifeRedrive, When: IfNeverSent, To: StatePending, For: "redriven under its own id: it never reached the venue"},
	{From: fDead, On: 1 << LifeRedrive, When: IfDedupes, To: StateUnknown, For: "redriven under its own id, which the venue refuses if it has it"},
	// What changes nothing.
	{From: fLive | fPending, On: 1<<LifeReject | 1<<LifeNotSent | 1<<LifeLose, To: stay, For: "an answer that the order's own news overtook"},
	{From: fUnknown | fDead, On: 1 << LifeLose, To: stay, For: "nobody knew before either"},
	{From: fSent &^ fPending, On: 1 << LifeLapse, To: stay, For: "the time to live bounds sending only"},
	{From: fUnsent | fUnknown | fDead | fOpen | fPartial | fCancel | fFinal, On: 1 << LifeRestart, To: stay, For: "a restart changes nothing; what rests is looked up before trading goes on"},
	// After the end.
	{From: fGone, On: reports, When: IfNeverKnown, To: StateCancelPending, For: "the venue has what was over for us: book it, cancel the rest, alert"},
	{From: fFinal, On: 1 << LifeFill, To: stay, For: "a late fill is booked"},
	{From: fFinal, On: lateWord, To: stay, For: "late word of what is over"},
	{From: fFinal, On: 1<<LifeWishCancel | 1<<LifeLapse | 1<<LifeAbsent | 1<<LifeGiveUp | 1<<LifeDisarm, To: stay, For: "it is over"},
}

// Transitions are all rows of the order's life, in the order in which they are tried.
func Transitions() []Transition {
	list := append([]Transition(nil), transitions...)
	for i := range list {
		if list[i].To == stay {
			list[i].To, list[i].Stays = StateNone, true
		}
	}
	return list
}

// find is the row that decides. What a venue says of an order that was never sent cannot happen.
func find(old, l *Life, e *LifeEvent) *Transition {
	if old.Attempts == 0 && ofVenue&(1<<e.Kind) != 0 {
		return nil
	}
	for i := range transitions {
		t := &transitions[i]
		if t.From&(1<<old.State) != 0 && t.On&(1<<e.Kind) != 0 && t.When.holds(old, l, e) {
			return t
		}
	}
	return nil
}
