package sandbox

import (
	"fmt"

	"github.com/agenthost/agenthost/host/meter"
	"github.com/tetratelabs/wazero/api"
)

// Tick gives the guest an input and returns its output, a view into the guest's memory that is valid
// until the next call of any method: parse it at once. now is the virtual clock, budget the fuel (at most
// meter.FuelMax); used is the fuel that it took, and exceeds the budget by a little if that ran out. The error is a *Trap, after which the instance is poisoned; ErrPoisoned
// if it was. Tick does not allocate when it succeeds and the guest prints nothing.
func (i *Instance) Tick(input []byte, now, budget int64) (output []byte, used int64, err error) {
	if i.failed != nil {
		return nil, 0, i.failed
	}
	budget = min(budget, meter.FuelMax)
	i.setClock(now)
	i.begin()
	i.setFuel(budget)
	if err := i.put(input, i.limits.InputBytes); err != nil {
		return nil, i.used(budget), i.poison(exportTick, budget, err)
	}
	i.stack[0], i.stack[1] = uint64(i.bufferAt), uint64(uint32(len(input)))
	if err := i.call(i.tick); err != nil {
		return nil, i.used(budget), i.poison(exportTick, budget, err)
	}
	output, err = i.result("output", i.limits.OutputBytes, "output_bytes")
	if err != nil {
		return nil, i.used(budget), i.poison(exportTick, budget, err)
	}
	i.printer.end()
	if i.fuel != nil {
		used = budget - i.left
	}
	return output, used, nil
}

// Reject poisons the instance because of what its last Tick returned: err says why the output, though
// inside the guest's memory, is no good. It returns the *Trap that stands for it.
func (i *Instance) Reject(used int64, err error) *Trap {
	t := i.poison(exportTick, used, &guestFault{kind: TrapOutput, message: cleanText([]byte(err.Error()))})
	t.Fuel = used
	return t
}

// begin is before a call: what was printed belongs to the call before.
func (i *Instance) begin() { i.printer.begin() }

func (i *Instance) setFuel(budget int64) {
	if i.fuel != nil {
		i.fuel.Set(uint64(budget))
	}
}

// used is what the call took of its budget.
func (i *Instance) used(budget int64) int64 {
	if i.fuel == nil {
		return 0
	}
	return budget - int64(i.fuel.Get())
}

// errFuel stands for an overdraft that the guest did not notice: the last stretch of code before it
// returned has no check.
var errFuel = &guestFault{kind: TrapFuel, message: "out of fuel"}

// call calls a function with the parameters in i.stack; its result is in i.stack[0], and the fuel that
// is left in i.left.
func (i *Instance) call(f api.Function) error {
	if err := f.CallWithStack(i.context, i.stack[:]); err != nil {
		return err
	}
	if i.fuel != nil {
		if i.left = int64(i.fuel.Get()); i.left < 0 {
			return errFuel
		}
	}
	return nil
}

// charge takes fuel for what the host does; a guest that has no more ends here.
func (i *Instance) charge(units int64) {
	if i.fuel == nil {
		return
	}
	left := int64(i.fuel.Get()) - units
	i.fuel.Set(uint64(left))
	if left < 0 {
		panic(errFuel)
	}
}

// put writes bytes into the guest's buffer, which it asks for again if they do not fit.
func (i *Instance) put(b []byte, limit int) error {
	if len(b) > limit {
		return &guestFault{kind: TrapHostLimit, message: fmt.Sprintf("the input has %d bytes, the limit is %d (input_bytes)", len(b), limit)}
	}
	if uint32(len(b)) > i.bufferSize {
		if err := i.growBuffer(uint32(len(b))); err != nil {
			return err
		}
	}
	if !i.memory.Write(i.bufferAt, b) {
		panic("sandbox: a buffer that was checked is outside of a memory that cannot shrink")
	}
	return nil
}

// bufferStep is what requests for a buffer are rounded up to, so that slowly growing inputs do not ask
// each time.
const bufferStep = 4 << 10

// growBuffer asks for a buffer of at least size bytes: with room to grow first, then for just enough.
func (i *Instance) growBuffer(need uint32) error {
	size := (need + bufferStep - 1) &^ (bufferStep - 1)
	at, err := i.askBuffer(size)
	if err == nil && at == 0 {
		size = (need + 7) &^ 7
		at, err = i.askBuffer(size)
	}
	switch {
	case err != nil:
		return err
	case at == 0:
		return &guestFault{kind: TrapHostLimit, message: fmt.Sprintf("agenthost_buffer(%d) returned 0: the guest has no room for its input", size)}
	case at%8 != 0:
		return &guestFault{kind: TrapOutput, message: fmt.Sprintf("agenthost_buffer(%d) returned %#x, which is not a multiple of 8", size, at)}
	case uint64(at)+uint64(size) > uint64(i.memory.Size()):
		return &guestFault{kind: TrapOutput, message: fmt.Sprintf("agenthost_buffer(%d) returned %#x, outside of the memory of %d bytes", size, at, i.memory.Size())}
	}
	i.bufferAt, i.bufferSize = at, size
	return nil
}

func (i *Instance) askBuffer(size uint32) (at uint32, err error) {
	i.stack[0] = uint64(size)
	err = i.call(i.mod.ExportedFunction(exportBuffer))
	return uint32(i.stack[0]), err
}

// result is the view that a call's result names: 0, or pointer and length in one i64.
func (i *Instance) result(what string, limit int, limitName string) ([]byte, error) {
	at, size := uint32(i.stack[0]>>32), uint32(i.stack[0])
	if size == 0 {
		return nil, nil
	}
	if int64(size) > int64(limit) {
		return nil, &guestFault{kind: TrapOutput, message: fmt.Sprintf("the %s has %d bytes, the limit is %d (%s)", what, size, limit, limitName)}
	}
	b, ok := i.memory.Read(at, size)
	if !ok {
		return nil, &guestFault{kind: TrapOutput, message: fmt.Sprintf("the %s of %d bytes at %#x is outside of the memory of %d bytes", what, size, at, i.memory.Size())}
	}
	return b, nil
}
