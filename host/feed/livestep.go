package feed

import (
	"context"
	"slices"

	"github.com/agenthost/agenthost/host/event"
)

// step is what closes at one time, while it waits to be delivered.
type step struct {
	at, until int64 // close time; elapsed time at which it waits no longer
	rows      []told
}

// told is a row and who told it.
type told struct {
	row
	source *liveSource
}

// take judges what came from a source and puts it in its step.
func (l *Live) take(a *arrival) {
	s := a.source
	if a.lost {
		l.tellLost(s)
	}
	for i := range a.rows {
		l.takeRow(s, &a.rows[i], a)
	}
}

// tellLost: where the calendar cannot tell that bars are missing, the next market says so.
func (l *Live) tellLost(s *liveSource) {
	if s.gate.calendar.kind != GapsExpected {
		return
	}
	for i := range l.gate.instruments {
		if p := &l.gate.instruments[i]; p.seen {
			p.later.Flags |= event.FeedGap
			p.later.Defect = event.DefectGap
			l.gate.pending = true
		}
	}
}

// takeRow first holds a row's time against the time before it, then its source against the one in use.
func (l *Live) takeRow(s *liveSource, r *row, a *arrival) {
	if !r.timed {
		l.offer(s, r, a.at)
		return
	}
	if r.time == s.refuted || s.suspect != nil && r.time == s.suspect.time && r.instrument == s.suspect.instrument {
		return // fetched again
	}
	if held := s.suspect; held != nil {
		s.suspect = nil
		if r.time >= held.time {
			l.offer(s, held, a.at)
		} else {
			s.refuted = held.time
			l.withholdFrom(s, held, event.DefectTimeBack)
		}
	}
	if !s.isWild(r.time, max(s.latest, l.before(r.instrument)), a.received) {
		l.offer(s, r, a.at)
		return
	}
	if r.defect != event.DefectNone {
		s.refuted = r.time
		l.withholdFrom(s, r, r.defect)
		return
	}
	suspect := *r
	s.suspect = &suspect
	l.log.Warn("bar lies far ahead; it waits for the next to bear it out", "source", s.name, "bar", s.describe(r))
}

// before is the last time that is known of an instrument, or else of the feed.
func (l *Live) before(instrument uint32) int64 {
	if p := &l.gate.instruments[instrument]; p.seen {
		return p.last
	}
	if l.began {
		return l.reached
	}
	return 0
}

// offer takes a row if its source is in use, or proves by it that it is well again.
func (l *Live) offer(s *liveSource, r *row, now int64) {
	active := int(l.active.Load())
	if s.index > active {
		return
	}
	if l.isNews(s, r) {
		s.fresh, s.latest = now, r.time
		l.lateness.Store(false)
		if s.index < active {
			l.comeBack(s)
		}
	} else if s.index < active {
		return
	}
	if r.timed && l.toldByOther(s, r) {
		return
	}
	l.place(s, r, now)
}

// isNews says that a source is well: a good bar, newer than its last and not behind what was delivered.
func (l *Live) isNews(s *liveSource, r *row) bool {
	good := r.timed && r.defect == event.DefectNone
	return good && r.time > s.latest && (!l.began || r.time >= l.reached)
}

// toldByOther: when sources change, the new one tells again what the old one told.
func (l *Live) toldByOther(s *liveSource, r *row) bool {
	p := &l.gate.instruments[r.instrument]
	if p.seen && r.time <= p.last && l.by[r.instrument] != s.index {
		return true
	}
	for _, st := range l.steps {
		if st.at != r.time {
			continue
		}
		for i := range st.rows {
			if t := &st.rows[i]; t.instrument == r.instrument && t.source != s && t.defect == event.DefectNone {
				return true
			}
		}
	}
	return false
}

// place puts a row where its time is. What comes too late for its step is withheld now and told with
// the next.
func (l *Live) place(s *liveSource, r *row, now int64) {
	if !r.timed {
		l.withholdFrom(s, r, event.DefectNotANumber)
		return
	}
	if l.began && r.time <= l.reached {
		before := *l.countOf(r)
		l.gate.pass(s.gate, r, l.reached+1, nil)
		l.noticed(s, r, before)
		return
	}
	i, found := slices.BinarySearchFunc(l.steps, r.time, func(st *step, at int64) int {
		if st.at < at {
			return -1
		}
		return int(min(1, st.at-at))
	})
	if !found {
		l.steps = slices.Insert(l.steps, i, &step{at: r.time, until: now + int64(s.config.Grace)})
	}
	l.steps[i].rows = append(l.steps[i].rows, told{row: *r, source: s})
}

// release delivers the steps that are complete or have waited long enough, in order of time.
func (l *Live) release(ctx context.Context) {
	for len(l.steps) > 0 && ctx.Err() == nil {
		head := l.steps[0]
		if l.elapsed() < head.until && !l.complete(head) {
			return
		}
		l.steps = slices.Delete(l.steps, 0, 1)
		l.finish(head, l.config.Now())
	}
}

// complete says that nothing more is to be expected for a step: every instrument is in it or beyond it,
// and no bar is missing before it.
func (l *Live) complete(st *step) bool {
	for i := range l.gate.instruments {
		instrument := uint32(i)
		t := st.find(instrument)
		if t == nil && !l.isBeyond(instrument) {
			return false
		}
		if t != nil && l.gate.instruments[i].missing(t.source.gate, st.at) > 0 {
			return false
		}
	}
	return true
}

func (st *step) find(instrument uint32) *told {
	for i := range st.rows {
		if st.rows[i].instrument == instrument {
			return &st.rows[i]
		}
	}
	return nil
}

// isBeyond says that a later step than the first has a good bar of an instrument.
func (l *Live) isBeyond(instrument uint32) bool {
	for _, later := range l.steps[1:] {
		if t := later.find(instrument); t != nil && t.defect == event.DefectNone {
			return true
		}
	}
	return false
}

// finish takes a step through the gate and delivers what passes.
func (l *Live) finish(st *step, now int64) {
	slices.SortStableFunc(st.rows, func(a, b told) int { return int(a.instrument) - int(b.instrument) })
	m := &event.Market{Time: st.at, Received: now}
	l.gate.rotate()
	for i := range st.rows {
		t := &st.rows[i]
		before, n := *l.countOf(&t.row), len(m.Bars)
		m.Bars = l.gate.pass(t.source.gate, &t.row, st.at, m.Bars)
		if len(m.Bars) > n {
			l.by[t.instrument] = t.source.index
			l.newest[t.instrument].Store(st.at)
			l.remark(t)
		}
		l.noticed(t.source, &t.row, before)
	}
	if len(m.Bars) == 0 {
		return
	}
	m.Notes = l.gate.takeNotes(nil)
	l.reached, l.began = st.at, true
	l.cursor++
	m.Cursor = l.cursor
	l.lastClose.Store(st.at)
	l.lastBar.Store(now)
	l.deliver(m)
}

// remark notes that a bar is from a fallback.
func (l *Live) remark(t *told) {
	if t.source.index > 0 {
		l.gate.instruments[t.instrument].due.Flags |= feedFallback
		l.gate.pending = true
	}
}

// withholdFrom keeps back a row without a place in time.
func (l *Live) withholdFrom(s *liveSource, r *row, d event.Defect) {
	before := *l.countOf(r)
	l.gate.withholdUntimed(s.gate, r, d)
	l.noticed(s, r, before)
}

// countOf is where the gate counts a row.
func (l *Live) countOf(r *row) *Count {
	if r.instrument == instrumentNone {
		return &l.gate.unassigned
	}
	return &l.gate.instruments[r.instrument].count
}

// noticed tells the operator of a row that was kept back, if it was: before is its count until now.
func (l *Live) noticed(s *liveSource, r *row, before Count) {
	after := l.countOf(r)
	for d := range after.Found {
		if after.Found[d].Withheld == before.Found[d].Withheld {
			continue
		}
		l.withheld.Add(1)
		if n := after.Found[d].Withheld; logsAt(n) {
			l.log.Warn("bar withheld", "source", s.name, "bar", s.describe(r), "defect", event.Defect(d), "times", n)
		}
	}
}
