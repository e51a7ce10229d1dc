package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tenMistakes are the places and kinds of what is wrong in testdata/ten.
var tenMistakes = []string{
	"4:20 Too many decimal places",
	"9:16 File not found",
	"10:16 Number without unit",
	"14:15 Not a number",
	"15:3 Unknown attribute",
	"18:1 Missing attribute",
	"19:17 Unknown feed",
	"20:17 Text without quotes",
	"22:17 Value not allowed",
	"25:1 Unknown block",
}

func TestEveryMistakeOfAFileIsToldAtOnceWithItsPlace(t *testing.T) {
	_, d := Load("testdata/ten/config.hcl", Options{})
	if got := places(d); !slices.Equal(got, tenMistakes) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tenMistakes, "\n"))
	}
	for _, x := range d.All() {
		if x.Detail == "" || x.Range.End.Byte <= x.Range.Start.Byte {
			t.Errorf("%s: detail %q, range %+v", x.Summary, x.Detail, x.Range)
		}
	}
}

// places are the findings as line:column and summary.
func places(d *Diagnostics) (list []string) {
	for _, x := range d.All() {
		if x.Range.File == "" {
			list = append(list, x.Summary)
			continue
		}
		list = append(list, fmt.Sprintf("%d:%d %s", x.Range.Start.Line, x.Range.Start.Column, x.Summary))
	}
	return list
}

// good is a configuration without mistakes; tests change it.
const good = `instrument "GOOG" {}
instrument "IBM" {}
feed "csv" "daily" {
  source "GOOG" { file = "GOOG.csv" }
  source "IBM" { files = ["IBM.csv"] }
}
venue "paper" "paper" {}
agent "sma" {
  strategy    = "sma.wasm"
  feed        = "daily"
  venue       = "paper"
  instruments = ["GOOG", "IBM"]
}
`

// folder makes a folder with the files that good names.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "GOOG.csv", "Date,Open,High,Low,Close,Volume\n")
	write(t, dir, "IBM.csv", "Date,Open,High,Low,Close,Volume\n")
	write(t, dir, "sma.wasm", "\x00asm")
	return dir
}

// loadText loads a text as a file beside what good names.
func loadText(t testing.TB, text string, o Options) (*Config, *Diagnostics) {
	t.Helper()
	dir := folder(t)
	if o.WorkDir == "" {
		o.WorkDir = dir
	}
	return Load(write(t, dir, "config.hcl", text), o)
}

func TestWhatIsRightIsLoadedWithoutAWord(t *testing.T) {
	c, d := loadText(t, good, Options{})
	if len(d.All()) > 0 {
		t.Fatal(textOf(d))
	}
	a := c.Agent("sma")
	if a.Account != "sma" || a.OnStop != "cancel" || a.TrapsMax != 3 || !slices.Equal(a.TicksOn, []string{"market", "timer"}) {
		t.Errorf("agent %+v", a)
	}
	if v := c.Venue("paper"); v.Paper.Cash != 10_000*One || v.Paper.Margin != One || v.Currency != "USD" {
		t.Errorf("venue %+v", v.Paper)
	}
	i := c.Instrument("GOOG")
	if i.Kind != "share" || i.PriceDecimals != 8 || i.QuantityDecimals != 0 || i.Tick != 1 || i.Lot != 1 || i.Multiplier != One || i.Base != "GOOG" || i.Settle != "USD" {
		t.Errorf("instrument %+v", i)
	}
	if f := c.Feed("daily"); len(f.Sources) != 2 || filepath.Base(f.Sources[1].Files[0]) != "IBM.csv" || !f.Provides("GOOG") || f.Provides("MSFT") {
		t.Errorf("feed %+v", f)
	}
	if !c.Recorded() {
		t.Error("files and paper are a recorded run")
	}
	if c.Feed("x") != nil || c.Venue("x") != nil || c.Instrument("x") != nil || c.Agent("x") != nil {
		t.Error("found what is not there")
	}
}

func TestFolderIsReadAsOneFileInTheOrderOfNames(t *testing.T) {
	dir := folder(t)
	parts := strings.SplitAfter(good, "venue \"paper\" \"paper\" {}\n")
	write(t, dir, "b.hcl", parts[1]+"agent \"late\" {\n  strategy = \"sma.wasm\"\n  feed = \"daily\"\n  venue = \"paper\"\n  instruments = [\"IBM\"]\n}\n")
	write(t, dir, "a.hcl", parts[0])
	write(t, dir, ".hidden.hcl", "this is no HCL")
	write(t, dir, "notes.txt", "nor is this")
	write(t, dir, "inner/c.hcl", "nor this")
	c, d := Load(dir, Options{})
	if len(d.All()) > 0 {
		t.Fatal(textOf(d))
	}
	if len(c.Agents) != 2 || c.Agents[1].Name != "late" || c.Root != dir {
		t.Errorf("agents %v, root %s", c.Agents, c.Root)
	}
	if at := c.Agents[0].Range; filepath.Base(at.File) != "b.hcl" || at.Start.Line != 1 {
		t.Errorf("agent is at %s", at)
	}
}

func TestWhatCannotBeReadAtAllIsSaid(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, want string }{
		"a path that is not there":    {filepath.Join(dir, "x.hcl"), "There is no file or folder"},
		"a folder without files":      {empty, "no file whose name ends in .hcl"},
		"a file that is far too long": {write(t, dir, "long.hcl", strings.Repeat("#\n", fileBytesMax)), "larger than 16MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			config, d := Load(c.path, Options{})
			if config == nil || d.Errors() != 1 || !strings.Contains(d.Error(), c.want) {
				t.Errorf("got %v", d)
			}
		})
	}
}

func TestReadingGoesOnAfterAMistake(t *testing.T) {
	c, d := Load("testdata/ten/config.hcl", Options{})
	if !d.HasErrors() {
		t.Fatal("no errors")
	}
	if c.Venue("paper") == nil || c.Feed("daily") == nil || c.Agent("sma") == nil || c.Instrument("GOOG").PriceDecimals != 2 {
		t.Errorf("what could be read is not there: %+v", c)
	}
}

func TestLaterFindingsJoinTheOthers(t *testing.T) {
	c, d := loadText(t, strings.Replace(good, "instruments = ", "params {\n fast = 10\n }\n  instruments = ", 1), Options{})
	p := c.Agents[0].Params["fast"]
	c.Diagnose(p.NameRange, "Unknown parameter", "The module has no parameter fast.")
	c.Warn(c.Agents[0].At("instruments[1]"), "Odd", "A warning.")
	if got := places(d); !slices.Equal(got, []string{"13:2 Unknown parameter", "15:26 Odd"}) {
		t.Errorf("got %v\n%s", got, textOf(d))
	}
	if d.Errors() != 1 || d.Warnings() != 1 || d.Err() == nil {
		t.Errorf("%d errors, %d warnings", d.Errors(), d.Warnings())
	}
}
