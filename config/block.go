package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block describes a kind of block whose content becomes a T: one table from which it is read, checked,
// described and hashed.
type block[T any] struct {
	name string
	// labels are as the documentation writes them: `"csv"`, NAME.
	labels []string
	says   string
	// defaults is a T before anything is read.
	defaults func() T
	source   func(*T) *Source
	// identify gives the labels' values for the hash; nil where there are none.
	identify func(*T) string
	// fields are read in this order, whatever the file's.
	fields   []field[T]
	children []child[T]
	// open, if set, takes the attributes that fields do not name.
	open func(p *place, a *hclsyntax.Attribute, t *T)
	// openSays describes what open takes, openDump writes it for the hash.
	openSays string
	openDump func(c *canon, t *T)
	// refuses says why an attribute or a block is not of this block, where that needs other words than
	// where it belongs; "" and nil say nothing.
	refuses func(name string) string
	// check looks at what must fit together within the block; nil is no check.
	check func(p *place, t *T)
}

// child is a block within blocks of T.
type child[T any] struct {
	name     string
	many     bool
	read     func(p *place, x *hclsyntax.Block, t *T)
	describe func() Block
	dump     func(c *canon, t *T)
}

// one is a child that may be written once.
func one[T, C any](b *block[C], get func(*T) *C) child[T] {
	return child[T]{
		name: b.name,
		read: func(p *place, x *hclsyntax.Block, t *T) {
			if p.labels(x) {
				b.read(p.inner(x), get(t))
			}
		},
		describe: b.describe,
		dump:     func(c *canon, t *T) { b.dump(c, get(t)) },
	}
}

// optional is a child that may be written once and is nil where it is not.
func optional[T, C any](b *block[C], get func(*T) **C) child[T] {
	return child[T]{
		name: b.name,
		read: func(p *place, x *hclsyntax.Block, t *T) {
			if p.labels(x) {
				c := b.defaults()
				b.read(p.inner(x), &c)
				*get(t) = &c
			}
		},
		describe: b.describe,
		dump: func(c *canon, t *T) {
			if *get(t) != nil {
				b.dump(c, *get(t))
			}
		},
	}
}

// beside is a child that decides nothing of what is done: it is no part of the hash.
func beside[T any](c child[T]) child[T] {
	dump := c.dump
	c.dump = func(c *canon, t *T) {
		if c.list != nil {
			dump(c, t)
		}
	}
	return c
}

// read fills t from a block's body and goes on after every mistake.
func (b *block[T]) read(p *place, t *T) {
	body := p.body
	p.known, p.refuses = b.names(), b.refuses
	source := b.source(t)
	source.Range, source.attributes, source.written = p.header, map[string]Range{}, map[string]string{}
	b.readUnknown(p, body, t)
	for i := range b.fields {
		f := &b.fields[i]
		switch a, ok := body.Attributes[f.name]; {
		case !ok && f.required && p.lacks(f.name):
			b.missing(p, f)
		case !ok:
		case f.raw != nil:
			source.attributes[f.name] = rangeOf(a.Expr.Range())
			f.raw(p, a, t)
		default:
			b.readField(p, f, a, t)
		}
	}
	b.readChildren(p, body, t)
	if b.check != nil {
		b.check(p, t)
	}
}

// readField evaluates one attribute. null is the same as not written.
func (b *block[T]) readField(p *place, f *field[T], a *hclsyntax.Attribute, t *T) {
	v, ok := p.evaluate(a, f.example)
	switch {
	case !ok:
	case v.IsNull() && f.required:
		b.missing(p, f)
	case v.IsNull():
	default:
		source := b.source(t)
		source.attributes[f.name] = v.at
		for i := range v.elements() {
			source.attributes[fmt.Sprintf("%s[%d]", f.name, i)] = v.element(i)
		}
		f.read(v, t)
		if f.path {
			source.written[f.name] = writtenPath(v)
		}
	}
}

func (b *block[T]) missing(p *place, f *field[T]) {
	p.fail(p.header, "Missing attribute", "%s needs %s: %s Write, for example:\n  %s", p.title, f.name, lower(f.says), f.example)
}

// lower begins a sentence in the middle of another.
func lower(s string) string {
	if strings.HasPrefix(s, "The ") || strings.HasPrefix(s, "What ") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

func (b *block[T]) names() (names []string) {
	for i := range b.fields {
		names = append(names, b.fields[i].name)
	}
	return names
}

func (b *block[T]) childNames() (names []string) {
	for i := range b.children {
		if !slices.Contains(names, b.children[i].name) {
			names = append(names, b.children[i].name)
		}
	}
	return names
}

// readUnknown reports attributes that this block does not have, or hands them on.
func (b *block[T]) readUnknown(p *place, body *hclsyntax.Body, t *T) {
	known := b.names()
	for _, a := range sortedAttributes(body) {
		switch {
		case slices.Contains(known, a.Name):
		case b.open != nil:
			b.open(p, a, t)
		default:
			p.unknownAttribute(a, known, b.childNames())
		}
	}
}

func (p *place) unknownAttribute(a *hclsyntax.Attribute, known, blocks []string) {
	at := rangeOf(a.NameRange)
	p.references(a.Expr) // its own mistakes are worth telling too
	if slices.Contains(blocks, a.Name) {
		p.fail(at, "Block written as attribute", "%s is a block. Write `%s { … }`, without the equals sign.", a.Name, a.Name)
		return
	}
	if why := p.refusal(a.Name); why != "" {
		p.fail(at, "Unknown attribute", "%s has no attribute %q. %s", p.subject(), a.Name, why)
		return
	}
	help := didYouMean(a.Name, known, false)
	if home := homeOfAttribute(a.Name); help == "" && home != "" {
		help = fmt.Sprintf(" %s belongs %s.", a.Name, home)
	}
	if help == "" && len(known) > 0 {
		help = " It has: " + wordList(known, "and") + "."
	}
	if help == "" {
		help = " It has blocks only: " + wordList(blocks, "and") + "."
	}
	p.fail(at, "Unknown attribute", "%s has no attribute %q.%s", p.subject(), a.Name, help)
}

func (p *place) refusal(name string) string {
	if p.refuses == nil {
		return ""
	}
	return p.refuses(name)
}

func sortedAttributes(body *hclsyntax.Body) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(body.Attributes), func(a, b *hclsyntax.Attribute) int {
		return cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte)
	})
}

// readChildren reads the blocks within. One with a misspelled type is reported, and read as what was
// meant: its other mistakes are worth telling too.
func (b *block[T]) readChildren(p *place, body *hclsyntax.Body, t *T) {
	known := b.childNames()
	p.unknownBlocks(body, known, b.names())
	for i := range b.children {
		var blocks []*hclsyntax.Block
		for _, x := range body.Blocks {
			if meant(x.Type, known) == b.children[i].name {
				blocks = append(blocks, x)
			}
		}
		b.children[i].readAll(p, blocks, t)
	}
}

func (c *child[T]) readAll(p *place, blocks []*hclsyntax.Block, t *T) {
	for i, x := range blocks {
		if i > 0 && !c.many {
			p.fail(rangeOf(x.DefRange()), "Duplicate block", "%s has a block %s already, at %s. Write one.", p.subject(), c.name, rangeOf(blocks[0].DefRange()))
			continue
		}
		c.read(p, x, t)
	}
}

func (p *place) unknownBlocks(body *hclsyntax.Body, known, attributes []string) {
	for _, x := range body.Blocks {
		swallowed := p.lost && homeOfBlock(x.Type) != "" // by one that is not closed
		if !slices.Contains(known, x.Type) && !swallowed {
			p.unknownBlock(x, known, attributes)
		}
	}
}

func (p *place) unknownBlock(x *hclsyntax.Block, known, attributes []string) {
	at := rangeOf(x.TypeRange)
	if slices.Contains(attributes, x.Type) {
		p.fail(at, "Attribute written as block", "%s is an attribute. Write `%s = …`, with an equals sign.", x.Type, x.Type)
		return
	}
	if why := p.refusal(x.Type); why != "" {
		p.fail(at, "Unknown block", "%s has no block %q. %s", p.subject(), x.Type, why)
		return
	}
	help := didYouMean(x.Type, known, false)
	if home := homeOfBlock(x.Type); help == "" && home != "" {
		help = fmt.Sprintf(" %s belongs %s.", x.Type, home)
	}
	if help == "" {
		help = " There can be: " + wordList(known, "and") + "."
		if len(known) == 0 {
			help = " It has none."
		}
	}
	p.fail(at, "Unknown block", "%s has no block %q.%s", p.subject(), x.Type, help)
}

// labels checks the number of a block's labels against names, which say what each is.
func (p *place) labels(x *hclsyntax.Block, names ...string) bool {
	if len(x.Labels) == len(names) {
		return true
	}
	p.unnamed = append(p.unnamed, meant(x.Type, topBlocks))
	example := strings.Join(append([]string{x.Type}, names...), " ")
	takes := "no label"
	if len(names) > 0 {
		takes = plural(len(names), "label")
	}
	at := rangeOf(x.TypeRange)
	if len(x.LabelRanges) > len(names) {
		at = rangeOf(x.LabelRanges[len(names)])
	}
	p.fail(at, "Wrong labels", "A block %s takes %s; found %d. Write `%s { … }`.", x.Type, takes, len(x.Labels), example)
	return false
}
