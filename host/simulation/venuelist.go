package simulation

import (
	"strconv"

	"github.com/agenthost/agenthost/host/event"
)

// snapshotsMax is how many states of the past a venue keeps, to answer with by mistake.
const snapshotsMax = 6

// snapshot is what the lists said once.
type snapshot struct {
	at        int64
	orders    []event.OrderReport
	positions []event.PositionReport
	cash      int64
}

// snapshotEvery is the least time between two snapshots of the past.
const snapshotEvery = second

// changed tells the stream of an order's new state and keeps a snapshot of how things are.
func (v *Venue) changed(o *VenueOrder) {
	v.streamOrder(o)
	if v.config.Rates[FaultListStale] == 0 || len(v.past) > 0 && v.now-v.past[len(v.past)-1].at < snapshotEvery {
		return
	}
	if len(v.past) == snapshotsMax {
		v.past = append(v.past[:0], v.past[1:]...)
	}
	v.past = append(v.past, v.present())
}

func (v *Venue) present() snapshot {
	return snapshot{at: v.now, orders: v.openOrders(), positions: v.positions(), cash: v.book.Cash}
}

// shown is the state that a list is made of: the present, or by mistake one of the past.
func (v *Venue) shown() snapshot {
	if len(v.past) > 0 && v.fault(FaultListStale) {
		return v.past[v.random.IntN(len(v.past))]
	}
	return v.present()
}

func (v *Venue) openOrders() []event.OrderReport {
	list := make([]event.OrderReport, 0, len(v.book.open))
	for _, o := range v.book.open {
		list = append(list, v.report(o))
	}
	return list
}

func (v *Venue) positions() []event.PositionReport {
	var list []event.PositionReport
	for i := range v.config.Instruments {
		if q := v.book.Own[i] + v.book.Foreign[i]; q != 0 {
			list = append(list, event.PositionReport{Instrument: uint32(i), Symbol: v.config.Instruments[i].Name, Quantity: q})
		}
	}
	return list
}

// lookup answers for one order by client id.
func (v *Venue) lookup(p *pending) event.Reply {
	switch {
	case v.config.Facilities&event.FacilityLookup == 0:
		return v.status(p, 404, "no such path")
	case v.fault(FaultLookupError):
		return v.status(p, pick(v.random, 500, 502, 503, 504), "internal error")
	case v.fault(FaultLookupWrongPath):
		return v.status(p, 404, "<html>not found</html>")
	}
	past := v.config.Facilities&event.FacilityLookupPast != 0
	r := v.success(p)
	r.SearchedOpen, r.SearchedPast = true, past
	o := v.target(&p.call)
	if o == nil || v.config.LookupMistyped || !past && o.State != event.ReportOpen {
		r.NotFound = true
		return r
	}
	r.Orders = []event.OrderReport{v.report(o)}
	return r
}

// list answers for a whole list.
func (v *Venue) list(p *pending) event.Reply {
	if v.config.Facilities&facilityOf(p.call.Kind) == 0 {
		return v.status(p, 404, "no such path")
	}
	if v.fault(FaultListError) {
		return v.status(p, pick(v.random, 500, 502, 503, 504), "internal error")
	}
	r := v.success(p)
	r.Complete = true
	switch p.call.Kind {
	case event.CallOpenOrders:
		r.Orders = v.shown().orders
		r.Orders, r.Complete = cut(v, r.Orders)
	case event.CallPositions:
		r.Positions = v.shown().positions
		r.Positions, r.Complete = cut(v, r.Positions)
	case event.CallBalances:
		r.Balances = []event.BalanceReport{{Currency: v.config.Currency, Total: v.shown().cash}}
	case event.CallFills:
		v.listFills(&p.call, &r)
	}
	return r
}

// cut takes the end off a list, now and then, and then says that it is not complete.
func cut[T any](v *Venue, list []T) ([]T, bool) {
	if !v.fault(FaultListPartial) {
		return list, true
	}
	if len(list) == 0 {
		return list, false
	}
	return list[:v.random.IntN(len(list))], false
}

// listFills gives the trades after the call's cursor, a page of them.
func (v *Venue) listFills(c *event.Call, r *event.Reply) {
	from, err := strconv.Atoi(c.Cursor)
	if err != nil || from < 0 || from > len(v.book.Executions) {
		from = 0
	}
	to := min(len(v.book.Executions), from+v.config.Page)
	r.Complete = to == len(v.book.Executions)
	if v.fault(FaultListPartial) && to > from {
		to = from + v.random.IntN(to-from)
		r.Complete = false
	}
	for i := from; i < to; i++ {
		r.Fills = append(r.Fills, v.fillReport(&v.book.Executions[i]))
	}
	r.Cursor = strconv.Itoa(to)
}

func (v *Venue) fillReport(e *Execution) event.FillReport {
	return e.report(v.config.Instruments[e.Order.Instrument].Name)
}

func facilityOf(k event.CallKind) event.Facilities {
	switch k {
	case event.CallOpenOrders:
		return event.FacilityOpenOrders
	case event.CallFills:
		return event.FacilityFills
	case event.CallPositions:
		return event.FacilityPositions
	}
	return event.FacilityBalances
}

// streamOrder tells of an order's state by the venue's stream, if it has one.
func (v *Venue) streamOrder(o *VenueOrder) {
	v.stream(event.Reply{Kind: event.CallOpenOrders, Orders: []event.OrderReport{v.report(o)}})
}

func (v *Venue) streamFill(e *Execution) {
	v.stream(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{v.fillReport(e)}})
}

// stream sends what the venue tells unasked: late, twice or never, as the seed wants.
func (v *Venue) stream(r event.Reply) {
	if v.config.Facilities&event.FacilityStream == 0 || v.now < v.outage || v.fault(FaultStreamLost) {
		return
	}
	r.VenueTime = v.clock()
	way := v.latency() / 2
	if v.fault(FaultStreamLate) {
		way += v.random.between(second, 20*second)
	}
	v.queue.push(scheduled{at: v.now + way, kind: atReply, connection: v.connection, reply: r})
	if v.fault(FaultStreamTwice) {
		v.queue.push(scheduled{at: v.now + way + v.latency(), kind: atReply, connection: v.connection, reply: r})
	}
}
