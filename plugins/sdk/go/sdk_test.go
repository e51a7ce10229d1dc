package agenthost_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/abi"
	agenthost "github.com/agenthost/agenthost/plugins/sdk/go"
)

// A strategy is a description and functions; natively, a test calls them as the host would.
func Example() {
	agenthost.Register(agenthost.Strategy{
		Description: abi.Description{Name: "dip", Version: "0.1"},
		Tick: func(tick *abi.Tick, out *abi.OutputWriter) {
			for i := range tick.Bars() {
				if bar := tick.Bar(i); bar.Close < bar.Open {
					out.Submit(&abi.Submit{
						Instrument: bar.Instrument, Side: abi.SideBuy, Type: abi.OrderMarket, TimeInForce: abi.TimeGTC,
						SizeKind: abi.SizeUnits, Size: 1,
					})
				}
			}
		},
	})

	w := abi.NewWriter(1024)
	w.Begin(&abi.Header{Trigger: abi.TriggerMarket})
	w.Section(abi.SectionBars)
	w.Bar(&abi.Bar{Instrument: 3, Flags: abi.BarClosed, Open: 100, Close: 99})
	raw, err := w.Finish()
	if err != nil {
		panic(err)
	}
	tick, err := abi.ReadTick(raw)
	if err != nil {
		panic(err)
	}
	out := abi.NewOutputWriter(1024)
	agenthost.Registered().Tick(&tick, out)
	intents, err := abi.ParseOutput(out.Bytes(), abi.OutputLimits{}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(intents[0].Submit.Side, intents[0].Submit.Size, "of instrument", intents[0].Submit.Instrument)
	// Output: buy 1 of instrument 3
}

func TestPriceTimesIsTheNearestMultipleOfTheTick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		price, factor, tick := r.Int64N(1<<r.Int64N(62)+1), r.Int64N(11*abi.FractionOne), 1+r.Int64N(1000)
		got := agenthost.PriceTimes(price, factor, tick)
		// floor((2·price·factor/1e8 + tick) / 2·tick) · tick, without rounding on the way.
		exact := new(big.Int).Mul(big.NewInt(price), big.NewInt(2*factor))
		exact.Add(exact, new(big.Int).Mul(big.NewInt(tick), big.NewInt(abi.FractionOne)))
		exact.Div(exact, new(big.Int).Mul(big.NewInt(2*tick), big.NewInt(abi.FractionOne)))
		exact.Mul(exact, big.NewInt(tick))
		if exact.Cmp(big.NewInt(1<<60)) < 0 && exact.Int64() != got {
			t.Fatalf("PriceTimes(%d, %d, %d) = %d, want %s", price, factor, tick, got, exact)
		}
		if got < 0 {
			t.Fatalf("PriceTimes(%d, %d, %d) = %d overflows", price, factor, tick, got)
		}
	}
}
