package examples_test

import (
	"bytes"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// The strategy itself is tested in its own package, natively. Here is what only WebAssembly shows: that
// the module speaks the ABI, saves and loads, and does not grow.

func breakoutInput(w *abi.Writer, i int) []byte {
	w.Begin(&abi.Header{
		Trigger: abi.TriggerMarket, Mode: abi.ModeFull, Sequence: uint64(i) + 1, Time: int64(i) * 86_400e9,
		Permissions: abi.PermissionAdd | abi.PermissionReduce | abi.PermissionCancel | abi.PermissionTick, VenueCapabilities: abi.CapabilityShort,
	})
	w.Section(abi.SectionCurrencies)
	w.Currency(&abi.Currency{Name: w.String("USD"), Decimals: 8})
	w.Section(abi.SectionInstruments)
	for id := range uint32(8) {
		w.Instrument(&abi.Instrument{
			ID: id, Status: abi.StatusTrading, PriceDecimals: 2, PriceTick: 5, QuantityLot: 1, QuantityMin: 1,
			Multiplier: abi.FractionOne, MarginInitial: abi.FractionOne,
		})
	}
	w.Section(abi.SectionBars)
	for id := range uint32(8) {
		price := 10_000 + int64(id)*500 + int64(i%7)*20
		w.Bar(&abi.Bar{Instrument: id, Flags: abi.BarClosed, Open: price, High: price + 60, Low: price - 60, Close: price})
	}
	w.Section(abi.SectionAccount)
	w.Account(&abi.Account{Equity: 1_000_000 * abi.FractionOne, MarginAvailable: 1_000_000 * abi.FractionOne})
	input, err := w.Finish()
	if err != nil {
		panic(err)
	}
	return input
}

func TestBreakoutTradesSavesAndLoads(t *testing.T) {
	path := modulePath(t, "breakout-go")
	one := loadFile(t, path)
	if code := one.init(nil); code != 0 {
		t.Fatalf("defaults refused: %q", one.logs)
	}
	var intents []abi.Intent
	for i := range 30 {
		_, intents = one.tick(breakoutInput(one.writer, i))
	}
	entries := 0
	for _, in := range intents {
		if in.Kind == abi.IntentSubmit && in.Submit.Type == abi.OrderStop && in.Submit.ParentRef == 0 {
			entries++
		}
	}
	if entries != 4 { // positions_max
		t.Fatalf("%d entries of %v", entries, kinds(intents))
	}

	saved := one.take(one.call("strategy_save"))
	two := loadFile(t, path)
	two.init(nil)
	at, n := two.give(abi.AppendState(nil, abi.Version, [32]byte{}, saved))
	if code := two.call("strategy_load", at, n); code != 0 {
		t.Fatalf("saved state refused: %q", two.logs)
	}
	for i := 30; i < 60; i++ {
		a, _ := one.tick(breakoutInput(one.writer, i))
		b, _ := two.tick(breakoutInput(two.writer, i))
		if !bytes.Equal(a, b) {
			t.Fatalf("tick %d: the loaded one gives\n% x, want\n% x", i, b, a)
		}
	}
}

func TestBreakoutRefusesWhatItCannotUse(t *testing.T) {
	g := load(t, "breakout-go")
	if g.init(map[string]int64{"risk": abi.FractionOne / 5, "risk_open_max": abi.FractionOne / 10}) == 0 {
		t.Error("a risk above the budget was taken")
	}
	g.init(nil)
	at, n := g.give(abi.AppendState(nil, abi.Version, [32]byte{}, []byte("something else")))
	if g.call("strategy_load", at, n) == 0 {
		t.Error("the state of another strategy was taken")
	}
	if len(g.logs) != 2 {
		t.Errorf("logs are %q", g.logs)
	}
}

func TestBreakoutDoesNotGrowWithTicks(t *testing.T) {
	g := load(t, "breakout-go")
	g.init(nil)
	var size uint32
	for i := range 5000 {
		g.tick(breakoutInput(g.writer, i))
		if i == 50 {
			size = g.module.Memory().Size()
		}
	}
	if now := g.module.Memory().Size(); now != size {
		t.Errorf("it grew from %d to %d bytes", size, now)
	}
}
