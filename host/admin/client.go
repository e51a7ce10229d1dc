package admin

import (
	"context"
	"net"
	"net/http"
	"time"
)

// clientTimeout is longer than a server takes for a request.
const clientTimeout = requestTimeout + 2*writeGrace

// dialTimeout is how long it takes to find that nobody is there, over a network.
const dialTimeout = 10 * time.Second

// answerBytesMax bounds what a client reads.
const answerBytesMax = 256 << 20

const errorBytesMax = 1 << 20

// Client asks a running host. Errors: *NotRunning, *Refusal, *NotFound, *Invalid, and *Error for the
// rest of what a host can answer. Safe for concurrent use.
type Client struct {
	// Start is the command that starts the host, for NotRunning's words. NewClient sets
	// "agenthost run CONFIG".
	Start string
	// place is the socket, or the address; base what paths are appended to.
	place, base string
	token       func() (string, error)
	http        http.Client
}

// NewClient makes a client of the host on a socket. Nothing is opened yet.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: answerTimeout}).DialContext(ctx, "unix", socket)
	}
	return &Client{
		Start: "`agenthost run CONFIG`", place: socket, base: "http://agenthost",
		http: http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConns: 2, IdleConnTimeout: idleTimeout}},
	}
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
