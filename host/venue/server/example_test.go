package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/server"
)

// A venue over made-up prices, and an order that its money does not carry.
func Example() {
	instruments := []event.Instrument{{Name: "COIN", Kind: event.Spot, Quote: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}}
	venue, err := server.New(server.Config{
		Accounts: []server.Account{{Name: "main", Key: func() (string, error) { return "secret", nil }}},
		Currency: "USD", Cash: 1000 * event.One, Instruments: instruments, Prices: server.NewSynthetic(7, instruments), Interval: time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer venue.Close()
	web := httptest.NewServer(venue)
	defer web.Close()

	body := `{"symbol":"COIN","side":"buy","type":"market","quantity":"1000"}`
	q, _ := http.NewRequest("POST", web.URL+"/api/trade", strings.NewReader(body))
	q.Header.Set("Authorization", "Bearer secret")
	q.Header.Set("Idempotency-Key", "a6e70123456789abcdef0123456789ab")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	fmt.Println(r.Status, strings.Contains(string(text), `"code":"insufficient_funds"`))
	// Output: 422 Unprocessable Entity true
}
