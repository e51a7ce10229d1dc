package config

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestTextShowsTheLineAndMarksThePart(t *testing.T) {
	_, d := Load("testdata/ten/config.hcl", Options{})
	checkGolden(t, "testdata/ten/text.golden", textOf(d))
	var colored strings.Builder
	if err := d.WriteText(&colored, true, 100); err != nil {
		t.Fatal(err)
	}
	if want := "  comission"; strings.Contains(colored.String(), "^^^") || !strings.Contains(colored.String(), "\x1b[4mcomission\x1b[0m") {
		t.Errorf("no underlined %s in\n%s", want, colored.String())
	}
}

func TestTextIsWrappedToTheTerminal(t *testing.T) {
	_, d := Load("testdata/ten/config.hcl", Options{})
	var b strings.Builder
	if err := d.WriteText(&b, false, 50); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		copied := strings.Contains(line, "`") || strings.HasPrefix(line, "│  ") // what is to be copied, and code
		if len([]rune(line)) > 50 && !copied {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
}

func TestTextKeepsControlCharactersFromTheTerminal(t *testing.T) {
	_, d := loadText(t, strings.Replace(good, `= "paper"`, "= \"\x1b[2J\u202eevil\x07\"", 1), Options{})
	text := textOf(d)
	if !d.HasErrors() || strings.ContainsAny(text, "\x1b\x07\u202e") {
		t.Errorf("%q", text)
	}
}

func TestTextOfAFindingWithoutPlace(t *testing.T) {
	d := &Diagnostics{}
	d.add(Diagnostic{Severity: SeverityWarning, Summary: "Odd", Detail: "It is odd."})
	if got, want := textOf(d), "╷\n│ Warning: Odd\n│\n│ It is odd.\n╵\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestTextMarksPartsOfLongExpressions(t *testing.T) {
	text := strings.Replace(good, `["GOOG", "IBM"]`, "{\n    a = 1\n    b = 2\n  }", 1)
	_, d := loadText(t, text, Options{})
	if got := textOf(d); !strings.Contains(got, "  12:   instruments = {\n│                       ^\n│   13:     a = 1\n│           ^^^^^\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestJSONHasTerraformsShape(t *testing.T) {
	_, d := Load("testdata/ten/config.hcl", Options{Variables: map[string]string{"x": "y"}})
	var b strings.Builder
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var r struct {
		FormatVersion string `json:"format_version"`
		Valid         *bool  `json:"valid"`
		ErrorCount    int    `json:"error_count"`
		WarningCount  *int   `json:"warning_count"`
		Diagnostics   []struct {
			Severity, Summary, Detail string
			Range                     *struct {
				Filename   string
				Start, End struct{ Line, Column, Byte int }
			}
			Snippet *struct {
				Context              *string
				Code                 string
				StartLine            int `json:"start_line"`
				HighlightStartOffset int `json:"highlight_start_offset"`
				HighlightEndOffset   int `json:"highlight_end_offset"`
				Values               []ExpressionValue
			}
		}
	}
	decoder := json.NewDecoder(strings.NewReader(b.String()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.FormatVersion != "1.0" || r.Valid == nil || *r.Valid || r.ErrorCount != 11 || r.WarningCount == nil || len(r.Diagnostics) != 11 {
		t.Errorf("%+v", r)
	}
	if r.Diagnostics[0].Range != nil || r.Diagnostics[0].Snippet != nil {
		t.Error("a finding without place has one")
	}
	source, err := os.ReadFile("testdata/ten/config.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Diagnostics[1:] {
		s := x.Snippet
		marked := s.Code[s.HighlightStartOffset:s.HighlightEndOffset]
		if want := string(source[x.Range.Start.Byte:x.Range.End.Byte]); marked != want || x.Severity != "error" || s.Values == nil {
			t.Errorf("%s: %q is marked, range is %q", x.Summary, marked, want)
		}
	}
	if c := r.Diagnostics[5].Snippet.Context; c == nil || *c != `venue "paper" "paper"` {
		t.Errorf("context %v", c)
	}
}

func TestJSONOfNothingWrongIsValid(t *testing.T) {
	_, d := loadText(t, good, Options{})
	var b strings.Builder
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if want := `{"format_version":"1.0","valid":true,"error_count":0,"warning_count":0,"diagnostics":[]}` + "\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
	if d.Err() != nil || d.Error() != "no errors" || DiagnosticsOf(errors.New("x")) != nil {
		t.Error("no errors are an error")
	}
}

func TestDiagnosticsAreAnErrorThatNamesTheFirst(t *testing.T) {
	_, d := Load("testdata/ten/config.hcl", Options{})
	want := "testdata/ten/config.hcl:4:20: Too many decimal places: "
	if err := d.Err(); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "(and 9 more errors)") || DiagnosticsOf(err) != d {
		t.Errorf("got %v", err)
	}
}

func TestFormatLaysOutAndKeepsTheMeaning(t *testing.T) {
	got, err := Format([]byte("agent \"a\" {\nx=1\n   longer  =   2 # why\n}\n"), "x.hcl")
	if want := "agent \"a\" {\n  x      = 1\n  longer = 2 # why\n}\n"; err != nil || string(got) != want {
		t.Errorf("got %v\n%s", err, got)
	}
}

func TestFormatRefusesWrongGrammarWithItsPlace(t *testing.T) {
	_, err := Format([]byte("agent \"a\" {\n  x = = 1\n}\n"), "x.hcl")
	if d := DiagnosticsOf(err); d == nil || !strings.Contains(textOf(d), "on x.hcl line 2") {
		t.Errorf("got %v", err)
	}
}

// checkGolden holds text against a file; -update writes the file. The folder of the test is no part of it.
func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got = strings.ReplaceAll(got, dir, "/FOLDER")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
