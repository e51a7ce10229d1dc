package execution_test

import (
	"math/rand/v2"
	"strconv"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// venue is a venue that does what it is told, once for each request that arrives. What goes wrong on the way
// is the world's business.
type venue struct {
	r         *rand.Rand
	dedupe    bool // it refuses a client order id for ever
	amends    bool
	enforces  bool // GTD at the door
	nameless  bool // its fills name its own order only
	orders    map[event.OrderID][]*venueOrder
	sequence  []*venueOrder
	fills     []event.FillReport
	positions []int64
	rejects   int // one in so many submits is refused, 0 for none
	marks     []int64
	deliver   func(event.Reply) // the stream
	booked    map[event.OrderID]int64
}

type venueOrder struct {
	order  event.Order
	id     string
	filled int64
	state  event.ReportState
}

func newVenue(r *rand.Rand, instruments int) *venue {
	v := &venue{r: r, orders: map[event.OrderID][]*venueOrder{}, positions: make([]int64, instruments), booked: map[event.OrderID]int64{}, deliver: func(event.Reply) {}}
	for range instruments {
		v.marks = append(v.marks, 1000)
	}
	return v
}

func status(n int, request resilience.RequestKind) resilience.Happening {
	return resilience.Happening{Cause: resilience.CauseStatus, Number: n, Request: request, Phase: resilience.PhaseAnswered}
}

// arrive is a request at the venue's door; the reply may be lost later.
func (v *venue) arrive(c *event.Call, now int64) event.Reply {
	r := event.Reply{Call: c.ID, Kind: c.Kind, Complete: true}
	switch c.Kind {
	case event.CallSubmit:
		v.submit(c, &r, now)
	case event.CallCancel:
		v.cancel(c, &r, now)
	case event.CallReplace:
		v.replace(c, &r)
	case event.CallLookup:
		r.SearchedOpen, r.SearchedPast = true, true
		if o := v.find(c.Order.ID); o != nil {
			r.Orders = append(r.Orders, v.report(o, now))
		} else {
			r.NotFound = true
		}
	case event.CallOpenOrders:
		for _, o := range v.sequence {
			if o.state == event.ReportOpen {
				r.Orders = append(r.Orders, v.report(o, now))
			}
		}
	case event.CallFills:
		v.page(c, &r)
	case event.CallPositions:
		for i, q := range v.positions {
			if q != 0 {
				r.Positions = append(r.Positions, event.PositionReport{Instrument: uint32(i), Quantity: q})
			}
		}
	}
	return r
}

func (v *venue) find(id event.OrderID) *venueOrder {
	if l := v.orders[id]; len(l) > 0 {
		return l[len(l)-1]
	}
	return nil
}

func (v *venue) report(o *venueOrder, now int64) event.OrderReport {
	return event.OrderReport{
		ID: o.order.ID, VenueOrder: o.id, Instrument: o.order.Instrument, Side: o.order.Side, State: o.state,
		Quantity: o.order.Size, Filled: o.filled, Price: o.order.Price, Time: now,
	}
}

func (v *venue) submit(c *event.Call, r *event.Reply, now int64) {
	if v.dedupe && v.find(c.Order.ID) != nil {
		r.Happening = status(409, resilience.RequestSubmit)
		return
	}
	if v.enforces && c.Order.TIF == event.GTD && now >= c.Order.ExpireTime {
		r.Happening = status(400, resilience.RequestSubmit)
		return
	}
	if v.rejects > 0 && v.r.IntN(v.rejects) == 0 {
		r.Happening = status(400, resilience.RequestSubmit)
		return
	}
	o := &venueOrder{order: c.Order, id: "V" + strconv.Itoa(len(v.sequence)+1), state: event.ReportOpen}
	v.orders[c.Order.ID] = append(v.orders[c.Order.ID], o)
	v.sequence = append(v.sequence, o)
	if c.Order.Type == event.OrderMarket {
		first := 1 + v.r.Int64N(o.order.Size)
		v.fill(o, first, now)
		if first < o.order.Size && v.r.IntN(4) > 0 {
			v.fill(o, o.order.Size-first, now)
		} else if o.state == event.ReportOpen {
			v.end(o, event.ReportCancelled, now)
		}
	}
	if v.r.IntN(3) > 0 {
		r.Orders = append(r.Orders, v.report(o, now))
	}
	if v.r.IntN(3) == 0 {
		for _, f := range v.fills {
			if f.VenueOrder == o.id {
				r.Fills = append(r.Fills, f)
			}
		}
	}
}

func (v *venue) fill(o *venueOrder, quantity, now int64) {
	o.filled += quantity
	f := event.FillReport{
		Order: o.order.ID, VenueOrder: o.id, Instrument: o.order.Instrument,
		Fill: event.Fill{TradeID: uint64(len(v.fills) + 1), Quantity: quantity, Price: v.marks[o.order.Instrument], Side: o.order.Side, Time: now},
	}
	if v.nameless {
		f.Order = event.OrderID{}
	}
	v.fills = append(v.fills, f)
	v.positions[o.order.Instrument] += o.order.Signed(quantity)
	v.booked[o.order.ID] += quantity
	v.deliver(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{f}})
	if o.filled >= o.order.Size {
		v.end(o, event.ReportFilled, now)
	}
}

func (v *venue) end(o *venueOrder, s event.ReportState, now int64) {
	o.state = s
	v.deliver(event.Reply{Kind: event.CallOpenOrders, Orders: []event.OrderReport{v.report(o, now)}})
}

// trade fills a bit of a random open order.
func (v *venue) trade(now int64) {
	var open []*venueOrder
	for _, o := range v.sequence {
		if o.state == event.ReportOpen {
			open = append(open, o)
		}
	}
	if len(open) > 0 {
		o := open[v.r.IntN(len(open))]
		v.fill(o, 1+v.r.Int64N(o.order.Size-o.filled), now)
	}
}

// outside is somebody else trading in the account.
func (v *venue) outside(instrument uint32, quantity, now int64) {
	side := event.Buy
	if quantity < 0 {
		side = event.Sell
	}
	v.positions[instrument] += quantity
	v.fills = append(v.fills, event.FillReport{
		VenueOrder: "X" + strconv.Itoa(len(v.fills)), Instrument: instrument,
		Fill: event.Fill{TradeID: uint64(len(v.fills) + 1), Quantity: max(quantity, -quantity), Price: v.marks[instrument], Side: side, Time: now},
	})
}

func (v *venue) cancel(c *event.Call, r *event.Reply, now int64) {
	o := v.find(c.Order.ID)
	switch {
	case o == nil || o.state != event.ReportOpen && v.r.IntN(2) == 0:
		r.Happening = status(404, resilience.RequestCancel)
		return
	case o.state == event.ReportOpen:
		v.end(o, event.ReportCancelled, now)
	}
	if v.r.IntN(2) == 0 {
		r.Orders = append(r.Orders, v.report(o, now))
	}
}

func (v *venue) replace(c *event.Call, r *event.Reply) {
	o := v.find(c.Order.ID)
	switch {
	case o == nil || o.state != event.ReportOpen:
		r.Happening = status(404, resilience.RequestReplace)
	case !v.amends || c.Order.Size <= o.filled || v.r.IntN(8) == 0:
		r.Happening = status(400, resilience.RequestReplace)
	default:
		o.order.Size, o.order.Price = c.Order.Size, c.Order.Price
	}
}

// page gives the fills after the cursor, seven at a time.
func (v *venue) page(c *event.Call, r *event.Reply) {
	from := 0
	if c.Cursor != "" {
		from, _ = strconv.Atoi(c.Cursor)
	}
	to := min(from+7, len(v.fills))
	r.Fills = append(r.Fills, v.fills[from:to]...)
	r.Cursor, r.Complete = strconv.Itoa(to), to == len(v.fills)
}
