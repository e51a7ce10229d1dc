package sandbox

import (
	"context"
	"fmt"
	"unicode/utf16"

	"github.com/agenthost/agenthost/abi"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// hostFunction is a function that guests may import. run reads its parameters from the stack and writes
// its result there. It must be a function of the guest's own state: no clock, no file, no counter of
// the host, or a replay would diverge.
type hostFunction struct {
	module, name string
	params       []api.ValueType
	results      []api.ValueType
	run          func(i *Instance, stack []uint64)
}

// What a call into the host costs in fuel, beside what its loops charge. A unit of ordinary code takes
// 0.05 to 0.4 ns, a crossing about 31 ns.
const (
	hostCostCall  = 100 // Every call.
	hostCostByte  = 1   // Every byte that is printed or drawn at random.
	hostCostEntry = 8   // Every entry of a list that the host walks.

	// hostCostVersion goes into Identity: another table gives other results.
	hostCostVersion = 1
)

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
	f64 = api.ValueTypeF64
)

func types(t ...api.ValueType) []api.ValueType { return t }

var agenthostFunctions = []hostFunction{
	{"agenthost", "log", types(i32, i32, i32), nil, hostLog},
	{"agenthost", "fail", types(i32, i32, i32), nil, hostFail},
	{"env", "abort", types(i32, i32, i32, i32), nil, hostAbort},
	{"env", "seed", nil, types(f64), hostSeed},
}

// hostFunctions are all that a module may import.
var hostFunctions = append(agenthostFunctions, wasiFunctions...)

// instantiateHost makes the host's modules in a runtime, once; all guests share them.
func instantiateHost(ctx context.Context, rt wazero.Runtime) error {
	builders := map[string]wazero.HostModuleBuilder{}
	for _, f := range hostFunctions {
		b := builders[f.module]
		if b == nil {
			b = rt.NewHostModuleBuilder(f.module)
			builders[f.module] = b
		}
		b.NewFunctionBuilder().WithGoModuleFunction(entry(f.run), f.params, f.results).WithName(f.name).Export(f.name)
	}
	for name, b := range builders {
		if _, err := b.Instantiate(ctx); err != nil {
			return fmt.Errorf("host module %s: %w", name, err)
		}
	}
	return nil
}

// entry is what wazero calls: it finds the instance, charges the call and runs it.
func entry(run func(*Instance, []uint64)) api.GoModuleFunc {
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		i := ctx.Value(instanceKey{}).(*Instance)
		i.charge(hostCostCall)
		run(i, stack)
	}
}

// guestFault is panicked by host functions to end the guest's call; it arrives as the call's error.
type guestFault struct {
	kind    TrapKind
	code    int32
	message string
}

func (f *guestFault) Error() string { return f.message }

// bytes is a view of the guest's memory; a bad pointer ends the call.
func (i *Instance) bytes(what string, ptr, size uint64) []byte {
	b, ok := i.memory.Read(uint32(ptr), uint32(size))
	if !ok {
		panic(&guestFault{kind: TrapArgument, message: fmt.Sprintf("%s: %d bytes at %#x are outside of the memory of %d bytes",
			what, uint32(size), uint32(ptr), i.memory.Size())})
	}
	return b
}

// hostLog is agenthost.log(level, ptr, len). Levels are open: unknown ones count as info.
func hostLog(i *Instance, stack []uint64) {
	i.charge(int64(uint32(stack[2])) * hostCostByte)
	text := i.bytes("agenthost.log", stack[1], stack[2])
	stream := StreamLogInfo
	switch abi.LogLevel(stack[0]) {
	case abi.LogDebug:
		stream = StreamLogDebug
	case abi.LogWarn:
		stream = StreamLogWarn
	case abi.LogError:
		stream = StreamLogError
	}
	i.printer.message(stream, text)
}

// failTextMax bounds the message of fail and abort.
const failTextMax = 1 << 10

// hostFail is agenthost.fail(code, ptr, len); it does not return.
func hostFail(i *Instance, stack []uint64) {
	size := min(uint64(uint32(stack[2])), failTextMax)
	text := i.bytes("agenthost.fail", stack[1], size)
	panic(&guestFault{kind: TrapFail, code: int32(stack[0]), message: cleanText(text)})
}

// hostAbort is AssemblyScript's env.abort(message, file, line, column), its strings UTF-16.
func hostAbort(i *Instance, stack []uint64) {
	panic(&guestFault{kind: TrapFail, message: fmt.Sprintf("%s (%s:%d:%d)",
		i.scriptString(stack[0]), i.scriptString(stack[1]), uint32(stack[2]), uint32(stack[3]))})
}

// scriptString reads an AssemblyScript string: its length in bytes stands 4 bytes before it.
func (i *Instance) scriptString(ptr uint64) string {
	if uint32(ptr) < 4 {
		return "no message"
	}
	size, ok := i.memory.ReadUint32Le(uint32(ptr) - 4)
	raw, inside := i.memory.Read(uint32(ptr), min(size, failTextMax)&^1)
	if !ok || !inside {
		return "no message"
	}
	units := make([]uint16, len(raw)/2)
	for n := range units {
		units[n] = uint16(raw[2*n]) | uint16(raw[2*n+1])<<8
	}
	return cleanText([]byte(string(utf16.Decode(units))))
}

// hostSeed is AssemblyScript's env.seed.
func hostSeed(i *Instance, stack []uint64) { stack[0] = api.EncodeF64(i.random.float()) }
