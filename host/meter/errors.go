package meter

import (
	"fmt"
	"strings"
)

// MalformedError says that the bytes are not a WebAssembly module.
type MalformedError struct {
	// Offset is the byte offset in the file.
	Offset int
	// Section is the name of the section, or "header".
	Section string
	// Reason says what was found.
	Reason string
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("malformed module: %s section, offset %#x: %s", e.Section, e.Offset, e.Reason)
}

// Place is where in a module something was found.
type Place struct {
	// Function is the index of the function, imports counted; -1: not in a function.
	Function int
	// Name is the function's name from the name section, or the name of an import or export.
	Name string
	// Offset is the byte offset in the file; 0: no single place.
	Offset int
}

func (p Place) String() string {
	var parts []string
	if p.Function >= 0 {
		parts = append(parts, fmt.Sprintf("function %d", p.Function))
	}
	if p.Name != "" {
		parts = append(parts, fmt.Sprintf("%q", p.Name))
	}
	if p.Offset > 0 {
		parts = append(parts, fmt.Sprintf("offset %#x", p.Offset))
	}
	return strings.Join(parts, " ")
}

// Refusal says that a module, though well formed as far as it was read, is not admitted.
type Refusal struct {
	// Rule is the limit or rule, for example "nesting" or "feature".
	Rule string
	// Place is where it was broken first.
	Place Place
	// Found and Allowed are values as text.
	Found, Allowed string
	// Hint is what the author can do: a compiler flag or a setting.
	Hint string
}

func (e *Refusal) Error() string {
	s := "module refused: " + e.Rule
	if place := e.Place.String(); place != "" {
		s += " at " + place
	}
	s += ": found " + e.Found
	if e.Allowed != "" {
		s += ", allowed " + e.Allowed
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}
