package http

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

const testKey = "sk-live-0123456789abcdefXYZ"

// wire is a server on loopback, below HTTP: what each connection does is the test's.
type wire struct {
	net.Listener
	mu       sync.Mutex
	requests []string // "METHOD path idempotency-key body" of each whole request that arrived
	done     sync.WaitGroup
}

func newWire(t *testing.T, handle func(w *wire, n int, c net.Conn)) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	w.done.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.done.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				handle(w, n, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); w.done.Wait() })
	return w
}

func (w *wire) url() string { return "http://" + w.Addr().String() }

func (w *wire) arrived() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.requests...)
}

// take reads one request and books it; false where the connection ended before.
func (w *wire) take(b *bufio.Reader) bool {
	r, err := nethttp.ReadRequest(b)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), body))
	return true
}

func ok(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func status(code int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\n\r\n%s", code, nethttp.StatusText(code), header, len(body), body)
}

func testConfig(t testing.TB, url string) Config {
	t.Helper()
	c := DefaultConfig()
	c.Name, c.BaseURL = "test", url
	c.KeyFile = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(c.KeyFile, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Timeout = 5 * time.Second
	c.Instruments = []Instrument{
		{Instrument: event.Instrument{Name: "GOOG", Kind: event.Equity, Base: "GOOG", Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, QuantityMin: 1, Multiplier: event.One}},
		{Instrument: event.Instrument{Name: "BTC", Kind: event.Spot, Base: "BTC", Quote: "USD", Settle: "USD", PriceDecimals: 1, QuantityDecimals: 8, Tick: 1, Lot: 1, QuantityMin: 1, Multiplier: event.One}, Symbol: "BTC-USD"},
	}
	return c
}

func newTest(t testing.TB, c Config) *Venue {
	t.Helper()
	v, err := New(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func testID(n byte) event.OrderID {
	return event.OrderID{event.IDTag[0], event.IDTag[1], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, n}
}

func submit(n byte) *event.Call {
	return &event.Call{ID: uint64(n), Kind: event.CallSubmit, Attempt: 1, Order: event.Order{
		ID: testID(n), Side: event.Buy, Type: event.OrderLimit, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 10, Price: 10150,
	}}
}

func of(k event.CallKind, n byte) *event.Call {
	return &event.Call{ID: uint64(n), Kind: k, Order: event.Order{ID: testID(n)}}
}

// answerOf is a server's answer to submit(n).
func answerOf(n byte) string {
	return `{"order_id":"o-1","client_order_id":"` + testID(n).String() + `","symbol":"GOOG","side":"buy","status":"open","quantity":"10","filled_quantity":"0","price":"101.5"}`
}

// proof is what the reply proves, by the taxonomy.
func proof(t testing.TB, v *Venue, r event.Reply) resilience.Failure {
	t.Helper()
	codes, err := v.config.VenueCodes()
	if err != nil {
		t.Fatal(err)
	}
	return resilience.Classify(r.Happening, codes)
}

func background() context.Context { return context.Background() }
