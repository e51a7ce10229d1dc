package execution_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// bench is a lane whose calls are answered by hand. The replica of the world follows every entry.
type hand struct {
	*world
	out []event.Call
	got []event.Outcome
	sum execution.Entry // alerts and letters so far
}

func byHand(t *testing.T, agents int, change func(*execution.Config)) *hand {
	w := newWorld(t, 1, agents, func(c *execution.Config, _ *venue) {
		c.PollEvery, c.ReconcileEvery = 0, 0
		c.Facilities &^= event.FacilityPositions | event.FacilityBalances | event.FacilityOpenOrders
		if change != nil {
			change(c)
		}
	})
	h := &hand{world: w}
	h.do(execution.Input{Kind: execution.InputStart})
	for len(h.out) > 0 {
		h.answer(h.out[0], event.Reply{Complete: true})
	}
	return h
}

// do takes one input in and keeps what came of it.
func (h *hand) do(in execution.Input) string {
	h.t.Helper()
	in.Time = h.now
	e := h.lane.Step(&in)
	h.out = append(h.out, e.Calls...)
	for i := range e.Outcomes {
		h.got = append(h.got, e.Outcomes[i].Outcome)
	}
	h.sum.Alerts = append(h.sum.Alerts, e.Alerts...)
	h.sum.Letters = append(h.sum.Letters, e.Letters...)
	var read execution.Entry
	if err := execution.ReadEntry(execution.AppendEntry(nil, e), &read); err != nil {
		h.t.Fatal(err)
	}
	if err := h.copy.Apply(&read); err != nil {
		h.t.Fatal(err)
	}
	if string(h.lane.AppendState(nil)) != string(h.copy.AppendState(nil)) {
		h.t.Fatalf("after %s the replica differs", in.Kind)
	}
	return e.Refusal
}

func (h *hand) ask(o event.Order) event.OrderID {
	o.ID = event.OrderID{event.IDTag[0], event.IDTag[1], byte(o.Agent), 15: byte(len(h.byID) + 1)}
	if o.SizeKind == 0 {
		o.SizeKind = event.SizeUnits
	}
	h.byID[o.ID] = &asked{}
	h.want(event.RequestSubmit, o)
	return o.ID
}

func (h *hand) want(k event.RequestKind, o event.Order) {
	h.sequence[o.Agent]++
	h.do(execution.Input{Kind: execution.InputRequest, Agent: o.Agent, Sequence: h.sequence[o.Agent], Request: event.Request{Kind: k, Order: o}})
}

func (h *hand) cancel(id event.OrderID) { h.want(event.RequestCancel, event.Order{ID: id}) }

// answer replies to a call that is out.
func (h *hand) answer(c event.Call, r event.Reply) {
	h.t.Helper()
	for i := range h.out {
		if h.out[i].ID == c.ID {
			h.out = append(h.out[:i:i], h.out[i+1:]...)
			break
		}
	}
	r.Call, r.Kind, r.Started, r.Received = c.ID, c.Kind, h.now, h.now
	h.do(execution.Input{Kind: execution.InputReply, Reply: r})
}

// next takes the first call of a kind out of those that wait.
func (h *hand) next(k event.CallKind) event.Call {
	h.t.Helper()
	for _, c := range h.out {
		if c.Kind == k {
			return c
		}
	}
	h.t.Fatalf("no %s is out, but %v", k, h.kinds())
	return event.Call{}
}

func (h *hand) kinds() (k []event.CallKind) {
	for _, c := range h.out {
		k = append(k, c.Kind)
	}
	return k
}

func (h *hand) none(k event.CallKind) {
	h.t.Helper()
	for _, c := range h.out {
		if c.Kind == k {
			h.t.Fatalf("a %s is out", k)
		}
	}
}

func (h *hand) pass(d int64) {
	h.t.Helper()
	h.now += d
	h.do(execution.Input{Kind: execution.InputTime})
}

func (h *hand) last(k event.EventKind) event.Outcome {
	h.t.Helper()
	if len(h.got) == 0 || h.got[len(h.got)-1].Kind != k {
		h.t.Fatalf("want %s last, got %v", k, h.told())
	}
	return h.got[len(h.got)-1]
}

func (h *hand) told() (s []string) {
	for i := range h.got {
		s = append(s, h.got[i].Kind.String())
	}
	return s
}

func (h *hand) state(id event.OrderID) resilience.OrderState {
	s, _ := h.lane.Order(id)
	return s.Life.State
}

func (h *hand) alerted(key string) {
	h.t.Helper()
	for _, a := range h.sum.Alerts {
		if a.Key == key && !a.Over {
			return
		}
	}
	h.t.Fatalf("no alert %q among %v", key, h.sum.Alerts)
}

var (
	limitBuy  = event.Order{Side: event.Buy, Type: event.OrderLimit, TIF: event.GTC, Size: 10, Price: 100}
	lost      = event.Reply{Happening: resilience.Happening{Cause: resilience.CauseTimeout, Phase: resilience.PhaseWritten}}
	refused   = event.Reply{Happening: resilience.Happening{Cause: resilience.CauseRefused}}
	done      = event.Reply{}
	notFound  = event.Reply{NotFound: true, SearchedOpen: true, SearchedPast: true}
	forbidden = event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 401, Phase: resilience.PhaseAnswered}}
)

func (h *hand) filled(id event.OrderID, trade uint64, quantity int64) {
	h.t.Helper()
	h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{{Order: id, Fill: event.Fill{TradeID: trade, Quantity: quantity, Price: 100}}}})
}

func (h *hand) news(r event.Reply) { h.do(execution.Input{Kind: execution.InputReply, Reply: r}) }

func (h *hand) stands(id event.OrderID, s event.ReportState, quantity, filled int64) event.Reply {
	return event.Reply{Orders: []event.OrderReport{{ID: id, State: s, Quantity: quantity, Filled: filled, Price: 100}}}
}

func TestAnOpenBreakerFailsWhatAddsAndLetsClosesPassOneByOne(t *testing.T) {
	h := byHand(t, 1, nil)
	held := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.filled(held, 1, 10)
	h.do(execution.Input{Kind: execution.InputOperator, Act: execution.Act{Kind: execution.ActIsolate, Lane: true, Who: "me", Why: "test"}})
	h.ask(limitBuy)
	if out := h.last(event.EventDenied); event.DenyCode(out.Code) != event.DenyBreaker {
		t.Fatalf("code %d", out.Code)
	}
	for range 2 {
		h.ask(event.Order{Side: event.Sell, Type: event.OrderMarket, Size: 4, Flags: event.ReduceOnly})
	}
	first := h.next(event.CallSubmit)
	h.answer(first, done)
	h.none(event.CallSubmit) // the second is spaced
	h.pass(second)
	h.next(event.CallSubmit)
}

func TestTheTimeToLiveEndsAtTheDoor(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), refused)
	h.none(event.CallSubmit)
	h.pass(h.c.TimeToLive.Limit)
	for len(h.out) > 0 {
		h.answer(h.next(event.CallSubmit), refused)
	}
	if s := h.state(id); s != resilience.StateExpired && s != resilience.StateDenied {
		t.Fatalf("it is %s", s)
	}
	if len(h.sum.Letters) != 1 || len(h.sum.Letters[0].Attempts) == 0 {
		t.Fatalf("letters %+v", h.sum.Letters)
	}
}

// TestAnExpiredOrderSaysWhatWasInTheWay, for its text is all that a person has.
func TestAnExpiredOrderSaysWhatWasInTheWay(t *testing.T) {
	for want, c := range map[string]struct {
		config func(*execution.Config)
		before func(*hand)
	}{
		"rate_limit": {config: func(c *execution.Config) {
			c.Limiter = resilience.LimiterConfig{Cells: 1, Period: 3600 * second, Burst: 2}
		}, before: func(h *hand) {
			id := h.ask(limitBuy)
			h.answer(h.next(event.CallSubmit), h.stands(id, event.ReportOpen, 10, 0))
		}},
		"as many calls": {config: func(c *execution.Config) { c.CallsMax, c.CallTimeout = 1, 3600*second }, before: func(h *hand) { h.ask(limitBuy) }},
		"is Unknown": {before: func(h *hand) {
			h.ask(limitBuy)
			h.answer(h.next(event.CallSubmit), lost)
		}},
	} {
		h := byHand(t, 1, c.config)
		c.before(h)
		id := h.ask(limitBuy)
		h.pass(h.c.TimeToLive.Limit + 1)
		if out := h.last(event.EventExpired); out.Order != id || len(h.sum.Letters) == 0 || !strings.Contains(h.sum.Letters[0].Cause+h.sum.Letters[0].Message, want) {
			t.Errorf("%s: %+v, letters %+v", want, out, h.sum.Letters)
		}
	}
}

func TestTheModeIsAskedAgainAtTheDoor(t *testing.T) {
	h := byHand(t, 1, nil)
	h.do(execution.Input{Kind: execution.InputPermissions, Permission: event.PermitReduce | event.PermitCancel})
	h.ask(limitBuy)
	if out := h.last(event.EventDenied); event.DenyCode(out.Code) != event.DenyMode || out.Found != int64(event.PermitAdd) {
		t.Fatalf("%+v", out)
	}
	o := limitBuy
	o.Flags = event.ByHost
	h.ask(o)
	h.next(event.CallSubmit)
}

func TestNothingAddsBesideAnUnknown(t *testing.T) {
	h := byHand(t, 1, nil)
	a := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.ask(limitBuy)
	h.none(event.CallSubmit)
	h.answer(h.next(event.CallLookup), h.stands(a, event.ReportOpen, 10, 0))
	h.next(event.CallSubmit)
	if told := h.told(); told[0] != "settled" || told[1] != "settled" || told[2] != "accepted" { // Unknown, then known
		t.Fatal(h.told())
	}
}

// TestAReversalIsNotOvertaken: what opens the other side goes out when the close before it was answered.
func TestAReversalIsNotOvertaken(t *testing.T) {
	h := byHand(t, 1, nil)
	market := event.Order{Side: event.Buy, Type: event.OrderMarket, TIF: event.GTC, Size: 10}
	id := h.ask(market)
	h.answer(h.next(event.CallSubmit), h.stands(id, event.ReportFilled, 10, 10))
	h.filled(id, 1, 10)
	market.Side = event.Sell
	for _, size := range []int64{10, 4} { // more than there would be left to reduce, and less
		closes, opens := market, market
		closes.Size, closes.Flags, opens.Size = 10, event.ReduceOnly, size
		if size == 4 {
			closes.Side, opens.Side = event.Buy, event.Buy
		}
		closing := h.ask(closes)
		opening := h.ask(opens)
		c := h.next(event.CallSubmit)
		if c.Order.ID != closing {
			t.Fatalf("%s went out first", c.Order.ID)
		}
		if n := slices.DeleteFunc(h.kinds(), func(k event.CallKind) bool { return k != event.CallSubmit }); len(n) != 1 {
			t.Fatalf("%d submits are out at once", len(n))
		}
		h.answer(c, h.stands(closing, event.ReportFilled, 10, 10))
		h.filled(closing, uint64(size)*10, 10)
		c = h.next(event.CallSubmit)
		if c.Order.ID != opening {
			t.Fatalf("%s, not the order that opens", c.Order.ID)
		}
		h.answer(c, h.stands(opening, event.ReportFilled, size, size))
		h.filled(opening, uint64(size)*10+1, size)
	}
	if p := h.lane.Position(0, 0); p != 4 {
		t.Errorf("holds %d", p)
	}
}

func TestACancelOverUnknownIsKept(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), lost)
	h.cancel(id)
	h.none(event.CallCancel)
	h.answer(h.next(event.CallLookup), h.stands(id, event.ReportOpen, 10, 0))
	h.answer(h.next(event.CallCancel), h.stands(id, event.ReportCancelled, 10, 3))
	if s := h.state(id); s != resilience.StatePartial {
		t.Fatalf("it does not wait for its fills: %s", s)
	}
	c := h.next(event.CallFills)
	h.answer(c, event.Reply{Complete: true, Cursor: "1", Fills: []event.FillReport{{Order: id, Fill: event.Fill{TradeID: 1, Quantity: 3, Price: 100, Side: event.Buy}}}})
	if out := h.last(event.EventCancelled); event.CancelCode(out.Code) != event.CancelByStrategy {
		t.Fatalf("%+v", out)
	}
	h.filled(id, 1, 3) // the same fill by the stream
	h.filled(id, 2, 1) // a late one
	if h.last(event.EventFill).Fill.Quantity != 1 || h.lane.Position(0, 0) != 4 {
		t.Fatal("the late fill is not booked once")
	}
}

func TestCancellingWhatWasNotSentDropsIt(t *testing.T) {
	h := byHand(t, 1, func(c *execution.Config) { c.CallsMax = 1 })
	h.ask(limitBuy)
	id := h.ask(limitBuy)
	h.cancel(id)
	h.last(event.EventCancelled)
	h.answer(h.next(event.CallSubmit), done)
	h.none(event.CallSubmit)
}

func TestNoSuchOrderInReplyToACancelProvesNothing(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.cancel(id)
	h.answer(h.next(event.CallCancel), event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 404, Phase: resilience.PhaseAnswered}})
	if s := h.state(id); s != resilience.StateUnknown {
		t.Fatalf("it is %s", s)
	}
	for range 8 { // the venue has known it: not found proves nothing
		h.answer(h.next(event.CallLookup), notFound)
		h.pass(5 * second)
	}
	h.pass(h.c.UnknownMax)
	h.last(event.EventDeadLetter)
	if h.sum.Letters[0].Cause != "unknown" || h.lane.Health(h.now).DeadLetters != 1 {
		t.Fatalf("%+v", h.sum.Letters)
	}
}

func TestAFillBeforeTheReplyIsBooked(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	c := h.next(event.CallSubmit)
	h.filled(id, 1, 10)
	if out := h.last(event.EventFill); out.Fill.Flags&event.FillLast == 0 {
		t.Fatal("the last fill does not say so")
	}
	h.answer(c, lost)
	if h.state(id) != resilience.StateFilled || len(h.got) != 2 {
		t.Fatal(h.told())
	}
}

func TestAFillOfOtherContentIsACriticalMatter(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), done)
	h.filled(id, 1, 3)
	h.filled(id, 1, 4)
	h.alerted("fill_contradiction")
	if h.lane.Health(h.now).Differ == "" || h.lane.Position(0, 0) != 3 {
		t.Fatal("it was booked, or nobody is told")
	}
}

func TestALockedAccountSendsNothingUntilAPersonReleasesIt(t *testing.T) {
	h := byHand(t, 1, nil)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), forbidden)
	h.alerted("account_held")
	if h.state(id) != resilience.StateUnknown { // 401 proves nothing
		t.Fatal(h.state(id))
	}
	h.pass(30 * second)
	if len(h.out) != 0 {
		t.Fatalf("out: %v", h.kinds())
	}
	if r := h.person(execution.Act{Kind: execution.ActUnhold}); r != "" {
		t.Fatal(r)
	}
	h.next(event.CallLookup)
	if r := h.person(execution.Act{Kind: execution.ActUnhold}); !strings.Contains(r, "not held") {
		t.Fatalf("refusal %q", r)
	}
}

func (h *hand) person(a execution.Act) string {
	a.Who, a.Why = "me", "test"
	return h.do(execution.Input{Kind: execution.InputOperator, Act: a})
}

func TestOrderRatesOfAccountVenueAndHost(t *testing.T) {
	for bound := range execution.OrderRates {
		h := byHand(t, 1, func(c *execution.Config) { c.OrderRates[bound] = execution.Rate{Count: 2, Period: 60 * second} })
		h.ask(limitBuy)
		h.ask(limitBuy)
		h.ask(limitBuy)
		if out := h.last(event.EventDenied); event.DenyCode(out.Code) != event.DenyRate || out.Found != 3 || out.Allowed != 2 {
			t.Errorf("bound %d: %+v", bound, out)
		}
		before := len(h.told())
		o := limitBuy
		o.Flags = event.ByHost
		h.ask(o)
		if told := h.told(); len(told) > before && told[len(told)-1] == "denied" {
			t.Errorf("bound %d: an exit was counted: %v", bound, told)
		}
	}
}
