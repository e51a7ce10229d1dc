package main

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// The shapes in which journal show prints what it decodes.

// scales are an agent's instruments, in its order. The journal has prices and quantities in their units
// and does not know their scales; the run's folder does. Nil: whole numbers are printed as they are.
type scales []instrumentFacts

func (s scales) name(i uint32) any {
	if int64(i) < int64(len(s)) {
		return s[i].Name
	}
	return i
}

func (s scales) price(i uint32, v int64) any {
	if int64(i) < int64(len(s)) {
		return event.FormatDecimal(v, s[i].PriceDecimals)
	}
	return v
}

func (s scales) quantity(i uint32, v int64) any {
	if int64(i) < int64(len(s)) {
		return event.FormatDecimal(v, s[i].QuantityDecimals)
	}
	return v
}

func (s scales) size(o *event.Order) any {
	switch o.SizeKind {
	case event.SizeFraction:
		return event.FormatDecimal(o.Size, event.FractionDecimals)
	case event.SizeNotional:
		return event.FormatDecimal(o.Size, event.MoneyDecimals)
	}
	return s.quantity(o.Instrument, o.Size)
}

func (s scales) showTurn(t *event.Turn) map[string]any {
	m := map[string]any{"event": s.showEvent(&t.Event), "verdict": t.Verdict.String()}
	if t.Fuel != 0 {
		m["fuel"] = t.Fuel
	}
	if t.TimerNext != 0 {
		m["timer_next"] = showTime(t.TimerNext)
	}
	var requests []map[string]any
	for i := range t.Requests {
		requests = append(requests, map[string]any{"request": t.Requests[i].Kind.String(), "order": s.showOrder(&t.Requests[i].Order)})
	}
	if requests != nil {
		m["requests"] = requests
	}
	var denials []map[string]any
	for _, d := range t.Denials {
		denials = append(denials, map[string]any{"code": d.Code.String(), "ref": d.Ref, "instrument": s.name(d.Instrument), "found": d.Found, "allowed": d.Allowed})
	}
	if denials != nil {
		m["denials"] = denials
	}
	return m
}

func (s scales) showEvent(e *event.Event) map[string]any {
	m := map[string]any{"kind": e.Kind.String()}
	switch e.Kind {
	case event.KindMarket:
		m["cursor"] = e.Cursor
		var bars []map[string]any
		for i := range e.Bars {
			b := &e.Bars[i]
			bars = append(bars, map[string]any{
				"instrument": s.name(b.Instrument), "open": s.price(b.Instrument, b.Open), "high": s.price(b.Instrument, b.High),
				"low": s.price(b.Instrument, b.Low), "close": s.price(b.Instrument, b.Close), "volume": s.quantity(b.Instrument, b.Volume),
				"flags": b.Flags.String(),
			})
		}
		m["bars"] = bars
		for _, n := range e.Notes {
			m["feed"] = map[string]any{"instrument": s.name(n.Instrument), "flags": n.Flags.String(), "defect": n.Defect.String(), "withheld": n.Withheld, "missing": n.Missing}
		}
	case event.KindOutcome:
		m["outcome"] = s.showOutcome(&e.Outcome)
		if e.Cursor != 0 {
			m["number"] = e.Cursor
		}
	case event.KindMode, event.KindStop, event.KindOperator, event.KindSwap:
		if e.Mode != 0 {
			m["mode"] = e.Mode.String()
		}
		m["reason"] = e.Reason
	case event.KindRedrive:
		m["reason"], m["wish"] = e.Reason, s.showOrder(e.Redrive)
	}
	return m
}

func (s scales) showOutcome(o *event.Outcome) map[string]any {
	m := map[string]any{"kind": o.Kind.String(), "order": o.Order.String(), "instrument": s.name(o.Instrument)}
	if o.Reason != "" {
		m["reason"] = o.Reason
	}
	if o.Code != 0 {
		m["code"], m["found"], m["allowed"] = o.Code, o.Found, o.Allowed
	}
	if f := &o.Fill; f.Quantity != 0 {
		m["fill"] = map[string]any{
			"trade": f.TradeID, "side": f.Side.String(), "quantity": s.quantity(o.Instrument, f.Quantity), "price": s.price(o.Instrument, f.Price),
			"fee": event.FormatDecimal(f.Fee, event.MoneyDecimals), "time": showTime(f.Time),
		}
	}
	if o.Amount != 0 {
		m["amount"] = event.FormatDecimal(o.Amount, event.MoneyDecimals)
	}
	return m
}

func (s scales) showOrder(o *event.Order) map[string]any {
	m := map[string]any{
		"id": o.ID.String(), "ref": o.Ref, "instrument": s.name(o.Instrument), "side": o.Side.String(), "type": o.Type.String(),
		"size": s.size(o), "size_kind": o.SizeKind.String(),
	}
	if o.Price != 0 {
		m["price"] = s.price(o.Instrument, o.Price)
	}
	if o.StopPrice != 0 {
		m["stop_price"] = s.price(o.Instrument, o.StopPrice)
	}
	if o.Flags&event.ReduceOnly != 0 {
		m["reduce_only"] = true
	}
	if o.Tag != "" {
		m["tag"] = o.Tag
	}
	if !o.Redrives.IsZero() {
		m["redrives"] = o.Redrives.String()
	}
	return m
}

func showTime(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339Nano) }
