package http_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	venuehttp "github.com/agenthost/agenthost/host/venue/http"
	"github.com/agenthost/agenthost/host/venue/server"
	"github.com/agenthost/agenthost/resilience"
)

// remote is what the host asks of a venue behind a network.
type remote interface {
	Capabilities() event.Capabilities
	Facilities() event.Facilities
	Do(ctx context.Context, c *event.Call) event.Reply
	Stream(ctx context.Context, deliver func(event.Reply)) error
}

var _ remote = (*venuehttp.Venue)(nil)

var coin = event.Instrument{
	Name: "COIN", Kind: event.Spot, Base: "COIN", Quote: "USD", Settle: "USD", PriceDecimals: 2, QuantityDecimals: 4, Tick: 1, Lot: 1, QuantityMin: 1, Multiplier: event.One,
}

// world is `agenthost venue` in this process, and the adapter before it.
func world(t *testing.T, change func(*server.Config)) *venuehttp.Venue {
	t.Helper()
	c := server.Config{
		Accounts: []server.Account{{Name: "a", Key: func() (string, error) { return "contract-key", nil }}},
		Currency: "USD", Cash: 10_000 * event.One, Margin: event.One, Commission: event.One / 1000,
		Instruments: []event.Instrument{coin}, Prices: server.NewSynthetic(7, []event.Instrument{coin}),
		Interval: time.Hour, Manual: true, Fill: server.FillImmediate, Dedupe: server.DedupeForever, Faults: server.DefaultFaults(),
	}
	if change != nil {
		change(&c)
	}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); h.Close() })
	t.Setenv("CONTRACT_KEY", "contract-key")
	a := venuehttp.DefaultConfig()
	a.Name, a.BaseURL, a.KeyEnv = "paper", h.URL, "CONTRACT_KEY"
	a.Dedupe = resilience.DedupeForever
	a.Instruments = []venuehttp.Instrument{{Instrument: coin}}
	v, err := venuehttp.New(a, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func order(n byte, kind event.OrderType, size, price int64) *event.Call {
	return &event.Call{ID: uint64(n), Kind: event.CallSubmit, Attempt: 1, Order: event.Order{
		ID: event.OrderID{event.IDTag[0], event.IDTag[1], 15: n}, Side: event.Buy, Type: kind, TIF: event.GTC, SizeKind: event.SizeUnits, Size: size, Price: price,
	}}
}

func about(k event.CallKind, n byte) *event.Call {
	c := order(n, 0, 0, 0)
	return &event.Call{ID: 100, Kind: k, Order: event.Order{ID: c.Order.ID}}
}

// TestContract: the default configuration is the API of `agenthost venue`, call by call.
func TestContract(t *testing.T) {
	v := world(t, nil)
	ctx := context.Background()
	do := func(c *event.Call) event.Reply {
		t.Helper()
		r := v.Do(ctx, c)
		if r.Happening.Cause != resilience.CauseNone {
			t.Fatalf("%s: %+v %s", c.Kind, r.Happening, r.Detail)
		}
		return r
	}
	bought := do(order(1, event.OrderMarket, 20_000, 0))
	if o := bought.Orders[0]; o.State != event.ReportFilled || o.Filled != 20_000 || o.Symbol != "COIN" || o.VenueOrder == "" || len(bought.Fills) != 1 {
		t.Fatalf("%+v", bought)
	}
	if bought.VenueTime == 0 || v.Epoch() == "" {
		t.Errorf("venue time %d, epoch %q", bought.VenueTime, v.Epoch())
	}
	again := do(order(1, event.OrderMarket, 20_000, 0))
	if again.Orders[0].VenueOrder != bought.Orders[0].VenueOrder {
		t.Errorf("the same id made another order: %+v", again.Orders)
	}
	resting := do(order(2, event.OrderLimit, 10_000, 100))
	if resting.Orders[0].State != event.ReportOpen || resting.Orders[0].Price != 100 {
		t.Errorf("%+v", resting.Orders)
	}
	replace := about(event.CallReplace, 2)
	replace.Order.SizeKind, replace.Order.Size, replace.Order.Price = event.SizeUnits, 5_000, 90
	if r := do(replace); r.Orders[0].Quantity != 5_000 || r.Orders[0].Price != 90 {
		t.Errorf("%+v", r.Orders)
	}
	if r := do(about(event.CallOpenOrders, 0)); !r.Complete || len(r.Orders) != 1 || r.Orders[0].ID != order(2, 0, 0, 0).Order.ID {
		t.Errorf("%+v", r)
	}
	if r := do(about(event.CallCancel, 2)); r.Orders[0].State != event.ReportCancelled {
		t.Errorf("%+v", r)
	}
	if r := do(about(event.CallLookup, 2)); r.Orders[0].State != event.ReportCancelled || r.NotFound {
		t.Errorf("%+v", r)
	}
	if r := do(about(event.CallLookup, 9)); !r.NotFound || !r.SearchedPast || len(r.Orders) != 0 {
		t.Errorf("%+v", r)
	}
	fills := do(about(event.CallFills, 0))
	if len(fills.Fills) != 1 || !fills.Complete || fills.Cursor == "" || fills.Fills[0].Fill != bought.Fills[0].Fill || fills.Fills[0].Order != bought.Orders[0].ID {
		t.Errorf("%+v, and the submit told %+v", fills, bought.Fills)
	}
	next := about(event.CallFills, 0)
	next.Cursor = fills.Cursor
	if r := do(next); len(r.Fills) != 0 || r.Cursor != fills.Cursor {
		t.Errorf("%+v", r)
	}
	if r := do(about(event.CallPositions, 0)); len(r.Positions) != 1 || r.Positions[0] != (event.PositionReport{Symbol: "COIN", Quantity: 20_000}) || !r.Complete {
		t.Errorf("%+v", r)
	}
	if r := do(about(event.CallBalances, 0)); len(r.Balances) != 1 || r.Balances[0].Currency != "USD" || r.Balances[0].Total >= 10_000*event.One || r.Balances[0].Total <= 0 {
		t.Errorf("%+v", r)
	}
	if at, err := v.Time(ctx); err != nil || at == 0 {
		t.Errorf("%d %v", at, err)
	}
}

// TestContractOfFailures: what the server refuses, fails or drops is read for what it is.
func TestContractOfFailures(t *testing.T) {
	config := venuehttp.DefaultConfig()
	codes, err := config.VenueCodes()
	if err != nil {
		t.Fatal(err)
	}
	huge := order(3, event.OrderMarket, 1_000_000_000_000, 0)
	wrong := order(1, event.OrderMarket, 10, 0)
	for _, c := range []struct {
		name   string
		change func(*server.Config)
		call   *event.Call
		proof  resilience.Proof
		code   string
	}{
		{"no money for it", nil, huge, resilience.ProofRejected, "insufficient_funds"},
		{"a cancel of nothing", nil, about(event.CallCancel, 9), resilience.ProofUnknown, "order_not_found"},
		{"429 is declared not processed", func(c *server.Config) { c.Faults.FailRate, c.Faults.FailCodes = event.One, []int{429} }, wrong, resilience.ProofNotSent, "rate_limited"},
		{"500 before executing proves nothing", func(c *server.Config) { c.Faults.FailRate, c.Faults.FailCodes = event.One, []int{500} }, wrong, resilience.ProofUnknown, ""},
		{"503 after executing proves nothing", func(c *server.Config) {
			c.Faults.FailRate, c.Faults.FailCodes, c.Faults.FailWhere = event.One, []int{503}, server.FailAfter
		}, wrong, resilience.ProofUnknown, ""},
		{"dropped before executing proves nothing", func(c *server.Config) { c.Faults.DropBeforeRate = event.One }, wrong, resilience.ProofUnknown, ""},
		{"dropped after executing proves nothing", func(c *server.Config) { c.Faults.DropAfterRate = event.One }, wrong, resilience.ProofUnknown, ""},
		{"another key is held", func(c *server.Config) { c.Accounts[0].Key = func() (string, error) { return "other", nil } }, wrong, resilience.ProofUnknown, "unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := world(t, c.change).Do(context.Background(), c.call)
			if f := resilience.Classify(r.Happening, codes); f.Proof != c.proof || c.code != "" && r.Happening.Code != c.code {
				t.Errorf("%+v proves %s (%s)", r.Happening, f.Proof, r.Detail)
			}
			if c.code == "insufficient_funds" && (len(r.Orders) != 1 || r.Orders[0].Code != uint16(event.RejectFunds)) {
				t.Errorf("%+v", r.Orders)
			}
			if c.code == "rate_limited" && r.RetryAfter != int64(2*time.Second) {
				t.Errorf("retry after %d", r.RetryAfter)
			}
		})
	}
}

// TestContractOfTheStream: fills and orders are told as they happen, also when the stream doubles and reorders.
func TestContractOfTheStream(t *testing.T) {
	v := world(t, func(c *server.Config) { c.Faults.DuplicateRate, c.Faults.ReorderRate = event.One/2, event.One/2 })
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	told := make(chan event.Reply, 64)
	ended := make(chan error, 1)
	go func() { ended <- v.Stream(ctx, func(r event.Reply) { told <- r }) }()
	for n := byte(1); ; n++ { // until the stream is there, orders are not told
		if r := v.Do(ctx, order(n, event.OrderMarket, 100, 0)); r.Happening.Cause != resilience.CauseNone {
			t.Fatal(r.Detail)
		}
		select {
		case r := <-told:
			if r.Call != 0 || r.Complete || r.Happening.Cause != resilience.CauseNone || r.Kind != event.CallFills && r.Kind != event.CallOpenOrders || r.VenueTime == 0 {
				t.Fatalf("%+v", r)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
			return
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
		if n == 200 {
			t.Fatal("nothing was told")
		}
	}
}

// TestConfigurations: every fault of a configuration is named, with what to do.
func TestConfigurations(t *testing.T) {
	good := venuehttp.DefaultConfig()
	good.BaseURL, good.Instruments = "https://venue.example", []venuehttp.Instrument{{Instrument: coin}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*venuehttp.Config){
		"base_url: it must be":              func(c *venuehttp.Config) { c.BaseURL = "venue.example" },
		"user or password":                  func(c *venuehttp.Config) { c.BaseURL = "https://me:secret@venue.example" },
		"query or fragment":                 func(c *venuehttp.Config) { c.BaseURL = "https://venue.example?key=secret" },
		"use https://, or set allow_plain":  func(c *venuehttp.Config) { c.BaseURL = "http://venue.example" },
		"proxy: it must be":                 func(c *venuehttp.Config) { c.Proxy = "http://me:secret@proxy.example:1" },
		"the key has one place":             func(c *venuehttp.Config) { c.KeyEnv, c.KeyFile = "A", "b" },
		"no header to send it in":           func(c *venuehttp.Config) { c.KeyEnv, c.AuthHeader = "A", "" },
		"is the adapter's own":              func(c *venuehttp.Config) { c.Headers = map[string]string{"authorization": "x"} },
		"no name of a header":               func(c *venuehttp.Config) { c.IdempotencyHeader = "a b" },
		"timeout is 0s":                     func(c *venuehttp.Config) { c.Timeout = 0 },
		"body_max is 3":                     func(c *venuehttp.Config) { c.BodyMax = 3 },
		`time_unit "minutes"`:               func(c *venuehttp.Config) { c.TimeUnit = "minutes" },
		"a window belongs to dedupe window": func(c *venuehttp.Config) { c.Dedupe = resilience.DedupeWindow },
		"submit: it has no path":            func(c *venuehttp.Config) { c.Endpoints.Submit.Path = "" },
		`submit: method "GET" has no body`:  func(c *venuehttp.Config) { c.Endpoints.Submit.Method = "GET" },
		`fills: method ""`:                  func(c *venuehttp.Config) { c.Endpoints.Fills.Method = "" },
		`path "orders" must begin with /`:   func(c *venuehttp.Config) { c.Endpoints.OpenOrders.Path = "orders" },
		"{order} is no placeholder":         func(c *venuehttp.Config) { c.Endpoints.Cancel.Path = "/x/{order}" },
		"says which order":                  func(c *venuehttp.Config) { c.Endpoints.Lookup.Path = "/order" },
		"add {cursor} to its query":         func(c *venuehttp.Config) { c.Endpoints.Fills.Query = nil },
		"need a name each":                  func(c *venuehttp.Config) { c.Request.Side = "" },
		"not told the client order id":      func(c *venuehttp.Config) { c.Request.ClientOrderID, c.IdempotencyHeader = "", "" },
		"a lookup needs":                    func(c *venuehttp.Config) { c.Answer.Status = "" },
		"fills need":                        func(c *venuehttp.Config) { c.Answer.TradeID = "" },
		"the venue has a word for each":     func(c *venuehttp.Config) { c.Words.Sell = "BUY" },
		"there twice but for its case":      func(c *venuehttp.Config) { c.Words.Status = map[string]event.ReportState{"open": 1, "OPEN": 2} },
		`status "limbo" means nothing`:      func(c *venuehttp.Config) { c.Words.Status = map[string]event.ReportState{"limbo": 0} },
		`venue code "malformed"`:            func(c *venuehttp.Config) { c.Errors.Codes = append(c.Errors.Codes, c.Errors.Codes[0]) },
		"only 400 to 599":                   func(c *venuehttp.Config) { c.Errors.NotProcessed = []venuehttp.NotProcessed{{Status: 200}} },
		"what a mistyped path gives":        func(c *venuehttp.Config) { c.NotFound.Codes = nil },
		`both have the symbol "COIN"`:       func(c *venuehttp.Config) { c.Instruments = append(c.Instruments, c.Instruments[0]) },
		"tick and lot must be above zero": func(c *venuehttp.Config) {
			c.Instruments = []venuehttp.Instrument{{Instrument: event.Instrument{Name: "X"}}}
		},
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestWhatTheConfigurationSaysOfTheVenue: an operation without a path is a facility that is not there.
func TestWhatTheConfigurationSaysOfTheVenue(t *testing.T) {
	c := venuehttp.DefaultConfig()
	all := event.FacilityStream<<1 - 1
	if c.Facilities() != all {
		t.Errorf("facilities %b, want %b", c.Facilities(), all)
	}
	c.Endpoints.Lookup, c.Endpoints.Stream = venuehttp.Endpoint{}, venuehttp.Endpoint{}
	if got := c.Facilities(); got != all&^(event.FacilityLookup|event.FacilityLookupPast|event.FacilityStream) {
		t.Errorf("facilities %b", got)
	}
	if got := c.Capabilities(); got&event.LooksUp != 0 || got&event.EnforcesExpiry == 0 || got&(event.DedupeOpen|event.DedupeWindow|event.DedupeForever) != 0 {
		t.Errorf("capabilities %s", got)
	}
	c.Request.TimeInForce, c.Dedupe = "", resilience.DedupeOpen
	if got := c.Capabilities(); got&(event.EnforcesExpiry|event.EnforcesImmediate) != 0 || got&event.DedupeOpen == 0 {
		t.Errorf("capabilities %s", got)
	}
}

// A venue that is `agenthost venue` needs its address, its key's place, and the lane's instruments.
func Example() {
	s, err := server.New(server.Config{
		Accounts: []server.Account{{Name: "a", Key: func() (string, error) { return "example-key", nil }}},
		Currency: "USD", Cash: 10_000 * event.One, Margin: event.One, Instruments: []event.Instrument{coin},
		Prices: server.NewSynthetic(7, []event.Instrument{coin}), Interval: time.Hour, Manual: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	listening := httptest.NewServer(s)
	defer listening.Close()
	defer s.Close()

	c := venuehttp.DefaultConfig()
	c.Name, c.BaseURL = "example", listening.URL
	c.Instruments = []venuehttp.Instrument{{Instrument: coin}}
	v, err := venuehttp.New(c, nil, nil) // no key_env or key_file: no key is sent
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	r := v.Do(context.Background(), order(1, event.OrderLimit, 10_000, 100))
	codes, _ := c.VenueCodes()
	means := resilience.Classify(r.Happening, codes)
	fmt.Println(r.Happening.Cause, r.Happening.Number, r.Happening.Code)
	fmt.Println(means.Proof, "hold:", means.Hold)
	// Output:
	// HTTP 401 unauthorized
	// unknown hold: true
}
