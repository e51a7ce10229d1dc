package risk

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// twoBook holds a position in each of two instruments, and orders.
type twoBook struct {
	book
	held [2]int64
}

func (b *twoBook) Position(i uint32) (int64, int64) { return b.held[i], 100_00 }

// TestPositionsAreBoundedTogether: position_notional_max is over all instruments, and counts what may still be filled.
func TestPositionsAreBoundedTogether(t *testing.T) {
	const thousand = 1000 * event.One
	second := openOrder(func(o *event.Order) { o.Instrument = 1 })
	for name, c := range map[string]struct {
		book   twoBook
		most   int64
		denied bool
	}{
		"one order within":                    {twoBook{}, 10 * thousand, false},
		"one order beyond":                    {twoBook{}, 10*thousand - 1, true},
		"beside a position in the other":      {twoBook{held: [2]int64{0, 100}}, 20 * thousand, false},
		"and beyond with it":                  {twoBook{held: [2]int64{0, 100}}, 20*thousand - 1, true},
		"a short position counts as much":     {twoBook{held: [2]int64{0, -100}}, 20*thousand - 1, true},
		"so does an order on the other":       {twoBook{book: book{orders: []event.Order{second}}}, 20*thousand - 1, true},
		"what is within with all that":        {twoBook{book: book{orders: []event.Order{second}}, held: [2]int64{100, 100}}, 40 * thousand, false},
		"what brings a short nearer to flat":  {twoBook{held: [2]int64{-200, 500}}, thousand, false},
		"both positions and both orders, far": {twoBook{book: book{orders: []event.Order{second}}, held: [2]int64{100, 100}}, 40*thousand - 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Config{Instruments: []event.Instrument{share, share}, Limits: Limits{PositionNotionalMax: c.most}})
			a.Begin(everything, &c.book, nil, nil)
			a.Admit(submit(nil))
			_, denials := a.Results()
			if denied := len(denials) == 1 && denials[0].Code == event.DenyExposure; denied != c.denied || len(denials) > 1 {
				t.Errorf("denials %+v", denials)
			}
		})
	}
}
