package server

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTheSameKeyAgain(t *testing.T) {
	const window = time.Hour
	type step struct {
		after  time.Duration // let so much time pass
		cancel bool          // cancel the order
		orders int           // how many there are after the same key came again
	}
	for _, c := range []struct {
		dedupe Dedupe
		order  string
		steps  []step
	}{
		{DedupeForever, bidOne, []step{{0, false, 1}, {100 * window, true, 1}}},
		{DedupeWindow, bidOne, []step{{window - 1, true, 1}, {1, false, 2}, {window - 1, false, 2}, {1, false, 3}}},
		{DedupeOpen, bidOne, []step{{100 * window, false, 1}, {0, true, 2}, {0, false, 2}}},
		{DedupeOpen, buyOne, []step{{0, false, 2}}},
		{DedupeNone, bidOne, []step{{0, false, 2}, {0, false, 3}}},
	} {
		t.Run(string(c.dedupe), func(t *testing.T) {
			w := newWorld(t, func(f *Config) { f.Dedupe, f.DedupeWindow = c.dedupe, window })
			first := w.trade("a", c.order)
			had := 1
			for i, s := range c.steps {
				w.clock.advance(s.after)
				if s.cancel {
					w.do("DELETE", "/api/orders/a", "")
				}
				g := w.trade("a", strings.Replace(c.order, `"1"`, `"1.0"`, 1))
				replayed := g.header.Get("Idempotent-Replayed") == "true"
				if replayed != (s.orders == had) || (had == 1 && replayed && g.text != first.text) {
					t.Errorf("step %d: replayed %v, %s", i, replayed, g)
				}
				had = s.orders
				if orders, _, _ := w.books(); len(orders) != s.orders {
					t.Errorf("step %d: %d orders, want %d", i, len(orders), s.orders)
				}
				if g := w.do("GET", "/api/orders/a", ""); g.field("order_id") != fmt.Sprint("o-", s.orders) || (s.orders > 1 && g.field("duplicates") != float64(s.orders-1)) {
					t.Errorf("step %d: looked up %s", i, g)
				}
			}
		})
	}
}

func TestAnotherBodyUnderTheSameKeyIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.trade("a", bidOne)
	w.want(w.trade("a", strings.Replace(bidOne, `"1"`, `"2"`, 1)), 422, "idempotency_key_reused")
	w.want(w.trade("a", bidOne+`,"reduce_only":true`), 422, "idempotency_key_reused")
	if orders, _, counts := w.books(); len(orders) != 1 || counts["key_reused"] != 2.0 {
		t.Errorf("%d orders, %v", len(orders), counts)
	}
}

func TestARejectionIsReplayed(t *testing.T) {
	w := newWorld(t, nil)
	broke := `"symbol":"COIN","side":"buy","type":"market","quantity":"5000"`
	first, again := w.trade("a", broke), w.trade("a", broke)
	w.want(again, 422, "insufficient_funds")
	if again.header.Get("Idempotent-Replayed") != "true" || again.text != first.text {
		t.Errorf("%s, then %s", first, again)
	}
}

func TestCancelsOfDuplicatesReachTheOneThatIsOpen(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Dedupe = DedupeNone })
	w.trade("a", bidOne)
	w.trade("a", bidOne)
	w.trade("a", buyOne)
	for _, want := range []string{"o-2", "o-1"} {
		if g := w.do("DELETE", "/api/orders/a", ""); g.field("order_id") != want {
			t.Errorf("cancelled %s, want %s", g, want)
		}
	}
	w.want(w.do("DELETE", "/api/orders/a", ""), 409, "order_final")
}

// What docs/VENUE.md warns of: Go's transport takes the header for leave to send an order again by itself.
func TestGoSendsAgainByItselfWhatHasAnIdempotencyKey(t *testing.T) {
	for name, c := range map[string]struct {
		body   bool // the body can be had again
		orders int
	}{"with GetBody": {true, 2}, "without": {false, 1}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Dedupe = DedupeNone })
			w.client = &http.Client{Transport: &http.Transport{}}
			w.faults(`"drop_after_rate":"1"`) // and leaves a connection to be used again
			q, err := http.NewRequest("POST", w.web.URL+"/api/trade", strings.NewReader("{"+buyOne+"}"))
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Authorization", "Bearer secret")
			q.Header.Set("Idempotency-Key", "a")
			if !c.body {
				q.GetBody = nil
			}
			if r, err := w.client.Do(q); err == nil {
				r.Body.Close()
				t.Error("it was answered")
			}
			if orders, _, _ := w.books(); len(orders) != c.orders {
				t.Errorf("%d orders, want %d", len(orders), c.orders)
			}
		})
	}
}

// Several clients send the same orders at once, under faults, until each is answered: one order each.
func TestAtOnce(t *testing.T) {
	const clients, ids = 8, 25
	w := newWorld(t, nil)
	w.faults(`"fail_rate":"0.3","fail_where":"mixed","fail_codes":[500,503],"drop_before_rate":"0.1","drop_after_rate":"0.1","fail_reads":true`)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := range ids {
				for g := w.trade(fmt.Sprint("id", i), buyOne); g.status != 200; g = w.trade(fmt.Sprint("id", i), buyOne) {
				}
				w.do("GET", "/api/positions", "")
			}
		})
	}
	all.Wait()
	w.faults(`"fail_rate":"0","drop_before_rate":"0","drop_after_rate":"0"`)
	orders, fills, counts := w.books()
	if len(orders) != ids || len(fills) != ids {
		t.Errorf("%d orders and %d fills of %d ids", len(orders), len(fills), ids)
	}
	if g := w.do("GET", "/api/positions", ""); g.field("positions", 0, "quantity") != fmt.Sprint(ids) {
		t.Error(g)
	}
	for _, name := range []string{"fail_before", "fail_after", "drop_before", "drop_after", "replayed"} {
		if counts[name] == 0.0 {
			t.Errorf("no %s in %v", name, counts)
		}
	}
}
