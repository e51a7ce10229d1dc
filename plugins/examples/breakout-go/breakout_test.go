package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// In any market, with denials and partial fills, the strategy keeps what it promises.
func TestPromisesHoldInRandomMarkets(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			d := newDesk(t, 6, map[string]int64{"positions_max": 3, "target_atr": int64(seed%3) * 5 * one, "risk_open_max": one / 40})
			d.partial = seed%2 == 1
			d.denyEvery = []int{0, 7, 3}[seed%3]
			for bar := range 1200 {
				d.step(d.bars(r, int64(bar/100%3-1)*30))
				checkPromises(t, d, bar)
			}
			t.Logf("%d fills, %d denials, equity %d", d.trades, d.seenDenials, d.equity()/one)
			if d.trades < 20 {
				t.Errorf("only %d fills: this market shows nothing", d.trades)
			}
			if d.denyEvery > 0 && d.seenDenials < 5 {
				t.Errorf("only %d denials", d.seenDenials)
			}
		})
	}
}

func checkPromises(t *testing.T, d *desk, bar int) {
	t.Helper()
	busy, risk := 0, int64(0)
	for i := range d.positions {
		id := uint32(i)
		count := map[role]int{}
		for _, o := range d.orders {
			if o.Instrument == id {
				count[roleOf(o.Ref)]++
			}
		}
		for r, n := range count {
			if n > 1 {
				t.Fatalf("bar %d: %d orders of role %d in instrument %d", bar, n, r, i)
			}
		}
		entry, stop := d.role(id, roleEntry), d.role(id, roleStop)
		if d.positions[i] != 0 || entry != nil {
			busy++
		}
		denied := len(d.events) > 0 // The stop itself may have been denied just now; the next tick is told.
		if d.positions[i] != 0 && stop == nil && d.role(id, roleClose) == nil && !denied {
			t.Fatalf("bar %d: position %d in instrument %d has no stop", bar, d.positions[i], i)
		}
		if entry != nil && stop != nil && d.positions[i] == 0 {
			risk += max(entry.StopPrice-stop.StopPrice, stop.StopPrice-entry.StopPrice) * entry.Remaining * (one / 100)
		}
	}
	if busy > 3 {
		t.Fatalf("bar %d: %d instruments at once, 3 are allowed", bar, busy)
	}
	// Replaced entries may have drifted since they were sized; half as much again is the bound.
	if limit := d.equity() / 40 * 3 / 2; risk > limit {
		t.Fatalf("bar %d: waiting entries risk %d, the budget is %d", bar, risk, limit)
	}
}

// ready feeds bars of a flat market until the channel is defined.
func ready(d *desk) {
	for range 25 {
		bars := make([]abi.Bar, len(d.prices))
		for i := range bars {
			bars[i] = flat(uint32(i), 10_000)
		}
		d.step(bars)
	}
}

func TestAnEntryWaitsAtTheEdgeWithItsStop(t *testing.T) {
	d := newDesk(t, 1, map[string]int64{"target_atr": 4 * one})
	ready(d)
	entry, stop, target := d.role(0, roleEntry), d.role(0, roleStop), d.role(0, roleTarget)
	if entry == nil || stop == nil || target == nil {
		t.Fatalf("orders are %+v", d.orders)
	}
	// The channel is 9950 to 10050, its average true range 100, the tick 5.
	if entry.Side != abi.SideBuy || entry.StopPrice != 10_055 || stop.StopPrice != 9_855 || target.Price != 10_455 {
		t.Errorf("entry at %d, stop at %d, target at %d", entry.StopPrice, stop.StopPrice, target.Price)
	}
	// 1 % of 1,000,000 is 10,000; the stop costs 2.00 a unit.
	if entry.Quantity != 5_000 {
		t.Errorf("size is %d", entry.Quantity)
	}
}

func TestTheStopFollowsThePriceAndNeverGoesBack(t *testing.T) {
	d := newDesk(t, 1, nil)
	ready(d)
	last := int64(0)
	for price := int64(10_000); price < 13_000; price += 100 {
		d.step([]abi.Bar{flat(0, price)})
	}
	if d.positions[0] <= 0 {
		t.Fatal("no position after a rise of a third")
	}
	for _, change := range []int64{100, -100, 100, -150, 50} {
		d.step([]abi.Bar{flat(0, d.prices[0]+change)})
		stop := d.role(0, roleStop)
		if stop == nil {
			t.Fatal("the stop is gone")
		}
		if stop.StopPrice < last {
			t.Errorf("the stop went from %d to %d", last, stop.StopPrice)
		}
		last = stop.StopPrice
	}
	if last < 12_000 {
		t.Errorf("the stop stayed at %d", last)
	}
}

func TestWhatFilledInPartIsNotCompletedLater(t *testing.T) {
	d := newDesk(t, 1, nil)
	d.partial = true
	ready(d)
	size := d.role(0, roleEntry).Quantity
	d.step([]abi.Bar{{Instrument: 0, Open: 10_000, High: 10_100, Low: 9_990, Close: 10_080}})
	if d.positions[0] != size/2 {
		t.Fatalf("position is %d of %d", d.positions[0], size)
	}
	if d.role(0, roleEntry) != nil {
		t.Error("the rest of the entry still waits")
	}
	if d.role(0, roleStop) == nil {
		t.Error("the stop went with the rest of the entry")
	}
}

func TestADeniedEntryIsNotRepeatedAtOnce(t *testing.T) {
	d := newDesk(t, 1, nil)
	d.denyEvery = 1
	ready(d)
	d.submits = 0
	for range 40 {
		d.step([]abi.Bar{flat(0, 10_000)})
	}
	if d.submits > 3*2 { // Entry and stop; after 4, 8, 16 bars at the most.
		t.Errorf("%d orders in 40 bars of denials", d.submits)
	}
}

func TestAnEntryWhoseStopWasDeniedIsTakenBack(t *testing.T) {
	d := newDesk(t, 1, nil)
	d.denyEvery = 2 // The entry is taken, its stop is not.
	ready(d)
	for range 10 {
		if d.role(0, roleEntry) != nil && d.role(0, roleStop) == nil {
			d.tick(abi.TriggerOrder, nil)
			if d.role(0, roleEntry) != nil {
				t.Fatal("the entry waits without a stop")
			}
		}
		d.step([]abi.Bar{flat(0, 10_000)})
	}
	if d.seenDenials == 0 {
		t.Error("no stop was denied")
	}
}

func TestBadDataStopsEntriesUntilItIsCleanAgain(t *testing.T) {
	for name, spoil := range map[string]func(d *desk, b *abi.Bar){
		"a bar withheld":              func(d *desk, _ *abi.Bar) { d.health[0] = abi.FeedQuarantined },
		"a bar that is flagged":       func(_ *desk, b *abi.Bar) { b.Flags |= abi.BarFlagged },
		"a bar after a gap":           func(_ *desk, b *abi.Bar) { b.Flags |= abi.BarAfterGap },
		"a feed that is stale":        func(d *desk, _ *abi.Bar) { d.health[0] = abi.FeedStale },
		"a market out of its session": func(d *desk, _ *abi.Bar) { d.health[0] = abi.FeedOutOfSession },
	} {
		d := newDesk(t, 1, nil)
		ready(d)
		b := flat(0, 10_000)
		spoil(d, &b)
		d.step([]abi.Bar{b})
		if d.role(0, roleEntry) != nil {
			t.Errorf("%s: the entry still waits", name)
		}
		d.health[0] = 0
		for range cleanMin {
			d.step([]abi.Bar{flat(0, 10_000)})
		}
		if d.role(0, roleEntry) == nil {
			t.Errorf("%s: no entry after %d clean bars", name, cleanMin)
		}
	}
}

func TestAPositionWithoutAStopGetsOneOrIsClosed(t *testing.T) {
	d := newDesk(t, 1, nil)
	ready(d)
	d.step([]abi.Bar{{Instrument: 0, Open: 10_000, High: 10_100, Low: 9_990, Close: 10_080}})
	lost := d.role(0, roleStop)
	if d.positions[0] == 0 || lost == nil {
		t.Fatal("no position with a stop")
	}
	d.drop(lost.Ref)
	d.tick(abi.TriggerOrder, nil)
	again := d.role(0, roleStop)
	if again == nil || again.ParentRef != 0 || again.Quantity != d.positions[0] || again.Flags&abi.OrderReduceOnly == 0 {
		t.Fatalf("instead of the stop there is %+v", again)
	}
	d.drop(again.Ref)
	d.denyEvery = 1
	for range 3 {
		d.tick(abi.TriggerOrder, nil)
	}
	if d.role(0, roleClose) == nil {
		t.Error("two stops were denied and the position is not being closed")
	}
}

func TestADrawdownClosesEverythingAndRests(t *testing.T) {
	d := newDesk(t, 2, map[string]int64{"drawdown_max": one / 20, "rest": 10 * 86_400e9})
	ready(d)
	d.step([]abi.Bar{{Instrument: 0, Open: 10_000, High: 10_100, Low: 9_990, Close: 10_080}, flat(1, 10_000)})
	if d.positions[0] == 0 || d.role(1, roleEntry) == nil {
		t.Fatal("no position, or no entry")
	}
	d.cash -= d.equity() / 10
	d.tick(abi.TriggerOrder, nil)
	if d.role(0, roleClose) == nil || d.role(1, roleEntry) != nil {
		t.Errorf("orders are %+v", d.orders)
	}
	alerts := 0
	for range 9 {
		for _, in := range d.intents {
			if in.Kind == abi.IntentAlert {
				alerts++
			}
		}
		d.step([]abi.Bar{flat(0, 10_000), flat(1, 10_000)})
	}
	if alerts != 1 || d.positions[0] != 0 || len(d.orders) != 0 {
		t.Errorf("%d alerts, position %d, orders %+v", alerts, d.positions[0], d.orders)
	}
	for range 4 {
		d.step([]abi.Bar{flat(0, 10_000), flat(1, 10_000)})
	}
	if d.role(0, roleEntry) == nil {
		t.Error("no entry after the rest")
	}
}

func TestWithoutPermissionNothingIsAsked(t *testing.T) {
	d := newDesk(t, 1, nil)
	ready(d)
	d.permissions = abi.PermissionReduce | abi.PermissionCancel | abi.PermissionTick
	d.step([]abi.Bar{flat(0, 10_000)})
	if len(d.orders) != 0 {
		t.Errorf("in read-only mode orders are %+v", d.orders)
	}
	d.step([]abi.Bar{flat(0, 10_000)})
	for _, in := range d.intents {
		if in.Kind == abi.IntentSubmit {
			t.Errorf("in read-only mode it asks for %+v", in.Submit)
		}
	}
}

func TestWhatWasSavedGoesOnTheSame(t *testing.T) {
	values := map[string]int64{"target_atr": 5 * one}
	d := newDesk(t, 4, values)
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		d.step(d.bars(r, 10))
	}
	saved, then := save(nil), d.clone()
	var bars [][]abi.Bar
	var want [][]byte
	for range 40 {
		next := d.bars(r, 10)
		bars = append(bars, next)
		d.step(slices.Clone(next))
		want = append(want, bytes.Clone(d.output.Bytes()))
	}

	newDesk(t, 4, values) // Configures anew: all that the strategy knew is gone.
	if got := save(nil); bytes.Equal(got, saved) {
		t.Fatal("nothing was forgotten")
	}
	if err := load(&abi.StateHeader{Version: abi.Version}, saved); err != nil {
		t.Fatal(err)
	}
	orders := 0
	for i, next := range bars {
		then.step(slices.Clone(next))
		if got := then.output.Bytes(); !bytes.Equal(got, want[i]) {
			t.Fatalf("bar %d: the loaded strategy gives\n%x, want\n%x", i, got, want[i])
		}
		for _, in := range then.intents {
			if in.Kind != abi.IntentSeries {
				orders++
			}
		}
	}
	if orders < 20 {
		t.Errorf("only %d orders in 40 bars: it shows nothing", orders)
	}
}

func TestSavedStateThatIsDamagedIsRefused(t *testing.T) {
	d := newDesk(t, 1, nil)
	ready(d)
	saved := save(nil)
	for name, bad := range map[string][]byte{
		"nothing":         nil,
		"cut short":       saved[:len(saved)-8],
		"not whole words": saved[:len(saved)-1],
		"another version": append([]byte{9}, saved[1:]...),
		"other lookbacks": append(append(bytes.Clone(saved[:8]), 99), saved[9:]...),
		"too many":        append(append(bytes.Clone(saved[:40]), 33), saved[41:]...),
		"a peak of NaN":   append(append(bytes.Clone(saved[:24]), 1, 0, 0, 0, 0, 0, 0xf8, 0x7f), saved[32:]...),
	} {
		if err := load(&abi.StateHeader{}, bad); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := load(&abi.StateHeader{}, saved); err != nil {
		t.Errorf("the good one was refused: %v", err)
	}
}

func TestATickDoesNotAllocate(t *testing.T) {
	d := newDesk(t, 6, nil)
	ready(d)
	w := abi.NewWriter(1 << 14)
	w.Begin(&abi.Header{Trigger: abi.TriggerMarket, Sequence: 1 << 20, Permissions: allowed})
	w.Section(abi.SectionInstruments)
	for i := range uint32(6) {
		w.Instrument(&abi.Instrument{ID: i, Status: abi.StatusTrading, PriceTick: 5, QuantityLot: 1, Multiplier: one})
	}
	w.Section(abi.SectionBars)
	for i := range uint32(6) {
		b := flat(i, 10_000)
		b.Flags = abi.BarClosed
		w.Bar(&b)
	}
	raw, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var in abi.Tick
	out := abi.NewOutputWriter(1 << 14)
	if n := testing.AllocsPerRun(50, func() {
		if err := in.Read(raw); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		tick(&in, out)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
