package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/meter"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// InstanceConfig is what one instance is given.
type InstanceConfig struct {
	// Name is for messages.
	Name string
	// Seed of the guest's randomness; the same seed gives the same run.
	Seed uint64
	// Time is the virtual clock while the instance is made, nanoseconds since the Unix epoch, UTC.
	// Guests that ask WASI see times before 1970 as 1 ns after it.
	Time int64
	// Parameters are the values of the declared parameters, in declared order. nil: their defaults.
	Parameters []abi.Value
	// Limits: zero fields take those of the module's Load. Memory, stack, tables, RawNaN and Admission
	// are built into the module and always those of Load.
	Limits Limits
	// Output receives what the guest prints, line by line, without control bytes, cut at the limit.
	// It is called during the call that prints, on its goroutine. nil: nobody listens.
	Output func(stream Stream, line string)
}

// ErrClosed is returned by every call into a closed instance.
var ErrClosed = errors.New("instance is closed")

// ErrNotExported says that the module does not have the export that was asked for.
var ErrNotExported = errors.New("not exported by the module")

// Instance is one running strategy. It is not concurrency safe: one call at a time, Close included.
type Instance struct {
	module *Module
	name   string
	limits Limits

	mod     api.Module
	memory  api.Memory
	backing *linearMemory
	context context.Context // finds this instance from within host functions
	fuel    api.MutableGlobal
	depth   api.Global
	globals []api.MutableGlobal // the guest's own, in the order of the module

	tick  api.Function
	stack [2]uint64 // parameters and results of the call under way
	left  int64     // fuel after the last call that returned

	bufferAt, bufferSize uint32 // the guest's input buffer
	clock                int64
	random               random
	printer              printer
	failed               error // what every further call returns
}

// instanceKey finds the instance in a call's context.
type instanceKey struct{}

// callContext is the context of every call into one instance, made once: context.Background with one
// value. wazero asks it for values of its own in each call.
type callContext struct {
	context.Context
	instance *Instance
}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if _, ok := key.(instanceKey); ok {
		return c.instance
	}
	return nil
}

// newInstance makes an instance in which no code has run, and whose memory is yet to be filled in: it
// is the module's image.
func (m *Module) newInstance(c InstanceConfig) (*Instance, error) {
	if err := c.Limits.Validate(); err != nil {
		return nil, fmt.Errorf("instance %s of module %s: %w", c.Name, m.name, err)
	}
	i := &Instance{
		module: m, name: c.Name, limits: c.Limits.or(m.limits), clock: max(c.Time, clockMin), random: newRandom(c.Seed),
		printer: printer{listener: c.Output},
	}
	i.printer.limit = i.limits.LogBytesTick
	i.context = &callContext{context.Background(), i}
	if err := i.instantiate(); err != nil {
		if i.backing != nil {
			i.backing.Free()
		}
		return nil, i.instantiationError(err)
	}
	i.findGlobals()
	i.tick = i.mod.ExportedFunction(exportTick)
	return i, nil
}

// instantiate has wazero lay out memory, tables and globals. It panics if there is no memory for the
// guest's first pages.
func (i *Instance) instantiate() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("instantiate: %v", r)
		}
	}()
	allocator := experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		i.backing = newLinearMemory(min(most, uint64(i.module.limits.MemoryBytes)), i.module.image)
		return i.backing
	})
	ctx := experimental.WithMemoryAllocator(i.context, allocator)
	// Guests draw from the instance. wazero would make each a generator of 5 KiB that nobody uses.
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)
	i.mod, err = i.module.runtime.wasm.InstantiateModule(ctx, i.module.compiled, config)
	return err
}

// instantiationError tells a module whose segments lie outside of its memory or tables, which is the
// guest's fault and a trap by the specification, from a host that has no memory.
func (i *Instance) instantiationError(err error) error {
	for text, kind := range engineTraps {
		if strings.HasSuffix(err.Error(), text) {
			return &Trap{Kind: kind, Call: "instantiation", Message: cleanText([]byte(err.Error()))}
		}
	}
	return fmt.Errorf("instance %s of module %s: %w", i.name, i.module.name, err)
}

func (i *Instance) findGlobals() {
	i.memory = i.mod.Memory()
	if g, ok := i.mod.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal); ok {
		i.fuel = g
	}
	i.depth = i.mod.ExportedGlobal(meter.ExportDepth)
	for _, g := range i.module.info.MutableGlobals {
		i.globals = append(i.globals, i.mod.ExportedGlobal(g.Export).(api.MutableGlobal))
	}
}

// fillData makes the memory what the module begins with.
func (i *Instance) fillData() {
	if i.module.lifted {
		i.backing.fill(i.module.data)
	}
}

// CanSave tells whether the module has strategy_save.
func (i *Instance) CanSave() bool { return i.module.canSave }

// CanLoad tells whether the module has strategy_load.
func (i *Instance) CanLoad() bool { return i.module.canLoad }

// MemoryBytes is the size of the guest's memory now; it never shrinks.
func (i *Instance) MemoryBytes() int64 {
	if i.failed == ErrClosed {
		return 0
	}
	return int64(i.memory.Size())
}

// Poisoned tells that a call trapped.
func (i *Instance) Poisoned() bool { return i.failed == ErrPoisoned }

// Close frees the instance; its last output is gone with it. Closing twice does no harm.
func (i *Instance) Close() error {
	if i.failed == ErrClosed {
		return nil
	}
	i.failed = ErrClosed
	err := i.mod.Close(context.Background())
	i.backing.Free()
	return err
}
