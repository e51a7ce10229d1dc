package config

import (
	"fmt"
	"slices"
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
	inner := Describe()
	var found []Block
	for name := range strings.SplitSeq(topic, ".") {
		if found = blocksNamed(inner, name); len(found) == 0 {
			return fmt.Sprintf("There is no block %q.%s\n\n%s", topic, didYouMean(name, blockNames(inner), true), helpIndex(width)), false
		}
		inner = nil
		for i := range found {
			inner = append(inner, found[i].Blocks...)
		}
	}
	texts := make([]string, len(found))
	for i := range found {
		texts[i] = found[i].help(width)
	}
	return strings.Join(texts, "\n"), true
}

// blocksNamed are several where a block has types.
func blocksNamed(blocks []Block, name string) (found []Block) {
	for i := range blocks {
		if blocks[i].Name == name {
			found = append(found, blocks[i])
		}
	}
	return found
}

func blockNames(blocks []Block) (names []string) {
	for i := range blocks {
		if !slices.Contains(names, blocks[i].Name) {
			names = append(names, blocks[i].Name)
		}
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
