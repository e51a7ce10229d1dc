package risk

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// fullBook offers all that a book may offer.
type fullBook struct {
	book
	siblings []event.Order
	wishes   map[event.OrderID][3]int64
	rate     int64 // of an instrument's money, as a fraction; 0: there is none
}

func (b *fullBook) Siblings(uint32) []event.Order { return b.siblings }

func (b *fullBook) Replacing(id event.OrderID) (size, price, stopPrice int64) {
	w := b.wishes[id]
	return w[0], w[1], w[2]
}

func (b *fullBook) InCurrency(_ uint32, money int64) (int64, bool) {
	v, ok := event.MulDiv(money, b.rate, event.One, event.HalfEven)
	return v, ok && b.rate != 0
}

// openOrder is an open buy of 100 at 100.00.
func openOrder(change func(*event.Order)) event.Order {
	o := event.Order{
		ID: event.OrderID{1}, Ref: 5, Side: event.Buy, Type: event.OrderLimit, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 100,
		Price: 100_00, State: event.StateOpen,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func selling(o *event.Order) { o.Side = event.Sell }

func TestExposureCountsAllAtItsWorst(t *testing.T) {
	sell := submit(func(in *event.Intent) { in.Order.Side = event.Sell })
	for name, c := range map[string]struct {
		intent *event.Intent
		book   fullBook
		want   int64 // thousands of the currency that it comes to
	}{
		"an order":                               {submit(nil), fullBook{}, 10},
		"an order and a position":                {submit(nil), fullBook{book: book{held: 100}}, 20},
		"an order against a position":            {sell, fullBook{book: book{held: 300}}, 0},
		"an order beyond a position":             {sell, fullBook{book: book{held: 10}}, 9},
		"a short position and more of it":        {sell, fullBook{book: book{held: -100}}, 20},
		"an open order":                          {submit(nil), fullBook{book: book{orders: []event.Order{openOrder(nil)}}}, 20},
		"a half filled one, the rest":            {submit(nil), fullBook{book: book{held: 50, orders: []event.Order{openOrder(func(o *event.Order) { o.Filled = 50 })}}}, 20},
		"an open order of the other side":        {submit(nil), fullBook{book: book{orders: []event.Order{openOrder(selling)}}}, 0},
		"two of the other side":                  {submit(nil), fullBook{book: book{orders: []event.Order{openOrder(func(o *event.Order) { selling(o); o.Size = 300 })}}}, 0},
		"one that only reduces":                  {submit(nil), fullBook{book: book{held: 100, orders: []event.Order{openOrder(func(o *event.Order) { selling(o); o.Flags = event.ReduceOnly })}}}, 20},
		"a sale below the last price":            {submit(func(in *event.Intent) { limit(50_00)(in); in.Order.Side = event.Sell }), fullBook{}, 10},
		"a dear one":                             {submit(limit(150_00)), fullBook{}, 15},
		"a replace on its way to a larger size":  {submit(nil), fullBook{book: book{orders: []event.Order{openOrder(nil)}}, wishes: map[event.OrderID][3]int64{{1}: {300, 0, 0}}}, 40},
		"a replace on its way to a dearer price": {submit(nil), fullBook{book: book{orders: []event.Order{openOrder(nil)}}, wishes: map[event.OrderID][3]int64{{1}: {0, 200_00, 0}}}, 30},
		"in the account's money":                 {submit(nil), fullBook{rate: event.One / 2}, 5},
		"all of the margin":                      {submit(func(in *event.Intent) { in.Order.SizeKind, in.Order.Size = event.SizeFraction, event.One }), fullBook{book: book{equity: 7_000 * event.One}}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			c.book.mark = 100_00
			if c.book.rate == 0 {
				c.book.rate = event.One
			}
			for _, spare := range []int64{0, -1} {
				a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{ExposureMax: max(1, c.want*1_000*event.One+spare)}})
				a.Begin(everything, &c.book, nil, nil)
				made := a.Admit(c.intent)
				_, d := a.Results()
				if spare == 0 || c.want == 0 { // an order that makes it no worse is not held back
					if len(made) != 1 {
						t.Fatalf("at its limit: %+v", d)
					}
					continue
				}
				if len(made) != 0 || d[0].Code != event.DenyExposure || d[0].Found != c.want*1_000*event.One || d[0].Allowed != d[0].Found-1 {
					t.Fatalf("one unit beyond: %+v", d)
				}
			}
		})
	}
}

func TestExposureOfAReplaceCountsTheOrderOnce(t *testing.T) {
	for size, want := range map[int64]int64{50: 0, 100: 0, 200: 20_000} {
		a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{ExposureMax: 10_000 * event.One}})
		a.Begin(everything, &fullBook{rate: event.One, book: book{mark: 100_00, orders: []event.Order{openOrder(nil)}}}, nil, nil)
		made := a.Admit(&event.Intent{Kind: event.IntentReplace, TargetRef: 5, Fields: event.ReplaceQuantity, Order: event.Order{Size: size}})
		_, d := a.Results()
		if (want == 0) != (len(made) == 1) || (want != 0 && d[0].Found != want*event.One) {
			t.Errorf("to %d: %+v, %+v", size, made, d)
		}
	}
}

func TestAReplaceOnItsWayCountsInThePosition(t *testing.T) {
	b := &fullBook{book: book{mark: 100_00, orders: []event.Order{openOrder(nil)}}, wishes: map[event.OrderID][3]int64{{1}: {300, 0, 0}}}
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{PositionMax: []int64{399}}})
	a.Begin(everything, b, nil, nil)
	a.Admit(submit(nil))
	if _, d := a.Results(); len(d) != 1 || d[0].Code != event.DenyPosition || d[0].Found != 400 {
		t.Errorf("%+v", d)
	}
}

func TestExposureThatCannotBeKnownDenies(t *testing.T) {
	for name, b := range map[string]*fullBook{
		"without a last price": {rate: event.One},
		"without a rate":       {book: book{mark: 100_00}},
	} {
		a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{ExposureMax: 1 << 60}})
		a.Begin(everything, b, nil, nil)
		if made := a.Admit(submit(nil)); len(made) != 0 {
			t.Errorf("%s: admitted", name)
		}
		if _, d := a.Results(); d[0].Code != event.DenyStale || d[0].Allowed != 1 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestAnUnknownOrderCountsInEveryLimitAndStopsWhatAdds(t *testing.T) {
	for _, state := range []event.OrderState{event.StateUnknown, 21} {
		unknown := openOrder(func(o *event.Order) { o.State = state })
		for name, limits := range map[string]Limits{
			"position": {PositionMax: []int64{199}}, "worth of the position": {PositionNotionalMax: 19_999 * event.One},
			"exposure": {ExposureMax: 19_999 * event.One}, "open orders": {OpenOrdersMax: 1},
		} {
			a := New(Config{Instruments: []event.Instrument{share}, Limits: limits})
			a.Begin(everything, &book{mark: 100_00, orders: []event.Order{unknown}}, nil, nil)
			// Only the rule that Unknown stops what adds is passed over.
			in := submit(nil)
			o := in.Order
			if a.bounded(in, &o) == admitted && a.exposed(in, &o) == admitted && a.paced(in, &o) == admitted {
				t.Errorf("%s: an order in state %d does not count", name, state)
			}
			if made := a.Admit(in); len(made) != 0 {
				t.Errorf("%s: added beside an order in state %d", name, state)
			}
			if _, d := a.Results(); d[0].Code != event.DenyUnknownPending || d[0].Found != 1 || d[0].Allowed != 0 {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}

func TestUnknownStopsOnlyWhatAddsOnItsInstrument(t *testing.T) {
	unknown := openOrder(func(o *event.Order) { o.State = event.StateUnknown })
	a := New(Config{Instruments: []event.Instrument{share, share}})
	a.Begin(everything, &book{held: 100, mark: 100_00, orders: []event.Order{unknown}}, nil, nil)
	for name, in := range map[string]*event.Intent{
		"another instrument":  submit(func(in *event.Intent) { in.Order.Instrument = 1 }),
		"reducing":            submit(func(in *event.Intent) { in.Order.Side, in.Order.Flags = event.Sell, event.ReduceOnly }),
		"a close":             closeAll(0),
		"a cancel of Unknown": {Kind: event.IntentCancel, TargetRef: 5},
	} {
		if made := a.Admit(in); len(made) != 1 {
			_, d := a.Results()
			t.Errorf("%s: %+v", name, d)
		}
	}
	sibling := openOrder(func(o *event.Order) { o.State = event.StateUnknown })
	a.Begin(everything, &fullBook{book: book{mark: 100_00}, siblings: []event.Order{sibling, sibling}}, nil, nil)
	a.Admit(submit(nil))
	if _, d := a.Results(); len(d) != 1 || d[0].Code != event.DenyUnknownPending || d[0].Found != 2 {
		t.Errorf("beside two Unknown orders of a sibling: %+v", d)
	}
}

func TestAnOrderThatWouldCrossASiblingsIsDenied(t *testing.T) {
	market := func(o *event.Order) { o.Type, o.Price = event.OrderMarket, 0 }
	both := func(f ...func(*event.Order)) func(*event.Order) {
		return func(o *event.Order) {
			for _, g := range f {
				g(o)
			}
		}
	}
	in := func(f ...func(*event.Order)) *event.Intent {
		return &event.Intent{Kind: event.IntentSubmit, Order: openOrder(both(append(f, func(o *event.Order) { o.Ref = 0 })...))}
	}
	at := func(price int64) func(*event.Order) { return func(o *event.Order) { o.Price = price } }
	is := func(s event.OrderState) func(*event.Order) { return func(o *event.Order) { o.State = s } }
	stop := func(o *event.Order) { o.Type, o.StopPrice, o.Price = event.OrderStop, 90_00, 0 }
	for name, c := range map[string]struct {
		intent         *event.Intent
		sibling        event.Order
		found, allowed int64 // 0: admitted
	}{
		"a buy at a sale's price":            {in(), openOrder(selling), 100_00, 100_00},
		"a buy above a sale":                 {in(at(101_00)), openOrder(selling), 101_00, 100_00},
		"a buy below a sale":                 {in(at(99_00)), openOrder(selling), 0, 0},
		"a sale below a buy":                 {in(selling, at(99_00)), openOrder(nil), 99_00, 100_00},
		"a sale above a buy":                 {in(selling, at(101_00)), openOrder(nil), 0, 0},
		"at the market, at the last price":   {in(market), openOrder(both(selling, at(300_00))), 98_00, 300_00},
		"two at the market":                  {in(market), openOrder(both(selling, market)), 0, 0},
		"a limit before one at the market":   {in(), openOrder(both(selling, market)), 100_00, 98_00},
		"the same side":                      {in(market), openOrder(nil), 0, 0},
		"a sibling's stop waits":             {in(market), openOrder(both(selling, stop)), 0, 0},
		"a stop waits":                       {in(stop), openOrder(selling), 0, 0},
		"a sibling's that is held":           {in(market), openOrder(both(selling, is(event.StateContingent))), 0, 0},
		"a sibling's that is over":           {in(market), openOrder(both(selling, is(event.StateCancelled))), 0, 0},
		"a sibling's that is not there yet":  {in(market), openOrder(both(selling, is(event.StatePending))), 98_00, 100_00},
		"a sibling's whose cancel is wished": {in(market), openOrder(both(selling, is(event.StateCancelPending))), 98_00, 100_00},
		"a strategy's close":                 {closeAll(0), openOrder(nil), 98_00, 100_00},
		"the host's close":                   {closeAll(event.ByHost), openOrder(nil), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, allow := range []bool{false, true} {
				a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{SelfTradeAllow: allow}})
				b := &fullBook{book: book{mark: 98_00}, siblings: []event.Order{c.sibling}}
				if c.intent.Kind == event.IntentClose {
					b.held = 100
				}
				a.Begin(everything, b, nil, nil)
				made := a.Admit(c.intent)
				_, d := a.Results()
				if allow || c.found == 0 {
					if len(made) != 1 {
						t.Fatalf("allowed %v: %+v", allow, d)
					}
				} else if len(made) != 0 || d[0].Code != event.DenySelfTrade || d[0].Found != c.found || d[0].Allowed != c.allowed {
					t.Fatalf("%+v, %+v", made, d)
				}
			}
		})
	}
}

func TestTheSameOrderWishedTwiceIsTwoOrdersAndABurstIsDeniedWithItsNumbers(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{OrdersPerTickMax: 3}})
	a.Begin(everything, &book{mark: 100_00}, nil, nil)
	ids := map[event.OrderID]bool{}
	for range 5 {
		for _, q := range a.Admit(submit(nil)) {
			ids[q.Order.ID] = true
		}
	}
	_, d := a.Results()
	if len(ids) != 3 || len(d) != 2 {
		t.Fatalf("%d orders, %+v", len(ids), d)
	}
	for i := range d {
		if d[i].Code != event.DenyRate || d[i].Found != 4 || d[i].Allowed != 3 || d[i].Order.IsZero() {
			t.Errorf("%+v", d[i])
		}
	}
}

func TestWhatTheVenueCannotDoIsDenied(t *testing.T) {
	for name, c := range map[string]struct {
		lacks  event.Capabilities
		change func(*event.Intent)
	}{
		"a market order": {event.MarketOrders, nil},
		"a stop":         {event.NativeStops, func(in *event.Intent) { in.Order.Type, in.Order.StopPrice = event.OrderStop, 90_00 }},
		"post-only":      {event.EnforcesPostOnly, func(in *event.Intent) { limit(100_00)(in); in.Order.Flags = event.PostOnly }},
		"IOC":            {event.EnforcesImmediate, func(in *event.Intent) { limit(100_00)(in); in.Order.TIF = event.IOC }},
		"GTD":            {event.EnforcesExpiry, func(in *event.Intent) { limit(100_00)(in); in.Order.TIF, in.Order.ExpireTime = event.GTD, 2e9 }},
	} {
		turn := everything
		for _, has := range []bool{true, false} {
			if !has {
				turn.Capabilities &^= c.lacks
			}
			a := New(Config{Instruments: []event.Instrument{share}})
			a.Begin(turn, &book{mark: 100_00}, nil, nil)
			made := a.Admit(submit(c.change))
			_, d := a.Results()
			if has != (len(made) == 1) || (!has && (d[0].Code != event.DenyUnsupported || d[0].Found != int64(c.lacks))) {
				t.Errorf("%s, has %v: %+v", name, has, d)
			}
		}
	}
}

func BenchmarkAdmitWithEveryLimit(b *testing.B) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{
		OrderNotionalMax: 1 << 60, PositionNotionalMax: 1 << 60, ExposureMax: 1 << 60, PositionMax: []int64{1 << 40},
		OrdersPerTickMax: 10, RateCount: 1 << 30, RatePeriod: 1 << 60, PriceCollar: event.One,
	}})
	books := &fullBook{book: book{mark: 100_00}, rate: event.One}
	for i := range 8 {
		books.orders = append(books.orders, openOrder(func(o *event.Order) { o.ID[0], o.Ref = byte(i+1), 0 }))
	}
	in := submit(nil)
	requests, denials := make([]event.Request, 0, 4), make([]event.Denial, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		a.Begin(everything, books, requests, denials)
		if len(a.Admit(in)) != 1 {
			b.Fatal(a.Results())
		}
	}
}
