package execution_test

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// proveLookup lets a lookup find a real order, so that absences count.
func (h *hand) proveLookup() {
	h.t.Helper()
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.answer(h.next(event.CallLookup), h.stands(id, event.ReportOpen, 10, 0))
}

// absent answers lookups with "no such order" until none is asked for a while.
func (h *hand) absent(times int, r event.Reply) {
	h.t.Helper()
	for range times {
		for _, c := range h.out {
			if c.Kind == event.CallLookup {
				h.answer(c, r)
				break
			}
		}
		h.pass(3 * second)
	}
}

func TestAbsenceIsBelievedOnlyFromALookupThatHasFoundAnOrder(t *testing.T) {
	for name, proven := range map[string]bool{"a lookup that works": true, "a mistyped path": false} {
		t.Run(name, func(t *testing.T) {
			h := byHand(t, 1, nil)
			if proven {
				h.proveLookup()
			}
			id := h.ask(limitBuy)
			h.answer(h.next(event.CallSubmit), lost)
			h.cancel(id)
			h.absent(12, notFound)
			if s := h.state(id); proven != (s == resilience.StateCancelled) {
				t.Fatalf("it is %s", s)
			}
		})
	}
}

func TestALookupThatNeverFoundAnOrderIsTriedOnOneThatTheVenueHas(t *testing.T) {
	h := byHand(t, 1, nil)
	filled := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), h.stands(filled, event.ReportFilled, 10, 10))
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.cancel(id)
	for range 12 {
		for _, c := range h.out {
			if c.Kind != event.CallLookup {
				continue
			}
			if c.Order.ID == filled {
				h.answer(c, h.stands(filled, event.ReportFilled, 10, 10))
			} else {
				h.answer(c, notFound)
			}
			break
		}
		h.pass(3 * second)
	}
	if s := h.state(id); s != resilience.StateCancelled {
		t.Fatalf("it is %s", s)
	}
}

func TestAnErrorOfTheQueryIsNoAnswer(t *testing.T) {
	h := byHand(t, 1, nil)
	h.proveLookup()
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.cancel(id)
	failed := event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 500, Phase: resilience.PhaseAnswered}}
	h.absent(3, failed)
	h.absent(1, event.Reply{NotFound: true, SearchedOpen: true}) // the past was not searched
	if s, _ := h.lane.Order(id); s.Life.Absences != 0 || s.Life.State != resilience.StateUnknown {
		t.Fatalf("%+v", s.Life)
	}
}

func TestAnAbsentOrderIsADeadLetterWhereTheVenueTakesAnIdTwice(t *testing.T) {
	h := byHand(t, 1, nil)
	h.proveLookup()
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.absent(12, notFound)
	h.last(event.EventDeadLetter)
	h.none(event.CallSubmit)
	if anew, refusal := h.lane.Redrivable(id, 0, h.now); !anew || refusal != "" {
		t.Fatalf("anew %v, refusal %q: absence is proved", anew, refusal)
	}
	if r := h.person(execution.Act{Kind: execution.ActResolve, Order: id, Ending: event.StateCancelled}); r != "" {
		t.Fatal(r)
	}
	h.last(event.EventCancelled)
	if h.lane.Health(h.now).DeadLetters != 0 {
		t.Fatal("the letter is still open")
	}
}

func TestAnUnknownGoesOutAgainWhereTheVenueDedupes(t *testing.T) {
	h := byHand(t, 1, func(c *execution.Config) { c.Resend.Dedupe = resilience.DedupeForever })
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.answer(h.next(event.CallLookup), lost)
	h.pass(second)
	c := h.next(event.CallSubmit)
	if c.Attempt != 2 || !c.Resent || c.Order.ID != id {
		t.Fatalf("%+v", c)
	}
	h.answer(c, event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 409, Phase: resilience.PhaseAnswered}})
	if h.state(id) != resilience.StateUnknown {
		t.Fatal("that the id is there is not yet an acceptance")
	}
	h.pass(5 * second)
	h.answer(h.next(event.CallLookup), h.stands(id, event.ReportOpen, 10, 0))
	h.last(event.EventAccepted)
}

func TestAnAcceptanceBetweenAttemptsEndsThem(t *testing.T) {
	h := byHand(t, 1, func(c *execution.Config) { c.Resend.Dedupe = resilience.DedupeForever })
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.news(h.stands(id, event.ReportOpen, 10, 0))
	h.pass(10 * second)
	h.none(event.CallSubmit)
	h.last(event.EventAccepted)
}

func TestARestartMakesWhatWasOutUnknownAndLooksUpWhatRests(t *testing.T) {
	h := byHand(t, 1, nil)
	rests := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	out := h.ask(limitBuy)
	old := h.next(event.CallSubmit)
	h.out = nil
	h.do(execution.Input{Kind: execution.InputStart})
	if h.state(out) != resilience.StateUnknown || h.lane.Health(h.now).Ready {
		t.Fatal("in flight at a crash and not Unknown")
	}
	h.answer(old, done) // the reply of the incarnation before: it proves nothing
	if h.state(out) != resilience.StateUnknown {
		t.Fatal(h.state(out))
	}
	h.answer(h.next(event.CallLookup), h.stands(rests, event.ReportOpen, 10, 0))
	if c := h.next(event.CallLookup); c.Order.ID != out {
		t.Fatal("the unknown one is not asked about")
	}
	h.answer(h.next(event.CallLookup), h.stands(out, event.ReportOpen, 10, 0))
	h.answer(h.next(event.CallFills), event.Reply{Complete: true})
	if !h.lane.Health(h.now).Ready {
		t.Fatal("not ready")
	}
}

func TestARequestDeliveredAgainIsTakenOnce(t *testing.T) {
	h := byHand(t, 1, nil)
	h.ask(limitBuy)
	n := len(h.out)
	h.sequence[0]--
	h.want(event.RequestSubmit, limitBuy)
	if len(h.out) != n {
		t.Fatal("it went out twice")
	}
}

func TestAReplaceWithoutAmendmentWaitsForTheFinalFilledQuantity(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.want(event.RequestReplace, event.Order{ID: id, Size: 12, Price: 105})
	c := h.next(event.CallCancel)
	h.none(event.CallSubmit)
	h.answer(c, h.stands(id, event.ReportCancelled, 10, 4))
	h.none(event.CallSubmit) // four were filled, and are not told yet
	h.filled(id, 1, 4)
	n := h.next(event.CallSubmit)
	if n.Order.Size != 8 || n.Order.Price != 105 || n.Order.ID == id || !n.Order.ID.Ours() {
		t.Fatalf("%+v", n.Order)
	}
	h.answer(n, done)
	if out := h.last(event.EventReplaced); out.Order != id || out.Size != 12 || out.Code != 0 {
		t.Fatalf("%+v", out)
	}
	h.filled(n.Order.ID, 2, 8)
	if out := h.last(event.EventFill); out.Order != id || out.Fill.Flags&event.FillLast == 0 {
		t.Fatalf("%+v", out)
	}
}

func TestANativeReplaceIsOneCallAndARefusalIsTold(t *testing.T) {
	h := byHand(t, 1, func(c *execution.Config) { c.Facilities |= event.FacilityReplace })
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.want(event.RequestReplace, event.Order{ID: id, Price: 105})
	h.answer(h.next(event.CallReplace), event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 400, Phase: resilience.PhaseAnswered}})
	if out := h.last(event.EventReplaced); out.Code == 0 || out.Price != 100 {
		t.Fatalf("%+v", out)
	}
	h.want(event.RequestReplace, event.Order{ID: id, Price: 106})
	h.answer(h.next(event.CallReplace), done)
	if out := h.last(event.EventReplaced); out.Code != 0 || out.Price != 106 || out.Size != 10 {
		t.Fatalf("%+v", out)
	}
}

func TestAChildWaitsForItsParentAndGoesWithItsPosition(t *testing.T) {
	h := byHand(t, 1, nil)
	parent := h.ask(limitBuy)
	child := h.ask(event.Order{Side: event.Sell, Type: event.OrderStop, Size: 10, StopPrice: 90, Flags: event.ReduceOnly, Parent: parent})
	h.answer(h.next(event.CallSubmit), done)
	h.none(event.CallSubmit)
	h.filled(parent, 1, 10)
	h.answer(h.next(event.CallSubmit), done)
	closing := h.ask(event.Order{Side: event.Sell, Type: event.OrderMarket, Size: 10, Flags: event.ReduceOnly})
	if out := h.last(event.EventDenied); event.DenyCode(out.Code) != event.DenyNothingToClose { // the stop holds it all
		t.Fatalf("%s: %+v", closing, out)
	}
	h.cancel(child)
	h.answer(h.next(event.CallCancel), h.stands(child, event.ReportCancelled, 10, 0))
	h.ask(event.Order{Side: event.Sell, Type: event.OrderMarket, Size: 10, Flags: event.ReduceOnly})
	h.next(event.CallSubmit)
}

func TestACloseTakesNoMoreThanThereIs(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.filled(id, 1, 6)
	h.ask(event.Order{Side: event.Sell, Type: event.OrderMarket, Size: 9, Flags: event.ReduceOnly})
	if c := h.next(event.CallSubmit); c.Order.Size != 6 {
		t.Fatalf("size %d", c.Order.Size)
	}
}

func TestAnOrderThatWouldCrossASiblingsIsDenied(t *testing.T) {
	h := byHand(t, 2, func(c *execution.Config) { c.Owners[0] = []uint32{0, 1} })
	h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	o := limitBuy
	o.Agent, o.Side, o.Price = 1, event.Sell, 99
	h.ask(o)
	if out := h.last(event.EventDenied); event.DenyCode(out.Code) != event.DenySelfTrade || out.Found != 99 || out.Allowed != 100 {
		t.Fatalf("%+v", out)
	}
	o.Price = 101
	h.ask(o)
	h.next(event.CallSubmit)
}

func TestAChildGrowsWithItsParent(t *testing.T) {
	h := byHand(t, 1, nil)
	parent := h.ask(limitBuy)
	child := h.ask(event.Order{Side: event.Sell, Type: event.OrderStop, Size: 10, StopPrice: 90, Flags: event.ReduceOnly, Parent: parent})
	h.answer(h.next(event.CallSubmit), done)
	h.filled(parent, 1, 4)
	c := h.next(event.CallSubmit)
	if c.Order.Size != 4 {
		t.Fatalf("size %d", c.Order.Size)
	}
	h.answer(c, done)
	h.filled(parent, 2, 6)
	h.answer(h.next(event.CallCancel), h.stands(c.Order.ID, event.ReportCancelled, 4, 0))
	c = h.next(event.CallSubmit)
	if c.Order.Size != 10 {
		t.Fatalf("size %d", c.Order.Size)
	}
	h.answer(c, done)
	if out := h.last(event.EventReplaced); out.Order != child || out.Size != 10 {
		t.Fatalf("%+v", out)
	}
	h.none(event.CallCancel)
}

// TestAChildWithoutASizeProtectsAllThatItsParentOpens, and not what the agent holds beside.
func TestAChildWithoutASizeProtectsAllThatItsParentOpens(t *testing.T) {
	byVenue := limitBuy
	byVenue.SizeKind, byVenue.Size = event.SizeFraction, event.One
	for name, c := range map[string]struct {
		order  event.Order
		beside bool
	}{
		"sized by us": {limitBuy, false}, "sized by the venue": {byVenue, false},
		"sized by us, beside a position": {limitBuy, true}, "sized by the venue, beside a position": {byVenue, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := byHand(t, 1, func(c *execution.Config) { c.Capabilities |= event.SizesAtFill })
			if c.beside {
				other := h.ask(event.Order{Side: event.Buy, Type: event.OrderMarket, Size: 50})
				h.answer(h.next(event.CallSubmit), done)
				h.filled(other, 9, 50)
			}
			parent := h.ask(c.order)
			h.ask(event.Order{Side: event.Sell, Type: event.OrderStop, StopPrice: 90, Flags: event.ReduceOnly, Parent: parent})
			h.answer(h.next(event.CallSubmit), done)
			h.filled(parent, 1, 4)
			c := h.next(event.CallSubmit)
			if c.Order.Size != 4 || c.Order.StopPrice != 90 {
				t.Fatalf("%+v", c.Order)
			}
			h.answer(c, done)
			h.filled(parent, 2, 6)
			h.answer(h.next(event.CallCancel), h.stands(c.Order.ID, event.ReportCancelled, 4, 0))
			if c = h.next(event.CallSubmit); c.Order.Size != 10 {
				t.Fatalf("size %d", c.Order.Size)
			}
		})
	}
}

func TestABreakerAndARetryBudgetBoundWhatIsTriedAgain(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	for range 40 {
		for len(h.out) > 0 {
			h.answer(h.out[0], refused)
		}
		h.pass(second)
	}
	s, _ := h.lane.Order(id)
	if s.Life.State != resilience.StateDenied || s.Life.Attempts > 5 {
		t.Fatalf("%s after %d attempts", s.Life.State, s.Life.Attempts)
	}
	for range 40 {
		h.pass(5 * second)
		for len(h.out) > 0 && h.out[0].Kind == event.CallFills { // the probe that shows that the venue is well
			h.answer(h.out[0], event.Reply{Complete: true})
		}
	}
	if r := h.person(execution.Act{Kind: execution.ActRedrive, Order: id}); r != "" { // it never reached the venue
		t.Fatal(r)
	}
	if c := h.next(event.CallSubmit); c.Order.ID != id {
		t.Fatalf("%+v", c)
	}
}

// TestAHalfOpenBreakerIsProbedWithoutAnOrder: while nothing that adds goes out, a list shows that the venue
// is well again.
func TestAHalfOpenBreakerIsProbedWithoutAnOrder(t *testing.T) {
	h := byHand(t, 1, nil)
	for h.lane.Health(h.now).Breaker == resilience.BreakerClosed {
		h.ask(limitBuy)
		for len(h.out) > 0 {
			h.answer(h.out[0], refused)
		}
		h.pass(second / 10)
	}
	h.none(event.CallFills)
	for range 40 {
		if next := h.lane.Next(); next > h.now {
			h.pass(next - h.now)
		}
		for len(h.out) > 0 {
			h.answer(h.out[0], event.Reply{Complete: true})
		}
	}
	if b := h.lane.Health(h.now).Breaker; b != resilience.BreakerClosed {
		t.Errorf("the breaker is %s", b)
	}
}
