package meter

// Cost is one line of the cost table: what an instruction takes from the fuel.
type Cost struct {
	// Instructions are the instructions it holds for, as in the text format.
	Instructions string
	// Units are taken each time the instruction runs.
	Units int64
	// PerLength is taken for each LengthUnit of the length operand, before the instruction runs.
	// Zero: the cost does not depend on a length.
	PerLength int64
	// LengthUnit says what PerLength counts, for example "16 bytes".
	LengthUnit string
}

// CostTable is the table of Version. What is one unit? One executed instruction. Instructions that
// only structure the code or throw a value away are free, instructions that leave the compiled code
// for the runtime cost what that takes, and instructions that work on a range pay by its length,
// before they run. Nothing else costs fuel: a host function takes what it does from the same global,
// by its own rule.
func CostTable() []Cost {
	return []Cost{
		{Instructions: "block loop else end nop drop return unreachable", Units: 0},
		{Instructions: "every other instruction", Units: 1},
		{Instructions: "memory.copy memory.fill memory.init", Units: 1, PerLength: 1, LengthUnit: "16 bytes"},
		{Instructions: "table.copy table.fill table.init", Units: 1, PerLength: 1, LengthUnit: "element"},
		{Instructions: "memory.grow", Units: costGrow, PerLength: costPage, LengthUnit: "page; nothing if above the memory's maximum"},
		{Instructions: "table.grow", Units: costGrow, PerLength: costGrowElement, LengthUnit: "element; nothing if above the table's maximum"},
		{Instructions: "ref.func", Units: costRuntime},
		{Instructions: "try_table", Units: costTry},
		{Instructions: "throw throw_ref", Units: costThrow},
		{Instructions: "memory.atomic.wait32 memory.atomic.wait64 memory.atomic.notify", Units: costRuntime},
	}
}

const (
	costGrow        = 32  // leaves the compiled code
	costPage        = 256 // 64 KiB set to zero
	costGrowElement = 2
	costRuntime     = 32 // leaves the compiled code: 240 ns were measured for ref.func
	// Measured on wazero 1.12: 7 to 10 µs for a try_table, and for a throw that is caught 5 µs at first,
	// 30 µs after 10,000 of them in one call. At these prices a unit stays below the 8 ns of the worst
	// ordinary code.
	costTry   = 1000
	costThrow = 5000
	// costLengthShift turns a length in bytes into units.
	costLengthShift = 4
)

var instructionCost = func() (t [256]uint16) {
	for i := range t {
		t[i] = 1
	}
	for _, op := range []byte{opUnreachable, 0x01, opBlock, opLoop, opElse, opEnd, opReturn, 0x1a} {
		t[op] = 0
	}
	t[opMemoryGrow] = costGrow
	t[opRefFunc], t[opTryTable] = costRuntime, costTry
	t[opThrow], t[opThrowRef] = costThrow, costThrow
	return t
}()
