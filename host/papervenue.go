package host

import (
	"context"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/venue/paper"
)

// paperVenue lets the paper venue stand where a venue behind a network may stand. It answers at once,
// and never with an error.
type paperVenue struct{ *paper.Venue }

func (p paperVenue) Send(_ context.Context, q *event.Request, now int64, out []event.Outcome) ([]event.Outcome, error) {
	return p.Handle(q, now, out), nil
}

func (p paperVenue) Lookup(_ context.Context, id event.OrderID) (event.Order, bool, error) {
	o, found := p.Venue.Lookup(id)
	return o, found, nil
}

func (p paperVenue) OpenOrders(_ context.Context, into []event.Order) ([]event.Order, error) {
	return p.Venue.OpenOrders(into), nil
}
