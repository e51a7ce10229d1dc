package paper

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

const (
	sharedData    = "../../../../shared/data"
	priceDecimals = 6 // cents, and a spread of 0.002
)

// shared opens a file of the shared data, or skips: what ships does without it.
func shared(t *testing.T, name string) [][]string {
	f, err := os.Open(filepath.Join(sharedData, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here; it is not part of the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(bufio.NewReader(f)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func googBars(t *testing.T) []event.Bar {
	rows := shared(t, "GOOG.csv")
	bars := make([]event.Bar, len(rows))
	for i, row := range rows {
		at, err := time.Parse(time.DateOnly, row[0])
		if err != nil {
			t.Fatal(err)
		}
		var v [4]int64
		for k := range v {
			if v[k], err = event.ParseDecimal(row[k+1], priceDecimals); err != nil {
				t.Fatal(err)
			}
		}
		bars[i] = event.Bar{CloseTime: at.UnixNano(), Open: v[0], High: v[1], Low: v[2], Close: v[3]}
	}
	return bars
}

func sum(bars []event.Bar) (s int64) {
	for i := range bars {
		s += bars[i].Close
	}
	return s
}

// crossing is 1 where the mean of 10 closes crosses that of 20 upwards at bar i, -1 downwards, else 0.
// Twice the sum of 10 is compared with the sum of 20, so there is no rounding.
func crossing(bars []event.Bar, i int) int {
	above := func(i int) int64 { return 2*sum(bars[i-9:i+1]) - sum(bars[i-19:i+1]) }
	before, now := above(i-1), above(i)
	switch {
	case before < 0 && now > 0:
		return 1
	case before > 0 && now < 0:
		return -1
	}
	return 0
}

// tradeGoogle plays the crossing with all of the money and exclusive orders.
func tradeGoogle(t *testing.T, c Config, bars []event.Bar) *player {
	const warm = 19
	in := share2
	in.PriceDecimals = priceDecimals
	c.Cash, c.ExclusiveOrders, c.Instruments = 10_000*event.One, true, []event.Instrument{in}
	p := &player{t: t, v: account(t, c), every: func(*player) {}}
	for i := range bars {
		p.take(p.v.Market(&event.Market{Time: bars[i].CloseTime, Bars: bars[i : i+1]}, p.out[:0]))
		if i <= warm {
			continue
		}
		if d := crossing(bars, i); d != 0 {
			side := event.Buy
			if d < 0 {
				side = event.Sell
			}
			p.submit(event.Order{Side: side, Type: event.OrderMarket, SizeKind: event.SizeFraction, Size: event.One}, bars[i].CloseTime)
		}
	}
	return p
}

func TestSMACrossOnGoogleGivesTheGoldenTrades(t *testing.T) {
	bars := googBars(t)
	p := tradeGoogle(t, Config{Commission: 200_000}, bars)
	if e := event.FormatFixed(p.v.Equity(), event.MoneyDecimals, 6); e != "56263.519340" {
		t.Errorf("final equity %s, want 56263.519340", e)
	}
	index := map[int64]float64{}
	for i := range bars {
		index[bars[i].CloseTime] = float64(i)
	}
	compareGolden(t, p, index)
}

// The peer's own README prints this figure, of the days when its commission was a spread.
func TestSMACrossOnGoogleWithASpreadGivesTheFigureOfThePeersReadme(t *testing.T) {
	p := tradeGoogle(t, Config{Spread: 200_000}, googBars(t))
	if e := event.FormatFixed(p.v.Equity(), event.MoneyDecimals, 2); e != "68935.12" {
		t.Errorf("final equity %s, want 68935.12", e)
	}
}

// compareGolden holds the fills against the table of the peer's trades.
func compareGolden(t *testing.T, p *player, index map[int64]float64) {
	opened := map[uint64]event.Fill{}
	var closed []event.Fill
	for i := range p.fills {
		if f := p.fills[i].Fill; f.Closes == 0 {
			opened[f.TradeID] = f
		} else {
			closed = append(closed, f)
		}
	}
	rows := shared(t, "goog_sma10_20_comm002.trades.csv")
	if len(rows) != 93 || len(closed) != 93 {
		t.Fatalf("%d trades, the table has %d; want 93", len(closed), len(rows))
	}
	for i, row := range rows {
		e, x := opened[closed[i].Closes], closed[i]
		q := float64(x.Quantity)
		if e.Side == event.Sell {
			q = -q
		}
		in, out := float64(e.Price)/1e6, float64(x.Price)/1e6
		fees := float64(e.Fee+x.Fee) / event.One
		have := []float64{q, index[e.Time], index[x.Time], in, out, q*(out-in) - fees, fees}
		for k := range have {
			if want, err := strconv.ParseFloat(row[k], 64); err != nil || math.Abs(want-have[k]) > 1e-6 {
				t.Errorf("trade %d: %v, the table has %v", i, have, row)
				break
			}
		}
	}
}
