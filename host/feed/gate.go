package feed

import (
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// gate lets bars pass, withholds those that are not credible, and keeps the notes for the strategy and
// the counts for the summary.
type gate struct {
	ohlc        OHLC
	interval    int64
	instruments []passage
	// unassigned counts rows that could not be held to an instrument.
	unassigned Count
	// pending says that some instrument has a note.
	pending bool
	// shift is what the running repetition adds to every time.
	shift int64
}

// passage is what the gate knows of one instrument.
type passage struct {
	priceDecimals, quantityDecimals uint8
	count                           Count
	// last is the close time of the last bar delivered; seen that there was one. resumed suspends the
	// search for gaps once, where a repetition begins.
	last          int64
	seen, resumed bool
	// held counts distinct times of withheld bars after last, heldTime the latest of them: they were
	// in the file, so they are not missing.
	held     int64
	heldTime int64
	// due is the note for the market being built, later that for the next.
	due, later event.FeedNote
}

// rotate makes the notes found since the last market due.
func (g *gate) rotate() {
	if !g.pending {
		return
	}
	for i := range g.instruments {
		p := &g.instruments[i]
		join(&p.due, &p.later)
	}
}

// join adds one note to another and empties it.
func join(to, from *event.FeedNote) {
	if from.Flags == 0 {
		return
	}
	to.Flags |= from.Flags
	to.Withheld = addCapped(to.Withheld, int64(from.Withheld))
	to.Missing = addCapped(to.Missing, int64(from.Missing))
	to.Defect = from.Defect
	*from = event.FeedNote{}
}

func addCapped(a uint32, b int64) uint32 {
	return uint32(min(int64(a)+b, math.MaxUint32))
}

// withholdUntimed keeps back a row that has no time of its own in the order of its file; the next
// market tells of it.
func (g *gate) withholdUntimed(s *source, r *row, d event.Defect) {
	if p := g.withhold(s, r, d); p != nil {
		note(&p.later, d)
	}
}

// pass takes a row when the merge has come to it, and appends its bar if it may be used. Both times are
// unshifted; the row's may be before at (it is late) or, if it is withheld, after (it is not believed).
func (g *gate) pass(s *source, r *row, at int64, bars []event.Bar) []event.Bar {
	if r.defect != event.DefectNone {
		p := g.withhold(s, r, r.defect)
		switch {
		case p == nil:
		case r.time < at || r.unplaced:
			note(&p.later, r.defect)
		default:
			note(&p.due, r.defect)
			if r.time == at {
				p.hold(at + g.shift)
			}
		}
		return bars
	}
	p := &g.instruments[r.instrument]
	switch {
	case p.seen && r.time+g.shift == p.last:
		g.withholdUntimed(s, r, event.DefectDuplicate)
	case r.time < at:
		g.withholdUntimed(s, r, event.DefectTimeBack)
	default:
		return append(bars, g.deliver(s, r, p))
	}
	return bars
}

// withhold counts a row as kept back. It returns nil for a row of no known instrument.
func (g *gate) withhold(s *source, r *row, d event.Defect) *passage {
	if r.instrument == instrumentNone {
		found(&g.unassigned, s, r, d).Withheld++
		return nil
	}
	p := &g.instruments[r.instrument]
	found(&p.count, s, r, d).Withheld++
	g.pending = true
	return p
}

func found(c *Count, s *source, r *row, d event.Defect) *Finding {
	f := &c.Found[d]
	if f.Line == 0 {
		f.Path, f.Line = s.config.Path, r.line
	}
	return f
}

func note(n *event.FeedNote, d event.Defect) {
	n.Flags |= event.FeedQuarantined
	n.Withheld = addCapped(n.Withheld, 1)
	n.Defect = d
}

// hold remembers that a time was in the file, if its bar was not good.
func (p *passage) hold(at int64) {
	if p.seen && at > p.last && (p.held == 0 || at > p.heldTime) {
		p.held, p.heldTime = p.held+1, at
	}
}

// deliver makes the bar and counts it.
func (g *gate) deliver(s *source, r *row, p *passage) event.Bar {
	at := r.time + g.shift
	b := event.Bar{
		Instrument: r.instrument, Flags: event.BarClosed, Interval: g.interval,
		OpenTime: at - g.interval, CloseTime: at,
		Open: r.prices[roleOpen], High: r.prices[roleHigh], Low: r.prices[roleLow], Close: r.prices[roleClose],
		Volume: r.volume,
	}
	c := &p.count
	if missing := p.missing(s, at); missing > 0 {
		b.Flags |= event.BarAfterGap
		g.tell(p, event.FeedGap, event.DefectGap)
		p.due.Missing = addCapped(p.due.Missing, missing)
		c.Gaps++
		c.Missing += uint64(missing)
		found(c, s, r, event.DefectGap).Flagged++
	}
	if r.flagged {
		b.Flags |= event.BarFlagged
		g.tell(p, event.FeedFlagged, event.DefectContradiction)
		found(c, s, r, event.DefectContradiction).Flagged++
	}
	if c.Delivered == 0 {
		c.First = at
	}
	c.Delivered++
	c.Last = at
	if r.priceRounded {
		c.Rounded++
	}
	if r.volumeRounded {
		c.VolumeRounded++
	}
	p.last, p.seen, p.resumed, p.held = at, true, false, 0
	return b
}

func (g *gate) tell(p *passage, flag event.FeedFlags, d event.Defect) {
	p.due.Flags |= flag
	p.due.Defect = d
	g.pending = true
}

// missing counts the bars that the calendar misses since the last.
func (p *passage) missing(s *source, at int64) int64 {
	if !p.seen || p.resumed || at-p.last <= s.calendar.interval {
		return 0
	}
	held := p.held
	if held > 0 && p.heldTime >= at {
		held--
	}
	return max(0, s.calendar.missing(p.last-s.closeAfter, at-s.closeAfter)-held)
}

// takeNotes appends the notes that are due, by instrument, and forgets them.
func (g *gate) takeNotes(notes []event.FeedNote) []event.FeedNote {
	if !g.pending {
		return notes
	}
	g.pending = false
	for i := range g.instruments {
		p := &g.instruments[i]
		if p.due.Flags != 0 {
			notes = append(notes, p.noted(uint32(i)))
			p.due = event.FeedNote{}
		}
		g.pending = g.pending || p.later.Flags != 0
	}
	return notes
}

func (p *passage) noted(instrument uint32) event.FeedNote {
	n := p.due
	n.Instrument = instrument
	if p.seen {
		n.LastTime = p.last
	}
	return n
}
