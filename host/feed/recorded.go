package feed

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/agenthost/agenthost/host/event"
)

// Recorded is a feed of recorded bars, opened by Open. One goroutine at a time may use it; Progress may
// be called from any.
type Recorded struct {
	name     string
	sources  []*source
	merge    merge
	gate     gate
	interval int64
	cursor   uint64
	failed   error

	pass, passes int
	first, last  int64 // close times delivered in any pass, unshifted
	reached      int64 // that delivered last in this pass
	delivered    bool
	weekly       bool // passes are shifted by whole weeks
}

// Next reads the next market into m, whose slices are reused: all bars that close at one time, in the
// order of the sources, and the gate's notes by instrument. A note's LastTime is the close of its
// instrument's last good bar, the one in this market included.
//
// It returns io.EOF at the end (Pending then has the notes that no market took along), or an error that
// says which file broke after which line; that error stays.
func (r *Recorded) Next(m *event.Market) error {
	m.Bars, m.Notes = m.Bars[:0], m.Notes[:0]
	for r.failed == nil {
		if len(r.merge) == 0 {
			r.failed = r.again()
			continue
		}
		// What comes too late for its market is withheld on the way to the next.
		at := max(r.merge[0].key, r.reached+1)
		if r.failed = r.gather(at, m); r.failed == nil && len(m.Bars) > 0 {
			r.finish(at, m)
			return nil
		}
	}
	m.Bars = m.Bars[:0]
	return r.failed
}

// TimeIsOpen tells that the first source's time column holds the open, so that bars close later than
// the time that the file names.
func (r *Recorded) TimeIsOpen() bool { return r.sources[0].closeAfter > 0 }

// gather takes every row of one time, and those that are late for it, through the gate.
func (r *Recorded) gather(at int64, m *event.Market) error {
	r.gate.rotate()
	for len(r.merge) > 0 && r.merge[0].key <= at {
		s := r.merge[0]
		if r.reached < s.key && s.key < at && len(m.Bars) == 0 {
			return nil // nothing was delivered at this time: what lies before it is not late
		}
		m.Bars = r.gate.pass(s, &s.head, at, m.Bars)
		if err := s.advance(); err != nil {
			return fmt.Errorf("feed %s: %w", r.name, err)
		}
		r.merge.settle()
	}
	return nil
}

func (r *Recorded) finish(at int64, m *event.Market) {
	m.Notes = r.gate.takeNotes(m.Notes)
	m.Time = at + r.gate.shift
	m.Received = m.Time
	r.cursor++
	m.Cursor = r.cursor
	if !r.delivered {
		r.first, r.delivered = at, true
	}
	r.last, r.reached = at, at
}

// start begins a pass over all files.
func (r *Recorded) start() error {
	r.merge, r.reached = r.merge[:0], math.MinInt64
	for _, s := range r.sources {
		if err := s.begin(); err != nil {
			return fmt.Errorf("feed %s: %w", r.name, err)
		}
		if !s.ended {
			r.merge.add(s)
		}
	}
	return nil
}

// again begins the next repetition, shifted to follow the last; io.EOF after all of them.
func (r *Recorded) again() error {
	r.pass++
	if r.pass >= r.passes || !r.delivered {
		return io.EOF
	}
	step := r.last - r.first + max(r.interval, 1)
	if r.weekly {
		step = (step + 7*day - 1) / (7 * day) * (7 * day)
	}
	r.gate.shift += step
	if r.last > timeMax-r.gate.shift {
		return fmt.Errorf("feed %s: repetition %d of %d would reach beyond the year %d: repeat less often", r.name, r.pass+1, r.passes, yearMax)
	}
	for i := range r.gate.instruments {
		r.gate.instruments[i].resumed = true
	}
	for _, s := range r.sources {
		if err := s.content.rewind(); err != nil {
			return fmt.Errorf("feed %s: %w", r.name, err)
		}
	}
	return r.start()
}

// Skip goes forward to just after the market of that cursor, for runs that are continued: what it skips
// is judged and counted like everything else. A cursor behind, or beyond the end of the data, is an
// error: the data is not what the run began with.
func (r *Recorded) Skip(cursor uint64) error {
	if cursor < r.cursor {
		return fmt.Errorf("feed %s: cannot go back from market %d to %d; open the feed anew", r.name, r.cursor, cursor)
	}
	var m event.Market
	for r.cursor < cursor {
		if err := r.Next(&m); errors.Is(err, io.EOF) {
			return fmt.Errorf("feed %s: the data ends with market %d, but the run had come to %d: it is not the data the run began with", r.name, r.cursor, cursor)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Pending appends the notes that no market has taken along yet: after io.EOF, what was found behind the
// last bar. It does not take them away.
func (r *Recorded) Pending(notes []event.FeedNote) []event.FeedNote {
	for i := range r.gate.instruments {
		p := r.gate.instruments[i]
		join(&p.due, &p.later)
		if p.due.Flags != 0 {
			notes = append(notes, p.noted(uint32(i)))
		}
	}
	return notes
}

// Counts tells what the gate did, by instrument in the order of Config.Instruments (also for those
// without a row), and last, without a name, of rows that were no instrument's, if there were any.
func (r *Recorded) Counts() []Count {
	counts := make([]Count, 0, len(r.gate.instruments)+1)
	for i := range r.gate.instruments {
		counts = append(counts, r.gate.instruments[i].count)
	}
	if u := &r.gate.unassigned; u.Ignored > 0 || u.Withheld() > 0 {
		counts = append(counts, *u)
	}
	return counts
}

// Progress is how many bytes of the files, as they lie on disk, have been read in all repetitions, and
// how many there are. Reading runs ahead of what Next has delivered by a buffer per file.
func (r *Recorded) Progress() (done, total int64) {
	for _, s := range r.sources {
		size := s.content.size
		if size > math.MaxInt64/int64(r.passes)/int64(len(r.sources)) {
			size = math.MaxInt64 / int64(r.passes) / int64(len(r.sources))
		}
		done += min(s.content.taken.Load(), size*int64(r.passes))
		total += size * int64(r.passes)
	}
	return done, total
}

// Interval is the length of a bar in nanoseconds, as declared or found; 0 where it could not be found.
func (r *Recorded) Interval() int64 { return r.interval }

// Close closes the files. Next fails from then on; a second Close does nothing.
func (r *Recorded) Close() error {
	var errs []error
	if r.failed == errClosed {
		return nil
	}
	for _, s := range r.sources {
		errs = append(errs, s.content.close())
	}
	r.failed = errClosed
	return errors.Join(errs...)
}

var errClosed = errors.New("feed is closed")
