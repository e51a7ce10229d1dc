package host

import (
	"strconv"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

// CheckFeeds opens every feed as a run would and adds what is wrong to the diagnostics.
func CheckFeeds(c *config.Config) {
	for i := range c.Feeds {
		f := &c.Feeds[i]
		var instruments []event.Instrument
		for k := range c.Instruments {
			if !f.Provides(c.Instruments[k].Name) {
				continue
			}
			if in, err := instrumentOf(&c.Instruments[k], ""); err == nil {
				instruments = append(instruments, in)
			}
		}
		from := feedOf(f, instruments)
		if len(from.Sources) == 0 {
			continue // its absence is diagnosed already
		}
		opened, err := feed.Open(from)
		if err != nil {
			c.Diagnose(f.Range, "Data cannot be read", err.Error())
			continue
		}
		if err := opened.Close(); err != nil {
			c.Diagnose(f.Range, "Data cannot be read", err.Error())
		}
	}
}

// feedOf is a feed as far as it concerns the given instruments.
func feedOf(f *config.Feed, instruments []event.Instrument) feed.Config {
	c := feed.Config{Name: f.Name, Instruments: instruments, Interval: f.Interval, From: f.From, To: f.To}
	c.Quality.OHLC, _ = feed.ParseOHLC(f.Quality.OHLC)             // config admits only these words
	c.Quality.Calendar, _ = feed.ParseCalendar(f.Quality.Calendar) // and these
	for i := range f.Sources {
		s := &f.Sources[i]
		if indexOf(instruments, s.Instrument) < 0 {
			continue
		}
		for _, path := range s.Files {
			c.Sources = append(c.Sources, sourceOf(s, path))
		}
	}
	return c
}

func sourceOf(s *config.FeedSource, path string) feed.Source {
	timeIs, _ := feed.ParseTimeIs(s.TimeIs) // config admits only its words
	out := feed.Source{
		TimeIs: timeIs, SymbolColumn: columnOf(s.Columns.Symbol), Symbol: s.Symbol, Path: path, Instrument: s.Instrument, Location: s.Timezone, Separator: s.Separator, TimeFormat: s.TimeFormat,
		Columns: feed.Columns{
			Time: columnOf(s.Columns.Time), Open: columnOf(s.Columns.Open), High: columnOf(s.Columns.High),
			Low: columnOf(s.Columns.Low), Close: columnOf(s.Columns.Close), Volume: columnOf(s.Columns.Volume),
		},
	}
	if out.TimeFormat == "auto" {
		out.TimeFormat = ""
	}
	if s.Written("header") {
		header := s.Header
		out.Header = &header
	}
	return out
}

func columnOf(c config.Column) string {
	if c.Index > 0 {
		return strconv.Itoa(c.Index)
	}
	return c.Name
}
