package feed

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Mistake is one thing wrong with a feed's configuration or with a file as a whole. Open and Hash join
// all that they find; errors.As finds the first, Mistakes all.
type Mistake struct {
	// Feed is Config.Name. Source is the index of the source, -1 where no one source is at fault.
	Feed   string
	Source int
	// Path, Line and Column (the field's number) say where; empty and 0 where that is not the point.
	Path         string
	Line, Column int
	// Found says what was found, Hint what to do.
	Found, Hint string
	// Cause is the error of the operating system or decompressor, if any.
	Cause error
}

// Error reads as a path: feed, file, line, column, finding, hint.
func (m *Mistake) Error() string {
	var b strings.Builder
	if m.Feed != "" {
		b.WriteString("feed " + m.Feed + ": ")
	}
	if m.Path != "" {
		b.WriteString(m.Path)
		if m.Line > 0 {
			b.WriteString(":" + strconv.Itoa(m.Line))
		}
		if m.Column > 0 {
			b.WriteString(": column " + strconv.Itoa(m.Column))
		}
		b.WriteString(": ")
	}
	b.WriteString(m.Found)
	if m.Cause != nil {
		fmt.Fprintf(&b, ": %v", m.Cause)
	}
	if m.Hint != "" {
		b.WriteString("; " + m.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (m *Mistake) Unwrap() error { return m.Cause }

// Mistakes lists what an error of Open or Hash holds.
func Mistakes(err error) []*Mistake {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Mistake
		for _, e := range joined.Unwrap() {
			all = append(all, Mistakes(e)...)
		}
		return all
	}
	var m *Mistake
	if errors.As(err, &m) {
		return []*Mistake{m}
	}
	return nil
}
