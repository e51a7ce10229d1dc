package config

import (
	"fmt"
	"slices"
	"strings"
)

// Block describes a kind of block.
type Block struct {
	Name string
	// Labels are as they are written: `"csv"` is that text, NAME is for the author to choose.
	Labels     []string
	Says       string
	Attributes []Attribute
	// Open describes the attributes that are not counted up, where there are such.
	Open   string
	Blocks []Block
}

// Attribute describes an attribute.
type Attribute struct {
	Name, Type, Says string
	// Default is what holds where it is not written; empty if it is required.
	Default  string
	Required bool
	// Values are the allowed ones, where they can be counted up.
	Values []string
	// Example is a line as it could be written.
	Example string
}

// Describe returns every block with every attribute, from the tables by which they are read.
func Describe() []Block {
	return []Block{
		variableBlock().describe(),
		hostBlock().describe(),
		instrumentBlock().describe(),
		csvBlock().describe(),
		liveBlock().describe(),
		paperBlock().describe(),
		httpBlock().describe(),
		agentBlock().describe(),
	}
}

func (b *block[T]) describe() Block {
	d := Block{Name: b.name, Labels: b.labels, Says: b.says, Open: b.openSays}
	t := b.defaults()
	for i := range b.fields {
		d.Attributes = append(d.Attributes, b.fields[i].describe(&t))
	}
	for i := range b.children {
		d.Blocks = append(d.Blocks, b.children[i].describe())
	}
	return d
}

func (f *field[T]) describe(t *T) Attribute {
	a := Attribute{Name: f.name, Type: f.kind, Says: f.says, Required: f.required, Values: f.values, Example: f.example}
	if f.required {
		return a
	}
	switch a.Default = f.defaultText; {
	case a.Default != "":
	case f.show(t) == "":
		a.Default = "none"
	case f.quoted():
		a.Default = quotedList(strings.Split(f.show(t), "\n"), "and")
	default:
		a.Default = f.show(t)
	}
	return a
}

// quoted reports whether the attribute's values are written in quotes.
func (f *field[T]) quoted() bool {
	switch f.kind {
	case "whole number", "true or false", "money", "fraction", "decimal":
		return false
	}
	return true
}

// Title is the block's header as it is written.
func (b *Block) Title() string {
	return strings.Join(append([]string{b.Name}, b.Labels...), " ")
}

// homeOfAttribute says where an attribute of this name belongs, or returns "".
func homeOfAttribute(name string) string {
	return home(Describe(), func(b *Block) bool {
		return slices.ContainsFunc(b.Attributes, func(a Attribute) bool { return a.Name == name })
	})
}

// homeOfBlock says where a block of this name belongs, or returns "".
func homeOfBlock(name string) string {
	if slices.Contains(topBlocks, name) {
		return "at the top of a file, in no other block"
	}
	return home(Describe(), func(b *Block) bool {
		return slices.ContainsFunc(b.Blocks, func(inner Block) bool { return inner.Name == name })
	})
}

func home(blocks []Block, has func(*Block) bool) string {
	for i := range blocks {
		b := &blocks[i]
		if has(b) {
			return fmt.Sprintf("in `%s`", b.Title())
		}
		if inner := home(b.Blocks, has); inner != "" {
			return inner + fmt.Sprintf(" in `%s`", b.Title())
		}
	}
	return ""
}
