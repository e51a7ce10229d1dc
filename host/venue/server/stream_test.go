package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/agenthost/agenthost/host/event"
)

// listener is the other end of a stream.
type listener struct {
	*world
	conn *websocket.Conn
}

func (w *world) listen(query string) *listener {
	w.Helper()
	conn, r, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(w.web.URL, "http")+"/api/stream"+query, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + w.key}}, HTTPClient: w.client,
	})
	if err != nil {
		w.Fatalf("%v, %+v", err, r)
	}
	w.Cleanup(func() { conn.CloseNow() })
	return &listener{w, conn}
}

// next reads one message.
func (l *listener) next() (g got) {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // only a failing test waits so long
	defer cancel()
	_, text, err := l.conn.Read(ctx)
	if err != nil {
		return got{err: err}
	}
	g.text = string(text)
	if err := json.Unmarshal(text, &g.body); err != nil {
		l.Fatalf("%v in %q", err, text)
	}
	return g
}

// want reads one message for each word: type, sequence, and what it is about.
func (l *listener) want(said ...string) {
	l.Helper()
	for _, want := range said {
		g := l.next()
		what := fmt.Sprintf("%v %v", g.field("type"), g.field("sequence"))
		for _, path := range [][]any{{"fill", "client_order_id"}, {"order", "client_order_id"}, {"order", "status"}, {"bar", "symbol"}, {"bar", "close"}} {
			if v := g.field(path...); v != nil {
				what += fmt.Sprint(" ", v)
			}
		}
		if g.err != nil || what != want {
			l.Errorf("said %q (%s), want %q", what, g, want)
		}
	}
}

func TestTheStreamTellsBarsOrdersAndFills(t *testing.T) {
	w := newWorld(t, prices(100_00, 89_00))
	all, fills := w.listen(""), w.listen("?channels=fills")
	w.trade("market", buyOne)
	w.trade("limit", bidOne)
	w.do("PATCH", "/api/orders/limit", `{"price":"91"}`)
	w.trade("bad", strings.Replace(buyOne, `"1"`, `"0"`, 1))
	w.step(1)
	all.want("fill 1 market", "order 2 market filled", "order 3 limit open", "order 4 limit open", "order 5 bad rejected",
		"fill 6 limit", "bar 7 COIN 89", "order 8 limit filled")
	fills.want("fill 1 market", "fill 2 limit")
	w.clock.waitingAll(2, time.Second)
	w.clock.advance(time.Second)
	all.want("heartbeat 8")
	fills.want("heartbeat 2")
}

func TestStreamsAreNarrowed(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		other := coin
		other.Name = "GOLD"
		c.Instruments = append(c.Instruments, other)
		c.Prices = NewSynthetic(1, c.Instruments)
		c.Accounts = append(c.Accounts, Account{"other", func() (string, error) { return "else", nil }})
	})
	gold := w.listen("?channels=bars&symbols=GOLD")
	w.key = "else"
	others := w.listen("?channels=orders,fills")
	w.key = "secret"
	w.trade("a", buyOne)
	w.step(2)
	w.clock.waitingAll(2, time.Second) // both streams' heartbeats
	w.clock.advance(time.Second)
	for range 2 {
		if g := gold.next(); g.field("bar", "symbol") != "GOLD" {
			t.Error(g)
		}
	}
	others.want("heartbeat 0")
	w.want(w.do("GET", "/api/stream?channels=news", ""), 400, "malformed")
}

func TestFillsAreToldTwiceAndOutOfOrder(t *testing.T) {
	w := newWorld(t, nil)
	l := w.listen("?channels=fills")
	w.faults(`"duplicate_rate":"1"`)
	w.trade("a", buyOne)
	l.want("fill 1 a", "fill 1 a")
	w.faults(`"duplicate_rate":"0","reorder_rate":"1"`)
	w.trade("b", buyOne)
	w.trade("c", buyOne)
	l.want("fill 3 c", "fill 2 b")
	w.trade("d", buyOne)
	w.clock.waiting(time.Second)
	w.clock.advance(time.Second)
	l.want("fill 4 d", "heartbeat 4") // what waits does not wait longer
	if _, fills, counts := w.books(); len(fills) != 4 || counts["duplicated"] != 1.0 || counts["reordered"] != 2.0 {
		t.Errorf("%d fills, %v", len(fills), counts)
	}
}

func TestDisconnectBreaksStreams(t *testing.T) {
	w := newWorld(t, nil)
	l := w.listen("")
	if g := w.do("POST", "/admin/disconnect", ""); g.field("closed") != 1.0 {
		t.Error(g)
	}
	if g := l.next(); !errors.Is(g.err, io.EOF) || websocket.CloseStatus(g.err) != -1 {
		t.Errorf("ended by %v; want a break without a word", g.err)
	}
	w.trade("a", buyOne) // nobody listens
	w.listen("?channels=fills")
}

func TestAStreamEndsWithTheVenue(t *testing.T) {
	w := newWorld(t, nil)
	l := w.listen("")
	closed := make(chan error, 1)
	go func() { closed <- w.server.Close() }()
	if g := l.next(); websocket.CloseStatus(g.err) != websocket.StatusGoingAway {
		t.Errorf("ended by %v", g.err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestAListenerTooFarBehindIsDisconnected(t *testing.T) {
	w := newWorld(t, nil)
	s := w.server
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &subscriber{account: s.accounts[0], channels: []string{"bars"}, queue: make(chan []byte, queueMax), gone: make(chan struct{})}
	s.streams.subscribers = append(s.streams.subscribers, u)
	for range queueMax {
		s.streams.bar(s.now, barView{Symbol: "COIN"})
	}
	select {
	case <-u.gone:
		t.Fatal("disconnected too early")
	default:
	}
	s.streams.bar(s.now, barView{Symbol: "COIN"})
	<-u.gone
	if u.status != websocket.StatusTryAgainLater || len(s.streams.subscribers) != 0 {
		t.Errorf("status %d", u.status)
	}
}

func TestRunPublishesAtTheInterval(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		prices(1_00, 2_00, 3_00)(c)
		c.Manual, c.Interval = false, 10*time.Second
	})
	l := w.listen("?channels=bars")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Run(ctx) }()
	for _, want := range []string{"bar 1 COIN 2", "bar 2 COIN 3"} {
		w.clock.waiting(10 * time.Second)
		w.clock.waiting(time.Second)     // the stream's heartbeat, too
		w.clock.advance(9 * time.Second) // it comes
		if g := l.next(); g.field("type") != "heartbeat" {
			t.Fatalf("too early: %s", g)
		}
		w.clock.advance(time.Second)
		g := l.next()
		for g.field("type") == "heartbeat" {
			g = l.next()
		}
		if have := fmt.Sprint("bar ", g.field("sequence"), " COIN ", g.field("bar", "close")); have != want {
			t.Errorf("%s, want %s", g, want)
		}
		if took := g.field("bar", "close_time").(float64) - g.field("bar", "open_time").(float64); took < 9.99e9 || took > 10.01e9 {
			t.Errorf("a bar of %v ns", took)
		}
	}
	w.want(w.do("POST", "/admin/step", ""), 409, "not_manual")
	w.clock.waiting(10 * time.Second)
	w.clock.advance(10 * time.Second) // there are no more
	w.clock.waiting(10 * time.Second)
	if g := w.do("GET", "/api/health", ""); g.field("bars") != 3.0 {
		t.Error(g)
	}
	if g := w.trade("a", buyOne); g.field("average_price") != "3" {
		t.Errorf("the last price holds: %s", g)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBarsArePaged(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Prices = NewSynthetic(9, c.Instruments)
		c.Clock = func() int64 { return 1000 }
	})
	w.step(9) // closes at 1000, 1001, …, 1009
	for query, want := range map[string]string{
		"":                 "1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 true",
		"&limit=3":         "1007 1008 1009 true",
		"&after=0&limit=3": "1000 1001 1002 false",
		"&after=1007":      "1008 1009 true",
		"&after=1009":      "true",
	} {
		g := w.do("GET", "/api/bars?symbol=COIN"+query, "")
		have := ""
		for _, b := range g.field("bars").([]any) {
			have += fmt.Sprint(b.(map[string]any)["close_time"], " ")
		}
		if have += fmt.Sprint(g.field("complete")); have != want {
			t.Errorf("%s: %s, want %s", query, have, want)
		}
	}
}

func TestOldBarsAreForgotten(t *testing.T) {
	var h history
	for i := range int64(3*barsMax + 5) {
		h.add(event.Bar{CloseTime: i + 1})
	}
	page, complete := h.page(0, true, 1)
	if page[0].CloseTime != 2*barsMax+6 || complete || len(h.bars) > 2*barsMax {
		t.Errorf("%+v, %v, %d kept", page, complete, len(h.bars))
	}
}
