//go:build !wasip1

package abi

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

const goodDescription = `{
 "name": "breakout", "version": "2.1", "summary": "Says \"so\".",
 "parameters": [
  {"name": "lookback", "type": "integer", "default": 55, "min": 2, "max": 500, "help": "Bars."},
  {"name": "risk", "type": "decimal", "default": "0.01", "min": "0.00000001", "help": "Fraction."},
  {"name": "long_only", "type": "boolean", "default": true, "help": "No shorts."},
  {"name": "patience", "type": "duration", "default": "90s", "max": "4h30m", "help": "Wait."},
  {"name": "label", "type": "text", "default": "né\n", "help": "Tag."}
 ],
 "series": [{"name": "upper", "unit": "price"}, {"name": "load", "unit": "fraction"}]
}`

func wantDescription() *Description {
	return &Description{
		Name: "breakout", Version: "2.1", Summary: `Says "so".`,
		Parameters: []Parameter{
			{Name: "lookback", Type: ParameterInteger, Default: Value{Number: 55}, Min: 2, Max: 500, Help: "Bars."},
			{Name: "risk", Type: ParameterDecimal, Default: Value{Number: 1_000_000}, Min: 1, Max: math.MaxInt64, Help: "Fraction."},
			{Name: "long_only", Type: ParameterBoolean, Default: Value{Number: 1}, Min: math.MinInt64, Max: math.MaxInt64, Help: "No shorts."},
			{Name: "patience", Type: ParameterDuration, Default: Value{Number: 90e9}, Min: math.MinInt64, Max: 16_200e9, Help: "Wait."},
			{Name: "label", Type: ParameterText, Default: Value{Text: "né\n"}, Min: math.MinInt64, Max: math.MaxInt64, Help: "Tag."},
		},
		Series: []SeriesDeclaration{{Name: "upper", Unit: UnitPrice}, {Name: "load", Unit: UnitFraction}},
	}
}

func TestADescriptionIsReadAndWritten(t *testing.T) {
	got, err := ParseDescription([]byte(goodDescription))
	if err != nil {
		t.Fatal(err)
	}
	if want := wantDescription(); !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v, want\n%+v", got, want)
	}
	again, err := ParseDescription(got.AppendJSON(nil))
	if err != nil {
		t.Fatalf("%v in %s", err, got.AppendJSON(nil))
	}
	if !reflect.DeepEqual(again, got) {
		t.Errorf("written and read again it is\n%+v, want\n%+v", again, got)
	}
}

// badDescriptions change one text of the good one; the error says what was wrong, and where.
var badDescriptions = []struct{ old, new, want string }{
	{`"name": "breakout"`, `"name": "Break Out"`, `description.name: found "Break Out", want lower-case`},
	{`"name": "breakout", `, ``, `description.name: missing`},
	{`"version": "2.1"`, `"version": 2.1`, `description.version: found 2.1, want a string`},
	{`"version": "2.1"`, `"version": ""`, `description.version: empty`},
	{`"summary"`, `"sumary"`, `description: unknown field "sumary", want one of name, version, summary, parameters, series`},
	{`"version": "2.1"`, `"version": "1", "version": "2"`, `description: field "version" is there twice`},
	{`"series": [`, `"series": {`, `description`},
	{`"unit": "price"}, `, `"unit": "prize"}, `, `description.series[0].unit: found "prize", want one of price,`},
	{`"name": "load"`, `"name": "upper"`, `description.series[1].name: "upper" is declared twice`},
	{`"name": "risk"`, `"name": "lookback"`, `description.parameters[1].name: "lookback" is declared twice`},
	{`"type": "integer"`, `"type": "int"`, `description.parameters[0].type: found "int", want one of integer, decimal,`},
	{`"default": 55`, `"default": 501`, `description.parameters[0].default: found 501, want at most 500`},
	{`"default": 55`, `"default": 1`, `description.parameters[0].default: found 1, want at least 2`},
	{`"default": 55`, `"default": 5.5`, `description.parameters[0].default: found "5.5", want an integer`},
	{`"default": 55`, `"default": "55"`, `description.parameters[0].default: found "55", want an integer`},
	{`"default": 55, `, ``, `description.parameters[0].default: missing; each parameter (here "lookback") needs one`},
	{`"default": 55`, `"default": null`, `want an integer`},
	{`"min": 2`, `"min": 501`, `description.parameters[0].min: 501 is above max, 500`},
	{`"default": "0.01"`, `"default": 0.01`, `description.parameters[1].default: found 0.01, want a string that holds a decimal`},
	{`"default": "0.01"`, `"default": "0.000000001"`, `at most 8 places`},
	{`"default": "0.01"`, `"default": "1e-2"`, `description.parameters[1].default: found "1e-2", want a decimal number`},
	{`"default": true`, `"default": 1`, `description.parameters[2].default: found 1, want true or false`},
	{`"default": true`, `"default": true, "min": false`, `description.parameters[2].min: a boolean has no range`},
	{`"default": "90s"`, `"default": "90"`, `found "90", want a duration with its unit`},
	{`"default": "90s"`, `"default": "5h"`, `description.parameters[3].default: found 5h0m0s, want at most 4h30m0s`},
	{`"help": "Bars."`, `"help": ""`, `description.parameters[0].help: empty`},
	{`"help": "Bars."`, `"help": "` + strings.Repeat("x", 401) + `"`, `description.parameters[0].help: 401 bytes, at most 400 are allowed`},
	{`{"name": "upper", "unit": "price"}`, `7`, `description.series[0]: found "7", want a JSON object`},
}

func TestABadDescriptionIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range badDescriptions {
		raw := strings.Replace(goodDescription, c.old, c.new, 1)
		if raw == goodDescription {
			t.Fatalf("%q is not in the description", c.old)
		}
		if _, err := ParseDescription([]byte(raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: got %v, want %q", c.new, c.old, err, c.want)
		}
	}
	for raw, want := range map[string]string{
		"":                         "want a JSON object",
		"[]":                       "want a JSON object",
		goodDescription + "x":      `found "x" behind its end`,
		goodDescription[:300]:      "description.parameters",
		strings.Repeat(" ", 1<<17): "at most 65536 are allowed",
	} {
		if _, err := ParseDescription([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", raw, err, want)
		}
	}
}

func TestVectorsOfDescriptions(t *testing.T) {
	made := []vector{{Name: "each type", Text: goodDescription, Meaning: descriptionMeaning(wantDescription())}}
	for _, c := range badDescriptions {
		raw := strings.Replace(goodDescription, c.old, c.new, 1)
		_, err := ParseDescription([]byte(raw))
		if err == nil {
			t.Fatalf("%q was taken", c.new)
		}
		made = append(made, vector{Name: "refused: " + c.want, Text: raw, Error: err.Error()})
	}
	for _, v := range compareVectors(t, "descriptions.json", made) {
		d, err := ParseDescription([]byte(v.Text))
		if v.Error != nil {
			if err == nil || err.Error() != v.Error {
				t.Errorf("%s: got %v", v.Name, err)
			}
			continue
		}
		if got := plain(descriptionMeaning(d)); !reflect.DeepEqual(got, v.Meaning) {
			t.Errorf("%s: read\n%v, want\n%v", v.Name, got, v.Meaning)
		}
	}
}

// descriptionMeaning is the values as strategy_init is given them.
func descriptionMeaning(d *Description) object {
	var parameters, series []object
	for _, p := range d.Parameters {
		parameters = append(parameters, object{{"name", p.Name}, {"type", p.Type}, {"default", p.Format(p.Default)}})
	}
	for _, s := range d.Series {
		series = append(series, object{{"name", s.Name}, {"unit", s.Unit}})
	}
	return object{{"name", d.Name}, {"version", d.Version}, {"parameters", parameters}, {"series", series}}
}

func TestDecimalsAreExact(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 100_000_000, "0.02": 2_000_000, "-0.00000001": -1, "92233720368.54775807": math.MaxInt64, "007": 700_000_000, "1.10": 110_000_000,
	} {
		got, err := ParseDecimal(text)
		if err != nil || got != want {
			t.Errorf("ParseDecimal(%q) = %d, %v, want %d", text, got, err, want)
		}
		if again, err := ParseDecimal(FormatDecimal(got)); err != nil || again != got {
			t.Errorf("FormatDecimal(%d) = %q, read as %d", got, FormatDecimal(got), again)
		}
	}
	if got := FormatDecimal(math.MinInt64); got != "-92233720368.54775808" {
		t.Errorf("FormatDecimal of the least number = %q", got)
	}
	for _, text := range []string{"", ".", "1.", ".5", "+1", "1_000", "1e3", "0x1", "NaN", "92233720368.54775808", "1.000000001", "--1", "- 1", "1,5", "1.-5", "1.+5"} {
		if v, err := ParseDecimal(text); err == nil {
			t.Errorf("ParseDecimal(%q) = %d, want an error", text, v)
		}
	}
}
