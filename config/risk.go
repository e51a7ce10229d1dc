package config

import (
	"strconv"
	"time"
)

// Risk bounds what an agent may order. Zero, or nil, is no bound.
type Risk struct {
	Source
	// OrderNotionalMax and PositionNotionalMax are money.
	OrderNotionalMax, PositionNotionalMax int64
	// OrderQuantityMax and PositionMax hold one value for each of the agent's instruments, in its
	// quantity units; nil is no bound.
	OrderQuantityMax, PositionMax []int64
	OrdersPerTickMax              int
	OpenOrdersMax                 int
	// OrdersRate is how many orders may go out.
	OrdersRate Rate
	// PriceCollar is how far from the last price an order's price may be, as a fraction.
	PriceCollar int64
	// PriceCollarClose is the same for orders that only reduce, which skip the bounds above.
	PriceCollarClose int64
	// CloseRate is how many of those may go out.
	CloseRate Rate
	// ExposureMax is money: what positions, open orders and Unknown ones may come to at worst.
	ExposureMax int64
	// SelfTrade is "deny" or "allow": what becomes of an order that would cross one of the same account.
	SelfTrade string

	// The scale of quantities is the instruments', which the agent's block names.
	orderQuantityMax, positionMax quantity
}

// Rate is a cell-rate limiter: Count at once, and then one each Period/Count, so that in any span of time there are at most
// Count + Count·span/Period. A zero Rate is no bound.
type Rate struct {
	Count  int64
	Period time.Duration
}

// DefaultRisk sets no bound, and lets no order cross a sibling's.
func DefaultRisk() Risk { return Risk{SelfTrade: "deny"} }

// quantity is one that waits for its instruments.
type quantity struct {
	text  string
	value *value
}

func riskBlock() *block[Risk] {
	return &block[Risk]{
		name: "risk", says: "What the agent may order. An order beyond a bound is denied, with the bound and what was found.",
		defaults: DefaultRisk, source: func(r *Risk) *Source { return &r.Source },
		fields: []field[Risk]{
			bound(money("order_notional_max", func(r *Risk) *int64 { return &r.OrderNotionalMax }, 1, "The greatest worth of an order.")),
			quantityBound("order_quantity_max", func(r *Risk) *quantity { return &r.orderQuantityMax }, "The greatest quantity of an order, for each of the agent's instruments."),
			quantityBound("position_max", func(r *Risk) *quantity { return &r.positionMax }, "The greatest position, long or short, for each of the agent's instruments. A position of the other side makes no room for an order that turns it round: it may be closed before."),
			bound(money("position_notional_max", func(r *Risk) *int64 { return &r.PositionNotionalMax }, 1, "The greatest worth of all positions together.")),
			bound(whole("orders_per_tick_max", func(r *Risk) *int { return &r.OrdersPerTickMax }, 1, 1<<16, "How many orders one tick may place.")),
			bound(whole("open_orders_max", func(r *Risk) *int { return &r.OpenOrdersMax }, 1, 1<<16, "How many orders may be open at once.")),
			bound(parsed("orders_rate", "rate", func(r *Risk) *Rate { return &r.OrdersRate }, parseRate, Rate.String, "How many orders may go out: 10/1s is ten at once, then one each 100ms.", "10/1s")),
			bound(fraction("price_collar", func(r *Risk) *int64 { return &r.PriceCollar }, 1, 100*One, "How far from the last price an order's price may be.").like(`"5%"`)),
			bound(fraction("price_collar_close", func(r *Risk) *int64 { return &r.PriceCollarClose }, 1, 100*One, "The same for orders that only reduce, and for the host's exits, which no other bound of worth and rate holds back.").like(`"20%"`)),
			bound(parsed("close_rate", "rate", func(r *Risk) *Rate { return &r.CloseRate }, parseRate, Rate.String, "How many orders that only reduce may go out, in the same way. The host's own exits are not counted.", "20/1s")),
			bound(money("exposure_max", func(r *Risk) *int64 { return &r.ExposureMax }, 1, "The greatest worth of positions, open orders and Unknown ones together, at worst.")),
			oneOf("self_trade", func(r *Risk) *string { return &r.SelfTrade }, []string{"deny", "allow"}, "What becomes of an order that would cross one of the same account."),
		},
		check: func(p *place, r *Risk) {
			if r.PriceCollarClose != 0 && r.PriceCollarClose < r.PriceCollar {
				p.fail(r.At("price_collar_close"), "Settings that contradict", "price_collar_close is %s, narrower than price_collar, %s: what may be bought could not be sold again.",
					formatDecimal(r.PriceCollarClose, FractionDecimals), formatDecimal(r.PriceCollar, FractionDecimals))
			}
		},
	}
}

// bound is a field whose zero is no bound, which shows as nothing.
func bound[T any](f field[T]) field[T] {
	show := f.show
	f.show = func(t *T) string {
		if s := show(t); s != "0" {
			return s
		}
		return ""
	}
	return f.defaults("no bound")
}

func quantityBound(name string, get func(*Risk) *quantity, says string) field[Risk] {
	return field[Risk]{
		name: name, kind: "decimal", says: says, example: quotedExample(name, "100"), defaultText: "no bound",
		show: func(r *Risk) string { return get(r).text },
		read: func(v value, r *Risk) {
			if s, ok := v.decimalText("a decimal"); ok {
				*get(r) = quantity{text: s, value: &v}
			}
		},
	}
}

// scaled gives a quantity in the units of each instrument; nil where it is not written or does not fit.
func (q *quantity) scaled(instruments []*Instrument) (list []int64) {
	if q.value == nil {
		return nil
	}
	for _, i := range instruments {
		n, ok := q.value.decimal("a decimal", int(i.QuantityDecimals))
		if !ok {
			return nil
		}
		if n <= 0 {
			q.value.fail("Value out of range", "%s is %s; it must be above zero.", q.value.name, strconv.Quote(q.text))
			return nil
		}
		list = append(list, n)
	}
	return list
}
