package config

import "time"

// HTTP is a venue behind an HTTP API. What is not written is the API of the guide, as `agenthost venue`
// serves it.
type HTTP struct {
	// BaseURL is what every path is appended to, without a slash at the end.
	BaseURL string
	// Key is the account's, unless the account has one of its own.
	Key Key
	// KeyHeader carries the key, with KeyPrefix before it ("Bearer "). IDHeader carries the client order id
	// of whatever changes something at the venue; empty is none.
	KeyHeader, KeyPrefix, IDHeader string
	// Timeout bounds a call as a whole, ConnectTimeout its connection.
	Timeout, ConnectTimeout time.Duration
	// Dedupe is how far the venue refuses a client order id that it has seen: "none", "open", "window" or
	// "forever". DedupeWindow is how long it remembers for "window", else 0.
	Dedupe       string
	DedupeWindow time.Duration
	// Accounts are those with a key or a name of their own, in the order written.
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

// Key is where a secret is found; one of the two is set, or none for a venue that takes no key. The secret
// itself is never in a Config.
type Key struct {
	// Env is the name of an environment variable, File an absolute path. The file's content counts without
	// the white space around it.
	Env, File string
}

// None reports whether there is no key.
func (k Key) None() bool { return k == Key{} }

// Account is one account at a venue.
type Account struct {
	Source
	// Name is what agents call it, ID what the venue does: what field "account" and {account} send.
	Name, ID string
	Key      Key
}

// Account returns what is known of an account: the block of its name, with the venue's key where it has none.
func (h *HTTP) Account(name string) Account {
	for i := range h.Accounts {
		if a := h.Accounts[i]; a.Name == name {
			if a.Key.None() {
				a.Key = h.Key
			}
			return a
		}
	}
	return Account{Name: name, ID: name, Key: h.Key}
}

// Endpoint is one request of an API.
type Endpoint struct {
	Source
	Method string
	// Path is appended to the base URL. It may hold {client_order_id}, {order_id}, {symbol}, {account} and
	// {cursor}. Empty means that the venue cannot.
	Path string
	// Body is sent with the same words filled in; empty is the fields of the request, where it has any.
	Body string
}

// Off reports whether the venue cannot.
func (e *Endpoint) Off() bool { return e.Path == "" }

// Endpoints are what the venue can be asked.
type Endpoints struct {
	Source
	Submit, Cancel, Lookup, OpenOrders, Fills, Positions, Balances, Replace, Time Endpoint
	// Stream is a WebSocket: a path below the base URL, or a URL of its own.
	Stream Endpoint
}

// DefaultEndpoints are the guide's.
func DefaultEndpoints() Endpoints {
	const order = "/api/orders/{client_order_id}"
	return Endpoints{
		Submit:     Endpoint{Method: "POST", Path: "/api/trade"},
		Cancel:     Endpoint{Method: "DELETE", Path: order},
		Lookup:     Endpoint{Method: "GET", Path: order},
		OpenOrders: Endpoint{Method: "GET", Path: "/api/orders?status=open"},
		Fills:      Endpoint{Method: "GET", Path: "/api/fills?after={cursor}"},
		Positions:  Endpoint{Method: "GET", Path: "/api/positions"},
		Balances:   Endpoint{Method: "GET", Path: "/api/balances"},
		Replace:    Endpoint{Method: "PATCH", Path: order},
		Time:       Endpoint{Method: "GET", Path: "/api/time"},
		Stream:     Endpoint{Method: "GET", Path: "/api/stream"},
	}
}

// Fields are the venue's names of what is sent and answered: ours to the venue's, every one of ours is there.
// Empty is not sent, or not answered. A name with points leads into an object within: "data.order.id".
type Fields struct {
	Source
	Request, Response map[string]string
}

// Words are the venue's words for ours. Side, Type and TimeInForce map ours to the venue's; Status maps the
// venue's to ours ("open", "filled", "cancelled", "expired", "rejected"), for a venue has several for one.
type Words struct {
	Source
	Side, Type, TimeInForce, Status map[string]string
}

// NotFound is the answer to a lookup that says "no such order": status and code must both be as written. An
// empty Code is any.
type NotFound struct {
	Source
	Status int
	Code   string
}

// NotProcessed are answers with which the venue says that it has done nothing: statuses, and codes beside any
// status.
type NotProcessed struct {
	Source
	Statuses []int
	Codes    []string
}

// DefaultHTTP is the guide's API without an address and a key.
func DefaultHTTP() HTTP {
	return HTTP{
		KeyHeader: "Authorization", KeyPrefix: "Bearer ", IDHeader: "Idempotency-Key",
		Timeout: 10 * time.Second, ConnectTimeout: 5 * time.Second, Dedupe: "none",
		Endpoints: DefaultEndpoints(), Fields: DefaultFields(), Words: DefaultWords(), Codes: DefaultCodes(),
		NotFound: DefaultNotFound(), NotProcessed: DefaultNotProcessed(),
	}
}

// DefaultNotFound is 404 and the code order_not_found.
func DefaultNotFound() NotFound { return NotFound{Status: 404, Code: "order_not_found"} }

// DefaultNotProcessed is 429.
func DefaultNotProcessed() NotProcessed { return NotProcessed{Statuses: []int{429}} }
