package http

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"github.com/agenthost/agenthost/resilience"
)

var (
	errSealed = errors.New("the call is over: nothing of it may be written any more")
	errCopy   = errors.New("a second copy of the request was refused at the socket")
)

// exchange watches one request at the socket, below TLS, and says how far it came. It is the guard of two
// promises. What was told as PhaseBefore stays so: a write that net/http still had in its queue is refused.
// And one call writes to one connection: a copy that net/http would send by itself is refused too.
type exchange struct {
	now func() int64

	mu       sync.Mutex
	conn     *conn // the connection that took the first byte
	sent     int64
	writing  int
	handed   bool // net/http has given all of the request to its buffer
	failed   bool
	answered bool
	ended    bool
	written  int64 // host time at which the last byte so far was handed over
	tlsErr   error
}

// trace adds the hooks to a request's context.
func (e *exchange) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { attach(i.Conn, e) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.tlsErr = err
		},
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.handed, e.failed = e.handed || i.Err == nil, e.failed || i.Err != nil
		},
		GotFirstResponseByte: func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.answered = true
		},
	})
}

// begin permits a write, or refuses it.
func (e *exchange) begin(c *conn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.conn != nil && e.conn != c:
		return errCopy
	case e.ended && e.sent == 0 && e.writing == 0:
		return errSealed
	}
	e.conn = c
	e.writing++
	return nil
}

// wrote books a write that came back. A first write of which the system took no byte leaves everything as it
// was, so that an order on a connection that had died before is known not to have gone out.
func (e *exchange) wrote(n int, err error) {
	at := e.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writing--
	e.sent += int64(n)
	if err != nil {
		e.failed = true
	} else {
		e.written = at
	}
	if e.sent == 0 && e.writing == 0 {
		e.conn = nil
	}
}

// end says how far the request came, and that the call is over.
func (e *exchange) end() (p resilience.Phase, written int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	whole := e.handed && !e.failed && e.sent > 0 && e.writing == 0
	if whole || e.answered {
		written = e.written
	}
	if e.answered && written == 0 && e.writing > 0 {
		written = e.now() // the answer was quicker than the return from the write
	}
	switch {
	case e.answered:
		return resilience.PhaseAnswered, written
	case whole:
		return resilience.PhaseWritten, written
	case e.sent > 0 || e.writing > 0:
		return resilience.PhaseWriting, 0
	}
	return resilience.PhaseBefore, 0
}

func (e *exchange) handshake() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tlsErr
}

// conn is a connection that asks the exchange it serves before it writes. Handshakes come before any.
type conn struct {
	net.Conn
	exchange atomic.Pointer[exchange]
}

// Write hands b to the system. net/http and crypto/tls have no other way: conn hides ReadFrom and WriteTo.
func (c *conn) Write(b []byte) (int, error) {
	e := c.exchange.Load()
	if e == nil {
		return c.Conn.Write(b)
	}
	if err := e.begin(c); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	e.wrote(n, err)
	return n, err
}

// attach makes e the exchange that c serves, beneath TLS where there is TLS.
func attach(c net.Conn, e *exchange) {
	if over, ok := c.(*tls.Conn); ok {
		c = over.NetConn()
	}
	if own, ok := c.(*conn); ok {
		own.exchange.Store(e)
	}
}
