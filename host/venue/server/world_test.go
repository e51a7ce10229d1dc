package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// clock is time that moves only when told, and the waits for it.
type clock struct {
	mu    sync.Mutex
	now   int64
	waits []*wait
	moved *sync.Cond
}

type wait struct {
	due  int64
	done chan time.Time
}

func newClock() *clock {
	c := &clock{now: 1_790_000_000_000_000_000}
	c.moved = sync.NewCond(&c.mu)
	return c
}

func (c *clock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &wait{c.now + int64(d), make(chan time.Time, 1)}
	c.waits = append(c.waits, w)
	c.moved.Broadcast()
	return w.done
}

// advance moves time and ends the waits that are over.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += int64(d)
	left := c.waits[:0]
	for _, w := range c.waits {
		if w.due > c.now {
			left = append(left, w)
			continue
		}
		w.done <- time.Unix(0, c.now)
	}
	c.waits = left
}

// waiting blocks until somebody waits for that long, from now.
func (c *clock) waiting(d time.Duration) { c.waitingAll(1, d) }

// waitingAll blocks until so many wait for that long, from now.
func (c *clock) waitingAll(count int, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		found := 0
		for _, w := range c.waits {
			if w.due == c.now+int64(d) {
				found++
			}
		}
		if found >= count {
			return
		}
		c.moved.Wait()
	}
}

// closes are prices from a list: each bar opens at the close before, and has no extent beyond.
type closes struct {
	at   int
	list []int64
}

func (p *closes) Next(m *event.Market) error {
	if p.at == len(p.list) {
		return io.EOF
	}
	open, last := p.list[max(0, p.at-1)], p.list[p.at]
	p.at++
	m.Bars = append(m.Bars[:0], event.Bar{Open: open, High: max(open, last), Low: min(open, last), Close: last, Volume: 1000})
	return nil
}

func (p *closes) Close() error { return nil }

// coin has prices in cents and quantities in tenths.
var coin = event.Instrument{
	Name: "COIN", Kind: event.Spot, Quote: "USD", Settle: "USD", PriceDecimals: 2, QuantityDecimals: 1, Tick: 1, Lot: 1, Multiplier: event.One,
}

// world is a venue behind real HTTP.
type world struct {
	*testing.T
	server *Server
	web    *httptest.Server
	clock  *clock
	client *http.Client
	key    string
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	c := newClock()
	config := Config{
		Accounts: []Account{{"main", func() (string, error) { return "secret", nil }}}, Currency: "USD", Cash: 100_000 * event.One,
		Instruments: []event.Instrument{coin}, Prices: &closes{list: []int64{100_00, 100_00, 100_00, 100_00, 100_00, 100_00, 100_00, 100_00}},
		Interval: time.Second, Manual: true, Admin: true, Faults: DefaultFaults(), Clock: c.Now, After: c.After,
	}
	if change != nil {
		change(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, server: s, web: httptest.NewServer(s), clock: c, key: "secret"}
	w.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // nothing is sent twice behind our back
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		w.web.Close()
	})
	return w
}

func prices(list ...int64) func(*Config) {
	return func(c *Config) { c.Prices = &closes{list: list} }
}

// got is an answer, decoded.
type got struct {
	status int
	header http.Header
	text   string
	body   map[string]any
	err    error
}

func (w *world) do(method, path, body string, header ...string) got {
	w.Helper()
	q, err := http.NewRequest(method, w.web.URL+path, bytes.NewBufferString(body))
	if err != nil {
		w.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+w.key)
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	r, err := w.client.Do(q)
	if err != nil {
		return got{err: err}
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return got{err: err}
	}
	g := got{status: r.StatusCode, header: r.Header, text: string(text)}
	if err := json.Unmarshal(text, &g.body); err != nil {
		w.Errorf("%s %s: %v in %q", method, path, err, text)
	}
	return g
}

// field follows names and indexes into the body.
func (g got) field(path ...any) any {
	var at any = g.body
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := at.(map[string]any)
			at = m[p]
		case int:
			l, _ := at.([]any)
			if p >= len(l) {
				return nil
			}
			at = l[p]
		}
	}
	return at
}

func (g got) code() string {
	code, _ := g.field("error", "code").(string)
	return code
}

func (g got) String() string {
	if g.err != nil {
		return g.err.Error()
	}
	return fmt.Sprintf("%d %s", g.status, g.text)
}

// trade sends an order: side, type and so on as JSON without braces.
func (w *world) trade(id, order string) got {
	w.Helper()
	return w.do("POST", "/api/trade", "{"+order+"}", "Idempotency-Key", id)
}

const (
	buyOne = `"symbol":"COIN","side":"buy","type":"market","quantity":"1"`
	bidOne = `"symbol":"COIN","side":"buy","type":"limit","quantity":"1","price":"90"`
)

// books are /admin/books of the first account.
func (w *world) books() (orders, fills []any, counts map[string]any) {
	w.Helper()
	g := w.do("GET", "/admin/books", "")
	if g.status != http.StatusOK {
		w.Fatal(g)
	}
	orders, _ = g.field("accounts", 0, "orders").([]any)
	fills, _ = g.field("accounts", 0, "fills").([]any)
	counts, _ = g.body["counts"].(map[string]any)
	return orders, fills, counts
}

func (w *world) step(n int) {
	w.Helper()
	if g := w.do("POST", "/admin/step", `{"bars":`+strconv.Itoa(n)+`}`); g.status != http.StatusOK {
		w.Fatal(g)
	}
}

func (w *world) faults(settings string) {
	w.Helper()
	if g := w.do("POST", "/admin/faults", "{"+settings+"}"); g.status != http.StatusOK {
		w.Fatal(g)
	}
}

func (w *world) want(g got, status int, code string) {
	w.Helper()
	if g.status != status || g.code() != code {
		w.Errorf("answered %s; want %d %s", g, status, code)
	}
}
