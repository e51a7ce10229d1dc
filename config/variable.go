package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Variable is a declared variable.
type Variable struct {
	Source
	Name, Description string
	// Value is what it holds, as text for people.
	Value string
	// Origin is "default" or "command line".
	Origin string

	place     *place
	typ       cty.Type
	byDefault hclsyntax.Expression
	state     variableState
}

type variableState uint8

const (
	variableUntouched variableState = iota
	variableEvaluating
	variableDone
)

func variableBlock() *block[Variable] {
	return &block[Variable]{
		name: "variable", labels: []string{"NAME"},
		says:     "A value that the command line can set with --var NAME=value, and that expressions use as var.NAME. Without a default it must be set.",
		defaults: func() Variable { return Variable{typ: cty.NilType} },
		source:   func(v *Variable) *Source { return &v.Source },
		identify: func(v *Variable) string { return v.Name },
		fields: []field[Variable]{
			{
				name: "type", kind: "type", says: "What it holds: string, number, bool, or list(string) and the like.", example: "type = number",
				defaultText: "the default's, else string", show: func(*Variable) string { return "" }, raw: readVariableType,
			},
			{
				name: "default", kind: "any", says: "What it holds if the command line does not say. It may use other variables and env().", example: "default = 10",
				defaultText: "none: it must be set", show: func(*Variable) string { return "" },
				raw: func(_ *place, a *hclsyntax.Attribute, v *Variable) { v.byDefault = a.Expr },
			},
			text("description", func(v *Variable) *string { return &v.Description }, anyText, "What it is for.").like(`"The bars."`),
		},
	}
}

func readVariableType(p *place, a *hclsyntax.Attribute, v *Variable) {
	if s, ok := literalText(a.Expr); ok {
		p.fail(rangeOf(a.Expr.Range()), "Type in quotes", "type is %q. Write a type without quotes: type = %s.", s, s)
		return
	}
	t, problems := typeexpr.TypeConstraint(a.Expr)
	p.report(problems, p.title, nil)
	if !problems.HasErrors() {
		v.typ = t
	}
}

func literalText(e hclsyntax.Expression) (string, bool) {
	template, ok := e.(*hclsyntax.TemplateExpr)
	if !ok || !template.IsStringLiteral() {
		return "", false
	}
	v, problems := template.Value(nil)
	return v.AsString(), !problems.HasErrors()
}

// variableSet evaluates variables in the order in which they need one another.
type variableSet struct {
	*reader
	list   []*Variable
	given  map[string]string
	values map[string]cty.Value
	// trail is what is being evaluated, for the words about a cycle.
	trail []string
}

// readVariables declares and evaluates all variables, and makes what expressions are evaluated with.
func (r *reader) readVariables(top *place, blocks []*hclsyntax.Block, o Options) {
	s := &variableSet{reader: r, given: o.Variables, values: map[string]cty.Value{}}
	r.evaluation = &hcl.EvalContext{Functions: functions(o.environ())}
	s.publish()
	first := map[string]Range{}
	for _, x := range blocks {
		if top.labels(x, `"NAME"`) && top.nameRule(x, 0, variableRule) && top.once(x, first) {
			s.declare(top, x)
		}
	}
	s.checkGiven()
	for _, v := range s.list {
		s.resolve(v)
	}
	for _, v := range s.list {
		r.config.Variables = append(r.config.Variables, *v)
	}
}

func variableRule(s string) string {
	if hclsyntax.ValidIdentifier(s) {
		return ""
	}
	return "a variable's name begins with a letter and goes on with letters, digits, _ and -."
}

func (s *variableSet) declare(top *place, x *hclsyntax.Block) {
	b := variableBlock()
	v := b.defaults()
	v.Name, v.place = x.Labels[0], top.inner(x)
	b.read(v.place, &v)
	s.declared = append(s.declared, v.Name)
	s.list = append(s.list, &v)
	s.values[v.Name] = cty.DynamicVal
	s.publish()
}

// publish makes the values known so far what expressions see.
func (s *variableSet) publish() {
	s.evaluation.Variables = map[string]cty.Value{"var": cty.ObjectVal(maps.Clone(s.values))}
}

// checkGiven reports values on the command line for variables that nobody declares.
func (s *variableSet) checkGiven() {
	for _, name := range slices.Sorted(maps.Keys(s.given)) {
		if slices.Contains(s.declared, name) {
			continue
		}
		help := didYouMean(name, s.declared, false)
		if help == "" && len(s.declared) > 0 {
			help = " Declared are: " + wordList(s.declared, "and") + "."
		}
		if help == "" {
			help = fmt.Sprintf(" To use it, write `variable %q {}`.", name)
		}
		s.diagnostics.add(Diagnostic{
			Severity: SeverityError, Summary: "Unused variable",
			Detail: fmt.Sprintf("The command line sets --var %s=%s, and no variable %q is declared.%s", name, s.given[name], name, help),
		})
	}
}

func (s *variableSet) resolve(v *Variable) {
	if v.state != variableUntouched {
		return
	}
	v.state = variableEvaluating
	s.trail = append(s.trail, v.Name)
	value, ok := s.evaluateVariable(v)
	s.trail = s.trail[:len(s.trail)-1]
	v.state = variableDone
	if !ok {
		return
	}
	s.values[v.Name] = value
	v.Value = statement(value)
	s.publish()
}

func (s *variableSet) evaluateVariable(v *Variable) (cty.Value, bool) {
	text, given := s.given[v.Name]
	v.Origin = "default"
	if given {
		v.Origin = "command line"
		return s.fromText(v, text)
	}
	if v.byDefault == nil {
		if !v.place.incomplete {
			v.place.fail(v.place.header, "Variable without value", "%s has no default and is not set. Set it with --var %s=…, or write default = ….", v.place.title, v.Name)
		}
		return cty.NilVal, false
	}
	if !s.resolveNeeds(v) {
		return cty.NilVal, false
	}
	value, ok := v.place.compute(v.byDefault)
	if !ok || v.typ == cty.NilType {
		return value, ok
	}
	return s.convert(v, value, rangeOf(v.byDefault.Range()), "default is "+found(value))
}

// resolveNeeds evaluates the variables that v's default uses.
func (s *variableSet) resolveNeeds(v *Variable) bool {
	ok := true
	for _, t := range v.byDefault.Variables() {
		i := slices.IndexFunc(s.list, func(o *Variable) bool { return refersTo(t, o.Name) })
		if i < 0 {
			continue // compute says so
		}
		need := s.list[i]
		if need.state == variableEvaluating {
			from := slices.Index(s.trail, need.Name)
			ring := strings.Join(append(slices.Clone(s.trail[from:]), need.Name), " → ")
			v.place.fail(rangeOf(t.SourceRange()), "Variables in a circle", "These defaults need one another: %s. Give one of them a value of its own.", ring)
			ok = false
			continue
		}
		s.resolve(need)
	}
	return ok
}

func refersTo(t hcl.Traversal, name string) bool {
	if t.RootName() != "var" || len(t) < 2 {
		return false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	return ok && step.Name == name
}

// fromText makes a value of what the command line says: text as it is, anything else as HCL.
func (s *variableSet) fromText(v *Variable, text string) (cty.Value, bool) {
	want := s.wanted(v)
	value := cty.StringVal(text)
	if !want.IsPrimitiveType() {
		expression, problems := hclsyntax.ParseExpression([]byte(text), "--var "+v.Name, hcl.InitialPos)
		if !problems.HasErrors() {
			value, problems = expression.Value(nil)
		}
		if problems.HasErrors() {
			v.place.fail(v.place.header, "Value not allowed", "--var %s=%s cannot be read as %s: %s %s", v.Name, text, want.FriendlyName(), problems[0].Summary, problems[0].Detail)
			return cty.NilVal, false
		}
	}
	v.typ = want
	return s.convert(v, value.Mark(fromCommandLine), v.place.header, fmt.Sprintf("--var %s=%s is given", v.Name, text))
}

// wanted is a variable's type: the declared one, else that of a literal default, else text.
func (s *variableSet) wanted(v *Variable) cty.Type {
	if v.typ != cty.NilType {
		return v.typ
	}
	if v.byDefault != nil && len(v.byDefault.Variables()) == 0 {
		if value, problems := v.byDefault.Value(s.evaluation); !problems.HasErrors() && !value.IsNull() {
			return listType(value.Type())
		}
	}
	return cty.String
}

// listType is the type of all lists whose elements are like a default's: another list may be longer.
func listType(t cty.Type) cty.Type {
	if t.IsTupleType() {
		return cty.List(cty.String)
	}
	return t
}

func (s *variableSet) convert(v *Variable, value cty.Value, at Range, what string) (cty.Value, bool) {
	converted, err := convert.Convert(value, v.typ)
	if err != nil {
		v.place.fail(at, "Wrong type", "var.%s is a %s, and %s: %s.", v.Name, v.typ.FriendlyName(), what, err)
		return cty.NilVal, false
	}
	return converted, true
}
