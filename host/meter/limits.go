package meter

import "fmt"

// Limits are held against a module before anything is compiled. They are there because compilation
// is super-linear in hostile input and cannot be cancelled. Zero means unlimited.
type Limits struct {
	Size          int64 // bytes of the file
	Types         int64
	Imports       int64
	Functions     int64 // defined ones
	FunctionSize  int64 // bytes of one body
	Params        int64 // of one function type
	Results       int64 // of one function type
	Locals        int64 // of one function, without parameters
	LocalsTotal   int64 // of all functions
	LocalsBlocks  int64 // (parameters + locals) × (blocks + loops + ifs) of one function
	Nesting       int64 // blocks within blocks
	BranchTargets int64 // entries of all br_table of one function
	Tables        int64
	TableElements int64 // of one table, at the start
	MemoryPages   int64 // at the start, of 64 KiB; Config.MemoryPagesMax is the usual limit
	Globals       int64
	Exports       int64
	Elements      int64 // element segments
	DataSegments  int64
	Tags          int64
}

// DefaultLimits lets through what the current compilers of Go, Rust, C, C++, Zig and AssemblyScript
// emit (TinyGo too, for the older modules within wazero's own tests), and stops what takes a compiler
// more than a few seconds. Beside each limit stands the most that was found in some ninety modules of
// public packages.
func DefaultLimits() Limits {
	return Limits{
		Size:          16 << 20,  // 15.8 M, a CSS compiler in Rust
		Types:         10_000,    // 105
		Imports:       100,       // 88, a bar code reader in C++
		Functions:     50_000,    // 5,483
		FunctionSize:  768 << 10, // 591,958, a generated scanner in C
		Params:        100,       // 23
		Results:       16,        // 2
		Locals:        5_000,     // 952, a regular expression engine in C++
		LocalsTotal:   500_000,   // 73,274
		LocalsBlocks:  2_000_000, // 1,060,752, Rust
		Nesting:       10_000,    // 3,289, a JavaScript compiler in Go
		BranchTargets: 20_000,    // 5,490, the same
		Tables:        4,         // 2
		TableElements: 100_000,   // 9,403, the same
		MemoryPages:   pagesMax,  // 2,400
		Globals:       10_000,    // 20
		Exports:       10_000,    // 241, SQLite
		Elements:      10_000,    // 1
		DataSegments:  200_000,   // 98,450, Go
		Tags:          100,       // 1
	}
}

type limitID int

const (
	limitSize limitID = iota
	limitTypes
	limitImports
	limitFunctions
	limitFunctionSize
	limitParams
	limitResults
	limitLocals
	limitLocalsTotal
	limitLocalsBlocks
	limitNesting
	limitBranchTargets
	limitTables
	limitTableElements
	limitMemoryPages
	limitGlobals
	limitExports
	limitElements
	limitDataSegments
	limitTags
	limitsCount
)

// countLimits can be checked once the sections are read, codeLimits once the code is.
var (
	countLimits = []limitID{
		limitTypes, limitImports, limitFunctions, limitFunctionSize, limitParams, limitResults,
		limitTables, limitTableElements, limitMemoryPages, limitGlobals, limitExports, limitElements,
		limitDataSegments, limitTags,
	}
	codeLimits = []limitID{limitLocals, limitLocalsTotal, limitLocalsBlocks, limitNesting, limitBranchTargets}
)

const (
	hintSplit   = "split the function, or build with -Os instead of -O3"
	hintGarbage = "build with -Wl,--gc-sections and without debug information (-s -w, --strip-all)"
)

var limitRules = [limitsCount]struct {
	name, hint string
	of         func(*Limits) int64
}{
	limitSize:          {"size", hintGarbage, func(l *Limits) int64 { return l.Size }},
	limitTypes:         {"types", hintGarbage, func(l *Limits) int64 { return l.Types }},
	limitImports:       {"imports", "import only the host's ABI", func(l *Limits) int64 { return l.Imports }},
	limitFunctions:     {"functions", hintGarbage, func(l *Limits) int64 { return l.Functions }},
	limitFunctionSize:  {"function_size", hintSplit, func(l *Limits) int64 { return l.FunctionSize }},
	limitParams:        {"params", "pass a pointer to a structure", func(l *Limits) int64 { return l.Params }},
	limitResults:       {"results", "return a pointer to a structure", func(l *Limits) int64 { return l.Results }},
	limitLocals:        {"locals", hintSplit, func(l *Limits) int64 { return l.Locals }},
	limitLocalsTotal:   {"locals_total", hintSplit, func(l *Limits) int64 { return l.LocalsTotal }},
	limitLocalsBlocks:  {"locals_blocks", hintSplit, func(l *Limits) int64 { return l.LocalsBlocks }},
	limitNesting:       {"nesting", hintSplit, func(l *Limits) int64 { return l.Nesting }},
	limitBranchTargets: {"branch_targets", "use a table in memory instead of a switch (-fno-jump-tables)", func(l *Limits) int64 { return l.BranchTargets }},
	limitTables:        {"tables", "use one table", func(l *Limits) int64 { return l.Tables }},
	limitTableElements: {"table_elements", "make the table smaller", func(l *Limits) int64 { return l.TableElements }},
	limitMemoryPages:   {"memory_pages", "lower --initial-memory and the stack size (-Wl,-z,stack-size=…)", func(l *Limits) int64 { return l.MemoryPages }},
	limitGlobals:       {"globals", hintGarbage, func(l *Limits) int64 { return l.Globals }},
	limitExports:       {"exports", "export only the ABI (drop --export-all)", func(l *Limits) int64 { return l.Exports }},
	limitElements:      {"elements", hintGarbage, func(l *Limits) int64 { return l.Elements }},
	limitDataSegments:  {"data_segments", hintGarbage, func(l *Limits) int64 { return l.DataSegments }},
	limitTags:          {"tags", "use fewer exception types", func(l *Limits) int64 { return l.Tags }},
}

// check gives a *Refusal for the first of ids that the module exceeds.
func (l *Limits) check(m *module, ids ...limitID) error {
	for _, id := range ids {
		rule := &limitRules[id]
		allowed, found := rule.of(l), m.found[id]
		if allowed == 0 || found.value <= allowed {
			continue
		}
		return &Refusal{
			Rule:    rule.name,
			Place:   m.named(found.place),
			Found:   fmt.Sprint(found.value),
			Allowed: fmt.Sprint(allowed),
			Hint:    rule.hint + ", or raise " + rule.name,
		}
	}
	return nil
}

// named adds the function's name to a place.
func (m *module) named(p Place) Place {
	if p.Function >= 0 && p.Name == "" {
		p.Name = m.functionName(p.Function)
	}
	return p
}

func (m *module) noteCounts() {
	nowhere := Place{Function: -1}
	m.note(limitTypes, int64(len(m.types)), nowhere)
	m.note(limitImports, int64(len(m.imports)), nowhere)
	m.note(limitFunctions, int64(len(m.codes)), nowhere)
	m.note(limitTables, int64(len(m.tables)), nowhere)
	m.note(limitGlobals, int64(len(m.globals)), nowhere)
	m.note(limitExports, int64(len(m.exports)), nowhere)
	m.note(limitElements, int64(m.elements), nowhere)
	m.note(limitDataSegments, int64(len(m.data)), nowhere)
	m.note(limitTags, int64(len(m.tags)), nowhere)
	for _, mem := range m.mems {
		m.note(limitMemoryPages, int64(mem.min), nowhere)
	}
}
