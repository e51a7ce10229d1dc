package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

func TestSyntheticPricesFollowSeedAndName(t *testing.T) {
	gold := coin
	gold.Name, gold.Tick = "GOLD", 5
	read := func(seed uint64, instruments ...event.Instrument) (text string) {
		p := NewSynthetic(seed, instruments)
		var m event.Market
		for range 1000 {
			if err := p.Next(&m); err != nil {
				t.Fatal(err)
			}
			for i := range m.Bars {
				b := &m.Bars[i]
				if !b.Coherent() || b.Volume <= 0 || b.Close%instruments[i].Tick != 0 {
					t.Fatalf("bar %+v", b)
				}
				if b.Instrument == uint32(len(m.Bars)-1) {
					text += fmt.Sprintln(b.Open, b.High, b.Low, b.Close, b.Volume)
				}
			}
		}
		return text
	}
	if first, again := read(1, coin), read(1, coin); first != again || first == read(2, coin) || first == read(1, gold) {
		t.Error("prices do not follow seed and name")
	}
	if read(1, gold) != read(1, coin, gold) {
		t.Error("an instrument's prices depend on its neighbours")
	}
}

func recorded(t *testing.T, once bool, text string) (*Recorded, error) {
	path := filepath.Join(t.TempDir(), "coin.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return NewRecorded(feed.Config{
		Name: "venue", Instruments: []event.Instrument{coin}, Sources: []feed.Source{{Path: path, Instrument: coin.Name}},
	}, once)
}

const twoDays = "Date,Open,High,Low,Close,Volume\n2026-01-05,1,1,1,1,9\n2026-01-06,2,2,2,2,9\n"

func TestRecordedPricesBeginAgain(t *testing.T) {
	for _, once := range []bool{false, true} {
		p, err := recorded(t, once, twoDays)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		have := ""
		var m event.Market
		for range 5 {
			if err := p.Next(&m); err != nil {
				if !once || !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				have += " end"
				break
			}
			have += fmt.Sprint(" ", m.Bars[0].Close)
		}
		if want := map[bool]string{false: " 100 200 100 200 100", true: " 100 200 end"}[once]; have != want {
			t.Errorf("once %v: %s, want %s", once, have, want)
		}
	}
}

func TestRecordedPricesWithoutABar(t *testing.T) {
	p, err := recorded(t, false, "Date,Open,High,Low,Close,Volume\n2026-01-05,-1,1,1,1,9\n2026-01-06,-1,1,1,1,9\n")
	if err == nil {
		defer p.Close()
		err = p.Next(&event.Market{})
	}
	if err == nil || !strings.Contains(err.Error(), "holds no bar") {
		t.Errorf("error %v", err)
	}
}
