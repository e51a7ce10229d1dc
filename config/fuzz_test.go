package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad holds for any text: Load comes back, what it found lies in the file, both forms of it can be
// written, and what it finds good it finds good again after being formatted, with the same hash.
// Run it with -fuzzminimizetime 5x: the paths through HCL differ a little each time, which the fuzzer would
// otherwise spend a minute on for each input.
func FuzzLoad(f *testing.F) {
	for _, path := range []string{"testdata/ten/config.hcl", "demo.hcl", "live.hcl", "../testdata/golden/sma_goog.hcl"} {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(string(text), "5")
		}
	}
	f.Add(good, "x")
	f.Add(Example, "12")
	f.Add(liveGood+"host {\n  alert \"log\" \"x\" {}\n  chaos {\n    venue { codes = [500] }\n  }\n}\n", "x")
	f.Add(venueWith("  endpoints {\n    fills {\n      query = { a = \"{cursor}\", var.x = 1 }\n    }\n  }\n  codes {\n    others = { (var.cash) = \"funds\" }\n  }"), "x")
	f.Add(withCash("variable \"cash\" { default = 2 * var.b }\nvariable \"b\" {\n  type = list(string)\n}"), "[1]")
	f.Add("variable \"a\" { default = [for x in [\"1\", \"2\"] : upper(x) if x != \"%{if true}1%{endif}\"] }", "a")
	dir := folder(f)
	f.Fuzz(func(t *testing.T, text, given string) {
		if len(text) > 1<<16 {
			return
		}
		path := write(t, dir, "config.hcl", text)
		o := Options{WorkDir: dir, Environ: func(string) (string, bool) { return given, given != "" }}
		if given != "" {
			o.Variables = map[string]string{"cash": given, "a": given}
		}
		c, d := Load(path, o)
		for _, x := range d.All() {
			inside := x.Range.Start.Byte >= 0 && x.Range.Start.Byte <= x.Range.End.Byte && x.Range.End.Byte <= len(text)
			if x.Range.File != "" && (x.Range.File != path || !inside || x.Range.Start.Line < 1 || x.Range.Start.Column < 1) {
				if !strings.HasPrefix(x.Range.File, "--var") {
					t.Fatalf("%s is at %+v of %d bytes", x.Summary, x.Range, len(text))
				}
			}
			if x.Summary == "" {
				t.Fatalf("a finding says nothing: %+v", x)
			}
		}
		var out strings.Builder
		if err := d.WriteText(&out, true, 60); err != nil {
			t.Fatal(err)
		}
		if err := d.WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		if d.HasErrors() {
			return
		}
		formatted, err := Format([]byte(text), path)
		if err != nil {
			t.Fatalf("a good file cannot be formatted: %v", err)
		}
		again, d := Load(write(t, dir, "again.hcl", string(formatted)), o)
		if d.HasErrors() || again.Hash != c.Hash {
			t.Fatalf("formatting changed what it means: %v\n%s\n%s", d, text, formatted)
		}
	})
}

func TestFilesOfTheRepositoryAreFormatted(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"*.hcl", "../testdata/golden/*.hcl"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if formatted, err := Format(source, path); err != nil || string(formatted) != string(source) {
			t.Errorf("%s is not formatted: agenthost fmt (%v)", path, err)
		}
	}
}
