package account

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

var first = event.OrderID{1}

// working returns one order of 10 that went through what came of it.
func working(outcomes ...event.Outcome) *Orders {
	o := NewOrders([]event.Instrument{share})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{
		ID: first, Ref: 7, Side: event.Buy, Type: event.OrderLimit, SizeKind: event.SizeUnits, Size: 10, Price: 100_00,
	}})
	for i := range outcomes {
		outcomes[i].Order = first
		o.Fold(&outcomes[i])
	}
	return &o
}

var (
	accepted = event.Outcome{Kind: event.EventAccepted}
	fillOf4  = event.Outcome{Kind: event.EventFill, Fill: event.Fill{Quantity: 4, Price: 100_00}}
)

func settledAs(s event.OrderState) event.Outcome {
	return event.Outcome{Kind: event.EventSettled, Code: uint16(s)}
}

func cancelOf(o *Orders) *Orders {
	o.Request(&event.Request{Kind: event.RequestCancel, Order: event.Order{ID: first}})
	return o
}

func replaceOf(o *Orders, size int64) *Orders {
	o.Request(&event.Request{Kind: event.RequestReplace, Order: event.Order{ID: first, SizeKind: event.SizeUnits, Size: size, Price: 99_00}})
	return o
}

func after(o *Orders, outcomes ...event.Outcome) *Orders {
	for i := range outcomes {
		outcomes[i].Order = first
		o.Fold(&outcomes[i])
	}
	return o
}

func TestWhereAnOrderStands(t *testing.T) {
	refused := func(k event.EventKind, r event.RequestKind) event.Outcome { return event.Outcome{Kind: k, Request: r} }
	deadLetter := event.Outcome{Kind: event.EventDeadLetter}
	for name, c := range map[string]struct {
		orders *Orders
		want   event.OrderState
	}{
		"a refused cancel leaves an open order open":        {after(cancelOf(working(accepted)), refused(event.EventRejected, event.RequestCancel)), event.StateOpen},
		"a denied cancel leaves a partly filled one so":     {after(cancelOf(working(accepted, fillOf4)), refused(event.EventDenied, event.RequestCancel)), event.StatePartial},
		"a given up cancel leaves an open order open":       {after(cancelOf(working(accepted)), refused(event.EventDeadLetter, event.RequestCancel)), event.StateOpen},
		"a refused replace leaves an open order open":       {after(replaceOf(working(accepted), 20), refused(event.EventRejected, event.RequestReplace)), event.StateOpen},
		"a refused replace forgets no cancel":               {after(cancelOf(replaceOf(working(accepted), 20)), refused(event.EventRejected, event.RequestReplace)), event.StateCancelPending},
		"a refused cancel proves nothing about an Unknown":  {after(cancelOf(working(settledAs(event.StateUnknown))), refused(event.EventRejected, event.RequestCancel)), event.StateUnknown},
		"a refused submit is rejected":                      {working(refused(event.EventRejected, 0)), event.StateRejected},
		"a refused submit by its number is rejected":        {working(refused(event.EventRejected, event.RequestSubmit)), event.StateRejected},
		"a denied submit is denied":                         {working(refused(event.EventDenied, 0)), event.StateDenied},
		"an order given up is Unknown":                      {working(settledAs(event.StateUnknown), deadLetter), event.StateUnknown},
		"an open order given up is Unknown":                 {working(accepted, deadLetter), event.StateUnknown},
		"a letter about a rejected order revives nothing":   {working(refused(event.EventRejected, 0), deadLetter), event.StateRejected},
		"settled as Unknown":                                {working(settledAs(event.StateUnknown)), event.StateUnknown},
		"settled as a state that nobody knows":              {working(settledAs(21)), event.StateUnknown},
		"settled as found":                                  {working(settledAs(event.StateUnknown), settledAs(event.StateOpen)), event.StateOpen},
		"settled as found and partly filled":                {working(fillOf4, settledAs(event.StateUnknown), settledAs(event.StateOpen)), event.StatePartial},
		"settled as found ends a replace":                   {after(replaceOf(working(accepted), 20), settledAs(event.StateUnknown), settledAs(event.StateOpen)), event.StateOpen},
		"settled as never sent":                             {working(settledAs(event.StateUnknown), settledAs(event.StatePending)), event.StatePending},
		"settled as cancelled":                              {working(settledAs(event.StateUnknown), settledAs(event.StateCancelled)), event.StateCancelled},
		"a wish to cancel an Unknown leaves it Unknown":     {cancelOf(working(settledAs(event.StateUnknown))), event.StateUnknown},
		"the wish outlives Unknown":                         {after(cancelOf(working(settledAs(event.StateUnknown))), settledAs(event.StateOpen)), event.StateCancelPending},
		"the wish outlives a late acceptance":               {after(cancelOf(working(settledAs(event.StateUnknown))), accepted), event.StateCancelPending},
		"a partial fill does not drop the wish to cancel":   {after(cancelOf(working(accepted)), fillOf4), event.StateCancelPending},
		"a partial fill does not drop a replace on its way": {after(replaceOf(working(accepted), 20), fillOf4), event.StateReplacePending},
		"a fill finds an Unknown":                           {working(settledAs(event.StateUnknown), fillOf4), event.StatePartial},
		"a replace of an Unknown leaves it Unknown":         {replaceOf(working(settledAs(event.StateUnknown)), 20), event.StateUnknown},
		"all of the old size is not all of the new":         {after(replaceOf(working(accepted), 20), fillOf4, fillOf4, fillOf4), event.StateReplacePending},
		"all of the old size once the new one is refused":   {after(replaceOf(working(accepted), 20), fillOf4, fillOf4, fillOf4, refused(event.EventRejected, event.RequestReplace)), event.StateFilled},
		"revived by a redrive":                              {working(event.Outcome{Kind: event.EventExpired}, settledAs(event.StatePending)), event.StatePending},
		"revived by the venue, which has it":                {working(refused(event.EventRejected, 0), fillOf4, settledAs(event.StateCancelPending)), event.StateCancelPending},
		"a late fill of a cancelled order changes no state": {working(event.Outcome{Kind: event.EventCancelled}, fillOf4), event.StateCancelled},
		"late word of a cancelled order changes no state":   {working(event.Outcome{Kind: event.EventCancelled}, accepted), event.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.orders.ByID(first)
			if (o == nil) != c.want.Final() {
				t.Fatalf("open: %v; want %s", o != nil, c.want)
			}
			if o == nil {
				o = &c.orders.ended.find(first).order
			}
			if o.State != c.want {
				t.Errorf("%s, want %s", o.State, c.want)
			}
		})
	}
}

func TestALateFillIsBookedToItsOrderAndToThePosition(t *testing.T) {
	o := working(accepted, fillOf4, event.Outcome{Kind: event.EventCancelled})
	late := fillOf4
	late.Order = first
	got := o.Fold(&late)
	if got == nil || got.State != event.StateCancelled || got.Filled != 8 || got.FilledValue != 800*event.One {
		t.Errorf("after a late fill: %+v", got)
	}
	a := newAccount(t, share)
	for _, order := range []event.OrderID{first, {}, {9}} { // its order is over, none, not known
		e := fillEvent(event.Buy, 4, 100_00, 0)
		e.Outcome.Order = order
		fold(t, a, e)
	}
	if q := a.Positions()[0].Quantity; q != 12 {
		t.Errorf("position %d after three fills of 4", q)
	}
}

func TestAFillOfNothingEndsTheOrderAndMovesNothing(t *testing.T) {
	last := event.Outcome{Kind: event.EventFill, Fill: event.Fill{Side: event.Buy, Flags: event.FillLast}}
	if o := working(accepted, fillOf4, last); o.Len() != 0 || o.ended.find(first).order.Filled != 4 {
		t.Errorf("%+v", o.All())
	}
	a := newAccount(t, share)
	fold(t, a, fillEvent(event.Buy, 4, 100_00, 0))
	before := a.Positions()[0]
	fold(t, a, fillEvent(event.Buy, 0, 0, 0), fillEvent(event.Sell, 0, 0, 0))
	if a.Positions()[0] != before {
		t.Errorf("%+v became %+v", before, a.Positions()[0])
	}
	fold(t, a, fillEvent(event.Sell, 0, 0, event.One))
	if a.Fees() != event.One || a.Positions()[0].Quantity != 4 {
		t.Errorf("a fee that comes alone: %d, position %d", a.Fees(), a.Positions()[0].Quantity)
	}
}

func TestAnOrderThatNobodyRemembersIsMadeFromWhatIsSaid(t *testing.T) {
	var o Orders
	out := event.Outcome{
		Kind: event.EventSettled, Order: first, Ref: 3, Instrument: 2, Code: uint16(event.StateOpen), Size: 10, Price: 5,
		Fill: event.Fill{Side: event.Sell},
	}
	if got := o.Fold(&out); got == nil || got.State != event.StateOpen || got.Side != event.Sell || got.Size != 10 || got.Instrument != 2 || got.Type != event.OrderLimit {
		t.Errorf("%+v", got)
	}
	var none Orders
	out.Code = uint16(event.StateCancelled)
	if got := none.Fold(&out); got != nil || none.Len() != 0 {
		t.Errorf("an order that is over was made: %+v", got)
	}
}

func TestARevivedOrderGivesUpANumberThatIsTaken(t *testing.T) {
	o := working(event.Outcome{Kind: event.EventExpired})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: event.OrderID{2}, Ref: 7}})
	after(o, settledAs(event.StatePending))
	if o.Len() != 2 || o.ByID(first).Ref != 0 || o.ByRef(7).ID != (event.OrderID{2}) {
		t.Errorf("%+v", o.All())
	}
}

// TestTheAveragePriceIsThatOfAllFills holds it against exact rationals, at every scale.
func TestTheAveragePriceIsThatOfAllFills(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for range 2_000 {
		o := working(accepted)
		o.open[0].Size = 1 << 62
		worth, quantity := new(big.Int), int64(0)
		for range 1 + r.IntN(20) {
			q, p := 1+int64(r.Uint64()>>10)>>r.IntN(52), 1+int64(r.Uint64()>>4)>>r.IntN(58)
			after(o, event.Outcome{Kind: event.EventFill, Fill: event.Fill{Quantity: q, Price: p}})
			quantity += q
			worth.Add(worth, new(big.Int).Mul(big.NewInt(q), big.NewInt(p)))
		}
		twice := new(big.Int).Mul(big.NewInt(2*o.AveragePrice(0)), big.NewInt(quantity))
		off := twice.Sub(twice, worth.Lsh(worth, 1))
		if off.Abs(off).Cmp(big.NewInt(quantity)) > 0 {
			t.Fatalf("average %d is more than half a unit away from the fills", o.AveragePrice(0))
		}
	}
	if p := working(accepted).AveragePrice(0); p != 0 {
		t.Errorf("without a fill the average is %d", p)
	}
	half := working(event.Outcome{Kind: event.EventFill, Fill: event.Fill{Quantity: 1, Price: 2}}, event.Outcome{Kind: event.EventFill, Fill: event.Fill{Quantity: 1, Price: 3}})
	if p := half.AveragePrice(0); p != 2 {
		t.Errorf("2.5 rounded half to even is %d", p)
	}
}

func TestAReplaceOnItsWayIsTold(t *testing.T) {
	o := replaceOf(working(accepted), 20)
	if r, found := o.Replacing(first); !found || r != (Replacement{Size: 20, Price: 99_00}) {
		t.Errorf("%+v, %v", r, found)
	}
	after(o, event.Outcome{Kind: event.EventReplaced, Size: 20, Price: 99_00})
	if r, found := o.Replacing(first); found {
		t.Errorf("after it was done: %+v", r)
	}
}

// TestOrdersReadBackInEveryState folds everything that can happen in random order; after each step the
// state is read back, gives the same bytes, and goes on from there.
func TestOrdersReadBackInEveryState(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	seen := map[event.OrderState]int{}
	o, twin := NewOrders([]event.Instrument{share}), NewOrders([]event.Instrument{share})
	kinds := []event.EventKind{
		event.EventAccepted, event.EventRejected, event.EventDenied, event.EventFill, event.EventCancelled, event.EventExpired,
		event.EventReplaced, event.EventSettled, event.EventDeadLetter, event.EventFee,
	}
	for step := range 6_000 {
		id := event.OrderID{byte(r.IntN(200)), 1}
		if r.IntN(2) == 0 && o.Len() > 0 {
			id = o.All()[r.IntN(o.Len())].ID
		}
		if r.IntN(3) == 0 {
			q := &event.Request{Kind: event.RequestKind(1 + r.IntN(3)), Order: event.Order{
				ID: id, Ref: uint64(r.IntN(30)), Side: event.Side(1 + r.IntN(2)), SizeKind: event.SizeUnits, Size: int64(1 + r.IntN(50)), Price: int64(r.IntN(9_000)),
				Parent: event.OrderID{byte(r.IntN(200)), 1}, Tag: "t",
			}}
			if q.Kind == event.RequestSubmit && o.ByID(id) != nil {
				continue
			}
			o.Request(q)
			twin.Request(q)
		} else {
			states := []event.OrderState{1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 20, 21}
			out := &event.Outcome{
				Kind: kinds[r.IntN(len(kinds))], Request: event.RequestKind(r.IntN(4)), Order: id, Code: uint16(states[r.IntN(len(states))]),
				Size: int64(r.IntN(60)), Price: int64(r.IntN(9_000)), Fill: event.Fill{Quantity: int64(1 + r.IntN(9)), Price: int64(1 + r.IntN(9_000)), Side: event.Side(r.IntN(3))},
			}
			if got := o.Fold(out); got != nil {
				seen[got.State]++
			}
			twin.Fold(out)
		}
		b := o.AppendState(nil)
		back := NewOrders([]event.Instrument{share})
		rest, err := back.ReadState(append(slices.Clip(b), 7))
		if err != nil || len(rest) != 1 {
			t.Fatalf("step %d: %d bytes left, %v", step, len(rest), err)
		}
		if !bytes.Equal(back.AppendState(nil), b) || !bytes.Equal(twin.AppendState(nil), b) {
			t.Fatalf("step %d: the state differs after reading it back", step)
		}
		o = back // the twin is never read back
		if step%1_000 == 0 {
			for n := range b {
				if _, err := back.ReadState(b[:n]); err == nil {
					t.Fatalf("%d of %d bytes read without an error", n, len(b))
				}
			}
		}
	}
	for s := event.StatePending; s <= event.StateDenied; s++ {
		if (s <= event.StateContingent || s >= event.StateFilled) && seen[s] == 0 {
			t.Errorf("no order was ever %s", s)
		}
	}
}

func ExampleOrders() {
	o := NewOrders([]event.Instrument{share})
	id := event.OrderID{1}
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: id, SizeKind: event.SizeUnits, Size: 10}})
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: id, Fill: event.Fill{Quantity: 3, Price: 100_00}})
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: id, Fill: event.Fill{Quantity: 1, Price: 104_00}})
	fmt.Println(o.All()[0].State, o.AveragePrice(0), event.FormatDecimal(o.All()[0].FilledValue, event.MoneyDecimals))
	// Output: partial 10100 404
}
