package config

// Position is a place in a file: line and column count from 1, columns in characters as a person sees
// them, Byte from 0.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Range is a part of a file; End is just after it. A Range without File is no place.
type Range struct {
	File  string   `json:"filename"`
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Severity is how bad a finding is.
type Severity string

const (
	// SeverityError: the configuration cannot be run.
	SeverityError Severity = "error"
	// SeverityWarning: it can, but is probably not what was meant.
	SeverityWarning Severity = "warning"
)

// Diagnostic is one finding: what was found, where, and what to write instead.
type Diagnostic struct {
	Severity Severity
	Summary  string
	Detail   string
	Range    Range
	// Context names the block around it, such as `agent "sma"`.
	Context string
}

// Diagnostics is everything found. The zero value holds nothing.
type Diagnostics struct {
	list    []Diagnostic
	sources map[string][]byte
}

func (d *Diagnostics) add(x Diagnostic) { d.list = append(d.list, x) }
