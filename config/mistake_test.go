package config

import (
	"slices"
	"strings"
	"testing"
)

// mistake changes good in one place and says what must be found.
type mistake struct {
	claim string
	// old is replaced by new in good; where old is empty, new is put after it.
	old, new string
	// places are line:column and summary; detail must be in the first detail.
	places []string
	detail string
}

func (m mistake) run(t *testing.T) {
	t.Run(m.claim, func(t *testing.T) {
		text := good + m.new
		if m.old != "" {
			if !strings.Contains(good, m.old) {
				t.Fatalf("good has no %q", m.old)
			}
			text = strings.Replace(good, m.old, m.new, 1)
		}
		_, d := loadText(t, text, Options{Environ: func(string) (string, bool) { return "", false }})
		if got := places(d); !slices.Equal(got, m.places) {
			t.Errorf("got %q, want %q\n%s", got, m.places, textOf(d))
			return
		}
		if len(m.places) > 0 && !strings.Contains(d.All()[0].Detail, m.detail) {
			t.Errorf("detail %q does not say %q", d.All()[0].Detail, m.detail)
		}
	})
}

func TestMistakesOfNames(t *testing.T) {
	for _, m := range []mistake{
		{"an unknown attribute is told with the one that was meant", `feed        =`, `fede        =`, []string{"10:3 Unknown attribute"}, "Did you mean feed?"},
		{"an attribute of another block is told with that block", `"paper" {}`, `"paper" { on_stop = "keep" }`, []string{"7:25 Unknown attribute"}, "on_stop belongs in `agent NAME`."},
		{"an attribute at the top of a file is told with its block", "", "cash = 5\n", []string{"14:1 Unknown attribute"}, "cash belongs in `venue \"paper\" NAME`."},
		{"an unknown block is told with the one that was meant", "", "instrumnet \"MSFT\" {}\n", []string{"14:1 Unknown block"}, "Did you mean instrument?"},
		{"a block of a later version is unknown", "", "swarm {}\n", []string{"14:1 Unknown block"}, "There can be: variable, host"},
		{"chaos at the top of a file is told where it belongs", "", "chaos {}\n", []string{"14:1 Unknown block"}, "chaos belongs in `host`."},
		{"a block in the wrong block is told with the right one", `"paper" {}`, "\"paper\" {\n  limits {}\n}", []string{"8:3 Unknown block"}, "limits belongs in `agent NAME`."},
		{"a block written as attribute", `venue       =`, "limits = {}\n  venue       =", []string{"11:3 Block written as attribute"}, "Write `limits { … }`"},
		{"an attribute written as block", `venue       =`, "shared {}\n  venue       =", []string{"11:3 Attribute written as block"}, "Write `shared = …`"},
		{"an unknown feed is told with the one that was meant", `"daily"` + "\n", `"dayli"` + "\n", []string{"10:17 Unknown feed"}, `Did you mean "daily"?`},
		{"an unknown venue is told with those there are", `= "paper"`, `= "exchange"`, []string{"11:17 Unknown venue"}, `There is "paper".`},
		{"an unknown instrument is told at its element", `["GOOG", "IBM"]`, `["GOOG", "MSFT"]`, []string{"12:26 Unknown instrument"}, "There is \"GOOG\" and \"IBM\". If it is one more, declare it: `instrument \"MSFT\" {}`."},
		{"a source of an unknown instrument", `source "IBM"`, `source "IBN"`, []string{"5:3 Unknown instrument", "12:26 Instrument without data"}, `Did you mean "IBM"?`},
		{"an unknown type of feed", `feed "csv"`, `feed "cvs"`, []string{"3:6 Unknown type"}, `Did you mean "csv"?`},
		{"a venue of a later version is unknown", `venue "paper" "paper"`, `venue "fix" "paper"`, []string{"7:7 Unknown type"}, `This version has "paper" and "http".`},
		{"a block without its name", `instrument "GOOG"`, `instrument`, []string{"1:1 Wrong labels"}, "Write `instrument \"NAME\" { … }`."},
		{"a block with one label too many", `agent "sma"`, `agent "sma" "x"`, []string{"8:13 Wrong labels"}, "takes 1 label; found 2"},
		{"a name that cannot be part of a path", `agent "sma"`, `agent "../sma"`, []string{"8:7 Name not allowed"}, "letters, digits"},
		{"two agents of one name", "", "agent \"sma\" {\n  strategy = \"sma.wasm\"\n  feed = \"daily\"\n  venue = \"paper\"\n  instruments = [\"GOOG\"]\n}\n", []string{"14:1 Duplicate name"}, "config.hcl:8:1"},
		{"two feeds of one name", "", "feed \"csv\" \"daily\" {\n  instrument = \"GOOG\"\n  file = \"GOOG.csv\"\n}\n", []string{"14:1 Duplicate name"}, "there already"},
		{"two host blocks", "", "host {}\nhost {}\n", []string{"15:1 Duplicate block"}, "config.hcl:14:1"},
		{"two sources of one instrument", `source "IBM"`, `source "GOOG"`, []string{"5:3 Duplicate block", "12:26 Instrument without data"}, "several files in one"},
		{"an attribute twice", `venue       = "paper"`, "venue = \"paper\"\n  venue = \"paper\"", []string{"12:3 Attribute redefined"}, "already set"},
	} {
		m.run(t)
	}
}

func TestMistakesOfTypes(t *testing.T) {
	for _, m := range []mistake{
		{"text without quotes", `= "paper"`, `= paper`, []string{"11:17 Text without quotes"}, `write "paper" in quotes`},
		{"a reference to a block", `= "paper"`, `= venue.paper.paper`, []string{"11:17 Unknown reference"}, "as var.NAME"},
		{"a number where text belongs", `= "paper"`, `= 5`, []string{"11:17 Wrong type"}, "takes text; found the number 5"},
		{"a list where text belongs", `= "daily"`, `= ["daily"]`, []string{"10:17 Wrong type"}, "found a list of 1 element"},
		{"text where a list belongs", `["GOOG", "IBM"]`, `"GOOG"`, []string{"12:17 Wrong type"}, `found the text "GOOG"`},
		{"a number in a list of texts is told at its element", `["GOOG", "IBM"]`, `["GOOG", 7]`, []string{"12:26 Wrong type"}, "this element is the number 7"},
		{"a list without elements", `["GOOG", "IBM"]`, `[]`, []string{"12:17 Empty list"}, "at least one"},
		{"a name twice in a list", `["GOOG", "IBM"]`, `["GOOG", "GOOG"]`, []string{"12:26 Named twice"}, "once"},
		{"text where true or false belongs", `"paper" {}`, `"paper" { trade_on_close = "yes" }`, []string{"7:42 Wrong type"}, `true or false; found the text "yes"`},
		{"a duration without unit", `"daily" {`, "\"daily\" {\n  interval = 60", []string{"4:14 Number without unit"}, "`interval = \"1d\"`"},
		{"a duration with an unknown unit", `"daily" {`, "\"daily\" {\n  interval = \"1 week\"", []string{"4:14 Not a duration"}, "1 week"},
		{"a duration of nothing", `"daily" {`, "\"daily\" {\n  interval = \"0s\"", []string{"4:14 Not a duration"}, "is below 1ms"},
		{"a size without unit", `feed        =`, "limits {\n    memory = 65536\n  }\n  feed        =", []string{"11:14 Number without unit"}, "says no unit"},
		{"a size of units of 1000 is told in those of 1024", `feed        =`, "limits {\n    memory = \"64mb\"\n  }\n  feed        =", []string{"11:14 Not a size"}, `Did you mean "64MiB"?`},
		{"a size that is no whole page", `feed        =`, "limits {\n    memory = \"100KiB\"\n  }\n  feed        =", []string{"11:14 Not a size"}, "multiple of 64KiB"},
		{"a fraction of a whole number", `feed        =`, "traps_max = 1.5\n  feed        =", []string{"10:15 Not a whole number"}, "traps_max is 1.5"},
		{"a number with commas", `"paper" {}`, `"paper" { cash = "10,000" }`, []string{"7:32 Not a number"}, "no commas"},
		{"money finer than money is", `"paper" {}`, `"paper" { cash = 0.123456789 }`, []string{"7:32 Too many decimal places"}, "has 9 decimal places; there is room for 8"},
		{"a percentage finer than fractions are", `"paper" {}`, `"paper" { commission = "0.1234567%" }`, []string{"7:38 Too many decimal places"}, "room for 6"},
		{"money beyond what there is", `"paper" {}`, `"paper" { cash = 92233720369 }`, []string{"7:32 Value out of range"}, "92233720368.54775807"},
		{"a fraction beyond its bounds", `"paper" {}`, `"paper" { margin = 1.5 }`, []string{"7:34 Value out of range"}, "from 0.00000001 to 1"},
		{"a number that is none", `"paper" {}`, `"paper" { cash = 1/0 }`, []string{"7:32 Value out of range"}, "no sensible setting"},
		{"a number beyond all numbers", `"paper" {}`, `"paper" { cash = 1e99999 }`, []string{"7:32 Value out of range"}, "no sensible setting"},
		{"a word that is not allowed is told with those that are", `feed        =`, "on_stop = \"flaten\"\n  feed        =", []string{"10:13 Value not allowed"}, `"keep", "cancel" or "flatten". Did you mean "flatten"?`},
		{"a word in a list that is not allowed", `feed        =`, "ticks_on = [\"markets\"]\n  feed        =", []string{"10:14 Value not allowed"}, `Did you mean "market"?`},
		{"a rate without period", `feed        =`, "risk { orders_rate = \"10\" }\n  feed        =", []string{"10:24 Not a rate"}, "10/1s"},
		{"a speed without x", `"daily" {`, "\"daily\" {\n  speed = \"60\"", []string{"4:11 Not a speed"}, "60x"},
		{"a speed beyond what clocks can do is told with the greatest", `"daily" {`, "\"daily\" {\n  speed = \"1000001x\"", []string{"4:11 Not a speed"}, "from 1x to 1000000x"},
		{"a hash of the wrong length", `feed        =`, "sha256 = \"abc\"\n  feed        =", []string{"10:12 Value not allowed"}, "64 hex digits; found 3 characters"},
		{"a hash of other letters", `feed        =`, "sha256 = \"" + strings.Repeat("zz", 32) + "\"\n  feed        =", []string{"10:12 Value not allowed"}, "64 hex digits"},
		{"a layout of strftime", `"daily" {`, "\"daily\" {\n  time_format = \"%Y-%m-%d\"", []string{"4:17 Value not allowed"}, "2006-01-02 15:04:05"},
		{"a layout without a date", `"daily" {`, "\"daily\" {\n  time_format = \"15:04\"", []string{"4:17 Value not allowed"}, "year, month and day"},
		{"a zone that is not in the list", `"daily" {`, "\"daily\" {\n  timezone = \"New York\"", []string{"4:14 Not a timezone"}, "list of zones"},
		{"a zone that differs between machines", `"daily" {`, "\"daily\" {\n  timezone = \"Local\"", []string{"4:14 Not a timezone"}, "no zone by itself"},
		{"a time that is none", `"daily" {`, "\"daily\" {\n  from = \"yesterday\"", []string{"4:10 Not a time"}, "2010-01-01"},
		{"a separator of two characters", `"daily" {`, "\"daily\" {\n  separator = \"||\"", []string{"4:15 Not a separator"}, "one character"},
		{"a currency with a blank", `instrument "GOOG" {}`, `instrument "GOOG" { quote = "US D" }`, []string{"1:29 Value not allowed"}, "letters and digits"},
		{"a parameter that is a list", `feed        =`, "params { x = [1] }\n  feed        =", []string{"10:16 Wrong type"}, "found a list"},
	} {
		m.run(t)
	}
}

func TestMistakesOfWhatIsNotThere(t *testing.T) {
	for _, m := range []mistake{
		{"a missing attribute is told at its block with an example", "  venue       = \"paper\"\n", "", []string{"8:1 Missing attribute"}, "venue = \"paper\""},
		{"null is missing too", `venue       = "paper"`, "venue = null", []string{"8:1 Missing attribute"}, "needs venue"},
		{"an agent without feed", "  feed        = \"daily\"\n", "", []string{"8:1 Missing attribute"}, "needs feed"},
		{"an empty agent tells all it needs", "", "agent \"x\" {}\n", []string{"14:1 Missing attribute", "14:1 Missing attribute", "14:1 Missing attribute", "14:1 Missing attribute"}, "needs"},
		{"a feed without data", "", "feed \"csv\" \"x\" {}\n", []string{"14:1 Missing attribute"}, "source \"GOOG\" { file = \"GOOG.csv\" }"},
		{"a feed with a file of nobody knows what", "", "feed \"csv\" \"x\" {\n  file = \"IBM.csv\"\n}\n", []string{"14:1 Missing attribute"}, "of which instrument"},
		{"a source without file", `{ file = "GOOG.csv" }`, `{}`, []string{"4:3 Missing attribute"}, "needs file"},
		{"a file that is not there is told with one that is", `"GOOG.csv"`, `"GOGO.csv"`, []string{"4:26 File not found"}, `Did you mean "GOOG.csv"?`},
		{"a file in a list is told at its element", `["IBM.csv"]`, `["IBM.csv", "x.csv"]`, []string{"5:38 File not found"}, "Looked for:"},
		{"a folder is no file", `"sma.wasm"`, `"."`, []string{"9:17 Not a file"}, "is a folder"},
		{"an empty path", `"sma.wasm"`, `""`, []string{"9:17 Empty path"}, "Write the path"},
		{"an undeclared variable is told with the declared one", `"sma.wasm"`, `var.strateg`, []string{"9:17 Undeclared variable"}, `variable "strateg"`},
		{"var alone is no value", `"sma.wasm"`, `var`, []string{"9:17 Incomplete reference"}, "var.NAME"},
		{"an environment variable that is not set", `"sma.wasm"`, `env("MODULE")`, []string{"9:22 Invalid function argument"}, "MODULE is not set"},
		{"an unknown function is told with the one that was meant", `"sma.wasm"`, `envv("MODULE")`, []string{"9:17 Call to unknown function"}, `Did you mean "env"?`},
	} {
		m.run(t)
	}
}

func TestMistakesBetweenSettings(t *testing.T) {
	two := "agent \"two\" {\n  strategy = \"sma.wasm\"\n  feed = \"daily\"\n  venue = \"paper\"\n  account = \"sma\"\n  shared = true\n  capital = 6000\n  instruments = [\"GOOG\"]\n}\n"
	for _, m := range []mistake{
		{"an agent whose feed has no data of its instrument", `  source "IBM" { files = ["IBM.csv"] }` + "\n", "", []string{"11:26 Instrument without data"}, `It has "GOOG".`},
		{"two agents that own one instrument of one account", "", two, []string{"21:18 Instrument with two owners"}, "shared = true in both"},
		{"two agents that are given more than there is", "instruments = [\"GOOG\", \"IBM\"]\n}\n", "instruments = [\"IBM\"]\n  account = \"sma\"\n  capital = 5000\n}\n" + two, []string{"22:13 More capital than cash"}, "has 10000, of which other agents have 5000"},
		{"an account in another currency than its instrument", `instrument "GOOG" {}`, `instrument "GOOG" { quote = "EUR" }`, []string{"12:18 Currencies that differ"}, "settles in EUR"},
		{"an instrument that settles apart from its quote", `instrument "IBM" {}`, `instrument "IBM" { settle = "IBM" }`, []string{"2:29 Settings that contradict", "12:26 Currencies that differ"}, "not supported"},
		{"a tick finer than prices are", `instrument "GOOG" {}`, "instrument \"GOOG\" {\n  tick = \"0.001\"\n  price_decimals = 2\n}", []string{"2:10 Too many decimal places"}, "room for 2"},
		{"a greatest quantity below the least", `instrument "GOOG" {}`, "instrument \"GOOG\" {\n  quantity_min = 10\n  quantity_max = 5\n}", []string{"3:18 Settings that contradict"}, "no order would pass"},
		{"a least quantity between lots", `instrument "GOOG" {}`, "instrument \"GOOG\" {\n  lot = 100\n  quantity_min = 150\n}", []string{"3:18 Settings that contradict"}, "no multiple of lot, 100"},
		{"a bound finer than the instrument's quantities", `feed        =`, "risk { position_max = 1.5 }\n  feed        =", []string{"10:25 Not a whole number"}, "position_max is 1.5"},
		{"a bound of nothing", `feed        =`, "risk { order_quantity_max = 0 }\n  feed        =", []string{"10:31 Value out of range"}, "above zero"},
		{"file and files", `{ files = ["IBM.csv"] }`, "{\n    file  = \"IBM.csv\"\n    files = [\"IBM.csv\"]\n  }", []string{"7:5 Settings that contradict"}, "Put all into files"},
		{"feed and feeds", `feed        =`, "feeds = [\"daily\"]\n  feed        =", []string{"10:3 Settings that contradict"}, "Put all into feeds"},
		{"a file beside sources", `"daily" {`, "\"daily\" {\n  file = \"GOOG.csv\"", []string{"4:10 Settings that contradict"}, "Put it into one of them"},
		{"an end before the beginning", `"daily" {`, "\"daily\" {\n  from = \"2010-01-01\"\n  to = \"2009-01-01\"", []string{"5:8 Settings that contradict"}, "no bar is left"},
		{"a column by name in a file without names", `"daily" {`, "\"daily\" {\n  header = false\n  columns {\n    time = \"Date\"\n    open = 2\n    volume = \"-\"\n  }", []string{"6:12 Settings that contradict"}, "Write its place"},
		{"a feed that nobody uses is a warning", "", "feed \"csv\" \"x\" {\n  instrument = \"GOOG\"\n  file = \"GOOG.csv\"\n}\n", []string{"14:1 Unused feed"}, `"x"`},
		{"a venue that nobody uses is a warning", "", "venue \"paper\" \"x\" {}\n", []string{"14:1 Unused venue"}, `"x"`},
	} {
		m.run(t)
	}
}

func TestNoAgentIsNothingToRun(t *testing.T) {
	_, d := loadText(t, "", Options{})
	if got := places(d); !slices.Equal(got, []string{"Nothing to run"}) {
		t.Errorf("got %v", got)
	}
}
