package report

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// peerCase is one run of testdata/peer.py.
type peerCase struct {
	Name            string
	FirstTradingBar int64 `json:"first_trading_bar"`
	Times           []int64
	Closes          [2]float64
	Equity          []float64
	Trades          []peerTrade
	Stats           map[string]*float64
}

type peerTrade struct {
	Size       int64
	EntryBar   int64   `json:"entry_bar"`
	ExitBar    int64   `json:"exit_bar"`
	EntryPrice float64 `json:"entry_price"`
	ExitPrice  float64 `json:"exit_price"`
	Fees       float64
	PnL        float64
	Return     float64
}

var share8 = event.Instrument{Name: "X", Settle: "USD", Base: "X", Quote: "USD", PriceDecimals: 8, Tick: 1, Lot: 1, Multiplier: event.One}

func e8(v float64) int64 { return int64(math.Round(v * event.One)) }

// record tells a Recorder what the peer's run was: each trade as an opening fill and a closing one that
// names it.
func (c *peerCase) record() *Recorder {
	r := NewRecorder(RecorderConfig{Agent: c.Name, Instruments: []event.Instrument{share8}, Capital: e8(10_000), FirstTradingBar: c.FirstTradingBar})
	fills := map[int64][]event.Fill{}
	for n, t := range c.Trades {
		side := event.Buy
		if t.Size < 0 {
			side, t.Size = event.Sell, -t.Size
		}
		id, fee := uint64(n+1), e8(t.Fees)
		fills[t.EntryBar] = append(fills[t.EntryBar], event.Fill{TradeID: id, Side: side, Quantity: t.Size, Price: e8(t.EntryPrice), Fee: fee / 3})
		fills[t.ExitBar] = append(fills[t.ExitBar], event.Fill{TradeID: 1_000_000 + id, Closes: id, Side: side.Opposite(), Quantity: t.Size, Price: e8(t.ExitPrice), Fee: fee - fee/3})
	}
	for row, seconds := range c.Times {
		at := seconds * 1e9
		for _, f := range fills[int64(row)] {
			f.Time = at
			r.Fill(&f, 0, at)
		}
		price := 1 + int64(row) // of no importance, save at the two rows that buy and hold looks at
		if int64(row) == c.FirstTradingBar {
			price = e8(c.Closes[0])
		}
		if row == len(c.Times)-1 {
			price = e8(c.Closes[1])
		}
		r.Bar(&event.Bar{OpenTime: at, CloseTime: at, Open: price, High: price, Low: price, Close: price})
		r.Tick(at, e8(c.Equity[row]), 1000, true)
	}
	return r
}

func TestStatisticsAreThePeers(t *testing.T) {
	for _, c := range readPeer(t) {
		t.Run(c.Name, func(t *testing.T) {
			r := c.record()
			s := r.Summary(End{})
			for name, got := range figures(&s) {
				want, known := c.Stats[name]
				if !known {
					t.Errorf("the peer has no figure %q", name)
					continue
				}
				compare(t, name, float64(got), want)
			}
			compareTrades(t, r.Trades(), c.Trades)
		})
	}
}

// figures names ours as the peer does.
func figures(s *AgentSummary) map[string]Figure {
	x := &s.Statistics
	return map[string]Figure{
		"Exposure Time [%]":      x.ExposurePct,
		"Equity Final [$]":       Figure(float64(s.FinalEquity) / event.One),
		"Equity Peak [$]":        Figure(float64(x.PeakEquity) / event.One),
		"Return [%]":             s.ReturnPct,
		"Buy & Hold Return [%]":  x.BuyHoldReturnPct,
		"Return (Ann.) [%]":      x.ReturnAnnPct,
		"Volatility (Ann.) [%]":  x.VolatilityAnnPct,
		"CAGR [%]":               x.CAGRPct,
		"Sharpe Ratio":           s.Sharpe,
		"Sortino Ratio":          x.Sortino,
		"Calmar Ratio":           x.Calmar,
		"Max. Drawdown [%]":      s.MaxDrawdownPct,
		"Avg. Drawdown [%]":      x.DrawdownAvgPct,
		"Max. Drawdown Duration": x.DrawdownMaxTime,
		"Avg. Drawdown Duration": x.DrawdownAvgTime,
		"# Trades":               Figure(s.Trades),
		"Win Rate [%]":           s.WinRatePct,
		"Best Trade [%]":         x.TradeBestPct,
		"Worst Trade [%]":        x.TradeWorstPct,
		"Avg. Trade [%]":         x.TradeAvgPct,
		"Max. Trade Duration":    x.TradeMaxTime,
		"Avg. Trade Duration":    x.TradeAvgTime,
		"Profit Factor":          s.ProfitFactor,
		"Expectancy [%]":         x.ExpectancyPct,
		"SQN":                    s.SQN,
		"Kelly Criterion":        x.Kelly,
	}
}

func compare(t *testing.T, name string, got float64, want *float64) {
	t.Helper()
	if want == nil {
		if !Figure(got).Undefined() {
			t.Errorf("%s: got %v, the peer leaves it undefined", name, got)
		}
		return
	}
	if !near(got, *want) {
		t.Errorf("%s: got %.12g, want %.12g", name, got, *want)
	}
}

// near allows 1e-6 of what is wanted, and 1e-9 where that is next to nothing.
func near(got, want float64) bool {
	return math.Abs(got-want) <= max(1e-9, 1e-6*math.Abs(want))
}

func compareTrades(t *testing.T, got []Trade, want []peerTrade) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d trades, want %d", len(got), len(want))
	}
	left := map[[4]int64][]peerTrade{}
	for _, w := range want {
		k := [4]int64{w.EntryBar, w.ExitBar, w.Size, e8(w.ExitPrice)}
		left[k] = append(left[k], w)
	}
	for _, g := range got {
		size := g.Quantity
		if g.Side == event.Sell {
			size = -size
		}
		k := [4]int64{g.EntryBar, g.ExitBar, size, g.ExitPrice}
		if len(left[k]) == 0 {
			t.Errorf("the peer has no trade %v", k)
			continue
		}
		w := left[k][0]
		left[k] = left[k][1:]
		if !near(float64(g.PnL)/event.One, w.PnL) || !near(g.ReturnPct/100, w.Return) || g.EntryPrice != e8(w.EntryPrice) || g.Fees != e8(w.Fees) {
			t.Errorf("trade %v: got %+v, want %+v", k, g, w)
		}
	}
}

func readPeer(t *testing.T) (cases []peerCase) {
	t.Helper()
	b, err := os.ReadFile("testdata/peer.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 50 {
		t.Fatalf("testdata/peer.json has %d cases, want at least 50", len(cases))
	}
	return cases
}
