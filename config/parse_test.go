package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMistakesOfGrammar(t *testing.T) {
	for _, m := range []mistake{
		{"a text without its closing quote", `"paper"` + "\n", "\"paper\n", []string{"11:23 Invalid multi-line string"}, "may not be split"},
		{"single quotes", `= "daily"`, `= 'daily'`, []string{"10:17 Invalid character"}, "Use double quotes"},
		{"a colon for an equals sign", `feed        =`, `feed:`, []string{"10:3 Argument or block definition required"}, "equals sign"},
		{"each of several in several blocks, with what else is wrong", "venue \"paper\" \"paper\" {}\nagent \"sma\" {\n", "venue \"paper\" \"paper\" {\n  cash = = 5\n  fee_fixed = \"x\"\n}\nagent \"sma\" {\n  seed = 1 +\n  traps_max = 0\n", []string{"8:10 Invalid expression", "9:15 Not a number", "12:13 Invalid expression", "13:15 Value out of range"}, "start of an expression"},
		{"a block that is not closed does not make the rest wrong", "\"daily\" {\n", "\"daily\" {\n  quality {\n", []string{"3:20 Unclosed configuration block"}, "no closing brace"},
		{"a brace on the next line is one mistake", `"paper" "paper" {}`, "\"paper\" \"paper\"\n{\n}", []string{"7:22 Invalid block definition"}, "same line"},
		{"settings on one line with a comma", `"paper" {}`, `"paper" { cash = 5, spread = 0 }`, []string{"7:33 Invalid single-argument block definition"}, "one argument definition"},
	} {
		m.run(t)
	}
}

func TestBytesThatAreNoTextAreRefused(t *testing.T) {
	for _, text := range []string{"\xff\xfe", "agent \"\x00\" {}", "\xef\xbb\xbfagent {", strings.Repeat("{", 100)} {
		if _, d := loadText(t, text, Options{}); !d.HasErrors() {
			t.Errorf("%q is no error", text)
		}
	}
}

func TestNestingThatWouldBreakTheParserIsRefused(t *testing.T) {
	const n = 1 << 16
	for claim, text := range map[string]string{
		"brackets":             "a = " + strings.Repeat("(", n),
		"lists":                "a = " + strings.Repeat("[", n),
		"blocks":               strings.Repeat("a {\n", n/2),
		"templates":            "a = " + strings.Repeat(`"${`, n),
		"negations":            "a = " + strings.Repeat("!", n) + "true",
		"minuses":              "a = " + strings.Repeat("-", n) + "1",
		"conditions":           "a = " + strings.Repeat("true ? 1 : ", n/4) + "1",
		"functions":            "a = " + strings.Repeat("f(", n),
		"directives":           "a = \"" + strings.Repeat("%{if true}", n/4) + "\"",
		"for":                  "a = " + strings.Repeat("[for a in ", n/4),
		"negations over lines": "a = (" + strings.Repeat("!\n", n) + "true)",
	} {
		_, d := loadText(t, text, Options{})
		if got := places(d); !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "Nested too deep") }) {
			t.Errorf("%s: got %q", claim, got[:min(len(got), 3)])
		}
	}
}

func TestLongExpressionsAreReadUpToABound(t *testing.T) {
	for claim, c := range map[string]struct{ before, repeated, after string }{
		"a sum":      {"1", "+1", ""},
		"an index":   {"var.b", "[0]", ""},
		"attributes": {"var.b", ".b", ""},
		"a text":     {`"`, "${1}", `"`},
		"a list":     {"[", "1,", "]"},
	} {
		text := func(n int) string {
			return "variable \"b\" { default = 1 }\nvariable \"a\" { default = " + c.before + strings.Repeat(c.repeated, n) + c.after + " }\n"
		}
		begin := time.Now()
		if _, d := loadText(t, text(chainMax-10), Options{}); slices.Contains(places(d), "Nested too deep") {
			t.Errorf("%s is refused", claim)
		}
		t.Logf("%s of %d: %v", claim, chainMax-10, time.Since(begin).Round(time.Millisecond))
	}
	text := "variable \"a\" { default = 1" + strings.Repeat("+1", chainMax+1) + " }"
	if _, d := loadText(t, text, Options{}); !strings.HasSuffix(places(d)[0], "Nested too deep") {
		t.Errorf("got %v", places(d)[0])
	}
}

func TestThousandsOfAgentsAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString(good)
	for i := range 3_000 {
		fmt.Fprintf(&b, "agent \"a%d\" {\n  strategy    = \"sma.wasm\"\n  feed        = \"daily\"\n  venue       = \"paper\"\n  instruments = [\"GOOG\"]\n  params {\n    fast = %d + 1\n    slow = -1\n  }\n}\n", i, i)
	}
	begin := time.Now()
	c, d := loadText(t, b.String(), Options{})
	t.Logf("%d KiB in %v", b.Len()>>10, time.Since(begin).Round(time.Millisecond))
	if d.HasErrors() || len(c.Agents) != 3_001 || c.Agents[3_000].Params["fast"].Text != "3000" {
		t.Errorf("%d agents\n%.1000s", len(c.Agents), textOf(d))
	}
}
