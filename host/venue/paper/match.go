package paper

import (
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

const dayLength = 24 * 3600 * 1_000_000_000

// run works the queue off against the bars of the group, in order. Where an order opened a trade whose
// children may meet the same bar, the agent's orders of that instrument are gone through once more, as
// the peer does with its whole queue: the children, and what was in doubt the first time (a stop-limit
// whose stop and limit lie in one bar, the children of a limit order).
func (v *Venue) run() {
	v.again = v.again[:0]
	v.pass = append(v.pass[:0], v.queue...)
	for _, r := range v.pass {
		v.consider(r)
	}
	for i := 0; i < len(v.waiting); {
		if !v.expired(v.waiting[i]) {
			i++
		}
	}
	for len(v.again) > 0 {
		v.runAgain()
	}
}

// runAgain ends, for only orders without a limit price ask for it, and each of those is gone by then or
// has used up the bar's volume.
func (v *Venue) runAgain() {
	v.asked, v.again = v.again, v.asked[:0]
	v.pass = append(v.pass[:0], v.queue...)
	for _, r := range v.pass {
		if slices.Contains(v.asked, pair{r.order.Agent, r.order.Instrument}) {
			v.consider(r)
		}
	}
}

// pair is one agent's part in one instrument.
type pair struct{ agent, instrument uint32 }

// consider lets one order meet its instrument's bar, if that is of this group.
func (v *Venue) consider(r *resting) {
	in := &v.instruments[r.order.Instrument]
	if r.gone || v.expired(r) || in.group != v.group || v.dayOver(r, &in.bar) {
		return
	}
	if !r.met && r.order.Flags&event.PostOnly != 0 && takes(&r.order, in.bar.Open) {
		v.cancel(r, event.CancelByVenue, reasonTake, in.bar.Open, r.order.Price)
		return
	}
	if p, ok := v.meet(r, in); ok {
		v.execute(r, in, p)
	}
	r.met = true
	if !r.gone && (r.order.TIF == event.IOC || r.order.TIF == event.FOK) {
		v.cancel(r, event.CancelImmediate, reasonImmediate, r.order.Filled, r.units)
	}
}

// expired ends a GTD order when a group closes after its time. A bar is not split: what it may have
// reached before the time is not filled.
func (v *Venue) expired(r *resting) bool {
	if r.order.TIF != event.GTD || v.now <= r.order.ExpireTime {
		return false
	}
	v.expire(r, v.now, r.order.ExpireTime)
	return true
}

// dayOver ends a DAY order on the first bar of a later UTC day than that of the first bar it met.
func (v *Venue) dayOver(r *resting, b *event.Bar) bool {
	if r.order.TIF != event.DAY {
		return false
	}
	day := dayOf(b)
	if !r.met {
		r.day = day
	}
	if day <= r.day {
		return false
	}
	v.expire(r, day, r.day)
	return true
}

func (v *Venue) expire(r *resting, found, allowed int64) {
	o := v.outcome(&r.order, event.EventExpired)
	o.Code, o.Reason, o.Found, o.Allowed = uint16(event.ExpireTimeInForce), reasonTime, found, allowed
	v.out = append(v.out, o)
	v.remove(r, event.StateExpired)
}

// dayOf is the UTC day in which the bar opened: one that closes at midnight belongs to the day before.
func dayOf(b *event.Bar) int64 {
	at := b.CloseTime
	if b.OpenTime != 0 && b.OpenTime < at {
		at = b.OpenTime
	}
	day := at / dayLength
	if at%dayLength < 0 {
		day--
	}
	return day
}

// takes: a limit order of this price would be filled at the open.
func takes(o *event.Order, open int64) bool {
	return o.Signed(open) <= o.Signed(o.Price)
}

// meeting is where and when an order meets the market.
type meeting struct {
	price, at int64
	maker     bool
	stop      bool // its stop was reached on this bar
}

// meet says at which price the bar fills the order. In an order's own sense of better (lower for a
// buyer, so prices are signed by its side), a stop is hit from below and a limit from above.
func (v *Venue) meet(r *resting, in *market) (meeting, bool) {
	o, b := &r.order, &in.bar
	best, worst := extremes(b, o.Side)
	stop := int64(0)
	if r.stopped() && !r.triggered {
		if o.Signed(worst) < o.Signed(o.StopPrice) {
			return meeting{}, false
		}
		r.triggered = true
		stop = o.StopPrice
	}
	if r.limited() {
		return meetLimit(r, b, best, stop)
	}
	if v.config.TradeOnClose && o.Type == event.OrderMarket && in.before != 0 && !r.met {
		return meeting{price: in.before, at: in.beforeTime}, true
	}
	price := b.Open
	if stop != 0 && o.Signed(stop) > o.Signed(price) {
		price = stop
	}
	return meeting{price: price, at: b.CloseTime, stop: stop != 0}, true
}

// extremes are the bar's best and worst price for a side.
func extremes(b *event.Bar, side event.Side) (best, worst int64) {
	if side == event.Sell {
		return b.High, b.Low
	}
	return b.Low, b.High
}

// meetLimit: if a bar holds both the stop and a better limit, the limit is taken to have come first, and
// the order waits.
func meetLimit(r *resting, b *event.Bar, best, stop int64) (meeting, bool) {
	o := &r.order
	if o.Signed(best) > o.Signed(o.Price) || (stop != 0 && o.Signed(o.Price) <= o.Signed(stop)) {
		return meeting{}, false
	}
	from := b.Open
	if stop != 0 {
		from = stop
	}
	if o.Signed(from) > o.Signed(o.Price) {
		from = o.Price
	}
	maker := stop == 0 && (r.met || !takes(o, b.Open))
	return meeting{price: from, at: b.CloseTime, maker: maker, stop: stop != 0}, true
}

// meetsAgain: the children of an order that just opened a trade may meet the same bar. After a market order
// they do, for it was filled at the open. After a stop order only a target does, and only if no
// protective stop is in reach: from the stop's price the market went on in the same direction. After a
// limit order nobody can tell, and they wait for the next bar.
func (v *Venue) meetsAgain(r *resting, m meeting, b *event.Bar) bool {
	if r.limited() {
		return false
	}
	child, target, stop := false, false, false
	for _, c := range v.queue {
		if c.order.Parent != r.order.ID {
			continue
		}
		child = true
		best, worst := extremes(b, c.order.Side)
		if c.stopped() {
			stop = stop || c.order.Signed(worst) >= c.order.Signed(c.order.StopPrice)
		} else {
			target = target || c.order.Signed(best) <= c.order.Signed(c.order.Price)
		}
	}
	return child && (!m.stop || (target && !stop))
}
