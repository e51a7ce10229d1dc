package risk

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// short is 500 units short, of at most 1500 either way.
func short(orders ...event.Order) *book { return &book{held: -500, mark: 100_00, orders: orders} }

// working is an open buy order.
func working(id byte, size int64, flags event.OrderFlags) event.Order {
	return event.Order{
		ID: event.OrderID{id}, Side: event.Buy, Type: event.OrderMarket, SizeKind: event.SizeUnits, Size: size, Flags: flags, State: event.StateOpen,
	}
}

func TestThePositionBoundHoldsInWhateverOrderOrdersAreFilled(t *testing.T) {
	const closing = event.ReduceOnly | event.Closing
	for name, c := range map[string]struct {
		book     *book
		size     int64
		enforced bool
		denied   int64 // what is found, 0 if admitted
	}{
		"buys beside a live close count from flat, not from short": {short(working(1, 500, closing)), 1_600, true, 1_600},
		"and up to the bound they are admitted":                    {short(working(1, 500, closing)), 1_500, true, 0},
		"also where a close may come last":                         {short(working(1, 500, closing)), 1_600, false, 1_600},
		"a close may still come, so none has to be live":           {short(), 1_600, true, 1_600},
		"working buys count with it":                               {short(working(1, 1_000, 0)), 600, true, 1_600},
		"what cannot lead past flat is not held back":              {&book{held: -2_000, mark: 100_00}, 2_000, true, 0},
		"with what is working it can":                              {&book{held: -2_000, mark: 100_00, orders: []event.Order{working(1, 100, 0)}}, 2_000, true, 2_100},
		"with what closes it can":                                  {&book{held: -2_000, mark: 100_00, orders: []event.Order{working(1, 100, closing)}}, 2_000, true, 2_000},
		"a close left over opens where nobody cuts it":             {&book{held: 200, mark: 100_00, orders: []event.Order{working(1, 500, closing)}}, 900, false, 1_600},
		"and does not where the venue does":                        {&book{held: 200, mark: 100_00, orders: []event.Order{working(1, 500, closing)}}, 900, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{PositionMax: []int64{1_500}}})
			turn := everything
			if turn.Capabilities |= event.EnforcesReduceOnly; !c.enforced {
				turn.Capabilities &^= event.EnforcesReduceOnly
			}
			a.Begin(turn, c.book, nil, nil)
			made := a.Admit(submit(func(in *event.Intent) { in.Order.Size = c.size }))
			_, d := a.Results()
			if c.denied == 0 && len(made) != 1 {
				t.Errorf("denied: %+v", d)
			}
			if c.denied != 0 && (len(d) != 1 || d[0].Code != event.DenyPosition || d[0].Found != c.denied) {
				t.Errorf("%d admitted, denials %+v; want %d found", len(made), d, c.denied)
			}
		})
	}
}
