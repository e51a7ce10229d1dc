package paper

import "github.com/agenthost/agenthost/host/event"

// trade is what one opening fill opened and is not closed yet.
type trade struct {
	id         uint64 // TradeID of the fill
	order      event.OrderID
	agent      uint32
	instrument uint32
	quantity   int64 // signed: below zero is short
	price      int64 // with the spread
	cost       int64 // what the quantity was worth when opened, signed
	time       int64
}

// ledger is the account's money. Each fill moves flow by the worth of what was bought or sold and by
// its fee, so that it is exact to the last unit whatever is closed against what; what is held counts
// at the last closes.
type ledger struct {
	flow  int64 // cash, less what open trades were bought for
	worth int64 // sum of the holdings' worth
}

// holding is what the account holds of one instrument, over all agents.
type holding struct {
	net, gross int64 // quantity, signed, and the sum of the trades' sizes
	worth      int64 // of net, at the last close
}

// revalue brings what is held of an instrument up to its last close.
func (v *Venue) revalue(in *market) {
	w := worth(&in.Instrument, in.bar.Close, in.holding.net)
	v.ledger.worth = add(add(v.ledger.worth, -in.holding.worth), w)
	in.holding.worth = w
}

// hold books a signed quantity bought (below zero: sold) at a price, and its fee.
func (v *Venue) hold(in *market, quantity, gross, price, fee int64) {
	v.ledger.flow = add(add(v.ledger.flow, -worth(&in.Instrument, price, quantity)), -fee)
	in.holding.net = add(in.holding.net, quantity)
	in.holding.gross = add(in.holding.gross, gross)
	v.revalue(in)
}

// fee is what a fill costs: commission on its worth, rounded half to even, and the fixed fee.
func (v *Venue) fee(in *market, price, quantity int64) int64 {
	return add(share(worth(&in.Instrument, price, quantity), v.config.Commission), v.config.FeeFixed)
}

// adjusted is the price of an opening: the spread makes it worse.
func (v *Venue) adjusted(side event.Side, price int64) int64 {
	if side == event.Sell {
		return share(price, event.One-v.config.Spread)
	}
	return share(price, event.One+v.config.Spread)
}

// open books a fill that opens a trade. price has the spread already.
func (v *Venue) open(r *resting, quantity, price, at int64, flags event.FillFlags) {
	o := &r.order
	in := &v.instruments[o.Instrument]
	fee := v.fee(in, price, quantity)
	signed := o.Signed(quantity)
	v.hold(in, signed, quantity, price, fee)
	v.trades = append(v.trades, trade{
		id: v.history.nextTrade(), order: o.ID, agent: o.Agent, instrument: o.Instrument,
		quantity: signed, price: price, cost: worth(&in.Instrument, price, signed), time: at,
	})
	v.filled(r, event.Fill{Quantity: quantity, Price: price, Fee: fee, Time: at, Flags: flags})
	v.arm(r)
}

// close books a fill that closes quantity of the trade at index i, at a price without spread.
func (v *Venue) close(r *resting, i int, quantity, price, at int64, flags event.FillFlags) {
	t := &v.trades[i]
	in := &v.instruments[t.instrument]
	fee := v.fee(in, price, quantity)
	signed := quantity
	if t.quantity > 0 {
		signed = -quantity
	}
	v.hold(in, signed, -quantity, price, fee)
	closed := *t
	left := t.quantity + signed
	t.cost, _ = event.MulDiv(t.cost, left, t.quantity, event.HalfEven)
	t.quantity = left
	if left == 0 {
		v.trades = append(v.trades[:i], v.trades[i+1:]...)
	}
	v.filled(r, event.Fill{Quantity: quantity, Price: price, Fee: fee, Time: at, Flags: flags, Closes: closed.id})
	if left == 0 {
		v.closed(&closed, r)
	}
}

// tradeOf is the index of the oldest open trade that the order opened, -1 if there is none.
func (v *Venue) tradeOf(parent event.OrderID) int {
	for i := range v.trades {
		if v.trades[i].order == parent {
			return i
		}
	}
	return -1
}

// opposite is the index of the oldest trade that an order of this side closes first, -1 for none.
func (v *Venue) opposite(o *event.Order) int {
	for i := range v.trades {
		if t := &v.trades[i]; t.agent == o.Agent && t.instrument == o.Instrument && o.Signed(t.quantity) < 0 {
			return i
		}
	}
	return -1
}

// reducible is how much of the agent's trades an order of this side can close.
func (v *Venue) reducible(o *event.Order) int64 {
	var sum int64
	for i := range v.trades {
		if t := &v.trades[i]; t.agent == o.Agent && t.instrument == o.Instrument && o.Signed(t.quantity) < 0 {
			sum += abs(t.quantity)
		}
	}
	return sum
}
