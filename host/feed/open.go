package feed

import (
	"errors"
	"fmt"
	"time"
)

// intervalMax keeps open times within what an int64 holds.
const intervalMax = 366 * 24 * time.Hour

// opener opens the sources of a configuration and collects every mistake.
type opener struct {
	config   Config
	index    map[string]uint32
	sources  []*source
	spacings []spacing
	mistakes []*Mistake
	interval int64
}

// Open opens every file, finds what the configuration leaves open, and reports all mistakes at once
// (see Mistakes). The caller closes what it returns.
func Open(c Config) (*Recorded, error) {
	o := &opener{config: c}
	if err := o.open(); err != nil {
		return nil, err
	}
	r := o.recorded()
	if err := r.start(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (o *opener) open() error {
	o.checkSettings()
	for i := range o.config.Sources {
		if s, sp := o.openSource(i); s != nil {
			o.sources = append(o.sources, s)
			o.spacings = append(o.spacings, sp)
		}
	}
	o.settleInterval()
	o.settleTimes()
	if len(o.mistakes) == 0 {
		return nil
	}
	var errs []error
	for _, m := range o.mistakes {
		m.Feed = o.config.Name
		errs = append(errs, m)
	}
	for _, s := range o.sources {
		errs = append(errs, s.content.close())
	}
	return errors.Join(errs...)
}

func (o *opener) wrong(source int, found, hint string) {
	m := &Mistake{Source: source, Found: found, Hint: hint}
	if source >= 0 {
		m.Path = o.config.Sources[source].Path
	}
	o.mistakes = append(o.mistakes, m)
}

// checkSettings judges what needs no file.
func (o *opener) checkSettings() {
	c := &o.config
	o.index = make(map[string]uint32, len(c.Instruments))
	for i := range c.Instruments {
		in := &c.Instruments[i]
		if err := in.Validate(); err != nil {
			o.wrong(-1, err.Error(), "")
		}
		if _, twice := o.index[in.Name]; twice {
			o.wrong(-1, fmt.Sprintf("two instruments are called %q", in.Name), "an instrument's name is unique")
		}
		o.index[in.Name] = uint32(i)
	}
	for _, check := range []struct {
		wrong       bool
		found, hint string
	}{
		{len(c.Sources) == 0, "has no source", "name at least one file"},
		{len(c.Instruments) == 0, "has no instrument", "name at least one"},
		{c.Interval < 0 || c.Interval > intervalMax, fmt.Sprintf("interval is %v", c.Interval), "it lies between 0 (found in the data) and 366 days"},
		{c.From != 0 && c.To != 0 && c.From >= c.To, fmt.Sprintf("from (%s) is not before to (%s)", showTime(c.From), showTime(c.To)), "bars with from ≤ close < to are read"},
		{c.Repeat < 0, fmt.Sprintf("repeat is %d", c.Repeat), "it is 1 or more"},
		{c.TimeIs > TimeIsOpen, fmt.Sprintf("time is %v", c.TimeIs), "it is the open or the close"},
		{c.Quality.OHLC > Flag, fmt.Sprintf("ohlc is %v", c.Quality.OHLC), "it is quarantine or flag"},
		{c.Quality.Calendar > GapsExpected, fmt.Sprintf("calendar is %v", c.Quality.Calendar), "it is always, weekdays or gaps_expected"},
	} {
		if check.wrong {
			o.wrong(-1, check.found, check.hint)
		}
	}
}

func showTime(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// openSource opens one file and finds its layout; nil if it cannot be used.
func (o *opener) openSource(i int) (*source, spacing) {
	before := len(o.mistakes)
	c := &o.config.Sources[i]
	s := &source{index: i, config: c, instrument: instrumentNone}
	o.assign(i, s)
	var sp spacing
	err := o.inspect(s, &sp)
	mistakes := Mistakes(err)
	if err != nil && len(mistakes) == 0 {
		mistakes = []*Mistake{{Found: "cannot be read", Cause: err}}
	}
	for _, m := range mistakes {
		m.Source, m.Path = i, c.Path
		o.mistakes = append(o.mistakes, m)
	}
	if len(o.mistakes) == before {
		return s, sp
	}
	if s.content != nil {
		if err := s.content.close(); err != nil {
			o.mistakes = append(o.mistakes, &Mistake{Source: i, Path: c.Path, Found: "cannot be closed", Cause: err})
		}
	}
	return nil, sp
}

// assign says which rows are whose.
func (o *opener) assign(i int, s *source) {
	c := s.config
	if c.TimeIs > TimeIsOpen {
		o.wrong(i, fmt.Sprintf("time is %v", c.TimeIs), "it is the open or the close")
	}
	if c.Instrument == "" && c.SymbolColumn == "" {
		o.wrong(i, "has neither an instrument nor a symbol column", "say whose bars these are")
		return
	}
	if c.Symbol != "" && (c.Instrument == "" || c.SymbolColumn == "") {
		o.wrong(i, fmt.Sprintf("has symbol %q without both an instrument and a symbol column", c.Symbol), "the symbol is what the column calls the instrument")
	}
	if c.Instrument == "" {
		s.symbols = o.index
		return
	}
	index, known := o.index[c.Instrument]
	if !known {
		o.wrong(i, fmt.Sprintf("is of instrument %q, which the feed does not have", c.Instrument), "the feed has "+o.instrumentNames())
		return
	}
	s.instrument = index
	if c.SymbolColumn != "" {
		s.symbol = []byte(c.Instrument)
		if c.Symbol != "" {
			s.symbol = []byte(c.Symbol)
		}
	}
}

func (o *opener) instrumentNames() string {
	var names []string
	for i := range o.config.Instruments {
		names = append(names, o.config.Instruments[i].Name)
	}
	return quoted(names)
}

// inspect reads the beginning of a file.
func (o *opener) inspect(s *source, sp *spacing) error {
	var err error
	if s.content, err = openContent(s.config.Path); err != nil {
		return err
	}
	s.lines = newLines(s.content)
	beginning, err := readSample(s.lines)
	if err != nil {
		return err
	}
	found, mistakes := findLayout(s.config, beginning)
	if len(mistakes) > 0 {
		var errs []error
		for _, m := range mistakes {
			errs = append(errs, m)
		}
		return errors.Join(errs...)
	}
	s.layout = found
	s.fields.separator = found.separator
	*sp = spaceRows(beginning, found)
	s.earliest = sp.earliest
	s.content.taken.Store(0) // Progress begins with the first pass
	if err := s.content.rewind(); err != nil {
		return &Mistake{Found: "cannot be read", Cause: err}
	}
	return nil
}

// settleInterval finds the length of a bar where it is not declared.
func (o *opener) settleInterval() {
	declared := int64(o.config.Interval)
	o.interval = declared
	from := -1
	for i, s := range o.sources {
		found := o.spacings[i].interval
		switch {
		case found == 0:
		case declared != 0 && found < declared:
			o.wrong(s.index, fmt.Sprintf("its rows lie %v apart, but interval is %v", time.Duration(found), o.config.Interval), "set interval to the length of a bar, or leave it out")
		case declared != 0:
		case from < 0:
			o.interval, from = found, s.index
		case found != o.interval:
			o.wrong(s.index, fmt.Sprintf("its rows lie %v apart, those of %s %v", time.Duration(found), o.config.Sources[from].Path, time.Duration(o.interval)),
				"a feed has bars of one length: make two feeds, or set interval if the rows of one only have gaps")
		}
	}
	if declared == 0 && o.interval > int64(intervalMax) {
		o.wrong(from, fmt.Sprintf("its rows lie %v apart", time.Duration(o.interval)), "bars are at most 366 days long: is the time column right?")
	}
}

// settleTimes says for each source which end of a bar its time is, and its calendar.
func (o *opener) settleTimes() {
	for i, s := range o.sources {
		is := s.config.TimeIs
		if is == TimeIsDefault {
			is = o.config.TimeIs
		}
		if is == TimeIsOpen || (is == TimeIsDefault && s.layout.opens) {
			s.closeAfter = o.interval
			if o.interval == 0 {
				o.wrong(s.index, "its times are open times, and its rows do not tell how long a bar is", "set interval")
			}
		}
		s.from, s.to = o.config.From, o.config.To
		s.calendar = newCalendar(o.config.Quality.Calendar, o.interval, s.layout.stamp.location, o.spacings[i].weekend)
	}
}

// recorded puts the parts together.
func (o *opener) recorded() *Recorded {
	r := &Recorded{name: o.config.Name, sources: o.sources, interval: o.interval, passes: max(1, o.config.Repeat)}
	r.gate = gate{ohlc: o.config.Quality.OHLC, interval: o.interval, instruments: make([]passage, len(o.config.Instruments))}
	for i := range o.config.Instruments {
		in := &o.config.Instruments[i]
		r.gate.instruments[i].priceDecimals, r.gate.instruments[i].quantityDecimals = in.PriceDecimals, in.QuantityDecimals
		r.gate.instruments[i].count.Instrument = in.Name
	}
	for _, s := range r.sources {
		s.gate = &r.gate
		r.weekly = r.weekly || s.calendar.kind == Weekdays
	}
	return r
}
