package meter

import "strings"

// Import is one import of a module.
type Import struct{ Module, Name, Kind, Type string }

// Export is one export of a module.
type Export struct{ Name, Kind, Type string }

// Global is a mutable global that the module defines.
type Global struct {
	Index  int
	Type   string
	Export string // the name the meter gives it
}

// Memory is a module's memory, imported or not, in pages of 64 KiB.
type Memory struct {
	Min, Max uint32
	HasMax   bool
}

// Found is one limit beside what was found.
type Found struct {
	Rule    string
	Value   int64
	Allowed int64 // 0: unlimited
	Place   Place // of the largest value
}

// Info is what a module has.
type Info struct {
	Name    string
	Imports []Import
	Exports []Export
	// Functions and Globals are defined ones; Elements and DataSegments are segments.
	Functions, Globals, Tables, Elements, DataSegments int
	// Found holds every limit against the module, in the order of Limits.
	Found          []Found
	SizeIn         int
	SizeOut        int // 0 from Inspect
	MutableGlobals []Global
	Memory         Memory
	HasMemory      bool
	// FunctionNames are from the name section, by index with imports counted.
	FunctionNames map[int]string
	// Counted is the number of functions whose stack depth is counted.
	Counted int
	// Unsaved names the instructions that change state which a snapshot does not hold.
	Unsaved []string
	// HasStart tells that a start function runs during instantiation.
	HasStart bool
}

func (w *walker) info() *Info {
	m := w.m
	m.decodeNamesOnce()
	in := &Info{
		Name: m.moduleName, Functions: len(m.codes), Globals: len(m.globals) - m.globalsImported,
		Tables: len(m.tables), Elements: m.elements, DataSegments: len(m.data),
		SizeIn: len(m.wasm), FunctionNames: m.functionNames, HasStart: m.start >= 0,
	}
	for _, e := range m.imports {
		in.Imports = append(in.Imports, Import{e.module, e.name, kindNames[e.kind], e.desc})
	}
	for _, e := range m.exports {
		in.Exports = append(in.Exports, Export{e.name, kindNames[e.kind], m.typeOf(e)})
	}
	for i := m.globalsImported; i < len(m.globals); i++ {
		if g := m.globals[i]; g.mutable {
			in.MutableGlobals = append(in.MutableGlobals, Global{i, g.typ.String(), ExportGlobal(i)})
		}
	}
	if len(m.mems) > 0 {
		in.HasMemory = true
		in.Memory = Memory{m.mems[0].min, m.mems[0].max, m.mems[0].hasMax()}
	}
	for id := limitID(0); id < limitsCount; id++ {
		f := m.found[id]
		rule := &limitRules[id]
		in.Found = append(in.Found, Found{rule.name, f.value, rule.of(&w.cfg.Limits), m.named(f.place)})
	}
	for _, s := range m.state {
		in.Unsaved = append(in.Unsaved, s.what)
	}
	for i := range w.functions {
		if w.functions[i].counted {
			in.Counted++
		}
	}
	return in
}

func (m *module) typeOf(e exportEntry) string {
	switch e.kind {
	case kindFunc:
		return m.types[m.funcs[e.index]].String()
	case kindTable:
		return m.tables[e.index].String()
	case kindMemory:
		return m.mems[e.index].String()
	case kindGlobal:
		return m.globals[e.index].String()
	default:
		return m.types[m.tags[e.index]].String()
	}
}

// String gives the info as a few lines of text, for debugging.
func (in *Info) String() string {
	var b strings.Builder
	for _, e := range in.Imports {
		b.WriteString("import " + e.Module + "." + e.Name + " " + e.Kind + " " + e.Type + "\n")
	}
	for _, e := range in.Exports {
		b.WriteString("export " + e.Name + " " + e.Kind + " " + e.Type + "\n")
	}
	return b.String()
}
