package admin

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
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

// Remote says how a host is reached over the network.
type Remote struct {
	// URL is the host's address, such as "https://host:7777".
	URL string
	// Token gives the token, read before each request; nil sends none.
	Token func() (string, error)
	// CAFile holds the authorities of the host's certificate; empty is the system's.
	CAFile string
	// CertFile and KeyFile are this client's certificate; empty is none.
	CertFile, KeyFile string
}

// NewRemote makes a client of a host over the network. Nothing is opened yet. A token is sent unencrypted
// to this machine only.
func NewRemote(r Remote) (*Client, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%q is no host's address: write https://HOST:PORT", r.URL)
	}
	if u.Scheme == "http" && !loopback(net.JoinHostPort(u.Hostname(), "1")) {
		return nil, fmt.Errorf("%s is not encrypted, and whoever is on the way could read the token: write https://…", r.URL)
	}
	config, err := r.tls()
	if err != nil {
		return nil, err
	}
	place := u.Scheme + "://" + u.Host
	return &Client{
		Start: "`agenthost run CONFIG` on that machine", place: place, base: place, token: r.Token,
		http: http.Client{
			Transport:     &http.Transport{TLSClientConfig: config, DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, TLSHandshakeTimeout: dialTimeout, MaxIdleConns: 2, IdleConnTimeout: idleTimeout},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a token goes nowhere else
		},
	}, nil
}

func (r *Remote) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	if r.CAFile != "" {
		pem, err := os.ReadFile(r.CAFile)
		if err != nil {
			return nil, err
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", r.CAFile)
		}
	}
	if r.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(r.CertFile, r.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("this client's certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
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

// Positions are what all agents hold.
func (c *Client) Positions(ctx context.Context) ([]Position, error) {
	v, err := get[PositionList](ctx, c, nil, "positions")
	return v.Positions, err
}

// Breakers are those of all accounts.
func (c *Client) Breakers(ctx context.Context) ([]Breaker, error) {
	v, err := get[BreakerList](ctx, c, nil, "breakers")
	return v.Breakers, err
}

// Swap puts another module, or other parameters, into an agent. It takes as long as compiling and warming
// up do; ctx bounds it.
func (c *Client) Swap(ctx context.Context, agent string, s SwapOrder) (SwapReport, error) {
	return postLong[SwapReport](ctx, c, s, "agents", agent, "swap")
}

// Rollback puts back what an agent ran before its last swap.
func (c *Client) Rollback(ctx context.Context, agent string, a Act) (SwapReport, error) {
	return postLong[SwapReport](ctx, c, a, "agents", agent, "rollback")
}

// Reload reads the configuration anew.
func (c *Client) Reload(ctx context.Context, r ReloadOrder) (ReloadReport, error) {
	return postLong[ReloadReport](ctx, c, r, "reload")
}

// Audits are the changes that match, oldest first.
func (c *Client) Audits(ctx context.Context, q AuditQuery) (AuditList, error) {
	v := url.Values{}
	set(v, "key", q.Key)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return get[AuditList](ctx, c, v, "audit")
}

// Streams are the journal's.
func (c *Client) Streams(ctx context.Context) ([]StreamStatus, error) {
	v, err := get[StreamList](ctx, c, nil, "journal")
	return v.Streams, err
}

// Tail hands over a stream's entries, until ctx or the stream ends or deliver returns an error.
func (c *Client) Tail(ctx context.Context, q TailQuery, deliver func(JournalEntry) error) error {
	v := url.Values{}
	setWhole(v, "from", int64(q.From))
	setWhole(v, "last", int64(q.Last))
	setFollow(v, q.Follow)
	return lines(ctx, c, v, deliver, "journal", q.Stream)
}

// Logs hands over the host's last lines, and those that come, as Tail does.
func (c *Client) Logs(ctx context.Context, q LogQuery, deliver func(LogLine) error) error {
	v := url.Values{}
	set(v, "level", q.Level)
	set(v, "agent", q.Agent)
	setWhole(v, "from", int64(q.From))
	setWhole(v, "last", int64(q.Last))
	setFollow(v, q.Follow)
	return lines(ctx, c, v, deliver, "logs")
}

func setFollow(v url.Values, follow bool) {
	if follow {
		v.Set("follow", "true")
	}
}

// lines reads a stream.
func lines[T any](ctx context.Context, c *Client, query url.Values, deliver func(T) error, path ...string) error {
	res, err := c.send(ctx, http.MethodGet, query, nil, path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	read := bufio.NewReader(res.Body)
	for {
		line, err := read.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case err != nil:
			return c.unreachable(err)
		case len(bytes.TrimSpace(line)) == 0:
			continue // a heartbeat
		}
		var failed errorBody
		if bytes.HasPrefix(line, []byte(`{"error":{`)) && json.Unmarshal(line, &failed) == nil {
			return &Error{http.StatusInternalServerError, failed.Error.Code, failed.Error.Message}
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return notUnderstood(err)
		}
		if err := deliver(v); err != nil {
			return err
		}
	}
}

func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (v T, err error) {
	err = c.do(ctx, clientTimeout, http.MethodGet, &v, query, nil, path)
	return v, err
}

func post[T any](ctx context.Context, c *Client, body any, path ...string) (v T, err error) {
	return postFor[T](ctx, c, clientTimeout, body, path)
}

// postLong is post for what compiles and warms up.
func postLong[T any](ctx context.Context, c *Client, body any, path ...string) (v T, err error) {
	return postFor[T](ctx, c, swapMax+2*writeGrace, body, path)
}

func postFor[T any](ctx context.Context, c *Client, most time.Duration, body any, path []string) (v T, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return v, fmt.Errorf("encode request: %w", err)
	}
	err = c.do(ctx, most, http.MethodPost, &v, nil, b, path)
	return v, err
}

func (c *Client) do(ctx context.Context, most time.Duration, method string, into any, query url.Values, body []byte, path []string) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	res, err := c.send(ctx, method, query, body, path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return fmt.Errorf("read the host's answer: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return notUnderstood(err)
	}
	return nil
}

// send asks. Each change has a key of its own, by which the host knows it if it comes twice.
func (c *Client) send(ctx context.Context, method string, query url.Values, body []byte, path []string) (*http.Response, error) {
	address := c.base + "/v1"
	for _, p := range path {
		address += "/" + url.PathEscape(p)
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", rand.Text())
	}
	if c.token != nil {
		token, err := c.token()
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	return res, nil
}

func readError(res *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(res.Body, errorBytesMax))
	if err != nil {
		return fmt.Errorf("read the host's answer: %w", err)
	}
	return errorFrom(res.StatusCode, b)
}

func notUnderstood(err error) error {
	return fmt.Errorf("the host's answer cannot be read; is it another version? %w", err)
}

// unreachable says in words why nobody answered.
func (c *Client) unreachable(err error) error {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &certificate):
		return fmt.Errorf("the certificate of %s is not trusted: %w; name its authority with --ca-file", c.place, certificate.Err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return &NotRunning{c.place, c.Start}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not control the host on %s: only the user that runs it, and root, may", c.place)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the host on %s does not answer; a change may still be made: look before asking again", c.place)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("ask the host on %s: %w", c.place, err)
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
