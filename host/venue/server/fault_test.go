package server

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

func TestAFailedRequestHasExecutedOrNot(t *testing.T) {
	for name, c := range map[string]struct {
		settings, code, count string
		status                int
		executed, sure        bool
	}{
		"500 before":    {`"fail_rate":"1","fail_codes":[500]`, "internal", "fail_before", 500, false, false},
		"503 before":    {`"fail_rate":"1","fail_codes":[503]`, "unavailable", "fail_before", 503, false, true},
		"429 before":    {`"fail_rate":"1","fail_codes":[429],"retry_after":"1500ms"`, "rate_limited", "fail_before", 429, false, true},
		"418 before":    {`"fail_rate":"1","fail_codes":[418]`, "injected", "fail_before", 418, false, false},
		"500 after":     {`"fail_rate":"1","fail_codes":[500],"fail_where":"after"`, "internal", "fail_after", 500, true, false},
		"503 after":     {`"fail_rate":"1","fail_codes":[503],"fail_where":"after"`, "unavailable", "fail_after", 503, true, false},
		"429 never did": {`"fail_rate":"1","fail_codes":[429],"fail_where":"after"`, "rate_limited", "fail_before", 429, false, true},
		"no answer":     {`"drop_before_rate":"1"`, "", "drop_before", 0, false, false},
		"lost answer":   {`"drop_after_rate":"1"`, "", "drop_after", 0, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.faults(c.settings)
			g := w.trade("a", buyOne)
			if c.status == 0 && (g.err == nil || !strings.Contains(g.err.Error(), "EOF")) {
				t.Errorf("answered %s", g)
			}
			if c.status != 0 {
				w.want(g, c.status, c.code)
				if sure := g.field("error", "processed") == false; sure != c.sure {
					t.Errorf("sure %v: %s", sure, g)
				}
				if retry := g.header.Get("Retry-After"); (c.status == 429) != (retry == "2") {
					t.Errorf("Retry-After %q", retry)
				}
			}
			look := w.do("GET", "/api/orders/a", "") // reading does not fail unless told
			if (look.status == 200) != c.executed {
				t.Errorf("looked up %s", look)
			}
			orders, fills, counts := w.books()
			if (len(orders) == 1) != c.executed || (len(fills) == 1) != c.executed || counts[c.count] != 1.0 {
				t.Errorf("%d orders, %d fills, %v", len(orders), len(fills), counts)
			}
			w.faults(`"fail_rate":0,"drop_before_rate":0,"drop_after_rate":0`)
			if g := w.trade("a", buyOne); g.status != 200 || (g.header.Get("Idempotent-Replayed") == "true") != c.executed {
				t.Errorf("sent again: %s", g)
			}
			if orders, _, _ := w.books(); len(orders) != 1 {
				t.Errorf("%d orders after it was sent again", len(orders))
			}
		})
	}
}

func TestReadsFailOnlyWhenTold(t *testing.T) {
	w := newWorld(t, nil)
	w.trade("a", bidOne)
	w.faults(`"fail_rate":"0.5","drop_before_rate":"0.25","delay_rate":"0.25"`)
	for range 20 {
		if g := w.do("GET", "/api/orders/a", ""); g.status != 200 {
			t.Fatal(g)
		}
	}
	w.faults(`"fail_reads":true,"fail_rate":"1","drop_before_rate":0,"delay_rate":0,"fail_codes":[404]`)
	w.want(w.do("GET", "/api/orders/a", ""), 404, "injected") // not order_not_found: an error is no answer
	w.want(w.do("GET", "/api/fills", ""), 404, "injected")
	if g := w.do("GET", "/api/health", ""); g.status != 200 {
		t.Error(g)
	}
}

func TestADelayedRequestExecutesLate(t *testing.T) {
	for name, dedupe := range map[string]Dedupe{"once, where ids are known": DedupeForever, "twice, where they are not": DedupeNone} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Dedupe = dedupe })
			w.faults(`"delay_rate":"1","delay_by":"45s"`)
			w.want(w.trade("a", buyOne), 504, "gateway_timeout")
			w.want(w.do("GET", "/api/orders/a", ""), 404, "order_not_found")
			w.faults(`"delay_rate":"0"`)
			w.clock.advance(45*time.Second - 1)
			if g := w.do("GET", "/admin/books", ""); g.field("pending") != 1.0 || len(g.field("accounts", 0, "orders").([]any)) != 0 {
				t.Error(g)
			}
			if dedupe == DedupeNone {
				w.trade("a", buyOne) // by a client that believed the 404
			}
			w.clock.advance(1)
			g := w.do("GET", "/admin/books", "")
			for g.field("pending") != 0.0 {
				g = w.do("GET", "/admin/books", "")
			}
			want := 1
			if dedupe == DedupeNone {
				want = 2
			}
			if n := len(g.field("accounts", 0, "orders").([]any)); n != want || g.field("counts", "delayed_executed") != 1.0 {
				t.Errorf("%d orders, want %d: %s", n, want, g)
			}
		})
	}
}

func TestWhatWasToExecuteLaterIsLostWithTheVenue(t *testing.T) {
	w := newWorld(t, nil)
	w.faults(`"delay_rate":"1"`)
	w.trade("a", buyOne)
	w.faults(`"delay_rate":"0"`)
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	if c := w.server.counts; c.DelayedLost != 1 || c.DelayedExecuted != 0 || w.server.pending != 0 || len(w.server.accounts[0].orders) != 0 {
		t.Errorf("%+v", c)
	}
	w.want(w.trade("b", buyOne), 503, "unavailable")
}

func TestLatencyIsHalfBeforeAndHalfAfter(t *testing.T) {
	w := newWorld(t, nil)
	w.faults(`"latency":"500ms"`)
	answered := make(chan got, 1)
	go func() { answered <- w.trade("a", buyOne) }()
	w.clock.waiting(250 * time.Millisecond)
	if orders, _, _ := w.books(); len(orders) != 0 {
		t.Error("executed at once")
	}
	w.clock.advance(250 * time.Millisecond)
	w.clock.waiting(250 * time.Millisecond)
	if orders, _, _ := w.books(); len(orders) != 1 {
		t.Error("not executed half way")
	}
	if len(answered) != 0 {
		t.Error("answered half way")
	}
	w.clock.advance(250 * time.Millisecond)
	if g := <-answered; g.field("status") != "filled" {
		t.Error(g)
	}
}

func TestPartialFills(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		list := make([]int64, 64)
		for i := range list {
			list[i] = 100_00
		}
		c.Prices, c.Faults.PartialFills = &closes{list: list}, true
	})
	g := w.trade("a", `"symbol":"COIN","side":"buy","type":"market","quantity":"10"`)
	if g.field("status") != "partially_filled" || g.field("filled_quantity") == "0" || g.field("filled_quantity") == "10" {
		t.Errorf("seed 0 fills a part at once: %s", g)
	}
	w.step(40)
	g = w.do("GET", "/api/orders/a", "")
	if g.field("status") != "filled" || g.field("filled_quantity") != "10" || g.field("fills", 1) == nil {
		t.Error(g)
	}
	w.want(w.do("GET", "/api/fills", ""), 200, "")
	if g := w.do("GET", "/api/positions", ""); g.field("positions", 0, "quantity") != "10" {
		t.Error(g)
	}
}

func TestEachFaultHasItsRate(t *testing.T) {
	f := DefaultFaults()
	f.FailRate, f.DropBeforeRate, f.DropAfterRate, f.DelayRate, f.FailWhere = event.One*3/10, event.One/10, event.One/20, event.One/25, FailMixed
	f.FailCodes = []int{500, 503}
	const n = 200_000
	count := map[fate]float64{}
	for d, i := newDice(7, diceForRequests), 0; i < n; i++ {
		count[d.roll(&f, true).fate]++
	}
	for fate, rate := range map[fate]float64{fateFailBefore: .15, fateFailAfter: .15, fateDropBefore: .1, fateDropAfter: .05, fateDelay: .04, fateWell: .51} {
		if got := count[fate] / n; math.Abs(got-rate) > 5*math.Sqrt(rate*(1-rate)/n) { // five standard deviations
			t.Errorf("fate %d: rate %.4f, want %.4f", fate, got, rate)
		}
	}
}

func TestTheSameSeedRollsTheSame(t *testing.T) {
	f := DefaultFaults()
	f.FailRate, f.FailWhere = event.One/2, FailMixed
	rolls := func(seed uint64) (s string) {
		for d, i := newDice(seed, diceForRequests), 0; i < 100; i++ {
			s += fmt.Sprint(d.roll(&f, true))
		}
		return s
	}
	if first, again := rolls(3), rolls(3); first != again || first == rolls(4) {
		t.Error("dice do not follow their seed")
	}
}

func TestFaultsThatCannotBe(t *testing.T) {
	w := newWorld(t, nil)
	before := w.do("GET", "/admin/faults", "").text
	for body, says := range map[string]string{
		`{"fail_rate":"1.1"}`:                          "fail_rate is 1.1",
		`{"reorder_rate":"-0.1"}`:                      "reorder_rate is -0.1",
		`{"fail_rate":"0.6","drop_before_rate":"0.6"}`: "sum to 1.2",
		`{"fail_where":"never"}`:                       "before, after or mixed",
		`{"fail_codes":[200]}`:                         "400 to 599",
		`{"fail_codes":[],"fail_rate":"0.1"}`:          "name a status",
		`{"latency":"-1s"}`:                            "below zero",
		`{"latency":500}`:                              "500ms",
		`{"failrate":"0.1"}`:                           "failrate",
	} {
		if g := w.do("POST", "/admin/faults", body); g.status != 400 || !strings.Contains(g.text, says) {
			t.Errorf("%s: %s; want %q", body, g, says)
		}
	}
	if after := w.do("GET", "/admin/faults", "").text; after != before {
		t.Errorf("changed to %s", after)
	}
	w.faults(`"latency":"1s"`)
	w.faults(`"latency":"0s","fail_rate":"0.25"`)
	if g := w.do("GET", "/admin/faults", ""); g.field("fail_rate") != "0.25" || g.field("retry_after") != "2s" || g.field("latency") != "0s" {
		t.Errorf("what is not given stays: %s", g)
	}
}
