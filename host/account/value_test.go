package account

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// spot is an instrument of prices in cents and the given decimals of quantity.
func spot(base, quote string, quantityDecimals uint8) event.Instrument {
	return event.Instrument{
		Name: base + "/" + quote, Kind: event.Spot, Base: base, Quote: quote, Settle: quote,
		PriceDecimals: 2, QuantityDecimals: quantityDecimals, Tick: 1, Lot: 1, Multiplier: event.One,
	}
}

func outcomeEvent(o event.Outcome) *event.Event {
	return &event.Event{Kind: event.KindOutcome, Outcome: o}
}

func barOf(instrument uint32, price int64) *event.Event {
	return &event.Event{Kind: event.KindMarket, Bars: []event.Bar{{Instrument: instrument, Close: price}}}
}

func feeIn(currency string, e *event.Event) *event.Event {
	e.Outcome.Fill.FeeCurrency = currency
	return e
}

func TestABaseFeeReducesThePosition(t *testing.T) {
	a := newAccount(t, spot("BTC", "USD", 8))
	fold(t, a, feeIn("BTC", fillEvent(event.Buy, event.One, 8_000_00, event.One/1000)))
	p := &a.Positions()[0]
	if p.Quantity != event.One-event.One/1000 || p.AveragePrice(&a.config.Instruments[0]) != 8_000_00 {
		t.Errorf("position %d at %d", p.Quantity, p.AveragePrice(&a.config.Instruments[0]))
	}
	if a.Fees() != 8*event.One || a.Realised() != -8*event.One || a.Equity() != 9_992*event.One || a.Estimated() {
		t.Errorf("fees %d, realised %d, equity %d, estimated %v", a.Fees(), a.Realised(), a.Equity(), a.Estimated())
	}
	fold(t, a, fillEvent(event.Sell, p.Quantity, 9_000_00, 0))
	if b := a.Balances()[1]; p.Quantity != 0 || b.Total != 0 || a.Equity() != 10_991*event.One || a.Realised() != 991*event.One {
		t.Errorf("sold: position %d, balance %d, equity %d, realised %d", p.Quantity, b.Total, a.Equity(), a.Realised())
	}
}

// TestBaseFeesOfPartsOfAUnitAddUp: the quantity is never more than what is there, and never a whole unit less.
func TestBaseFeesOfPartsOfAUnitAddUp(t *testing.T) {
	for decimals := range uint8(event.DecimalsMax + 1) {
		r := rand.New(rand.NewPCG(uint64(decimals), 5))
		a := newAccount(t, spot("BTC", "USD", decimals))
		for range 300 {
			side, fee := event.Buy, int64(r.IntN(30_000_000))-1_000_000 // a rebate now and then
			if r.IntN(3) == 0 {
				side = event.Sell
			}
			fold(t, a, feeIn("BTC", fillEvent(side, 3*event.Pow10(int(decimals)), 20_00, fee)))
			there := a.Balances()[1].Total
			held, _ := event.Rescale(a.Positions()[0].Quantity, decimals, 8, event.HalfEven)
			unit := int64(1)
			if decimals < 8 {
				unit = event.Pow10(int(8 - decimals))
			}
			if held > there || there-held >= unit {
				t.Fatalf("%d decimals: %d held, %d there", decimals, held, there)
			}
		}
	}
}

func TestAForeignProfitIsConverted(t *testing.T) {
	perpetual := event.Instrument{
		Name: "BTC-PERP", Kind: event.Perpetual, Base: "BTC", Quote: "EUR", Settle: "EUR", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One,
	}
	for name, rate := range map[string]struct {
		instrument event.Instrument
		price      int64
	}{
		"by EUR/USD": {spot("EUR", "USD", 2), 1_25},
		"by USD/EUR": {spot("USD", "EUR", 2), 80},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, perpetual, rate.instrument)
			fold(t, a, barOf(1, rate.price), feeIn("EUR", fillEvent(event.Buy, 10, 100_00, 4*event.One)), barOf(0, 110_00))
			if want := int64(10_000+(100-4)*125/100) * event.One; a.Equity() != want {
				t.Errorf("open: equity %d, want %d", a.Equity(), want)
			}
			if want := 1_100 * event.One * 125 / 100; a.MarginUsed() != int64(want) {
				t.Errorf("margin %d, want %d", a.MarginUsed(), want)
			}
			fold(t, a, fillEvent(event.Sell, 10, 120_00, 0))
			if a.Realised() != 245*event.One || a.Fees() != 5*event.One || a.Equity() != 10_245*event.One || a.Estimated() {
				t.Errorf("closed: realised %d, fees %d, equity %d, estimated %v", a.Realised(), a.Fees(), a.Equity(), a.Estimated())
			}
			if a.Positions()[0].Realised != 196*event.One {
				t.Errorf("the position's own profit is %d EUR", a.Positions()[0].Realised)
			}
		})
	}
}

func TestAFeeInAnotherCurrencyIsTakenOffAtItsRate(t *testing.T) {
	a := newAccount(t, share, spot("BNB", "USD", 8))
	fold(t, a, barOf(1, 500_00), feeIn("BNB", fillEvent(event.Buy, 1, 100_00, event.One/100)))
	if a.Fees() != 5*event.One || a.Realised() != -5*event.One || a.Positions()[0].Realised != -5*event.One || a.Equity() != 9_995*event.One || a.Estimated() {
		t.Errorf("fees %d, realised %d and %d, equity %d", a.Fees(), a.Realised(), a.Positions()[0].Realised, a.Equity())
	}
}

func TestWhatHasNoRateIsVisible(t *testing.T) {
	perpetual := event.Instrument{
		Name: "BTC-PERP", Kind: event.Perpetual, Quote: "EUR", Settle: "EUR", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One,
	}
	odd := perpetual
	odd.Quote, odd.Settle = "EUR", "USD"
	bought, sold := fillEvent(event.Buy, 10, 100_00, 0), fillEvent(event.Sell, 10, 120_00, 0)
	for name, c := range map[string]struct {
		instruments []event.Instrument
		events      []*event.Event
	}{
		"an open position":                      {[]event.Instrument{perpetual}, []*event.Event{bought}},
		"a profit":                              {[]event.Instrument{perpetual}, []*event.Event{bought, sold}},
		"a rate that has no price yet":          {[]event.Instrument{perpetual, spot("EUR", "USD", 2)}, []*event.Event{bought, sold}},
		"a fee in a third currency":             {[]event.Instrument{share}, []*event.Event{feeIn("BNB", fillEvent(event.Buy, 1, 1, 5))}},
		"a deposit":                             {[]event.Instrument{share}, []*event.Event{outcomeEvent(event.Outcome{Kind: event.EventTransfer, Amount: 5, Currency: "BNB"})}},
		"a profit settled in another currency":  {[]event.Instrument{odd}, []*event.Event{bought, sold}},
		"funding":                               {[]event.Instrument{share}, []*event.Event{outcomeEvent(event.Outcome{Kind: event.EventFunding, Amount: 5, Currency: "BNB"})}},
		"a fee in a third currency, paid again": {[]event.Instrument{share}, []*event.Event{feeIn("BNB", fillEvent(event.Buy, 1, 1, 5)), outcomeEvent(event.Outcome{Kind: event.EventTransfer, Amount: 5, Currency: "BNB"})}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, c.instruments...)
			fold(t, a, c.events...)
			if !a.Estimated() {
				t.Errorf("equity %d, balances %v", a.Equity(), a.Balances())
			}
			other := newAccount(t, c.instruments...)
			if _, err := other.ReadState(a.AppendState(nil)); err != nil || !other.Estimated() {
				t.Errorf("after reading the state back: estimated %v, %v", other.Estimated(), err)
			}
		})
	}
}

func TestSpotInAForeignCurrencyCountsAtBothPrices(t *testing.T) {
	a := newAccount(t, spot("BTC", "EUR", 8), spot("EUR", "USD", 2))
	fold(t, a, barOf(1, 1_25), feeIn("EUR", fillEvent(event.Buy, event.One, 1_000_00, 0)), barOf(0, 1_200_00), barOf(1, 1_50))
	// 1 BTC is worth 1200 EUR and 1000 EUR are owed: 200 EUR of 1.50.
	if a.Equity() != 10_300*event.One || a.Estimated() {
		t.Errorf("equity %d, estimated %v", a.Equity(), a.Estimated())
	}
}

func TestAForeignDepositIsNoProfit(t *testing.T) {
	a := newAccount(t, spot("EUR", "USD", 2))
	fold(t, a, barOf(0, 1_25), outcomeEvent(event.Outcome{Kind: event.EventTransfer, Amount: 800 * event.One, Currency: "EUR"}))
	if a.Equity() != 11_000*event.One || a.Peak() != 11_000*event.One || a.DayPnL() != 0 || a.Drawdown() != 0 {
		t.Errorf("equity %d, peak %d, day %d, drawdown %d", a.Equity(), a.Peak(), a.DayPnL(), a.Drawdown())
	}
	fold(t, a, barOf(0, 1_50), outcomeEvent(event.Outcome{Kind: event.EventTransfer, Amount: -800 * event.One, Currency: "EUR"}))
	if a.Equity() != 10_000*event.One || a.DayPnL() != 200*event.One || a.Drawdown() != 0 {
		t.Errorf("withdrawn with a profit of 200: equity %d, day %d, drawdown %d", a.Equity(), a.DayPnL(), a.Drawdown())
	}
}

func TestTheDaysBoundaryIsWhereItIsSaid(t *testing.T) {
	const hour = int64(3600e9)
	for _, c := range []struct{ boundary, last, next int64 }{
		{0, 24*hour - 1, 24 * hour},
		{5 * hour, 5*hour - 1, 5 * hour},
		{22 * hour, 46*hour - 1, 46 * hour},
		{22 * hour, -2*hour - 1, -2 * hour}, // before 1970
		{-3 * hour, 21*hour - 1, 21 * hour},
	} {
		a := newAccount(t, share)
		a.config.DayBoundary = c.boundary
		bought := fillEvent(event.Buy, 10, 100_00, 0)
		bought.Time = c.last - 1
		fold(t, a, bought, barEvent(c.last, 110_00))
		if a.DayPnL() != 100*event.One {
			t.Errorf("boundary %d: day's profit at %d is %d", c.boundary/hour, c.last, a.DayPnL())
		}
		fold(t, a, barEvent(c.next, 110_00))
		if a.DayPnL() != 0 {
			t.Errorf("boundary %d: day's profit at %d is %d", c.boundary/hour, c.next, a.DayPnL())
		}
	}
}

// naive keeps the same books in floating point, position by average price, without any of the account's code.
type naive struct {
	cash, fees, realised            float64
	held, average, mark, multiplier []float64
}

func (n *naive) fill(i int, quantity, price, fee float64) {
	m := n.multiplier[i]
	n.cash -= fee
	n.fees += fee
	n.realised -= fee
	closing := 0.0
	if n.held[i]*quantity < 0 {
		closing = math.Copysign(math.Min(math.Abs(n.held[i]), math.Abs(quantity)), quantity)
	}
	gain := -closing * (price - n.average[i]) * m
	n.cash += gain
	n.realised += gain
	opening := quantity - closing
	if rest := n.held[i] + closing; opening != 0 {
		n.average[i] = (rest*n.average[i] + opening*price) / (rest + opening)
	}
	n.held[i] += quantity
	if n.mark[i] == 0 {
		n.mark[i] = price
	}
}

func (n *naive) equity() float64 {
	e := n.cash
	for i := range n.held {
		if n.held[i] != 0 {
			e += n.held[i] * (n.mark[i] - n.average[i]) * n.multiplier[i]
		}
	}
	return e
}

// TestTheFoldIsWhatANaiveModelSays: random fills, bars, fees and funding on instruments of every scale and
// odd multipliers, spot and derivatives, come to what a model in floating point comes to.
func TestTheFoldIsWhatANaiveModelSays(t *testing.T) {
	kinds := []event.InstrumentKind{event.Spot, event.Equity, event.Perpetual, event.Future}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 77))
		n := &naive{cash: 1_000_000}
		var list []event.Instrument
		for range 1 + r.IntN(4) {
			in := event.Instrument{
				Name: string(rune('A' + len(list))), Kind: kinds[r.IntN(len(kinds))], Base: string(rune('A' + len(list))), Quote: "USD", Settle: "USD",
				PriceDecimals: uint8(r.IntN(13)), QuantityDecimals: uint8(r.IntN(13)), Tick: 1, Lot: 1, Multiplier: event.One,
			}
			if in.Kind != event.Spot && r.IntN(2) == 0 {
				in.Multiplier = 1 + r.Int64N(20*event.One)
			}
			list = append(list, in)
			n.multiplier = append(n.multiplier, float64(in.Multiplier)/event.One)
			n.held, n.average, n.mark = append(n.held, 0), append(n.average, 0), append(n.mark, 0)
		}
		a, err := New(Config{Currency: "USD", Capital: 1_000_000 * event.One, Instruments: list})
		if err != nil {
			t.Fatal(err)
		}
		// What is rounded: a unit of money for each fill and its share of cost, and float's own part.
		rounding := 0.0
		for step := range 200 {
			i := r.IntN(len(list))
			in := &list[i]
			ps, qs := math.Pow10(int(in.PriceDecimals)), math.Pow10(int(in.QuantityDecimals))
			price := 1 + r.Int64N(event.Pow10(int(in.PriceDecimals)+3))
			switch r.IntN(4) {
			case 0:
				fold(t, a, barOf(uint32(i), price))
				n.mark[i] = float64(price) / ps
			case 1:
				amount := r.Int64N(1000) - 500
				fold(t, a, outcomeEvent(event.Outcome{Kind: event.EventFunding, Amount: amount, Currency: "USD"}))
				n.cash += float64(amount) / event.One
				n.realised += float64(amount) / event.One
			default:
				quantity, fee := 1+r.Int64N(event.Pow10(int(in.QuantityDecimals)+1)), r.Int64N(10_000_000)
				side := event.Side(1 + r.IntN(2))
				e := fillEvent(side, quantity, price, fee)
				e.Outcome.Instrument = uint32(i)
				fold(t, a, e)
				signed := float64(quantity) / qs
				if side == event.Sell {
					signed = -signed
				}
				n.fill(i, signed, float64(price)/ps, float64(fee)/event.One)
				rounding += 3e-8
			}
			for what, c := range map[string]struct {
				got  int64
				want float64
			}{"equity": {a.Equity(), n.equity()}, "realised": {a.Realised(), n.realised}, "fees": {a.Fees(), n.fees}} {
				if off := math.Abs(float64(c.got)/event.One - c.want); off > rounding+1e-9*(1+math.Abs(c.want))+1e-6 {
					t.Fatalf("seed %d, step %d: %s %f, want %f", seed, step, what, float64(c.got)/event.One, c.want)
				}
			}
			for k := range list {
				p := &a.Positions()[k]
				if held := n.held[k]; math.Abs(float64(p.Quantity)/math.Pow10(int(list[k].QuantityDecimals))-held) > 1e-9*(1+math.Abs(held)) {
					t.Fatalf("seed %d, step %d: %d held, want %g", seed, step, p.Quantity, held)
				}
			}
		}
	}
}

// TestAveragePriceIsRoundedOnce holds it against what one rounding gives, at every scale and multiplier.
func TestAveragePriceIsRoundedOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	shown := 0
	for range 100_000 {
		in := event.Instrument{PriceDecimals: uint8(r.IntN(13)), QuantityDecimals: uint8(r.IntN(13)), Multiplier: 1 + r.Int64N(100*event.One)}
		price, quantity := 1+r.Int64N(event.Pow10(int(in.PriceDecimals)+3)), 1+r.Int64N(event.Pow10(int(in.QuantityDecimals)+4))
		if r.IntN(2) == 0 {
			quantity = -quantity
		}
		cost, ok := in.Notional(price, quantity, event.HalfEven)
		if !ok {
			continue
		}
		p := Position{Quantity: quantity, Cost: cost}
		// Cost is off by half a unit of money, so the price by half of what that is worth, and half of its own.
		slack, ok := in.PriceOf(1, quantity, event.Up)
		if !ok {
			continue
		}
		if got := p.AveragePrice(&in); abs(got-price) > abs(slack)/2+1 {
			t.Fatalf("%+v: %d bought at %d were entered at %d (cost %d)", in, quantity, price, got, cost)
		} else if abs(slack) == 1 && got == price {
			shown++
		}
	}
	if shown < 1_000 {
		t.Errorf("only %d averages were exact", shown)
	}
	// 10.49999999 over 3 is 3.4999…; rounded to money first it is 3.5, and then 4.
	in := event.Instrument{Multiplier: event.One}
	p := Position{Quantity: 3, Cost: 10_49999999}
	if got := p.AveragePrice(&in); got != 3 {
		t.Errorf("3.4999… is rounded to %d", got)
	}
}
