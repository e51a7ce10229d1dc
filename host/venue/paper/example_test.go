package paper_test

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/paper"
)

// A bar, an order, and the bar that fills it.
func Example() {
	account, err := paper.New(paper.Config{
		Venue: "paper", Account: "alice", Currency: "USD", Cash: 10_000 * event.One, Commission: event.One / 1000,
		Instruments: []event.Instrument{{Name: "GOOG", Quote: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func(out []event.Outcome) {
		for _, o := range out {
			fmt.Println(o.Kind, o.Fill.Quantity, event.FormatFixed(o.Fill.Price, 2, 2), event.FormatFixed(o.Fill.Fee, event.MoneyDecimals, 2))
		}
	}
	bar := func(at, open, close int64) []event.Bar {
		return []event.Bar{{CloseTime: at, Open: open, High: max(open, close), Low: min(open, close), Close: close}}
	}
	show(account.Market(&event.Market{Time: 1, Bars: bar(1, 100_00, 101_00)}, nil))
	all := event.Order{
		ID: event.OrderID{event.IDTag[0], event.IDTag[1], 1}, Side: event.Buy, Type: event.OrderMarket, TIF: event.GTC,
		SizeKind: event.SizeFraction, Size: event.One,
	}
	show(account.Handle(&event.Request{Kind: event.RequestSubmit, Order: all}, 1, nil))
	show(account.Market(&event.Market{Time: 2, Bars: bar(2, 102_00, 104_00)}, nil))
	fmt.Println("equity", event.FormatFixed(account.Equity(), event.MoneyDecimals, 2))
	// Output:
	// accepted 0 0.00 0.00
	// fill 97 102.00 9.89
	// equity 10184.11
}
