package risk

import (
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// TestSizesWhereTheVenueDoesNot: a fraction or money becomes the greatest whole lots that it pays for, fee
// included; one lot more would not be paid for.
func TestSizesWhereTheVenueDoesNot(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		in := event.Instrument{
			Name: "X", Kind: event.Spot, Quote: "USD", Settle: "USD", Multiplier: event.One,
			PriceDecimals: uint8(r.IntN(9)), QuantityDecimals: uint8(r.IntN(9)), Tick: 1, FeeTaker: r.Int64N(event.One / 50),
		}
		in.Lot = 1 + r.Int64N(event.Pow10(int(in.QuantityDecimals)))
		price := 1 + r.Int64N(100_000*event.Pow10(min(6, int(in.PriceDecimals))))
		money := 1 + r.Int64N(1_000_000*event.One)
		got, ok := lotsFor(&in, money, price)
		if !ok {
			continue
		}
		pays := func(quantity int64) bool {
			cost, ok := worth(&in, price, quantity)
			fee, feeOK := event.MulDiv(cost, in.FeeTaker, event.One, event.Down)
			// What rounds up in the reckoning may be a few units of 10^-8 too much.
			return ok && feeOK && cost+fee <= money+2
		}
		if got%in.Lot != 0 || got < 0 || got > 0 && !pays(got) {
			t.Fatalf("%d units of lot %d at %d for %d do not fit (%+v)", got, in.Lot, price, money, in)
		}
		if more := got + in.Lot; more > got && pays(more+more/1_000_000+in.Lot) {
			t.Fatalf("%d units of lot %d at %d for %d: more would fit (%+v)", got, in.Lot, price, money, in)
		}
	}
}
