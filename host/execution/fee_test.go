package execution_test

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

func filledWithout(t *testing.T, change func(*execution.Config)) (*hand, event.OrderID, event.FillReport) {
	h := byHand(t, 1, change)
	id := h.ask(limitBuy)
	h.answer(h.next(event.CallSubmit), h.stands(id, event.ReportOpen, 10, 0))
	f := event.FillReport{Order: id, Fill: event.Fill{TradeID: 1, Quantity: 10, Price: 100, Side: event.Buy}}
	h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{f}})
	return h, id, f
}

// TestAFeeThatIsToldLaterIsBookedOnce: a stream may tell a fill before the venue knows its fee.
func TestAFeeThatIsToldLaterIsBookedOnce(t *testing.T) {
	h, id, f := filledWithout(t, nil)
	f.Fill.Fee, f.Fill.FeeCurrency = 7, "USD"
	told := len(h.got)
	for range 3 {
		h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{f}})
	}
	if len(h.got) != told+1 {
		t.Fatalf("told %d times", len(h.got)-told)
	}
	if o := h.last(event.EventFee); o.Order != id || o.Amount != -7 || o.Currency != "USD" || o.Fill.Price != 100 {
		t.Fatalf("%+v", o)
	}
	if h.lane.Position(0, 0) != 10 || h.lane.Health(h.now).Differ != "" {
		t.Fatalf("position %d, differ %q", h.lane.Position(0, 0), h.lane.Health(h.now).Differ)
	}
	f.Fill.Fee = 8
	h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{f}})
	h.alerted("fill_contradiction")
}

// TestAFeeInWhatWasBoughtMakesThePositionSmaller: or books and venue would differ after every fill.
func TestAFeeInWhatWasBoughtMakesThePositionSmaller(t *testing.T) {
	spot := func(c *execution.Config) {
		in := &c.Instruments[0]
		in.Kind, in.Base, in.Quote, in.Settle, in.QuantityDecimals = event.Spot, "BTC", "USD", "USD", 2
	}
	h, _, f := filledWithout(t, spot)
	f.Fill.Fee, f.Fill.FeeCurrency = 15e5, "BTC" // 0.015: a unit and a half
	h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{f}})
	if n := h.lane.Position(0, 0); n != 8 {
		t.Fatalf("%d hundredths are left of 10 - 1.5, rounded down", n)
	}
	g := f
	g.Order, g.VenueOrder, g.Fill.TradeID, g.Fill.Quantity, g.Fill.Fee = event.OrderID{}, "x", 2, 4, 1e6
	h.news(event.Reply{Kind: event.CallFills, Fills: []event.FillReport{g}})
	if n := h.lane.Foreign(0); n != 3 {
		t.Fatalf("foreign %d, of 4 - 1", n)
	}
}
