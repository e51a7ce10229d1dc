package http

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// endpoint is where a call goes, nil for a call that the venue does not have.
func (c *Config) endpoint(k event.CallKind) *Endpoint {
	e := &c.Endpoints
	all := [...]*Endpoint{
		event.CallSubmit: &e.Submit, event.CallCancel: &e.Cancel, event.CallReplace: &e.Replace, event.CallLookup: &e.Lookup,
		event.CallOpenOrders: &e.OpenOrders, event.CallFills: &e.Fills, event.CallPositions: &e.Positions, event.CallBalances: &e.Balances,
	}
	if k == 0 || int(k) >= len(all) || all[k].Path == "" {
		return nil
	}
	return all[k]
}

// request puts a call into the venue's words. An error means that it cannot be said; nothing was sent.
func (v *Venue) request(ctx context.Context, c *event.Call) (*nethttp.Request, error) {
	e := v.config.endpoint(c.Kind)
	if e == nil {
		return nil, fmt.Errorf("the venue has no %s", c.Kind)
	}
	values, err := v.values(c)
	if err != nil {
		return nil, err
	}
	var body []byte
	if e.hasBody() {
		if body, err = v.body(c, e, values); err != nil {
			return nil, err
		}
	}
	r, err := v.build(ctx, e, values, body)
	if err == nil && c.Kind == event.CallSubmit && v.config.IdempotencyHeader != "" {
		r.Header.Set(v.config.IdempotencyHeader, values["client_order_id"])
	}
	return r, err
}

// build makes the request by hand: nethttp.NewRequest would add a GetBody, and with it net/http may send an
// order twice.
func (v *Venue) build(ctx context.Context, e *Endpoint, values map[string]string, body []byte) (*nethttp.Request, error) {
	path, err := fillPath(e.Path, values)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(strings.TrimSuffix(v.config.BaseURL, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("path %s: it gives no URL", e.Path)
	}
	query := url.Values{}
	for k, t := range e.Query {
		if s, ok := fill(t, values); ok {
			query.Set(k, s)
		}
	}
	u.RawQuery = query.Encode()
	r := (&nethttp.Request{Method: e.Method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: v.header()}).WithContext(ctx)
	if e.hasBody() {
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return r, nil
}

func (v *Venue) header() nethttp.Header {
	h := nethttp.Header{"Accept": {"application/json"}, "Accept-Encoding": {"identity"}, "User-Agent": {"agenthost"}}
	for k, s := range v.config.Headers {
		h.Set(k, s)
	}
	if key := v.keys.value(); key != "" {
		h.Set(v.config.AuthHeader, strings.TrimSpace(v.config.AuthScheme+" "+key))
	}
	return h
}

// values are what the call has to say, in the venue's words. What it does not have is missing.
func (v *Venue) values(c *event.Call) (map[string]string, error) {
	values := map[string]string{"cursor": c.Cursor, "venue_order_id": c.VenueOrder}
	if c.Kind > event.CallLookup {
		return values, nil
	}
	o := &c.Order
	if o.ID.IsZero() {
		return nil, errors.New("the order has no id")
	}
	if int64(o.Instrument) >= int64(len(v.config.Instruments)) {
		return nil, fmt.Errorf("instrument %d is none of the venue's %d", o.Instrument, len(v.config.Instruments))
	}
	values["client_order_id"] = o.ID.String()
	values["symbol"] = v.config.Instruments[o.Instrument].symbol()
	switch c.Kind {
	case event.CallSubmit:
		return values, v.submitValues(o, values)
	case event.CallReplace:
		return values, v.replaceValues(o, values)
	}
	return values, nil
}

func (v *Venue) submitValues(o *event.Order, values map[string]string) error {
	if o.SizeKind != event.SizeUnits || o.Size <= 0 {
		return fmt.Errorf("a size of kind %d, value %d: HTTP venues take units, above zero", o.SizeKind, o.Size)
	}
	i, w := &v.config.Instruments[o.Instrument], &v.config.Words
	values["quantity"] = event.FormatDecimal(o.Size, i.QuantityDecimals)
	if o.Type == event.OrderLimit || o.Type == event.OrderStopLimit {
		values["price"] = event.FormatDecimal(o.Price, i.PriceDecimals)
	}
	if o.Type == event.OrderStop || o.Type == event.OrderStopLimit {
		values["stop_price"] = event.FormatDecimal(o.StopPrice, i.PriceDecimals)
	}
	if o.TIF == event.GTD {
		values["expire_time"] = v.formatTime(o.ExpireTime)
	}
	if o.ValidUntil > 0 {
		values["valid_until"] = v.formatTime(o.ValidUntil)
	}
	values["side"], values["type"], values["time_in_force"] = w.side(o.Side), w.orderType(o.Type), w.timeInForce(o.TIF)
	return v.speakable(o, values)
}

// speakable refuses an order of which the request would leave out a part that matters.
func (v *Venue) speakable(o *event.Order, values map[string]string) error {
	r, e := &v.config.Request, &v.config.Endpoints.Submit
	silent := func(name, field string) bool { return field == "" && !e.mentions(name) }
	switch {
	case values["side"] == "":
		return fmt.Errorf("side %d has no word", o.Side)
	case values["type"] == "":
		return fmt.Errorf("the venue has no word for orders of type %s", o.Type)
	case values["price"] != "" && silent("price", r.Price):
		return errors.New("the order has a price and the request no field for it")
	case values["stop_price"] != "" && silent("stop_price", r.StopPrice):
		return errors.New("the order has a stop price and the request no field for it")
	case o.Flags&event.PostOnly != 0 && r.PostOnly == "":
		return errors.New("the order is post-only and the request has no field for it")
	case o.TIF == event.GTD && (o.ExpireTime <= 0 || silent("expire_time", r.ExpireTime)):
		return errors.New("the order expires, and it has no time or the request no field for it")
	}
	// Good-till-cancelled is what a venue does that is told nothing; a market order never rests.
	plain := o.TIF == event.GTC || o.Type == event.OrderMarket && (o.TIF == event.IOC || o.TIF == event.DAY)
	if !plain && (values["time_in_force"] == "" || silent("time_in_force", r.TimeInForce)) {
		return fmt.Errorf("the venue has no word or field for time in force %s", o.TIF)
	}
	return nil
}

func (v *Venue) replaceValues(o *event.Order, values map[string]string) error {
	if o.SizeKind != event.SizeUnits && o.Size != 0 || o.Size < 0 {
		return fmt.Errorf("a size of kind %d, value %d: HTTP venues take units, above zero", o.SizeKind, o.Size)
	}
	r, e := &v.config.Request, &v.config.Endpoints.Replace
	i := &v.config.Instruments[o.Instrument]
	for _, f := range []struct {
		name, field string
		value       int64
		decimals    uint8
	}{
		{"quantity", r.Quantity, o.Size, i.QuantityDecimals},
		{"price", r.Price, o.Price, i.PriceDecimals},
		{"stop_price", r.StopPrice, o.StopPrice, i.PriceDecimals},
	} {
		if f.value == 0 {
			continue
		}
		if f.field == "" && !e.mentions(f.name) {
			return fmt.Errorf("the replace changes %s and the request has no field for it", f.name)
		}
		values[f.name] = event.FormatDecimal(f.value, f.decimals)
	}
	return nil
}

// body is the JSON of a request: the fields that have a name and a value and are not said elsewhere, then the
// endpoint's own.
func (v *Venue) body(c *event.Call, e *Endpoint, values map[string]string) ([]byte, error) {
	r := &v.config.Request
	root := map[string]any{}
	names := map[string]string{"client_order_id": r.ClientOrderID, "venue_order_id": r.VenueOrderID}
	if c.Kind <= event.CallLookup {
		names["symbol"] = r.Symbol
	}
	if c.Kind == event.CallSubmit || c.Kind == event.CallReplace {
		names["quantity"], names["price"], names["stop_price"] = r.Quantity, r.Price, r.StopPrice
	}
	if c.Kind == event.CallSubmit {
		names["side"], names["type"], names["time_in_force"] = r.Side, r.Type, r.TimeInForce
		names["expire_time"], names["valid_until"] = r.ExpireTime, r.ValidUntil
	} else if e.mentions("client_order_id") || e.mentions("venue_order_id") {
		names = map[string]string{"quantity": names["quantity"], "price": names["price"], "stop_price": names["stop_price"]}
	}
	for name, field := range names {
		if field == "" || values[name] == "" {
			continue
		}
		if err := put(root, field, v.literal(name, values[name])); err != nil {
			return nil, err
		}
	}
	if err := putFlags(root, r, c); err != nil {
		return nil, err
	}
	for field, template := range e.Body {
		if s, ok := fill(template, values); ok {
			if err := put(root, field, s); err != nil {
				return nil, err
			}
		}
	}
	return json.Marshal(root)
}

func putFlags(root map[string]any, r *RequestFields, c *event.Call) error {
	if c.Kind != event.CallSubmit {
		return nil
	}
	if c.Order.Flags&event.ReduceOnly != 0 && r.ReduceOnly != "" {
		if err := put(root, r.ReduceOnly, true); err != nil {
			return err
		}
	}
	if c.Order.Flags&event.PostOnly != 0 {
		return put(root, r.PostOnly, true)
	}
	return nil
}

// literal gives a value its JSON form: numbers where the venue wants them.
func (v *Venue) literal(name, value string) any {
	switch name {
	case "quantity", "price", "stop_price":
		if v.config.Numbers {
			return json.Number(value)
		}
	case "expire_time", "valid_until":
		if v.config.TimeUnit != "rfc3339" {
			return json.Number(value)
		}
	}
	return value
}

// put sets a dotted path.
func put(root map[string]any, path string, value any) error {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		root[first] = value
		return nil
	}
	below, ok := root[first].(map[string]any)
	if !ok {
		if root[first] != nil {
			return fmt.Errorf("request field %s: %s is a value and cannot hold others", path, first)
		}
		below = map[string]any{}
		root[first] = below
	}
	return put(below, rest, value)
}

// formatTime cuts towards the past: an expiry told too early is the safe side.
func (v *Venue) formatTime(ns int64) string {
	if v.config.TimeUnit == "rfc3339" {
		return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
	}
	return event.FormatDecimal(ns/event.Pow10(int(timeUnits[v.config.TimeUnit])), 0)
}
