package config

import "fmt"

const (
	// MoneyDecimals is the scale of money: int64 in 10^-8 of its currency.
	MoneyDecimals = 8
	// FractionDecimals is the scale of fractions: int64 in 10^-8.
	FractionDecimals = 8
	// One is the fraction 1.0.
	One int64 = 100_000_000
	// DecimalsMax is the finest scale of an instrument's prices and quantities.
	DecimalsMax = 12
)

// Config is what a file or a folder says. Feeds, venues, instruments and agents keep the order in which
// they are written, files in the order of their names.
type Config struct {
	// Root is the folder of the file, or the folder itself, as an absolute path.
	Root        string
	Host        Host
	Feeds       []Feed
	Venues      []Venue
	Instruments []Instrument
	Agents      []Agent
	// Variables are the declared ones with the values they got.
	Variables []Variable
	// Hash is over every effective value that decides what a run does, defaults included. Where a run
	// is kept, how fast it goes and what is logged are left out, and paths count as they are written,
	// so the same configuration has the same hash on every machine.
	Hash [32]byte

	diagnostics *Diagnostics
}

// Source says where a block and its attributes are written.
type Source struct {
	// Range is the block's header. It is zero in a block that is not written and has only defaults.
	Range Range

	// attributes are the values' places; a list's elements are there as NAME[0] and so on.
	attributes map[string]Range
	// written are paths as they stand in the file, for the hash.
	written map[string]string
}

// At returns where an attribute's value is written, or the block's header where it is not. The elements
// of a list are called "feeds[0]" and so on.
func (s *Source) At(attribute string) Range {
	if r, ok := s.attributes[attribute]; ok {
		return r
	}
	return s.Range
}

// element is where the i-th element of a list is written, or what is nearest to it.
func (s *Source) element(attribute string, i int, otherwise Range) Range {
	for _, name := range []string{fmt.Sprintf("%s[%d]", attribute, i), attribute} {
		if r, ok := s.attributes[name]; ok {
			return r
		}
	}
	return otherwise
}

// Written reports whether the attribute is in the file; otherwise its value is the default.
func (s *Source) Written(attribute string) bool {
	_, ok := s.attributes[attribute]
	return ok
}

// Feed returns the feed of that name, or nil.
func (c *Config) Feed(name string) *Feed {
	for i := range c.Feeds {
		if c.Feeds[i].Name == name {
			return &c.Feeds[i]
		}
	}
	return nil
}

// Venue returns the venue of that name, or nil.
func (c *Config) Venue(name string) *Venue {
	for i := range c.Venues {
		if c.Venues[i].Name == name {
			return &c.Venues[i]
		}
	}
	return nil
}

// Instrument returns the instrument of that name, or nil.
func (c *Config) Instrument(name string) *Instrument {
	for i := range c.Instruments {
		if c.Instruments[i].Name == name {
			return &c.Instruments[i]
		}
	}
	return nil
}

// Agent returns the agent of that name, or nil.
func (c *Config) Agent(name string) *Agent {
	for i := range c.Agents {
		if c.Agents[i].Name == name {
			return &c.Agents[i]
		}
	}
	return nil
}

// Recorded reports whether a run of this configuration is recorded: all feeds are recorded and all
// venues are in this process. Every other run is live.
func (c *Config) Recorded() bool {
	for i := range c.Feeds {
		if !c.Feeds[i].Recorded() {
			return false
		}
	}
	for i := range c.Venues {
		if !c.Venues[i].InProcess() {
			return false
		}
	}
	return true
}

// Diagnose adds an error found after Load, such as a parameter that the module does not declare.
func (c *Config) Diagnose(at Range, summary, detail string) {
	c.diagnostics.add(Diagnostic{Severity: SeverityError, Summary: summary, Detail: detail, Range: at})
}

// Warn adds a warning found after Load.
func (c *Config) Warn(at Range, summary, detail string) {
	c.diagnostics.add(Diagnostic{Severity: SeverityWarning, Summary: summary, Detail: detail, Range: at})
}
