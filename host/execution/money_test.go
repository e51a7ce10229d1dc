package execution_test

import (
	"slices"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// till is an account whose venue answers with what the test says it has.
type till struct {
	*hand
	held, cash int64
}

// quiet has the account compared so often.
func (k *till) compare(times int) {
	k.t.Helper()
	for range times {
		k.pass(k.c.ReconcileEvery)
		k.settle()
	}
}

// settle answers every query about the account, until none is out.
func (k *till) settle() {
	k.t.Helper()
	for {
		i := slices.IndexFunc(k.out, func(c event.Call) bool { return c.Kind >= event.CallOpenOrders })
		if i < 0 {
			return
		}
		r := event.Reply{Complete: true}
		switch k.out[i].Kind {
		case event.CallPositions:
			r.Positions = []event.PositionReport{{Quantity: k.held}}
		case event.CallBalances:
			r.Balances = []event.BalanceReport{{Currency: "USD", Total: k.cash}}
		}
		k.answer(k.out[i], r)
	}
}

func newTill(t *testing.T, agents int, policy execution.ForeignPolicy) *till {
	k := &till{cash: 1000 * event.One, hand: &hand{world: newWorld(t, 1, agents, func(c *execution.Config, _ *venue) {
		c.PollEvery, c.Transfers = 0, policy
		c.Facilities = event.FacilityPositions | event.FacilityBalances | event.FacilityCancel
		for i := range c.Instruments {
			in := &c.Instruments[i]
			in.Kind, in.Quote, in.Settle = event.Perpetual, "USD", "USD"
		}
	})}}
	k.do(execution.Input{Kind: execution.InputStart})
	k.settle()
	k.compare(3)
	return k
}

// trade fills an order at once, whole, at a price.
func (k *till) trade(side event.Side, quantity, price, fee int64) {
	k.t.Helper()
	id := k.ask(event.Order{Side: side, Type: event.OrderMarket, TIF: event.GTC, Size: quantity})
	k.answer(k.next(event.CallSubmit), event.Reply{
		Orders: []event.OrderReport{{ID: id, Side: side, State: event.ReportFilled, Quantity: quantity, Filled: quantity}},
		Fills:  []event.FillReport{{Order: id, Fill: event.Fill{TradeID: uint64(len(k.byID)), Quantity: quantity, Price: price, Side: side, Fee: fee, FeeCurrency: "USD"}}},
	})
	if side == event.Sell {
		quantity = -quantity
	}
	k.held += quantity
}

func (k *till) transfers() (sum int64, n int) {
	for _, o := range k.got {
		if o.Kind == event.EventTransfer {
			sum, n = sum+o.Amount, n+1
		}
	}
	return sum, n
}

func (k *till) differs() bool { return k.lane.Health(k.now).Differ != "" }

func TestMoneyThatMovedWithoutATradeCountsAfterTwoSnapshots(t *testing.T) {
	k := newTill(t, 1, execution.ForeignHalt)
	k.cash += 50 * event.One
	k.compare(1)
	if k.differs() {
		t.Fatal("after one")
	}
	k.pass(k.c.LookupEvery)
	k.settle()
	if !k.differs() {
		t.Fatal("after two: nothing")
	}
	k.alerted("balance_difference")
	if _, n := k.transfers(); n != 0 {
		t.Fatal("it was booked, and nobody has said what it is")
	}
	k.cash += 7 * event.One
	k.compare(2)
	k.person(execution.Act{Kind: execution.ActReconcile})
	k.settle()
	if sum, n := k.transfers(); sum != 57*event.One || n != 1 || k.differs() {
		t.Fatalf("%d transfers of %d, differs %v", n, sum, k.differs())
	}
	k.compare(3)
	if _, n := k.transfers(); n != 1 || k.differs() {
		t.Fatal("it is found again")
	}
}

func TestMoneyThatComesBackIsNoDifference(t *testing.T) {
	k := newTill(t, 1, execution.ForeignHalt)
	k.cash -= 50 * event.One
	k.compare(2)
	k.cash += 50 * event.One
	k.compare(1)
	if k.differs() {
		t.Fatal("it still differs")
	}
	k.cash += event.One // once
	k.compare(1)
	k.cash -= event.One
	k.compare(2)
	if _, n := k.transfers(); n != 0 || k.differs() {
		t.Fatalf("%d transfers, differs %v", n, k.differs())
	}
}

func TestTransfersGoByThePolicy(t *testing.T) {
	for policy, want := range map[execution.ForeignPolicy]int64{execution.ForeignIgnore: 0, execution.ForeignClaim: -30 * event.One} {
		k := newTill(t, 1, policy)
		k.cash -= 30 * event.One
		k.compare(3)
		if sum, _ := k.transfers(); sum != want || k.differs() {
			t.Errorf("%s: booked %d, differs %v", policy, sum, k.differs())
		}
	}
	k := newTill(t, 2, execution.ForeignClaim) // whose is it?
	k.cash -= 30 * event.One
	k.compare(3)
	if _, n := k.transfers(); n != 0 || !k.differs() {
		t.Errorf("two agents: %d transfers, differs %v", n, k.differs())
	}
}

// TestTradesAreNoTransfers, however the venue books them: all of the worth at once, or the profit at the end.
func TestTradesAreNoTransfers(t *testing.T) {
	one := int64(event.One) // the instrument has no decimals: a unit at price 1 is worth 1
	for name, booked := range map[string][2]int64{"the worth at once": {-1001 * one, 1199 * one}, "the profit at the end": {-1 * one, 199 * one}} {
		k := newTill(t, 1, execution.ForeignHalt)
		k.trade(event.Buy, 10, 100, one)
		k.cash += booked[0]
		k.settle()
		k.compare(3)
		k.trade(event.Sell, 10, 120, one)
		k.cash += booked[1]
		k.settle()
		k.compare(3)
		if _, n := k.transfers(); n != 0 || k.differs() {
			t.Errorf("%s: %d transfers, differs %v: %s", name, n, k.differs(), k.lane.Health(k.now).Differ)
		}
	}
}

// TestAFeeThatIsNotToldIsFoundWhenNothingIsHeld.
func TestAFeeThatIsNotToldIsFoundWhenNothingIsHeld(t *testing.T) {
	one := int64(event.One)
	k := newTill(t, 1, execution.ForeignHalt)
	k.trade(event.Buy, 10, 100, 0)
	k.cash -= one
	k.settle()
	k.compare(3)
	k.trade(event.Sell, 10, 120, 0)
	k.cash += 199 * one
	k.settle()
	k.compare(3)
	if !k.differs() {
		t.Fatal("two units are missing, and nobody says so")
	}
	k.person(execution.Act{Kind: execution.ActReconcile})
	k.settle()
	if sum, _ := k.transfers(); sum != -2*one {
		t.Fatalf("booked %d", sum)
	}
}

// TestADepositWhileTheHostIsDownIsFound: what the venue had is in the journal.
func TestADepositWhileTheHostIsDownIsFound(t *testing.T) {
	k := newTill(t, 1, execution.ForeignClaim)
	k.cash += 9 * event.One
	k.out = nil
	k.do(execution.Input{Kind: execution.InputStart})
	k.settle()
	k.compare(2)
	if sum, n := k.transfers(); sum != 9*event.One || n != 1 {
		t.Fatalf("%d transfers of %d", n, sum)
	}
}

// TestABalanceThatLagsBehindAFillIsNoDifference: not every venue shows at once what a trade has moved.
func TestABalanceThatLagsBehindAFillIsNoDifference(t *testing.T) {
	k := newTill(t, 1, execution.ForeignHalt)
	k.trade(event.Buy, 10, 100, 0)
	k.settle()
	k.compare(1)
	k.cash -= 1000 * event.One
	k.compare(4)
	if _, n := k.transfers(); n != 0 || k.differs() {
		t.Fatalf("%d transfers, differs %v", n, k.differs())
	}
	k.cash += event.One
	k.compare(2)
	if !k.differs() {
		t.Fatal("and what moves after it is not seen")
	}
}
