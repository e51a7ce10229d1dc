package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// reader turns parsed files into a Config and collects what is wrong on the way.
type reader struct {
	config      *Config
	diagnostics *Diagnostics
	workDir     string
	environ     func(string) (string, bool)
	// folders are the files' absolute folders, by the name of the file.
	folders map[string]string
	bodies  []*hclsyntax.Body
	// broken are the places where the grammar is. What is missing around one is not complained about:
	// it may have been swallowed.
	broken []hcl.Range
	// lost says that parts of a file were not understood at all, so that names may be missing.
	lost bool
	// unnamed are the types of blocks whose name is not known.
	unnamed []string
	// declared are the names of the variables, evaluation what expressions may use.
	declared   []string
	evaluation *hcl.EvalContext
}

// place is a block being read.
type place struct {
	*reader
	// title is how a person would call it: agent "sma".
	title  string
	header Range
	// body is its content, known the attributes it may have.
	body  *hclsyntax.Body
	known []string
	// refuses is the block's.
	refuses func(name string) string
	// incomplete says that the grammar is broken somewhere in it.
	incomplete bool
}

// value is an evaluated attribute.
type value struct {
	*place
	cty.Value
	name, example string
	expression    hclsyntax.Expression
	at            Range
	// given says that the command line or the environment had a part in it.
	given bool
}

func rangeOf(r hcl.Range) Range {
	return Range{
		File:  r.Filename,
		Start: Position{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:   Position{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}

// inner begins a block within p.
func (p *place) inner(x *hclsyntax.Block) *place {
	title := x.Type
	for _, label := range x.Labels {
		title += fmt.Sprintf(" %q", label)
	}
	if p.title != "" {
		title += " of " + p.title
	}
	r := p.reader
	p = &place{reader: r, title: title, header: rangeOf(x.DefRange()), body: x.Body}
	whole := x.Range()
	p.incomplete = slices.ContainsFunc(r.broken, func(b hcl.Range) bool {
		return b.Filename == whole.Filename && b.Start.Byte >= whole.Start.Byte && b.Start.Byte <= whole.End.Byte
	})
	return p
}

// subject names the block in a sentence.
func (p *place) subject() string {
	if p.title == "" {
		return "A configuration"
	}
	return p.title
}

// has reports whether the attribute is in the file, right or wrong.
func (p *place) has(name string) bool { return p.body.Attributes[name] != nil }

// hasBlock reports whether a block of that type is in this one.
func (p *place) hasBlock(name string) bool {
	return slices.ContainsFunc(p.body.Blocks, func(x *hclsyntax.Block) bool { return x.Type == name })
}

// lacks reports whether none of the attributes is in the file, nor anything for which one of them was
// proposed or which may have swallowed it: one mistake is one finding.
func (p *place) lacks(names ...string) bool {
	if p.incomplete || slices.ContainsFunc(names, p.has) {
		return false
	}
	for written := range p.body.Attributes {
		if !slices.Contains(p.known, written) && slices.Contains(names, Suggest(written, p.known)) {
			return false
		}
	}
	return true
}

// either reports two attributes of which only one may be written.
func (p *place) either(one, many string) {
	if p.has(one) && p.has(many) {
		p.fail(rangeOf(p.body.Attributes[many].NameRange), "Settings that contradict", "%s and %s are both written. Put all into %s.", one, many, many)
	}
}

// exclusive reports two attributes of which only one may be written, whichever.
func (p *place) exclusive(one, other string) {
	if p.has(one) && p.has(other) {
		p.fail(rangeOf(p.body.Attributes[other].NameRange), "Settings that contradict", "%s and %s are both written. Write one of them.", one, other)
	}
}

// warn is fail for what can be run and is probably not meant.
func (p *place) warn(at Range, summary, format string, args ...any) {
	p.diagnostics.add(Diagnostic{
		Severity: SeverityWarning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Context: p.title,
	})
}

func (p *place) fail(at Range, summary, format string, args ...any) {
	p.diagnostics.add(Diagnostic{
		Severity: SeverityError, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Context: p.title,
	})
}

func (v *value) fail(summary, format string, args ...any) { v.failAt(v.at, summary, format, args...) }

// failAt is fail for a part of the value, such as an element of a list.
func (v *value) failAt(at Range, summary, format string, args ...any) {
	v.diagnostics.add(Diagnostic{
		Severity: SeverityError, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Context: v.title,
		Values: v.variables(v.expression),
	})
}

// evaluate computes an attribute. ok is false where something is wrong, which has been reported.
func (p *place) evaluate(a *hclsyntax.Attribute, example string) (v value, ok bool) {
	v = value{place: p, name: a.Name, example: example, expression: a.Expr, at: rangeOf(a.Expr.Range())}
	v.Value, ok = p.compute(a.Expr)
	if ok {
		v.Value, v.given = unmark(v.Value)
	}
	return v, ok
}

func unmark(v cty.Value) (plain cty.Value, given bool) {
	plain, marks := v.UnmarkDeep()
	return plain, len(marks) > 0
}

func (p *place) compute(expression hclsyntax.Expression) (v cty.Value, ok bool) {
	if !p.references(expression) {
		return cty.NilVal, false
	}
	v, problems := expression.Value(p.evaluation)
	p.report(problems, p.title, p.variables(expression))
	return v, !problems.HasErrors() && v.IsWhollyKnown()
}

// report adds what HCL found.
func (r *reader) report(problems hcl.Diagnostics, context string, values []ExpressionValue) {
	for _, x := range problems {
		d := Diagnostic{Severity: SeverityError, Summary: x.Summary, Detail: x.Detail, Context: context, Values: values}
		if x.Severity == hcl.DiagWarning {
			d.Severity = SeverityWarning
		}
		if x.Subject != nil {
			d.Range = rangeOf(*x.Subject)
		}
		r.diagnostics.add(d)
	}
}

// references reports whether every name in the expression is a declared variable.
func (p *place) references(expression hclsyntax.Expression) bool {
	ok := true
	for _, traversal := range expression.Variables() {
		if !p.reference(traversal) {
			ok = false
		}
	}
	return ok
}

func (p *place) reference(t hcl.Traversal) bool {
	at, root := rangeOf(t.SourceRange()), t.RootName()
	if root != "var" {
		p.failRoot(at, t, root)
		return false
	}
	if len(t) < 2 {
		p.fail(at, "Incomplete reference", "var alone is no value. Write var.NAME, with the name of a variable.")
		return false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		p.fail(at, "Incomplete reference", "A variable is written var.NAME.")
		return false
	}
	if !slices.Contains(p.declared, step.Name) {
		p.fail(at, "Undeclared variable",
			"No variable %q is declared.%s Declare it: `variable %q { default = … }`.",
			step.Name, didYouMean(step.Name, p.declared, false), step.Name)
		return false
	}
	return true
}

func (p *place) failRoot(at Range, t hcl.Traversal, root string) {
	if len(t) == 1 {
		p.fail(at, "Text without quotes", "%s is read as a reference, and there is none of that name. If it is text, write %q in quotes.", root, root)
		return
	}
	p.fail(at, "Unknown reference", "%s cannot be referred to; only variables can, as var.NAME. Blocks are named by their last label, in quotes.", root)
}

// variables tells what the variables in an expression hold.
func (r *reader) variables(expression hclsyntax.Expression) (values []ExpressionValue) {
	if expression == nil || r.evaluation == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, t := range expression.Variables() {
		v, problems := t.TraverseAbs(r.evaluation)
		name := traversalText(t)
		if problems.HasErrors() || seen[name] || !v.IsWhollyKnown() {
			continue
		}
		seen[name] = true
		values = append(values, ExpressionValue{Traversal: name, Statement: "is " + statement(v)})
	}
	return values
}

func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	b.WriteString(t.RootName())
	for _, step := range t[1:] {
		switch s := step.(type) {
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + found(s.Key) + "]")
		}
	}
	return b.String()
}

// statement is found, but tells nothing of the environment, where secrets are.
func statement(v cty.Value) string {
	plain, marks := v.UnmarkDeep()
	if _, secret := marks[fromEnvironment]; secret {
		return "from the environment"
	}
	return found(plain)
}

// foundTextMax bounds how much of a text a message repeats.
const foundTextMax = 60

// found tells what a value is, for messages.
func found(v cty.Value) string {
	v, _ = v.UnmarkDeep()
	switch {
	case v.IsNull():
		return "null"
	case !v.IsWhollyKnown():
		return "not known"
	case v.Type() == cty.Bool && v.True():
		return "true"
	case v.Type() == cty.Bool:
		return "false"
	case v.Type() == cty.Number:
		return "the number " + shownNumber(v)
	case v.Type() == cty.String:
		return "the text " + shownText(v.AsString())
	case v.CanIterateElements():
		kind := "a list"
		if v.Type().IsObjectType() || v.Type().IsMapType() {
			kind = "an object"
		}
		return fmt.Sprintf("%s of %s", kind, plural(v.LengthInt(), "element"))
	}
	return "a " + v.Type().FriendlyName()
}

func shownNumber(v cty.Value) string {
	text, ok := numberText(v)
	if !ok || len(text) > foundTextMax {
		return v.AsBigFloat().Text('g', 12)
	}
	return text
}

func shownText(s string) string {
	if runes := []rune(s); len(runes) > foundTextMax {
		return fmt.Sprintf("%q…", string(runes[:foundTextMax]))
	}
	return fmt.Sprintf("%q", s)
}
