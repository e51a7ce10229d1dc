package main

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// The shapes in which journal show prints what it decodes. Prices and quantities are in the
// instrument's own units, as the journal has them: the journal does not know their scales.

func showTurn(t *event.Turn) map[string]any {
	m := map[string]any{"event": showEvent(&t.Event), "verdict": t.Verdict.String()}
	if t.Fuel != 0 {
		m["fuel"] = t.Fuel
	}
	if t.TimerNext != 0 {
		m["timer_next"] = showTime(t.TimerNext)
	}
	var requests []map[string]any
	for i := range t.Requests {
		requests = append(requests, map[string]any{"request": t.Requests[i].Kind.String(), "order": showOrder(&t.Requests[i].Order)})
	}
	if requests != nil {
		m["requests"] = requests
	}
	var denials []map[string]any
	for _, d := range t.Denials {
		denials = append(denials, map[string]any{"code": d.Code.String(), "ref": d.Ref, "instrument": d.Instrument, "found": d.Found, "allowed": d.Allowed})
	}
	if denials != nil {
		m["denials"] = denials
	}
	return m
}

func showEvent(e *event.Event) map[string]any {
	m := map[string]any{"kind": e.Kind.String()}
	switch e.Kind {
	case event.KindMarket:
		m["cursor"] = e.Cursor
		var bars []map[string]any
		for i := range e.Bars {
			b := &e.Bars[i]
			bars = append(bars, map[string]any{
				"instrument": b.Instrument, "open": b.Open, "high": b.High, "low": b.Low, "close": b.Close, "volume": b.Volume, "flags": b.Flags.String(),
			})
		}
		m["bars"] = bars
		for _, n := range e.Notes {
			m["feed"] = map[string]any{"instrument": n.Instrument, "flags": n.Flags.String(), "defect": n.Defect.String(), "withheld": n.Withheld, "missing": n.Missing}
		}
	case event.KindOutcome:
		m["outcome"] = showOutcome(&e.Outcome)
	case event.KindMode, event.KindStop, event.KindOperator, event.KindSwap:
		m["reason"] = e.Reason
	}
	return m
}

func showOutcome(o *event.Outcome) map[string]any {
	m := map[string]any{"kind": o.Kind.String(), "order": o.Order.String(), "instrument": o.Instrument}
	if o.Reason != "" {
		m["reason"] = o.Reason
	}
	if o.Code != 0 {
		m["code"], m["found"], m["allowed"] = o.Code, o.Found, o.Allowed
	}
	if f := &o.Fill; f.Quantity != 0 {
		m["fill"] = map[string]any{
			"trade": f.TradeID, "side": f.Side.String(), "quantity": f.Quantity, "price": f.Price,
			"fee": event.FormatDecimal(f.Fee, event.MoneyDecimals), "time": showTime(f.Time),
		}
	}
	if o.Amount != 0 {
		m["amount"] = event.FormatDecimal(o.Amount, event.MoneyDecimals)
	}
	return m
}

func showOrder(o *event.Order) map[string]any {
	m := map[string]any{
		"id": o.ID.String(), "ref": o.Ref, "instrument": o.Instrument, "side": o.Side.String(), "type": o.Type.String(),
		"size": o.Size, "size_kind": o.SizeKind.String(),
	}
	if o.Price != 0 {
		m["price"] = o.Price
	}
	if o.StopPrice != 0 {
		m["stop_price"] = o.StopPrice
	}
	if o.Flags&event.ReduceOnly != 0 {
		m["reduce_only"] = true
	}
	if o.Tag != "" {
		m["tag"] = o.Tag
	}
	return m
}

func showTime(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339Nano) }
