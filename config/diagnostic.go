package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

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

// String is how editors and compilers write a place: file:line:column.
func (r Range) String() string {
	if r.File == "" {
		return "no place"
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Column)
}

// Severity is how bad a finding is.
type Severity string

const (
	// SeverityError: the configuration cannot be run.
	SeverityError Severity = "error"
	// SeverityWarning: it can, but is probably not what was meant.
	SeverityWarning Severity = "warning"
)

// Diagnostic is one finding.
type Diagnostic struct {
	Severity Severity
	// Summary says what kind of mistake it is; Detail what was found and what to write instead.
	Summary, Detail string
	// Range is what is wrong. It has no File where no file is to blame.
	Range Range
	// Context names the block around it, such as `agent "sma"`.
	Context string
	// Values are what the variables in the expression hold.
	Values []ExpressionValue
}

// ExpressionValue tells what a variable holds where a diagnostic is about an expression that uses it.
type ExpressionValue struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// Diagnostics is everything found, in the order of files and lines. The zero value holds nothing. As an
// error it names the first finding and counts the others.
type Diagnostics struct {
	list    []Diagnostic
	sources map[string][]byte
}

var _ error = (*Diagnostics)(nil)

// All returns every finding: those without a place first, then by file and line.
func (d *Diagnostics) All() []Diagnostic { return slices.Clone(d.list) }

// Errors counts the errors.
func (d *Diagnostics) Errors() int { return d.count(SeverityError) }

// Warnings counts the warnings.
func (d *Diagnostics) Warnings() int { return d.count(SeverityWarning) }

func (d *Diagnostics) count(s Severity) (n int) {
	for i := range d.list {
		if d.list[i].Severity == s {
			n++
		}
	}
	return n
}

// HasErrors reports whether there is at least one error.
func (d *Diagnostics) HasErrors() bool { return d.Errors() > 0 }

// Err returns the Diagnostics as an error, or nil if no finding is one.
func (d *Diagnostics) Err() error {
	if !d.HasErrors() {
		return nil
	}
	return d
}

// Error names the first error and how many more there are.
func (d *Diagnostics) Error() string {
	i := slices.IndexFunc(d.list, func(x Diagnostic) bool { return x.Severity == SeverityError })
	if i < 0 {
		return "no errors"
	}
	s := d.list[i].Summary + ": " + d.list[i].Detail
	if d.list[i].Range.File != "" {
		s = d.list[i].Range.String() + ": " + s
	}
	if n := d.Errors() - 1; n > 0 {
		s += " (and " + plural(n, "more error") + ")"
	}
	return s
}

// add keeps the list in order and each finding once: two ways of looking may see one mistake.
func (d *Diagnostics) add(x Diagnostic) {
	at, _ := slices.BinarySearchFunc(d.list, x, compareDiagnostics)
	for i := at; i < len(d.list) && compareDiagnostics(d.list[i], x) == 0; i++ {
		if d.list[i].Summary == x.Summary && d.list[i].Detail == x.Detail {
			return
		}
		at = i + 1
	}
	d.list = slices.Insert(d.list, at, x)
}

func compareDiagnostics(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Range.File, b.Range.File),
		cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte),
	)
}

// DiagnosticsOf returns the Diagnostics that err is or wraps, or nil.
func DiagnosticsOf(err error) *Diagnostics {
	var d *Diagnostics
	if errors.As(err, &d) {
		return d
	}
	return nil
}
