package meter

import (
	"fmt"
	"strings"
)

// admit holds the rules that are no counts.
func (m *module) admit(c *Config) error {
	if err := m.admitExports(); err != nil {
		return err
	}
	if err := m.admitSizes(c); err != nil {
		return err
	}
	if c.Snapshot {
		return m.admitSnapshot()
	}
	return nil
}

func (m *module) admitExports() error {
	for _, e := range m.exports {
		if strings.HasPrefix(e.name, ReservedPrefix) {
			return &Refusal{
				Rule:    "reserved_export",
				Place:   Place{Function: -1, Name: e.name},
				Found:   fmt.Sprintf("an export named %q", e.name),
				Allowed: "names without the prefix " + ReservedPrefix,
				Hint:    "rename the export; is the module metered already?",
			}
		}
	}
	return nil
}

func (m *module) admitSizes(c *Config) error {
	nowhere := Place{Function: -1}
	for _, l := range m.mems[m.memsImported:] {
		if c.MemoryPagesMax > 0 && l.min > c.MemoryPagesMax {
			return &Refusal{
				Rule: "memory_pages_max", Place: nowhere,
				Found:   fmt.Sprintf("%d pages of 64 KiB at the start", l.min),
				Allowed: fmt.Sprint(c.MemoryPagesMax),
				Hint:    limitRules[limitMemoryPages].hint + ", or raise the memory limit",
			}
		}
	}
	for i, t := range m.tables[m.tablesImported:] {
		if c.TableElementsMax > 0 && t.limits.min > c.TableElementsMax {
			return &Refusal{
				Rule: "table_elements_max", Place: Place{Function: -1, Name: fmt.Sprintf("table %d", i+m.tablesImported)},
				Found:   fmt.Sprintf("%d elements at the start", t.limits.min),
				Allowed: fmt.Sprint(c.TableElementsMax),
				Hint:    "make the table smaller, or raise the table limit",
			}
		}
	}
	return nil
}

// admitSnapshot refuses state outside of memory and of globals with a number in them.
func (m *module) admitSnapshot() error {
	refuse := func(place Place, found, hint string) error {
		return &Refusal{
			Rule: "snapshot", Place: m.named(place), Found: found,
			Allowed: "state in linear memory and in globals of i32, i64, f32, f64", Hint: hint,
		}
	}
	for _, s := range m.state {
		return refuse(s.place, s.what, "build without instructions that change tables or drop segments (clang: -mno-reference-types, and no -pthread for passive data)")
	}
	for i, g := range m.globals[m.globalsImported:] {
		if g.mutable && (g.typ.isRef() || g.typ == v128) {
			name := fmt.Sprintf("global %d", i+m.globalsImported)
			return refuse(Place{Function: -1, Name: name}, "a mutable global of "+g.typ.String(), "keep references and vectors out of mutable globals")
		}
	}
	for _, e := range m.imports {
		if e.kind == kindTable || e.kind == kindMemory {
			return refuse(Place{Function: -1, Name: e.module + "." + e.name}, "an imported "+kindNames[e.kind], "define it in the module (no --import-memory, --import-table)")
		}
	}
	for _, l := range m.mems {
		if l.shared() {
			return refuse(Place{Function: -1}, "shared memory", FeatureThreads.hint())
		}
	}
	return nil
}
