package meter

import "fmt"

// Version is that of the cost table and the algorithm. It is part of every key under which a
// compiled module is kept and of the identity of every snapshot: another version gives other fuel.
const Version = 1

// Names under which the rewritten module exports what was hidden.
const (
	// ReservedPrefix begins every name that the meter exports. A module that exports such a name
	// itself is refused.
	ReservedPrefix = "agenthost:"
	// ExportFuel is a mutable i64 global, the fuel that is left. Set it before a call and read it
	// after: below zero means out of fuel, whether the call trapped or (overdrawn by the last few
	// instructions) returned. Set at most 2^62.
	ExportFuel = ReservedPrefix + "fuel"
	// ExportDepth is a mutable i32 global, the stack that is left. Set it to Config.StackMax before
	// each call from outside: a trap leaves it where it was. Below zero means too deep.
	ExportDepth = ReservedPrefix + "depth"
	// ExportMemory is the memory of a module that does not export it as "memory".
	ExportMemory = ReservedPrefix + "memory"
)

// ExportGlobal is the name under which the mutable global with the given index is exported.
func ExportGlobal(index int) string { return fmt.Sprintf("%sg%d", ReservedPrefix, index) }

// Config says what Rewrite does. The zero value checks a module of WebAssembly without any proposal
// and changes nothing but custom sections.
type Config struct {
	// Fuel counts executed instructions in the global ExportFuel.
	Fuel bool
	// FuelStart is the global's initial value: the budget of the start function, in units.
	FuelStart int64
	// StackMax limits the depth of the stack, in slots of 8 bytes; a call takes at least 32. Zero: not
	// counted. Up to 60,000 is safely below wazero's own limits.
	StackMax int32
	// ExportGlobals exports every mutable global and the memory.
	ExportGlobals bool
	// MergeData joins neighbouring data segments.
	MergeData bool
	// CanonicalNaN gives every NaN that arithmetic made the canonical bits before anything can see
	// them. NaNs that the module made bit by bit are left alone.
	CanonicalNaN bool
	// MemoryPagesMax becomes the memory's maximum, if its own is not smaller; a module that wants
	// more at the start is refused. In pages of 64 KiB; zero: unchanged.
	MemoryPagesMax uint32
	// TableElementsMax does the same for each table.
	TableElementsMax uint32
	// StripCustom drops all custom sections but "producers", "target_features" and a name section
	// with the names of functions. Without it the others are kept. Debug sections are dropped always:
	// their offsets would be wrong.
	StripCustom bool
	// Features are the proposals that the module may use.
	Features Features
	// Limits are held against the module before anything else.
	Limits Limits
	// Snapshot refuses what memory and mutable globals do not hold.
	Snapshot bool
}

// DefaultConfig is what agenthost uses for strategies.
func DefaultConfig() Config {
	return Config{
		Fuel:             true,
		FuelStart:        50_000_000,
		StackMax:         60_000,
		ExportGlobals:    true,
		MergeData:        true,
		CanonicalNaN:     true,
		MemoryPagesMax:   1024,
		TableElementsMax: 100_000,
		StripCustom:      true,
		Features:         FeaturesStrategy,
		Limits:           DefaultLimits(),
		Snapshot:         true,
	}
}

// Result is a rewritten module.
type Result struct {
	Wasm []byte
	Info Info
}

// Rewrite checks a module and gives the metered one. The error is a *MalformedError, a *Refusal, or
// says that the Config cannot be. Types are not checked: a module that is wrong only in them comes
// out wrong, and the engine refuses it. The input is not changed. Rewrite may be called at once from
// several goroutines; the same input and Config give the same bytes.
func Rewrite(wasm []byte, c Config) (*Result, error) {
	if c.FuelStart < 0 || c.FuelStart > FuelMax || c.StackMax < 0 {
		return nil, fmt.Errorf("meter: FuelStart %d must be within 0 and 2^62, StackMax %d not negative", c.FuelStart, c.StackMax)
	}
	m, w, err := analyse(wasm, &c)
	if err != nil {
		return nil, err
	}
	if err := m.admit(&c); err != nil {
		return nil, err
	}
	if c.StackMax > 0 {
		w.countStack()
	}
	if c.CanonicalNaN {
		w.canonicalNaNs()
	}
	out := w.assemble()
	info := w.info()
	info.SizeOut = len(out)
	return &Result{Wasm: out, Info: *info}, nil
}

// FuelMax is the most fuel that may be set: far enough from the end of the range that no charge can
// wrap it.
const FuelMax = int64(1) << 62

// Inspect decodes a module and tells what it has. Nothing is refused by limits or rules; features
// outside f are. Of the errors of Rewrite it gives *MalformedError and *Refusal (rule "feature").
func Inspect(wasm []byte, f Features) (*Info, error) {
	_, w, err := analyse(wasm, &Config{Features: f})
	if err != nil {
		return nil, err
	}
	return w.info(), nil
}

func analyse(wasm []byte, c *Config) (*module, *walker, error) {
	m, err := decode(wasm, c.Features, c.Limits)
	if err != nil {
		return nil, nil, err
	}
	w, err := walk(&decoder{m: m, feat: c.Features, lim: c.Limits}, c)
	if err != nil {
		return nil, nil, err
	}
	return m, w, nil
}
