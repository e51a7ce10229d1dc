package risk

import (
	"fmt"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// book is an agent's books as a test wants them.
type book struct {
	held, mark int64
	orders     []event.Order
	equity     int64
}

func (b *book) Position(uint32) (int64, int64) { return b.held, b.mark }
func (b *book) Orders() []event.Order          { return b.orders }
func (b *book) Equity() int64                  { return b.equity }
func (b *book) MarginAvailable() int64         { return b.equity }

var share = event.Instrument{
	Name: "GOOG", Kind: event.Equity, PriceDecimals: 2, Tick: 5, Lot: 10, QuantityMin: 20, QuantityMax: 10_000, Multiplier: event.One,
}

var everything = Turn{
	Sequence: 7, Now: 1_000_000_000,
	Permissions: event.PermitAdd | event.PermitReduce | event.PermitCancel | event.PermitTick,
	Capabilities: event.SizesAtFill | event.SizesByNotional | event.NativeReplace | event.NativeStops | event.MarketOrders |
		event.EnforcesPostOnly | event.EnforcesImmediate | event.EnforcesExpiry,
}

func submit(change func(*event.Intent)) *event.Intent {
	in := &event.Intent{Kind: event.IntentSubmit, Order: event.Order{
		Side: event.Buy, Type: event.OrderMarket, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 100,
	}}
	if change != nil {
		change(in)
	}
	return in
}

func limit(price int64) func(*event.Intent) {
	return func(in *event.Intent) { in.Order.Type, in.Order.Price = event.OrderLimit, price }
}

func TestDenials(t *testing.T) {
	open := event.Order{ID: event.OrderID{1}, Ref: 5, Side: event.Buy, SizeKind: event.SizeUnits, Size: 100}
	for name, c := range map[string]struct {
		intent *event.Intent
		book   book
		limits Limits
		turn   func(*Turn)
		want   event.DenyCode
	}{
		"a plain market order is admitted":               {intent: submit(nil)},
		"an instrument that is not there":                {intent: submit(func(in *event.Intent) { in.Order.Instrument = 3 }), want: event.DenyUnknownInstrument},
		"a ref that an open order has":                   {intent: submit(func(in *event.Intent) { in.Order.Ref = 5 }), book: book{orders: []event.Order{open}}, want: event.DenyDuplicateRef},
		"a reserved type":                                {intent: submit(func(in *event.Intent) { in.Order.Type = 6 }), want: event.DenyUnsupported},
		"a reserved group":                               {intent: submit(func(in *event.Intent) { in.Grouped = true }), want: event.DenyUnsupported},
		"a parent that nobody knows":                     {intent: submit(func(in *event.Intent) { in.ParentRef = 9 }), want: event.DenyUnknownParent},
		"a limit order without a price":                  {intent: submit(limit(0)), want: event.DenyPrice},
		"a market order with a price":                    {intent: submit(func(in *event.Intent) { in.Order.Price = 5 }), want: event.DenyPrice},
		"a price between two ticks":                      {intent: submit(limit(10_002)), want: event.DenyPriceTick},
		"no size":                                        {intent: submit(func(in *event.Intent) { in.Order.Size = 0 }), want: event.DenySize},
		"part of a lot":                                  {intent: submit(func(in *event.Intent) { in.Order.Size = 101 }), want: event.DenyLot},
		"too few":                                        {intent: submit(func(in *event.Intent) { in.Order.Size = 10 }), want: event.DenyQuantityMin},
		"too many":                                       {intent: submit(func(in *event.Intent) { in.Order.Size = 10_010 }), want: event.DenyQuantityMax},
		"a fraction above one":                           {intent: submit(func(in *event.Intent) { in.Order.SizeKind, in.Order.Size = event.SizeFraction, event.One+1 }), want: event.DenySize},
		"a fraction where nobody sizes or knows a price": {intent: submit(func(in *event.Intent) { in.Order.SizeKind, in.Order.Size = event.SizeFraction, event.One }), turn: func(t *Turn) { t.Capabilities = event.MarketOrders }, want: event.DenyPrice},
		"GTD in the past":                                {intent: submit(func(in *event.Intent) { in.Order.TIF, in.Order.ExpireTime = event.GTD, 5 }), want: event.DenyValidUntil},
		"no longer to be sent":                           {intent: submit(func(in *event.Intent) { in.Order.ValidUntil = 5 }), want: event.DenyValidUntil},
		"post-only at market":                            {intent: submit(func(in *event.Intent) { in.Order.Flags = event.PostOnly }), want: event.DenyTimeInForce},
		"adding when only closing is allowed":            {intent: submit(nil), turn: func(t *Turn) { t.Permissions = event.PermitReduce }, want: event.DenyMode},
		"reducing when closing is allowed": {
			intent: submit(func(in *event.Intent) { in.Order.Side, in.Order.Flags = event.Sell, event.ReduceOnly }),
			book:   book{held: 100, mark: 100_00}, turn: func(t *Turn) { t.Permissions = event.PermitReduce },
		},
		"reduce-only without a position":    {intent: submit(func(in *event.Intent) { in.Order.Flags = event.ReduceOnly }), want: event.DenyReduceOnly},
		"reduce-only beyond the position":   {intent: submit(func(in *event.Intent) { in.Order.Side, in.Order.Flags = event.Sell, event.ReduceOnly }), book: book{held: 90}, want: event.DenyReduceOnly},
		"outside of the collar":             {intent: submit(limit(111_00)), book: book{mark: 100_00}, limits: Limits{PriceCollar: event.One / 10}, want: event.DenyPriceCollar},
		"inside of the collar":              {intent: submit(limit(110_00)), book: book{mark: 100_00}, limits: Limits{PriceCollar: event.One / 10}},
		"a collar without a last price":     {intent: submit(limit(110_00)), limits: Limits{PriceCollar: event.One / 10}, want: event.DenyStale},
		"worth too much":                    {intent: submit(limit(100_00)), limits: Limits{OrderNotionalMax: 9_999 * event.One}, want: event.DenyNotionalMax},
		"worth just enough":                 {intent: submit(limit(100_00)), limits: Limits{OrderNotionalMax: 10_000 * event.One}},
		"all of the margin is worth it too": {intent: submit(func(in *event.Intent) { in.Order.SizeKind, in.Order.Size = event.SizeFraction, event.One }), book: book{mark: 100_00, equity: 10_000 * event.One}, limits: Limits{OrderNotionalMax: 9_999 * event.One}, want: event.DenyNotionalMax},
		"a position too large":              {intent: submit(nil), book: book{held: 950, mark: 1}, limits: Limits{PositionMax: []int64{1_000}}, want: event.DenyPosition},
		"a position too large with working": {intent: submit(nil), book: book{held: 850, mark: 1, orders: []event.Order{open}}, limits: Limits{PositionMax: []int64{1_000}}, want: event.DenyPosition},
		"an exposure too large":             {intent: submit(nil), book: book{held: 100, mark: 100_00}, limits: Limits{PositionNotionalMax: 19_999 * event.One}, want: event.DenyExposure},
		"the other way is no exposure":      {intent: submit(func(in *event.Intent) { in.Order.Side = event.Sell }), book: book{held: 100, mark: 100_00}, limits: Limits{PositionNotionalMax: 1}},
		"too many open orders":              {intent: submit(nil), book: book{orders: []event.Order{open}}, limits: Limits{OpenOrdersMax: 1}, want: event.DenyOpenOrders},
	} {
		t.Run(name, func(t *testing.T) {
			turn := everything
			if c.turn != nil {
				c.turn(&turn)
			}
			a := New(Config{Agent: "a", Instruments: []event.Instrument{share}, Limits: c.limits})
			a.Begin(turn, &c.book, nil, nil)
			made := a.Admit(c.intent)
			_, denials := a.Results()
			if c.want == 0 {
				if len(denials) != 0 || len(made) != 1 || !made[0].Order.ID.Ours() {
					t.Fatalf("requests %v, denials %+v", made, denials)
				}
				return
			}
			if len(made) != 0 || len(denials) != 1 || denials[0].Code != c.want {
				t.Fatalf("requests %v, denials %+v; want %s", made, denials, c.want)
			}
		})
	}
}

func TestTheRateIsPerPeriodAndComesBack(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{RateCount: 3, RatePeriod: 3_000}})
	admitted := func(now int64) int {
		turn := everything
		turn.Now = now
		n := 0
		a.Begin(turn, &book{}, nil, nil)
		for range 10 {
			n += len(a.Admit(submit(nil)))
		}
		return n
	}
	for _, c := range []struct {
		now  int64
		want int
	}{{10_000, 3}, {10_500, 0}, {11_000, 1}, {13_000, 2}, {100_000, 3}} {
		if got := admitted(c.now); got != c.want {
			t.Errorf("at %d: %d admitted, want %d", c.now, got, c.want)
		}
	}
	var other Admission
	if rest, err := other.ReadState(a.AppendState(nil)); err != nil || len(rest) != 0 || other.rate != a.rate {
		t.Errorf("the limiter's state does not read back: %v", err)
	}
}

func TestLiveClosesNeverExceedThePosition(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}})
	b := &book{held: -105, mark: 100_00}
	closeAll := &event.Intent{Kind: event.IntentClose, Order: event.Order{SizeKind: event.SizeFraction, Size: event.One}}
	a.Begin(everything, b, nil, nil)
	made := a.Admit(closeAll)
	if len(made) != 1 || made[0].Order.Size != 100 || made[0].Order.Side != event.Buy || made[0].Order.Flags&event.ReduceOnly == 0 {
		t.Fatalf("close of 105 short in lots of 10: %+v", made)
	}
	b.orders = append(b.orders, made[0].Order)
	if again := a.Admit(closeAll); len(again) != 0 {
		t.Fatalf("a second close while the first is live: %+v", again)
	}
	_, denials := a.Results()
	if len(denials) != 1 || denials[0].Code != event.DenyDust {
		t.Fatalf("want dust for the rest of 5: %+v", denials)
	}
}

func TestIdsDependOnRunAgentSequenceAndPlaceAlone(t *testing.T) {
	seen := map[event.OrderID]string{}
	for _, run := range [][8]byte{{1}, {2}} {
		for _, agent := range []string{"a", "b"} {
			id := NewIdentity(run, agent)
			for sequence := range uint64(50) {
				for place := range 4 {
					o := id.Order(sequence, place)
					key := fmt.Sprint(run, agent, sequence, place)
					if was, twice := seen[o]; twice {
						t.Fatalf("%s and %s have the id %s", was, key, o)
					}
					seen[o] = key
					again := NewIdentity(run, agent)
					if o != again.Order(sequence, place) || !o.Ours() {
						t.Fatalf("%s: made again the id differs", key)
					}
				}
			}
		}
	}
}

func TestACancelOfACancelledOrderAsksForNothing(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}})
	b := &book{orders: []event.Order{{ID: event.OrderID{1}, Ref: 5, State: event.StateOpen}}}
	a.Begin(everything, b, nil, nil)
	if made := a.Admit(&event.Intent{Kind: event.IntentCancel, TargetRef: 5}); len(made) != 1 || made[0].Kind != event.RequestCancel {
		t.Fatalf("%+v", made)
	}
	b.orders[0].State = event.StateCancelPending
	if made := a.Admit(&event.Intent{Kind: event.IntentCancelAll, Order: event.Order{Instrument: event.EveryInstrument}}); len(made) != 0 {
		t.Fatalf("%+v", made)
	}
	a.Admit(&event.Intent{Kind: event.IntentCancel, TargetRef: 6})
	if _, denials := a.Results(); len(denials) != 1 || denials[0].Code != event.DenyUnknownOrder {
		t.Fatalf("%+v", denials)
	}
}

func TestAReplaceIsJudgedAsTheOrderItMakes(t *testing.T) {
	resting := event.Order{ID: event.OrderID{1}, Ref: 5, Side: event.Buy, Type: event.OrderLimit, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 100, Filled: 40, Price: 100_00}
	for name, c := range map[string]struct {
		fields event.ReplaceFields
		order  event.Order
		want   event.DenyCode
	}{
		"a new price":              {event.ReplacePrice, event.Order{Price: 101_00}, 0},
		"a price between ticks":    {event.ReplacePrice, event.Order{Price: 101_01}, event.DenyPriceTick},
		"no more than what filled": {event.ReplaceQuantity, event.Order{Size: 40}, event.DenySize},
		"part of a lot":            {event.ReplaceQuantity, event.Order{Size: 55}, event.DenyLot},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Config{Instruments: []event.Instrument{share}})
			a.Begin(everything, &book{orders: []event.Order{resting}, mark: 100_00}, nil, nil)
			made := a.Admit(&event.Intent{Kind: event.IntentReplace, TargetRef: 5, Fields: c.fields, Order: c.order})
			_, denials := a.Results()
			if (c.want == 0) != (len(made) == 1) || (c.want != 0 && denials[0].Code != c.want) {
				t.Fatalf("requests %+v, denials %+v", made, denials)
			}
		})
	}
}

func Example() {
	a := New(Config{Agent: "sma", Instruments: []event.Instrument{share}, Limits: Limits{OrderNotionalMax: 5_000 * event.One}})
	a.Begin(everything, &book{mark: 100_00}, nil, nil)
	a.Admit(submit(nil))
	_, denials := a.Results()
	fmt.Println(denials[0].Code, event.FormatDecimal(denials[0].Found, 8), event.FormatDecimal(denials[0].Allowed, 8))
	// Output: notional_max 10000 5000
}
