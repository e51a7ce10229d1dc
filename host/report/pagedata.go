package report

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// pageTradesMax bounds the trades in a page; the statistics know them all.
const pageTradesMax = 5000

// pageData is what the page's script reads.
type pageData struct {
	Summary Summary     `json:"summary"`
	Agents  []pageAgent `json:"agents"`
	// Columns are lists of numbers (null: nothing there). Agents refer to them by place, so that ten
	// agents on one share carry its prices once.
	Columns []json.RawMessage `json:"columns"`
	places  map[string]int
}

type pageAgent struct {
	Alerts []string `json:"alerts,omitempty"`
	// Width is how many rows a point of the columns stands for.
	Width       int64            `json:"width"`
	Time        int              `json:"time"` // seconds
	Equity      int              `json:"equity"`
	EquityLow   int              `json:"equity_low"`
	EquityHigh  int              `json:"equity_high"`
	Drawdown    int              `json:"drawdown"` // percent, below zero
	Fuel        int              `json:"fuel"`     // the most in a point
	Instruments []pageInstrument `json:"instruments"`
	Series      []pageSeries     `json:"series,omitempty"`
	Trades      [][]Figure       `json:"trades"` // see tradeRow
	TradesCut   int64            `json:"trades_cut,omitempty"`
	Months      []pageMonth      `json:"months"`
}

type pageInstrument struct {
	Name string `json:"name"`
	// PriceDecimals are as many as its prices have, which is fewer than the instrument allows.
	PriceDecimals    uint8 `json:"price_decimals"`
	QuantityDecimals uint8 `json:"quantity_decimals"`
	Open             int   `json:"open"`
	High             int   `json:"high"`
	Low              int   `json:"low"`
	Close            int   `json:"close"`
}

type pageSeries struct {
	Name       string `json:"name"`
	Unit       string `json:"unit"`
	Instrument int64  `json:"instrument"` // -1: none
	Values     int    `json:"values"`
}

// pageMonth is the last equity of a month and the return on the month before, in percent.
type pageMonth struct {
	Year   int    `json:"year"`
	Month  int    `json:"month"`
	Equity Figure `json:"equity"`
	Return Figure `json:"return"`
}

func newPageData(p *Page) *pageData {
	d := &pageData{Summary: p.Summary, Agents: []pageAgent{}, Columns: []json.RawMessage{}, places: map[string]int{}}
	if d.Summary.Agents == nil {
		d.Summary.Agents = []AgentSummary{}
	}
	for i, r := range p.Recorders {
		d.Agents = append(d.Agents, d.agent(r, &p.Summary.Agents[i]))
	}
	return d
}

func (d *pageData) agent(r *Recorder, s *AgentSummary) pageAgent {
	points := r.picture.drawn()
	n := len(points)
	a := pageAgent{
		Alerts: s.alerts(), Width: r.picture.width,
		Time:       d.column(n, func(i int) float64 { return round(float64(points[i].time)/1e9, 3) }),
		Equity:     d.column(n, func(i int) float64 { return money(points[i].last) }),
		EquityLow:  d.column(n, func(i int) float64 { return money(points[i].low) }),
		EquityHigh: d.column(n, func(i int) float64 { return money(points[i].high) }),
		Drawdown:   d.column(n, func(i int) float64 { return round(-100*points[i].fall, 3) }),
		Fuel: d.column(n, func(i int) float64 {
			if points[i].ticks == 0 {
				return undefined
			}
			return float64(points[i].fuelMax)
		}),
		Months: months(r.curve), Instruments: []pageInstrument{},
	}
	for i := range r.config.Instruments {
		a.Instruments = append(a.Instruments, d.instrument(&r.config.Instruments[i], r.picture.candles[i][:n]))
	}
	for _, l := range r.picture.series {
		if l != nil {
			a.Series = append(a.Series, d.series(r, l, n))
		}
	}
	a.Trades, a.TradesCut = tradeRows(r)
	return a
}

func (d *pageData) instrument(i *event.Instrument, candles []candle) pageInstrument {
	scale := math.Pow10(int(i.PriceDecimals))
	of := func(field func(*candle) int64) int {
		return d.column(len(candles), func(n int) float64 {
			if !candles[n].full {
				return undefined
			}
			return float64(field(&candles[n])) / scale
		})
	}
	return pageInstrument{
		Name: i.Name, PriceDecimals: decimalsOf(i, candles), QuantityDecimals: i.QuantityDecimals,
		Open: of(func(c *candle) int64 { return c.open }), High: of(func(c *candle) int64 { return c.high }),
		Low: of(func(c *candle) int64 { return c.low }), Close: of(func(c *candle) int64 { return c.close }),
	}
}

// decimalsOf are the decimals that the prices really have: two at least, where the instrument has two.
func decimalsOf(i *event.Instrument, candles []candle) uint8 {
	least := min(2, i.PriceDecimals)
	most := i.PriceDecimals
	for ; most > least; most-- {
		unit := event.Pow10(int(i.PriceDecimals - most + 1))
		for n := range candles {
			c := &candles[n]
			if c.open%unit != 0 || c.high%unit != 0 || c.low%unit != 0 || c.close%unit != 0 {
				return most
			}
		}
	}
	return most
}

func (d *pageData) series(r *Recorder, l *line, n int) pageSeries {
	s := pageSeries{Name: r.config.SeriesNames[l.series], Unit: r.unit(l.series), Instrument: -1}
	scale := float64(event.One)
	if int(l.instrument) < len(r.config.Instruments) {
		s.Instrument = int64(l.instrument)
	}
	if i := max(0, s.Instrument); i < int64(len(r.config.Instruments)) {
		switch s.Unit {
		case unitPrice:
			scale = math.Pow10(int(r.config.Instruments[i].PriceDecimals))
		case unitQuantity:
			scale = math.Pow10(int(r.config.Instruments[i].QuantityDecimals))
		}
	}
	s.Values = d.column(n, func(i int) float64 {
		if !l.values[i].full {
			return undefined
		}
		return float64(l.values[i].v) / scale
	})
	return s
}

// column adds a list of numbers and returns its place, which is that of an equal list where there is
// one.
func (d *pageData) column(n int, value func(int) float64) int {
	b := []byte{'['}
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		if v := value(i); Figure(v).Undefined() {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, v, 'f', -1, 64)
		}
	}
	b = append(b, ']')
	if at, known := d.places[string(b)]; known {
		return at
	}
	d.places[string(b)] = len(d.Columns)
	d.Columns = append(d.Columns, b)
	return len(d.Columns) - 1
}

func round(v float64, places int) float64 {
	s := math.Pow10(places)
	return math.Round(v*s) / s
}

// money as a number for a picture: cents are enough of large amounts.
func money(v int64) float64 {
	m := float64(v) / event.One
	if math.Abs(m) >= 100 {
		return round(m, 2)
	}
	return m
}

// tradeRows are the last trades: instrument, 1 for long or -1 for short, quantity, entry and exit row,
// time (seconds) and price, fees, P&L, return in percent.
func tradeRows(r *Recorder) (rows [][]Figure, cut int64) {
	trades := r.trades
	if n := len(trades) - pageTradesMax; n > 0 {
		trades, cut = trades[n:], int64(n)
	}
	rows = [][]Figure{}
	for i := range trades {
		t := &trades[i]
		in := &r.config.Instruments[t.Instrument]
		side, price := Figure(1), math.Pow10(int(in.PriceDecimals))
		if t.Side == event.Sell {
			side = -1
		}
		rows = append(rows, []Figure{
			Figure(t.Instrument), side, Figure(float64(t.Quantity) / math.Pow10(int(in.QuantityDecimals))),
			Figure(t.EntryBar), Figure(t.ExitBar), Figure(float64(t.EntryTime) / 1e9), Figure(float64(t.ExitTime) / 1e9),
			Figure(float64(t.EntryPrice) / price), Figure(float64(t.ExitPrice) / price),
			Figure(float64(t.Fees) / event.One), Figure(float64(t.PnL) / event.One), Figure(round(t.ReturnPct, 6)),
		})
	}
	return rows, cut
}

func months(c *curve) []pageMonth {
	m := []pageMonth{}
	before := c.first
	for i, d := range c.days {
		if i+1 < len(c.days) && periodMonth.number(c.days[i+1].number) == periodMonth.number(d.number) {
			continue
		}
		at := time.Unix(d.number*86400, 0).UTC()
		m = append(m, pageMonth{at.Year(), int(at.Month()), Figure(money(d.equity)), Figure(round(100*change(before, d.equity), 4))})
		before = d.equity
	}
	return m
}
