//go:build wasip1

package agenthost

import (
	"unsafe"

	"github.com/agenthost/agenthost/abi"
)

//go:wasmimport agenthost log
func importLog(level uint32, text unsafe.Pointer, length uint32)

//go:wasmimport agenthost fail
func importFail(code int32, text unsafe.Pointer, length uint32)

// Log writes to the host's log. Text that is too long is cut by the host, which says so.
func Log(level abi.LogLevel, text string) {
	importLog(uint32(level), unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
}

// Fail ends this tick as failed, with words for a person: no order of it goes out, and the
// strategy's memory is set back to before it. It does not return.
func Fail(code int32, text string) {
	importFail(code, unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
	panic("agenthost: fail returned")
}

// All that the host holds pointers to lives in these, and the collector moves nothing.
var (
	input       []uint64 // uint64 for its alignment
	tick        abi.Tick
	output      = abi.NewOutputWriter(16 << 10)
	description []byte
	saved       []byte
)

//go:wasmexport agenthost_abi
func exportABI() uint32 { return abi.Version }

//go:wasmexport agenthost_buffer
func exportBuffer(size uint32) uint32 {
	if words := int(size+7) / 8; words > len(input) {
		input = make([]uint64, words)
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(input))))
}

//go:wasmexport strategy_describe
func exportDescribe() uint64 {
	if description == nil {
		description = registered.Description.AppendJSON(nil)
	}
	return result(description)
}

//go:wasmexport strategy_init
func exportInit(pointer, length uint32) int32 {
	if registered.Init == nil {
		return 0
	}
	params, err := abi.ReadParams(bytesAt(pointer, length))
	if err == nil {
		err = registered.Init(&params)
	}
	return refusal(err)
}

//go:wasmexport strategy_tick
func exportTick(pointer, length uint32) uint64 {
	if err := tick.Read(bytesAt(pointer, length)); err != nil {
		Fail(1, err.Error())
	}
	output.Reset()
	registered.Tick(&tick, output)
	return result(output.Bytes())
}

//go:wasmexport strategy_save
func exportSave() uint64 {
	if registered.Save == nil {
		return 0
	}
	saved = registered.Save(saved[:0])
	return result(saved)
}

//go:wasmexport strategy_load
func exportLoad(pointer, length uint32) int32 {
	header, state, err := abi.ReadState(bytesAt(pointer, length))
	if err == nil && registered.Load == nil {
		return 1
	}
	if err == nil {
		err = registered.Load(&header, state)
	}
	return refusal(err)
}

func refusal(err error) int32 {
	if err == nil {
		return 0
	}
	Log(abi.LogError, err.Error())
	return 1
}

func bytesAt(pointer, length uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), pointer)), length)
}

func result(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))<<32 | uint64(len(b))
}
