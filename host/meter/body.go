package meter

// function is what the walk over a body found, and what is to be inserted into it.
type function struct {
	index      int // imports counted
	body       span
	code       int // where the instructions begin
	locals     uint32
	slots      int64 // of parameters and locals
	values     int64 // slots that calls and blocks of a function type make
	groups     int   // of locals
	edits      span
	calls      span // direct calls, in walker.calls
	indirect   bool // calls through a table or reference
	catches    bool // has a try_table
	landsAtEnd bool
	needsOut   bool // branches to the out-of-fuel block
	loopChecks bool // the check of a loop's header follows the entry, before any call
	lengths    bool // needs a local for lengths
	entryCost  int64
	weight     int32 // of the frame, if counted
	counted    bool
	floats     bool // computes with floats
	nans       span // in walker.nanEdits
	nan        nanLocals
}

// control is an open block.
type control struct {
	op       byte
	entry    int32 // region at its start
	header   int32 // region of a loop's header
	headerAt int32 // edit at a loop's header
	landAt   int32 // edit at a loop's header, for catches
	thenEnd  int32 // region at the end of the then branch; 0: not reached
	first    int32 // first region of the then branch
	other    int32 // first region of the else branch
	escape   int32 // outermost block that a branch within goes to
	edges    int32 // back-edges
	params   bool  // a loop's label takes values
	targeted bool
	calls    bool
	awkward  bool // a back-edge that cannot be charged by itself
	lands    bool // target of a catch
	early    bool // a loop that every call of the function reaches before it calls
}

// region is a run of code that is executed as a whole or not at all, perhaps with gaps: what comes
// after a block that cannot be left early belongs to the region before it.
type region struct {
	cost     int64
	edit     int32 // where it is charged
	move     int32 // where its cost may go instead, in walker.moves; 0: nowhere
	fixed    bool  // cannot be paid later: a loop's header, the function's entry
	calls    bool  // cannot either, for what it calls should find it paid
	atHeader bool  // a loop header that is charged and checked at the header
	many     bool  // a loop header that is checked at the header, and charged on the back-edges
}

// move is where a region may be paid when it ends instead of when it begins: on the back-edge that
// ends it, and in the regions of which exactly one follows. They are charged anyway.
type move struct {
	edit int32 // -1: none
	to   [2]int32
}

const (
	// nowhere is the region of code that is never reached.
	nowhere = 0
	// entryRegion begins with the function.
	entryRegion = 1
)

type walker struct {
	*decoder
	reader
	cfg       *Config
	functions []function
	edits     []edit
	nanEdits  []edit
	callees   []int

	// Of the current function.
	fn       *function
	typ      *funcType
	controls []control
	regions  []region
	moves    []move
	cur      int32
	tries    int
	blocks   int64
	targets  int64
	localsN  int64 // parameters and locals
	usesData bool
}

// walk decodes all bodies.
func walk(d *decoder, cfg *Config) (*walker, error) {
	m := d.m
	w := &walker{decoder: d, cfg: cfg, functions: make([]function, len(m.codes))}
	w.reader = reader{b: m.wasm, section: "code"}
	size := m.sections[secCode].len()
	w.edits = make([]edit, 0, size/16)
	w.callees = make([]int, 0, size/32)
	var localsTotal int64
	for i := range m.codes {
		w.function(i)
		if w.err != nil {
			return nil, w.named(w.err)
		}
		localsTotal += int64(w.fn.locals)
		m.note(limitLocalsTotal, localsTotal, Place{Function: -1})
		if err := d.lim.check(m, codeLimits...); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// named tells in which function an error is.
func (w *walker) named(err error) error {
	if e, ok := err.(*Refusal); ok && e.Place.Function < 0 {
		e.Place.Function = w.fn.index
		e.Place = w.m.named(e.Place)
	}
	return err
}

func (w *walker) function(i int) {
	m := w.m
	fn := &w.functions[i]
	w.fn = fn
	fn.index = m.funcsImported + i
	fn.body = m.codes[i]
	w.typ = &m.types[m.funcs[fn.index]]
	w.pos, w.end = fn.body.start, fn.body.end
	fn.edits.start, fn.calls.start = len(w.edits), len(w.callees)
	w.blocks, w.targets, w.tries = 0, 0, 0

	w.decodeLocals()
	fn.code = w.pos
	w.controls = append(w.controls[:0], control{op: opBlock, entry: entryRegion, escape: 0})
	w.regions = append(w.regions[:0], region{}, region{edit: -1, fixed: true})
	w.moves = append(w.moves[:0], move{})
	w.cur = entryRegion
	w.instructions()

	fn.calls.end = len(w.callees)
	fn.values += fn.slots * w.blocks
	place := Place{Function: fn.index, Offset: fn.body.start}
	m.note(limitLocalsBlocks, w.blocks*w.localsN, place)
	m.note(limitBranchTargets, w.targets, place)
	w.settle()
}

func (w *walker) decodeLocals() {
	start := w.pos
	n := w.count("groups of locals")
	w.fn.groups = n
	var total int64
	w.fn.slots = int64(slotsOf(w.typ.params))
	for i := 0; i < n && w.err == nil; i++ {
		some := int64(w.u32())
		total += some
		w.fn.slots += some * int64(w.valType(&w.reader, len(w.m.types)).slots())
	}
	w.localsN = total + int64(len(w.typ.params))
	if w.err == nil && w.localsN >= 1<<32-16 {
		w.failAt(start, "%d locals", w.localsN)
		return
	}
	w.fn.locals = uint32(total)
	w.m.note(limitLocals, total, Place{Function: w.fn.index, Offset: start})
	if err := w.lim.check(w.m, limitLocals); err != nil && w.err == nil {
		w.err, w.pos = err, w.end
	}
}

// instructions walks to the end of the function. It is the inner loop of the whole package: what is
// plain is done here, the rest in special.
func (w *walker) instructions() {
	b, m := w.b, w.m
	locals := w.localsN
	hasMemory := len(m.mems) > 0
	for w.pos < w.end {
		at := w.pos
		op := b[at]
		w.pos++
		switch forms[op] {
		case formPlain:
		case formFloat:
			w.fn.floats = true
		case formLocal:
			if i := w.u32(); int64(i) >= locals {
				w.failAt(at, "unknown local %d: the function has %d", i, locals)
			}
		case formMemory:
			w.memoryOperand(at, hasMemory)
		case formConst:
			w.constant(op)
		case formExtended:
			w.need(&w.reader, at, FeatureSignExtension, "sign extension")
		case formSpecial:
			w.special(op, at)
			if len(w.controls) == 0 {
				if w.pos != w.end {
					w.failAt(w.pos, "%d bytes after the end of the function", w.end-w.pos)
				}
				return
			}
			continue
		default:
			w.unknown(op, at)
		}
		w.regions[w.cur].cost += int64(instructionCost[op])
	}
	if w.err == nil {
		w.failAt(w.pos, "function without end")
	}
}

func (w *walker) unknown(op byte, at int) {
	switch op {
	case 0x06, 0x07, 0x09, 0x18, 0x19:
		w.failAt(at, "exception instruction %#x of the abandoned proposal; run wasm-opt --translate-to-exnref", op)
	default:
		w.failAt(at, "unknown instruction %#x", op)
	}
}

func (w *walker) constant(op byte) {
	switch op {
	case opI32Const:
		w.signed(32)
	case opI64Const:
		w.signed(64)
	case opF32Const:
		w.skip(4)
	case opF64Const:
		w.skip(8)
	}
}

func (w *walker) memoryOperand(at int, hasMemory bool) {
	if align := w.u32(); align >= 32 {
		w.failAt(at, "alignment 2^%d", align)
	}
	w.u32()
	if !hasMemory && w.err == nil {
		w.failAt(at, "memory instruction without a memory")
	}
}

func (w *walker) spend(op byte) { w.regions[w.cur].cost += int64(instructionCost[op]) }

// dead makes what follows unreachable, up to the end of the block.
func (w *walker) dead() { w.cur = nowhere }

// begin opens a region here.
func (w *walker) begin() {
	if w.cur == nowhere {
		return
	}
	w.open()
}

func (w *walker) open() int32 {
	w.regions = append(w.regions, region{edit: int32(len(w.edits))})
	w.cur = int32(len(w.regions) - 1)
	w.insert(edit{kind: editCharge, region: w.cur})
	return w.cur
}

// insert adds an edit at the current position.
func (w *walker) insert(e edit) int32 {
	e.pos = w.pos
	w.edits = append(w.edits, e)
	return int32(len(w.edits) - 1)
}

// insertAt adds an edit before the instruction at pos, in place of skip bytes.
func (w *walker) insertAt(pos, skip int, e edit) {
	e.pos, e.skip = pos, int32(skip)
	w.edits = append(w.edits, e)
}

// state notes an instruction whose effect a snapshot does not hold.
func (w *walker) state(what string, at int) {
	for _, s := range w.m.state {
		if s.what == what {
			return
		}
	}
	w.m.state = append(w.m.state, stateUse{what, Place{Function: w.fn.index, Offset: at}})
}
