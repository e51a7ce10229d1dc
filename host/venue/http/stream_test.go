package http

import (
	"context"
	"errors"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
	"github.com/coder/websocket"
)

// streamOf serves messages to whoever has the key, then does what end says.
func streamOf(t *testing.T, end func(context.Context, *websocket.Conn), messages ...string) Config {
	t.Helper()
	s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Header.Get("Authorization") != "Bearer "+testKey || r.URL.RequestURI() != "/api/stream?channels=orders%2Cfills" {
			nethttp.Error(w, "no "+testKey, nethttp.StatusUnauthorized)
			return
		}
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		ctx := ws.CloseRead(r.Context())
		for _, m := range messages {
			if ws.Write(ctx, websocket.MessageText, []byte(m)) != nil {
				return
			}
		}
		end(ctx, ws)
	}))
	t.Cleanup(s.Close)
	return testConfig(t, s.URL)
}

func closes(_ context.Context, ws *websocket.Conn) { _ = ws.Close(websocket.StatusGoingAway, "bye") }
func breaks(_ context.Context, ws *websocket.Conn) { _ = ws.CloseNow() }
func waits(ctx context.Context, _ *websocket.Conn) { <-ctx.Done() }

func collect(t *testing.T, v *Venue) ([]event.Reply, *StreamError) {
	t.Helper()
	var told []event.Reply
	err := v.Stream(background(), func(r event.Reply) { told = append(told, r) })
	var e *StreamError
	if !errors.As(err, &e) {
		t.Fatalf("ended with %v", err)
	}
	return told, e
}

const (
	streamFill  = `{"type":"fill","sequence":1,"time":5,"fill":{"trade_id":"7","order_id":"o-1","client_order_id":"","symbol":"GOOG","side":"sell","quantity":"2","price":"1.25","time":4}}`
	streamOrder = `{"type":"order","sequence":2,"time":6,"order":{"order_id":"o-1","client_order_id":"x","symbol":"GOOG","side":"buy","status":"open","quantity":"10","filled_quantity":"0"}}`
)

func TestStream(t *testing.T) {
	t.Run("what is told arrives in order, what is unknown is counted", func(t *testing.T) {
		v := newTest(t, streamOf(t, closes, streamFill, streamOrder, `{"type":"news","sequence":3}`, `{"type":"heartbeat","sequence":3,"time":7}`))
		told, e := collect(t, v)
		if len(told) != 2 || told[0].Kind != event.CallFills || told[0].Fills[0].Fill.TradeID != 7 || told[0].VenueTime != 5 || told[1].Kind != event.CallOpenOrders || told[1].Orders[0].State != event.ReportOpen || told[0].Complete {
			t.Errorf("%+v", told)
		}
		if v.StreamIgnored() != 1 || e.Happening.Cause != resilience.CauseReset {
			t.Errorf("ignored %d, ended %+v %s", v.StreamIgnored(), e.Happening, e.Detail)
		}
	})
	t.Run("a broken connection ends it", func(t *testing.T) {
		if _, e := collect(t, newTest(t, streamOf(t, breaks, streamFill))); e.Happening.Cause != resilience.CauseReset {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a message that cannot be read is seen", func(t *testing.T) {
		told, _ := collect(t, newTest(t, streamOf(t, closes, strings.Replace(streamFill, "1.25", "1.255", 1), `nonsense`)))
		if len(told) != 2 || told[0].Happening.Cause != resilience.CauseBody || told[1].Happening.Cause != resilience.CauseBody || told[0].Detail == "" || len(told[0].Fills) != 0 {
			t.Errorf("%+v", told)
		}
	})
	t.Run("a lost message ends it at the second heartbeat", func(t *testing.T) {
		beat := `{"type":"heartbeat","sequence":2,"time":7}`
		if _, e := collect(t, newTest(t, streamOf(t, waits, streamOrder, beat, beat))); !strings.Contains(e.Detail, "number 1 never came") || e.Happening.Cause != resilience.CauseBody {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a late message is not lost", func(t *testing.T) {
		beat := `{"type":"heartbeat","sequence":2,"time":7}`
		told, e := collect(t, newTest(t, streamOf(t, closes, streamOrder, streamOrder, beat, streamFill, beat, beat)))
		if len(told) != 3 || e.Happening.Cause != resilience.CauseReset {
			t.Errorf("%d told, %+v %s", len(told), e.Happening, e.Detail)
		}
	})
	t.Run("silence ends it", func(t *testing.T) {
		c := streamOf(t, waits, streamFill)
		c.Stream.Silence = 50 * time.Millisecond
		if _, e := collect(t, newTest(t, c)); e.Happening.Cause != resilience.CauseTimeout || !strings.Contains(e.Detail, "no message for 50ms") {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a ping without answer ends it", func(t *testing.T) {
		s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			ws, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer ws.CloseNow()
			for ws.Write(r.Context(), websocket.MessageText, []byte(`{"type":"heartbeat","sequence":0}`)) == nil {
				time.Sleep(5 * time.Millisecond) // it speaks and never listens: nobody answers pings
			}
		}))
		t.Cleanup(s.Close)
		v := newTest(t, testConfig(t, s.URL))
		v.pingEvery = 50 * time.Millisecond
		if _, e := collect(t, v); !strings.Contains(e.Detail, "no answer to a ping") || e.Happening.Cause != resilience.CauseTimeout {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a message without end ends it", func(t *testing.T) {
		c := streamOf(t, waits, strings.Repeat("x", 4096))
		c.BodyMax = 1024
		if _, e := collect(t, newTest(t, c)); e.Happening.Cause != resilience.CauseBody {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a refused key is told, without the key", func(t *testing.T) {
		c := streamOf(t, waits)
		c.AuthScheme = "Basic"
		if _, e := collect(t, newTest(t, c)); e.Happening.Number != 401 || strings.Contains(e.Detail, testKey) {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("a server that is not there", func(t *testing.T) {
		if _, e := collect(t, newTest(t, testConfig(t, "http://127.0.0.1:1"))); e.Happening.Cause != resilience.CauseRefused {
			t.Errorf("%+v %s", e.Happening, e.Detail)
		}
	})
	t.Run("our end ends it, with our error", func(t *testing.T) {
		ctx, cancel := context.WithCancel(background())
		v := newTest(t, streamOf(t, waits, streamFill))
		if err := v.Stream(ctx, func(event.Reply) { cancel() }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("a venue without one says so at once", func(t *testing.T) {
		c := testConfig(t, "http://127.0.0.1:1")
		c.Endpoints.Stream.Path = ""
		if err := newTest(t, c).Stream(background(), nil); !errors.Is(err, errors.ErrUnsupported) {
			t.Error(err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
	for _, c := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "3", 3 * time.Second},
		{"Retry-After", " 1.5 ", 1500 * time.Millisecond},
		{"Retry-After", "0", 0},
		{"Retry-After", "-9", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "99999999999999999999", 7 * 24 * time.Hour},
		{"Retry-After", "1e300", 7 * 24 * time.Hour},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:00 GMT", 0},
		{"Retry-After-Ms", "250", 250 * time.Millisecond},
	} {
		h := nethttp.Header{}
		h.Set(c.header, c.value)
		if got := retryAfter(h, now); got != int64(c.want) {
			t.Errorf("%s: %s is %s, want %s", c.header, c.value, time.Duration(got), c.want)
		}
	}
}

func TestVenueTime(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	h := nethttp.Header{"Date": {"Fri, 02 Jan 2026 03:04:05 GMT"}}
	second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
	if got := v.venueTime(h); got != second+5e8 {
		t.Errorf("of the Date header the middle of its second: %d", got)
	}
	h.Set("X-Server-Time", "1790000000000000001")
	if got := v.venueTime(h); got != 1790000000000000001 {
		t.Errorf("%d", got)
	}
	if got := v.venueTime(nethttp.Header{}); got != 0 {
		t.Errorf("a venue that does not say: %d", got)
	}
	for unit, s := range map[string]string{"ns": "1790000000123000000", "us": "1790000000123000", "ms": "1790000000123", "s": "1790000000.123", "rfc3339": "2026-09-21T14:13:20.123Z"} {
		if got, err := parseTime(s, unit); err != nil || got != 1790000000123000000 {
			t.Errorf("%s in %s: %d %v", s, unit, got, err)
		}
	}
}
