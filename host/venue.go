package host

import (
	"context"

	"github.com/agenthost/agenthost/host/event"
)

// Venue is one account at one venue, as the order path sees it: in process or behind a network. Its
// methods may be called by one goroutine at a time.
type Venue interface {
	// Capabilities say what the venue can do; they change what the host dares to.
	Capabilities() event.Capabilities
	// Send carries one request out and appends what the venue answered to out. An error means that
	// the outcome is not known; the venue's refusal is an outcome, not an error.
	Send(ctx context.Context, q *event.Request, now int64, out []event.Outcome) ([]event.Outcome, error)
	// Lookup finds an order by client order id, open or past. An error is not an answer.
	Lookup(ctx context.Context, id event.OrderID) (o event.Order, found bool, err error)
	// OpenOrders appends the account's open orders, foreign ones included, to into.
	OpenOrders(ctx context.Context, into []event.Order) ([]event.Order, error)
}

// Simulated is a venue inside the process that must be shown the market. It answers at once and always,
// so none of its orders is ever Unknown, and its book is a fold of what the journal holds.
type Simulated interface {
	Venue
	// Market shows the bars that close at one time, before any agent sees them, and appends what they
	// did to the orders.
	Market(m *event.Market, out []event.Outcome) []event.Outcome
	// Finalize ends the data: what the venue's rules close at the end is appended.
	Finalize(now int64, out []event.Outcome) []event.Outcome
	// Bankrupt reports that the account has nothing left; the venue has closed it.
	Bankrupt() bool
	// AppendState appends the book's whole state.
	AppendState(b []byte) []byte
}
