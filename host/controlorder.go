package host

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// parseID reads an order's id; zero for what is none.
func parseID(s string) (id event.OrderID) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return event.OrderID{}
	}
	return event.OrderID(b)
}

// Orders are those that match, oldest first: all that are not over, and those that ended not long ago. The
// whole past is in the journal, which is read where no host runs.
func (c *Control) Orders(ctx context.Context, q admin.OrderQuery) (admin.OrderList, error) {
	workers, err := c.workers()
	if err != nil {
		return admin.OrderList{}, err
	}
	var all []admin.Order
	for _, w := range workers {
		err := ask(ctx, w, func(l *Live) {
			for o := range l.lane.Orders() {
				all = append(all, l.order(&o))
			}
		})
		if err != nil {
			return admin.OrderList{}, err
		}
	}
	slices.SortStableFunc(all, func(a, b admin.Order) int { return cmp.Compare(a.Created, b.Created) })
	return q.Select(all), nil
}

// order is an order of the lane, and whose it is.
func (l *Live) order(s *execution.OrderStatus) admin.Order {
	x := orderOf(s, &l.plan.Instruments[s.Order.Instrument])
	x.Agent, x.Venue, x.Account = l.plan.Agents[s.Order.Agent].Name, l.plan.Venue, l.plan.Account
	return x
}

// orderOf puts an order into a person's words.
func orderOf(s *execution.OrderStatus, in *event.Instrument) admin.Order {
	o := &s.Order
	x := admin.Order{
		ID: o.ID.String(), Instrument: in.Name, VenueOrder: s.VenueOrder,
		Side: o.Side.String(), Type: o.Type.String(), TIF: o.TIF.String(), SizeKind: o.SizeKind.String(), Size: sizeOf(o, in),
		Price: decimal(o.Price, in.PriceDecimals), StopPrice: decimal(o.StopPrice, in.PriceDecimals),
		Filled: event.FormatDecimal(s.Life.Filled, in.QuantityDecimals), State: o.State.String(),
		ReduceOnly: o.Flags&event.ReduceOnly != 0, PostOnly: o.Flags&event.PostOnly != 0, ByHost: o.Flags&event.ByHost != 0,
		Tag: o.Tag, Created: o.Created, Updated: o.Created, ValidUntil: o.ValidUntil, Attempts: int(s.Life.Attempts),
	}
	for i := range s.Attempts {
		x.Updated = max(x.Updated, s.Attempts[i].Sent, s.Attempts[i].Answered)
	}
	if !o.Redrives.IsZero() {
		x.Redrives = o.Redrives.String()
	}
	if !s.RedrivenAs.IsZero() {
		x.RedrivenAs = s.RedrivenAs.String()
	}
	if s.Letter {
		x.Letter = x.ID
	}
	return x
}

// decimal writes a number, empty for 0.
func decimal(v int64, decimals uint8) string {
	if v == 0 {
		return ""
	}
	return event.FormatDecimal(v, decimals)
}

func sizeOf(o *event.Order, in *event.Instrument) string {
	switch o.SizeKind {
	case event.SizeNotional:
		return event.FormatDecimal(o.Size, event.MoneyDecimals)
	case event.SizeFraction:
		return event.FormatDecimal(o.Size, event.FractionDecimals)
	}
	return event.FormatDecimal(o.Size, in.QuantityDecimals)
}

// Order is one order's whole story.
func (c *Control) Order(ctx context.Context, id string) (admin.OrderStory, error) {
	wanted := parseID(id)
	if wanted.IsZero() {
		return admin.OrderStory{}, &admin.Invalid{Message: fmt.Sprintf("%q is no order's id: it has 32 hex digits", id)}
	}
	workers, err := c.workers()
	if err != nil {
		return admin.OrderStory{}, err
	}
	for _, w := range workers {
		story := Story{ID: wanted, Instruments: w.live.plan.Instruments}
		found, err := story.Read(w.live.journal, w.live.stream.Name())
		if err != nil {
			return admin.OrderStory{}, w.unlessStopped(err)
		}
		if found {
			return c.orderStory(ctx, w, &story)
		}
	}
	return admin.OrderStory{}, admin.Missing("order", id)
}

// orderStory completes what the journal tells with how the order stands now, and its letters.
func (c *Control) orderStory(ctx context.Context, w *worker, s *Story) (admin.OrderStory, error) {
	out := admin.OrderStory{Order: s.Order, Events: s.Events}
	err := ask(ctx, w, func(l *Live) {
		if o, ok := l.lane.Order(s.ID); ok {
			out.Order = l.order(&o)
		}
	})
	if err != nil {
		return out, err
	}
	letters, err := c.Letters(ctx)
	for i := range letters {
		if l := &letters[i]; l.Order != nil && l.Order.ID == out.Order.ID {
			out.Letters = append(out.Letters, *l)
		}
	}
	return out, err
}
