package simulation

import "github.com/agenthost/agenthost/host/event"

// MarketConfig is what a world's prices are like. Rates are parts of a million bars.
type MarketConfig struct {
	Instruments []event.Instrument
	// Start is the close time of the first bar, Interval the time between bars.
	Start, Interval int64
	// Steps is how many bars of each instrument there are.
	Steps int
	// NotANumber, Contradiction and Duplicate bars are withheld from the host, with a note; Gap bars never
	// come, and the next one says so. The venue trades at the true prices all the time.
	NotANumber, Contradiction, Duplicate, Gap uint32
	// Jump moves a price by up to a tenth at once.
	Jump uint32
}

// Market makes seeded price paths. One goroutine.
type Market struct {
	config   MarketConfig
	random   random
	step     int
	paths    []path
	cursor   uint64
	injected Counts
}

// path is the price of one instrument, and what the gate holds back about it.
type path struct {
	price    int64
	missing  uint32
	lastTime int64
	note     event.FeedNote
}

// NewMarket makes the paths of a seed.
func NewMarket(seed uint64, c MarketConfig) *Market {
	m := &Market{config: c, random: newRandom(seed, "market"), paths: make([]path, len(c.Instruments)), injected: Counts{}}
	for i := range m.paths {
		m.paths[i].price = c.Instruments[i].Tick * m.random.between(2_000, 20_000)
	}
	return m
}

// Next is the time of the next step, 0 when there is none.
func (m *Market) Next() int64 {
	if m.step >= m.config.Steps {
		return 0
	}
	return m.config.Start + int64(m.step)*m.config.Interval
}

// Injected is how often each defect was made, by name.
func (m *Market) Injected() Counts { return m.injected }

// Step makes the bars that close at Next. truth is what the venue trades at; shown is what passes the gate of a
// feed, nil if nothing does.
func (m *Market) Step() (truth, shown *event.Market) {
	at := m.Next()
	m.step++
	truth = &event.Market{Time: at, Received: at}
	shown = &event.Market{Time: at, Received: at}
	for i := range m.paths {
		b := m.move(uint32(i), at)
		truth.Bars = append(truth.Bars, b)
		m.gate(&m.paths[i], b, shown)
	}
	if len(shown.Bars) == 0 {
		return truth, nil // notes wait for a bar
	}
	for i := range m.paths {
		p := &m.paths[i]
		if p.note.Flags != 0 {
			p.note.Instrument, p.note.LastTime = uint32(i), p.lastTime
			shown.Notes = append(shown.Notes, p.note)
			p.note = event.FeedNote{}
		}
	}
	m.cursor++
	shown.Cursor = m.cursor
	return truth, shown
}

// move takes a price one bar further.
func (m *Market) move(i uint32, at int64) event.Bar {
	in, p := &m.config.Instruments[i], &m.paths[i]
	open := p.price
	p.price += in.Tick * m.random.between(-15, 15)
	if m.random.chance(m.config.Jump) {
		m.injected.add("price jump", 1)
		p.price += p.price / 100 * m.random.between(-10, 10)
	}
	p.price = max(100*in.Tick, p.price/in.Tick*in.Tick)
	wick := in.Tick * m.random.between(0, 8)
	return event.Bar{
		Instrument: i, Flags: event.BarClosed, Interval: m.config.Interval, OpenTime: at - m.config.Interval, CloseTime: at,
		Open: open, Close: p.price, High: max(open, p.price) + wick, Low: max(in.Tick, min(open, p.price)-wick),
		Volume: in.Lot * m.random.between(1, 1_000),
	}
}

// gate shows a bar, or withholds it, as host/feed's does.
func (m *Market) gate(p *path, b event.Bar, shown *event.Market) {
	c := &m.config
	switch {
	case m.random.chance(c.NotANumber):
		m.withhold(p, event.DefectNotANumber)
		return
	case m.random.chance(c.Contradiction):
		m.withhold(p, event.DefectContradiction)
		return
	case m.random.chance(c.Gap):
		m.injected.add("bar missing", 1)
		p.missing++
		return
	}
	if p.missing > 0 {
		b.Flags |= event.BarAfterGap
		p.note.Flags |= event.FeedGap
		p.note.Missing += p.missing
		p.note.Defect = event.DefectGap
		p.missing = 0
	}
	p.lastTime = b.CloseTime
	shown.Bars = append(shown.Bars, b)
	if m.random.chance(c.Duplicate) {
		m.withhold(p, event.DefectDuplicate)
	}
}

func (m *Market) withhold(p *path, d event.Defect) {
	m.injected.add("bar withheld: "+d.String(), 1)
	p.note.Flags |= event.FeedQuarantined
	p.note.Withheld++
	p.note.Defect = d
}
