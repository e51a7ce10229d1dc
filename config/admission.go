package config

// Admission bounds what a module's file may hold, checked before anything is compiled: some files of a few
// kilobytes take a compiler minutes.
type Admission struct {
	Source
	// Size and FunctionSize are bytes; the rest are counts.
	Size, FunctionSize                    int64
	Types, Imports, Exports, Functions    int64
	Params, Results                       int64
	Locals, LocalsTotal, LocalsBlocks     int64
	Nesting, BranchTargets                int64
	Tables, TableElements, MemoryPages    int64
	Globals, Elements, DataSegments, Tags int64
}

// DefaultAdmission is the meter's own: it lets through what current compilers emit, with room to spare.
func DefaultAdmission() Admission {
	return Admission{
		Size: 16 << 20, FunctionSize: 768 << 10,
		Types: 10_000, Imports: 100, Exports: 10_000, Functions: 50_000,
		Params: 100, Results: 16,
		Locals: 5_000, LocalsTotal: 500_000, LocalsBlocks: 2_000_000,
		Nesting: 10_000, BranchTargets: 20_000,
		Tables: 4, TableElements: 100_000, MemoryPages: 65_536,
		Globals: 10_000, Elements: 10_000, DataSegments: 200_000, Tags: 100,
	}
}

func admissionBlock() *block[Admission] {
	count := func(name string, get func(*Admission) *int64, says string) field[Admission] {
		return whole(name, get, 1, 1<<31, says)
	}
	return &block[Admission]{
		name: "admission", says: "What the module's file may hold, checked before it is compiled. plugin inspect shows what a module has of each.",
		defaults: DefaultAdmission, source: func(a *Admission) *Source { return &a.Source },
		fields: []field[Admission]{
			size("size", func(a *Admission) *int64 { return &a.Size }, 1, 1<<30, 1, "The file.").like(`"16MiB"`),
			size("function_size", func(a *Admission) *int64 { return &a.FunctionSize }, 1, 1<<30, 1, "The body of one function.").like(`"768KiB"`),
			count("types", func(a *Admission) *int64 { return &a.Types }, "Function types.").like("10000"),
			count("imports", func(a *Admission) *int64 { return &a.Imports }, "Imports.").like("100"),
			count("exports", func(a *Admission) *int64 { return &a.Exports }, "Exports.").like("10000"),
			count("functions", func(a *Admission) *int64 { return &a.Functions }, "Functions that the module defines.").like("50000"),
			count("params", func(a *Admission) *int64 { return &a.Params }, "Parameters of one function.").like("100"),
			count("results", func(a *Admission) *int64 { return &a.Results }, "Results of one function.").like("16"),
			count("locals", func(a *Admission) *int64 { return &a.Locals }, "Locals of one function, parameters apart.").like("5000"),
			count("locals_total", func(a *Admission) *int64 { return &a.LocalsTotal }, "Locals of all functions.").like("500000"),
			count("locals_blocks", func(a *Admission) *int64 { return &a.LocalsBlocks }, "Parameters and locals times blocks, loops and ifs of one function: what a compiler's time grows with.").like("2000000"),
			count("nesting", func(a *Admission) *int64 { return &a.Nesting }, "Blocks within blocks.").like("10000"),
			count("branch_targets", func(a *Admission) *int64 { return &a.BranchTargets }, "Targets of all br_table of one function.").like("20000"),
			count("tables", func(a *Admission) *int64 { return &a.Tables }, "Tables.").like("4"),
			count("table_elements", func(a *Admission) *int64 { return &a.TableElements }, "Elements of one table at the start.").like("100000"),
			count("memory_pages", func(a *Admission) *int64 { return &a.MemoryPages }, "Pages of 64KiB of memory at the start; limits.memory is the usual bound.").like("65536"),
			count("globals", func(a *Admission) *int64 { return &a.Globals }, "Globals.").like("10000"),
			count("elements", func(a *Admission) *int64 { return &a.Elements }, "Element segments.").like("10000"),
			count("data_segments", func(a *Admission) *int64 { return &a.DataSegments }, "Data segments.").like("200000"),
			count("tags", func(a *Admission) *int64 { return &a.Tags }, "Exception tags.").like("100"),
		},
	}
}
