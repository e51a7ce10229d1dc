package server

import (
	"encoding/binary"
	"math/big"
	"strconv"

	"github.com/agenthost/agenthost/host/event"
)

// fold writes into the books what the paper book says became of its orders.
func (a *account) fold(out []event.Outcome) {
	for i := range out {
		e := &out[i]
		switch e.Kind {
		case event.EventTransfer:
			a.transfers = append(a.transfers, transfer{money(e.Amount), e.Currency, e.Reason, e.Time})
		case event.EventFill, event.EventLiquidation:
			a.filled(a.ordered(e.Order), e)
		default:
			a.told(a.ordered(e.Order), e)
		}
	}
}

// ordered is the order that the book knows by this id, nil for the book's own.
func (a *account) ordered(id event.OrderID) *order {
	n := binary.BigEndian.Uint64(id[8:])
	if n == 0 || n > uint64(len(a.orders)) || a.orders[n-1].bookID() != id {
		return nil
	}
	return a.orders[n-1]
}

// told books an outcome that is no fill. The book's own orders make none.
func (a *account) told(o *order, e *event.Outcome) {
	if o == nil {
		return
	}
	switch e.Kind {
	case event.EventAccepted:
	case event.EventRejected:
		o.end(statusRejected, rejection(event.RejectCode(e.Code), &o.Wish), numbered(e))
	case event.EventCancelled:
		o.end(statusCancelled, cancellation(event.CancelCode(e.Code), &o.Wish), numbered(e))
	case event.EventExpired:
		o.end(statusExpired, "expired", numbered(e))
	case event.EventReplaced:
		if e.Code != 0 {
			a.refused = refusal{rejection(event.RejectCode(e.Code), &o.Wish), numbered(e)}
			return
		}
		a.replaced(o, e)
	}
	a.touched(o, e.Time)
}

func (a *account) replaced(o *order, e *event.Outcome) {
	in := &a.instruments[e.Instrument]
	o.Wish.Quantity = decimal(e.Size, in.QuantityDecimals)
	if e.Price != 0 {
		o.Wish.Price = decimal(e.Price, in.PriceDecimals)
	}
	if e.StopPrice != 0 {
		o.Wish.StopPrice = decimal(e.StopPrice, in.PriceDecimals)
	}
}

// filled books an execution, of an order or of the venue's own.
func (a *account) filled(o *order, e *event.Outcome) {
	in := &a.instruments[e.Instrument]
	f := fill{
		TradeID: strconv.FormatUint(e.Fill.TradeID, 10), OrderID: "venue-" + e.Order.String(), Symbol: in.Name, Side: "buy",
		Quantity: decimal(e.Fill.Quantity, in.QuantityDecimals), Price: decimal(e.Fill.Price, in.PriceDecimals),
		Fee: money(e.Fill.Fee), FeeCurrency: e.Fill.FeeCurrency, Liquidity: "taker", Time: e.Fill.Time,
	}
	if e.Fill.Side == event.Sell {
		f.Side = "sell"
	}
	if e.Fill.Flags&event.FillMaker != 0 {
		f.Liquidity = "maker"
	}
	if o != nil {
		f.OrderID, f.ClientOrderID = o.id(), o.Wish.ClientOrderID
		o.Filled += e.Fill.Quantity
		o.Worth.Add(&o.Worth, new(big.Int).Mul(big.NewInt(e.Fill.Price), big.NewInt(e.Fill.Quantity)))
		o.Fills = append(o.Fills, len(a.fills))
		o.Status = statusPartial
		if e.Fill.Flags&event.FillLast != 0 {
			o.Status = statusFilled
		}
		a.touched(o, e.Time)
	}
	a.fills = append(a.fills, f)
	a.newFills++
}
