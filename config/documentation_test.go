package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/CONFIG.md anew")

func TestDocumentationIsWhatTheTablesSay(t *testing.T) {
	const path = "../docs/CONFIG.md"
	want := Markdown()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/CONFIG.md is out of date: go test ./config -run Documentation -update")
	}
}

func TestDocumentationExampleLoadsWithoutAWord(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "config.hcl", Example)
	write(t, dir, "data/GOOG.csv", "Date,Open,High,Low,Close,Volume\n")
	write(t, dir, "sma.wasm", "\x00asm")
	c, d := Load(filepath.Join(dir, "config.hcl"), Options{WorkDir: dir})
	if len(d.All()) > 0 {
		t.Fatal(textOf(d))
	}
	if got := c.Agents[0].Params["slow"].Text; got != "20" {
		t.Errorf("slow is %s", got)
	}
	formatted, err := Format([]byte(Example), "example")
	if err != nil || string(formatted) != Example {
		t.Errorf("the example is not formatted: %v\n%s", err, formatted)
	}
}

func TestDescriptionsAreWhole(t *testing.T) {
	var walk func(within string, blocks []Block)
	walk = func(within string, blocks []Block) {
		for _, b := range blocks {
			if b.Says == "" {
				t.Errorf("%s%s says nothing", within, b.Name)
			}
			for _, a := range b.Attributes {
				name := within + b.Name + "." + a.Name
				if a.Type == "" || !strings.HasSuffix(a.Says, ".") {
					t.Errorf("%s: type %q, says %q", name, a.Type, a.Says)
				}
				if a.Required == (a.Default != "") {
					t.Errorf("%s: required %v and default %q", name, a.Required, a.Default)
				}
				if !strings.HasPrefix(a.Example, a.Name+" = ") || strings.Contains(a.Example, `"…"`) {
					t.Errorf("%s: example %q", name, a.Example)
				}
			}
			walk(within+b.Name+".", b.Blocks)
		}
	}
	walk("", Describe())
}

func TestHelpTellsOfBlocksWithinBlocks(t *testing.T) {
	text, ok := Help("agent.limits", 60)
	if !ok || !strings.Contains(text, "fuel_per_tick") {
		t.Errorf("%v %s", ok, text)
	}
	for _, line := range strings.Split(text, "\n") {
		if len([]rune(line)) > 60 {
			t.Errorf("line of %d columns: %s", len(line), line)
		}
	}
	if text, ok := Help("agnet", 0); ok || !strings.Contains(text, `Did you mean "agent"?`) {
		t.Errorf("%v %s", ok, text)
	}
	if text, ok := Help("", 0); !ok || !strings.Contains(text, "feed.source.columns") {
		t.Errorf("%v %s", ok, text)
	}
}

func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func textOf(d *Diagnostics) string {
	var b strings.Builder
	if err := d.WriteText(&b, false, 100); err != nil {
		return err.Error()
	}
	return b.String()
}
