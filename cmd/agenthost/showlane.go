package main

import (
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// showLane is one step of a lane: what came in, and what of it a person would look for. Instruments and
// agents are the lane's numbers, which its entry of kind config names.
func (s scales) showLane(e *execution.Entry) map[string]any {
	m := map[string]any{"input": s.showInput(&e.Input)}
	list := func(name string, n int, item func(i int) map[string]any) {
		var all []map[string]any
		for i := range n {
			all = append(all, item(i))
		}
		if all != nil {
			m[name] = all
		}
	}
	list("calls", len(e.Calls), func(i int) map[string]any { return showCall(&e.Calls[i]) })
	list("outcomes", len(e.Outcomes), func(i int) map[string]any {
		o := s.showOutcome(&e.Outcomes[i].Outcome)
		o["agent"], o["number"] = e.Outcomes[i].Outcome.Agent, e.Outcomes[i].Number
		return o
	})
	list("fills", len(e.Fills), func(i int) map[string]any { return s.showFill(&e.Fills[i]) })
	list("letters", len(e.Letters), func(i int) map[string]any {
		return map[string]any{"id": e.Letters[i].ID, "cause": e.Letters[i].Cause, "message": e.Letters[i].Message}
	})
	list("alerts", len(e.Alerts), func(i int) map[string]any {
		return map[string]any{"key": e.Alerts[i].Key, "level": e.Alerts[i].Level.String(), "text": e.Alerts[i].Text, "over": e.Alerts[i].Over}
	})
	var lives []map[string]any
	for i := range e.Facts {
		if f := &e.Facts[i]; f.Kind == execution.FactLife {
			lives = append(lives, map[string]any{"order": f.Order.String(), "event": f.Life.Kind.String()})
		}
	}
	if lives != nil {
		m["orders"] = lives
	}
	return m
}

func (s scales) showInput(in *execution.Input) map[string]any {
	m := map[string]any{"kind": in.Kind.String()}
	switch in.Kind {
	case execution.InputRequest:
		m["agent"], m["turn"], m["place"] = in.Agent, in.Sequence, in.Place
		m["request"], m["order"] = in.Request.Kind.String(), s.showOrder(&in.Request.Order)
	case execution.InputReply:
		r := &in.Reply
		m["call"], m["of"] = r.Call, r.Kind.String()
		if r.Happening.Cause != resilience.CauseNone {
			m["cause"], m["phase"], m["detail"] = r.Happening.Cause.String(), r.Happening.Phase.String(), r.Detail
			if r.Happening.Number != 0 {
				m["status"] = r.Happening.Number
			}
		}
		m["orders"], m["fills"] = len(r.Orders), len(r.Fills)
	case execution.InputPermissions:
		m["agent"], m["permissions"] = in.Agent, in.Permission.String()
	case execution.InputOperator:
		m["act"], m["who"], m["why"] = in.Act.Kind.String(), in.Act.Who, in.Act.Why
	}
	return m
}

func showCall(c *event.Call) map[string]any {
	m := map[string]any{"call": c.ID, "kind": c.Kind.String(), "deadline": showTime(c.Deadline)}
	if !c.Order.ID.IsZero() {
		m["order"], m["attempt"] = c.Order.ID.String(), c.Attempt
	}
	if c.Resent {
		m["resent"] = true
	}
	return m
}

func (s scales) showFill(f *event.FillReport) map[string]any {
	return map[string]any{
		"order": f.Order.String(), "instrument": s.name(f.Instrument), "trade": f.Fill.VenueTrade, "side": f.Fill.Side.String(),
		"quantity": s.quantity(f.Instrument, f.Fill.Quantity), "price": s.price(f.Instrument, f.Fill.Price),
	}
}
