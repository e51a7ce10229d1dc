package simulation

import (
	"reflect"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

func marketConfig() MarketConfig {
	return MarketConfig{
		Instruments: append(testInstruments(), testInstruments()...), Start: start, Interval: second, Steps: 500,
		NotANumber: Million / 20, Contradiction: Million / 20, Duplicate: Million / 20, Gap: Million / 20, Jump: Million / 20,
	}
}

func TestMarket(t *testing.T) {
	t.Run("bars are coherent, in order, and what is withheld is told with the next", func(t *testing.T) {
		m := NewMarket(1, marketConfig())
		var withheld, told, missing, toldMissing uint32
		shownBars, cursor := 0, uint64(0)
		for m.Next() != 0 {
			at := m.Next()
			truth, shown := m.Step()
			if truth.Time != at || len(truth.Bars) != 2 {
				t.Fatalf("%+v", truth)
			}
			for i := range truth.Bars {
				if !truth.Bars[i].Coherent() {
					t.Fatalf("%+v", truth.Bars[i])
				}
			}
			if shown == nil {
				continue
			}
			if shown.Cursor != cursor+1 {
				t.Fatalf("cursor %d after %d", shown.Cursor, cursor)
			}
			cursor = shown.Cursor
			shownBars += len(shown.Bars)
			for _, n := range shown.Notes {
				told += n.Withheld
				toldMissing += n.Missing
				if n.Flags&(event.FeedGap|event.FeedQuarantined) == 0 || n.Defect == event.DefectNone {
					t.Errorf("%+v", n)
				}
			}
		}
		for name, n := range m.Injected() {
			switch name {
			case "bar missing":
				missing = uint32(n)
			case "price jump":
			default:
				withheld += uint32(n)
			}
		}
		duplicates := uint32(m.Injected()["bar withheld: duplicate"])
		if uint32(shownBars)+withheld-duplicates+missing != 1000 || withheld-told > 4 || missing-toldMissing > 4 {
			t.Errorf("%d shown, %d withheld, %d told; %d missing, %d told", shownBars, withheld, told, missing, toldMissing)
		}
	})
	t.Run("a seed gives the same path", func(t *testing.T) {
		a, b := NewMarket(7, marketConfig()), NewMarket(7, marketConfig())
		for a.Next() != 0 {
			ta, sa := a.Step()
			tb, sb := b.Step()
			if !reflect.DeepEqual(ta, tb) || !reflect.DeepEqual(sa, sb) {
				t.Fatal("two paths")
			}
		}
	})
}
