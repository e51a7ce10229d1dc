package config

import (
	"slices"
	"strings"
	"testing"
)

// withCash is good with the venue's cash from a variable that is declared so.
func withCash(variables string) string {
	return strings.Replace(good, `"paper" {}`, `"paper" { cash = var.cash }`, 1) + variables
}

func TestVariables(t *testing.T) {
	environ := func(name string) (string, bool) { return "500.25", name == "CASH" }
	for _, c := range []struct {
		claim, variables string
		given            string // of cash
		want             int64
	}{
		{"a default holds where nothing is given", `variable "cash" { default = 5 }`, "", 5 * One},
		{"the command line comes before the default", `variable "cash" { default = 5 }`, "7.5", 750_000_000},
		{"a variable without default takes text", `variable "cash" {}`, "7", 7 * One},
		{"a declared type is kept", "variable \"cash\" {\n  type = number\n}", "1e3", 1000 * One},
		{"a default may use another variable, declared later", "variable \"cash\" { default = 2 * var.half }\nvariable \"half\" { default = 3 }", "", 6 * One},
		{"a default may use the environment", `variable "cash" { default = env("CASH") }`, "", 50_025_000_000},
		{"the environment may be missing where there is a default", `variable "cash" { default = env("NONE", "8") }`, "", 8 * One},
		{"a default that is not needed may need what is not there", `variable "cash" { default = env("NONE") }`, "9", 9 * One},
		{"functions compute", `variable "cash" { default = max(1, min(4, 3), 2) }`, "", 3 * One},
	} {
		t.Run(c.claim, func(t *testing.T) {
			o := Options{Environ: environ}
			if c.given != "" {
				o.Variables = map[string]string{"cash": c.given}
			}
			config, d := loadText(t, withCash(c.variables), o)
			if d.HasErrors() || config.Venue("paper").Paper.Cash != c.want {
				t.Errorf("cash is %d\n%s", config.Venue("paper").Paper.Cash, textOf(d))
			}
		})
	}
}

func TestMistakesOfVariables(t *testing.T) {
	for _, c := range []struct {
		claim, text string
		given       map[string]string
		places      []string
		detail      string
	}{
		{"one without value", withCash(`variable "cash" {}`), nil, []string{"14:1 Variable without value"}, "--var cash=…"},
		{"one that is not declared", withCash(`variable "cahs" { default = 5 }`), nil, []string{"7:32 Undeclared variable"}, "Did you mean cahs?"},
		{"a value for one that is not declared", good + `variable "data" { default = 1 }`, map[string]string{"dta": "x"}, []string{"Unused variable"}, "--var dta=x, and no variable \"dta\" is declared. Did you mean data?"},
		{"two that need each other", withCash("variable \"cash\" { default = var.b }\nvariable \"b\" { default = var.cash }"), nil, []string{"15:26 Variables in a circle"}, "cash → b → cash"},
		{"one that needs itself", withCash(`variable "cash" { default = var.cash }`), nil, []string{"14:29 Variables in a circle"}, "cash → cash"},
		{"a value of the wrong type", withCash(`variable "cash" { default = 5 }`), map[string]string{"cash": "many"}, []string{"14:1 Wrong type"}, "--var cash=many is given"},
		{"a default of the wrong type", withCash("variable \"cash\" {\n  type = number\n  default = \"many\"\n}"), nil, []string{"16:13 Wrong type"}, "var.cash is a number"},
		{"a type in quotes", withCash("variable \"cash\" {\n  type = \"number\"\n  default = 5\n}"), nil, []string{"15:10 Type in quotes"}, "type = number"},
		{"a type that is none", withCash("variable \"cash\" {\n  type = numbr\n  default = 5\n}"), nil, []string{"15:10 Invalid type specification"}, "numbr"},
		{"one declared twice", withCash("variable \"cash\" { default = 5 }\nvariable \"cash\" { default = 6 }"), nil, []string{"15:1 Duplicate name"}, "14:1"},
		{"an attribute that variables do not have", withCash("variable \"cash\" {\n  defualt = 5\n}"), nil, []string{"14:1 Variable without value", "15:3 Unknown attribute"}, "no default"},
		{"too many arguments of env", withCash(`variable "cash" { default = env("A", "1", "2") }`), nil, []string{"14:44 Invalid function argument"}, "at most one default"},
		{"a list on the command line that is none", good + "variable \"l\" {\n  type = list(string)\n}", map[string]string{"l": "[a"}, []string{"14:1 Value not allowed"}, "cannot be read as list of string"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			_, d := loadText(t, c.text, Options{Variables: c.given, Environ: func(string) (string, bool) { return "", false }})
			if got := places(d); !slices.Equal(got, c.places) {
				t.Fatalf("got %q, want %q\n%s", got, c.places, textOf(d))
			}
			if !strings.Contains(d.All()[0].Detail, c.detail) {
				t.Errorf("detail %q does not say %q", d.All()[0].Detail, c.detail)
			}
		})
	}
}

func TestListsComeFromTheCommandLine(t *testing.T) {
	text := strings.Replace(good, `["GOOG", "IBM"]`, "var.list", 1) + `variable "list" { default = ["GOOG"] }`
	c, d := loadText(t, text, Options{Variables: map[string]string{"list": `["IBM", "GOOG"]`}})
	if d.HasErrors() || !slices.Equal(c.Agents[0].Instruments, []string{"IBM", "GOOG"}) {
		t.Errorf("%v\n%s", c.Agents[0].Instruments, textOf(d))
	}
}

func TestConfigTellsWhatItsVariablesHold(t *testing.T) {
	text := withCash("variable \"cash\" {\n  default = 5\n  description = \"What there is.\"\n}\nvariable \"key\" { default = env(\"KEY\") }")
	c, _ := loadText(t, text, Options{Variables: map[string]string{"cash": "6"}, Environ: func(string) (string, bool) { return "secret", true }})
	if v := c.Variables[0]; v.Name != "cash" || v.Origin != "command line" || v.Value != "the number 6" || v.Description != "What there is." {
		t.Errorf("%+v", v)
	}
	if v := c.Variables[1]; v.Origin != "default" || strings.Contains(v.Value, "secret") {
		t.Errorf("the environment is told: %q", v.Value)
	}
}

func TestFindingsTellWhatVariablesHoldButNotTheEnvironment(t *testing.T) {
	text := strings.Replace(good, `"paper" {}`, `"paper" { cash = "${var.a}${var.b}" }`, 1) + "variable \"a\" { default = \"x\" }\nvariable \"b\" { default = env(\"B\") }\n"
	_, d := loadText(t, text, Options{Environ: func(string) (string, bool) { return "y", true }})
	want := []ExpressionValue{{"var.a", `is the text "x"`}, {"var.b", "is from the environment"}}
	if got := d.All()[0].Values; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
