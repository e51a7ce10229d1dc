package config

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Change is one setting that two configurations have differently.
type Change struct {
	// Block is "host", or the kind and the name of another block of the file, such as "agent sma".
	Block string
	// Setting is the attribute, behind the blocks within the block: "risk.order_notional_max". Empty is the
	// block itself, which only one of the two has.
	Setting string
	// From and To are the values in the file's words, empty for none. What is private is not shown.
	From, To string
}

// Changes lists every effective value that is not the same, defaults included: first those of the new
// configuration in its order, then those that only the old one has. nil is no change. A file that has changed
// under the same path is none.
func Changes(old, now *Config) []Change {
	before, after := settingsOf(old), settingsOf(now)
	var changes []Change
	for _, key := range after.order {
		from, text := before.texts[key], after.texts[key]
		_, both := before.texts[setting{key.block, ""}]
		if from != text && (both || key.setting == "") {
			changes = append(changes, Change{key.block, key.setting, from, text})
		}
	}
	for _, key := range before.order {
		_, there := after.texts[key]
		_, both := after.texts[setting{key.block, ""}]
		if !there && before.texts[key] != "" && (both || key.setting == "") {
			changes = append(changes, Change{key.block, key.setting, before.texts[key], ""})
		}
	}
	return changes
}

// settings are all values of a configuration.
type settings struct {
	blocks []string
	order  []setting
	texts  map[setting]string
}

type setting struct{ block, setting string }

func settingsOf(c *Config) *settings {
	s := &settings{texts: map[setting]string{}}
	newDumper().dump(&canon{list: s}, c)
	return s
}

func (s *settings) begin(block, name string) {
	if s.blocks = append(s.blocks, strings.TrimSpace(block+" "+name)); len(s.blocks) == 1 {
		key := setting{s.blocks[0], ""}
		s.order = append(s.order, key)
		s.texts[key] = "there"
	}
}

func (s *settings) end() { s.blocks = s.blocks[:len(s.blocks)-1] }

func (s *settings) add(name, text string) {
	key := setting{s.blocks[0], strings.Join(append(s.blocks[1:len(s.blocks):len(s.blocks)], name), ".")}
	s.order = append(s.order, key)
	s.texts[key] = strings.ReplaceAll(text, "\n", ", ")
}

// unreadable tells texts apart without showing them.
func unreadable(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("(not shown, %x)", sum[:3])
}
