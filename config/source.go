package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// FeedSource is the data of one instrument and how to read it. What a source block leaves out, it takes
// from its feed.
type FeedSource struct {
	Source
	Instrument string
	// Symbol is what the file's symbol column calls the instrument; empty means by its own name. It
	// counts only where Columns.Symbol is declared.
	Symbol string
	// Files are absolute paths, read one after the other; gzip and Zstandard are unpacked.
	Files []string
	// Header says whether the first line names the columns, if it is Written; else the feed looks.
	Header bool
	// Separator parts the fields; 0 means that the feed looks.
	Separator rune
	// TimeFormat is "auto", "unix", "unix_ms", "unix_us", "unix_ns" or a layout of Go's package time.
	TimeFormat string
	// TimeIs says what a line's time is: the bar's "open" or its "close". It is the same for all of a
	// feed. Empty means the open if the column's name begins so, else the close.
	TimeIs string
	// Timezone is that of times that carry none.
	Timezone *time.Location
	Columns  Columns
}

// Columns says where a bar's fields are.
type Columns struct {
	Source
	Time, Open, High, Low, Close, Volume Column
	// Symbol tells rows of several instruments apart; not declared, the file is of one.
	Symbol Column
}

// Column is a column by header or by place. The zero Column is not declared: the feed finds it by the
// usual names, and without a header by the usual order (time, open, high, low, close, volume). A volume
// named "-" is none at all.
type Column struct {
	// Named says that Name counts, which may be empty: the column with an empty header.
	Named bool
	Name  string
	// Index is the place, from 1; 0 where it is named or not declared.
	Index int
}

// Declared reports whether the file says where the column is.
func (c Column) Declared() bool { return c.Named || c.Index > 0 }

// DefaultFeedSource looks at the first lines of a file to see how it is written.
func DefaultFeedSource() FeedSource {
	return FeedSource{Header: true, TimeFormat: "auto", Timezone: time.UTC}
}

func sourceBlock() *block[FeedSource] {
	return &block[FeedSource]{
		name: "source", labels: []string{"INSTRUMENT"},
		says:     "The files of one instrument. What it leaves out, it takes from its feed.",
		defaults: DefaultFeedSource, source: func(s *FeedSource) *Source { return &s.Source },
		identify: func(s *FeedSource) string { return s.Instrument },
		fields:   formatFields(func(s *FeedSource) *FeedSource { return s }),
		children: []child[FeedSource]{one(columnsBlock(), func(s *FeedSource) *Columns { return &s.Columns })},
		check: func(p *place, s *FeedSource) {
			p.either("file", "files")
			if p.lacks("file", "files") {
				p.fail(p.header, "Missing attribute", "%s needs file = \"…\" or files = [\"…\"].", p.title)
			}
		},
	}
}

// sourceChild reads each source block over the feed's format.
func sourceChild() child[Feed] {
	b := sourceBlock()
	return child[Feed]{
		name: "source", many: true, describe: b.describe,
		dump: func(c *canon, f *Feed) {
			for i := range f.Sources {
				b.dump(c, &f.Sources[i])
			}
		},
		read: func(p *place, x *hclsyntax.Block, f *Feed) {
			s := f.format
			named := p.labels(x, `"INSTRUMENT"`) && p.nameRule(x, 0, instrumentRule)
			if named {
				s.Instrument = x.Labels[0]
				f.checkTwice(p, x)
			}
			s.Files = nil
			b.read(p.inner(x), &s)
			s.inherit(f)
			if named {
				f.Sources = append(f.Sources, s)
			}
		},
	}
}

func (f *Feed) checkTwice(p *place, x *hclsyntax.Block) {
	for i := range f.Sources {
		if f.Sources[i].Instrument == x.Labels[0] {
			p.fail(rangeOf(x.DefRange()), "Duplicate block", "%s has a source %q already, at %s. List several files in one: files = [\"…\", \"…\"].", p.title, x.Labels[0], f.Sources[i].Range)
		}
	}
}

// checkColumns refuses names where there are none.
func (s *FeedSource) checkColumns(p *place) {
	if s.Header {
		return
	}
	for i, c := range []Column{s.Columns.Time, s.Columns.Open, s.Columns.High, s.Columns.Low, s.Columns.Close, s.Columns.Volume, s.Columns.Symbol} {
		if name := columnNames[i]; c.Named && !(name == "volume" && c.Name == "-") {
			p.fail(s.Columns.At(name), "Settings that contradict", "The column %s is named %q, and header = false says that there are no names. Write its place, from 1.", name, c.Name)
		}
	}
}

// inherit makes what a source takes from its feed count as written, where it is written.
func (s *FeedSource) inherit(f *Feed) {
	for _, name := range []string{"header", "separator", "time_format", "timezone"} {
		if r, ok := f.attributes[name]; ok && !s.Written(name) {
			s.attributes[name] = r
		}
	}
}

// formatFields are the attributes that a feed and its sources share.
func formatFields[T any](at func(*T) *FeedSource) []field[T] {
	return []field[T]{
		onePath("file", func(t *T) *[]string { return &at(t).Files }, "The file.").like(`"GOOG.csv"`),
		paths("files", func(t *T) *[]string { return &at(t).Files }, "The files, read one after the other.").like(`["2021.csv.gz", "2022.csv.gz"]`),
		text("symbol", func(t *T) *string { return &at(t).Symbol }, anyText, "What the symbol column calls the instrument.").like(`"GOOG"`).defaults("the instrument's name"),
		boolean("header", func(t *T) *bool { return &at(t).Header }, "Whether the first line names the columns.").defaults("found: it does if it holds no number"),
		parsed("separator", "separator", func(t *T) *rune { return &at(t).Separator }, parseSeparator, showRune, "The character between two fields.", ";").defaults("found: comma, semicolon or tab"),
		text("time_format", func(t *T) *string { return &at(t).TimeFormat }, timeFormatRule,
			`How times are written: "auto" (found: dates, "2006-01-02 15:04:05.000000", RFC 3339, Unix times), "unix", "unix_ms", "unix_us", "unix_ns", or a layout of Go's package time.`).like(`"02.01.2006 15:04"`),
		parsed("timezone", "timezone", func(t *T) **time.Location { return &at(t).Timezone }, parseTimezone, (*time.Location).String, "The zone of times that carry none, as in the IANA's list.", "America/New_York"),
	}
}

func columnsBlock() *block[Columns] {
	return &block[Columns]{
		name:     "columns",
		says:     "Where a bar's fields are: a header in quotes (\"\" is the column without a name), or a place from 1. A volume of \"-\" says that there is none. What is not written is found by the usual names, or without a header by the order time, open, high, low, close, volume.",
		defaults: func() Columns { return Columns{} }, source: func(c *Columns) *Source { return &c.Source },
		fields: []field[Columns]{
			column("time", func(c *Columns) *Column { return &c.Time }),
			column("open", func(c *Columns) *Column { return &c.Open }),
			column("high", func(c *Columns) *Column { return &c.High }),
			column("low", func(c *Columns) *Column { return &c.Low }),
			column("close", func(c *Columns) *Column { return &c.Close }),
			column("volume", func(c *Columns) *Column { return &c.Volume }),
			symbolColumn(),
		},
	}
}

// symbolColumn is never found by itself: a file is of one instrument unless it is said to be of several.
func symbolColumn() field[Columns] {
	f := column("symbol", func(c *Columns) *Column { return &c.Symbol })
	f.says = "The column that names each row's instrument, in a file of several. Only the rows of the source's symbol are read."
	f.defaultText = "none: the file is of one instrument"
	f.example = quotedExample("symbol", "Ticker")
	return f
}

var columnNames = []string{"time", "open", "high", "low", "close", "volume", "symbol"}

const columnsMax = 10_000

func column(name string, get func(*Columns) *Column) field[Columns] {
	return field[Columns]{
		name: name, kind: "column", says: "The column of the bar's " + name + ".", example: quotedExample(name, strings.ToUpper(name[:1])+name[1:]),
		defaultText: "found",
		show:        func(c *Columns) string { return get(c).String() },
		read: func(v value, c *Columns) {
			if v.Type() == cty.String {
				*get(c) = Column{Named: true, Name: v.AsString()}
				return
			}
			if n, ok := v.decimal("a column's header in quotes, or its place", 0); ok && v.between(n, 0, 1, columnsMax) {
				*get(c) = Column{Index: int(n)}
			}
		},
	}
}

// String is the column as it would be written.
func (c Column) String() string {
	switch {
	case c.Named:
		return fmt.Sprintf("%q", c.Name)
	case c.Index > 0:
		return fmt.Sprint(c.Index)
	}
	return ""
}

func showRune(c rune) string {
	if c == 0 {
		return ""
	}
	return string(c)
}

func parseSeparator(s string) (rune, error) {
	c, size := utf8.DecodeRuneInString(s)
	if size != len(s) || size == 0 || c == utf8.RuneError || strings.ContainsRune("\"\r\n.-", c) || c >= '0' && c <= '9' {
		return 0, errors.New("is not one character that could stand between fields")
	}
	return c, nil
}

func parseTimezone(s string) (*time.Location, error) {
	if s == "Local" || s == "" { // it would mean another thing on each machine
		return nil, errors.New("is no zone by itself")
	}
	zone, err := time.LoadLocation(s)
	if err != nil {
		return nil, errors.New("is not in the list of zones")
	}
	return zone, nil
}

var timeFormats = []string{"auto", "unix", "unix_ms", "unix_us", "unix_ns"}

// timeFormatRule holds a layout against a date: what it writes, it must read back.
func timeFormatRule(s string) string {
	for _, known := range timeFormats {
		if s == known {
			return ""
		}
	}
	if strings.ContainsRune(s, '%') || strings.Contains(strings.ToLower(s), "yyyy") {
		return "a layout shows how Go's reference time is written, 2006-01-02 15:04:05."
	}
	const probe = "2021-11-23"
	want, err := time.Parse(time.DateOnly, probe)
	if err != nil {
		return err.Error()
	}
	got, err := time.Parse(s, want.Format(s))
	if err != nil || got.Format(time.DateOnly) != probe {
		return "neither one of " + quotedList(timeFormats, "or") + " nor a layout with year, month and day of Go's reference time, 2006-01-02 15:04:05."
	}
	return ""
}
