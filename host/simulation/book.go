package simulation

import (
	"strconv"

	"github.com/agenthost/agenthost/host/event"
)

// VenueOrder is one order as the venue has it: the truth that the host is held to.
type VenueOrder struct {
	Number     uint64 // 1, 2, 3…: the venue's own id
	ID         event.OrderID
	Foreign    bool
	Instrument uint32
	Side       event.Side
	Type       event.OrderType
	TIF        event.TimeInForce
	ReduceOnly bool
	State      event.ReportState
	Quantity   int64
	Filled     int64
	Price      int64
	StopPrice  int64
	ExpireTime int64
	Created    int64
	// Updated is when its state last changed.
	Updated int64
	Reason  string
}

// Name is the venue order id as the venue gives it.
func (o *VenueOrder) Name() string { return "V" + strconv.FormatUint(o.Number, 10) }

// Execution is one trade of an order.
type Execution struct {
	Order *VenueOrder
	Fill  event.Fill
}

// Book is what happened at a venue's account: orders, trades, positions, money. The Checker reads it.
type Book struct {
	Orders     []*VenueOrder
	Executions []Execution
	// Own and Foreign are the positions by instrument.
	Own, Foreign []int64
	Cash         int64

	byID map[event.OrderID][]*VenueOrder
	// open are the orders that rest.
	open []*VenueOrder
	// worst is the greatest absolute own position seen, by instrument.
	worst []int64
}

func newBook(instruments int, cash int64) *Book {
	return &Book{
		Own: make([]int64, instruments), Foreign: make([]int64, instruments), Cash: cash,
		byID: make(map[event.OrderID][]*VenueOrder), worst: make([]int64, instruments),
	}
}

// ByID are the orders that came under one client order id, in order; more than one is what must not be.
func (b *Book) ByID(id event.OrderID) []*VenueOrder { return b.byID[id] }

// Open are the orders that rest.
func (b *Book) Open() []*VenueOrder { return b.open }

// PositionWorst is the greatest absolute position of an instrument that own orders made at any time.
func (b *Book) PositionWorst(instrument uint32) int64 { return b.worst[instrument] }

// foreignTraded is how much of an instrument somebody else has traded.
func (b *Book) foreignTraded(instrument uint32) (sum int64) {
	for i := range b.Executions {
		if e := &b.Executions[i]; e.Order.Foreign && e.Order.Instrument == instrument {
			sum += e.Fill.Quantity
		}
	}
	return sum
}

// newest is the last order under an id, nil if there is none.
func (b *Book) newest(id event.OrderID) *VenueOrder {
	if list := b.byID[id]; len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// add takes an order in.
func (b *Book) add(o *VenueOrder) *VenueOrder {
	o.Number = uint64(len(b.Orders) + 1)
	o.State = event.ReportOpen
	o.Updated = o.Created
	b.Orders = append(b.Orders, o)
	if !o.Foreign {
		b.byID[o.ID] = append(b.byID[o.ID], o)
	}
	b.open = append(b.open, o)
	return o
}

// execute fills a part of an order and books it.
func (b *Book) execute(o *VenueOrder, in *event.Instrument, quantity, price, fee, now int64, maker bool) *Execution {
	o.Filled += quantity
	o.Updated = now
	notional, _ := in.Notional(price, quantity, event.HalfEven)
	cost, _ := event.MulDiv(notional, fee, event.One, event.Up)
	signed := quantity
	if o.Side == event.Sell {
		signed, notional = -quantity, -notional
	}
	b.Cash -= notional + cost
	position := &b.Own[o.Instrument]
	if o.Foreign {
		position = &b.Foreign[o.Instrument]
	}
	*position += signed
	if !o.Foreign {
		b.worst[o.Instrument] = max(b.worst[o.Instrument], *position, -*position)
	}
	f := event.Fill{
		TradeID: uint64(len(b.Executions) + 1), Quantity: quantity, Price: price, Side: o.Side,
		Fee: cost, FeeCurrency: in.Settle, Time: now,
	}
	if maker {
		f.Flags |= event.FillMaker
	}
	if o.Filled >= o.Quantity {
		b.end(o, event.ReportFilled, "", now)
	}
	b.Executions = append(b.Executions, Execution{Order: o, Fill: f})
	return &b.Executions[len(b.Executions)-1]
}

// end makes an order final.
func (b *Book) end(o *VenueOrder, s event.ReportState, reason string, now int64) {
	o.State, o.Reason, o.Updated = s, reason, now
	for i, p := range b.open {
		if p == o {
			b.open = append(b.open[:i], b.open[i+1:]...)
			return
		}
	}
}

// report is an order as the venue tells of it.
func (o *VenueOrder) report(symbol string) event.OrderReport {
	r := event.OrderReport{
		VenueOrder: o.Name(), Instrument: o.Instrument, Symbol: symbol, Side: o.Side, State: o.State,
		Quantity: o.Quantity, Filled: o.Filled, Price: o.Price, Reason: o.Reason, Time: o.Updated,
	}
	if !o.Foreign {
		r.ID = o.ID
	}
	return r
}

func (e *Execution) report(symbol string) event.FillReport {
	r := event.FillReport{VenueOrder: e.Order.Name(), Instrument: e.Order.Instrument, Symbol: symbol, Fill: e.Fill}
	if !e.Order.Foreign {
		r.Order = e.Order.ID
	}
	return r
}
