package report

import "github.com/agenthost/agenthost/host/event"

// A picture never has more points than these. When it is full, neighbours are merged and a point stands
// for twice as many rows; so it costs the same after a thousand rows and after a billion.
const (
	picturePoints    = 4000
	picturePointsMin = 500
	// pictureCandles bounds points times instruments.
	pictureCandles = 200_000
)

// picture is what the page draws: every column has one entry per point.
type picture struct {
	pointsMax int
	width     int64 // rows per point
	rows      int64 // rows in the last point
	open      bool  // the last point was begun and its row is not over
	worst     int64 // equity and peak at the deepest drawdown of the last point
	worstPeak int64
	points    []point
	candles   [][]candle
	series    []*line
}

// point is a stretch of rows.
type point struct {
	time             int64 // of its first row
	last, low, high  int64 // equity
	fall             float64
	fuelMax, fuelSum int64
	ticks            int64
}

// candle is the price of one instrument in a point; empty where no bar came.
type candle struct {
	open, high, low, close, volume int64
	full                           bool
}

// line is one series of the strategy, of one instrument or of none.
type line struct {
	series, instrument uint32
	values             []value
}

type value struct {
	v    int64
	full bool
}

func newPicture(instruments, series int) picture {
	points := picturePoints
	if instruments > 0 {
		points = max(picturePointsMin, min(points, pictureCandles/instruments))
	}
	return picture{
		pointsMax: points, width: 1,
		candles: make([][]candle, instruments),
		series:  make([]*line, series*(instruments+1)),
	}
}

// begin makes sure that the row to come has a point.
func (p *picture) begin() {
	if p.open {
		return
	}
	p.open = true
	if len(p.points) > 0 && p.rows < p.width {
		return
	}
	if len(p.points) == p.pointsMax {
		p.halve()
	}
	p.rows = 0
	p.points = append(p.points, point{})
	for i := range p.candles {
		p.candles[i] = append(p.candles[i], candle{})
	}
	for _, l := range p.series {
		if l != nil {
			l.values = append(l.values, value{})
		}
	}
}

// row ends a row. peak is the highest equity so far.
func (p *picture) row(at, equity, peak int64) *point {
	p.begin()
	t := &p.points[len(p.points)-1]
	if p.rows == 0 {
		*t = point{time: at, low: equity, high: equity}
		p.worst, p.worstPeak = equity, equity
	}
	t.last = equity
	t.low, t.high = min(t.low, equity), max(t.high, equity)
	// A division in every row would be most of its cost; only one that may go deeper needs it.
	if equity < p.worst || peak > p.worstPeak {
		if fall := depth(equity, peak); fall > t.fall {
			t.fall, p.worst, p.worstPeak = fall, equity, peak
		}
	}
	p.rows++
	p.open = false
	return t
}

// end changes the equity of the last row.
func (p *picture) end(equity int64) {
	t := &p.points[len(p.points)-1]
	t.last = equity
	t.low, t.high = min(t.low, equity), max(t.high, equity)
}

func (p *picture) bar(b *event.Bar) {
	p.begin()
	c := p.candles[b.Instrument]
	c[len(c)-1].merge(candle{b.Open, b.High, b.Low, b.Close, b.Volume, true})
}

// set gives a series its value in the last point and reports whether it is its first one ever.
func (p *picture) set(series, instrument uint32, v int64) (first bool) {
	column := int(instrument)
	if column >= len(p.candles) {
		column = len(p.candles)
	}
	l := &p.series[int(series)*(len(p.candles)+1)+column]
	if first = *l == nil; first {
		*l = &line{series: series, instrument: instrument, values: make([]value, len(p.points), p.pointsMax)}
	}
	values := (*l).values
	if len(values) > 0 { // else it is before the first row, and there is no place to draw it
		values[len(values)-1] = value{v, true}
	}
	return first
}

// merge adds a later candle.
func (c *candle) merge(d candle) {
	if !d.full {
		return
	}
	if !c.full {
		*c = d
		return
	}
	c.high, c.low, c.close = max(c.high, d.high), min(c.low, d.low), d.close
	c.volume += d.volume
}

func (t *point) merge(u point) {
	t.last, t.low, t.high, t.fall = u.last, min(t.low, u.low), max(t.high, u.high), max(t.fall, u.fall)
	t.fuelMax, t.fuelSum, t.ticks = max(t.fuelMax, u.fuelMax), t.fuelSum+u.fuelSum, t.ticks+u.ticks
}

// halve merges neighbours. Every point is full when it is called.
func (p *picture) halve() {
	p.width *= 2
	p.points = pairs(p.points, (*point).merge)
	for i := range p.candles {
		p.candles[i] = pairs(p.candles[i], (*candle).merge)
	}
	for _, l := range p.series {
		if l != nil {
			l.values = pairs(l.values, func(a *value, b value) {
				if b.full {
					*a = b
				}
			})
		}
	}
}

// pairs merges v[1] into v[0], v[3] into v[2] and so on, in place. The length is even.
func pairs[T any](v []T, merge func(*T, T)) []T {
	n := len(v) / 2
	for i := range n {
		v[i] = v[2*i]
		merge(&v[i], v[2*i+1])
	}
	return v[:n]
}

// equity is the curve, one value per point.
func (p *picture) equity() []float64 {
	curve := make([]float64, 0, len(p.points))
	for _, t := range p.drawn() {
		curve = append(curve, float64(t.last)/event.One)
	}
	return curve
}

// drawn are the points that have a row; the last one may have been begun by a bar whose row never ended.
func (p *picture) drawn() []point {
	if n := len(p.points); n > 0 && p.rows == 0 {
		return p.points[:n-1]
	}
	return p.points
}
