package execution_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// BenchmarkSubmit is the decision alone: a request in, the entry with its call out, and the reply to it.
func BenchmarkSubmit(b *testing.B) {
	c := config(1)
	c.Facilities = event.FacilityCancel
	c.PollEvery, c.ReconcileEvery, c.RetentionMax = 0, 0, 100
	c.Limiter.Cells, c.Limiter.Burst = 1_000_000, 1_000_000
	l, err := execution.New(c)
	if err != nil {
		b.Fatal(err)
	}
	now := 1_700_000_000 * second
	l.Step(&execution.Input{Kind: execution.InputStart, Time: now})
	in := execution.Input{Kind: execution.InputRequest, Request: event.Request{Kind: event.RequestSubmit, Order: limitBuy}}
	in.Request.Order.SizeKind = event.SizeUnits
	reply := execution.Input{Kind: execution.InputReply}
	reply.Reply.Fills = make([]event.FillReport, 1)
	b.ReportAllocs()
	for n := uint64(1); b.Loop(); n++ {
		now += 1000
		id := event.OrderID{event.IDTag[0], event.IDTag[1]}
		binary.BigEndian.PutUint64(id[8:], n)
		in.Time, in.Sequence, in.Request.Order.ID = now, n, id
		e := l.Step(&in)
		if len(e.Calls) != 1 {
			b.Fatalf("%d calls, %+v", len(e.Calls), e.Outcomes)
		}
		reply.Time, reply.Reply.Call = now, e.Calls[0].ID
		reply.Reply.Fills[0] = event.FillReport{Order: id, Fill: event.Fill{TradeID: n, Quantity: 10, Price: 100, Side: event.Buy}}
		l.Step(&reply)
	}
}

// BenchmarkStepBesideOpenOrders is a step that changes nothing, with orders resting.
func BenchmarkStepBesideOpenOrders(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := config(1)
			c.Facilities, c.PollEvery, c.ReconcileEvery = event.FacilityCancel, 0, 0
			c.Limiter.Cells, c.Limiter.Burst, c.CallsMax = 1_000_000, 1_000_000, 1024
			l, err := execution.New(c)
			if err != nil {
				b.Fatal(err)
			}
			now := 1_700_000_000 * second
			l.Step(&execution.Input{Kind: execution.InputStart, Time: now})
			for i := range n {
				o := limitBuy
				o.ID, o.SizeKind = event.OrderID{event.IDTag[0], event.IDTag[1], 9: byte(i >> 8), 10: byte(i)}, event.SizeUnits
				e := l.Step(&execution.Input{Kind: execution.InputRequest, Time: now, Sequence: uint64(i + 1), Request: event.Request{Kind: event.RequestSubmit, Order: o}})
				l.Step(&execution.Input{Kind: execution.InputReply, Time: now, Reply: event.Reply{Call: e.Calls[0].ID}})
			}
			b.ReportAllocs()
			for b.Loop() {
				now++
				l.Step(&execution.Input{Kind: execution.InputTime, Time: now})
			}
		})
	}
}
