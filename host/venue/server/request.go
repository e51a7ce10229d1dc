package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/agenthost/agenthost/host/event"
)

// wish is the body of POST /api/trade. Two wishes are equal if they mean the same.
type wish struct {
	Symbol        string  `json:"symbol"`
	Side          string  `json:"side"`
	Type          string  `json:"type"`
	Quantity      Decimal `json:"quantity"`
	Price         Decimal `json:"price,omitempty"`
	StopPrice     Decimal `json:"stop_price,omitempty"`
	TimeInForce   string  `json:"time_in_force"`
	ExpireTime    Time    `json:"expire_time,omitempty"`
	ReduceOnly    bool    `json:"reduce_only"`
	PostOnly      bool    `json:"post_only"`
	ClientOrderID string  `json:"client_order_id"`
}

// change is the body of PATCH /api/orders/{id}.
type change struct {
	Quantity  Decimal `json:"quantity"`
	Price     Decimal `json:"price"`
	StopPrice Decimal `json:"stop_price"`
}

var (
	sides  = map[string]event.Side{"buy": event.Buy, "sell": event.Sell}
	types  = map[string]event.OrderType{"market": event.OrderMarket, "limit": event.OrderLimit, "stop": event.OrderStop, "stop_limit": event.OrderStopLimit}
	forces = map[string]event.TimeInForce{"gtc": event.GTC, "ioc": event.IOC, "fok": event.FOK, "gtd": event.GTD, "day": event.DAY}
)

var clientID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// decode reads one JSON object strictly.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the body is empty; send a JSON object")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// readWish reads the body and the Idempotency-Key of a trade. Its error is for people.
func readWish(body []byte, key string) (w wish, err error) {
	if err := decode(body, &w); err != nil {
		return w, err
	}
	if w.TimeInForce == "" {
		w.TimeInForce = "gtc"
	}
	switch {
	case w.ClientOrderID == "" && key == "":
		return w, errors.New("there is neither an Idempotency-Key header nor a client_order_id")
	case w.ClientOrderID != "" && key != "" && w.ClientOrderID != key:
		return w, fmt.Errorf("Idempotency-Key is %.70q and client_order_id %.70q; they must agree", key, w.ClientOrderID)
	case w.ClientOrderID == "":
		w.ClientOrderID = key
	}
	return w, w.check()
}

func (w *wish) check() error {
	switch {
	case !clientID.MatchString(w.ClientOrderID):
		return fmt.Errorf("client order id %.70q: 1 to 64 of A-Z a-z 0-9 . _ : -", w.ClientOrderID)
	case isOrderID(w.ClientOrderID):
		return fmt.Errorf("client order id %q looks like an order_id of this server; begin it otherwise", w.ClientOrderID)
	case w.Symbol == "" || len(w.Symbol) > 64:
		return errors.New("symbol is missing, or longer than 64 bytes")
	case sides[w.Side] == 0:
		return fmt.Errorf("side is %.20q; write buy or sell", w.Side)
	case types[w.Type] == 0:
		return fmt.Errorf("type is %.20q; write market, limit, stop or stop_limit", w.Type)
	case forces[w.TimeInForce] == 0:
		return fmt.Errorf("time_in_force is %.20q; write gtc, ioc, fok, gtd or day", w.TimeInForce)
	case w.Quantity == "":
		return errors.New("quantity is missing")
	}
	return nil
}

// refusal is a business no.
type refusal struct{ code, message string }

// order makes the wish one for the book, or says why not.
func (w *wish) order(instruments []event.Instrument) (o event.Order, no refusal) {
	at := find(instruments, w.Symbol)
	if at < 0 {
		return o, refusal{"unknown_symbol", fmt.Sprintf("there is no instrument %.40q", w.Symbol)}
	}
	o = event.Order{
		Instrument: uint32(at), Side: sides[w.Side], Type: types[w.Type], TIF: forces[w.TimeInForce], SizeKind: event.SizeUnits,
		ExpireTime: int64(w.ExpireTime),
	}
	if w.ReduceOnly {
		o.Flags |= event.ReduceOnly
	}
	if w.PostOnly {
		o.Flags |= event.PostOnly
	}
	c := change{w.Quantity, w.Price, w.StopPrice}
	return o, c.into(&o, &instruments[at])
}

// into sets what is given.
func (c *change) into(o *event.Order, in *event.Instrument) refusal {
	for _, f := range [...]struct {
		code     string
		from     Decimal
		decimals uint8
		to       *int64
	}{
		{"invalid_quantity", c.Quantity, in.QuantityDecimals, &o.Size},
		{"invalid_price", c.Price, in.PriceDecimals, &o.Price},
		{"invalid_price", c.StopPrice, in.PriceDecimals, &o.StopPrice},
	} {
		v, err := f.from.units(f.decimals)
		if err != nil {
			return refusal{f.code, fmt.Sprintf("%s: %v", in.Name, err)}
		}
		*f.to = v
	}
	return refusal{}
}

func find(instruments []event.Instrument, symbol string) int {
	for i := range instruments {
		if instruments[i].Name == symbol {
			return i
		}
	}
	return -1
}
