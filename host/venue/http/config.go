package http

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// Config is all that is known of a venue's API. It is only read after New. DefaultConfig is the API of
// `agenthost venue`; the zero value of a path or field name is "there is none".
type Config struct {
	// Name is the venue's in logs and errors.
	Name string
	// BaseURL is what paths are added to, such as "https://venue.example". No key, no query in it.
	// AllowPlain permits http:// to another machine, where anybody on the way can read the key.
	BaseURL    string
	AllowPlain bool
	// KeyEnv names the environment variable, or KeyFile the file, that holds the key; both empty: no key. It
	// is read at New, and again when the venue answers 401.
	KeyEnv, KeyFile string
	// AuthHeader carries AuthScheme, a blank and the key; an empty scheme sends the key alone.
	AuthHeader, AuthScheme string
	// IdempotencyHeader carries the client order id of a submit. Cancels and replaces have none: under the
	// submit's key a venue would answer with the submit's reply.
	IdempotencyHeader string
	// Headers are sent with every request. They are no place for secrets: only the key is kept from logs.
	Headers   map[string]string
	Endpoints Endpoints
	Request   RequestFields
	Answer    AnswerFields
	Stream    StreamFields
	Words     Words
	Errors    Errors
	NotFound  NotFound
	// Dedupe is how far the venue refuses a client order id twice, DedupeWindow for how long.
	Dedupe       resilience.Dedupe
	DedupeWindow time.Duration
	// LookupPast: lookups find orders that are over, too.
	LookupPast bool
	// Short: the venue lets positions go below zero.
	Short bool
	// Timeout bounds a call, ConnectTimeout name, connection and TLS each. IdleTimeout closes connections
	// that nobody used for so long; it should be below the venue's own, so that no order goes out on a
	// connection that the venue is closing.
	Timeout, ConnectTimeout, IdleTimeout time.Duration
	// BodyMax bounds an answer and a stream's message, in bytes.
	BodyMax int64
	// TimeUnit is "ns", "us", "ms", "s" or "rfc3339", of all times in requests and answers.
	TimeUnit string
	// TimeHeader has the venue's clock in that unit; where it is empty or missing, the Date header serves, in
	// the middle of its second. EpochHeader changes when the venue's books began anew.
	TimeHeader, EpochHeader string
	// Numbers sends prices and quantities as JSON numbers, not as strings.
	Numbers bool
	// Proxy is the URL of an HTTP proxy; empty is none, whatever the environment says.
	Proxy string
	// CAFile is a PEM file of the authorities to trust instead of the system's; empty is the system's.
	CAFile string
	// Instruments are the lane's, in its order.
	Instruments []Instrument
}

// Instrument is one that can be traded, and the venue's word for it; an empty Symbol is the instrument's name.
type Instrument struct {
	event.Instrument
	Symbol string
}

// Endpoint is one operation. Without a Path the venue does not have it. Path, and the values of Query and
// Body, may hold placeholders: {client_order_id}, {venue_order_id}, {symbol}, {cursor}, {side}, {type},
// {quantity}, {price}, {stop_price}, {time_in_force}, {expire_time}, {valid_until}. A query or body entry whose
// placeholder has no value is left out; in a path that is an error, before anything is sent.
type Endpoint struct {
	Method, Path string
	Query        map[string]string
	// Body adds to the request's fields, by dotted path. Only POST, PUT and PATCH have bodies.
	Body map[string]string
}

// Endpoints are the operations. Time is only asked by Venue.Time, Stream is a WebSocket (Method is not used).
type Endpoints struct {
	Submit, Cancel, Replace, Lookup, OpenOrders, Fills, Positions, Balances, Time, Stream Endpoint
}

// RequestFields are the names, as dotted paths, under which a request's body says things. An order that needs
// one that has no name is not sent.
type RequestFields struct {
	Symbol, Side, Type, Quantity, Price, StopPrice, TimeInForce string
	// ExpireTime is when a GTD order ends; ValidUntil when the venue must refuse the request itself, of
	// whatever type. Only name what the venue enforces: a resend may be built on it.
	ExpireTime, ValidUntil string
	// ReduceOnly and PostOnly are booleans, sent when true. Only name what the venue enforces.
	ReduceOnly, PostOnly string
	// ClientOrderID is sent where the path or query does not have it, VenueOrderID where it is known.
	ClientOrderID, VenueOrderID string
}

// AnswerFields are the dotted paths in answers. Those of orders and fills begin at the order or fill.
type AnswerFields struct {
	// Order is where one order is found in the answer to a submit, cancel, replace or lookup; empty is the
	// whole body. Orders, Fills, Positions and Balances are the lists' places; empty is the whole body.
	Order, Orders, Fills, Positions, Balances string
	// Complete is a boolean that says that a list is whole. Empty: the venue always tells all.
	Complete string
	// Cursor is where CallFills goes on.
	Cursor string
	// OrderID is the venue's own id. Duplicates counts further orders under one client order id.
	OrderID, ClientOrderID, Duplicates string
	Symbol, Side, Status               string
	Quantity, FilledQuantity, Price    string
	// Code and Message say why an order was rejected, cancelled or expired. Time is its last change.
	Code, Message, Time string
	// OrderFills is the list of fills in an order.
	OrderFills                                                              string
	TradeID, FillQuantity, FillPrice, Fee, FeeCurrency, Liquidity, FillTime string
	// PositionQuantity is signed, unless PositionSide says which way.
	PositionQuantity, PositionSide string
	Currency, Total                string
	// ServerTime is the venue's clock in the answer to Endpoints.Time.
	ServerTime string
}

// StreamFields are how a stream's messages are read.
type StreamFields struct {
	// Type names the field that tells what a message is; OrderWord, FillWord and HeartbeatWord its values.
	// Other messages are counted and left.
	Type, OrderWord, FillWord, HeartbeatWord string
	// Order and Fill are where the order or fill is found.
	Order, Fill string
	// Sequence counts a connection's messages; what is missing at two heartbeats ends the stream, for a lost
	// fill is otherwise never noticed. Empty: the venue does not count.
	Sequence string
	// Time is the venue's clock.
	Time string
	// Silence without any message ends the stream. 0: only pings, every 15 s, show that it lives.
	Silence time.Duration
}

// Words are the venue's, for requests; in answers case does not matter. An empty word is what the venue does
// not take.
type Words struct {
	Buy, Sell                      string
	Market, Limit, Stop, StopLimit string
	GTC, IOC, FOK, GTD, DAY        string
	// Maker is the liquidity of a fill that rested.
	Maker string
	// Status is what each of the venue's words for an order's state means. One that is missing makes the
	// answer unreadable: nothing is guessed.
	Status map[string]event.ReportState
	// Cancel is what the codes of cancelled orders mean; one that is missing is no reason given.
	Cancel map[string]event.CancelCode
}

// Errors are how the venue says that something failed.
type Errors struct {
	// Code and Message are dotted paths. An answer that has one of them, or the first part of Code's path, is
	// an error whatever its status. None are codes that mean none, such as "0".
	Code, Message string
	None          []string
	// Order is where an error's body has the order, so that a rejection can be told.
	Order string
	// Processed is a boolean that is false where the venue did nothing and will do nothing.
	Processed string
	// NotProcessed are the statuses for which the venue's documents declare the same.
	NotProcessed []NotProcessed
	// Codes are what the venue's codes mean.
	Codes []Code
	// KeyReused and KeyInProgress are the codes for an idempotency key that came with other content, or
	// whose first request is still at work.
	KeyReused, KeyInProgress []string
}

// NotProcessed is an answer after which nothing was done: its status, 0 for any, and its code, empty for any. The
// taxonomy believes it of 408, 429, 503 and 529; what a code says with any status belongs to Codes.
type NotProcessed struct {
	Status int
	Code   string
}

// Code is one of the venue's codes: what it means for a request, and for the strategy if it is a rejection.
type Code struct {
	Code    string
	Request resilience.RequestKind
	Answer  resilience.Answer
	Reject  event.RejectCode
	Why     string
}

// NotFound is how a lookup is told that there is no such order: the status, and one of the codes or a text
// within the body. A status alone is not enough: a wrong path has it too.
type NotFound struct {
	Status int
	Codes  []string
	Text   string
}
