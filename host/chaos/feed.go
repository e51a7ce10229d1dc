package chaos

import (
	"slices"
	"sync"

	"github.com/agenthost/agenthost/host/event"
)

// feed is the bars of one feed on their way to the host.
type feed struct {
	chaos   *Chaos
	name    string
	bars    *seam
	deliver func(*event.Market)

	mu   sync.Mutex
	last map[uint32]event.Bar
	// missing counts bars of an instrument that were dropped since the last one delivered.
	missing map[uint32]uint32
}

// Feed wraps what a feed of that name calls with each step. A step of which nothing is left, neither bar
// nor note, is not delivered. What it returns keeps the contract of the func it wraps: one call at a time
// where that wants it.
func (c *Chaos) Feed(name string, deliver func(*event.Market)) func(*event.Market) {
	f := &feed{
		chaos: c, name: name, bars: c.seam("feed", name), deliver: deliver,
		last: map[uint32]event.Bar{}, missing: map[uint32]uint32{},
	}
	return f.pass
}

// The faults of a bar, in the order in which they are drawn.
const (
	fateNaN = iota
	fateStale
	fateGap
)

func (f *feed) pass(m *event.Market) {
	if out := f.bend(m); len(out.Bars)+len(out.Notes) > 0 || len(m.Bars)+len(m.Notes) == 0 {
		f.deliver(out)
	}
}

// bend makes another step of a step, which stays as it is.
func (f *feed) bend(m *event.Market) *event.Market {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := *m
	out.Bars, out.Notes = nil, slices.Clone(m.Notes)
	for _, b := range m.Bars {
		f.bars.next()
		last, seen := f.last[b.Instrument]
		f.last[b.Instrument] = b
		c := &f.chaos.config.Feed
		d := roll(f.chaos.config.Seed, f.name, uint64(b.Instrument), uint64(b.CloseTime))
		switch d.one(saltFate, c.NaN, c.Stale, c.Gap) {
		case fateNaN:
			f.bars.count(FaultNaN)
			f.note(&out, b.Instrument, event.FeedNote{Flags: event.FeedQuarantined, Withheld: 1, Defect: event.DefectNotANumber, LastTime: last.CloseTime})
			continue
		case fateStale:
			if seen {
				f.bars.count(FaultStale)
				b.Open, b.High, b.Low, b.Close = last.Open, last.High, last.Low, last.Close
			}
		case fateGap:
			f.bars.count(FaultGap)
			f.missing[b.Instrument]++
			continue
		}
		if n := f.missing[b.Instrument]; n > 0 {
			delete(f.missing, b.Instrument)
			b.Flags |= event.BarAfterGap
			f.note(&out, b.Instrument, event.FeedNote{Flags: event.FeedGap, Missing: n, Defect: event.DefectGap, LastTime: b.CloseTime})
		}
		out.Bars = append(out.Bars, b)
	}
	return &out
}

// note adds to what the feed's own gate has noted of the instrument, or makes a note.
func (f *feed) note(m *event.Market, instrument uint32, n event.FeedNote) {
	n.Instrument = instrument
	for i := range m.Notes {
		if have := &m.Notes[i]; have.Instrument == instrument {
			have.Flags |= n.Flags
			have.Withheld += n.Withheld
			have.Missing += n.Missing
			have.Defect, have.LastTime = n.Defect, n.LastTime
			return
		}
	}
	m.Notes = append(m.Notes, n)
}
