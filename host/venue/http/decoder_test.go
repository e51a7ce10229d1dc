package http

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// reply is what a call makes of an answer, without a network.
func reply(t testing.TB, v *Venue, c *event.Call, status int, body string) event.Reply {
	t.Helper()
	r := event.Reply{Kind: c.Kind, Happening: resilience.Happening{Request: c.Kind.Request(), Phase: resilience.PhaseAnswered}}
	v.answer(&r, c, status, []byte(body))
	v.tidy(&r)
	return r
}

const fillsBody = `{"fills":[
 {"trade_id":"7","order_id":"o-1","client_order_id":"%ID%","symbol":"BTC-USD","side":"sell","quantity":"0.12345678","price":"50000.5","fee":"0.123456785","fee_currency":"USD","liquidity":"maker","time":1790000000000000001},
 {"trade_id":"t-8","order_id":"o-2","client_order_id":"","symbol":"DOGE","side":"buy","quantity":"1e-12","price":"0.1","time":1790000000000000002}],
 "cursor":"c2","complete":true}`

func TestFills(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	r := reply(t, v, of(event.CallFills, 0), 200, strings.Replace(fillsBody, "%ID%", testID(3).String(), 1))
	if r.Happening.Cause != resilience.CauseNone || len(r.Fills) != 2 || r.Cursor != "c2" || !r.Complete {
		t.Fatalf("%+v", r)
	}
	own, other := r.Fills[0], r.Fills[1]
	want := event.Fill{TradeID: 7, Quantity: 12345678, Price: 500005, Side: event.Sell, Flags: event.FillMaker, Fee: 12345678, FeeCurrency: "USD", Time: 1790000000000000001}
	if own.Order != testID(3) || own.Instrument != 1 || own.Fill != want {
		t.Errorf("own %+v", own)
	}
	if !other.Order.IsZero() || other.Instrument != event.NoInstrument || other.Fill.VenueTrade != "t-8" || other.Fill.TradeID != 0 || other.Fill.Quantity != 1 {
		t.Errorf("foreign %+v", other)
	}
}

// TestUnreadable: an answer is taken whole or not at all, and nothing is rounded or guessed.
func TestUnreadable(t *testing.T) {
	id := testID(3).String()
	fill := `{"trade_id":"7","order_id":"o-1","client_order_id":"` + id + `","symbol":"GOOG","side":"sell","quantity":"2","price":"1.25"}`
	order := `{"order_id":"o-1","client_order_id":"` + id + `","symbol":"GOOG","side":"buy","status":"open","quantity":"10","filled_quantity":"4","price":"101.5"}`
	swap := func(s, old, new string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%q is not in %q", old, s)
		}
		return strings.Replace(s, old, new, 1)
	}
	fills := func(f string) string { return `{"fills":[` + f + `],"cursor":"c","complete":true}` }
	open := func(o string) string { return `{"orders":[` + o + `],"complete":true}` }
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	good := []struct {
		kind event.CallKind
		body string
	}{
		{event.CallFills, fills(fill)},
		{event.CallFills, `{"fills":[],"cursor":"c"}`},
		{event.CallOpenOrders, open(order)},
		{event.CallLookup, order},
		{event.CallLookup, swap(order, `"filled_quantity":"4"`, `"filled_quantity":4.0`)},
		{event.CallPositions, `{"positions":[{"symbol":"GOOG","quantity":"-3"}],"complete":true}`},
		{event.CallBalances, `{"balances":[{"currency":"USD","total":"1.123456789"}],"complete":true}`},
	}
	for _, g := range good {
		if r := reply(t, v, of(g.kind, 3), 200, g.body); r.Happening.Cause != resilience.CauseNone {
			t.Errorf("%s %s: %s", g.kind, g.body, r.Detail)
		}
	}
	for _, c := range []struct {
		name string
		kind event.CallKind
		body string
	}{
		{"a list that is missing is no empty list", event.CallFills, `{"cursor":"c","complete":true}`},
		{"a list that is null is no empty list", event.CallOpenOrders, `{"orders":null,"complete":true}`},
		{"positions that are an error page", event.CallPositions, `<html>`},
		{"no content is no empty list", event.CallBalances, ``},
		{"one bad fill spoils the page", event.CallFills, fills(fill + `,{}`)},
		{"a fill without a trade id", event.CallFills, fills(swap(fill, `"trade_id":"7",`, ``))},
		{"a fill of nothing", event.CallFills, fills(swap(fill, `"quantity":"2"`, `"quantity":"0"`))},
		{"a fill of less than nothing", event.CallFills, fills(swap(fill, `"quantity":"2"`, `"quantity":"-2"`))},
		{"half a share", event.CallFills, fills(swap(fill, `"quantity":"2"`, `"quantity":"2.5"`))},
		{"a price finer than the instrument's", event.CallFills, fills(swap(fill, `1.25`, `1.255`))},
		{"a price that is no number", event.CallFills, fills(swap(fill, `"1.25"`, `"NaN"`))},
		{"a price that is a list", event.CallFills, fills(swap(fill, `"1.25"`, `[1]`))},
		{"a price beyond 64 bits", event.CallFills, fills(swap(fill, `"1.25"`, `"1e300"`))},
		{"a side that is no word", event.CallFills, fills(swap(fill, `"sell"`, `"flat"`))},
		{"a fill without a symbol", event.CallFills, fills(swap(fill, `"symbol":"GOOG",`, ``))},
		{"a page without a cursor", event.CallFills, `{"fills":[` + fill + `],"complete":true}`},
		{"a time that is none", event.CallFills, fills(swap(fill, `"price"`, `"time":"soon","price"`))},
		{"an id with a line break", event.CallFills, fills(swap(fill, `o-1`, `o\n1`))},
		{"an id without end", event.CallFills, fills(swap(fill, `o-1`, strings.Repeat("o", 300)))},
		{"an id with the key in it", event.CallFills, fills(swap(fill, `o-1`, testKey))},
		{"more filled than ordered", event.CallOpenOrders, open(swap(order, `"filled_quantity":"4"`, `"filled_quantity":"11"`))},
		{"filled below zero", event.CallOpenOrders, open(swap(order, `"filled_quantity":"4"`, `"filled_quantity":"-1"`))},
		{"an open order without a state", event.CallOpenOrders, open(swap(order, `"status":"open",`, ``))},
		{"a lookup that does not say whose order", event.CallLookup, swap(order, `"client_order_id":"`+id+`",`, ``)},
		{"a lookup of another order", event.CallLookup, swap(order, id, testID(4).String())},
		{"a lookup without a state", event.CallLookup, swap(order, `"status":"open",`, ``)},
		{"a lookup of another instrument", event.CallLookup, swap(order, `GOOG`, `BTC-USD`)},
		{"one position told twice", event.CallPositions, `{"positions":[{"symbol":"GOOG","quantity":"1"},{"symbol":"GOOG","quantity":"2"}],"complete":true}`},
		{"a position without a quantity", event.CallPositions, `{"positions":[{"symbol":"GOOG"}],"complete":true}`},
		{"a balance that is no number", event.CallBalances, `{"balances":[{"currency":"USD","total":"lots"}],"complete":true}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := reply(t, v, of(c.kind, 3), 200, c.body)
			if r.Happening.Cause != resilience.CauseBody || r.Detail == "" {
				t.Errorf("%+v %q", r.Happening, r.Detail)
			}
			if len(r.Orders)+len(r.Fills)+len(r.Positions)+len(r.Balances) != 0 || r.Complete || r.Cursor != "" || r.NotFound {
				t.Errorf("it tells something all the same: %+v", r)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	c := testConfig(t, "http://127.0.0.1:1")
	for _, k := range []struct {
		field, body string
		complete    bool
	}{
		{"complete", `{"positions":[],"complete":true}`, true},
		{"complete", `{"positions":[],"complete":false}`, false},
		{"complete", `{"positions":[],"complete":"true"}`, false},
		{"complete", `{"positions":[]}`, false},
		{"", `{"positions":[]}`, true},
	} {
		c.Answer.Complete = k.field
		if r := reply(t, newTest(t, c), of(event.CallPositions, 0), 200, k.body); r.Complete != k.complete || r.Happening.Cause != resilience.CauseNone {
			t.Errorf("%q %s: complete %v (%s)", k.field, k.body, r.Complete, r.Detail)
		}
	}
	if r := reply(t, newTest(t, c), of(event.CallPositions, 0), 206, `{"positions":[]}`); r.Complete || r.Happening.Cause == resilience.CauseNone {
		t.Errorf("a part of a list is taken for all: %+v", r)
	}
}

// TestNotFound: only status and body together say that there is no such order.
func TestNotFound(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	for _, c := range []struct {
		name   string
		status int
		body   string
		found  bool
	}{
		{"status and code", 404, `{"error":{"code":"order_not_found"}}`, true},
		{"the status of a mistyped path", 404, `{"error":{"code":"not_found"}}`, false},
		{"a page of a gateway", 404, `<html>order_not_found</html>`, false},
		{"the code with another status", 400, `{"error":{"code":"order_not_found"}}`, false},
		{"about another order", 404, `{"error":{"code":"order_not_found"},"client_order_id":"` + testID(9).String() + `"}`, false},
		{"an error of the query", 500, `{"error":{"code":"internal"}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := reply(t, v, of(event.CallLookup, 3), c.status, c.body)
			if r.NotFound != c.found || c.found != (r.Happening.Cause == resilience.CauseNone) || !r.SearchedOpen || !r.SearchedPast {
				t.Errorf("%+v", r)
			}
		})
	}
	if r := reply(t, v, of(event.CallCancel, 3), 404, `{"error":{"code":"order_not_found"}}`); r.NotFound || proof(t, v, r).Proof != resilience.ProofUnknown {
		t.Errorf("no such order, in reply to a cancel, proves nothing: %+v", r)
	}
}

func TestOrderTold(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	id := testID(3).String()
	order := func(more string) string {
		return `{"order_id":"o-1","client_order_id":"` + id + `","symbol":"GOOG","side":"buy","quantity":"10","filled_quantity":"4","price":"101.5",` + more + `}`
	}
	t.Run("a rejection tells its order and why", func(t *testing.T) {
		r := reply(t, v, submit(3), 422, `{"error":{"code":"insufficient_funds","message":"too\u0000 poor"},"order":`+order(`"status":"rejected","code":"insufficient_funds","message":"too poor"`)+`}`)
		if len(r.Orders) != 1 || r.Orders[0].State != event.ReportRejected || r.Orders[0].Code != uint16(event.RejectFunds) || r.Orders[0].Reason != "insufficient_funds: too poor" {
			t.Errorf("%+v", r)
		}
		if r.Happening.Code != "insufficient_funds" || proof(t, v, r).Proof != resilience.ProofRejected || r.Detail != "HTTP 422: insufficient_funds: too poor" {
			t.Errorf("%+v %q", r.Happening, r.Detail)
		}
	})
	t.Run("a cancel of what is over tells how", func(t *testing.T) {
		r := reply(t, v, of(event.CallCancel, 3), 409, `{"error":{"code":"order_final"},"order":`+order(`"status":"filled"`)+`}`)
		if len(r.Orders) != 1 || r.Orders[0].State != event.ReportFilled || proof(t, v, r).Proof != resilience.ProofUnknown {
			t.Errorf("%+v", r)
		}
	})
	t.Run("an order tells its fills", func(t *testing.T) {
		r := reply(t, v, of(event.CallLookup, 3), 200, order(`"status":"cancelled","code":"unfillable","fills":[{"trade_id":5,"quantity":"4","price":"101.4","fee":"-0.1","liquidity":"taker","time":9}]`))
		if len(r.Fills) != 1 || r.Fills[0].Order != testID(3) || r.Fills[0].Fill != (event.Fill{TradeID: 5, Quantity: 4, Price: 10140, Side: event.Buy, Fee: -10_000_000, FeeCurrency: "USD", Time: 9}) {
			t.Errorf("%+v", r)
		}
		if r.Orders[0].State != event.ReportCancelled || r.Orders[0].Code != uint16(event.CancelUnfillable) || r.Orders[0].Filled != 4 {
			t.Errorf("%+v", r.Orders)
		}
	})
	t.Run("a submit that says nothing of the state was taken", func(t *testing.T) {
		r := reply(t, v, submit(3), 200, `{"order_id":17}`)
		if len(r.Orders) != 1 || r.Orders[0].ID != testID(3) || r.Orders[0].VenueOrder != "17" || r.Orders[0].State != event.ReportOpen {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a cancel may be answered with nothing", func(t *testing.T) {
		for body, status := range map[string]int{`{"success":true}`: 200, ``: 204, `{"order_id":"o-1"}`: 200, `{"client_order_id":"` + id + `"}`: 202} {
			if r := reply(t, v, of(event.CallCancel, 3), status, body); r.Happening.Cause != resilience.CauseNone || len(r.Orders) != 0 {
				t.Errorf("%d: %+v", status, r)
			}
		}
		if r := reply(t, v, of(event.CallCancel, 3), 200, `{"client_order_id":"`+testID(4).String()+`"}`); r.Happening.Cause != resilience.CauseBody {
			t.Errorf("of another order: %+v", r)
		}
	})
	t.Run("orders of one id are told", func(t *testing.T) {
		if r := reply(t, v, of(event.CallLookup, 3), 200, order(`"status":"open","duplicates":2`)); !strings.Contains(r.Detail, "2 more") {
			t.Errorf("%q", r.Detail)
		}
	})
	t.Run("of a list the asked one is taken", func(t *testing.T) {
		c := testConfig(t, "http://127.0.0.1:1")
		c.Answer.Order = "orders"
		list := `{"orders":[` + strings.Replace(order(`"status":"open"`), id, testID(4).String(), 1) + `,` + order(`"status":"filled"`) + `]}`
		if r := reply(t, newTest(t, c), of(event.CallLookup, 3), 200, list); len(r.Orders) != 1 || r.Orders[0].State != event.ReportFilled {
			t.Errorf("%+v", r)
		}
		if r := reply(t, newTest(t, c), of(event.CallLookup, 3), 200, `{"orders":[]}`); r.NotFound || r.Happening.Cause != resilience.CauseBody {
			t.Errorf("an empty list is not the configured absence: %+v", r)
		}
	})
}

// TestForeign: of an instrument that is not configured, that something is there is told, and never that nothing is.
func TestForeign(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "0.000": 0, "1.5": 150_000_000, "-2": -200_000_000, "1e-30": 1, "-0.0000000000001": -1,
		"1e18": math.MaxInt64, "-99999999999999999999999": -math.MaxInt64, "1e400": math.MaxInt64,
	} {
		if got, err := foreign(map[string]any{"q": s}, "q"); err != nil || got != want {
			t.Errorf("%s is %d %v, want %d", s, got, err, want)
		}
	}
	for _, bad := range []any{"inf", "NaN", "0x10", "", "1 2", true, []any{}, map[string]any{}} {
		if got, err := foreign(map[string]any{"q": bad}, "q"); err == nil {
			t.Errorf("%v is %d", bad, got)
		}
	}
}

func TestSidesOfPositions(t *testing.T) {
	c := testConfig(t, "http://127.0.0.1:1")
	c.Answer.PositionSide, c.Answer.Positions = "side", ""
	v := newTest(t, c)
	for s, want := range map[string]int64{`"quantity":"3","side":"SHORT"`: -3, `"quantity":"3","side":"buy"`: 3, `"quantity":"0","side":"none"`: 0} {
		r := reply(t, v, of(event.CallPositions, 0), 200, `[{"symbol":"GOOG",`+s+`}]`)
		if len(r.Positions) != 1 || r.Positions[0].Quantity != want {
			t.Errorf("%s: %+v %s", s, r.Positions, r.Detail)
		}
	}
	for _, s := range []string{`"quantity":"3"`, `"quantity":"-3","side":"short"`, `"quantity":"3","side":"both"`} {
		if r := reply(t, v, of(event.CallPositions, 0), 200, `[{"symbol":"GOOG",`+s+`}]`); r.Happening.Cause != resilience.CauseBody {
			t.Errorf("%s: %+v", s, r)
		}
	}
}

func TestNotFoundByText(t *testing.T) {
	c := testConfig(t, "http://127.0.0.1:1")
	c.NotFound = NotFound{Status: 200, Text: "No Such Order"}
	v := newTest(t, c)
	if r := reply(t, v, of(event.CallLookup, 3), 200, `{"result":"no such order"}`); !r.NotFound {
		t.Errorf("%+v", r)
	}
	if r := reply(t, v, of(event.CallLookup, 3), 404, `{"result":"no such order"}`); r.NotFound {
		t.Errorf("%+v", r)
	}
	shown := strings.Replace(answerOf(3), `"side"`, `"message":"no such order any more","side"`, 1)
	if r := reply(t, v, of(event.CallLookup, 3), 200, shown); r.NotFound || len(r.Orders) != 1 {
		t.Errorf("an order that is shown is not absent, whatever its text: %+v", r)
	}
}

// TestErrorsOfAnotherKind: codes at the top, a code that means none, words for everything.
func TestErrorsOfAnotherKind(t *testing.T) {
	c := testConfig(t, "http://127.0.0.1:1")
	c.Errors = Errors{
		Code: "code", Message: "msg", None: []string{"0"}, KeyInProgress: []string{"-9"},
		Codes:        []Code{{Code: "-2010", Answer: resilience.AnswerRejected, Reject: event.RejectFunds}, {Code: "-2011", Request: resilience.RequestCancel, Answer: resilience.AnswerNoSuchOrder}},
		NotProcessed: []NotProcessed{{Code: "-1003"}, {Status: 529}},
	}
	c.Answer.Order = "data"
	v := newTest(t, c)
	for _, x := range []struct {
		status int
		body   string
		cause  resilience.Cause
		proof  resilience.Proof
	}{
		{200, `{"code":0,"msg":"fine","data":{"order_id":"1"}}`, resilience.CauseNone, resilience.ProofUnknown},
		{200, `{"code":-2010,"msg":"no money"}`, resilience.CauseStatus, resilience.ProofRejected},
		{400, `{"code":"-2010"}`, resilience.CauseStatus, resilience.ProofRejected},
		{200, `{"code":-1,"data":{"order_id":"1"}}`, resilience.CauseStatus, resilience.ProofUnknown},
		{429, `{"code":-1003}`, resilience.CauseStatus, resilience.ProofNotSent},
		{429, `{"code":-1004}`, resilience.CauseStatus, resilience.ProofUnknown},
		{500, `{"code":-1003}`, resilience.CauseStatus, resilience.ProofUnknown},
		{529, ``, resilience.CauseStatus, resilience.ProofNotSent},
		{409, `{"code":-9}`, resilience.CauseKeyInProgress, resilience.ProofUnknown},
	} {
		r := reply(t, v, submit(3), x.status, x.body)
		if f := proof(t, v, r); r.Happening.Cause != x.cause || x.cause != resilience.CauseNone && f.Proof != x.proof {
			t.Errorf("%d %s: %+v proves %s (%s)", x.status, x.body, r.Happening, f.Proof, r.Detail)
		}
	}
}

func TestAnEmptyPageKeepsTheCursor(t *testing.T) {
	call := of(event.CallFills, 0)
	call.Cursor = "c1"
	if r := reply(t, newTest(t, testConfig(t, "http://127.0.0.1:1")), call, 200, `{"fills":[],"complete":true}`); r.Cursor != "c1" || !r.Complete {
		t.Errorf("%+v", r)
	}
}

// FuzzAnswer: no bytes make the reader panic, guess, or tell what is not well formed.
func FuzzAnswer(f *testing.F) {
	config := testConfig(f, "http://127.0.0.1:1")
	config.KeyFile = ""
	v := newTest(f, config)
	for k := event.CallSubmit; k <= event.CallBalances; k++ {
		f.Add(uint8(k), 200, []byte(answerOf(3)))
		f.Add(uint8(k), 404, []byte(`{"error":{"code":"order_not_found","message":"x"},"order":`+answerOf(3)+`}`))
		f.Add(uint8(k), 200, []byte(strings.Replace(fillsBody, "%ID%", testID(3).String(), 1)))
		f.Add(uint8(k), 200, []byte(`{"orders":[`+answerOf(3)+`],"positions":[{"symbol":"X","quantity":"-1e40"}],"balances":[{"currency":"USD","total":1}],"complete":true}`))
	}
	f.Fuzz(func(t *testing.T, kind uint8, status int, body []byte) {
		c := submit(3)
		c.Kind = event.CallKind(kind%8 + 1)
		r := reply(t, v, c, status, string(body))
		again := reply(t, v, c, status, string(body))
		a, _ := json.Marshal(r)
		b, _ := json.Marshal(again)
		if string(a) != string(b) {
			t.Fatalf("two readings differ:\n%s\n%s", a, b)
		}
		if len(r.Detail) > detailBytesMax || strings.ContainsFunc(r.Detail, func(r rune) bool { return r < ' ' }) || len(r.Happening.Code) > codeBytesMax {
			t.Fatalf("detail %q code %q", r.Detail, r.Happening.Code)
		}
		if r.Happening.Cause == resilience.CauseBody && (len(r.Orders)+len(r.Fills)+len(r.Positions)+len(r.Balances) > 0 || r.Complete) {
			t.Fatalf("unreadable, and tells: %s", a)
		}
		for _, o := range r.Orders {
			if o.State < event.ReportOpen || o.State > event.ReportRejected || o.Filled < 0 || o.Quantity > 0 && o.Filled > o.Quantity || !o.ID.IsZero() && !o.ID.Ours() {
				t.Fatalf("order %+v", o)
			}
		}
		for _, x := range r.Fills {
			if x.Fill.Quantity <= 0 || x.Fill.Side == 0 || x.Fill.TradeID == 0 && x.Fill.VenueTrade == "" && !strings.Contains(string(body), "0") {
				t.Fatalf("fill %+v", x)
			}
		}
	})
}
