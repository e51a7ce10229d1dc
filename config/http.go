package config

import "time"

// HTTP is a venue behind an HTTP API. What is not written is the API of the guide, as `agenthost venue`
// serves it.
type HTTP struct {
	// BaseURL is what every path is appended to, without a slash at the end. AllowPlain permits one that is
	// not encrypted on another machine.
	BaseURL    string
	AllowPlain bool
	// Key is the account's, unless the account has one of its own.
	Key Key
	// AuthHeader carries AuthScheme, a blank and the key; an empty scheme is the key alone.
	AuthHeader, AuthScheme string
	// IdempotencyHeader carries the client order id of a submit; empty is none.
	IdempotencyHeader string
	// Headers are sent with every request.
	Headers map[string]string
	// Timeout bounds a call as a whole, ConnectTimeout its connection; IdleTimeout closes connections that
	// nobody used.
	Timeout, ConnectTimeout, IdleTimeout time.Duration
	// BodyMax bounds an answer, in bytes.
	BodyMax int64
	// Dedupe is how far the venue refuses a client order id that it has seen: "none", "open", "window" or
	// "forever". DedupeWindow is how long it remembers for "window", else 0.
	Dedupe       string
	DedupeWindow time.Duration
	// LookupPast: lookups find orders that are over, too. Short: positions may go below zero.
	LookupPast, Short bool
	// TimeUnit is "ns", "us", "ms", "s" or "rfc3339". TimeHeader has the venue's clock in it, EpochHeader
	// changes when its books began anew; empty is none.
	TimeUnit, TimeHeader, EpochHeader string
	// Numbers sends prices and quantities as JSON numbers instead of texts.
	Numbers bool
	// StreamSilence without any message ends a stream; 0 is never.
	StreamSilence time.Duration
	// Proxy is the URL of an HTTP proxy, CAFile an absolute path of the authorities to trust instead of the
	// system's; empty is none.
	Proxy, CAFile string
	// Accounts are those with a key of their own, in the order written.
	Accounts  []Account
	Endpoints Endpoints
	Fields    Fields
	Words     Words
	// Codes say what the venue's codes mean, by code: one of CodeMeanings.
	Codes        map[string]string
	NotFound     NotFound
	NotProcessed NotProcessed

	codesSource Source
	otherCodes  map[string]string
}

// Key is where a secret is found; one of the two is set, or none for what takes no key. The secret itself is
// never in a Config.
type Key struct {
	// Env is the name of an environment variable, File an absolute path. The file's content counts without
	// the white space around it.
	Env, File string
}

// None reports whether there is no key.
func (k Key) None() bool { return k == Key{} }

// Account is one account at a venue, which is known by its key.
type Account struct {
	Source
	// Name is what agents call it.
	Name string
	Key  Key
}

// KeyOf is where the key of an account is: its own, or the venue's.
func (h *HTTP) KeyOf(account string) Key {
	for i := range h.Accounts {
		if h.Accounts[i].Name == account {
			return h.Accounts[i].Key
		}
	}
	return h.Key
}

// Endpoint is one request of an API. Path, and the values of Query and Body, may hold placeholders, of
// Placeholders.
type Endpoint struct {
	Source
	Method string
	// Path is appended to the base URL. Empty means that the venue cannot.
	Path string
	// Query is by name; Body adds to the fields of the request, by dotted path.
	Query, Body map[string]string
}

// Off reports whether the venue cannot.
func (e *Endpoint) Off() bool { return e.Path == "" }

// Endpoints are what the venue can be asked. Stream is a WebSocket, and Time is its clock.
type Endpoints struct {
	Source
	Submit, Cancel, Lookup, OpenOrders, Fills, Positions, Balances, Replace, Time, Stream Endpoint
}

// DefaultEndpoints are the guide's.
func DefaultEndpoints() Endpoints {
	const order = "/api/orders/{client_order_id}"
	return Endpoints{
		Submit:     Endpoint{Method: "POST", Path: "/api/trade"},
		Cancel:     Endpoint{Method: "DELETE", Path: order},
		Lookup:     Endpoint{Method: "GET", Path: order},
		OpenOrders: Endpoint{Method: "GET", Path: "/api/orders", Query: map[string]string{"status": "open"}},
		Fills:      Endpoint{Method: "GET", Path: "/api/fills", Query: map[string]string{"after": "{cursor}"}},
		Positions:  Endpoint{Method: "GET", Path: "/api/positions"},
		Balances:   Endpoint{Method: "GET", Path: "/api/balances"},
		Replace:    Endpoint{Method: "PATCH", Path: order},
		Time:       Endpoint{Method: "GET", Path: "/api/time"},
		Stream:     Endpoint{Method: "GET", Path: "/api/stream", Query: map[string]string{"channels": "orders,fills"}},
	}
}

// Fields are the venue's names of what is sent, answered and streamed: ours to the venue's, every one of ours is
// there. Empty is not sent, or not told. A name with points leads into an object within: "data.order.id".
type Fields struct {
	Source
	Request, Response, Stream map[string]string
}

// Words are the venue's words for ours. Side, Type and TimeInForce map ours to the venue's, empty is what the
// venue does not take. Status and Cancel map the venue's to ours, for a venue has several for one: "open",
// "filled", "cancelled", "expired", "rejected"; and why an order was cancelled: "immediate", "unfillable",
// "venue", "exclusive".
type Words struct {
	Source
	Side, Type, TimeInForce, Status, Cancel map[string]string
	// Maker is the venue's word for a fill that rested.
	Maker string
}

// NotFound is the answer to a lookup that says "no such order": the status, and one of Codes or Text within the
// body.
type NotFound struct {
	Source
	Status int
	Codes  []string
	Text   string
}

// NotProcessed are answers with which the venue says that it has done nothing: statuses whatever the code, and
// codes whatever the status.
type NotProcessed struct {
	Source
	Statuses []int
	Codes    []string
}

// DefaultHTTP is the guide's API without an address and a key.
func DefaultHTTP() HTTP {
	return HTTP{
		AuthHeader: "Authorization", AuthScheme: "Bearer", IdempotencyHeader: "Idempotency-Key",
		Timeout: 10 * time.Second, ConnectTimeout: 5 * time.Second, IdleTimeout: 15 * time.Second, BodyMax: 1 << 20,
		Dedupe: "none", LookupPast: true, Short: true,
		TimeUnit: "ns", TimeHeader: "X-Server-Time", EpochHeader: "X-Venue-Epoch", StreamSilence: 10 * time.Second,
		Endpoints: DefaultEndpoints(), Fields: DefaultFields(), Words: DefaultWords(), Codes: DefaultCodes(),
		NotFound: DefaultNotFound(),
	}
}

// DefaultNotFound is 404 with the code order_not_found.
func DefaultNotFound() NotFound { return NotFound{Status: 404, Codes: []string{"order_not_found"}} }
