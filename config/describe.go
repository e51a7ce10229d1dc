package config

import (
	"fmt"
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
		paperBlock().describe(),
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

// homeOf names the block that an attribute or a block of this name belongs in, or returns "".
func homeOf(name string) string {
	for _, b := range Describe() {
		if home := b.home(name); home != "" {
			return home
		}
	}
	return ""
}

func (b *Block) home(name string) string {
	for i := range b.Attributes {
		if b.Attributes[i].Name == name {
			return fmt.Sprintf("a block `%s`", b.Title())
		}
	}
	for i := range b.Blocks {
		if b.Blocks[i].Name == name {
			return fmt.Sprintf("a block `%s`", b.Title())
		}
		if home := b.Blocks[i].home(name); home != "" {
			return home + " in " + fmt.Sprintf("`%s`", b.Title())
		}
	}
	return ""
}
