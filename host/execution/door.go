package execution

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// verdict is what the door says to an order.
type verdict uint8

const (
	doorPass verdict = iota
	// doorWait: not now. doorGone: it was denied, or has lapsed.
	doorWait
	doorGone
)

// door judges an order that is about to go out, once more: what admission saw may be old. A resend passes
// the same checks; it cannot be denied any more, so it waits.
func (l *Lane) door(o *order) verdict {
	if o.life.ValidUntil > 0 && l.now >= o.life.ValidUntil {
		return l.lapse(o)
	}
	if o.life.Attempts >= resilience.AttemptsLimit {
		return l.deny(o, event.DenyRate, int64(o.life.Attempts), resilience.AttemptsLimit, "attempts used up")
	}
	if v := l.sized(o); v != doorPass {
		return v
	}
	adds := l.adds(o)
	if v := l.permitted(o, adds); v != doorPass {
		return v
	}
	if adds {
		if v := l.mayAdd(o); v != doorPass {
			return v
		}
	}
	if l.behindClose(o) {
		return doorWait
	}
	return doorPass
}

// mayAdd judges an order that may make a position larger.
func (l *Lane) mayAdd(o *order) verdict {
	if l.account.held != "" {
		return l.deny(o, event.DenyBreaker, 0, 0, "the account is held")
	}
	if s := l.breaker.State(l.now); s == resilience.BreakerOpen || s == resilience.BreakerIsolated {
		return l.deny(o, event.DenyBreaker, int64(s), int64(resilience.BreakerClosed), "the venue's breaker is open")
	}
	if crossed := l.crosses(o, o.order.Price); crossed != nil {
		return l.deny(o, event.DenySelfTrade, o.order.Price, crossed.order.Price, "it would cross a sibling's order")
	}
	if !l.account.ready || l.doubtBeside(o) {
		return doorWait
	}
	return doorPass
}

// deny refuses an order of which no attempt can have arrived; an Unknown one waits.
func (l *Lane) deny(o *order, code event.DenyCode, found, allowed int64, reason string) verdict {
	if o.life.State != resilience.StatePending {
		return doorWait
	}
	p := l.touch(o)
	p.endCode, p.found, p.allowed, p.endReason = uint16(code), found, allowed, reason
	tried := o.life.Attempts > 0
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeDeny})
	if tried {
		l.letter(o, event.LetterOrder, "not_sent", reason)
	}
	return doorGone
}

func (l *Lane) lapse(o *order) verdict {
	if o.life.State != resilience.StatePending && o.life.State != resilience.StateContingent {
		return doorWait
	}
	p := l.touch(o)
	p.endCode, p.found, p.allowed = uint16(event.ExpireUnsent), l.now, o.life.ValidUntil
	p.endReason = "its time to live ended before it could be sent: " + l.hindrance(o)
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeLapse})
	l.letter(o, event.LetterOrder, "expired", p.endReason)
	return doorGone
}

// hindrance says what keeps an order from going out.
func (l *Lane) hindrance(o *order) string {
	limiter := l.limiter
	free, _ := limiter.Take(&l.config.Limiter, l.now, l.priority(o), 1)
	switch s := l.breaker.State(l.now); {
	case o.life.State == resilience.StateContingent:
		return "the order that it depends on has not filled"
	case l.account.held != "":
		return "the account is held"
	case !l.account.ready && !o.closes():
		return "the account is not yet compared with the venue"
	case !o.closes() && slices.ContainsFunc(l.live, func(other *order) bool {
		return other != o && other.order.Instrument == o.order.Instrument && other.doubtful()
	}):
		return "another order of its instrument is Unknown"
	case l.behindClose(o):
		return "a close of its instrument, wished before, is not answered"
	case s != resilience.BreakerClosed:
		return "the venue's breaker is " + s.String()
	case !free:
		return "the venue's rate_limit let nothing through"
	case len(l.calls) >= l.config.CallsMax:
		return "as many calls as may be were out"
	case o.life.Attempts > 0:
		return "no attempt reached the venue"
	}
	return "the host came to it too late"
}

// permitted asks the agent's mode. The host's own exits always pass.
func (l *Lane) permitted(o *order, adds bool) verdict {
	a := &l.agents[o.order.Agent]
	need := event.PermitReduce
	if adds {
		need = event.PermitAdd
	}
	if o.byHost() || !a.limited || a.permitted&need != 0 {
		return doorPass
	}
	return l.deny(o, event.DenyMode, int64(need), int64(a.permitted), "the mode does not permit it")
}

// adds reports whether an order may make a position larger: it is not marked as one that only reduces, and
// what it could fill is more than what there is to reduce.
func (l *Lane) adds(o *order) bool {
	if o.closes() {
		return false
	}
	units, sized := o.life.Outstanding()
	return !sized || units > l.reducible(o, false)
}

// reducible is how much of the agent's position an order of this side could take off, beside the orders
// that may take it off already. lenient leaves those out, for a venue that enforces reduce-only itself.
func (l *Lane) reducible(o *order, lenient bool) int64 {
	held := *l.position(o.order.Instrument, o.order.Agent)
	if o.order.Side == event.Buy {
		held = -held
	}
	if held <= 0 {
		return 0
	}
	if lenient {
		return held
	}
	for _, other := range l.live {
		if other == o || other.order.Agent != o.order.Agent || other.order.Instrument != o.order.Instrument ||
			other.order.Side != o.order.Side || other.life.State == resilience.StatePending || other.life.State == resilience.StateContingent {
			continue
		}
		units, sized := other.life.Outstanding()
		if !sized {
			return 0
		}
		held -= units
	}
	return max(held, 0)
}

// enforced reports whether the venue's own reduce-only protects this agent's position: it looks at the whole
// account, so only if nobody else is in it.
func (l *Lane) enforced(o *order) bool {
	return l.config.Capabilities&event.EnforcesReduceOnly != 0 && len(l.config.Owners[o.order.Instrument]) == 1 &&
		l.foreign[o.order.Instrument] == 0
}

// sized gives an order its quantity: closes take no more than there is to close, rounded down to the lot.
func (l *Lane) sized(o *order) verdict {
	atFill := l.config.Capabilities&(event.SizesAtFill|event.SizesByNotional) != 0
	if !o.closes() {
		if o.order.SizeKind != event.SizeUnits && !atFill {
			return l.deny(o, event.DenyUnsupported, int64(o.order.SizeKind), int64(event.SizeUnits), "the venue takes sizes in units only")
		}
		return doorPass
	}
	if o.order.SizeKind == event.SizeNotional && !atFill {
		return l.deny(o, event.DenyUnsupported, int64(o.order.SizeKind), int64(event.SizeUnits), "the venue takes sizes in units only")
	}
	free := l.reducible(o, l.enforced(o))
	if free == 0 {
		return l.deny(o, event.DenyNothingToClose, l.rest(o), 0, "there is nothing left to close")
	}
	opened, more := l.opened(o)
	if o.life.State != resilience.StatePending {
		if l.rest(o) > free {
			return doorWait
		}
		return doorPass
	}
	want := l.rest(o)
	if o.order.SizeKind == event.SizeFraction && !atFill {
		whole := l.reducible(o, true)
		want, _ = event.MulDiv(whole, o.order.Size, event.One, event.Down)
	} else if o.order.SizeKind != event.SizeUnits {
		return doorPass // the venue sizes it
	}
	in := &l.config.Instruments[o.order.Instrument]
	if least := max(in.QuantityMin, in.Lot); more && opened < least {
		return doorWait // of the parent too little is filled to protect, and more may come
	}
	return l.shrink(o, min(want, opened), free)
}

// opened is what a child may close of its parent's: what that has filled by now, less what those before the child in
// its chain have closed; grow follows when more is filled. more says that more may be. Without a parent, or after it is
// forgotten, there is no bound.
func (l *Lane) opened(o *order) (units int64, more bool) {
	parent := l.tail(l.byID[o.order.Parent])
	if parent == nil {
		return openEnded, false
	}
	return max(0, l.filled(parent)-o.plan.base), !parent.life.State.Final()
}

// rest is what of an order may still go out, 0 if it is not sized.
func (l *Lane) rest(o *order) int64 {
	units, _ := o.life.Outstanding()
	return units
}

// shrink lets a close go out with what there is. An order of another size is another order: the rest of it
// goes out under a derived id, and stays the agent's one order.
func (l *Lane) shrink(o *order, want, free int64) verdict {
	in := &l.config.Instruments[o.order.Instrument]
	fits := min(want, free)
	fits -= fits % in.Lot
	if fits <= 0 || fits < in.QuantityMin {
		return l.deny(o, event.DenyDust, fits, max(in.QuantityMin, in.Lot), "what is left to close is below the venue's minimum")
	}
	if fits == o.order.Size && o.order.SizeKind == event.SizeUnits {
		return doorPass
	}
	p := l.touch(o)
	p.stage, p.size, p.price, p.stop = stageCancel, fits+p.base, o.order.Price, o.order.StopPrice
	l.happen(o, resilience.LifeEvent{Kind: resilience.LifeWishCancel})
	return doorGone
}

// crosses finds a live order of another agent that this one could trade with at a price, 0 for any. What a market order would
// meet is not known here, so any resting order on the other side counts.
func (l *Lane) crosses(o *order, price int64) *order {
	if len(l.config.Owners[o.order.Instrument]) < 2 {
		return nil
	}
	for _, other := range l.live {
		if other.order.Instrument != o.order.Instrument || other.order.Agent == o.order.Agent || other.order.Side == o.order.Side {
			continue
		}
		if other.life.State == resilience.StatePending || other.life.State == resilience.StateContingent || other.life.Ending != resilience.StateNone {
			continue
		}
		buy, sell := price, other.order.Price
		if o.order.Side == event.Sell {
			buy, sell = sell, buy
		}
		if buy == 0 || sell == 0 || buy >= sell {
			return other
		}
	}
	return nil
}

// behindClose reports whether a close that the agent wished before an order, on the same instrument, has not
// been answered yet. Two requests may overtake each other on their way: whoever turns a position round wishes
// that it is closed first, or the close finds nothing left to reduce. What protects another order is no such
// close.
func (l *Lane) behindClose(o *order) bool {
	if o.closes() || o.byHost() {
		return false
	}
	later := false
	for _, other := range l.live {
		if later = later || other == o; later && (other.plan.replaces.IsZero() || other.order.Created > o.order.Created) {
			continue // but what goes out in the place of a close comes last and was wished when that was
		}
		if other.order.Agent == o.order.Agent && other.order.Instrument == o.order.Instrument && other.closes() &&
			other.order.Parent.IsZero() && l.unanswered(other) {
			return true
		}
	}
	return false
}

// unanswered reports whether nobody knows yet what the venue does with an order: it is to be sent, is out, or Unknown.
func (l *Lane) unanswered(o *order) bool {
	if o.life.State == resilience.StatePending || o.life.State == resilience.StateUnknown {
		return true
	}
	for i := range l.calls {
		if c := &l.calls[i]; c.Kind == event.CallSubmit && c.Order.ID == o.order.ID {
			return true
		}
	}
	return false
}

// doubtBeside reports whether an order of this instrument, other than o itself, is Unknown.
func (l *Lane) doubtBeside(o *order) bool {
	n := l.doubt[o.order.Instrument]
	if o.doubtful() {
		n--
	}
	return n > 0
}

// countDoubt counts Unknown orders by instrument: nothing that adds goes out beside one. Dead letters count
// too, for their worst case is as open.
func (l *Lane) countDoubt() {
	clear(l.doubt)
	for _, o := range l.live {
		if o.doubtful() {
			l.doubt[o.order.Instrument]++
		}
	}
}
