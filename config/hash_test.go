package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func hashes(t *testing.T, text string, o Options) (all, agent [32]byte) {
	t.Helper()
	c, d := loadText(t, text, o)
	if d.HasErrors() {
		t.Fatal(textOf(d))
	}
	return c.Hash, c.Agents[0].Hash
}

func TestHashIsOfEffectiveValues(t *testing.T) {
	all, agent := hashes(t, good, Options{})
	for claim, text := range map[string]string{
		"layout does not count":                 "# A comment.\n" + strings.ReplaceAll(good, "  ", "\t\t"),
		"a default that is written is the same": strings.Replace(good, `"paper" {}`, `"paper" { cash = "10000.00" }`, 1),
		"an expression is its value":            strings.Replace(good, `"paper" {}`, `"paper" { cash = var.c * 2 }`, 1) + `variable "c" { default = 5000 }`,
		"where and how fast does not count":     strings.Replace(good, `"daily" {`, "\"daily\" {\n speed = \"60x\"", 1) + "host {\n  runs_dir = \"x\"\n  workers = 1\n  log {\n    level = \"off\"\n  }\n}",
	} {
		if a, g := hashes(t, text, Options{}); a != all || g != agent {
			t.Errorf("%s: %v %v", claim, a == all, g == agent)
		}
	}
	for claim, text := range map[string]string{
		"cash counts":                      strings.Replace(good, `"paper" {}`, `"paper" { cash = 10001 }`, 1),
		"a parameter counts":               strings.Replace(good, "feed        =", "params { x = 1 }\n  feed        =", 1),
		"a limit counts":                   strings.Replace(good, "feed        =", "limits { records = 1 }\n  feed        =", 1),
		"a bound counts":                   strings.Replace(good, "feed        =", "risk { position_max = 1 }\n  feed        =", 1),
		"the order of instruments counts":  strings.Replace(good, `["GOOG", "IBM"]`, `["IBM", "GOOG"]`, 1),
		"the feed's format counts":         strings.Replace(good, `"daily" {`, "\"daily\" {\n time_is = \"open\"", 1),
		"a source's column counts":         strings.Replace(good, `{ file = "GOOG.csv" }`, "{\n    file = \"GOOG.csv\"\n    columns {\n      time = 1\n    }\n  }", 1),
		"a file's name counts":             strings.Replace(good, `{ file = "GOOG.csv" }`, `{ file = "IBM.csv" }`, 1),
		"an instrument's scale counts":     strings.Replace(good, `"IBM" {}`, `"IBM" { price_decimals = 2 }`, 1),
		"the host's seed counts":           good + "host { seed = 1 }",
		"what becomes of positions counts": strings.Replace(good, "feed        =", "on_stop = \"keep\"\n  feed        =", 1),
		"a text is not the number in it":   strings.Replace(good, "feed        =", "params { x = \"1\" }\n  feed        =", 1),
	} {
		if a, g := hashes(t, text, Options{}); a == all || g == agent {
			t.Errorf("%s: the hash is the same (all %v, agent %v)", claim, a == all, g == agent)
		}
	}
}

func TestAgentsBesideDoNotChangeAnAgentsHash(t *testing.T) {
	all, agent := hashes(t, good, Options{})
	beside := good + "agent \"two\" {\n  strategy = \"sma.wasm\"\n  feed = \"daily\"\n  venue = \"paper\"\n  instruments = [\"GOOG\"]\n}\n"
	if a, g := hashes(t, beside, Options{}); a == all || g != agent {
		t.Errorf("all changed: %v, agent changed: %v", a != all, g != agent)
	}
}

func TestHashIsTheSameOnEveryMachine(t *testing.T) {
	if !filepath.IsAbs(folder(t)) {
		t.Skip("folders are not absolute")
	}
	a, _ := hashes(t, good, Options{}) // each in a folder of its own
	b, _ := hashes(t, good, Options{})
	if a != b {
		t.Error("the folder counts")
	}
}
