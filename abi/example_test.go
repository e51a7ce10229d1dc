package abi_test

import (
	"fmt"

	"github.com/agenthost/agenthost/abi"
)

// The host writes a tick; a guest reads it and answers with an order; the host reads the order.
func Example() {
	host := abi.NewWriter(4096)
	host.Begin(&abi.Header{Trigger: abi.TriggerMarket, Mode: abi.ModeFull, Sequence: 42})
	host.Section(abi.SectionBars)
	host.Bar(&abi.Bar{Instrument: 0, Flags: abi.BarClosed, Close: 20_271})
	input, err := host.Finish()
	if err != nil {
		panic(err)
	}

	tick, err := abi.ReadTick(input)
	if err != nil {
		panic(err)
	}
	guest := abi.NewOutputWriter(1024)
	guest.Submit(&abi.Submit{
		Instrument: tick.Bar(0).Instrument, Ref: 1, Side: abi.SideBuy, Type: abi.OrderLimit, TimeInForce: abi.TimeDay,
		SizeKind: abi.SizeUnits, Size: 10, Price: tick.Bar(0).Close - 100, Tag: guest.String("dip"),
	})

	intents, err := abi.ParseOutput(guest.Bytes(), abi.OutputLimits{}, nil)
	if err != nil {
		panic(err)
	}
	s := intents[0].Submit
	fmt.Println(intents[0].Kind, s.Side, s.Size, s.Type, s.Price, s.TimeInForce, string(intents[0].Text))

	// A byte that has no meaning refuses the whole output, and the error says which.
	bad := append([]byte(nil), guest.Bytes()...)
	bad[48] = 7
	_, err = abi.ParseOutput(bad, abi.OutputLimits{}, nil)
	fmt.Println(err)
	// Output:
	// submit buy 10 limit 20171 day dip
	// output record 0 at byte 48: side is 7, want 1 (buy) or 2 (sell)
}
