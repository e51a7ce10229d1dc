package simulation

import (
	"maps"
	"slices"
)

// Counts are numbers by name.
type Counts map[string]uint64

func (c Counts) add(name string, n uint64) { c[name] += n }

// Add takes other's numbers in.
func (c Counts) Add(other Counts) {
	for name, n := range other {
		c[name] += n
	}
}

// Names are the names in order.
func (c Counts) Names() []string { return slices.Sorted(maps.Keys(c)) }

func (c Counts) clone() Counts { return maps.Clone(c) }
