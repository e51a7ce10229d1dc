package execution_test

import (
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// anew asks for an order once more, as another order.
func (h *hand) anew(id event.OrderID) event.OrderID {
	h.t.Helper()
	if r := h.person(execution.Act{Kind: execution.ActRedrive, Order: id}); r != "" {
		h.t.Fatal(r)
	}
	o := limitBuy
	o.Redrives = id
	return h.ask(o)
}

func (h *hand) refuses(id event.OrderID, words string) {
	h.t.Helper()
	if _, refusal := h.lane.Redrivable(id, 0, h.now); !strings.Contains(refusal, words) {
		h.t.Errorf("refusal %q, want %q", refusal, words)
	}
	if r := h.person(execution.Act{Kind: execution.ActRedrive, Order: id}); !strings.Contains(r, words) {
		h.t.Errorf("refusal %q, want %q", r, words)
	}
}

func TestARejectedOrderIsRedrivenOnceUnderANewId(t *testing.T) {
	h := byHand(t, 1, nil)
	old := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), h.stands(old, event.ReportRejected, 10, 0))
	h.last(event.EventRejected)
	id := h.anew(old)
	if c := h.next(event.CallSubmit); c.Order.ID != id || c.Attempt != 1 || id == old {
		t.Fatalf("%+v", c)
	}
	before, _ := h.lane.Order(old)
	after, _ := h.lane.Order(id)
	if before.RedrivenAs != id || before.Letter || after.Order.Redrives != old {
		t.Fatalf("old %+v\nnew %+v", before, after)
	}
	h.refuses(old, "redriven already, as "+id.String())
	o := limitBuy
	o.Redrives = old
	h.ask(o)
	if out := h.last(event.EventDenied); !strings.Contains(out.Reason, "redriven already") {
		t.Fatalf("%+v", out)
	}
}

func TestARedriveWaitsUntilTheFateOfTheOldOneIsKnown(t *testing.T) {
	h := byHand(t, 1, nil)
	h.proveLookup()
	id := h.ask(limitBuy)
	submit := h.next(event.CallSubmit)
	h.refuses(id, "it is in_flight")
	h.answer(submit, lost)
	h.refuses(id, "it is unknown")
	o := limitBuy
	o.Redrives = id
	h.ask(o) // whoever asks
	h.last(event.EventDenied)
	h.absent(12, notFound)
	h.last(event.EventDeadLetter)
	again := h.anew(id)
	if s := h.state(id); s != resilience.StateCancelled {
		t.Fatalf("the old one is %s", s)
	}
	if c := h.next(event.CallSubmit); c.Order.ID != again {
		t.Fatalf("%+v", c)
	}
	if h.lane.Health(h.now).DeadLetters != 0 {
		t.Fatal("the letter is still open")
	}
}

// TestADeadLetterWhoseAbsenceIsNotProvedIsNotRedriven: nobody knows whether the venue has it.
func TestADeadLetterWhoseAbsenceIsNotProvedIsNotRedriven(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	for h.state(id) != resilience.StateDeadLetter {
		h.pass(5 * second)
		for len(h.out) > 0 {
			h.answer(h.out[0], lost)
		}
	}
	h.refuses(id, "the venue may have it")
}

// TestARedrivenOrderThatNeverWentOutCountsAtOnce: admission learns of it before the venue has it.
func TestARedrivenOrderThatNeverWentOutCountsAtOnce(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	for h.state(id) != resilience.StateExpired && h.state(id) != resilience.StateDenied {
		for len(h.out) > 0 {
			h.answer(h.out[0], refused)
		}
		h.pass(second)
	}
	h.pass(1000 * second) // the breaker has closed, or lets a probe pass
	for len(h.out) > 0 {
		h.answer(h.out[0], event.Reply{Complete: true})
	}
	if r := h.person(execution.Act{Kind: execution.ActRedrive, Order: id}); r != "" {
		t.Fatal(r)
	}
	for _, o := range h.got {
		if o.Order == id && o.Kind == event.EventSettled && event.OrderState(o.Code) == event.StatePending && o.Size == limitBuy.Size {
			return
		}
	}
	t.Errorf("the agent was not told: %v", h.told())
}

// TestAFillThatAPersonHasTold is booked once: the venue's own word of it comes later, and counts where it tells of more.
func TestAFillThatAPersonHasTold(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	for h.state(id) != resilience.StateDeadLetter {
		h.pass(5 * second)
		for len(h.out) > 0 {
			h.answer(h.out[0], lost)
		}
	}
	if r := h.person(execution.Act{Kind: execution.ActResolve, Order: id, Ending: event.StateCancelled, Filled: 6}); r != "" {
		t.Fatal(r)
	}
	h.filled(id, 1, 4)
	h.filled(id, 2, 2)
	if n := h.lane.Position(0, 0); n != 6 {
		t.Fatalf("a position of %d, want 6: the person has told of these fills", n)
	}
	h.news(h.stands(id, event.ReportFilled, 10, 10)) // the person was wrong
	h.filled(id, 3, 4)
	if n := h.lane.Position(0, 0); n != 10 {
		t.Fatalf("a position of %d, want 10", n)
	}
}
