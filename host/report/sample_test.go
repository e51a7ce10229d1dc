package report

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// sample is a made-up run: daily bars of random walks, and agents that trade averages on them. The same
// seed gives the same run.
type sample struct {
	random *rand.Rand
	bars   int
}

func newSample(seed uint64, bars int) *sample {
	return &sample{random: rand.New(rand.NewPCG(seed, 7)), bars: bars}
}

func shareNamed(name string) event.Instrument {
	return event.Instrument{Name: name, Base: name, Quote: "USD", Settle: "USD", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}
}

// walk makes daily bars from Monday to Friday, in cents.
func (s *sample) walk(instrument uint32, price, drift float64) []event.Bar {
	at := time.Date(2001, 1, 2, 0, 0, 0, 0, time.UTC)
	bars := make([]event.Bar, 0, s.bars)
	sigma := 0.015
	for len(bars) < s.bars {
		at = at.AddDate(0, 0, 1)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		sigma = 0.97*sigma + 0.03*(0.008+0.02*s.random.Float64())
		open := price * math.Exp(0.3*sigma*s.random.NormFloat64())
		price = open * math.Exp(drift+sigma*s.random.NormFloat64())
		high := max(open, price) * (1 + 0.5*sigma*s.random.Float64())
		low := min(open, price) * (1 - 0.5*sigma*s.random.Float64())
		cents := func(v float64) int64 { return max(1, int64(math.Round(100*v))) }
		bars = append(bars, event.Bar{
			Instrument: instrument, Flags: event.BarClosed, OpenTime: at.UnixNano() - day, CloseTime: at.UnixNano(), Interval: day,
			Open: cents(open), High: cents(high), Low: cents(low), Close: cents(price), Volume: int64(1e6 * (0.5 + s.random.Float64())),
		})
	}
	return bars
}

// trader follows two averages of each instrument, long only, with an equal share of its cash.
type trader struct {
	r          *Recorder
	fast, slow int
	cash       int64
	held       []int64
	lots       []uint64
	trades     uint64
}

func (s *sample) trade(c RecorderConfig, fast, slow int, markets [][]event.Bar) *Recorder {
	t := &trader{r: NewRecorder(c), fast: fast, slow: slow, cash: c.Capital, held: make([]int64, len(markets)), lots: make([]uint64, len(markets))}
	for row := range markets[0] {
		at := markets[0][row].CloseTime
		if row > slow+1 {
			for i, m := range markets {
				t.act(uint32(i), m, row)
			}
		}
		equity := t.cash
		for i, m := range markets {
			t.r.Bar(&m[row])
			equity += t.held[i] * m[row].Close * 1e6
			if row >= slow {
				t.r.Series(0, uint32(i), at, average(m, row, fast))
				t.r.Series(1, uint32(i), at, average(m, row, slow))
			}
		}
		t.r.Tick(at, equity, 380+int64(s.random.IntN(40))+int64(20*len(markets))+s.spike(), true)
	}
	return t.r
}

// spike is the fuel of a guest's collector, now and then.
func (s *sample) spike() int64 {
	if s.random.IntN(200) == 0 {
		return 40_000 + int64(s.random.IntN(60_000))
	}
	return 0
}

func average(m []event.Bar, row, n int) int64 {
	var sum int64
	for _, b := range m[row-n+1 : row+1] {
		sum += b.Close
	}
	return sum / int64(n)
}

// act trades at the open what the averages said at the close before.
func (t *trader) act(i uint32, m []event.Bar, row int) {
	up := average(m, row-1, t.fast) > average(m, row-1, t.slow)
	open, at := m[row].Open, m[row].CloseTime
	f := event.Fill{Price: open, Time: at, FeeCurrency: "USD"}
	switch {
	case up && t.held[i] == 0:
		f.Side, f.Quantity = event.Buy, t.cash/int64(len(t.held))*99/100/(open*1e6)
		t.lots[i] = t.trades + 1
	case !up && t.held[i] > 0:
		f.Side, f.Quantity, f.Closes = event.Sell, t.held[i], t.lots[i]
	}
	if f.Quantity == 0 {
		return
	}
	t.trades++
	f.TradeID, f.Fee = t.trades, f.Quantity*open*1e6/1000
	signed := f.Quantity
	if f.Side == event.Sell {
		signed = -signed
	}
	t.held[i] += signed
	t.cash -= signed*open*1e6 + f.Fee
	t.r.Count.Orders++
	t.r.Fill(&f, i, at)
}

// samplePage is five agents on three made-up shares, with everything that can go wrong.
func samplePage(bars int) Page {
	s := newSample(11, bars)
	acme, bolt, corp := s.walk(0, 40, 0.0005), s.walk(1, 120, 0.0001), s.walk(2, 15, 0.0007)
	one := []event.Instrument{shareNamed("ACME")}
	three := []event.Instrument{shareNamed("ACME"), shareNamed("BOLT"), shareNamed("CORP")}
	config := func(name string, instruments []event.Instrument) RecorderConfig {
		return RecorderConfig{
			Agent: name, Instruments: instruments, Capital: 10_000 * event.One, FuelLimit: 2_000_000,
			SeriesNames: []string{"fast", "slow"}, SeriesUnits: []string{"price", "price"}, FirstTradingBar: 20,
		}
	}
	recorders := []*Recorder{
		s.trade(config("sma-go", one), 10, 20, [][]event.Bar{acme}),
		s.trade(config("sma-c", one), 20, 60, [][]event.Bar{acme}),
		s.trade(config("sma-assemblyscript", one), 50, 200, [][]event.Bar{acme}),
		s.trade(config("portfolio", three), 15, 45, [][]event.Bar{acme, bolt, corp}),
		s.trade(config(`</script><script>alert("x")</script>`, one), 5, 8, [][]event.Bar{acme}),
	}
	p := Page{Recorders: recorders, Summary: Summary{FormatVersion: FormatVersion, Run: &Run{
		ID: "01JD8Z", Config: "config/demo.hcl", ConfigSHA256: "5b0c3f7a9e", Journal: "runs/01JD8Z/journal.db", Report: "demo.html",
		Version: "agenthost 0.1.0", Go: "go1.26.0", Wazero: "v1.12.0", Meter: "1", Started: "2025-11-23T18:00:00Z",
	}}}
	for i, r := range recorders {
		r.Note(&event.FeedNote{Withheld: 3})
		p.Summary.Agents = append(p.Summary.Agents, r.Summary(sampleEnd(i, r, bars)))
	}
	return p
}

func sampleEnd(i int, r *Recorder, bars int) End {
	end := End{
		ModuleSHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", StateHash: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
		Mode: "full", Elapsed: time.Duration(bars) * 2 * time.Microsecond,
		Feeds: []FeedQuality{{Feed: "shares", Instrument: "ACME", Bars: int64(bars), Withheld: 3, Gaps: 1, Missing: 2, Defects: []DefectCount{
			{Defect: "contradiction", Count: 2, First: "data/acme.csv:118"},
			{Defect: "duplicate", Count: 1, First: "data/acme.csv:240"},
		}}},
	}
	if i == 3 {
		end.Feeds = append(end.Feeds, FeedQuality{Feed: "shares", Instrument: "BOLT", Bars: int64(bars)}, FeedQuality{Feed: "shares", Instrument: "CORP", Bars: int64(bars), Rounded: 12})
	}
	if i == 4 {
		end.Mode = "read_only"
		r.Trapped(event.VerdictFuel)
		r.Trapped(event.VerdictTrapped)
		r.Trapped(event.VerdictTrapped)
		r.Denied(event.DenyMargin)
		r.Count.DeadLetters = 3
	}
	return end
}
