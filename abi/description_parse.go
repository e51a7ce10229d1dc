//go:build !wasip1

package abi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The parser of descriptions is the host's: guests have theirs as a constant, and encoding/json
// would only make every Go guest larger.

// Limits of a description.
const (
	DescriptionSizeMax = 64 << 10
	ParametersMax      = 64
	SeriesMax          = 64
	TextSizeMax        = 4 << 10 // Of a default of type text.
	helpSizeMax        = 400
)

var descriptionName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// ParseDescription reads the JSON of strategy_describe. It is strict: unknown or repeated fields, a
// default outside of its own range, a name twice and the like are errors, which say where.
func ParseDescription(raw []byte) (*Description, error) {
	if len(raw) > DescriptionSizeMax {
		return nil, fmt.Errorf("description: %d bytes, at most %d are allowed", len(raw), DescriptionSizeMax)
	}
	fields, err := readObject("description", raw, "name", "version", "summary", "parameters", "series")
	if err != nil {
		return nil, err
	}
	d := &Description{}
	if d.Name, err = readString("description.name", fields["name"], true, 64); err != nil {
		return nil, err
	}
	if !descriptionName.MatchString(d.Name) {
		return nil, fmt.Errorf("description.name: found %q, want lower-case letters, digits, '-' and '_', a letter first", d.Name)
	}
	if d.Version, err = readString("description.version", fields["version"], true, 64); err != nil {
		return nil, err
	}
	if d.Summary, err = readString("description.summary", fields["summary"], false, helpSizeMax); err != nil {
		return nil, err
	}
	if d.Parameters, err = readList("description.parameters", fields["parameters"], ParametersMax, readParameter); err != nil {
		return nil, err
	}
	if d.Series, err = readList("description.series", fields["series"], SeriesMax, readSeries); err != nil {
		return nil, err
	}
	return d, d.checkNames()
}

func (d *Description) checkNames() error {
	seen := map[string]bool{}
	for i, p := range d.Parameters {
		if seen[p.Name] {
			return fmt.Errorf("description.parameters[%d].name: %q is declared twice", i, p.Name)
		}
		seen[p.Name] = true
	}
	clear(seen)
	for i, s := range d.Series {
		if seen[s.Name] {
			return fmt.Errorf("description.series[%d].name: %q is declared twice", i, s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

func readParameter(path string, raw []byte) (p Parameter, err error) {
	fields, err := readObject(path, raw, "name", "type", "default", "min", "max", "help")
	if err != nil {
		return p, err
	}
	if p.Name, err = readName(path+".name", fields["name"]); err != nil {
		return p, err
	}
	typeName, err := readString(path+".type", fields["type"], true, 64)
	if err != nil {
		return p, err
	}
	i := slices.Index(parameterTypeNames, typeName)
	if i < 1 {
		return p, fmt.Errorf("%s.type: found %q, want one of %s", path, typeName, strings.Join(parameterTypeNames[1:], ", "))
	}
	p.Type, p.Min, p.Max = ParameterType(i), math.MinInt64, math.MaxInt64
	if err = p.readRange(path, fields); err != nil {
		return p, err
	}
	if fields["default"] == nil {
		return p, fmt.Errorf("%s.default: missing; each parameter (here %q) needs one", path, p.Name)
	}
	if p.Default, err = p.readValue(fields["default"]); err != nil {
		return p, fmt.Errorf("%s.default: %w", path, err)
	}
	p.Help, err = readString(path+".help", fields["help"], true, helpSizeMax)
	return p, err
}

func (p *Parameter) readRange(path string, fields map[string]json.RawMessage) error {
	bounded := p.Type != ParameterText && p.Type != ParameterBoolean
	unbounded := Parameter{Type: p.Type, Min: math.MinInt64, Max: math.MaxInt64}
	for _, bound := range []struct {
		name string
		into *int64
	}{{"min", &p.Min}, {"max", &p.Max}} {
		raw := fields[bound.name]
		if raw == nil {
			continue
		}
		if !bounded {
			return fmt.Errorf("%s.%s: a %s has no range", path, bound.name, p.Type)
		}
		v, err := unbounded.readValue(raw)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", path, bound.name, err)
		}
		*bound.into = v.Number
	}
	if p.Min > p.Max {
		return fmt.Errorf("%s.min: %s is above max, %s", path, p.Format(Value{Number: p.Min}), p.Format(Value{Number: p.Max}))
	}
	return nil
}

// readValue reads a value as JSON has it: integers as numbers, booleans as such, the rest as strings.
func (p *Parameter) readValue(raw json.RawMessage) (Value, error) {
	first := raw[0]
	switch p.Type {
	case ParameterInteger:
		if first == '"' || first == '{' || first == '[' {
			return Value{}, fmt.Errorf("found %s, want an integer", raw)
		}
		return p.Parse(string(raw))
	case ParameterBoolean:
		if first != 't' && first != 'f' {
			return Value{}, fmt.Errorf("found %s, want true or false", raw)
		}
		return p.Parse(string(raw))
	}
	var s string
	if first != '"' || json.Unmarshal(raw, &s) != nil {
		return Value{}, fmt.Errorf("found %s, want a string that holds a %s", raw, p.Type)
	}
	return p.Parse(s)
}

// Parse reads a value of this parameter from text (`10`, `0.02`, `true`, `90s`, anything) and checks
// its range. The error says what was found and what is wanted.
func (p *Parameter) Parse(text string) (Value, error) {
	var v Value
	var err error
	switch p.Type {
	case ParameterInteger:
		if v.Number, err = strconv.ParseInt(text, 10, 64); err != nil {
			return v, fmt.Errorf("found %q, want an integer", text)
		}
	case ParameterDecimal:
		if v.Number, err = ParseDecimal(text); err != nil {
			return v, err
		}
	case ParameterBoolean:
		if text != "true" && text != "false" {
			return v, fmt.Errorf("found %q, want true or false", text)
		}
		if text == "true" {
			v.Number = 1
		}
	case ParameterDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return v, fmt.Errorf(`found %q, want a duration with its unit, such as "90s" or "4h"`, text)
		}
		v.Number = int64(d)
	case ParameterText:
		if len(text) > TextSizeMax {
			return v, fmt.Errorf("found a text of %d bytes, want at most %d", len(text), TextSizeMax)
		}
		v.Text = text
		return v, nil
	default:
		return v, fmt.Errorf("parameter %q has no known type: %s", p.Name, p.Type)
	}
	return v, p.checkRange(v)
}

func (p *Parameter) checkRange(v Value) error {
	if v.Number >= p.Min && v.Number <= p.Max {
		return nil
	}
	want := "at most " + p.Format(Value{Number: p.Max})
	if v.Number < p.Min {
		want = "at least " + p.Format(Value{Number: p.Min})
	}
	return fmt.Errorf("found %s, want %s", p.Format(v), want)
}

// Format writes a value of this parameter as Parse reads it.
func (p *Parameter) Format(v Value) string {
	switch p.Type {
	case ParameterDecimal:
		return FormatDecimal(v.Number)
	case ParameterBoolean:
		return strconv.FormatBool(v.Number != 0)
	case ParameterDuration:
		return time.Duration(v.Number).String()
	case ParameterText:
		return v.Text
	}
	return strconv.FormatInt(v.Number, 10)
}

func readSeries(path string, raw []byte) (s SeriesDeclaration, err error) {
	fields, err := readObject(path, raw, "name", "unit")
	if err != nil {
		return s, err
	}
	if s.Name, err = readName(path+".name", fields["name"]); err != nil {
		return s, err
	}
	unit, err := readString(path+".unit", fields["unit"], true, 64)
	if err != nil {
		return s, err
	}
	s.Unit = SeriesUnit(unit)
	known := []SeriesUnit{UnitPrice, UnitQuantity, UnitMoney, UnitFraction, UnitNumber}
	if !slices.Contains(known, s.Unit) {
		return s, fmt.Errorf("%s.unit: found %q, want one of price, quantity, money, fraction, number", path, unit)
	}
	return s, nil
}

func readName(path string, raw json.RawMessage) (string, error) {
	s, err := readString(path, raw, true, 64)
	if err == nil && !descriptionName.MatchString(s) {
		err = fmt.Errorf("%s: found %q, want lower-case letters, digits, '-' and '_', a letter first", path, s)
	}
	return s, err
}

func readString(path string, raw json.RawMessage, required bool, sizeMax int) (string, error) {
	if raw == nil {
		if required {
			return "", fmt.Errorf("%s: missing", path)
		}
		return "", nil
	}
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", fmt.Errorf("%s: found %s, want a string", path, raw)
	}
	if required && s == "" {
		return "", fmt.Errorf("%s: empty", path)
	}
	if len(s) > sizeMax {
		return "", fmt.Errorf("%s: %d bytes, at most %d are allowed", path, len(s), sizeMax)
	}
	return s, nil
}

func readList[T any](path string, raw json.RawMessage, countMax int, read func(string, []byte) (T, error)) ([]T, error) {
	if raw == nil {
		return nil, nil
	}
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, fmt.Errorf("%s: found %.20s, want a list", path, raw)
	}
	if len(items) > countMax {
		return nil, fmt.Errorf("%s: %d entries, at most %d are allowed", path, len(items), countMax)
	}
	var list []T
	for i, item := range items {
		v, err := read(fmt.Sprintf("%s[%d]", path, i), item)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// readObject takes an object apart; encoding/json alone would let repeated fields through.
func readObject(path string, raw []byte, known ...string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	token, err := d.Token()
	if err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("%s: found %.20q, want a JSON object", path, raw)
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: at byte %d: %w", path, d.InputOffset(), err)
		}
		name, _ := token.(string)
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s: unknown field %q, want one of %s", path, name, strings.Join(known, ", "))
		}
		if fields[name] != nil {
			return nil, fmt.Errorf("%s: field %q is there twice", path, name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%s.%s: at byte %d: %w", path, name, d.InputOffset(), err)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%s: at byte %d: %w", path, d.InputOffset(), err)
	}
	if rest := bytes.TrimSpace(raw[d.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("%s: found %.20q behind its end at byte %d", path, rest, d.InputOffset())
	}
	return fields, nil
}
