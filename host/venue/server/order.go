package server

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/agenthost/agenthost/host/event"
)

// What an order's status may be.
const (
	statusOpen      = "open"
	statusPartial   = "partially_filled"
	statusFilled    = "filled"
	statusCancelled = "cancelled"
	statusRejected  = "rejected"
	statusExpired   = "expired"
)

// order is one order that reached the venue, and what became of it. It is kept for ever.
type order struct {
	// Number counts the account's orders from 1. The book knows the order by an id made of it, so that
	// two orders may have one client order id.
	Number uint64 `json:"number"`
	// Wish is the order as asked; quantity and prices are those of the last replace.
	Wish   wish   `json:"wish"`
	Status string `json:"status"`
	// Filled is cumulative, in quantity units; Worth the sum of price times quantity, in units.
	Filled int64   `json:"filled"`
	Worth  big.Int `json:"worth"`
	// Fills are indexes into the account's fills.
	Fills   []int  `json:"fills,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Time    int64  `json:"time"`
	Updated int64  `json:"updated"`
}

func (o *order) final() bool { return o.Status != statusOpen && o.Status != statusPartial }

const orderIDPrefix = "o-"

func (o *order) id() string { return orderIDPrefix + strconv.FormatUint(o.Number, 10) }

func isOrderID(id string) bool { return strings.HasPrefix(id, orderIDPrefix) }

// bookID is the order's id in the book. It carries neither the host's tag nor the book's own.
func (o *order) bookID() event.OrderID {
	id := event.OrderID{'v', 's'}
	binary.BigEndian.PutUint64(id[8:], o.Number)
	return id
}

// end makes the order final.
func (o *order) end(status, code, message string) {
	o.Status, o.Code, o.Message = status, code, message
}

// fill is one execution as the API tells it.
type fill struct {
	TradeID       string  `json:"trade_id"`
	OrderID       string  `json:"order_id"`
	ClientOrderID string  `json:"client_order_id"`
	Symbol        string  `json:"symbol"`
	Side          string  `json:"side"`
	Quantity      Decimal `json:"quantity"`
	Price         Decimal `json:"price"`
	Fee           Decimal `json:"fee"`
	FeeCurrency   string  `json:"fee_currency"`
	Liquidity     string  `json:"liquidity"`
	Time          int64   `json:"time"`
}

// orderFill is a fill within its order.
type orderFill struct {
	TradeID     string  `json:"trade_id"`
	Quantity    Decimal `json:"quantity"`
	Price       Decimal `json:"price"`
	Fee         Decimal `json:"fee"`
	FeeCurrency string  `json:"fee_currency"`
	Liquidity   string  `json:"liquidity"`
	Time        int64   `json:"time"`
}

// orderView is an order as the API tells it.
type orderView struct {
	OrderID string `json:"order_id"`
	wish
	Status         string      `json:"status"`
	FilledQuantity Decimal     `json:"filled_quantity"`
	AveragePrice   Decimal     `json:"average_price,omitempty"`
	Fills          []orderFill `json:"fills"`
	Code           string      `json:"code,omitempty"`
	Message        string      `json:"message,omitempty"`
	Time           int64       `json:"time"`
	UpdateTime     int64       `json:"update_time"`
	Duplicates     int         `json:"duplicates,omitempty"`
}

// view tells the order as it stands.
func (a *account) view(o *order) *orderView {
	v := &orderView{
		OrderID: o.id(), wish: o.Wish, Status: o.Status, FilledQuantity: "0", Fills: []orderFill{}, Code: o.Code, Message: o.Message,
		Time: o.Time, UpdateTime: o.Updated,
	}
	if o.Filled != 0 {
		in := &a.instruments[find(a.instruments, o.Wish.Symbol)]
		v.FilledQuantity = decimal(o.Filled, in.QuantityDecimals)
		v.AveragePrice = quotient(&o.Worth, big.NewInt(o.Filled), in.PriceDecimals)
	}
	for _, i := range o.Fills {
		f := &a.fills[i]
		v.Fills = append(v.Fills, orderFill{f.TradeID, f.Quantity, f.Price, f.Fee, f.FeeCurrency, f.Liquidity, f.Time})
	}
	return v
}

// rejection is why the book refused or ended an order, in the API's words. Every order here is sized in units
// and has no parent, so that a code of the book's leaves only one meaning.
func rejection(code event.RejectCode, w *wish) string {
	switch code {
	case event.RejectFunds:
		return "insufficient_funds"
	case event.RejectPrice:
		return "invalid_price"
	case event.RejectQuantity:
		return "invalid_quantity"
	case event.RejectNotional:
		return "invalid_notional"
	case event.RejectPostOnly:
		return "post_only"
	case event.RejectReduceOnly:
		return "reduce_only"
	case event.RejectHalted:
		return "halted"
	case event.RejectDuplicate:
		return "duplicate_id"
	case event.RejectPermission:
		return "permission"
	case event.RejectTrigger:
		return "invalid_trigger"
	case event.RejectType:
		return "invalid_type"
	}
	if w.TimeInForce == "gtd" || w.ExpireTime != 0 {
		return "invalid_expire_time"
	}
	return "rejected"
}

func cancellation(code event.CancelCode, w *wish) string {
	switch {
	case code == event.CancelByStrategy:
		return "requested"
	case code == event.CancelImmediate:
		return "immediate"
	case code == event.CancelByVenue && w.PostOnly:
		return "post_only"
	case code == event.CancelUnfillable && w.ReduceOnly:
		return "reduce_only"
	case code == event.CancelUnfillable:
		return "insufficient_funds"
	}
	return "venue"
}

// numbered is a reason of the book's with the numbers that decided.
func numbered(o *event.Outcome) string {
	if o.Found == 0 && o.Allowed == 0 {
		return o.Reason
	}
	return fmt.Sprintf("%s (found %d, allowed %d, in units)", o.Reason, o.Found, o.Allowed)
}
