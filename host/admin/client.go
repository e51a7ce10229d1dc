package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
)

// clientTimeout is longer than a server takes for a request.
const clientTimeout = requestTimeout + 2*writeGrace

// answerBytesMax bounds what a client reads.
const answerBytesMax = 256 << 20

// Client asks a running host. Errors: *NotRunning, *Refusal, *NotFound, *Invalid, and *Error for the
// rest of what a host can answer. Safe for concurrent use.
type Client struct {
	// Start is the command that starts the host, for NotRunning's words. NewClient sets
	// "agenthost run CONFIG".
	Start  string
	socket string
	http   http.Client
}

// NewClient makes a client of the host on a socket. Nothing is opened yet.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: answerTimeout}).DialContext(ctx, "unix", socket)
	}
	return &Client{
		Start: "`agenthost run CONFIG`", socket: socket,
		http: http.Client{Timeout: clientTimeout, Transport: &http.Transport{DialContext: dial, MaxIdleConns: 2, IdleConnTimeout: idleTimeout}},
	}
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status is the host at one moment.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, nil, "status")
}

// SetMode puts an agent's mode by hand.
func (c *Client) SetMode(ctx context.Context, agent string, m ModeChange) (AgentStatus, error) {
	return post[AgentStatus](ctx, c, m, "agents", agent, "mode")
}

// Halt stops agents; their positions stay.
func (c *Client) Halt(ctx context.Context, t Target, a Act) (Stopping, error) {
	return post[Stopping](ctx, c, a, t.path("halt")...)
}

// Flatten stops agents and closes their positions.
func (c *Client) Flatten(ctx context.Context, t Target, a Act) (Stopping, error) {
	return post[Stopping](ctx, c, a, t.path("flatten")...)
}

func (t Target) path(verb string) []string {
	switch {
	case t.All:
		return []string{verb}
	case t.Agent != "":
		return []string{"agents", t.Agent, verb}
	}
	return []string{"accounts", t.Venue, t.Account, verb}
}

// ChangeAccount isolates or releases a breaker, holds, releases or reconciles an account.
func (c *Client) ChangeAccount(ctx context.Context, venue, account string, what AccountAct, a Act) (AccountStatus, error) {
	path := []string{"accounts", venue, account}
	switch what {
	case BreakerIsolate:
		path = append(path, "breaker", "isolate")
	case BreakerRelease:
		path = append(path, "breaker", "release")
	default:
		path = append(path, string(what))
	}
	return post[AccountStatus](ctx, c, a, path...)
}

// Orders are those that match, oldest first.
func (c *Client) Orders(ctx context.Context, q OrderQuery) (OrderList, error) {
	v := url.Values{}
	set(v, "agent", q.Agent)
	set(v, "venue", q.Venue)
	set(v, "account", q.Account)
	set(v, "instrument", q.Instrument)
	set(v, "state", q.State)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return get[OrderList](ctx, c, v, "orders")
}

// Order is one order's whole story.
func (c *Client) Order(ctx context.Context, id string) (OrderStory, error) {
	return get[OrderStory](ctx, c, nil, "orders", id)
}

// Letters are the dead letters that match, oldest first.
func (c *Client) Letters(ctx context.Context, q LetterQuery) (LetterList, error) {
	return get[LetterList](ctx, c, q.values(), "dlq")
}

// LetterStats are the dead letters that match, grouped by cause.
func (c *Client) LetterStats(ctx context.Context, q LetterQuery) (LetterStats, error) {
	return get[LetterStats](ctx, c, q.values(), "dlq", "stats")
}

func (q *LetterQuery) values() url.Values {
	v := url.Values{}
	set(v, "kind", q.Kind)
	set(v, "agent", q.Agent)
	set(v, "cause", q.Cause)
	set(v, "state", q.State)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return v
}

// Letter is one dead letter.
func (c *Client) Letter(ctx context.Context, id string) (Letter, error) {
	return get[Letter](ctx, c, nil, "dlq", id)
}

// Redrive does again what a letter could not.
func (c *Client) Redrive(ctx context.Context, letter string, r Redrive) (RedriveResult, error) {
	return post[RedriveResult](ctx, c, r, "dlq", letter, "redrive")
}

// Resolve settles a letter.
func (c *Client) Resolve(ctx context.Context, letter string, r Resolve) (Letter, error) {
	return post[Letter](ctx, c, r, "dlq", letter, "resolve")
}

// TestAlert sends an alert through every channel.
func (c *Client) TestAlert(ctx context.Context, a Act) ([]AlertDelivery, error) {
	v, err := post[struct{ Channels []AlertDelivery }](ctx, c, a, "alerts", "test")
	return v.Channels, err
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

func setWhole(v url.Values, name string, n int64) {
	if n != 0 {
		v.Set(name, strconv.FormatInt(n, 10))
	}
}

func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (v T, err error) {
	err = c.do(ctx, http.MethodGet, &v, query, nil, path)
	return v, err
}

func post[T any](ctx context.Context, c *Client, body any, path ...string) (v T, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return v, fmt.Errorf("encode request: %w", err)
	}
	err = c.do(ctx, http.MethodPost, &v, nil, b, path)
	return v, err
}

func (c *Client) do(ctx context.Context, method string, into any, query url.Values, body []byte, path []string) error {
	address := "http://agenthost/v1"
	for _, p := range path {
		address += "/" + url.PathEscape(p)
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return fmt.Errorf("read the host's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return errorFrom(res.StatusCode, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the host's answer cannot be read; is it another version? %w", err)
	}
	return nil
}

// unreachable says in words why nobody answered.
func (c *Client) unreachable(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return &NotRunning{c.socket, c.Start}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not control the host on %s: only the user that runs it, and root, may", c.socket)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the host on %s does not answer; a change may still be made: look before asking again", c.socket)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("ask the host on %s: %w", c.socket, err)
}

// errorFrom gives an answer that is no success its type back.
func errorFrom(status int, b []byte) error {
	var body errorBody
	if err := json.Unmarshal(b, &body); err != nil || body.Error.Code == "" {
		return &Error{status, http.StatusText(status), fmt.Sprintf("%.200q", b)}
	}
	code, message := body.Error.Code, body.Error.Message
	switch status {
	case http.StatusConflict:
		return &Refusal{code, message}
	case http.StatusNotFound:
		return &NotFound{message}
	case http.StatusBadRequest:
		return &Invalid{message}
	}
	return &Error{status, code, message}
}
