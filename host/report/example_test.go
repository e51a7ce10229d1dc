package report_test

import (
	"os"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/report"
)

// An agent buys ten shares at 100.00 and sells them at 110.00 two days later.
func Example() {
	share := event.Instrument{Name: "ACME", Base: "ACME", Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}
	r := report.NewRecorder(report.RecorderConfig{
		Agent: "buyer", Instruments: []event.Instrument{share}, Capital: 1000 * event.One, FuelLimit: 2_000_000,
	})
	day := int64(24 * time.Hour)
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for i, price := range []int64{100_00, 104_00, 110_00} {
		at := monday + int64(i)*day
		if i == 0 {
			r.Fill(&event.Fill{TradeID: 1, Side: event.Buy, Quantity: 10, Price: price, Time: at}, 0, at)
		}
		if i == 2 {
			r.Fill(&event.Fill{TradeID: 2, Side: event.Sell, Quantity: 10, Price: price, Time: at}, 0, at)
		}
		r.Bar(&event.Bar{OpenTime: at - day, CloseTime: at, Open: price, High: price, Low: price, Close: price})
		r.Tick(at, 10*price*event.One/100, 420, true)
	}
	summary := report.Summary{Agents: []report.AgentSummary{r.Summary(report.End{Mode: "full", Elapsed: time.Second})}}
	if err := report.WriteText(os.Stdout, summary, report.Terminal{Width: 72, ASCII: true}); err != nil {
		panic(err)
	}
	// Output:
	// run
	// 2024-01-01 to 2024-01-03, 3 market events in 1.0 s
	//
	//        1,100.00                                                      *
	//                                                                      *
	//                                                                      *
	//                                            ***************************
	//                                            *
	//        1,000.00 ****************************
	//                 2024-01-01                                  2024-01-03
	//
	//   agent  final USD   return  drawdown  Sharpe  trades  win rate  fees
	//   buyer   1,100.00  +10.00%     0.00%    5.23       1   100.00%  0.00
	//
	//   agent  ticks  ticks/s  orders  fills  fuel p50  p99  max  of limit
	//   buyer      3        3       0      2       420  420  420    < 0.1%
}
