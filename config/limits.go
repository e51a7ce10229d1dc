package config

// Limits bound what a strategy may take.
type Limits struct {
	Source
	// FuelPerTick is the units of one tick. FuelBank is how many unused ones may be saved up for a
	// later tick; 0 is none.
	FuelPerTick, FuelBank int64
	// FuelInit is the units for starting the module, and again for strategy_init.
	FuelInit int64
	// Memory bounds linear memory in bytes, whole pages of 64 KiB.
	Memory int64
	// Stack bounds the depth of calls, in bytes of frames as the meter counts them: slots of 8.
	Stack int64
	// TableElements bounds each table.
	TableElements int64
	// InputBytes and OutputBytes bound what one tick is given and gives; Records its output records;
	// LogBytes what it may print; SeriesValues its series values.
	InputBytes, OutputBytes int64
	Records                 int
	LogBytes                int64
	SeriesValues            int
	// RawNaN leaves the bits of NaNs to the machine, so that a run can be replayed on the same kind of
	// machine only.
	RawNaN bool
	// Admission bounds the module's file.
	Admission Admission
}

// DefaultLimits let through what current compilers make of an ordinary strategy, Go's included, and
// bound a tick to under 20 ms of the worst code known.
func DefaultLimits() Limits {
	return Limits{
		FuelPerTick:   2_000_000,
		FuelInit:      50_000_000,
		Memory:        64 << 20,
		Stack:         stackMax,
		TableElements: 100_000,
		InputBytes:    1 << 20,
		OutputBytes:   64 << 10,
		Records:       256,
		LogBytes:      4 << 10,
		SeriesValues:  64,
		Admission:     DefaultAdmission(),
	}
}

// stackMax is 60,000 slots of 8 bytes, the deepest that the sandbox allows: beyond, a strategy could reach
// the end of wazero's own stack before the meter's.
const stackMax = 60_000 * 8

// fuelMax keeps sums of budgets far from int64's end.
const fuelMax = 1_000_000_000_000_000

func limitsBlock() *block[Limits] {
	const page = 64 << 10
	return &block[Limits]{
		name: "limits", says: "What the strategy may take. A tick that wants more is undone as a whole.",
		defaults: DefaultLimits, source: func(l *Limits) *Source { return &l.Source },
		fields: []field[Limits]{
			whole("fuel_per_tick", func(l *Limits) *int64 { return &l.FuelPerTick }, 1, fuelMax,
				"Units of fuel for one tick; about one for each instruction.").like("2000000"),
			whole("fuel_bank", func(l *Limits) *int64 { return &l.FuelBank }, 0, fuelMax,
				"How much unused fuel may be saved for a later tick, as garbage collectors need; it lengthens the longest pause.").like("20000000"),
			whole("fuel_init", func(l *Limits) *int64 { return &l.FuelInit }, 1, fuelMax,
				"Units of fuel for starting the module, and again for strategy_init.").like("50000000"),
			size("memory", func(l *Limits) *int64 { return &l.Memory }, page, 4<<30, page,
				"The greatest linear memory, in whole pages of 64KiB.").like(`"16MiB"`),
			size("stack", func(l *Limits) *int64 { return &l.Stack }, 256, 480_000, 1,
				"The deepest stack of calls, in bytes of frames as the meter counts them.").like(`"256KiB"`),
			whole("table_elements", func(l *Limits) *int64 { return &l.TableElements }, 1, 10_000_000,
				"The greatest number of elements in a table.").like("100000"),
			size("input_bytes", func(l *Limits) *int64 { return &l.InputBytes }, 1<<10, 64<<20, 1,
				"The greatest input of a tick.").like(`"1MiB"`),
			size("output_bytes", func(l *Limits) *int64 { return &l.OutputBytes }, 64, 64<<20, 1,
				"The greatest output of a tick.").like(`"64KiB"`),
			whole("records", func(l *Limits) *int { return &l.Records }, 1, 1<<16,
				"The greatest number of records in a tick's output.").like("256"),
			size("log_bytes", func(l *Limits) *int64 { return &l.LogBytes }, 1, 1<<20, 1,
				"How much a tick may print before the rest is cut off.").like(`"4KiB"`),
			whole("series_values", func(l *Limits) *int { return &l.SeriesValues }, 1, 1<<16,
				"How many values of its series a tick may give.").like("64"),
			boolean("raw_nan", func(l *Limits) *bool { return &l.RawNaN },
				"The bits of NaNs are left to the machine: a little faster, and what was run on one kind of machine cannot be replayed on another."),
		},
		children: []child[Limits]{
			one(admissionBlock(), func(l *Limits) *Admission { return &l.Admission }),
		},
	}
}
