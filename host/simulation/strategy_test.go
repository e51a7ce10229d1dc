package simulation

import (
	"context"
	"errors"
	"testing"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/sandbox"
)

// tickInput is a tick with one instrument, one bar, a position and an open order. filled tells of the fill that
// made the position.
func tickInput(t *testing.T, w *abi.Writer, seed uint64, filled bool) []byte {
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
	w.Section(abi.SectionEvents)
	if filled {
		w.Event(&abi.Event{Kind: abi.EventFill, Side: abi.SideBuy, Quantity: 10})
	}
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

func TestAudit(t *testing.T) {
	runtime, err := sandbox.NewRuntime(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close()
	t.Run("a strategy that is not told of a fill, or is told twice, fails with the audit's code", func(t *testing.T) {
		m, err := runtime.Load(context.Background(), "trader", traderWasm, sandbox.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		for _, told := range [][]bool{{false}, {true, true}} {
			i, err := m.Instantiate(context.Background(), sandbox.InstanceConfig{Name: "a"})
			if err != nil {
				t.Fatal(err)
			}
			w := abi.NewWriter(1 << 16)
			for _, filled := range told {
				_, _, err = i.Tick(tickInput(t, w, 1, filled), start, 100_000)
			}
			var trap *sandbox.Trap
			if !errors.As(err, &trap) || trap.Code != AuditCode {
				t.Errorf("told %v: %v", told, err)
			}
			i.Close()
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
		fresh := i == nil
		if fresh {
			var err error
			if i, err = m.Instantiate(context.Background(), sandbox.InstanceConfig{Name: "a"}); err != nil {
				t.Fatal(err)
			}
		}
		var intents []abi.Intent
		out, _, err := i.Tick(tickInput(t, w, seed, fresh), start, 100_000)
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
