package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/account"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// orderBook folds agents' streams into orders and their stories.
type orderBook struct {
	// story is the order whose story is told, zero for none.
	story  event.OrderID
	events []admin.OrderEvent
	orders []admin.Order
	places map[event.OrderID]int
}

// Orders are those that match, oldest first.
func (s *journalSource) Orders(_ context.Context, q admin.OrderQuery) (admin.OrderList, error) {
	if q.Venue != "" && s.place.config == nil {
		return admin.OrderList{}, fmt.Errorf("the journal in %s does not say which account an agent trades on: name the host's configuration", s.place.journal)
	}
	b := &orderBook{places: map[event.OrderID]int{}}
	if err := s.fold(b); err != nil {
		return admin.OrderList{}, err
	}
	slices.SortStableFunc(b.orders, func(a, c admin.Order) int { return cmp.Compare(a.Created, c.Created) })
	return q.Select(b.orders), nil
}

// Order is one order's whole story.
func (s *journalSource) Order(_ context.Context, id string) (admin.OrderStory, error) {
	b := &orderBook{places: map[event.OrderID]int{}, story: parseOrderID(id)}
	if b.story.IsZero() {
		return admin.OrderStory{}, usageError{fmt.Errorf("%q is no order's id: it has 32 hex digits", id)}
	}
	if err := s.fold(b); err != nil {
		return admin.OrderStory{}, err
	}
	lane, found, err := s.laneStory(b.story)
	if err != nil {
		return admin.OrderStory{}, err
	}
	i, ok := b.places[b.story]
	if !ok && !found {
		return admin.OrderStory{}, admin.Missing("order", id)
	}
	story := admin.OrderStory{Order: lane.Order, Events: lane.Events}
	if !found {
		story = admin.OrderStory{Order: b.orders[i], Events: b.events}
	}
	letters, err := s.book()
	if err != nil {
		return admin.OrderStory{}, err
	}
	for _, l := range letters.Letters() {
		if l.Order != nil && l.Order.ID == id {
			story.Letters = append(story.Letters, l)
			if !found { // a lane's own story has its sendings, and what persons did
				story.Events = append(story.Events, letterEvents(&l)...)
			}
		}
	}
	slices.SortStableFunc(story.Events, func(a, c admin.OrderEvent) int { return cmp.Compare(a.Time, c.Time) })
	return story, nil
}

// laneStory is what the lanes of live accounts tell of an order; false in a recorded run, which has none.
func (s *journalSource) laneStory(id event.OrderID) (*host.Story, bool, error) {
	story := &host.Story{ID: id}
	if c := s.place.config; c != nil {
		for i := range c.Instruments {
			x := &c.Instruments[i]
			story.Instruments = append(story.Instruments, event.Instrument{Name: x.Name, PriceDecimals: x.PriceDecimals, QuantityDecimals: x.QuantityDecimals})
		}
	}
	streams, err := s.journal.Streams()
	if err != nil {
		return nil, false, err
	}
	for _, i := range streams {
		if !strings.HasPrefix(i.Name, "lane/") {
			continue
		}
		if found, err := story.Read(s.journal, i.Name); found || err != nil {
			return story, found, err
		}
	}
	return story, false, nil
}

// parseOrderID reads 32 hex digits; zero for anything else.
func parseOrderID(s string) (id event.OrderID) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return event.OrderID{}
	}
	return event.OrderID(b)
}

func (s *journalSource) fold(b *orderBook) error {
	streams, err := s.journal.Streams()
	if err != nil {
		return err
	}
	for _, i := range streams {
		name, ok := strings.CutPrefix(i.Name, "agent/")
		if !ok {
			continue
		}
		a := &agentFold{book: b, stream: i.Name, scales: s.scalesOf(i.Name)}
		a.order = admin.Order{Agent: name}
		if c := s.place.config; c != nil && c.Agent(name) != nil {
			a.order.Venue, a.order.Account = c.Agent(name).Venue, c.Agent(name).Account
		}
		if err := s.foldAgent(a); err != nil {
			return err
		}
	}
	return nil
}

// scalesOf finds an agent's instruments: in the run's folder, or in the configuration.
func (s *journalSource) scalesOf(stream string) scales {
	if found := scalesOf(s.place.journal, stream); found != nil {
		return found
	}
	if s.place.config == nil {
		return nil
	}
	return instrumentsOf(s.place.config)[strings.TrimPrefix(stream, "agent/")]
}

func (s *journalSource) foldAgent(a *agentFold) error {
	var t event.Turn
	for e, err := range s.journal.ReadKept(a.stream, 1) {
		if err != nil {
			return err
		}
		if e.Kind != journal.KindTurn {
			continue
		}
		if err := event.ReadTurn(e.Body, &t); err != nil {
			return fmt.Errorf("stream %s, position %d: %w", a.stream, e.Position, err)
		}
		a.turn(&t, e.Position)
	}
	return nil
}

// agentFold is one agent's orders on their way through its turns.
type agentFold struct {
	book   *orderBook
	stream string
	scales scales
	orders account.Orders
	// order holds what all of the agent's orders have in common.
	order admin.Order
}

func (a *agentFold) turn(t *event.Turn, position uint64) {
	if t.Event.Kind == event.KindOutcome {
		out := &t.Event.Outcome
		if o := a.orders.Fold(out); o != nil {
			a.put(o, t.Event.Time)
			if out.VenueOrder != "" {
				a.book.orders[a.book.places[o.ID]].VenueOrder = out.VenueOrder
			}
		}
		if out.Order == a.book.story && !a.book.story.IsZero() {
			a.tell(a.outcomeEvent(out, t.Event.Time), position)
		}
	}
	for i := range t.Requests {
		q := &t.Requests[i]
		a.orders.Request(q)
		if o := a.orders.ByID(q.Order.ID); o != nil {
			a.put(o, t.Event.Time)
		}
		if q.Order.ID == a.book.story && !a.book.story.IsZero() {
			a.tell(a.requestEvent(q, t.Event.Time), position)
		}
	}
}

// put keeps an order as it stands now.
func (a *agentFold) put(o *event.Order, at int64) {
	i, known := a.book.places[o.ID]
	if !known {
		i = len(a.book.orders)
		a.book.places[o.ID] = i
		a.book.orders = append(a.book.orders, a.order)
	}
	x := &a.book.orders[i]
	venueOrder := x.VenueOrder
	*x = a.order
	x.ID, x.VenueOrder, x.Instrument = o.ID.String(), venueOrder, fmt.Sprint(a.scales.name(o.Instrument))
	x.Side, x.Type, x.TIF, x.State = o.Side.String(), o.Type.String(), o.TIF.String(), o.State.String()
	x.SizeKind, x.Size = o.SizeKind.String(), fmt.Sprint(a.scales.size(o))
	x.Filled = fmt.Sprint(a.scales.quantity(o.Instrument, o.Filled))
	x.Price, x.StopPrice = a.price(o.Instrument, o.Price), a.price(o.Instrument, o.StopPrice)
	x.ReduceOnly, x.PostOnly, x.ByHost = o.Flags&event.ReduceOnly != 0, o.Flags&event.PostOnly != 0, o.Flags&event.ByHost != 0
	x.Tag, x.Created, x.Updated, x.ValidUntil = o.Tag, o.Created, at, o.ValidUntil
}

// price writes a price, empty for none.
func (a *agentFold) price(instrument uint32, v int64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprint(a.scales.price(instrument, v))
}

func (a *agentFold) tell(e admin.OrderEvent, position uint64) {
	e.Stream, e.Position = a.stream, position
	a.book.events = append(a.book.events, e)
}

func (a *agentFold) requestEvent(q *event.Request, at int64) admin.OrderEvent {
	o := &q.Order
	switch q.Kind {
	case event.RequestSubmit:
		text := fmt.Sprintf("%s %v %v, %s", o.Side, a.scales.size(o), a.scales.name(o.Instrument), o.Type)
		if o.Flags&event.ByHost != 0 {
			text += ", by the host"
		}
		return admin.OrderEvent{Time: at, What: "admitted", Text: text}
	case event.RequestReplace:
		return admin.OrderEvent{Time: at, What: "wish", Text: "replace" + a.changes(o.Instrument, o.Size, o.Price, o.StopPrice)}
	}
	return admin.OrderEvent{Time: at, What: "wish", Text: q.Kind.String()}
}

// changes names what a replace changes.
func (a *agentFold) changes(instrument uint32, size, price, stop int64) (text string) {
	if size != 0 {
		text += fmt.Sprintf(", size %v", a.scales.quantity(instrument, size))
	}
	if price != 0 {
		text += ", price " + a.price(instrument, price)
	}
	if stop != 0 {
		text += ", stop " + a.price(instrument, stop)
	}
	return text
}

func (a *agentFold) outcomeEvent(o *event.Outcome, at int64) admin.OrderEvent {
	e := admin.OrderEvent{Time: at, What: o.Kind.String(), Text: o.Reason}
	if o.Code != 0 {
		e.Text = strings.TrimPrefix(e.Text+", "+codeText(o), ", ")
	}
	if f := &o.Fill; f.Quantity != 0 {
		e.Quantity, e.Price = fmt.Sprint(a.scales.quantity(o.Instrument, f.Quantity)), a.price(o.Instrument, f.Price)
		e.Fee, e.Trade = event.FormatDecimal(f.Fee, event.MoneyDecimals), f.VenueTrade
		if e.Trade == "" {
			e.Trade = fmt.Sprint(f.TradeID)
		}
	}
	if o.Kind == event.EventReplaced {
		e.Text = strings.TrimPrefix(e.Text+a.changes(o.Instrument, o.Size, o.Price, o.StopPrice), ", ")
	}
	return e
}

// codeText names an outcome's code by its kind, with the two numbers of a denial.
func codeText(o *event.Outcome) string {
	switch o.Kind {
	case event.EventDenied:
		return fmt.Sprintf("%s: found %d, allowed %d", event.DenyCode(o.Code), o.Found, o.Allowed)
	case event.EventRejected:
		return event.RejectCode(o.Code).String()
	case event.EventCancelled:
		return event.CancelCode(o.Code).String()
	case event.EventExpired:
		return event.ExpireCode(o.Code).String()
	case event.EventSettled:
		return "found " + event.OrderState(o.Code).String()
	}
	return fmt.Sprintf("code %d", o.Code)
}

// letterEvents are the sendings that a dead letter knows of, and what persons did with it.
func letterEvents(l *admin.Letter) (events []admin.OrderEvent) {
	add := func(e admin.OrderEvent) {
		e.Stream, e.Position = l.Stream, l.Position
		events = append(events, e)
	}
	for _, a := range l.Attempts {
		add(admin.OrderEvent{Time: a.Sent, What: "sent", Call: a.Call, Attempt: a.Number})
		if a.Answered != 0 {
			add(admin.OrderEvent{Time: a.Answered, What: "answered", Call: a.Call, Attempt: a.Number, Proof: a.Proof, Cause: a.Cause, Status: a.Status, Text: a.Detail})
		}
	}
	add(admin.OrderEvent{Time: l.Time, What: "dead_letter", Cause: l.Cause, Text: l.Message})
	for _, r := range l.Redriven {
		add(admin.OrderEvent{Time: r.Time, What: "operator", Text: strings.TrimSpace("redriven by "+r.By+": "+r.Reason) + newIDText(r.NewID)})
	}
	if r := l.Resolution; r != nil {
		add(admin.OrderEvent{Time: r.Time, What: "operator", Text: fmt.Sprintf("resolved as %s by %s: %s", r.As, r.By, r.Reason)})
	}
	return events
}

func newIDText(id string) string {
	if id == "" {
		return ""
	}
	return " (goes on as " + id + ")"
}
