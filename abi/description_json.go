package abi

import (
	"math"
	"strconv"
)

// AppendJSON writes the description as strategy_describe returns it and ParseDescription reads it.
// It is written by hand so that a Go guest need not carry encoding/json.
func (d *Description) AppendJSON(dst []byte) []byte {
	dst = appendField(dst, '{', "name")
	dst = appendQuoted(dst, d.Name)
	dst = appendField(dst, ',', "version")
	dst = appendQuoted(dst, d.Version)
	if d.Summary != "" {
		dst = appendField(dst, ',', "summary")
		dst = appendQuoted(dst, d.Summary)
	}
	dst = appendField(dst, ',', "parameters")
	dst = append(dst, '[')
	for i := range d.Parameters {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = d.Parameters[i].appendJSON(dst)
	}
	dst = append(dst, ']')
	dst = appendField(dst, ',', "series")
	dst = append(dst, '[')
	for i, s := range d.Series {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendField(dst, '{', "name")
		dst = appendQuoted(dst, s.Name)
		dst = appendField(dst, ',', "unit")
		dst = append(appendQuoted(dst, string(s.Unit)), '}')
	}
	return append(dst, ']', '}')
}

func (p *Parameter) appendJSON(dst []byte) []byte {
	dst = appendField(dst, '{', "name")
	dst = appendQuoted(dst, p.Name)
	dst = appendField(dst, ',', "type")
	dst = appendQuoted(dst, p.Type.String())
	dst = appendField(dst, ',', "default")
	dst = p.appendValue(dst, p.Default)
	if bounded := p.Type != ParameterText && p.Type != ParameterBoolean; bounded {
		if p.Min != math.MinInt64 {
			dst = appendField(dst, ',', "min")
			dst = p.appendValue(dst, Value{Number: p.Min})
		}
		if p.Max != math.MaxInt64 {
			dst = appendField(dst, ',', "max")
			dst = p.appendValue(dst, Value{Number: p.Max})
		}
	}
	dst = appendField(dst, ',', "help")
	return append(appendQuoted(dst, p.Help), '}')
}

func (p *Parameter) appendValue(dst []byte, v Value) []byte {
	switch p.Type {
	case ParameterDecimal:
		return appendQuoted(dst, FormatDecimal(v.Number))
	case ParameterDuration:
		return appendQuoted(dst, strconv.FormatInt(v.Number, 10)+"ns")
	case ParameterText:
		return appendQuoted(dst, v.Text)
	case ParameterBoolean:
		return strconv.AppendBool(dst, v.Number != 0)
	}
	return strconv.AppendInt(dst, v.Number, 10)
}

func appendField(dst []byte, before byte, name string) []byte {
	dst = append(dst, before, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// appendQuoted writes a JSON string; s is UTF-8.
func appendQuoted(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
