package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

var _ http.Handler = (*Server)(nil) // what it is served by

func TestAMarketOrderFillsAtTheLastCloseAtOnce(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		prices(100_00, 103_00)(c)
		c.Commission = event.One / 1000
	})
	w.step(1)
	g := w.trade("a", buyOne)
	for want, path := range map[string][]any{
		"o-1": {"order_id"}, "a": {"client_order_id"}, "filled": {"status"}, "1": {"filled_quantity"}, "103": {"average_price"},
		"0.103": {"fills", 0, "fee"}, "USD": {"fills", 0, "fee_currency"}, "taker": {"fills", 0, "liquidity"},
	} {
		if g.field(path...) != want {
			t.Errorf("%v is %v, want %s in %s", path, g.field(path...), want, g)
		}
	}
	p := w.do("GET", "/api/positions", "")
	if p.field("positions", 0, "quantity") != "1" || p.field("positions", 0, "average_price") != "103" || p.field("complete") != true {
		t.Error(p)
	}
	b := w.do("GET", "/api/balances", "")
	if b.field("balances", 0, "total") != "99999.897" || b.field("balances", 0, "equity") != "99999.897" {
		t.Error(b)
	}
}

func TestFillNextBarWaitsForIt(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		prices(100_00, 107_00)(c)
		c.Fill = FillNextBar
	})
	if g := w.trade("a", buyOne); g.field("status") != "open" {
		t.Error(g)
	}
	w.step(1)
	if g := w.do("GET", "/api/orders/a", ""); g.field("status") != "filled" || g.field("average_price") != "100" {
		t.Errorf("the bar opened at 100: %s", g)
	}
}

func TestMarketableLimitsTakeAndOthersRest(t *testing.T) {
	w := newWorld(t, prices(100_00, 95_00, 90_00))
	g := w.trade("takes", `"symbol":"COIN","side":"buy","type":"limit","quantity":"2","price":"101"`)
	if g.field("status") != "filled" || g.field("average_price") != "100" || g.field("fills", 0, "liquidity") != "taker" {
		t.Error(g)
	}
	if g := w.trade("rests", `"symbol":"COIN","side":"buy","type":"limit","quantity":"0.5","price":"92"`); g.field("status") != "open" {
		t.Error(g)
	}
	w.step(1)
	if g := w.do("GET", "/api/orders/rests", ""); g.field("status") != "open" {
		t.Error(g)
	}
	w.step(1)
	g = w.do("GET", "/api/orders/rests", "")
	if g.field("status") != "filled" || g.field("average_price") != "92" || g.field("fills", 0, "liquidity") != "maker" {
		t.Error(g)
	}
}

func TestStopsTriggerAndImmediateOrdersDoNotRest(t *testing.T) {
	w := newWorld(t, prices(100_00, 110_00))
	w.trade("stop", `"symbol":"COIN","side":"buy","type":"stop","quantity":"1","stop_price":"105"`)
	if g := w.trade("ioc", strings.Replace(bidOne, `"limit"`, `"limit","time_in_force":"ioc"`, 1)); g.status != 200 || g.field("status") != "cancelled" || g.field("code") != "immediate" {
		t.Error(g)
	}
	w.step(1)
	if g := w.do("GET", "/api/orders/stop", ""); g.field("status") != "filled" || g.field("average_price") != "105" {
		t.Error(g)
	}
}

func TestRejectionsAreBusinessAndAreKept(t *testing.T) {
	at := newClock().now
	for name, c := range map[string]struct{ order, code string }{
		"more than the money":           {`"symbol":"COIN","side":"buy","type":"market","quantity":"1001"`, "insufficient_funds"},
		"no quantity":                   {`"symbol":"COIN","side":"buy","type":"market","quantity":"0"`, "invalid_quantity"},
		"less than nothing":             {`"symbol":"COIN","side":"buy","type":"market","quantity":"-1"`, "invalid_quantity"},
		"finer than a lot":              {`"symbol":"COIN","side":"buy","type":"market","quantity":"0.05"`, "invalid_quantity"},
		"a number of no size":           {`"symbol":"COIN","side":"buy","type":"market","quantity":"123456789012345678901234567890"`, "invalid_quantity"},
		"finer than a tick":             {`"symbol":"COIN","side":"buy","type":"limit","quantity":"1","price":"90.001"`, "invalid_price"},
		"a limit without a price":       {`"symbol":"COIN","side":"buy","type":"limit","quantity":"1"`, "invalid_price"},
		"a market order with a price":   {`"symbol":"COIN","side":"buy","type":"market","quantity":"1","price":"1"`, "invalid_price"},
		"a post-only that would take":   {`"symbol":"COIN","side":"buy","type":"limit","quantity":"1","price":"100","post_only":true`, "post_only"},
		"a post-only market order":      {`"symbol":"COIN","side":"buy","type":"market","quantity":"1","post_only":true`, "post_only"},
		"nothing to reduce":             {`"symbol":"COIN","side":"sell","type":"market","quantity":"1","reduce_only":true`, "reduce_only"},
		"an instrument of elsewhere":    {`"symbol":"GOLD","side":"buy","type":"market","quantity":"1"`, "unknown_symbol"},
		"an expiry without gtd":         {buyOne + fmt.Sprintf(`,"expire_time":%d`, at+1), "invalid_expire_time"},
		"one that arrives after expiry": {buyOne + fmt.Sprintf(`,"time_in_force":"gtd","expire_time":%d`, at-1), "invalid_expire_time"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			g := w.trade("a", c.order)
			w.want(g, 422, c.code)
			if g.field("order", "status") != "rejected" || g.field("order", "code") != c.code || g.field("error", "message") == "" {
				t.Error(g)
			}
			if l := w.do("GET", "/api/orders/a", ""); l.status != 200 || l.field("status") != "rejected" {
				t.Errorf("looked up: %s", l)
			}
			if _, fills, _ := w.books(); len(fills) != 0 {
				t.Errorf("%d fills", len(fills))
			}
		})
	}
}

func TestMalformedRequestsDoNothing(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct{ body, key, says string }{
		"nothing":               {"", "a", "empty"},
		"no object":             {"[]", "a", "cannot unmarshal"},
		"a misspelt field":      {"{" + buyOne + `,"reduceonly":true}`, "a", "reduceonly"},
		"two objects":           {"{" + buyOne + "}{}", "a", "follows"},
		"no side":               {`{"symbol":"COIN","type":"market","quantity":"1"}`, "a", "side"},
		"no such type":          {strings.Replace("{"+buyOne+"}", "market", "trailing", 1), "a", "trailing"},
		"no such force":         {"{" + buyOne + `,"time_in_force":"ever"}`, "a", "ever"},
		"no quantity":           {`{"symbol":"COIN","side":"buy","type":"market"}`, "a", "quantity"},
		"a quantity in words":   {strings.Replace("{"+buyOne+"}", `"1"`, `"one"`, 1), "a", "one"},
		"a quantity with an e":  {strings.Replace("{"+buyOne+"}", `"1"`, `1e3`, 1), "a", "1e3"},
		"no id":                 {"{" + buyOne + "}", "", "Idempotency-Key"},
		"two ids":               {"{" + buyOne + `,"client_order_id":"b"}`, "a", "agree"},
		"an id with blanks":     {"{" + buyOne + "}", "a b", "1 to 64"},
		"an id of the server's": {"{" + buyOne + "}", "o-7", "order_id"},
		"a time that is none":   {"{" + buyOne + `,"expire_time":"soon"}`, "a", "soon"},
	} {
		g := w.do("POST", "/api/trade", c.body, "Idempotency-Key", c.key)
		if g.status != 400 || g.code() != "malformed" || !strings.Contains(g.text, c.says) {
			t.Errorf("%s: %s; want 400 with %q", name, g, c.says)
		}
	}
	w.want(w.do("POST", "/api/trade", strings.Repeat(" ", bodyMax+1)), 413, "too_large")
	w.want(w.do("GET", "/api/nothing", ""), 404, "not_found")
	w.want(w.do("PUT", "/api/trade", ""), 405, "method_not_allowed")
	w.want(w.do("PATCH", "/api/orders/a", "{}"), 400, "malformed")
	w.want(w.do("GET", "/api/orders?status=shut", ""), 400, "malformed")
	w.want(w.do("GET", "/api/fills?limit=1001", ""), 400, "malformed")
	w.want(w.do("GET", "/api/bars?symbol=GOLD", ""), 404, "unknown_symbol")
	if orders, _, _ := w.books(); len(orders) != 0 {
		t.Errorf("%d orders", len(orders))
	}
}

func TestANumberMayComeAsTextOrPlain(t *testing.T) {
	w := newWorld(t, nil)
	g := w.trade("a", `"symbol":"COIN","side":"buy","type":"limit","quantity":0.50,"price":90.10,"time_in_force":"gtd","expire_time":"2100-01-01T00:00:00Z"`)
	if g.status != 200 || g.field("quantity") != "0.5" || g.field("price") != "90.1" {
		t.Error(g)
	}
}

func TestKeys(t *testing.T) {
	key := "first"
	w := newWorld(t, func(c *Config) {
		c.Accounts = []Account{
			{"main", func() (string, error) { return key, nil }},
			{"other", func() (string, error) { return "else", nil }},
			{"none", func() (string, error) { return "", nil }},
		}
	})
	for _, k := range []string{"", "wrong", "First"} {
		w.key = k
		w.want(w.trade("a", buyOne), 401, "unauthorized")
		w.want(w.do("GET", "/admin/books", ""), 401, "unauthorized")
		w.want(w.do("GET", "/api/stream", ""), 401, "unauthorized")
		if g := w.do("GET", "/api/health", ""); g.status != 200 || g.field("status") != "ok" {
			t.Error(g)
		}
	}
	w.key = "first"
	if g := w.trade("a", buyOne); g.status != 200 {
		t.Error(g)
	}
	w.key = "else"
	w.want(w.do("GET", "/api/orders/a", ""), 404, "order_not_found")
	if g := w.do("GET", "/api/positions", ""); strings.Contains(g.text, "COIN") {
		t.Errorf("another's position: %s", g)
	}
	key = "second"
	w.key = "first"
	w.want(w.do("GET", "/api/orders/a", ""), 401, "unauthorized")
	w.key = "second"
	if g := w.do("GET", "/api/orders/a", ""); g.status != 200 {
		t.Error(g)
	}
}

func TestCancelAndReplace(t *testing.T) {
	w := newWorld(t, prices(100_00, 95_00, 95_00))
	w.trade("a", bidOne)
	g := w.do("PATCH", "/api/orders/a", `{"price":"94.5","quantity":"3"}`)
	if g.status != 200 || g.field("price") != "94.5" || g.field("quantity") != "3" || g.field("status") != "open" {
		t.Error(g)
	}
	w.want(w.do("PATCH", "/api/orders/a", `{"price":"94.555"}`), 422, "invalid_price")
	w.want(w.do("PATCH", "/api/orders/a", `{"quantity":"-1"}`), 422, "invalid_quantity")
	w.want(w.do("PATCH", "/api/orders/a", `{"stop_price":"9"}`), 422, "invalid_price")
	if g := w.do("GET", "/api/orders/o-1", ""); g.field("price") != "94.5" || g.field("quantity") != "3" {
		t.Errorf("a replace that is refused leaves the order: %s", g)
	}
	if g := w.do("GET", "/api/orders?status=open", ""); g.field("orders", 0, "order_id") != "o-1" || g.field("complete") != true {
		t.Error(g)
	}
	if g := w.do("DELETE", "/api/orders/a", ""); g.status != 200 || g.field("status") != "cancelled" || g.field("code") != "requested" {
		t.Error(g)
	}
	w.want(w.do("DELETE", "/api/orders/a", ""), 409, "order_final")
	w.want(w.do("PATCH", "/api/orders/a", `{"price":"1"}`), 409, "order_final")
	w.want(w.do("DELETE", "/api/orders/b", ""), 404, "order_not_found")
	w.want(w.do("GET", "/api/orders/o-9", ""), 404, "order_not_found")
	if g := w.do("GET", "/api/orders", ""); len(g.field("orders").([]any)) != 0 {
		t.Error(g)
	}
	if g := w.do("GET", "/api/orders?status=all", ""); g.field("orders", 0, "status") != "cancelled" {
		t.Error(g)
	}
	w.trade("b", bidOne)
	if g := w.do("PATCH", "/api/orders/b", `{"price":"100"}`); g.field("status") != "filled" || g.field("average_price") != "100" {
		t.Errorf("replaced to where it takes: %s", g)
	}
}

func TestAnOrderExpiresBetweenTwoBars(t *testing.T) {
	w := newWorld(t, nil)
	g := w.trade("a", bidOne+fmt.Sprintf(`,"time_in_force":"gtd","expire_time":%d`, w.clock.Now()+int64(time.Second)))
	if g.field("status") != "open" {
		t.Fatal(g)
	}
	w.clock.advance(time.Second + 1)
	if g := w.do("GET", "/api/orders/a", ""); g.field("status") != "expired" || g.field("code") != "expired" {
		t.Error(g)
	}
}

func TestFillsArePagedByACursor(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 5 {
		w.trade(fmt.Sprint("id", i), buyOne)
	}
	cursor, seen := "", ""
	for range 3 {
		g := w.do("GET", "/api/fills?limit=2&after="+cursor, "")
		cursor, _ = g.field("cursor").(string)
		for _, f := range g.field("fills").([]any) {
			seen += f.(map[string]any)["trade_id"].(string)
		}
		if want := seen == "12345"; g.field("complete") != want {
			t.Errorf("complete is %v after %s", g.field("complete"), seen)
		}
	}
	if seen != "12345" {
		t.Errorf("seen %s", seen)
	}
	if g := w.do("GET", "/api/fills?after="+cursor, ""); g.field("cursor") != cursor || g.field("complete") != true || len(g.field("fills").([]any)) != 0 {
		t.Error(g)
	}
	for _, bad := range []string{"7", "ffffffffffffffff-0", cursor + "0", w.server.epoch + "--1"} {
		w.want(w.do("GET", "/api/fills?after="+bad, ""), 400, "cursor_unknown")
	}
}

func TestABankruptAccountIsLiquidated(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		prices(100_00, 50_00)(c)
		c.Margin = event.One / 10
	})
	w.trade("a", `"symbol":"COIN","side":"buy","type":"market","quantity":"5000"`)
	w.step(1)
	g := w.do("GET", "/admin/books", "")
	if id, _ := g.field("accounts", 0, "fills", 1, "order_id").(string); !strings.HasPrefix(id, "venue-") || g.field("accounts", 0, "fills", 1, "client_order_id") != "" {
		t.Error(g)
	}
	if g.field("accounts", 0, "balances", 0, "total") != "0" || g.field("accounts", 0, "transfers", 0, "amount") != "150000" {
		t.Error(g)
	}
	w.want(w.trade("b", buyOne), 422, "insufficient_funds")
}

func TestAnswersTellTheTime(t *testing.T) {
	w := newWorld(t, nil)
	g := w.do("GET", "/api/time", "")
	if g.header.Get("X-Server-Time") != fmt.Sprint(w.clock.now) || !strings.Contains(g.text, fmt.Sprint(w.clock.now)) || len(g.header.Get("X-Venue-Epoch")) != 16 {
		t.Errorf("%s, headers %v", g, g.header)
	}
	if g := w.do("GET", "/api/instruments", ""); g.field("instruments", 0, "tick") != "0.01" || g.field("instruments", 0, "lot") != "0.1" || g.field("instruments", 0, "kind") != "spot" {
		t.Error(g)
	}
}
