package meter

// Opcodes that the meter treats by name.
const (
	opUnreachable        = 0x00
	opBlock              = 0x02
	opLoop               = 0x03
	opIf                 = 0x04
	opElse               = 0x05
	opThrow              = 0x08
	opThrowRef           = 0x0a
	opEnd                = 0x0b
	opBr                 = 0x0c
	opBrIf               = 0x0d
	opBrTable            = 0x0e
	opReturn             = 0x0f
	opCall               = 0x10
	opCallIndirect       = 0x11
	opReturnCall         = 0x12
	opReturnCallIndirect = 0x13
	opCallRef            = 0x14
	opReturnCallRef      = 0x15
	opSelectTyped        = 0x1c
	opTryTable           = 0x1f
	opLocalGet           = 0x20
	opLocalSet           = 0x21
	opLocalTee           = 0x22
	opGlobalGet          = 0x23
	opGlobalSet          = 0x24
	opTableGet           = 0x25
	opTableSet           = 0x26
	opMemorySize         = 0x3f
	opMemoryGrow         = 0x40
	opI32Const           = 0x41
	opI64Const           = 0x42
	opF32Const           = 0x43
	opF64Const           = 0x44
	opRefNull            = 0xd0
	opRefIsNull          = 0xd1
	opRefFunc            = 0xd2
	opRefAsNonNull       = 0xd4
	opBrOnNull           = 0xd5
	opBrOnNonNull        = 0xd6
	opMisc               = 0xfc
	opVector             = 0xfd
	opAtomic             = 0xfe
)

// Second bytes after opMisc.
const (
	miscMemoryInit = 8 + iota
	miscDataDrop
	miscMemoryCopy
	miscMemoryFill
	miscTableInit
	miscElemDrop
	miscTableCopy
	miscTableGrow
	miscTableSize
	miscTableFill
)

const (
	vecConst   = 0x0c
	vecShuffle = 0x0d
)

// form says what follows an opcode, for those that the walk need not treat one by one.
type form uint8

const (
	formUnknown  form = iota
	formPlain         // nothing follows
	formMemory        // alignment and offset
	formLocal         // a local's index
	formConst         // a constant
	formSpecial       // treated by name
	formExtended      // nothing follows; sign extension
	formFloat         // nothing follows; computes a float
)

var forms = func() (t [256]form) {
	set := func(f form, from, to int) {
		for i := from; i <= to; i++ {
			t[i] = f
		}
	}
	set(formPlain, 0x01, 0x01) // nop
	set(formSpecial, 0x00, 0x00)
	set(formSpecial, opBlock, opElse)
	set(formSpecial, opThrow, opThrow)
	set(formSpecial, opThrowRef, opReturnCallRef)
	set(formPlain, 0x1a, 0x1b) // drop, select
	set(formSpecial, opSelectTyped, opSelectTyped)
	set(formSpecial, opTryTable, opTryTable)
	set(formLocal, opLocalGet, opLocalTee)
	set(formSpecial, opGlobalGet, opTableSet)
	set(formMemory, 0x28, 0x3e)
	set(formSpecial, opMemorySize, opMemoryGrow)
	set(formConst, opI32Const, opF64Const)
	set(formPlain, 0x45, 0xbf)
	set(formFloat, 0x8b, 0xa6)
	set(formFloat, 0xb6, 0xb6) // demote
	set(formFloat, 0xbb, 0xbb) // promote
	set(formExtended, 0xc0, 0xc4)
	set(formSpecial, opRefNull, opRefFunc)
	set(formSpecial, opRefAsNonNull, opBrOnNonNull)
	set(formSpecial, opMisc, opAtomic)
	return t
}()

// vecUnknown are the gaps between the vector instructions.
var vecUnknown = func() (t [256]bool) {
	for _, op := range []byte{
		0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0,
		0xd2, 0xd3, 0xd4, 0xe2, 0xee,
	} {
		t[op] = true
	}
	return t
}()
