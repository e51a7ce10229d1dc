package account

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

var share = event.Instrument{
	Name: "GOOG", Kind: event.Equity, Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One,
}

func newAccount(t *testing.T, instruments ...event.Instrument) *Account {
	t.Helper()
	a, err := New(Config{Currency: "USD", Capital: 10_000 * event.One, Instruments: instruments})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fillEvent(side event.Side, quantity, price, fee int64) *event.Event {
	return &event.Event{Kind: event.KindOutcome, Outcome: event.Outcome{Kind: event.EventFill, Fill: event.Fill{
		Side: side, Quantity: quantity, Price: price, Fee: fee, FeeCurrency: "USD",
	}}}
}

func barEvent(at, price int64) *event.Event {
	return &event.Event{Kind: event.KindMarket, Time: at, Bars: []event.Bar{{Close: price}}}
}

func fold(t *testing.T, a *Account, events ...*event.Event) {
	t.Helper()
	for _, e := range events {
		if err := a.Fold(e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReversalRealisesTheOldPositionAndOpensTheRest(t *testing.T) {
	a := newAccount(t, share)
	fold(t, a, fillEvent(event.Buy, 10, 100_00, event.One), fillEvent(event.Sell, 15, 110_00, 2*event.One), barEvent(1, 108_00))
	p := a.Positions()[0]
	if p.Quantity != -5 || p.AveragePrice(&share) != 110_00 {
		t.Errorf("position %d at %d, want -5 at 11000", p.Quantity, p.AveragePrice(&share))
	}
	if want := (100 - 3) * int64(event.One); a.Realised() != want {
		t.Errorf("realised %d, want %d", a.Realised(), want)
	}
	if want := (10_000 + 100 - 3 + 10) * int64(event.One); a.Equity() != want {
		t.Errorf("equity %d, want %d", a.Equity(), want)
	}
}

func TestSpotMovesBothCurrencies(t *testing.T) {
	spot := event.Instrument{
		Name: "BTC/USD", Kind: event.Spot, Base: "BTC", Quote: "USD", Settle: "USD",
		PriceDecimals: 2, QuantityDecimals: 8, Tick: 1, Lot: 1, Multiplier: event.One,
	}
	a := newAccount(t, spot)
	fold(t, a, fillEvent(event.Buy, event.One/2, 8_000_00, 0), barEvent(1, 9_000_00))
	if got := a.Balances(); got[0].Total != 6_000*event.One || got[1] != (Balance{"BTC", event.One / 2}) {
		t.Errorf("balances %v", got)
	}
	if a.Equity() != 10_500*event.One {
		t.Errorf("equity %s, want 10500", event.FormatDecimal(a.Equity(), 8))
	}
}

func TestADepositIsNoProfit(t *testing.T) {
	a := newAccount(t, share)
	transfer := func(amount int64) *event.Event {
		return &event.Event{Kind: event.KindOutcome, Outcome: event.Outcome{Kind: event.EventTransfer, Amount: amount, Currency: "USD"}}
	}
	fold(t, a, transfer(5_000*event.One))
	if a.Peak() != 15_000*event.One || a.DayPnL() != 0 || a.Drawdown() != 0 {
		t.Errorf("after a deposit: peak %d, day %d, drawdown %d", a.Peak(), a.DayPnL(), a.Drawdown())
	}
	fold(t, a, transfer(-12_000*event.One))
	if a.Drawdown() != 0 || a.Equity() != 3_000*event.One {
		t.Errorf("after a withdrawal: drawdown %d, equity %d", a.Drawdown(), a.Equity())
	}
}

func TestTheDayBeginsAtItsBoundary(t *testing.T) {
	a := newAccount(t, share)
	const hour = int64(3600e9)
	a.config.DayBoundary = 22 * hour
	fold(t, a, fillEvent(event.Buy, 10, 100_00, 0), barEvent(21*hour, 110_00))
	if a.DayPnL() != 100*event.One {
		t.Errorf("before the boundary: %d", a.DayPnL())
	}
	fold(t, a, barEvent(22*hour, 111_00))
	if a.DayPnL() != 10*event.One {
		t.Errorf("after the boundary: %d", a.DayPnL())
	}
}

func TestOverflowIsAnError(t *testing.T) {
	a := newAccount(t, share)
	if err := a.Fold(fillEvent(event.Buy, 1<<62, 1<<62, 0)); err == nil {
		t.Error("a position worth 10^37 was booked")
	}
}

// TestEquityIsWhatWasPaidAndWhatIsHeld holds the account against exact rationals over random fills.
func TestEquityIsWhatWasPaidAndWhatIsHeld(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := newAccount(t, share)
		cash, held := big.NewInt(10_000*event.One), int64(0)
		price := int64(100_00)
		for range 200 {
			price = max(1, price+int64(r.IntN(201))-100)
			side, quantity, fee := event.Side(1+r.IntN(2)), int64(1+r.IntN(50)), int64(r.IntN(1000))
			fold(t, a, fillEvent(side, quantity, price, fee))
			if side == event.Sell {
				quantity = -quantity
			}
			held += quantity
			cash.Sub(cash, big.NewInt(quantity*price*1_000_000+fee))
			fold(t, a, barEvent(0, price))
			want := new(big.Int).Add(cash, big.NewInt(held*price*1_000_000))
			// Average cost is rounded once per reducing fill, and what it rounds away it gives back later.
			if off := new(big.Int).Sub(want, big.NewInt(a.Equity())); off.CmpAbs(big.NewInt(0)) != 0 {
				t.Fatalf("seed %d: equity %d, want %s", seed, a.Equity(), want)
			}
		}
	}
}

func TestStateReadsBackAtEveryStep(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	a, orders := newAccount(t, share), Orders{}
	for i := range 100 {
		fold(t, a, fillEvent(event.Side(1+r.IntN(2)), int64(1+r.IntN(50)), 100_00, 7), barEvent(int64(i)*3600e9, 101_00))
		orders.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: event.OrderID{byte(i)}, Tag: "x", Size: 5, SizeKind: event.SizeUnits}})
		b := orders.AppendState(a.AppendState(nil))
		other, others := newAccount(t, share), Orders{}
		rest, err := other.ReadState(b)
		if err == nil {
			rest, err = others.ReadState(rest)
		}
		if err != nil || len(rest) != 0 {
			t.Fatalf("step %d: %d bytes left, %v", i, len(rest), err)
		}
		if !bytes.Equal(others.AppendState(other.AppendState(nil)), b) {
			t.Fatalf("step %d: state differs after reading it back", i)
		}
		a, orders = other, others
	}
	b := a.AppendState(nil)
	for n := range b {
		if _, err := newAccount(t, share).ReadState(b[:n]); err == nil {
			t.Fatalf("%d of %d bytes read without an error", n, len(b))
		}
	}
}

func TestOrdersFollowTheirOutcomes(t *testing.T) {
	var o Orders
	id := event.OrderID{1}
	child := event.OrderID{2}
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: id, Ref: 7, SizeKind: event.SizeUnits, Size: 10}})
	o.Request(&event.Request{Kind: event.RequestSubmit, Order: event.Order{ID: child, Ref: 8, Parent: id, SizeKind: event.SizeUnits, Size: 10}})
	if o.ByRef(7).State != event.StatePending || o.ByRef(8).State != event.StateContingent {
		t.Fatal("a new order is pending, its child contingent")
	}
	// A fill may come before the acceptance; the acceptance then tells nothing new.
	o.Fold(&event.Outcome{Kind: event.EventFill, Order: id, Fill: event.Fill{Quantity: 4}})
	o.Fold(&event.Outcome{Kind: event.EventAccepted, Order: id})
	if s := o.ByRef(7).State; s != event.StatePartial {
		t.Errorf("after a fill and an acceptance: %s", s)
	}
	if s := o.ByRef(8).State; s != event.StateOpen {
		t.Errorf("a child whose parent filled is %s", s)
	}
	last := o.Fold(&event.Outcome{Kind: event.EventFill, Order: id, Fill: event.Fill{Quantity: 6}})
	if last.State != event.StateFilled || last.ID != id || o.ByRef(7) != nil || o.Len() != 1 {
		t.Errorf("filled order: %+v, %d open", last, o.Len())
	}
	if late := o.Fold(&event.Outcome{Kind: event.EventFill, Order: event.OrderID{9}}); late != nil {
		t.Errorf("a fill of an order that nobody knows found %+v", late)
	}
}

func BenchmarkFoldBar(b *testing.B) {
	a, err := New(Config{Currency: "USD", Capital: 10_000 * event.One, Instruments: []event.Instrument{share}})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Fold(fillEvent(event.Buy, 10, 100_00, 0)); err != nil {
		b.Fatal(err)
	}
	e := barEvent(0, 101_00)
	b.ReportAllocs()
	for b.Loop() {
		e.Time += 60e9
		if err := a.Fold(e); err != nil {
			b.Fatal(err)
		}
	}
}

func Example() {
	a, _ := New(Config{Currency: "USD", Capital: 10_000 * event.One, Instruments: []event.Instrument{share}})
	_ = a.Fold(fillEvent(event.Buy, 10, 100_00, 0))
	_ = a.Fold(barEvent(1, 90_00))
	fmt.Println(event.FormatDecimal(a.Equity(), event.MoneyDecimals), event.FormatDecimal(a.Drawdown(), event.FractionDecimals))
	// Output: 9900 0.01
}

// TestAFeeToldLaterIsBookedAsOneThatCameWithItsFill, in whatever currency it is.
func TestAFeeToldLaterIsBookedAsOneThatCameWithItsFill(t *testing.T) {
	coin := event.Instrument{Name: "C", Kind: event.Spot, Base: "BTC", Quote: "USD", Settle: "USD", PriceDecimals: 2, QuantityDecimals: 8, Tick: 1, Lot: 1, Multiplier: event.One}
	for _, currency := range []string{"USD", "BTC", "BNB"} {
		fill := event.Outcome{Kind: event.EventFill, Fill: event.Fill{Side: event.Buy, Quantity: event.One, Price: 100_00, Time: 5}}
		late := event.Outcome{Kind: event.EventFee, Amount: -event.One / 100, Currency: currency, Fill: event.Fill{Side: event.Buy, Price: 100_00, Time: 5}}
		with := fill
		with.Fill.Fee, with.Fill.FeeCurrency = event.One/100, currency
		fold := func(outcomes ...event.Outcome) []byte {
			a, err := New(Config{Currency: "USD", Capital: 1000 * event.One, Instruments: []event.Instrument{coin}})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range outcomes {
				if err := a.Fold(&event.Event{Kind: event.KindOutcome, Time: 9, Outcome: o}); err != nil {
					t.Fatal(err)
				}
			}
			return a.AppendState(nil)
		}
		if together, apart := fold(with), fold(fill, late); !bytes.Equal(together, apart) {
			t.Errorf("%s: with its fill\n%x\nlater\n%x", currency, together, apart)
		}
	}
}
