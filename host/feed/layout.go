package feed

import (
	"bytes"
	"fmt"
	"strings"
)

// layout is where and how one file writes its fields, after all that was left open has been found.
type layout struct {
	separator byte
	header    bool
	// fields is how many a row has; column gives each role's, from 0, or -1.
	fields int
	column [roles]int
	stamp  timestamp
	// opens says that the time column's name makes it the open time.
	opens bool
}

// finder finds the layout of one source and collects what is wrong.
type finder struct {
	source   *Source
	sample   *sample
	names    []string // the header's, as written; nil without header
	layout   layout
	mistakes []*Mistake
}

// findLayout resolves a source's settings against the beginning of its file.
func findLayout(source *Source, s *sample) (*layout, []*Mistake) {
	f := &finder{source: source, sample: s}
	f.layout.stamp = newTimestamp(source.TimeFormat, source.Location)
	f.separate()
	if len(f.mistakes) == 0 {
		f.findHeader()
		f.findColumns()
	}
	if len(f.mistakes) == 0 {
		f.findTime()
		f.tryNumbers()
	}
	return &f.layout, f.mistakes
}

func (f *finder) wrong(line, column int, found, hint string) {
	f.mistakes = append(f.mistakes, &Mistake{Path: f.source.Path, Line: line, Column: column, Found: found, Hint: hint})
}

// separate finds the separator in the first row.
func (f *finder) separate() {
	if r := f.source.Separator; r != 0 {
		if r > 126 || (r < ' ' && r != '\t') || r == '"' || r == '.' || r == '-' || (r >= '0' && r <= '9') {
			f.wrong(0, 0, fmt.Sprintf("separator is %q", r), "it must be one ASCII character that is no part of a number: comma, semicolon, tab, bar or space")
		}
		f.layout.separator = byte(r)
		return
	}
	first, most := f.sample.rows[0], 0
	for _, c := range []byte(",;\t") {
		if n := bytes.Count(first.text, []byte{c}); n > most {
			f.layout.separator, most = c, n
		}
	}
	if most == 0 {
		f.wrong(first.number, 0, fmt.Sprintf("%q has no comma, semicolon or tab", excerpt(first.text)), "set the separator")
	}
}

// cut gives a row's fields as strings.
func (f *finder) cut(r sampleRow) []string {
	var places fields
	places.separator = f.layout.separator
	places.cut(r.text)
	all := make([]string, 0, places.count)
	for i := range min(places.count, fieldsMax) {
		all = append(all, string(places.field(r.text, i)))
	}
	return all
}

func (f *finder) findHeader() {
	first := f.cut(f.sample.rows[0])
	if f.source.Header != nil {
		f.layout.header = *f.source.Header
	} else {
		f.layout.header = looksLikeHeader(first)
	}
	if f.layout.header {
		f.names = first
		f.layout.fields = len(first)
	} else {
		f.layout.fields = f.commonFields()
	}
	line := f.sample.rows[0].number
	switch n := len(f.layout.data(f.sample)); {
	case n == 0:
		f.wrong(line, 0, "there is a header, but no row after it", "a feed needs at least one bar")
	case f.layout.fields >= fieldsMax:
		f.wrong(line, 0, fmt.Sprintf("has %d columns or more", fieldsMax), "at most 255 are read; cut the file to the columns of its bars")
	case f.rowsFitting() == 0:
		f.wrong(line, 0, fmt.Sprintf("the header has %d fields, but none of the first %d rows has as many", f.layout.fields, n), "make the header name every column, or leave it out and give the columns' numbers")
	}
}

// looksLikeHeader: a row of bars has a number or a time somewhere.
func looksLikeHeader(names []string) bool {
	for _, name := range names {
		t := newTimestamp("", nil)
		if _, _, ok := parseNumber([]byte(name), 0); ok || t.detect([]byte(name)) {
			return false
		}
	}
	return true
}

// commonFields is how many fields most rows have.
func (f *finder) commonFields() int {
	counts := map[int64]int{}
	for _, r := range f.sample.rows {
		counts[int64(len(f.cut(r)))]++
	}
	return int(commonest(counts))
}

func (f *finder) rowsFitting() int {
	n := 0
	for _, r := range f.layout.data(f.sample) {
		if len(f.cut(r)) == f.layout.fields {
			n++
		}
	}
	return n
}

// data leaves the header out.
func (l *layout) data(s *sample) []sampleRow {
	if l.header {
		return s.rows[1:]
	}
	return s.rows
}

// findTime takes the form of the first time that has one, and makes sure that a declared one fits.
func (f *finder) findTime() {
	column := f.layout.column[roleTime]
	var first sampleRow
	var value string
	for _, r := range f.layout.data(f.sample) {
		values := f.cut(r)
		if len(values) != f.layout.fields {
			continue
		}
		text := []byte(values[column])
		if f.layout.stamp.form == formNone && f.layout.stamp.detect(text) {
			return
		}
		if _, ok := f.layout.stamp.parse(text); ok {
			return
		}
		if first.number == 0 {
			first, value = r, values[column]
		}
	}
	if f.source.TimeFormat != "" {
		f.wrong(first.number, column+1, fmt.Sprintf("time is %q, which is not of the format %q", value, f.source.TimeFormat), "change time_format, or leave it out to have it found")
		return
	}
	f.wrong(first.number, column+1, fmt.Sprintf("%q is not a time that is known", value),
		`set time_format to a layout such as "01/02/2006 15:04" (Go's reference time) or to unix, unix_ms, unix_us or unix_ns, or declare another column`)
}

// tryNumbers refuses a column that holds words in every row: it is the wrong one, or writes numbers in
// a way that is not read. Empty fields and NaN are data, and left to the gate.
func (f *finder) tryNumbers() {
	for r := roleOpen; r <= roleVolume; r++ {
		column := f.layout.column[r]
		if column < 0 {
			continue
		}
		var first sampleRow
		var value string
		for _, row := range f.layout.data(f.sample) {
			values := f.cut(row)
			if len(values) != f.layout.fields {
				continue
			}
			if !isWord(values[column]) {
				first.number = 0
				break
			}
			if first.number == 0 {
				first, value = row, values[column]
			}
		}
		if first.number != 0 {
			f.wrong(first.number, column+1, fmt.Sprintf("%s is %q, not a number, and so in every row looked at", roleNames[r], value),
				"declare another column, or write numbers with a decimal point and nothing between thousands")
		}
	}
}

// isWord says that a field is neither a number nor one of the ways to write that there is none.
func isWord(s string) bool {
	if _, _, ok := parseNumber([]byte(s), 0); ok {
		return false
	}
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "", "nan", "null", "none", "na", "n/a", "inf", "infinity", "#n/a", ".":
		return false
	}
	return true
}

// excerpt keeps errors short.
func excerpt(s []byte) string {
	if len(s) > 60 {
		return string(s[:60]) + "…"
	}
	return string(s)
}
