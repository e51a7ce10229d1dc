package config

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ParamKind is what a parameter's value is in the file.
type ParamKind uint8

const (
	// ParamText is a string. Durations are written as such; numbers and booleans may be.
	ParamText ParamKind = iota + 1
	// ParamNumber is a number; Text holds it as an exact plain decimal.
	ParamNumber
	// ParamBoolean is true or false.
	ParamBoolean
)

// Param is a parameter as it is written.
type Param struct {
	Name string
	Kind ParamKind
	// Text is the string, the number's exact decimal text, "true" or "false".
	Text string
	// Range is the value, NameRange its name.
	Range, NameRange Range
}

// paramsBlock takes any attribute: what there is, the module says.
func paramsBlock() *block[Agent] {
	return &block[Agent]{
		name: "params", says: "What the strategy is told.",
		openSays: "The parameters that the module declares (`agenthost plugin inspect` lists them), each a number, a text or true or false. Durations are texts: \"5s\". What is not written has the module's default.",
		defaults: DefaultAgent, source: func(a *Agent) *Source { return &a.paramsSource },
		open: readParam, openDump: dumpParams,
	}
}

func readParam(p *place, x *hclsyntax.Attribute, a *Agent) {
	v, ok := p.evaluate(x, x.Name+" = 10")
	if !ok || v.IsNull() {
		return
	}
	param := Param{Name: x.Name, Range: v.at, NameRange: rangeOf(x.NameRange)}
	switch v.Type() {
	case cty.String:
		param.Kind, param.Text = ParamText, v.AsString()
	case cty.Bool:
		param.Kind, param.Text = ParamBoolean, found(v.Value)
	case cty.Number:
		param.Kind = ParamNumber
		if param.Text, ok = v.decimalText("a number"); !ok {
			return
		}
	default:
		v.wrongType("a number, a text, or true or false")
		return
	}
	a.Params[x.Name] = param
	a.paramsSource.attributes[x.Name] = v.at
}
