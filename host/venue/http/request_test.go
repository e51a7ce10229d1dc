package http

import (
	"io"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// said is what goes out for a call: line, idempotency key, body.
func said(t *testing.T, v *Venue, c *event.Call) string {
	t.Helper()
	r, err := v.request(background(), c)
	if err != nil {
		return "error: " + err.Error()
	}
	s := r.Method + " " + r.URL.RequestURI()
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		s += " key=" + k[len(k)-2:]
	}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil || int64(len(b)) != r.ContentLength {
			t.Fatalf("%v, %d bytes of %d", err, len(b), r.ContentLength)
		}
		s += " " + string(b)
	}
	return strings.ReplaceAll(s, testID(1).String(), "ID")
}

func TestRequests(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1/base/"))
	order := func(change func(*event.Order)) *event.Call {
		c := submit(1)
		change(&c.Order)
		return c
	}
	replace := of(event.CallReplace, 1)
	replace.Order.SizeKind, replace.Order.Size, replace.Order.Price = event.SizeUnits, 7, 9950
	fills := of(event.CallFills, 0)
	fills.Cursor = "a&b"
	for _, c := range []struct {
		name, want string
		call       *event.Call
	}{
		{"a limit order", `POST /base/api/trade key=01 {"client_order_id":"ID","price":"101.5","quantity":"10","side":"buy","symbol":"GOOG","time_in_force":"gtc","type":"limit"}`, submit(1)},
		{"a market sell", `POST /base/api/trade key=01 {"client_order_id":"ID","quantity":"0.00000001","reduce_only":true,"side":"sell","symbol":"BTC-USD","time_in_force":"ioc","type":"market"}`, order(func(o *event.Order) {
			o.Instrument, o.Side, o.Type, o.TIF, o.Size, o.Flags = 1, event.Sell, event.OrderMarket, event.IOC, 1, event.ReduceOnly|event.Closing
		})},
		{"a stop limit that expires", `POST /base/api/trade key=01 {"client_order_id":"ID","expire_time":1790000000000000000,"post_only":true,"price":"101.5","quantity":"10","side":"buy","stop_price":"99.01","symbol":"GOOG","time_in_force":"gtd","type":"stop_limit"}`, order(func(o *event.Order) {
			o.Type, o.StopPrice, o.TIF, o.ExpireTime, o.Flags = event.OrderStopLimit, 9901, event.GTD, 1790000000000000000, event.PostOnly
		})},
		{"a cancel", `DELETE /base/api/orders/ID`, of(event.CallCancel, 1)},
		{"a replace", `PATCH /base/api/orders/ID {"price":"99.5","quantity":"7"}`, replace},
		{"a lookup", `GET /base/api/orders/ID`, of(event.CallLookup, 1)},
		{"open orders", `GET /base/api/orders?status=open`, of(event.CallOpenOrders, 0)},
		{"fills from the beginning", `GET /base/api/fills`, of(event.CallFills, 0)},
		{"fills from a cursor", `GET /base/api/fills?after=a%26b`, fills},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(t, v, c.call); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestMisbuilt: what cannot be said whole is not said, and the order is known not to have gone out.
func TestMisbuilt(t *testing.T) {
	for _, c := range []struct {
		name   string
		config func(*Config)
		order  func(*event.Call)
	}{
		{"a size in money", nil, func(c *event.Call) { c.Order.SizeKind = event.SizeNotional }},
		{"a size as a fraction", nil, func(c *event.Call) { c.Order.SizeKind = event.SizeFraction }},
		{"no size", nil, func(c *event.Call) { c.Order.Size = 0 }},
		{"no id", nil, func(c *event.Call) { c.Order.ID = event.OrderID{} }},
		{"no side", nil, func(c *event.Call) { c.Order.Side = 0 }},
		{"an instrument that the venue does not have", nil, func(c *event.Call) { c.Order.Instrument = 9 }},
		{"no instrument", nil, func(c *event.Call) { c.Order.Instrument = event.NoInstrument }},
		{"a type without a word", func(c *Config) { c.Words.Limit = "" }, nil},
		{"a price without a field", func(c *Config) { c.Request.Price = "" }, nil},
		{"a stop without a field", func(c *Config) { c.Request.StopPrice = "" }, func(c *event.Call) { c.Order.Type, c.Order.StopPrice = event.OrderStop, 1 }},
		{"post-only without a field", func(c *Config) { c.Request.PostOnly = "" }, func(c *event.Call) { c.Order.Flags = event.PostOnly }},
		{"fill-or-kill without a field", func(c *Config) { c.Request.TimeInForce = "" }, func(c *event.Call) { c.Order.TIF = event.FOK }},
		{"an expiry without a field", func(c *Config) { c.Request.ExpireTime = "" }, func(c *event.Call) { c.Order.TIF, c.Order.ExpireTime = event.GTD, 1 }},
		{"an expiry without a time", nil, func(c *event.Call) { c.Order.TIF = event.GTD }},
		{"an operation that the venue does not have", func(c *Config) { c.Endpoints.Replace = Endpoint{} }, func(c *event.Call) { c.Kind = event.CallReplace }},
		{"a call that is none", nil, func(c *event.Call) { c.Kind = 99 }},
		{"a path that would be climbed out of", func(c *Config) { c.Endpoints.Cancel.Path = "/x/{venue_order_id}/y" }, func(c *event.Call) { c.Kind, c.VenueOrder = event.CallCancel, ".." }},
		{"a path without its value", func(c *Config) { c.Endpoints.Cancel.Path = "/x/{venue_order_id}" }, func(c *event.Call) { c.Kind = event.CallCancel }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := testConfig(t, "http://127.0.0.1:1")
			if c.config != nil {
				c.config(&config)
			}
			call := submit(1)
			if c.order != nil {
				c.order(call)
			}
			v := newTest(t, config)
			r := v.Do(background(), call)
			f := proof(t, v, r)
			if r.Happening.Code != CodeMisbuilt || r.Happening.Phase != resilience.PhaseBefore || f.Class != resilience.ClassLogic || f.Retry != resilience.RetryNever || f.Effect != resilience.EffectExcluded || r.Detail == "" {
				t.Errorf("%+v %+v %q", r.Happening, f, r.Detail)
			}
			if call.Kind == event.CallSubmit && f.Proof != resilience.ProofRejected {
				t.Errorf("proves %s", f.Proof)
			}
		})
	}
}

// TestOtherVenues: names, numbers, times and the places of things are configuration.
func TestOtherVenues(t *testing.T) {
	c := testConfig(t, "http://127.0.0.1:1")
	c.Request = RequestFields{Symbol: "order.market", Side: "order.side", Type: "order.kind", Quantity: "order.qty", Price: "order.px", TimeInForce: "order.tif", ExpireTime: "order.until", ValidUntil: "deadline", ClientOrderID: "order.cid", VenueOrderID: "oid"}
	c.Words.Buy, c.Words.Limit, c.Words.GTD = "B", "LMT", "GoodTill"
	c.Numbers, c.TimeUnit, c.TimeHeader = true, "ms", ""
	c.Endpoints.Submit.Body = map[string]string{"account": "main", "order.note": "from {side}"}
	c.Endpoints.Cancel = Endpoint{Method: "POST", Path: "/cancel"}
	v := newTest(t, c)
	call := submit(1)
	call.Order.TIF, call.Order.ExpireTime, call.Order.ValidUntil = event.GTD, 1790000000123999999, 1790000000000000000
	want := `POST /api/trade key=01 {"account":"main","deadline":1790000000000,"order":{"cid":"ID","kind":"LMT","market":"GOOG","note":"from B","px":101.5,"qty":10,"side":"B","tif":"GoodTill","until":1790000000123}}`
	if got := said(t, v, call); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	cancel := of(event.CallCancel, 1)
	cancel.VenueOrder = "v9"
	want = `POST /cancel {"oid":"v9","order":{"cid":"ID","market":"GOOG"}}`
	if got := said(t, v, cancel); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if end := c.Expiry(&call.Order); end != 1790000000000000000 {
		t.Errorf("expiry %d", end)
	}
}
