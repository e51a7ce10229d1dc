package risk

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func TestACloseTakesNothingFromTheOrdersOfATick(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{OrdersPerTickMax: 1}})
	b := &book{held: 100, mark: 100_00}
	a.Begin(everything, b, nil, nil)
	c := a.Admit(&event.Intent{Kind: event.IntentClose, Order: event.Order{SizeKind: event.SizeFraction, Size: event.One}})
	s := a.Admit(submit(nil))
	_, d := a.Results()
	if len(c) != 1 || len(s) != 1 {
		t.Errorf("close %d, submit %d, denials %+v", len(c), len(s), d)
	}
}

func TestReplaceOfAPartlyFilledOrderCountsTheFilledPartOnce(t *testing.T) {
	o := event.Order{ID: event.OrderID{1}, Ref: 5, Side: event.Buy, Type: event.OrderLimit, TIF: event.GTC, SizeKind: event.SizeUnits, Size: 100, Filled: 40, Price: 100_00}
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{PositionMax: []int64{100}}})
	a.Begin(everything, &book{held: 40, mark: 100_00, orders: []event.Order{o}}, nil, nil)
	made := a.Admit(&event.Intent{Kind: event.IntentReplace, TargetRef: 5, Fields: event.ReplacePrice, Order: event.Order{Price: 99_00}})
	if _, d := a.Results(); len(made) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestAWorthLimitWithoutAPriceDenies(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{OrderNotionalMax: event.One}})
	a.Begin(everything, &book{}, nil, nil)
	if made := a.Admit(submit(nil)); len(made) != 0 {
		t.Error("100 shares of unknown price pass a limit of 1 USD")
	}
}

func TestAReduceOnlyOrderIsNotHeldByTheBurstLimit(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{OrdersPerTickMax: 1}})
	a.Begin(everything, &book{held: 100, mark: 100_00}, nil, nil)
	a.Admit(submit(nil))
	if made := a.Admit(submit(func(in *event.Intent) { in.Order.Side, in.Order.Flags = event.Sell, event.ReduceOnly })); len(made) != 1 {
		_, d := a.Results()
		t.Errorf("%+v", d)
	}
}

func TestRateDenialNumbersHaveOneUnit(t *testing.T) {
	a := New(Config{Instruments: []event.Instrument{share}, Limits: Limits{RateCount: 1, RatePeriod: 60e9}})
	a.Begin(everything, &book{}, nil, nil)
	a.Admit(submit(nil))
	a.Admit(submit(nil))
	_, d := a.Results()
	if d[0].Found != d[0].Allowed+1 {
		t.Errorf("found %d, allowed %d", d[0].Found, d[0].Allowed)
	}
}
