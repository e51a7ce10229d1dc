package config

import (
	"slices"
	"time"
)

// Feed is a source of market data.
type Feed struct {
	Source
	// Type is the first label ("csv"), Name the second.
	Type, Name string
	// Sources are the files by instrument, in the order written.
	Sources []FeedSource
	// Interval is the length of a bar. 0 means that the feed works it out from the bars.
	Interval time.Duration
	// From (inclusive) and To (exclusive) cut the data; 0 is no cut.
	From, To int64
	// Speed is how many times faster than the clock the data is played; 0 is as fast as it goes.
	Speed   int64
	Quality Quality
	// Live is set for feeds of type "live".
	Live *LiveFeed
	// Fallback are names of feeds that are asked in this order while this one is stale.
	Fallback []string

	// format is what sources take over, and the source that a feed of one instrument is itself.
	format FeedSource
}

// Recorded reports whether the feed plays what is over, at whatever speed.
func (f *Feed) Recorded() bool { return feedTypes[f.Type].recorded }

// Provides reports whether the feed has data of the instrument.
func (f *Feed) Provides(instrument string) bool {
	return slices.Contains(f.instruments(), instrument)
}

// instruments are those it has data of, in the order written.
func (f *Feed) instruments() []string {
	if f.Live != nil {
		return nameList(f.Live.Instruments, func(i *LiveInstrument) string { return i.Instrument })
	}
	return nameList(f.Sources, func(s *FeedSource) string { return s.Instrument })
}

// Quality says what becomes of bars that are not credible.
type Quality struct {
	Source
	// OHLC is "quarantine" or "flag": what is done with a bar whose prices contradict one another.
	OHLC string
	// Calendar is "always", "weekdays" or "gaps_expected": when a missing bar is a gap. Empty means
	// weekdays for daily bars without weekends, else always.
	Calendar string
}

// DefaultFeed plays everything as fast as it goes.
func DefaultFeed() Feed {
	return Feed{Type: "csv", Quality: DefaultQuality(), format: DefaultFeedSource()}
}

// DefaultQuality withholds what contradicts itself.
func DefaultQuality() Quality { return Quality{OHLC: "quarantine"} }

type feedType struct{ recorded bool }

// feedTypes are those this version has.
var feedTypes = map[string]feedType{"csv": {recorded: true}, "live": {}}

// feedNames are the types in the order in which they are told.
var feedNames = []string{"csv", "live"}

func feedBlock(typ string) *block[Feed] {
	if meantOr(typ, feedNames) == "live" {
		return liveBlock()
	}
	return csvBlock()
}

func csvBlock() *block[Feed] {
	format := func(f *Feed) *FeedSource { return &f.format }
	fields := []field[Feed]{
		instrumentName("instrument", func(f *Feed) *string { return &f.format.Instrument }, "The instrument of this feed's files, where it has one. For several there are source blocks."),
	}
	fields = append(fields, formatFields(format)...)
	for i := range fields {
		fields[i].unhashed = true // the hash has them with each source
	}
	fields = append(fields,
		oneOf("time_is", func(f *Feed) *string { return &f.format.TimeIs }, []string{"close", "open"}, "Which end of the bar a line's time is.").defaults(`"open" if the column's name begins with open, else "close"`),
		duration("interval", func(f *Feed) *time.Duration { return &f.Interval }, time.Millisecond, "The length of a bar.", "1d").defaults("found in the data"),
		moment("from", func(f *Feed) *int64 { return &f.From }, "Bars before this time are left out.", "2010-01-01").defaults("the first bar"),
		moment("to", func(f *Feed) *int64 { return &f.To }, "Bars at and after this time are left out.", "2011-01-01").defaults("the last bar"),
		parsed("speed", "speed", func(f *Feed) *int64 { return &f.Speed }, parseSpeed, formatSpeed, `How fast it is played: "max", or so many times faster than it happened.`, "60x").outside(),
	)
	return &block[Feed]{
		name: "feed", labels: []string{`"csv"`, "NAME"},
		says:     "Recorded bars from CSV files, plain or packed with gzip or Zstandard. Bars of several instruments are merged by time.",
		defaults: DefaultFeed, source: func(f *Feed) *Source { return &f.Source },
		identify: func(f *Feed) string { return f.Type + " " + f.Name },
		fields:   fields,
		children: []child[Feed]{
			one(columnsBlock(), func(f *Feed) *Columns { return &f.format.Columns }),
			sourceChild(),
			one(qualityBlock(), func(f *Feed) *Quality { return &f.Quality }),
		},
		check: checkFeed,
	}
}

func qualityBlock() *block[Quality] {
	return &block[Quality]{
		name: "quality", says: "What becomes of bars that are not credible. Bars without a number, with a price of zero or below, from the past or seen before are always withheld, counted and shown to the strategy as a flag.",
		defaults: DefaultQuality, source: func(q *Quality) *Source { return &q.Source },
		fields: []field[Quality]{
			oneOf("ohlc", func(q *Quality) *string { return &q.OHLC }, []string{"quarantine", "flag"}, "What is done with a bar whose high or low contradicts its other prices: it is withheld, or delivered with a flag."),
			oneOf("calendar", func(q *Quality) *string { return &q.Calendar }, []string{"always", "weekdays", "gaps_expected"}, "When a missing bar is a gap: at any time, from Monday to Friday, or never.").defaults(`"weekdays" for daily bars without weekends, else "always"`),
		},
	}
}

// moment is a date or a time in the feed's zone.
func moment(name string, get func(*Feed) *int64, says, example string) field[Feed] {
	return field[Feed]{
		name: name, kind: "time", says: says, example: quotedExample(name, example),
		show: func(f *Feed) string { return formatMoment(*get(f)) },
		read: func(v value, f *Feed) {
			s, ok := v.text()
			if !ok {
				return
			}
			ns, err := parseMoment(s, f.format.Timezone)
			if err != nil {
				v.fail("Not a time", "%s is %q, which %s. Write a date, %s, or a time such as \"2010-01-01 09:30:00\".", v.name, s, err, v.example)
				return
			}
			*get(f) = ns
		},
	}
}

func checkFeed(p *place, f *Feed) {
	if f.From != 0 && f.To != 0 && f.From >= f.To {
		p.fail(f.At("to"), "Settings that contradict", "to (%s) is not after from (%s): no bar is left.", formatMoment(f.To), formatMoment(f.From))
	}
	p.either("file", "files")
	if !p.hasBlock("source") {
		checkSingle(p)
	}
	for _, name := range []string{"instrument", "file", "files"} {
		if p.hasBlock("source") && p.has(name) {
			p.fail(f.At(name), "Settings that contradict", "%s is for a feed of one instrument, and there are source blocks. Put it into one of them.", name)
		}
	}
	f.addSingle()
	for i := range f.Sources {
		f.Sources[i].checkColumns(p)
	}
}

// checkSingle looks at a feed without source blocks, which must be one itself.
func checkSingle(p *place) {
	switch noInstrument, noFile := p.lacks("instrument"), p.lacks("file", "files"); {
	case noInstrument && noFile:
		p.fail(p.header, "Missing attribute", "%s needs data. Write, for example:\n  instrument = \"GOOG\"\n  file       = \"GOOG.csv\"\nor, for several instruments, a block for each:\n  source \"GOOG\" { file = \"GOOG.csv\" }", p.title)
	case noFile:
		p.fail(p.header, "Missing attribute", "%s has an instrument and no file. Write file = \"…\" or files = [\"…\"].", p.title)
	case noInstrument:
		p.fail(p.header, "Missing attribute", "%s has a file and does not say of which instrument. Write, for example, instrument = \"GOOG\".", p.title)
	}
}

// addSingle makes the feed's own attributes its one source.
func (f *Feed) addSingle() {
	if len(f.Sources) > 0 || f.format.Instrument == "" {
		return
	}
	s := f.format
	s.Source = f.Source
	f.Sources = []FeedSource{s}
}
