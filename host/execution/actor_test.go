package execution_test

import (
	"encoding/binary"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

func (w *world) request(agent int, q event.Request) {
	w.sequence[agent]++
	w.step(&execution.Input{Kind: execution.InputRequest, Agent: uint32(agent), Sequence: w.sequence[agent], Request: q})
}

// submit asks for an order of an agent.
func (w *world) submit(agent int, o event.Order) event.OrderID {
	o.ID[0], o.ID[1] = event.IDTag[0], event.IDTag[1]
	o.ID[2] = byte(agent + 1)
	binary.BigEndian.PutUint64(o.ID[8:], uint64(len(w.orders)+1))
	o.SizeKind, o.Agent = event.SizeUnits, uint32(agent)
	a := &asked{order: o}
	w.orders = append(w.orders, a)
	w.byID[o.ID] = a
	w.request(agent, event.Request{Kind: event.RequestSubmit, Order: o})
	return o.ID
}

// act lets an agent do something at random.
func (w *world) act() {
	agent := w.r.IntN(len(w.c.Agents))
	in := uint32(agent)
	if w.r.IntN(4) == 0 {
		in = uint32(w.r.IntN(len(w.c.Instruments)))
	}
	if !slices.Contains(w.c.Owners[in], uint32(agent)) {
		in = uint32(agent)
	}
	o := event.Order{Instrument: in, Side: event.Side(1 + w.r.IntN(2)), Type: event.OrderLimit, TIF: event.GTC, Size: 1 + w.r.Int64N(20), Price: 990 + w.r.Int64N(20)}
	switch n := w.r.IntN(20); {
	case n < 6:
		w.submit(agent, o)
	case n < 9:
		o.Type, o.Price, o.TIF = event.OrderMarket, 0, event.IOC
		w.submit(agent, o)
	case n < 10 && w.venue.enforces:
		o.TIF, o.ExpireTime = event.GTD, w.now+10*second
		w.submit(agent, o)
	case n < 12:
		held := w.lane.Position(uint32(agent), in)
		if held == 0 {
			return
		}
		o.Side, o.Flags, o.Type, o.Price = event.Sell, event.ReduceOnly|event.Closing, event.OrderMarket, 0
		if held < 0 {
			o.Side = event.Buy
		}
		w.submit(agent, o)
	case n < 15:
		if a := w.some(agent); a != nil {
			w.request(agent, event.Request{Kind: event.RequestCancel, Order: event.Order{ID: a.order.ID, Instrument: a.order.Instrument}})
		}
	case n < 17:
		if a := w.some(agent); a != nil {
			w.request(agent, event.Request{Kind: event.RequestReplace, Order: event.Order{ID: a.order.ID, Instrument: a.order.Instrument, Size: w.r.Int64N(30), Price: 990 + w.r.Int64N(20), SizeKind: event.SizeUnits}})
		}
	case n < 18:
		w.odd(agent)
	default:
		w.venue.trade(w.now)
	}
}

// odd is what happens more seldom: a parent with a stop, permissions, persons, strangers.
func (w *world) odd(agent int) {
	in := uint32(agent)
	switch w.r.IntN(6) {
	case 0:
		parent := event.Order{Instrument: in, Side: event.Buy, Type: event.OrderMarket, TIF: event.IOC, Size: 1 + w.r.Int64N(9)}
		if w.r.IntN(2) == 0 {
			parent.Type, parent.TIF, parent.Price = event.OrderLimit, event.GTC, 1000
		}
		id := w.submit(agent, parent)
		w.submit(agent, event.Order{Instrument: in, Side: event.Sell, Type: event.OrderStop, TIF: event.GTC, Size: 1 + w.r.Int64N(9), StopPrice: 900, Parent: id, Flags: event.ReduceOnly})
	case 1:
		w.step(&execution.Input{Kind: execution.InputPermissions, Agent: uint32(agent), Permission: event.Permission(w.r.IntN(16))})
	case 2:
		if w.outside {
			w.venue.outside(in, 1+w.r.Int64N(9), w.now)
		}
	case 3:
		w.person(execution.Act{Kind: execution.ActIsolate, Lane: w.r.IntN(2) == 0})
		w.after(w.r.Int64N(20*second), true, func() { w.person(execution.Act{Kind: execution.ActRelease}) })
	case 4:
		if len(w.orders) > 0 {
			w.redrive(w.orders[w.r.IntN(len(w.orders))])
		}
	case 5:
		w.person(execution.Act{Kind: execution.ActReconcile})
	}
}

func (w *world) person(a execution.Act) string {
	a.Who, a.Why = "test", "because"
	return w.step(&execution.Input{Kind: execution.InputOperator, Act: a})
}

// redrive tries an order again; if the lane takes it under its own id, the agent hears of it anew, and else the agent
// asks for another.
func (w *world) redrive(a *asked) {
	if anew, refusal := w.lane.Redrivable(a.order.ID, 0, w.now); anew && refusal == "" {
		s, _ := w.lane.Order(a.order.ID)
		if refusal := w.person(execution.Act{Kind: execution.ActRedrive, Order: a.order.ID}); refusal != "" {
			w.problem("an order that can be redriven is not: %s", refusal)
		}
		o := a.order
		o.Size, o.Price, o.Redrives, o.Parent = s.Order.Size-s.Life.Filled, s.Order.Price, a.order.ID, event.OrderID{}
		id := w.submit(int(o.Agent), o)
		if n, known := w.lane.Order(id); known && n.Order.Redrives != a.order.ID {
			w.problem("order %s does not say that it redrives %s", id, a.order.ID)
		}
		return
	}
	finals, accepted := a.finals, a.accepted
	a.finals, a.accepted = 0, 0 // outcomes may come within the act
	if w.person(execution.Act{Kind: execution.ActRedrive, Order: a.order.ID}) != "" {
		a.finals, a.accepted = finals, accepted
	}
}

// some is an order of an agent that it has not heard the end of.
func (w *world) some(agent int) *asked {
	var open []*asked
	for _, a := range w.orders {
		if int(a.order.Agent) == agent && a.finals == 0 {
			open = append(open, a)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[w.r.IntN(len(open))]
}
