package config

import (
	"fmt"
	"strings"
)

// Help tells about a block, such as "agent" or "agent.limits", for a terminal of that width; 0 is 78
// columns. An empty topic lists all blocks. ok is false if there is no such block; the text then says
// which there are.
func Help(topic string, width int) (text string, ok bool) {
	if width <= 0 {
		width = textWidth
	}
	if topic == "" {
		return helpIndex(width), true
	}
	blocks, names := Describe(), strings.Split(topic, ".")
	for n, name := range names {
		i := blockIndex(blocks, name)
		if i < 0 {
			return fmt.Sprintf("There is no block %q.%s\n\n%s", topic, didYouMean(name, blockNames(blocks), true), helpIndex(width)), false
		}
		if n == len(names)-1 {
			return blocks[i].help(width), true
		}
		blocks = blocks[i].Blocks
	}
	return "", false // Split gives at least one name
}

func blockIndex(blocks []Block, name string) int {
	for i := range blocks {
		if blocks[i].Name == name {
			return i
		}
	}
	return -1
}

func blockNames(blocks []Block) (names []string) {
	for i := range blocks {
		names = append(names, blocks[i].Name)
	}
	return names
}

func helpIndex(width int) string {
	var w strings.Builder
	w.WriteString("Blocks of a configuration:\n")
	var list func(blocks []Block, before string)
	list = func(blocks []Block, before string) {
		for i := range blocks {
			helpEntry(&w, before+blocks[i].Name, blocks[i].Says, width)
			list(blocks[i].Blocks, before+blocks[i].Name+".")
		}
	}
	list(Describe(), "")
	return w.String()
}

const helpIndent = 26

func helpEntry(w *strings.Builder, name, says string, width int) {
	lines := wrap(says, max(width-helpIndent, 20))
	if len(name) > helpIndent-4 {
		fmt.Fprintf(w, "  %s\n", name)
		name = ""
	}
	for _, line := range lines {
		fmt.Fprintf(w, "  %-*s%s\n", helpIndent-2, name, line)
		name = ""
	}
}

func (b *Block) help(width int) string {
	var w strings.Builder
	w.WriteString(b.Title() + " { … }\n\n")
	for _, text := range []string{b.Says, b.Open} {
		if text != "" {
			w.WriteString(strings.Join(wrap(text, width), "\n") + "\n")
		}
	}
	if len(b.Attributes) > 0 {
		w.WriteString("\nAttributes:\n")
	}
	for i := range b.Attributes {
		a := &b.Attributes[i]
		if a.Required {
			helpEntry(&w, a.Name, a.Says+" Required. ("+a.typeText()+")", width)
			continue
		}
		helpEntry(&w, a.Name, a.Says+" ("+a.typeText()+"; default: "+a.Default+")", width)
	}
	if len(b.Blocks) > 0 {
		w.WriteString("\nBlocks: " + strings.Join(blockNames(b.Blocks), ", ") + "\n")
	}
	return w.String()
}
