package http

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// stale answers the first request of its first connection, and closes it on reading the second. Further
// connections answer everything: a copy sent by itself would arrive there.
func stale(w *wire, n int, c net.Conn) {
	b := bufio.NewReader(c)
	for i := 0; w.take(b); i++ {
		if n == 0 && i == 1 {
			return
		}
		_, _ = io.WriteString(c, ok(answerOf(byte(len(w.arrived())))))
	}
}

// TestOneCopy: when a reused connection breaks, net/http sends requests that it takes for replayable again.
func TestOneCopy(t *testing.T) {
	for _, k := range []event.CallKind{event.CallSubmit, event.CallCancel, event.CallReplace, event.CallLookup, event.CallOpenOrders} {
		t.Run(k.String()+" arrives once", func(t *testing.T) {
			w := newWire(t, stale)
			v := newTest(t, testConfig(t, w.url()))
			if r := v.Do(background(), submit(1)); r.Happening.Cause != resilience.CauseNone {
				t.Fatal(r.Detail)
			}
			call := submit(2)
			call.Kind = k
			r := v.Do(background(), call)
			if r.Happening.Cause != resilience.CauseReset || r.Happening.Phase != resilience.PhaseWritten {
				t.Errorf("%+v %s", r.Happening, r.Detail)
			}
			if got := w.arrived(); len(got) != 2 {
				t.Errorf("%d requests arrived, want 2: %q", len(got), got)
			}
		})
	}
	t.Run("an ordinary client sends two, so this server can tell", func(t *testing.T) {
		w := newWire(t, stale)
		client := &nethttp.Client{Transport: &nethttp.Transport{}}
		for range 2 {
			req, err := nethttp.NewRequest("POST", w.url()+"/api/trade", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Idempotency-Key", "k")
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		client.CloseIdleConnections()
		if got := w.arrived(); len(got) != 3 {
			t.Errorf("%d requests arrived, want 3: %q", len(got), got)
		}
	})
}

// TestGuardAlone: the guard at the socket holds even for a request that net/http may replay in full.
func TestGuardAlone(t *testing.T) {
	w := newWire(t, stale)
	v := newTest(t, testConfig(t, w.url()))
	if r := v.Do(background(), submit(1)); r.Happening.Cause != resilience.CauseNone {
		t.Fatal(r.Detail)
	}
	ex := &exchange{now: v.now}
	req, err := v.request(ex.trace(background()), submit(2))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(body))), nil }
	if resp, err := v.transport.RoundTrip(req); !errors.Is(err, errCopy) {
		t.Errorf("%v, %v; want the copy refused", resp, err)
	}
	if got := w.arrived(); len(got) != 2 {
		t.Errorf("%d requests arrived, want 2: %q", len(got), got)
	}
	if p, _ := ex.end(); p != resilience.PhaseWritten {
		t.Errorf("phase %s", p)
	}
}

func TestRequestIsNotReplayable(t *testing.T) {
	v := newTest(t, testConfig(t, "http://127.0.0.1:1"))
	req, err := v.request(background(), submit(1))
	if err != nil {
		t.Fatal(err)
	}
	if req.GetBody != nil || req.Body == nil || req.Header.Get("Idempotency-Key") != testID(1).String() {
		t.Errorf("GetBody %v, Body %v, key %q", req.GetBody != nil, req.Body, req.Header.Get("Idempotency-Key"))
	}
}

// discard is a connection that counts what it was given.
type discard struct {
	net.Conn
	n   atomic.Int64
	err error
}

func (d *discard) Write(b []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	d.n.Add(int64(len(b)))
	return len(b), nil
}

func TestExchange(t *testing.T) {
	clock := func() int64 { return 7 }
	t.Run("after PhaseBefore was told nothing can be written", func(t *testing.T) {
		e, under := &exchange{now: clock}, &discard{}
		c := &conn{Conn: under}
		attach(c, e)
		if p, _ := e.end(); p != resilience.PhaseBefore {
			t.Fatal(p)
		}
		if _, err := c.Write([]byte("order")); !errors.Is(err, errSealed) || under.n.Load() != 0 {
			t.Errorf("%v, %d bytes", err, under.n.Load())
		}
	})
	t.Run("a write of which no byte was taken is none", func(t *testing.T) {
		e := &exchange{now: clock}
		c := &conn{Conn: &discard{err: io.ErrClosedPipe}}
		attach(c, e)
		if _, err := c.Write([]byte("order")); err == nil {
			t.Fatal("no error")
		}
		if p, written := e.end(); p != resilience.PhaseBefore || written != 0 {
			t.Errorf("%s %d", p, written)
		}
	})
	t.Run("some bytes are PhaseWriting whatever net/http has buffered", func(t *testing.T) {
		e := &exchange{now: clock}
		c := &conn{Conn: &discard{}}
		attach(c, e)
		_, _ = c.Write([]byte("half"))
		if p, _ := e.end(); p != resilience.PhaseWriting {
			t.Error(p)
		}
	})
	t.Run("of PhaseBefore and a write at the same time, one comes first", func(t *testing.T) {
		for range 2000 {
			e, under := &exchange{now: clock}, &discard{}
			c := &conn{Conn: under}
			attach(c, e)
			var done sync.WaitGroup
			done.Go(func() { _, _ = c.Write([]byte("order")) })
			p, _ := e.end()
			done.Wait()
			if p == resilience.PhaseBefore && under.n.Load() != 0 {
				t.Fatal("told as not begun, and written")
			}
		}
	})
}

// TestConcurrent: calls of many goroutines each arrive once, with their own answers.
func TestConcurrent(t *testing.T) {
	w := newWire(t, func(w *wire, _ int, c net.Conn) {
		b := bufio.NewReader(c)
		for {
			r, err := nethttp.ReadRequest(b)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			w.mu.Lock()
			w.requests = append(w.requests, r.Header.Get("Idempotency-Key"))
			w.mu.Unlock()
			_, _ = io.WriteString(c, ok(`{"order_id":"o","client_order_id":"`+r.Header.Get("Idempotency-Key")+`"}`))
		}
	})
	v := newTest(t, testConfig(t, w.url()))
	var done sync.WaitGroup
	for n := range 64 {
		done.Go(func() {
			if r := v.Do(context.Background(), submit(byte(n))); r.Happening.Cause != resilience.CauseNone || r.Orders[0].ID != testID(byte(n)) {
				t.Errorf("%d: %+v %s", n, r.Happening, r.Detail)
			}
		})
	}
	done.Wait()
	seen := map[string]bool{}
	for _, k := range w.arrived() {
		seen[k] = true
	}
	if len(seen) != 64 || len(w.arrived()) != 64 {
		t.Errorf("%d arrived, %d different", len(w.arrived()), len(seen))
	}
}
