package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/agenthost/agenthost/host/event"
)

// beyondMax is how many rows in a row must lie at or after Config.To before the rest of a file is left
// unread: a single wrong date must not end it.
const beyondMax = 64

// patience is how many intervals a row may lie after the one before it and be believed without a look
// at the next.
const patience = 1000

// source reads one file row by row and gives the merge one row at a time.
type source struct {
	index   int // in Config.Sources: of one time, the lower goes first
	config  *Source
	content *content
	lines   *lines
	layout  *layout
	fields  fields
	gate    *gate

	// instrument is the only one of the file, or instrumentNone where rows say it.
	instrument uint32
	symbol     []byte            // with a symbol column: only rows of this symbol; nil for all
	symbols    map[string]uint32 // instrument by symbol
	calendar   calendar
	// earliest is the first time among the first rows, as the file has it.
	earliest int64
	// closeAfter is what a time in the file lacks to be the close time.
	closeAfter int64
	from, to   int64
	inRange    bool // the last time read lies between from and to
	beyond     int

	// head is the row that the merge sees, key its place in time.
	head row
	key  int64
	// ahead is the row after head, where it was needed to place head.
	ahead    row
	hasAhead bool
	ended    bool
}

// begin goes (back) to the first row.
func (s *source) begin() error {
	s.lines.reset()
	s.key, s.hasAhead, s.ended, s.beyond = s.earliest+s.closeAfter, false, false, 0
	s.inRange = s.from == 0
	if s.layout.header {
		for {
			line, err := s.lines.next()
			if err != nil {
				return s.broken(err)
			}
			if !isBlank(line) {
				break
			}
		}
	}
	return s.advance()
}

// advance puts the next row in head, or sets ended.
func (s *source) advance() error {
	if err := s.fetch(&s.head); err != nil || s.ended {
		return err
	}
	key := s.head.time
	if s.head.defect != event.DefectNone || s.isFar(key) {
		if err := s.fetch(&s.ahead); err != nil {
			return err
		}
		s.hasAhead, s.ended = !s.ended, false
		key = s.place(key)
	}
	s.key = key
	return nil
}

// isFar says that a time lies so many intervals after the row before that it may be wrong.
func (s *source) isFar(at int64) bool { return (at-s.key)/patience > s.calendar.interval }

// place says when a row is told whose time may be wrong: it must not hold up the rows after it until
// that time comes, nor make them late. A row that is good but for a leap in time is withheld if the next
// row takes the leap back.
func (s *source) place(key int64) int64 {
	takenBack := s.hasAhead && s.ahead.time < key
	if s.head.defect == event.DefectNone {
		if !takenBack || s.isFar(s.ahead.time) || s.calendar.interval == 0 {
			return key
		}
		s.head.defect = event.DefectTimeBack
	}
	if takenBack {
		key = s.ahead.time
	}
	if s.isFar(key) {
		s.head.unplaced = true
		return s.key
	}
	return key
}

// fetch gives the next row that has a time, or sets ended. What has none is told with the next market.
func (s *source) fetch(r *row) error {
	for {
		if s.hasAhead {
			*r, s.hasAhead = s.ahead, false
			return nil
		}
		err := s.read(r)
		if err == io.EOF {
			s.ended = true
			return nil
		}
		if err != nil {
			return s.broken(err)
		}
		if r.timed {
			return nil
		}
		s.gate.withholdUntimed(s, r, event.DefectNotANumber)
	}
}

// read gives the next row of this source, good or bad.
func (s *source) read(r *row) error {
	for s.beyond < beyondMax {
		line, err := s.lines.next()
		if err != nil && !errors.Is(err, errLineLong) {
			return err
		}
		if isBlank(line) {
			continue
		}
		if s.parse(line, r, err == nil) {
			return nil
		}
	}
	return io.EOF
}

// parse reads a line. It returns false for rows that are not this source's, or out of bounds.
func (s *source) parse(line []byte, r *row, whole bool) bool {
	s.fields.cut(line)
	*r = row{line: s.lines.number, instrument: s.instrument, defect: event.DefectNotANumber}
	if s.layout.column[roleSymbol] >= 0 && !s.mine(line, r) {
		return false
	}
	if !whole || s.fields.count != s.layout.fields {
		return s.inRange
	}
	at, ok := s.layout.stamp.parse(s.fields.field(line, s.layout.column[roleTime]))
	if !ok {
		return s.inRange
	}
	r.time, r.timed = at+s.closeAfter, true
	if !s.within(r.time) {
		return false
	}
	if r.instrument != instrumentNone && s.parseNumbers(line, r) {
		r.defect = r.judge()
	}
	if r.defect == event.DefectContradiction && s.gate.ohlc == Flag {
		r.defect, r.flagged = event.DefectNone, true
	}
	return true
}

// within says whether a time lies between From and To.
func (s *source) within(at int64) bool {
	if s.from == 0 && s.to == 0 {
		return true
	}
	if s.to != 0 && at >= s.to {
		s.beyond++
		s.inRange = false
		return false
	}
	s.beyond = 0
	s.inRange = s.from == 0 || at >= s.from
	return s.inRange
}

// mine finds the row's instrument by its symbol. Rows too short to have one stay without.
func (s *source) mine(line []byte, r *row) bool {
	column := s.layout.column[roleSymbol]
	if column >= s.fields.count {
		return true
	}
	symbol := s.fields.field(line, column)
	if s.symbol != nil {
		return bytes.Equal(symbol, s.symbol)
	}
	instrument, known := s.symbols[string(symbol)]
	if !known {
		s.gate.unassigned.Ignored++
		return false
	}
	r.instrument = instrument
	return true
}

// parseNumbers reads prices and volume; false where one is not a number.
func (s *source) parseNumbers(line []byte, r *row) bool {
	instrument := &s.gate.instruments[r.instrument]
	for i := range r.prices {
		v, exact, ok := parseNumber(s.fields.field(line, s.layout.column[i]), instrument.priceDecimals)
		if !ok {
			return false
		}
		r.prices[i] = v
		r.priceRounded = r.priceRounded || !exact
	}
	if s.layout.column[roleVolume] < 0 {
		return true
	}
	v, exact, ok := parseNumber(s.fields.field(line, s.layout.column[roleVolume]), instrument.quantityDecimals)
	r.volume, r.volumeRounded = v, !exact
	return ok
}

// broken says where reading failed.
func (s *source) broken(err error) error {
	return fmt.Errorf("read %s after line %d: %w", s.config.Path, s.lines.number, err)
}
