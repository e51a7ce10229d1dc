package execution_test

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// An order goes out, its reply is lost, a lookup finds it, and a fill completes it.
func Example() {
	c := execution.DefaultConfig()
	c.Venue, c.Account = "exchange", "main"
	c.Facilities = event.FacilityCancel | event.FacilityLookup | event.FacilityLookupPast | event.FacilityStream
	c.PollEvery = 0
	c.Agents = []execution.AgentConfig{{Name: "momentum"}}
	c.Instruments = []event.Instrument{{Name: "BTC-USD", Tick: 1, Lot: 1, Multiplier: event.One}}
	c.Owners = [][]uint32{{0}}
	lane, err := execution.New(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := int64(1_700_000_000e9)
	step := func(in execution.Input) {
		in.Time = now
		e := lane.Step(&in) // here the host makes the entry durable, then lets its effects out
		for _, c := range e.Calls {
			fmt.Println("call", c.ID, c.Kind, c.Order.ID)
		}
		for _, o := range e.Outcomes {
			fmt.Println("told", o.Number, o.Outcome.Kind)
		}
	}
	order := event.Order{ID: event.OrderID{event.IDTag[0], event.IDTag[1], 15: 1}, Side: event.Buy, Type: event.OrderLimit, SizeKind: event.SizeUnits, Size: 5, Price: 42_000}
	step(execution.Input{Kind: execution.InputStart})
	step(execution.Input{Kind: execution.InputRequest, Sequence: 1, Request: event.Request{Kind: event.RequestSubmit, Order: order}})
	now = lane.Next() // the call's deadline and grace: nothing came
	step(execution.Input{Kind: execution.InputTime})
	step(execution.Input{Kind: execution.InputReply, Reply: event.Reply{Call: 2, Orders: []event.OrderReport{{ID: order.ID, State: event.ReportFilled, Filled: 5}}}})
	step(execution.Input{Kind: execution.InputReply, Reply: event.Reply{Fills: []event.FillReport{{Order: order.ID, Fill: event.Fill{TradeID: 77, Quantity: 5, Price: 41_990, Side: event.Buy}}}}})
	fmt.Println("holds", lane.Position(0, 0))
	// Output:
	// call 1 submit a6e70000000000000000000000000001
	// call 2 lookup a6e70000000000000000000000000001
	// told 1 settled
	// told 2 settled
	// told 3 fill
	// holds 5
}
