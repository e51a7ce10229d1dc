package config

import "time"

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

	attributes map[string]Range
}

// At returns where an attribute's value is written, or the block's header where it is not.
func (s *Source) At(attribute string) Range {
	if r, ok := s.attributes[attribute]; ok {
		return r
	}
	return s.Range
}

// Written reports whether the attribute is in the file; otherwise its value is the default.
func (s *Source) Written(attribute string) bool {
	_, ok := s.attributes[attribute]
	return ok
}

// Variable is a declared variable.
type Variable struct {
	Source
	Name, Description string
	// Value is the effective value, in HCL's form.
	Value string
	// Origin is "default" or "command line".
	Origin string
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

// Host is what concerns the whole process.
type Host struct {
	Source
	// RunsDir is where runs are kept, one folder each.
	RunsDir string
	// CacheDir is where compiled modules are kept. Empty means agenthost's folder in the user's cache
	// directory.
	CacheDir string
	// Workers is how many groups of agents run at once. 0 means one for each core.
	Workers int
	// FrameBytesMax bounds a frame of turns without effects before it is handed to the journal.
	FrameBytesMax int64
	// Seed is what every agent's randomness and every recorded run's ids derive from.
	Seed    uint64
	Journal Journal
	Log     Log
}

// Journal says where and how turns are kept.
type Journal struct {
	Source
	// Type is "sqlite" or "memory".
	Type string
	// Path is SQLite's file. Empty means journal.db in the run's folder.
	Path string
	// Synchronous is SQLite's: "full" survives a power cut, "normal" may lose the last commits.
	Synchronous string
	// BatchMax bounds how many entries share one commit.
	BatchMax int
	// AheadMax bounds how many turns of a stream may wait for the disk.
	AheadMax int
}

// Log says what the host logs.
type Log struct {
	Source
	// Level is "trace", "debug", "info", "warn", "error" or "off".
	Level string
	// Format is "text" or "json".
	Format string
}

// Agent is one strategy at work.
type Agent struct {
	Source
	Name string
	// Strategy is the module's path, resolved.
	Strategy string
	// SHA256 is the module's pinned hash in lower case hex, or empty for none.
	SHA256 string
	// Feeds are names of feeds, in the order in which their events count as sources.
	Feeds []string
	// Venue is the name of the venue that orders go to.
	Venue string
	// Account is the account at the venue. It is the agent's name where none is written.
	Account string
	// Shared says that other agents may trade the same instruments on the same account.
	Shared bool
	// Instruments are names of instruments, in the order in which the strategy sees them.
	Instruments []string
	// Capital is the part of the account given to this agent, in money. 0 means all of it.
	Capital int64
	// Params are what the strategy is told, as written; the module's declaration gives their types.
	Params map[string]Param
	Limits Limits
	Risk   Risk
	// OnStop is "keep", "cancel" or "flatten".
	OnStop string
	// OnQuarantine is "hold" or "flatten".
	OnQuarantine string
	// TicksOn are what the strategy is ticked for: "market", "timer", "order", "start".
	TicksOn []string
	// TrapsMax is how many ticks may trap in a row before the agent is quarantined.
	TrapsMax int
	// Seed is the agent's part of its randomness, added to the host's.
	Seed uint64
	// Hash is over every effective value that decides what this agent does: its own block and those
	// of its feeds, venue and instruments. Agents beside it do not change it.
	Hash [32]byte
}

// ParamKind is what a parameter's value is in the file.
type ParamKind uint8

const (
	// ParamText is a string; durations and decimals may be written as such.
	ParamText ParamKind = iota + 1
	// ParamNumber is a number; Text holds it as an exact plain decimal.
	ParamNumber
	// ParamBoolean is true or false.
	ParamBoolean
)

// Param is a parameter as it is written.
type Param struct {
	Name string
	Kind ParamKind
	// Text is the string, the number's exact decimal text, "true" or "false".
	Text string
	// Range is the value, NameRange its name.
	Range, NameRange Range
}

// Limits bound what a strategy may take.
type Limits struct {
	Source
	// FuelPerTick is the units of one tick. FuelBank is how many unused ones may be saved up for a
	// later tick; 0 is none.
	FuelPerTick, FuelBank int64
	// FuelInstantiate and FuelInit are the units of start-up, and of strategy_init.
	FuelInstantiate, FuelInit int64
	// Memory bounds linear memory in bytes, whole pages of 64 KiB.
	Memory int64
	// Stack bounds the depth of calls, in bytes of frames as the meter counts them.
	Stack int64
	// TableElements bounds each table.
	TableElements int64
	// InputBytes and OutputBytes bound what one tick is given and gives; Records its output records;
	// LogBytes what it may print; SeriesValues its series values.
	InputBytes, OutputBytes int64
	Records                 int
	LogBytes                int64
	SeriesValues            int
}

// Risk bounds what an agent may order. Zero, or nil, is no bound.
type Risk struct {
	Source
	// OrderNotionalMax and PositionNotionalMax are money.
	OrderNotionalMax, PositionNotionalMax int64
	// OrderQuantityMax and PositionMax hold one value for each of the agent's instruments, in its
	// quantity units; nil is no bound.
	OrderQuantityMax, PositionMax []int64
	OrdersPerTickMax              int
	OpenOrdersMax                 int
	// OrdersRate is how many orders may go out in a period.
	OrdersRate Rate
	// PriceCollar is how far from the last price an order's price may be, as a fraction.
	PriceCollar int64
}

// Rate is a count in a period. A zero Rate is no bound.
type Rate struct {
	Count  int64
	Period time.Duration
}
