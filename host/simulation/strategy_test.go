package simulation

import (
	"context"
	"testing"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/sandbox"
)

// tickInput is a tick with one instrument, one bar, a position and an open order.
func tickInput(t *testing.T, w *abi.Writer, seed uint64) []byte {
	t.Helper()
	w.Begin(&abi.Header{Trigger: abi.TriggerMarket, Mode: abi.ModeFull, Sequence: seed + 1, Time: start, Seed: seed, Fuel: 100_000})
	w.Section(abi.SectionInstruments)
	w.Instrument(&abi.Instrument{PriceTick: 5, QuantityLot: 10})
	w.Section(abi.SectionBars)
	w.Bar(&abi.Bar{Close: 10_000, Flags: abi.BarClosed})
	w.Section(abi.SectionPositions)
	w.Position(&abi.Position{Owner: abi.OwnerAgent, Quantity: 10})
	w.Section(abi.SectionOpenOrders)
	w.OpenOrder(&abi.OpenOrder{ID: abi.ClientOrderID{0xa6, 0xe7, 1}, Type: abi.OrderLimit, Price: 9_000})
	b, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStrategies(t *testing.T) {
	runtime, err := sandbox.NewRuntime(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close()
	t.Run("each is small, wishes everything at some seed, and the same at the same; poison alone fails", func(t *testing.T) {
		for name, wasm := range Strategies() {
			if len(wasm) > 20<<10 {
				t.Errorf("%s has %d bytes", name, len(wasm))
			}
			m, err := runtime.Load(context.Background(), name, wasm, sandbox.DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			kinds, failed, most := wishes(t, m)
			for _, k := range []abi.IntentKind{abi.IntentSubmit, abi.IntentCancel, abi.IntentCancelAll, abi.IntentReplace, abi.IntentClose} {
				if kinds[k] == 0 {
					t.Errorf("%s never wishes %v", name, k)
				}
			}
			if (failed > 0) != (name == "poison") {
				t.Errorf("%s failed in %d ticks", name, failed)
			}
			if (most > 4) != (name == "greedy") {
				t.Errorf("%s wishes up to %d orders in one tick", name, most)
			}
		}
	})
}

// wishes runs a strategy over many seeds, anew after each failure.
func wishes(t *testing.T, m *sandbox.Module) (kinds map[abi.IntentKind]int, failed, most int) {
	t.Helper()
	kinds = make(map[abi.IntentKind]int)
	w := abi.NewWriter(1 << 16)
	var i *sandbox.Instance
	for seed := range uint64(400) {
		if i == nil {
			var err error
			if i, err = m.Instantiate(context.Background(), sandbox.InstanceConfig{Name: "a"}); err != nil {
				t.Fatal(err)
			}
		}
		var intents []abi.Intent
		out, _, err := i.Tick(tickInput(t, w, seed), start, 100_000)
		if err == nil {
			intents, err = abi.ParseOutput(out, abi.OutputLimits{SizeMax: 1 << 16, RecordsMax: 100, SeriesMax: 10}, nil)
		}
		if err != nil {
			failed++
			i.Close()
			i = nil
			continue
		}
		submits := 0
		for k := range intents {
			kinds[intents[k].Kind]++
			if intents[k].Kind == abi.IntentSubmit {
				submits++
			}
		}
		most = max(most, submits)
	}
	return kinds, failed, most
}
