package sandbox

import (
	"fmt"
	"time"

	"github.com/agenthost/agenthost/host/meter"
)

// Limits are what one strategy is given. A zero field means the default, so the zero Limits are
// DefaultLimits.
//
//	field           default      what it bounds
//	FuelTick        2,000,000    units of fuel for one tick; the caller of Tick may give more out of a bank
//	FuelInit        50,000,000   units for the start function, _initialize and strategy_describe together, and again for strategy_init
//	FuelSave        50,000,000   units for one strategy_save or strategy_load
//	FuelBank        0            units that unused ticks may save up; kept by the engine, not by the sandbox
//	MemoryBytes     64 MiB       linear memory, whole pages of 64 KiB; memory.grow beyond it gives -1
//	StackSlots      60,000       depth of calls, in slots of 8 bytes; at most 60,000 (meter.Config.StackMax)
//	TableElements   100,000      elements of each table
//	InputBytes      1 MiB        one tick's input
//	OutputBytes     64 KiB       one tick's output
//	LogBytesTick    4 KiB        what a guest may print in one call; the rest is cut, and said so
//	Records         256          records of one output, values of series apart
//	SeriesValues    64           values of series in one output
//	StateBytes      1 MiB        what strategy_save may hand back
//	RawNaN          false        true leaves the bits of NaNs to the machine: a little faster, and a run
//	                             can then be replayed on the same engine and architecture only
//	Admission       meter.DefaultLimits()
type Limits struct {
	FuelTick, FuelInit, FuelSave, FuelBank int64
	MemoryBytes                            int64
	StackSlots                             int32
	TableElements                          int
	InputBytes, OutputBytes, LogBytesTick  int
	Records, SeriesValues                  int
	StateBytes                             int
	RawNaN                                 bool
	Admission                              meter.Limits // What is checked before compilation.
}

// DefaultLimits are the limits of the table above.
func DefaultLimits() Limits {
	return Limits{
		FuelTick: 2_000_000, FuelInit: 50_000_000, FuelSave: 50_000_000,
		MemoryBytes: 64 << 20, StackSlots: 60_000, TableElements: 100_000,
		InputBytes: 1 << 20, OutputBytes: 64 << 10, LogBytesTick: 4 << 10,
		Records: 256, SeriesValues: 64, StateBytes: 1 << 20,
		Admission: meter.DefaultLimits(),
	}
}

// Bounds of the limits themselves.
const (
	memoryBytesMax = 4 << 30
	stackSlotsMax  = 60_000
)

// Validate names the first limit that cannot be. Load checks it too.
func (l Limits) Validate() error {
	l = l.or(DefaultLimits())
	for _, f := range []struct {
		name       string
		v, lo, max int64
	}{
		{"FuelTick", l.FuelTick, 1, meter.FuelMax},
		{"FuelInit", l.FuelInit, 1, meter.FuelMax},
		{"FuelSave", l.FuelSave, 1, meter.FuelMax},
		{"FuelBank", l.FuelBank, 0, meter.FuelMax},
		{"MemoryBytes", l.MemoryBytes, pageSize, memoryBytesMax},
		{"StackSlots", int64(l.StackSlots), 32, stackSlotsMax},
		{"TableElements", int64(l.TableElements), 1, 10_000_000},
		{"InputBytes", int64(l.InputBytes), 1, 1 << 30},
		{"OutputBytes", int64(l.OutputBytes), 1, 1 << 30},
		{"LogBytesTick", int64(l.LogBytesTick), 1, 1 << 30},
		{"Records", int64(l.Records), 1, 1 << 20},
		{"SeriesValues", int64(l.SeriesValues), 1, 1 << 20},
		{"StateBytes", int64(l.StateBytes), 1, 1 << 30},
	} {
		if f.v < f.lo || f.v > f.max {
			return fmt.Errorf("limit %s: found %d, want %d to %d", f.name, f.v, f.lo, f.max)
		}
	}
	return nil
}

// unitWorst is the longest that a unit of fuel was seen to take: loads that all miss the cache.
const unitWorst = 9 * time.Nanosecond

// PauseMax is the longest that a tick may hold up the host's scheduler and collector, should it spend
// all of its fuel, the bank's included, on the slowest instructions known. Ordinary code takes a
// twentieth of it.
func (l Limits) PauseMax() time.Duration {
	l = l.or(DefaultLimits())
	return time.Duration(min(l.FuelTick, meter.FuelMax/16)+min(l.FuelBank, meter.FuelMax/16)) * unitWorst
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
	pick(&l.RawNaN, d.RawNaN)
	pick(&l.Admission, d.Admission)
	return l
}

func pick[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
