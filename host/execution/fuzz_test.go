package execution_test

import (
	"bytes"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// samples are entries of a short life.
func samples(t testing.TB) [][]byte {
	c := config(1)
	l, err := execution.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	now := 1_700_000_000 * second
	step := func(in execution.Input) *execution.Entry {
		in.Time = now
		e := l.Step(&in)
		all = append(all, execution.AppendEntry(nil, e))
		return e
	}
	step(execution.Input{Kind: execution.InputStart})
	o := limitBuy
	o.ID, o.SizeKind = event.OrderID{event.IDTag[0], event.IDTag[1], 1}, event.SizeUnits
	o.Flags = event.ByHost
	step(execution.Input{Kind: execution.InputRequest, Sequence: 1, Request: event.Request{Kind: event.RequestSubmit, Order: o}})
	step(execution.Input{Kind: execution.InputReply, Reply: event.Reply{Fills: []event.FillReport{{Order: o.ID, VenueOrder: "V", Fill: event.Fill{TradeID: 1, Quantity: 3, Price: 100, Side: event.Buy}}}}})
	step(execution.Input{Kind: execution.InputReply, Reply: event.Reply{Orders: []event.OrderReport{{ID: event.OrderID{event.IDTag[0], event.IDTag[1], 9}, State: event.ReportOpen}}, Positions: []event.PositionReport{{Quantity: 3}}, Balances: []event.BalanceReport{{Currency: "USD", Total: 5}}}})
	now += 1000 * second
	step(execution.Input{Kind: execution.InputTime})
	step(execution.Input{Kind: execution.InputPermissions, Permission: 3})
	step(execution.Input{Kind: execution.InputOperator, Act: execution.Act{Kind: execution.ActResolve, Order: o.ID, Ending: event.StateCancelled, Who: "me", Why: "test"}})
	return all
}

// FuzzEntry: what is read is written back as it is, and no entry brings a lane down: it is applied or refused.
func FuzzEntry(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, again execution.Entry
		if execution.ReadEntry(b, &e) != nil {
			return
		}
		written := execution.AppendEntry(nil, &e)
		if err := execution.ReadEntry(written, &again); err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if twice := execution.AppendEntry(nil, &again); !bytes.Equal(written, twice) {
			t.Fatal("read and written again it differs")
		}
		l, err := execution.New(config(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, before := range samples(t)[:3] {
			var s execution.Entry
			if err := execution.ReadEntry(before, &s); err != nil {
				t.Fatal(err)
			}
			if err := l.Apply(&s); err != nil {
				t.Fatal(err)
			}
		}
		if l.Apply(&e) != nil {
			return
		}
		state := l.AppendState(nil)
		n, err := execution.New(config(1))
		if err != nil {
			t.Fatal(err)
		}
		if rest, err := n.ReadState(state); err == nil && (len(rest) != 0 || !bytes.Equal(n.AppendState(nil), state)) {
			t.Fatal("a state read and written again differs")
		}
	})
}

// FuzzReply: whatever a venue says, the lane neither panics nor parts from its replica.
func FuzzReply(f *testing.F) {
	f.Add(uint64(2), uint8(1), int64(3), int64(10), uint8(1), uint16(0), "V")
	f.Fuzz(func(t *testing.T, call uint64, kind uint8, filled, quantity int64, state uint8, code uint16, id string) {
		h := byHand(t, 1, nil)
		o := h.ask(limitBuy)
		h.cancel(o)
		r := event.Reply{
			Call: call % 8, Kind: event.CallKind(kind), NotFound: code&1 != 0, Complete: code&2 != 0, RetryAfter: filled, Cursor: id,
			Happening: resilience.Happening{Cause: resilience.Cause(kind), Number: int(code), Phase: resilience.Phase(state), Code: id},
			Orders:    []event.OrderReport{{ID: o, VenueOrder: id, State: event.ReportState(state), Filled: filled, Quantity: quantity, Instrument: uint32(code)}},
			Fills: []event.FillReport{
				{Order: o, VenueOrder: id, Instrument: uint32(code), Fill: event.Fill{Quantity: filled, Price: quantity, TradeID: call}},
				{VenueOrder: id + "x", Instrument: uint32(code), Fill: event.Fill{Quantity: quantity, Price: filled, TradeID: call}},
			},
			Positions: []event.PositionReport{{Instrument: uint32(state), Quantity: quantity}},
		}
		h.news(r)
		h.pass(second)
		r.Call = 0
		h.news(r)
		h.pass(1000 * second)
	})
}
