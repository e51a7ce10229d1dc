// Command sma-cross-go is the simplest strategy that trades: when the fast moving average of the
// closes crosses the slow one it turns its position round. sma-cross-c, sma-cross-as and
// sma-cross-wat are the same strategy, order for order, in other languages.
package main

import (
	"encoding/binary"
	"errors"

	"github.com/agenthost/agenthost/abi"
	agenthost "github.com/agenthost/agenthost/plugins/sdk/go"
)

func main() {}

func init() {
	agenthost.Register(agenthost.Strategy{Description: description, Init: configure, Tick: tick, Save: save, Load: load})
}

var description = abi.Description{
	Name:    "sma-cross",
	Version: "1.0.0",
	Summary: "Turns its position round when the fast moving average crosses the slow one.",
	Parameters: []abi.Parameter{
		{
			Name: "fast", Type: abi.ParameterInteger, Default: abi.Value{Number: 10}, Min: 1, Max: 500,
			Help: "Bars in the fast average; fewer than in the slow one.",
		},
		{
			Name: "slow", Type: abi.ParameterInteger, Default: abi.Value{Number: 20}, Min: 2, Max: 500,
			Help: "Bars in the slow average.",
		},
		{
			Name: "stop_loss", Type: abi.ParameterDecimal, Min: 0, Max: 99_000_000,
			Help: "Distance of the stop from the close, as a fraction of it; 0 means no stop.",
		},
		{
			Name: "take_profit", Type: abi.ParameterDecimal, Min: 0, Max: 10 * abi.FractionOne,
			Help: "Distance of the target from the close, as a fraction of it; 0 means no target.",
		},
		{
			Name: "size", Type: abi.ParameterDecimal, Default: abi.Value{Number: abi.FractionOne}, Min: 1, Max: abi.FractionOne,
			Help: "Fraction of the margin available that each position takes.",
		},
	},
	Series: []abi.SeriesDeclaration{
		{Name: "sma_fast", Unit: abi.UnitPrice},
		{Name: "sma_slow", Unit: abi.UnitPrice},
	},
}

// Averages of at most so many bars: the products of sums in add stay within 64 bits for prices up to 3e13.
const slowMax = 500

// The strategy looks at the first instrument of its list and at no other.
const instrument = 0

var (
	fast, slow                      int64
	stopLoss, takeProfit, orderSize int64
	closes                          [slowMax]int64 // A ring of the last closes; bar n is at n modulo slow.
	bars                            int64
	sumFast, sumSlow                int64
	priceTick                       = int64(1)
)

func configure(p *abi.Params) error {
	if p.Len() != len(description.Parameters) {
		return errors.New("sma-cross has five parameters")
	}
	fast, slow = p.Value(0), p.Value(1)
	stopLoss, takeProfit, orderSize = p.Value(2), p.Value(3), p.Value(4)
	if fast < 1 || slow > int64(len(closes)) || fast >= slow {
		return errors.New("fast must be at least 1 and less than slow, slow at most 500")
	}
	return nil
}

func tick(t *abi.Tick, out *abi.OutputWriter) {
	if t.Instruments() > instrument {
		in := t.Instrument(instrument)
		priceTick = in.PriceTick
	}
	var crossed abi.Side
	var last int64
	for i := range t.Bars() {
		bar := t.Bar(i)
		if bar.Instrument != instrument || bar.Flags&abi.BarClosed == 0 {
			continue
		}
		if side := add(bar.Close); side != 0 {
			crossed = side
		}
		last = bar.Close
	}
	if crossed != 0 {
		turn(t, out, crossed, last)
	}
	if last != 0 {
		show(out)
	}
}

// add takes a close in and tells the side of a cross at this bar, or 0. Sums are compared crosswise,
// so that nothing is divided and no language rounds otherwise than another.
func add(price int64) abi.Side {
	wasFast, wasSlow := sumFast*slow, sumSlow*fast
	wasDefined := bars >= slow
	if bars >= slow {
		sumSlow -= closes[bars%slow]
	}
	if bars >= fast {
		sumFast -= closes[(bars-fast)%slow]
	}
	closes[bars%slow] = price
	sumFast += price
	sumSlow += price
	bars++
	if !wasDefined {
		return 0
	}
	isFast, isSlow := sumFast*slow, sumSlow*fast
	if wasFast < wasSlow && isFast > isSlow {
		return abi.SideBuy
	}
	if wasFast > wasSlow && isFast < isSlow {
		return abi.SideSell
	}
	return 0
}

// turn closes what there is and opens the other side. Refs come from the tick's sequence, so that no
// state is needed to keep them apart, and a module that is swapped in does not repeat one.
func turn(t *abi.Tick, out *abi.OutputWriter, side abi.Side, price int64) {
	ref := t.Header().Sequence * 4
	for i := range t.Positions() {
		p := t.Position(i)
		if p.Instrument == instrument && p.Owner == abi.OwnerAgent && p.Quantity != 0 {
			out.Close(&abi.Close{Instrument: instrument, Ref: ref + 3, SizeKind: abi.SizeFraction, Size: abi.FractionOne})
			break
		}
	}
	out.Submit(&abi.Submit{
		Instrument: instrument, Ref: ref, Side: side, Type: abi.OrderMarket, TimeInForce: abi.TimeGTC,
		SizeKind: abi.SizeFraction, Size: orderSize,
	})
	protect(out, side, ref, price)
}

// protect adds the stop and the target, contingent on the order ref. Their size is 0: all that it opens.
func protect(out *abi.OutputWriter, side abi.Side, ref uint64, price int64) {
	exit := abi.Submit{
		Instrument: instrument, Side: side.Opposite(), TimeInForce: abi.TimeGTC,
		SizeKind: abi.SizeUnits, Flags: abi.OrderReduceOnly, ParentRef: ref,
	}
	stopFactor, targetFactor := abi.FractionOne-stopLoss, abi.FractionOne+takeProfit
	if side == abi.SideSell {
		stopFactor, targetFactor = abi.FractionOne+stopLoss, abi.FractionOne-takeProfit
	}
	if stopLoss > 0 {
		exit.Ref, exit.Type = ref+1, abi.OrderStop
		exit.StopPrice = agenthost.PriceTimes(price, stopFactor, priceTick)
		out.Submit(&exit)
	}
	if takeProfit > 0 && targetFactor > 0 { // A short cannot gain more than its whole price.
		exit.Ref, exit.Type, exit.StopPrice = ref+2, abi.OrderLimit, 0
		exit.Price = agenthost.PriceTimes(price, targetFactor, priceTick)
		out.Submit(&exit)
	}
}

// show gives the chart both averages, rounded to the nearest price.
func show(out *abi.OutputWriter) {
	if bars >= fast {
		out.Series(&abi.Series{Series: 0, Instrument: instrument, Value: (2*sumFast + fast) / (2 * fast)})
	}
	if bars >= slow {
		out.Series(&abi.Series{Series: 1, Instrument: instrument, Value: (2*sumSlow + slow) / (2 * slow)})
	}
}

// save keeps what the averages are made of, for the module that is swapped in.
func save(b []byte) []byte {
	for _, v := range []int64{fast, slow, bars, sumFast, sumSlow} {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	for _, v := range closes[:slow] {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// load goes on from that. Averages of other lengths are not made of the same closes: they are refused, and
// the host shows the past bars again instead.
func load(_ *abi.StateHeader, b []byte) error {
	if int64(len(b)) != 8*(5+slow) {
		return errors.New("what was saved is not that of averages of these lengths")
	}
	next := func() int64 {
		v := int64(binary.LittleEndian.Uint64(b))
		b = b[8:]
		return v
	}
	if next() != fast || next() != slow {
		return errors.New("what was saved is of averages of other lengths")
	}
	bars, sumFast, sumSlow = next(), next(), next()
	for i := range slow {
		closes[i] = next()
	}
	return nil
}
