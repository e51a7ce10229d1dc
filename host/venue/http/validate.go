package http

import (
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// timeUnits are the decimals of a second that each unit counts.
var timeUnits = map[string]uint8{"ns": 0, "us": 3, "ms": 6, "s": 9, "rfc3339": 0}

// Validate says what cannot work: the value, where it is, and what to do. All that is wrong is joined.
func (c *Config) Validate() error {
	err := errors.Join(c.validateURL(), c.validateKey(), c.validateLimits(), c.validateEndpoints(), c.validateFields(),
		c.validateWords(), c.validateErrors(), c.validateInstruments())
	if err != nil {
		return fmt.Errorf("venue %s: %w", c.Name, err)
	}
	return nil
}

func (c *Config) validateURL() error {
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New(`base_url: it must be http:// or https:// and a host, such as "https://venue.example"`)
	case u.User != nil:
		return errors.New("base_url: it holds a user or password; put the key into key_file or key_env")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("base_url %s://%s: it has a query or fragment; put what every request needs into the endpoints' query", u.Scheme, u.Host)
	case u.Scheme == "http" && !c.AllowPlain && !loopback(u.Hostname()):
		return fmt.Errorf("base_url %s://%s: everybody on the way could read the key and change orders; use https://, or set allow_plain", u.Scheme, u.Host)
	}
	if p, err := url.Parse(c.Proxy); c.Proxy != "" && (err != nil || p.Host == "" || p.User != nil || p.Scheme != "http" && p.Scheme != "https") {
		return errors.New(`proxy: it must be http:// or https://, a host and a port, without a password, such as "http://proxy.example:3128"`)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Config) validateKey() error {
	switch {
	case c.KeyEnv != "" && c.KeyFile != "":
		return fmt.Errorf("key_env %s and key_file %s: the key has one place; keep one", c.KeyEnv, c.KeyFile)
	case (c.KeyEnv != "" || c.KeyFile != "") && c.AuthHeader == "":
		return errors.New(`auth_header: there is a key and no header to send it in; use "Authorization"`)
	}
	for _, h := range append([]string{c.AuthHeader, c.IdempotencyHeader, c.TimeHeader, c.EpochHeader}, keys(c.Headers)...) {
		if strings.ContainsFunc(h, notToken) {
			return fmt.Errorf("header %q: it is no name of a header; letters, digits and - only", h)
		}
	}
	for h, v := range c.Headers {
		switch own := nethttp.CanonicalHeaderKey(h); {
		case h == "" || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }):
			return fmt.Errorf("headers: %q has no name, or a value that no header may have", h)
		case own == nethttp.CanonicalHeaderKey(c.AuthHeader), own == nethttp.CanonicalHeaderKey(c.IdempotencyHeader),
			own == "Content-Length", own == "Transfer-Encoding", own == "Connection", own == "Accept-Encoding", own == "Expect", own == "Upgrade":
			return fmt.Errorf("headers: %s is the adapter's own; take it out", h)
		}
	}
	return nil
}

func notToken(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

func (c *Config) validateLimits() error {
	for _, d := range []struct {
		name     string
		value    time.Duration
		from, to time.Duration
	}{
		{"timeout", c.Timeout, time.Millisecond, 10 * time.Minute},
		{"connect_timeout", c.ConnectTimeout, time.Millisecond, 10 * time.Minute},
		{"idle_timeout", c.IdleTimeout, time.Millisecond, 10 * time.Minute},
		{"stream silence", c.Stream.Silence, 0, time.Hour},
	} {
		if d.value < d.from || d.value > d.to {
			return fmt.Errorf("%s is %s; it must be %s to %s", d.name, d.value, d.from, d.to)
		}
	}
	if c.BodyMax < 1<<10 || c.BodyMax > 64<<20 {
		return fmt.Errorf("body_max is %d bytes; it must be 1024 to %d", c.BodyMax, 64<<20)
	}
	if _, ok := timeUnits[c.TimeUnit]; !ok {
		return fmt.Errorf(`time_unit %q: use "ns", "us", "ms", "s" or "rfc3339"`, c.TimeUnit)
	}
	switch {
	case c.Dedupe > resilience.DedupeForever:
		return fmt.Errorf(`dedupe %d: use "none", "open", "window" or "forever"`, c.Dedupe)
	case (c.Dedupe == resilience.DedupeWindow) != (c.DedupeWindow > 0):
		return fmt.Errorf("dedupe %s with a window of %s: a window belongs to dedupe window, and only to that", c.Dedupe, c.DedupeWindow)
	}
	return nil
}

// named are the endpoints under their names in HCL.
func (e *Endpoints) named() []namedEndpoint {
	return []namedEndpoint{
		{"submit", &e.Submit},
		{"cancel", &e.Cancel},
		{"replace", &e.Replace},
		{"lookup", &e.Lookup},
		{"open_orders", &e.OpenOrders},
		{"fills", &e.Fills},
		{"positions", &e.Positions},
		{"balances", &e.Balances},
		{"time", &e.Time},
		{"stream", &e.Stream},
	}
}

type namedEndpoint struct {
	name string
	*Endpoint
}

func (c *Config) validateEndpoints() error {
	if c.Endpoints.Submit.Path == "" {
		return errors.New("submit: it has no path; a venue that takes no orders is none")
	}
	for _, e := range []namedEndpoint{{"submit", &c.Endpoints.Submit}, {"replace", &c.Endpoints.Replace}} {
		if e.Path != "" && !e.hasBody() {
			return fmt.Errorf("%s: method %q has no body to say it in; use POST, PUT or PATCH", e.name, e.Method)
		}
	}
	for _, e := range c.Endpoints.named() {
		if err := e.validate(e.name == "stream"); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	for _, e := range c.Endpoints.named()[1:4] {
		if e.Path != "" && !c.names(e.Endpoint) {
			return fmt.Errorf("%s: nothing in its path, query or body says which order; add {client_order_id}", e.name)
		}
	}
	if e := &c.Endpoints.Fills; e.Path != "" && c.Answer.Cursor != "" && !e.mentions("cursor") {
		return errors.New("fills: the answer has a cursor and the request does not send it; add {cursor} to its query")
	}
	return nil
}

func (e *Endpoint) validate(stream bool) error {
	switch e.Method {
	case "GET", "POST", "PUT", "PATCH", "DELETE":
	default:
		if e.Path != "" && !stream {
			return fmt.Errorf("method %q; use GET, POST, PUT, PATCH or DELETE", e.Method)
		}
	}
	switch {
	case e.Path != "" && !strings.HasPrefix(e.Path, "/"):
		return fmt.Errorf("path %q must begin with /", e.Path)
	case strings.ContainsAny(e.Path, "?#"):
		return fmt.Errorf("path %q has a query; put it into query", e.Path)
	case len(e.Body) > 0 && !e.hasBody():
		return fmt.Errorf("%s has no body; use query, or another method", e.Method)
	}
	for _, t := range append(append([]string{e.Path}, values(e.Query)...), values(e.Body)...) {
		if err := checkTemplate(t); err != nil {
			return err
		}
	}
	return nil
}

func (e *Endpoint) hasBody() bool {
	return e.Method == "POST" || e.Method == "PUT" || e.Method == "PATCH"
}

// mentions reports whether path, query or body hold a placeholder.
func (e *Endpoint) mentions(name string) bool {
	has := func(t string) bool { return mentions(t, name) }
	return has(e.Path) || slices.ContainsFunc(values(e.Query), has) || slices.ContainsFunc(values(e.Body), has)
}

// names reports whether a request to e says which order it is about.
func (c *Config) names(e *Endpoint) bool {
	return e.mentions("client_order_id") || e.mentions("venue_order_id") ||
		e.hasBody() && (c.Request.ClientOrderID != "" || c.Request.VenueOrderID != "")
}

func (c *Config) validateFields() error {
	a, r := &c.Answer, &c.Request
	e := &c.Endpoints
	switch {
	case r.Symbol == "" || r.Side == "" || r.Type == "" || r.Quantity == "":
		return errors.New("request fields: symbol, side, type and quantity need a name each")
	case r.ClientOrderID == "" && c.IdempotencyHeader == "" && !e.Submit.mentions("client_order_id"):
		return errors.New("submit: the venue is not told the client order id; name client_order_id or the idempotency header")
	case a.OrderID == "" && a.ClientOrderID == "":
		return errors.New("answer fields: order_id or client_order_id must have a name, or an answer could be any order's")
	case e.Lookup.Path != "" && (a.ClientOrderID == "" || a.Status == "" || a.FilledQuantity == ""):
		return errors.New("answer fields: a lookup needs client_order_id, status and filled_quantity")
	case e.Fills.Path != "" && (a.TradeID == "" || a.FillQuantity == "" || a.FillPrice == "" || a.Side == "" || a.Symbol == ""):
		return errors.New("answer fields: fills need trade_id, fill_quantity, fill_price, side and symbol")
	case e.OpenOrders.Path != "" && (a.Symbol == "" || a.Side == ""):
		return errors.New("answer fields: open orders need symbol and side")
	case e.Positions.Path != "" && (a.Symbol == "" || a.PositionQuantity == ""):
		return errors.New("answer fields: positions need symbol and position_quantity")
	case e.Balances.Path != "" && (a.Currency == "" || a.Total == ""):
		return errors.New("answer fields: balances need currency and total")
	case e.Stream.Path != "" && c.Stream.Type == "":
		return errors.New("stream fields: type must name the field that tells messages apart")
	}
	return nil
}

func (c *Config) validateWords() error {
	w := &c.Words
	if w.Buy == "" || w.Sell == "" || strings.EqualFold(w.Buy, w.Sell) {
		return fmt.Errorf("words: buy is %q and sell is %q; the venue has a word for each", w.Buy, w.Sell)
	}
	if w.Market == "" && w.Limit == "" {
		return errors.New("words: neither market nor limit; the venue takes one of them")
	}
	if c.Answer.Status != "" && len(w.Status) == 0 {
		return errors.New("words: status has no word; say what the venue's words for an order's state mean")
	}
	seen := make(map[string]bool, len(w.Status))
	for word, state := range w.Status {
		switch {
		case state < event.ReportOpen || state > event.ReportRejected:
			return fmt.Errorf("words: status %q means nothing; use open, filled, cancelled, expired or rejected", word)
		case seen[strings.ToLower(word)]:
			return fmt.Errorf("words: status %q is there twice but for its case; keep one", word)
		}
		seen[strings.ToLower(word)] = true
	}
	return nil
}

func (c *Config) validateErrors() error {
	if _, err := c.VenueCodes(); err != nil {
		return err
	}
	for _, n := range c.Errors.NotProcessed {
		if (n.Status < 400 || n.Status > 599) && (n.Status != 0 || n.Code == "") {
			return fmt.Errorf("not_processed: status %d and code %q; only 400 to 599 can say so, or a code", n.Status, n.Code)
		}
	}
	if n := &c.NotFound; c.Endpoints.Lookup.Path != "" {
		switch {
		case n.Status == 0:
			return nil // absence is never believed: allowed, and the lane then asks a person
		case n.Status < 200 || n.Status > 599:
			return fmt.Errorf("not_found: status %d is none", n.Status)
		case len(n.Codes) == 0 && n.Text == "", slices.Contains(n.Codes, ""):
			return fmt.Errorf("not_found: status %d alone is what a mistyped path gives, too; name the venue's code, or a text of the body", n.Status)
		}
	}
	return nil
}

func (c *Config) validateInstruments() error {
	seen := map[string]string{}
	for i := range c.Instruments {
		n := &c.Instruments[i]
		if err := n.Validate(); err != nil {
			return err
		}
		if other, twice := seen[n.symbol()]; twice {
			return fmt.Errorf("instruments %s and %s: both have the symbol %q; each needs its own", other, n.Name, n.symbol())
		}
		seen[n.symbol()] = n.Name
	}
	return nil
}

func (i *Instrument) symbol() string {
	if i.Symbol == "" {
		return i.Name
	}
	return i.Symbol
}

func keys(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func values(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for _, k := range keys(m) {
		all = append(all, m[k])
	}
	return all
}
