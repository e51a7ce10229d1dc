package http

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/resilience"
)

// reset closes so that the other side gets a reset and not an end.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

func answers(s string) func(*wire, int, net.Conn) {
	return func(w *wire, _ int, c net.Conn) {
		if w.take(bufio.NewReader(c)) {
			_, _ = io.WriteString(c, s)
		}
	}
}

// hangs keeps the connection until the other side ends it.
func hangs(before string) func(*wire, int, net.Conn) {
	return func(w *wire, _ int, c net.Conn) {
		b := bufio.NewReader(c)
		if w.take(b) {
			_, _ = io.WriteString(c, before)
			_, _ = b.ReadByte()
		}
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// TestMisbehaviour is the table of what a server does wrong, and what is then known of a submit.
func TestMisbehaviour(t *testing.T) {
	full := answerOf(1)
	for _, c := range []struct {
		name    string
		server  func(*wire, int, net.Conn)
		cause   resilience.Cause
		number  int
		phase   resilience.Phase
		proof   resilience.Proof
		arrives int // whole requests that reached the server; -1: either
		config  func(*Config)
	}{
		{"a good answer is accepted", answers(ok(full)), resilience.CauseNone, 0, resilience.PhaseAnswered, resilience.ProofAccepted, 1, nil},
		{"closed unread, the request had left", func(_ *wire, _ int, c net.Conn) { _, _ = c.Read(make([]byte, 1)); c.Close() }, resilience.CauseReset, 0, resilience.PhaseWritten, resilience.ProofUnknown, 0, nil},
		{"reset after half of it was read", func(_ *wire, _ int, c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 40)); reset(c) }, resilience.CauseReset, 0, resilience.PhaseWritten, resilience.ProofUnknown, 0, nil},
		{"closed after all was read", answers(""), resilience.CauseReset, 0, resilience.PhaseWritten, resilience.ProofUnknown, 1, nil},
		{"half a status line", answers("HTTP/1.1 20"), resilience.CauseProtocol, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"half the headers", answers("HTTP/1.1 200 OK\r\nContent-Le"), resilience.CauseProtocol, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"half the body", answers(ok(full)[:len(ok(full))-20]), resilience.CauseReset, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"half the body of a refusal proves nothing", answers("HTTP/1.1 422 No\r\nContent-Length: 99\r\n\r\n{\"error\""), resilience.CauseReset, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"half the body of a 401 still holds", answers("HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{\"error\""), resilience.CauseStatus, 401, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"no HTTP at all", answers("SSH-2.0-OpenSSH_9.6\r\n"), resilience.CauseProtocol, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"no answer in time", hangs(""), resilience.CauseTimeout, 0, resilience.PhaseWritten, resilience.ProofUnknown, 1, brief},
		{"a body that never ends", hangs("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), resilience.CauseTimeout, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, brief},
		{"an interim answer and no other", hangs("HTTP/1.1 103 Early Hints\r\n\r\n"), resilience.CauseTimeout, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, brief},
		{"an interim answer, then closed", answers("HTTP/1.1 103 Early Hints\r\n\r\n"), resilience.CauseReset, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"an interim answer, then a good one", answers("HTTP/1.1 103 Early Hints\r\n\r\n" + ok(full)), resilience.CauseNone, 0, resilience.PhaseAnswered, resilience.ProofAccepted, 1, nil},
		{"a huge body", answers(ok(`{"order_id":"` + strings.Repeat("x", 4096) + `"}`)), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, func(c *Config) { c.BodyMax = 2048 }},
		{"huge headers", answers("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"), resilience.CauseProtocol, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"gzip unasked is unpacked", answers(status(200, "Content-Encoding: gzip\r\n", gzipped(full))), resilience.CauseNone, 0, resilience.PhaseAnswered, resilience.ProofAccepted, 1, nil},
		{"a bomb of gzip", answers(status(200, "Content-Encoding: gzip\r\n", gzipped(strings.Repeat(" ", 1<<20)))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, func(c *Config) { c.BodyMax = 64 << 10 }},
		{"gzip that is none", answers(status(200, "Content-Encoding: gzip\r\n", full)), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"an encoding nobody asked for", answers(status(200, "Content-Encoding: br\r\n", full)), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"a page instead of JSON", answers(status(200, "Content-Type: text/html\r\n", "<html>login</html>")), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"JSON called text is read", answers(status(200, "Content-Type: text/plain\r\n", full)), resilience.CauseNone, 0, resilience.PhaseAnswered, resilience.ProofAccepted, 1, nil},
		{"no body", answers(ok("")), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"JSON with something after it", answers(ok(full + "{}")), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"another order's answer", answers(ok(answerOf(2))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"an answer that names no order", answers(ok(`{"status":"open"}`)), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"a status that nobody knows", answers(ok(strings.Replace(full, `"open"`, `"limbo"`, 1))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"more decimals than the instrument has", answers(ok(strings.Replace(full, `"101.5"`, `"101.505"`, 1))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"the other side", answers(ok(strings.Replace(full, `"buy"`, `"sell"`, 1))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"another instrument", answers(ok(strings.Replace(full, `"GOOG"`, `"BTC-USD"`, 1))), resilience.CauseBody, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"200 with an error in it", answers(ok(`{"error":{"code":"strange"}}`)), resilience.CauseStatus, 200, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"200 with an error that is a word", answers(ok(`{"error":"boom","order_id":"o-1"}`)), resilience.CauseStatus, 200, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"200 with a rejection's code", answers(ok(`{"error":{"code":"insufficient_funds"}}`)), resilience.CauseStatus, 200, resilience.PhaseAnswered, resilience.ProofRejected, 1, nil},
		{"202 has not done it", answers(status(202, "", full)), resilience.CauseStatus, 202, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"204 names no order", answers("HTTP/1.1 204 No Content\r\n\r\n"), resilience.CauseStatus, 204, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"a redirect is not followed", answers(status(302, "Location: /elsewhere\r\n", "")), resilience.CauseStatus, 302, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"a redirect that keeps the method is not followed either", answers(status(308, "Location: /elsewhere\r\n", "")), resilience.CauseStatus, 308, resilience.PhaseAnswered, resilience.ProofNotSent, 1, nil},
		{"101 is no answer", answers("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), resilience.CauseStatus, 101, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"400", answers(status(400, "", `{"error":{"code":"malformed","message":"no"}}`)), resilience.CauseStatus, 400, resilience.PhaseAnswered, resilience.ProofRejected, 1, nil},
		{"422 with a code", answers(status(422, "", `{"error":{"code":"insufficient_funds"}}`)), resilience.CauseStatus, 422, resilience.PhaseAnswered, resilience.ProofRejected, 1, nil},
		{"422 of an id that is there", answers(status(422, "", `{"error":{"code":"duplicate_id"}}`)), resilience.CauseStatus, 422, resilience.PhaseAnswered, resilience.ProofExists, 1, nil},
		{"422 of a key with other content", answers(status(422, "", `{"error":{"code":"idempotency_key_reused"}}`)), resilience.CauseKeyReused, 0, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"429 that declares nothing", answers(status(429, "Retry-After: 3\r\n", `{"error":{"code":"rate_limited"}}`)), resilience.CauseStatus, 429, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"429 that declares itself not processed", answers(status(429, "Retry-After: 3\r\n", `{"error":{"code":"rate_limited","processed":false}}`)), resilience.CauseStatus, 429, resilience.PhaseAnswered, resilience.ProofNotSent, 1, nil},
		{"429 that the documents declare", answers(status(429, "", "slow down")), resilience.CauseStatus, 429, resilience.PhaseAnswered, resilience.ProofNotSent, 1, func(c *Config) { c.Errors.NotProcessed = []NotProcessed{{Status: 429}} }},
		{"503 with processed true", answers(status(503, "", `{"error":{"code":"unavailable","processed":true}}`)), resilience.CauseStatus, 503, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"503 with processed false", answers(status(503, "", `{"error":{"code":"unavailable","processed":false}}`)), resilience.CauseStatus, 503, resilience.PhaseAnswered, resilience.ProofNotSent, 1, nil},
		{"500 with processed false is not believed", answers(status(500, "", `{"error":{"code":"internal","processed":false}}`)), resilience.CauseStatus, 500, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"502 of a gateway", answers(status(502, "", "<html>bad gateway</html>")), resilience.CauseStatus, 502, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"403 holds and proves nothing", answers(status(403, "", "")), resilience.CauseStatus, 403, resilience.PhaseAnswered, resilience.ProofUnknown, 1, nil},
		{"TLS to a server that speaks none", func(_ *wire, _ int, c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad\r\n\r\n") }, resilience.CauseTLS, 0, resilience.PhaseBefore, resilience.ProofNotSent, 0, overTLS},
		{"TLS that is closed in the handshake", func(_ *wire, _ int, c net.Conn) { c.Close() }, resilience.CauseTLS, 0, resilience.PhaseBefore, resilience.ProofNotSent, 0, overTLS},
		{"TLS that hangs in the handshake", func(_ *wire, _ int, c net.Conn) { _, _ = io.Copy(io.Discard, c) }, resilience.CauseTimeout, 0, resilience.PhaseBefore, resilience.ProofNotSent, 0, func(c *Config) { overTLS(c); brief(c) }},
		{"a certificate that nobody signed", secured(certificate(t), answers("")), resilience.CauseCertificate, 0, resilience.PhaseBefore, resilience.ProofNotSent, 0, overTLS},
		{"a proxy that refuses to connect", answers(status(403, "", "")), resilience.CauseProxy, 0, resilience.PhaseBefore, resilience.ProofNotSent, -1, func(c *Config) { c.Proxy, c.BaseURL = c.BaseURL, "https://venue.invalid" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, c.server)
			config := testConfig(t, w.url())
			if c.config != nil {
				c.config(&config)
			}
			v := newTest(t, config)
			r := v.Do(background(), submit(1))
			h := r.Happening
			if h.Cause != c.cause || h.Number != c.number {
				t.Errorf("cause %s %d, want %s %d (%s)", h.Cause, h.Number, c.cause, c.number, r.Detail)
			}
			if h.Phase != c.phase {
				t.Errorf("phase %s, want %s (%s)", h.Phase, c.phase, r.Detail)
			}
			if p := proof(t, v, r).Proof; h.Cause != resilience.CauseNone && p != c.proof {
				t.Errorf("proves %s, want %s (%s)", p, c.proof, r.Detail)
			}
			if h.Cause == resilience.CauseNone && len(r.Orders) != 1 {
				t.Errorf("%d orders told, want 1", len(r.Orders))
			}
			if n := len(w.arrived()); c.arrives >= 0 && n != c.arrives {
				t.Errorf("%d requests arrived, want %d: %q", n, c.arrives, w.arrived())
			}
			if (r.Written != 0) != (c.phase >= resilience.PhaseWritten) || r.Started == 0 || r.Received < r.Started {
				t.Errorf("phase %s with times %d, %d, %d", h.Phase, r.Started, r.Written, r.Received)
			}
			if len(r.Detail) > detailBytesMax || strings.Contains(r.Detail, testKey) || h.Cause != resilience.CauseNone && r.Detail == "" {
				t.Errorf("detail %q", r.Detail)
			}
		})
	}
}

func brief(c *Config) { c.Timeout = 150 * time.Millisecond }

func overTLS(c *Config) { c.BaseURL = strings.Replace(c.BaseURL, "http://", "https://", 1) }

// TestNobodyListens: what cannot be reached did not get the order.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for name, c := range map[string]struct {
		url   string
		cause resilience.Cause
	}{
		"refused":           {"http://" + l.Addr().String(), resilience.CauseRefused},
		"name not resolved": {"https://venue.invalid", resilience.CauseDNS},
	} {
		t.Run(name, func(t *testing.T) {
			v := newTest(t, testConfig(t, c.url))
			r := v.Do(background(), submit(1))
			if r.Happening.Cause != c.cause || r.Happening.Phase != resilience.PhaseBefore || proof(t, v, r).Proof != resilience.ProofNotSent || r.Written != 0 {
				t.Errorf("%+v %s", r.Happening, r.Detail)
			}
		})
	}
}

// TestAborted: our own hanging up is told apart from the venue's slowness.
func TestAborted(t *testing.T) {
	ctx, cancel := context.WithCancel(background())
	w := newWire(t, func(w *wire, _ int, c net.Conn) {
		b := bufio.NewReader(c)
		w.take(b)
		cancel()
		_, _ = b.ReadByte()
	})
	v := newTest(t, testConfig(t, w.url()))
	if r := v.Do(ctx, submit(1)); r.Happening.Cause != resilience.CauseAborted || r.Happening.Phase != resilience.PhaseWritten {
		t.Errorf("%+v %s", r.Happening, r.Detail)
	}
	if r := v.Do(ctx, submit(1)); r.Happening.Cause != resilience.CauseAborted || r.Happening.Phase != resilience.PhaseBefore {
		t.Errorf("ended before it began: %+v %s", r.Happening, r.Detail)
	}
	if n := len(w.arrived()); n != 1 {
		t.Errorf("%d requests arrived, want 1", n)
	}
}

// TestBlockedWrite: a server that takes the first byte and no more leaves a large request half written.
func TestBlockedWrite(t *testing.T) {
	ctx, cancel := context.WithCancel(background())
	release := make(chan struct{})
	w := newWire(t, func(_ *wire, _ int, c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		cancel()
		<-release
	})
	t.Cleanup(func() { close(release) })
	c := testConfig(t, w.url())
	c.Endpoints.Submit.Body = map[string]string{"note": strings.Repeat("x", 16<<20)}
	v := newTest(t, c)
	r := v.Do(ctx, submit(1))
	if r.Happening.Cause != resilience.CauseAborted || r.Happening.Phase != resilience.PhaseWriting || proof(t, v, r).Proof != resilience.ProofUnknown || r.Written != 0 {
		t.Errorf("%+v %s", r.Happening, r.Detail)
	}
}

// TestClosedAtOnce: whether a byte left before the end was seen is a matter of luck. What is told must be true.
func TestClosedAtOnce(t *testing.T) {
	w := newWire(t, func(_ *wire, _ int, c net.Conn) { c.Close() })
	v := newTest(t, testConfig(t, w.url()))
	for range 50 {
		r := v.Do(background(), submit(1))
		before := r.Happening.Phase == resilience.PhaseBefore
		if r.Happening.Cause != resilience.CauseReset || before != (proof(t, v, r).Proof == resilience.ProofNotSent) {
			t.Fatalf("%+v %s", r.Happening, r.Detail)
		}
	}
}
