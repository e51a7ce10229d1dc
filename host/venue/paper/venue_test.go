package paper

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// share2 is an instrument in cents.
var share2 = event.Instrument{Name: "share", Kind: event.Equity, Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}

func account(t testing.TB, c Config) *Venue {
	c.Venue, c.Account, c.Currency = "paper", "test", "USD"
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
