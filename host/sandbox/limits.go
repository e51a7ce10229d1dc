package sandbox

// Limits are what one strategy is given. A zero field means the default, so the zero Limits are
// DefaultLimits.
//
//	field           default      what it bounds
//	FuelTick        2,000,000    units of fuel for one tick; the caller of Tick may give more out of a bank
//	FuelInit        50,000,000   units for the start function and _initialize together, and again for strategy_init
//	FuelSave        50,000,000   units for one strategy_save or strategy_load
//	FuelBank        0            units that unused ticks may save up; kept by the engine, not by the sandbox
//	MemoryBytes     64 MiB       linear memory, whole pages of 64 KiB; memory.grow beyond it gives -1
//	StackSlots      64 Ki        depth of calls, in slots of 8 bytes of frame
//	TableElements   16,384       elements of all tables together
//	InputBytes      1 MiB        one tick's input
//	OutputBytes     64 KiB       one tick's output
//	LogBytesTick    4 KiB        what a guest may print in one call; the rest is cut, and said so
//	Records         256          records of one output, values of series apart
//	SeriesValues    64           values of series in one output
//	StateBytes      1 MiB        what strategy_save may hand back
type Limits struct {
	FuelTick, FuelInit, FuelSave, FuelBank int64
	MemoryBytes                            int64
	StackSlots                             int32
	TableElements                          int
	InputBytes, OutputBytes, LogBytesTick  int
	Records, SeriesValues                  int
	StateBytes                             int
}

// DefaultLimits are the limits of the table above.
func DefaultLimits() Limits {
	return Limits{
		FuelTick: 2_000_000, FuelInit: 50_000_000, FuelSave: 50_000_000,
		MemoryBytes: 64 << 20, StackSlots: 64 << 10, TableElements: 16_384,
		InputBytes: 1 << 20, OutputBytes: 64 << 10, LogBytesTick: 4 << 10,
		Records: 256, SeriesValues: 64, StateBytes: 1 << 20,
	}
}

// or fills the fields that are zero from d.
func (l Limits) or(d Limits) Limits {
	pick(&l.FuelTick, d.FuelTick)
	pick(&l.FuelInit, d.FuelInit)
	pick(&l.FuelSave, d.FuelSave)
	pick(&l.FuelBank, d.FuelBank)
	pick(&l.MemoryBytes, d.MemoryBytes)
	pick(&l.StackSlots, d.StackSlots)
	pick(&l.TableElements, d.TableElements)
	pick(&l.InputBytes, d.InputBytes)
	pick(&l.OutputBytes, d.OutputBytes)
	pick(&l.LogBytesTick, d.LogBytesTick)
	pick(&l.Records, d.Records)
	pick(&l.SeriesValues, d.SeriesValues)
	pick(&l.StateBytes, d.StateBytes)
	return l
}

func pick[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
