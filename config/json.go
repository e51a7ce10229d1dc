package config

import (
	"encoding/json"
	"io"
)

type report struct {
	FormatVersion string           `json:"format_version"`
	Valid         bool             `json:"valid"`
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
}

type jsonDiagnostic struct {
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *snippet `json:"snippet,omitempty"`
}

// WriteJSON writes everything as one line of JSON in the shape of `terraform validate -json`.
func (d *Diagnostics) WriteJSON(w io.Writer) error {
	r := report{
		FormatVersion: "1.0",
		Valid:         !d.HasErrors(),
		ErrorCount:    d.Errors(),
		WarningCount:  d.Warnings(),
		Diagnostics:   []jsonDiagnostic{},
	}
	for i := range d.list {
		x := &d.list[i]
		j := jsonDiagnostic{Severity: x.Severity, Summary: x.Summary, Detail: x.Detail}
		if x.Range.File != "" {
			j.Range, j.Snippet = &x.Range, d.snippet(x)
		}
		r.Diagnostics = append(r.Diagnostics, j)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
