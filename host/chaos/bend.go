package chaos

import (
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// bend changes a good answer: a list may lose its second half, and fills may come as two.
func (v *remote) bend(c *event.Call, r event.Reply, d dice) event.Reply {
	if r.Happening.Cause != resilience.CauseNone {
		return r
	}
	if v.cuts(c, &r) && d.happens(saltCut, v.chaos.config.Venue.Cut) {
		v.calls.count(FaultCut)
		cut(c, &r)
	}
	r.Fills = v.split(r.Fills, v.calls)
	return r
}

// cuts reports whether there is a list to cut.
func (v *remote) cuts(c *event.Call, r *event.Reply) bool {
	return c.Kind >= event.CallOpenOrders && len(r.Orders)+len(r.Fills)+len(r.Positions)+len(r.Balances) > 0
}

// cut takes the second half of each list away. The reply says that it is not complete, and fills are read
// again from where they were: a cursor that passed what was not told would lose it for ever.
func cut(c *event.Call, r *event.Reply) {
	r.Orders = r.Orders[:len(r.Orders)/2]
	r.Fills = r.Fills[:len(r.Fills)/2]
	r.Positions = r.Positions[:len(r.Positions)/2]
	r.Balances = r.Balances[:len(r.Balances)/2]
	r.Complete, r.Cursor = false, c.Cursor
}

// split makes two of some fills: the same ones whenever and however they are told.
func (v *remote) split(fills []event.FillReport, at *seam) []event.FillReport {
	rate := v.chaos.config.Venue.Split
	if rate == 0 || len(fills) == 0 {
		return fills
	}
	all := make([]event.FillReport, 0, len(fills)+1)
	for i := range fills {
		f := &fills[i]
		unnamed := f.Fill.TradeID == 0 && f.Fill.VenueTrade == "" // two halves without a name would be one
		if unnamed || f.Fill.Quantity < 2 || !v.diceOfFill(f).happens(saltSplit, rate) {
			all = append(all, *f)
			continue
		}
		at.count(FaultSplit)
		first, second := halves(f)
		all = append(all, first, second)
	}
	return all
}

// diceOfFill are those of the trade, whoever tells of it.
func (v *remote) diceOfFill(f *event.FillReport) dice {
	return roll(v.chaos.config.Seed, v.name+"\x00"+f.Fill.VenueTrade+"\x00"+f.VenueOrder, f.Fill.TradeID)
}

// halves are two fills that come to the one in quantity and fee, under trade ids of their own.
func halves(f *event.FillReport) (first, second event.FillReport) {
	first, second = *f, *f
	first.Fill.Quantity = f.Fill.Quantity / 2
	second.Fill.Quantity = f.Fill.Quantity - first.Fill.Quantity
	first.Fill.Fee = f.Fill.Fee / 2
	second.Fill.Fee = f.Fill.Fee - first.Fill.Fee
	first.Fill.Flags &^= event.FillLast
	for part, half := range []*event.FillReport{&first, &second} {
		if f.Fill.VenueTrade != "" {
			half.Fill.VenueTrade = fmt.Sprintf("%s/%d", f.Fill.VenueTrade, part+1)
		}
		if f.Fill.TradeID != 0 {
			half.Fill.TradeID = mix(f.Fill.TradeID ^ uint64(part+1)<<56)
		}
	}
	return first, second
}
