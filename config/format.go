package config

import (
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format lays out a file in the one way: indentation, and equals signs in columns. What it means does
// not change. A file whose grammar is wrong is refused with its *Diagnostics; name is what they call it.
func Format(source []byte, name string) ([]byte, error) {
	f := parse(source, name)
	d := &Diagnostics{sources: map[string][]byte{name: source}}
	r := &reader{diagnostics: d}
	r.report(f.problems, "", nil)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return hclwrite.Format(source), nil
}
