package execution_test

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// account answers every query about the account with what it holds, until none is out.
func (h *hand) account(held int64) {
	h.t.Helper()
	for {
		i := -1
		for k, c := range h.out {
			if c.Kind >= event.CallOpenOrders {
				i = k
			}
		}
		if i < 0 {
			return
		}
		r := event.Reply{Complete: true}
		if c := h.out[i]; c.Kind == event.CallPositions && held != 0 {
			r.Positions = []event.PositionReport{{Quantity: held}}
		}
		h.answer(h.out[i], r)
	}
}

func reconciling(t *testing.T, policy execution.ForeignPolicy, baseline int64) *hand {
	h := &hand{world: newWorld(t, 1, 1, func(c *execution.Config, _ *venue) {
		c.PollEvery, c.Foreign = 0, policy
		c.Facilities &^= event.FacilityOpenOrders
	})}
	h.do(execution.Input{Kind: execution.InputStart})
	h.account(baseline)
	return h
}

func TestWhatWasHeldBeforeTheFirstStartIsForeign(t *testing.T) {
	for policy, differs := range map[execution.ForeignPolicy]bool{execution.ForeignIgnore: false, execution.ForeignClaim: false, execution.ForeignHalt: true} {
		h := reconciling(t, policy, 7)
		if h.lane.Foreign(0) != 7 || h.lane.Position(0, 0) != 0 {
			t.Fatalf("%s: foreign %d", policy, h.lane.Foreign(0))
		}
		if s := h.lane.Health(h.now); (s.Differ != "") != differs || !s.Ready {
			t.Fatalf("%s: %+v", policy, s)
		}
	}
}

func TestADifferenceCountsAfterTwoCompleteSnapshots(t *testing.T) {
	h := reconciling(t, execution.ForeignIgnore, 0)
	h.pass(h.c.ReconcileEvery)
	h.account(5)
	if d := h.lane.Health(h.now).Differ; d != "" {
		t.Fatalf("after one: %s", d)
	}
	if all := h.lane.Differences(); len(all) != 0 {
		t.Fatalf("after one: %+v", all)
	}
	h.pass(h.c.LookupEvery)
	h.account(5)
	if h.lane.Health(h.now).Differ == "" {
		t.Fatal("after two: nothing")
	}
	if all := h.lane.Differences(); len(all) != 1 || all[0] != (execution.Difference{Instrument: 0, Books: 0, Held: 5}) {
		t.Fatalf("after two: %+v", all)
	}
	h.alerted("position_difference")
	h.pass(h.c.ReconcileEvery)
	h.account(0)
	if d := h.lane.Health(h.now).Differ; d != "" {
		t.Fatalf("it is over: %s", d)
	}
}

func TestAFailedOrPartialQueryIsNoEmptyAccount(t *testing.T) {
	h := reconciling(t, execution.ForeignIgnore, 5)
	h.pass(h.c.ReconcileEvery)
	for range 4 {
		h.answer(h.next(event.CallFills), event.Reply{Complete: true})
		h.answer(h.next(event.CallPositions), event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 500, Phase: resilience.PhaseAnswered}})
		h.pass(h.c.LookupEvery)
		h.answer(h.next(event.CallPositions), event.Reply{}) // not complete
		h.pass(h.c.LookupEvery)
		h.account(5)
		h.pass(h.c.ReconcileEvery)
	}
	if d := h.lane.Health(h.now).Differ; d != "" {
		t.Fatal(d)
	}
}

func TestADifferenceWithARequestInFlightDoesNotCount(t *testing.T) {
	h := reconciling(t, execution.ForeignIgnore, 0)
	h.ask(limitBuy)
	for range 4 {
		h.pass(h.c.LookupEvery)
		h.person(execution.Act{Kind: execution.ActReconcile})
		h.account(5)
	}
	if d := h.lane.Health(h.now).Differ; d != "" {
		t.Fatal(d)
	}
}

func TestForeignFillsGoByThePolicyAndCountOnce(t *testing.T) {
	stranger := event.Reply{Kind: event.CallFills, Fills: []event.FillReport{{VenueOrder: "x", Fill: event.Fill{TradeID: 9, Quantity: 3, Price: 50, Side: event.Sell}}}}
	for policy, want := range map[execution.ForeignPolicy][2]int64{execution.ForeignIgnore: {-3, 0}, execution.ForeignClaim: {0, -3}, execution.ForeignHalt: {-3, 0}} {
		h := reconciling(t, policy, 0)
		h.news(stranger)
		h.news(stranger)
		if got := [2]int64{h.lane.Foreign(0), h.lane.Position(0, 0)}; got != want {
			t.Fatalf("%s: %v", policy, got)
		}
		if policy == execution.ForeignClaim && h.last(event.EventFill).Fill.Flags&event.FillVenue == 0 {
			t.Fatal("the claimed fill does not say that it is none of ours")
		}
		if d := h.lane.Health(h.now).Differ; (d != "") != (policy == execution.ForeignHalt) {
			t.Fatalf("%s: %q", policy, d)
		}
	}
}

func TestAnOrderWithOurTagThatTheJournalDoesNotKnowIsNeverForeign(t *testing.T) {
	h := reconciling(t, execution.ForeignIgnore, 0)
	h.news(h.stands(event.OrderID{event.IDTag[0], event.IDTag[1], 99}, event.ReportOpen, 1, 0))
	h.alerted("strange_order")
	if h.lane.Health(h.now).Differ == "" {
		t.Fatal("no difference")
	}
	h.person(execution.Act{Kind: execution.ActReconcile})
	if d := h.lane.Health(h.now).Differ; d != "" {
		t.Fatal(d)
	}
}

func TestAFillOfAnOrderWhoseVenueIdIsNotKnownYetHoldsTheCursor(t *testing.T) {
	h := reconciling(t, execution.ForeignIgnore, 0)
	id := h.ask(limitBuy)
	h.pass(h.c.ReconcileEvery)
	c := h.next(event.CallFills)
	fills := event.Reply{Complete: true, Cursor: "1", Fills: []event.FillReport{{VenueOrder: "V1", Fill: event.Fill{TradeID: 1, Quantity: 10, Price: 100, Side: event.Buy}}}}
	h.answer(c, fills)
	if h.lane.Foreign(0) != 0 {
		t.Fatal("our own fill was taken for foreign")
	}
	r := h.stands(id, event.ReportFilled, 10, 10)
	r.Orders[0].VenueOrder = "V1"
	h.answer(h.next(event.CallSubmit), r)
	h.pass(h.c.LookupEvery)
	c = h.next(event.CallFills)
	if c.Cursor != "" {
		t.Fatalf("the cursor moved on to %q", c.Cursor)
	}
	h.answer(c, fills)
	if h.state(id) != resilience.StateFilled || h.lane.Position(0, 0) != 10 {
		t.Fatal(h.state(id))
	}
}
