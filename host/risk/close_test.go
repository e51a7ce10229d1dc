package risk

import (
	"math/rand/v2"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func closeAll(flags event.OrderFlags) *event.Intent {
	return &event.Intent{Kind: event.IntentClose, Order: event.Order{Ref: 9, SizeKind: event.SizeFraction, Size: event.One, Flags: flags}}
}

// reducing is an open order that takes part of a long position away.
func reducingOrder(id byte, size int64, change func(*event.Order)) event.Order {
	o := event.Order{
		ID: event.OrderID{id}, Side: event.Sell, Type: event.OrderStop, SizeKind: event.SizeUnits, Size: size, StopPrice: 90_00,
		Flags: event.ReduceOnly, State: event.StateOpen,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func closingState(s event.OrderState) func(*event.Order) {
	return func(o *event.Order) {
		o.Type, o.StopPrice, o.Flags, o.State = event.OrderMarket, 0, o.Flags|event.Closing, s
	}
}

func TestACloseLargerThanTheVenueTakesIsSeveral(t *testing.T) {
	small := share
	small.QuantityMax = 10
	small.QuantityMin = 0
	for name, c := range map[string]struct {
		in    event.Instrument
		held  int64
		want  []int64
		again event.DenyCode
	}{
		"one is enough":                          {share, 10_000, []int64{10_000}, 0},
		"three":                                  {share, 25_000, []int64{10_000, 10_000, 5_000}, 0},
		"the last is not left too small":         {share, -20_010, []int64{10_000, 9_990, 20}, 0},
		"what is no lot stays":                   {share, 10_005, []int64{10_000}, 0},
		"more than one wish can close is denied": {small, 650, nil, event.DenyQuantityMax},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Config{Instruments: []event.Instrument{c.in}})
			a.Begin(everything, &book{held: c.held, mark: 100_00}, nil, nil)
			made := a.Admit(closeAll(event.ByHost))
			_, denials := a.Results()
			if c.again != 0 {
				if len(made) != closesMax || len(denials) != 1 || denials[0].Code != c.again || denials[0].Found != 10 {
					t.Fatalf("%d made, %+v", len(made), denials)
				}
				return
			}
			if len(made) != len(c.want) || len(denials) != 0 {
				t.Fatalf("%+v, %+v", made, denials)
			}
			ids := map[event.OrderID]bool{}
			for i, q := range made {
				o := q.Order
				ids[o.ID] = true
				if o.Size != c.want[i] || o.Flags != event.ReduceOnly|event.Closing|event.ByHost || o.Type != event.OrderMarket || (o.Ref == 9) != (i == 0) {
					t.Errorf("close %d: %+v", i, o)
				}
			}
			if len(ids) != len(made) {
				t.Error("two closes have one id")
			}
		})
	}
}

func TestWhatACloseMayTake(t *testing.T) {
	notional := share
	notional.NotionalMin = 5_000 * event.One
	for name, c := range map[string]struct {
		orders     []event.Order
		enforces   bool
		instrument event.Instrument
		held, size int64 // size of the close, 0 for none
		denial     denial
	}{
		"all of it":                   {held: 100, size: 100},
		"not what a live close takes": {held: 100, orders: []event.Order{reducingOrder(1, 60, closingState(event.StateOpen))}, size: 40},
		"not what a live close takes, whoever enforces":            {held: 100, orders: []event.Order{reducingOrder(1, 60, closingState(event.StateOpen))}, enforces: true, size: 40},
		"not what an Unknown close may take":                       {held: 100, orders: []event.Order{reducingOrder(1, 60, closingState(event.StateUnknown))}, size: 40},
		"not what a dead letter may take":                          {held: 100, orders: []event.Order{reducingOrder(1, 100, closingState(21))}, denial: denial{event.DenyNothingToClose, 100, 100}},
		"an Unknown close holds nothing back where it is enforced": {held: 100, orders: []event.Order{reducingOrder(1, 60, closingState(event.StateUnknown))}, enforces: true, size: 100},
		"a stop counts where nobody cuts it":                       {held: 100, orders: []event.Order{reducingOrder(1, 100, nil)}, denial: denial{event.DenyNothingToClose, 100, 100}},
		"a stop is cut by a venue that enforces":                   {held: 100, orders: []event.Order{reducingOrder(1, 100, nil)}, enforces: true, size: 100},
		"a child without a size takes all":                         {held: 100, orders: []event.Order{reducingOrder(1, 0, nil)}, denial: denial{event.DenyNothingToClose, 100, 100}},
		"a child of a parent that waits takes nothing":             {held: 100, orders: []event.Order{reducingOrder(1, 100, func(o *event.Order) { o.State = event.StateContingent })}, size: 100},
		"what is filled of a close is gone already":                {held: 40, orders: []event.Order{reducingOrder(1, 100, func(o *event.Order) { closingState(event.StatePartial)(o); o.Filled = 80 })}, size: 20},
		"a rest below the minimum is dust":                         {held: 110, orders: []event.Order{reducingOrder(1, 100, closingState(event.StateOpen))}, denial: denial{event.DenyDust, 10, 20}},
		"too little worth is dust":                                 {held: 40, instrument: notional, denial: denial{event.DenyDust, 40, 50}},
		"just enough worth":                                        {held: 50, instrument: notional, size: 50},
		"too little worth where the venue lets reduce":             {held: 40, instrument: notional, enforces: true, size: 40},
		"nothing is held":                                          {denial: denial{event.DenyNothingToClose, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.instrument.Name == "" {
				c.instrument = share
			}
			turn := everything
			if c.enforces {
				turn.Capabilities |= event.EnforcesReduceOnly
			}
			a := New(Config{Instruments: []event.Instrument{c.instrument}})
			a.Begin(turn, &book{held: c.held, mark: 100_00, orders: c.orders}, nil, nil)
			made := a.Admit(closeAll(0))
			_, denials := a.Results()
			if c.size != 0 {
				if len(made) != 1 || made[0].Order.Size != c.size {
					t.Fatalf("%+v, %+v", made, denials)
				}
				return
			}
			if len(made) != 0 || len(denials) != 1 || (denial{denials[0].Code, denials[0].Found, denials[0].Allowed}) != c.denial {
				t.Fatalf("%+v, %+v; want %+v", made, denials, c.denial)
			}
		})
	}
}

func TestClosesSkipTheBoundsOfWhatAdds(t *testing.T) {
	tight := Limits{
		OrderNotionalMax: 1, PositionNotionalMax: 1, OrderQuantityMax: []int64{10}, PositionMax: []int64{10}, ExposureMax: 1,
		OrdersPerTickMax: 1, RateCount: 1, RatePeriod: 1e9, PriceCollar: 1, PriceCollarClose: event.One / 5,
	}
	a := New(Config{Instruments: []event.Instrument{share}, Limits: tight})
	b := &book{held: 1_000} // and no last price
	a.Begin(everything, b, nil, nil)
	for i := range 3 {
		made := a.Admit(submit(func(in *event.Intent) { limit(70_00)(in); in.Order.Side, in.Order.Flags = event.Sell, event.ReduceOnly }))
		if _, d := a.Results(); len(made) != 1 {
			t.Fatalf("reducing order %d: %+v", i, d)
		}
		b.orders = append(b.orders, made[0].Order)
	}
	if made := a.Admit(closeAll(0)); len(made) != 1 || made[0].Order.Size != 700 {
		_, d := a.Results()
		t.Fatalf("%+v, %+v", made, d)
	}
}

func TestTheCollarOfCloses(t *testing.T) {
	for name, c := range map[string]struct {
		held, price int64
		want        event.DenyCode
	}{
		"selling 20 % lower":             {100, 80_00, 0},
		"selling lower still":            {100, 79_95, event.DenyPriceCollar},
		"selling far higher only waits":  {100, 300_00, 0},
		"buying back 20 % higher":        {-100, 120_00, 0},
		"buying back higher still":       {-100, 120_05, event.DenyPriceCollar},
		"buying back far lower waits":    {-100, 10_00, 0},
		"10 % is too wide only for adds": {100, 90_00, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{PriceCollar: event.One / 100, PriceCollarClose: event.One / 5}})
			a.Begin(everything, &book{held: c.held, mark: 100_00}, nil, nil)
			made := a.Admit(submit(func(in *event.Intent) {
				limit(c.price)(in)
				in.Order.Flags = event.ReduceOnly
				if c.held > 0 {
					in.Order.Side = event.Sell
				}
			}))
			_, d := a.Results()
			if (len(made) == 1) != (c.want == 0) || (c.want != 0 && (d[0].Code != c.want || d[0].Found != 20_05 || d[0].Allowed != 20_00)) {
				t.Errorf("%+v, %+v", made, d)
			}
		})
	}
}

func TestAChildMayBeFarFromTheLastPrice(t *testing.T) {
	parent := event.Order{ID: event.OrderID{1}, Ref: 5, Side: event.Buy, Type: event.OrderLimit, Price: 40_00, SizeKind: event.SizeUnits, Size: 100, State: event.StateOpen}
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{PriceCollar: event.One, PriceCollarClose: event.One / 5}})
	a.Begin(everything, &book{mark: 100_00, orders: []event.Order{parent}}, nil, nil)
	target := submit(func(in *event.Intent) {
		limit(50_00)(in)
		in.Order.Side, in.Order.Size, in.ParentRef = event.Sell, 100, 5
	})
	if made := a.Admit(target); len(made) != 1 {
		_, d := a.Results()
		t.Errorf("%+v", d)
	}
}

func TestClosesHaveARateOfTheirOwnAndTheHostHasNone(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{CloseRateCount: 2, CloseRatePeriod: 2e9}})
	a.Begin(everything, &book{held: 25_000, mark: 100_00}, nil, nil)
	if made := a.Admit(closeAll(0)); len(made) != 2 {
		t.Fatalf("%d of 3 closes at 2 in 2 s", len(made))
	}
	_, d := a.Results()
	if len(d) != 1 || d[0].Code != event.DenyRate || d[0].Found != 3 || d[0].Allowed != 2 {
		t.Errorf("%+v", d)
	}
	if made := a.Admit(submit(nil)); len(made) != 1 {
		t.Error("closes took from the rate of what adds")
	}
	if made := a.Admit(closeAll(event.ByHost)); len(made) != 3 {
		t.Error("the host's exit is held back by a rate")
	}
	other := New(Config{})
	if rest, err := other.ReadState(append(a.AppendState(nil), 1)); err != nil || len(rest) != 1 || other.closeRate != a.closeRate || other.rate != a.rate {
		t.Errorf("the limiters' state does not read back: %v", err)
	}
	for n := range a.AppendState(nil) {
		if _, err := other.ReadState(a.AppendState(nil)[:n]); err == nil {
			t.Errorf("%d bytes of the state read without an error", n)
		}
	}
}

func TestReducingOrdersTogetherExceedNothingWhereNobodyEnforcesIt(t *testing.T) {
	resting := reducingOrder(1, 60, nil)
	sell := submit(func(in *event.Intent) {
		in.Order.Side, in.Order.Flags, in.Order.Size = event.Sell, event.ReduceOnly, 50
	})
	for _, enforces := range []bool{false, true} {
		turn := everything
		if enforces {
			turn.Capabilities |= event.EnforcesReduceOnly
		}
		a := New(Config{Instruments: []event.Instrument{share}})
		a.Begin(turn, &book{held: 100, mark: 100_00, orders: []event.Order{resting}}, nil, nil)
		made := a.Admit(sell)
		_, d := a.Results()
		if enforces != (len(made) == 1) || (!enforces && (d[0].Code != event.DenyReduceOnly || d[0].Found != 110 || d[0].Allowed != 100)) {
			t.Errorf("enforced %v: %+v, %+v", enforces, made, d)
		}
	}
	parent := event.Order{ID: event.OrderID{1}, Ref: 5, Side: event.Buy, SizeKind: event.SizeUnits, Size: 100, State: event.StateOpen}
	b := &book{mark: 100_00, orders: []event.Order{parent}}
	a := New(Config{Instruments: []event.Instrument{share}})
	a.Begin(everything, b, nil, nil)
	child := submit(func(in *event.Intent) {
		limit(110_00)(in)
		in.Order.Side, in.Order.Size, in.ParentRef = event.Sell, 60, 5
	})
	made := a.Admit(child)
	if len(made) != 1 {
		_, d := a.Results()
		t.Fatalf("%+v", d)
	}
	b.orders = append(b.orders, made[0].Order)
	a.Admit(child)
	if _, d := a.Results(); len(d) != 1 || d[0].Code != event.DenyReduceOnly || d[0].Found != 120 || d[0].Allowed != 100 {
		t.Errorf("two children of 60 for a parent of 100: %+v", d)
	}
}

func TestTheHostsCancelsBearItsMark(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}})
	a.Begin(everything, &book{orders: []event.Order{{ID: event.OrderID{1}, Ref: 5, State: event.StateOpen}}}, nil, nil)
	for _, kind := range []event.IntentKind{event.IntentCancel, event.IntentCancelAll} {
		made := a.Admit(&event.Intent{Kind: kind, TargetRef: 5, Order: event.Order{Instrument: event.EveryInstrument, Flags: event.ByHost}})
		if len(made) != 1 || made[0].Order.Flags&event.ByHost == 0 {
			t.Errorf("%+v", made)
		}
	}
}

// TestClosesTogetherNeverExceedThePosition: whatever is wished, and whatever becomes of it, all that may
// still take away from the position together is no more than the position, at a venue that enforces nothing.
func TestClosesTogetherNeverExceedThePosition(t *testing.T) {
	closes := 0
	for seed := range uint64(1_000) {
		r := rand.New(rand.NewPCG(seed, 3))
		held := int64(r.IntN(60_000)) - 30_000
		b := &book{held: held, mark: 100_00}
		a := New(Config{Instruments: []event.Instrument{share}})
		for turn := range 60 {
			t2 := everything
			t2.Sequence = uint64(turn + 1)
			a.Begin(t2, b, nil, nil)
			in := closeAll(event.ByHost)
			in.Order.Ref = 0
			switch r.IntN(3) {
			case 0:
				in.Order.SizeKind, in.Order.Size = event.SizeUnits, 1+int64(r.IntN(12_000))
			case 1:
				in = submit(func(in *event.Intent) {
					in.Order.Side, in.Order.Flags, in.Order.Size = event.Side(1+r.IntN(2)), event.ReduceOnly, 10*int64(2+r.IntN(900))
				})
			}
			for _, q := range a.Admit(in) {
				q.Order.State = event.StateOpen
				b.orders = append(b.orders, q.Order)
				closes++
			}
			var sum int64
			for i := 0; i < len(b.orders); i++ {
				o := &b.orders[i]
				switch r.IntN(8) {
				case 0:
					o.State = event.StateUnknown
				case 1: // some of it fills
					q := r.Int64N(o.Size - o.Filled + 1)
					o.Filled += q
					b.held += o.Signed(q)
				}
				sum += o.Size - o.Filled
				if o.Filled == o.Size || (o.State == event.StateOpen && r.IntN(20) == 0) { // or it is cancelled
					sum -= o.Size - o.Filled
					b.orders = append(b.orders[:i], b.orders[i+1:]...)
					i--
				}
			}
			if sum > abs(b.held) || (held > 0) != (b.held >= 0) && b.held != 0 {
				t.Fatalf("seed %d, turn %d: %d may close %d", seed, turn, sum, b.held)
			}
		}
	}
	if closes < 2_000 {
		t.Fatalf("only %d closes", closes)
	}
}
