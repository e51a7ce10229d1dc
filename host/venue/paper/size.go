package paper

import (
	"math"
	"math/big"

	"github.com/agenthost/agenthost/host/event"
)

// Sizing is exact: it compares fractions by multiplying them out, so that a quotient next to a whole
// number falls to the side where it belongs. The letters are those of the rules:
//
//	units = trunc(available·leverage·f / (adjusted + price·commission + fixed/f))
//
// counted in lots. f is the fraction asked for; the whole is 1 − 2^-52.

// scratch keeps the big numbers from one order to the next, so that sizing allocates only as they grow.
type scratch struct{ room, left, right, lot, term big.Int }

var (
	bigOne     = big.NewInt(event.One)
	wholeOver  = new(big.Int).Lsh(big.NewInt(1), 52)
	wholeUnder = new(big.Int).Sub(wholeOver, big.NewInt(1))
)

// scale is what a price unit times a quantity unit is worth in money: num/den.
type scale struct{ num, den big.Int }

func (s *scale) init(in *event.Instrument) {
	s.num.SetInt64(in.Multiplier)
	s.den.SetInt64(event.One)
	shift := int(in.PriceDecimals) + int(in.QuantityDecimals) - event.MoneyDecimals
	if shift >= 0 {
		s.den.Mul(&s.den, big.NewInt(event.Pow10(shift)))
	} else {
		s.num.Mul(&s.num, big.NewInt(event.Pow10(-shift)))
	}
}

// standing is what an account could open with.
type standing struct {
	equity int64
	bound  int64 // worth of all trades at the last closes; Margin of it is not available
}

func (v *Venue) standing() standing {
	s := standing{equity: v.Equity()}
	for i := range v.instruments {
		if in := &v.instruments[i]; in.holding.gross != 0 {
			s.bound = add(s.bound, worth(&in.Instrument, in.bar.Close, in.holding.gross))
		}
	}
	return s
}

// room sets scratch.room to the margin available, in 10^-16 money.
func (v *Venue) room(s standing) {
	x := &v.scratch
	x.room.Mul(x.room.SetInt64(s.equity), bigOne)
	x.term.Mul(x.term.SetInt64(s.bound), x.lot.SetInt64(v.config.Margin))
	if x.room.Sub(&x.room, &x.term); x.room.Sign() < 0 {
		x.room.SetInt64(0)
	}
}

// available is the margin available in money, rounded down.
func (v *Venue) available() int64 {
	v.room(v.standing())
	return clamp(v.scratch.left.Quo(&v.scratch.room, bigOne))
}

// perLot sets scratch.lot to the price of one lot with commission, times sn·One·den of the scale, plus
// the fixed fee for one lot: the fee over s = sn/sd.
func (v *Venue) perLot(in *market, price, adjusted int64, sn, sd *big.Int) {
	x := &v.scratch
	x.lot.Mul(x.lot.SetInt64(adjusted), bigOne)
	x.term.Mul(x.term.SetInt64(price), x.right.SetInt64(v.config.Commission))
	x.lot.Add(&x.lot, &x.term)
	x.lot.Mul(&x.lot, x.term.SetInt64(in.Lot))
	x.lot.Mul(&x.lot, &in.scale.num)
	x.lot.Mul(&x.lot, sn)
	x.term.Mul(x.term.SetInt64(v.config.FeeFixed), bigOne)
	x.term.Mul(&x.term, &in.scale.den)
	x.term.Mul(&x.term, sd)
	x.lot.Add(&x.lot, &x.term)
}

// part is a fraction as numerator and denominator.
func part(size int64) (over, under *big.Int) {
	if size == event.One {
		return wholeUnder, wholeOver
	}
	return big.NewInt(size), bigOne
}

// sizeAtFill turns a fraction or money into units. It cancels the order and returns false if that comes
// to less than may be traded.
func (v *Venue) sizeAtFill(r *resting, in *market, price, adjusted int64) bool {
	lots := int64(0)
	if adjusted > 0 {
		if r.order.SizeKind == event.SizeFraction {
			lots = v.lotsOfFraction(r.order.Size, in, price, adjusted)
		} else {
			lots = v.lotsOfMoney(r.order.Size, in, adjusted)
		}
	}
	units, ok := event.MulDiv(lots, in.Lot, 1, event.Down)
	if !ok {
		units = math.MaxInt64 - math.MaxInt64%in.Lot
	}
	if in.QuantityMax != 0 {
		units = min(units, in.QuantityMax-in.QuantityMax%in.Lot)
	}
	if units == 0 || units < in.QuantityMin {
		v.cancel(r, event.CancelUnfillable, reasonZero, units, max(in.Lot, in.QuantityMin))
		return false
	}
	if w := worth(&in.Instrument, adjusted, units); w < in.NotionalMin {
		v.cancel(r, event.CancelUnfillable, reasonNotional, w, in.NotionalMin)
		return false
	}
	r.units = units
	return true
}

// lotsOfFraction is trunc(room/margin · f / (lot price + fixed/f)).
func (v *Venue) lotsOfFraction(size int64, in *market, price, adjusted int64) int64 {
	x := &v.scratch
	fn, fd := part(size)
	v.room(v.standing())
	v.perLot(in, price, adjusted, fn, fd)
	x.left.Mul(&x.room, fn)
	x.left.Mul(&x.left, fn)
	x.left.Mul(&x.left, bigOne)
	x.left.Mul(&x.left, &in.scale.den)
	x.right.Mul(&x.lot, fd)
	x.right.Mul(&x.right, x.term.SetInt64(v.config.Margin))
	return clamp(x.left.Quo(&x.left, &x.right))
}

// lotsOfMoney is the most lots that are worth no more than the money at the price paid.
func (v *Venue) lotsOfMoney(money int64, in *market, adjusted int64) int64 {
	x := &v.scratch
	x.left.Mul(x.left.SetInt64(money), &in.scale.den)
	x.right.Mul(x.right.SetInt64(adjusted), x.term.SetInt64(in.Lot))
	x.right.Mul(&x.right, &in.scale.num)
	return clamp(x.left.Quo(&x.left, &x.right))
}

// carries reports whether the margin carries need units of an order: their price with commission, and
// the fixed fee over the order's size for each lot, against available·leverage. If not, it also returns
// the two sides in money.
func (v *Venue) carries(r *resting, in *market, price, adjusted, need int64, s standing) (cost, have int64, ok bool) {
	x := &v.scratch
	sn, sd := big.NewInt(r.units/in.Lot), big.NewInt(1)
	if r.order.SizeKind == event.SizeFraction {
		sn, sd = part(r.order.Size)
	}
	v.room(s)
	v.perLot(in, price, adjusted, sn, sd)
	x.left.Mul(&x.lot, x.term.SetInt64(need/in.Lot))
	x.left.Mul(&x.left, x.term.SetInt64(v.config.Margin))
	x.lot.Mul(sn, bigOne) // what both sides were multiplied with
	x.lot.Mul(&x.lot, &in.scale.den)
	x.right.Mul(&x.room, &x.lot)
	if adjusted > 0 && x.left.Cmp(&x.right) <= 0 {
		return 0, 0, true
	}
	x.term.SetInt64(v.config.Margin)
	x.lot.Mul(&x.lot, &x.term)
	return clamp(x.left.Quo(&x.left, &x.lot)), clamp(x.room.Quo(&x.room, &x.term)), false
}

// affordable reports whether the margin would carry what a fill-or-kill order opens, after the trades it
// closes first.
func (v *Venue) affordable(r *resting, in *market, price, adjusted int64) bool {
	o, need := &r.order, r.units
	flow, held := v.ledger.flow, in.holding
	for i := range v.trades {
		t := &v.trades[i]
		if t.agent != o.Agent || t.instrument != o.Instrument || o.Signed(t.quantity) >= 0 {
			continue
		}
		q := min(abs(t.quantity), need)
		need -= q
		flow = add(add(flow, -worth(&in.Instrument, price, o.Signed(q))), -v.fee(in, price, q))
		held.net, held.gross = held.net+o.Signed(q), held.gross-q
	}
	if need == 0 {
		return true
	}
	s := v.standing()
	mark := in.bar.Close
	s.equity = add(flow, add(add(v.ledger.worth, -in.holding.worth), worth(&in.Instrument, mark, held.net)))
	s.bound = add(add(s.bound, -worth(&in.Instrument, mark, in.holding.gross)), worth(&in.Instrument, mark, held.gross))
	_, _, ok := v.carries(r, in, price, adjusted, need, s)
	return ok
}

// clamp brings a number into an int64, saturated.
func clamp(x *big.Int) int64 {
	if x.IsInt64() {
		return x.Int64()
	}
	return saturated(x.Sign() > 0)
}
