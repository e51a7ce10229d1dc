package meter

// emitter writes the bodies of functions with their edits.
type emitter struct {
	w          *walker
	b          []byte // the body in the making
	fuel       []byte // index of the fuel global
	depth      []byte // index of the depth global
	types      []byte // types added
	typesAdded int
	resultType map[int]int // by type of function: type () -> its results

	// Of the current function.
	fn                   *function
	length, saved        uint32 // our locals
	nan32, nan64, nan128 uint32
}

const (
	opI32Add    = 0x6a
	opI32Sub    = 0x6b
	opI64LtS    = 0x53
	opI32LtS    = 0x48
	opI32GtU    = 0x4b
	opI64Sub    = 0x7d
	opI64Mul    = 0x7e
	opI64Or     = 0x84
	opI64ShrU   = 0x88
	opI64Extend = 0xad // i64.extend_i32_u
	opI64Signed = 0xac // i64.extend_i32_s
	opSelect    = 0x1b
	noType      = 0x40
)

func (e *emitter) op(ops ...byte)      { e.b = append(e.b, ops...) }
func (e *emitter) u(op byte, v uint32) { e.b = appendU32(append(e.b, op), v) }
func (e *emitter) s(op byte, v int64)  { e.b = appendS64(append(e.b, op), v) }
func (e *emitter) getFuel()            { e.op(opGlobalGet); e.op(e.fuel...) }
func (e *emitter) setFuel()            { e.op(opGlobalSet); e.op(e.fuel...) }
func (e *emitter) getDepth()           { e.op(opGlobalGet); e.op(e.depth...) }
func (e *emitter) setDepth()           { e.op(opGlobalSet); e.op(e.depth...) }
func (e *emitter) copy(from, to int)   { e.b = append(e.b, e.w.b[from:to]...) }

// code writes the code section.
func (e *emitter) code(out []byte) []byte {
	m := e.w.m
	content := make([]byte, 0, m.sections[secCode].len()*5/4+64)
	content = appendU32(content, uint32(len(m.codes)))
	for i := range e.w.functions {
		e.function(&e.w.functions[i])
		content = appendU32(content, uint32(len(e.b)))
		content = append(content, e.b...)
	}
	return appendSection(out, secCode, content)
}

func (e *emitter) function(fn *function) {
	e.fn, e.b = fn, e.b[:0]
	typeIndex := e.w.m.funcs[fn.index]
	typ := &e.w.m.types[typeIndex]
	e.locals(typ)
	e.enterFrame()
	if !fn.needsOut {
		e.checkEntry(func() { e.op(opIf, noType, opUnreachable, opEnd) })
	} else {
		e.op(opBlock, noType)
	}
	wrapped := fn.needsOut || fn.counted
	if wrapped {
		e.op(opBlock)
		e.blockType(typeIndex, typ)
	}
	if fn.needsOut {
		e.checkEntry(func() { e.op(opBrIf, 1) })
	}
	e.edits()
	if !wrapped {
		return
	}
	if fn.counted {
		e.leaveFrame()
	}
	if fn.needsOut {
		e.op(opReturn, opEnd, opUnreachable)
	}
	e.op(opEnd)
}

// locals writes the declarations, with our own at the end.
func (e *emitter) locals(typ *funcType) {
	fn := e.fn
	next := uint32(len(typ.params)) + fn.locals
	var groups []byte
	n := 0
	add := func(want bool, t valType) (index uint32) {
		if !want {
			return 0
		}
		groups = append(groups, 1, t.kind())
		n++
		next++
		return next - 1
	}
	e.length = add(fn.lengths, i32)
	e.saved = add(fn.counted && fn.catches, i32)
	e.nan32 = add(fn.nan.f32, f32)
	e.nan64 = add(fn.nan.f64, f64)
	e.nan128 = add(fn.nan.v128, v128)
	e.b = appendU32(e.b, uint32(fn.groups+n))
	r := reader{b: e.w.b, pos: fn.body.start, end: fn.body.end}
	r.u32()
	e.copy(r.pos, fn.code)
	e.op(groups...)
}

// enterFrame takes the entry's cost and the frame.
func (e *emitter) enterFrame() {
	fn := e.fn
	if e.w.cfg.Fuel && fn.entryCost > 0 {
		e.charge(fn.entryCost)
	}
	if !fn.counted {
		return
	}
	e.getDepth()
	e.s(opI32Const, int64(fn.weight))
	e.op(opI32Sub)
	e.setDepth()
	if fn.catches {
		e.getDepth()
		e.u(opLocalSet, e.saved)
	}
}

// checkEntry checks fuel and depth at once: one of them is negative if the sign of their or is. A
// small function without loops traps in place, others leave for the shared block: both measured.
func (e *emitter) checkEntry(leave func()) {
	fn := e.fn
	fuel := e.w.cfg.Fuel && fn.entryCost > 0 && (!fn.loopChecks || fn.counted)
	switch {
	case fuel && fn.counted:
		e.getFuel()
		e.getDepth()
		e.op(opI64Signed, opI64Or, opI64Const, 0, opI64LtS)
	case fuel:
		e.getFuel()
		e.op(opI64Const, 0, opI64LtS)
	case fn.counted:
		e.getDepth()
		e.op(opI32Const, 0, opI32LtS)
	default:
		return
	}
	leave()
}

// leaveFrame gives the frame back. Frames that an exception left have not done so: where that can
// be, the depth is computed from the one at entry.
func (e *emitter) leaveFrame() {
	if e.fn.catches {
		e.u(opLocalGet, e.saved)
	} else {
		e.getDepth()
	}
	e.s(opI32Const, int64(e.fn.weight))
	e.op(opI32Add)
	e.setDepth()
}

func (e *emitter) blockType(typeIndex int, typ *funcType) {
	switch len(typ.results) {
	case 0:
		e.op(noType)
	case 1:
		e.b = typ.results[0].append(e.b)
	default:
		e.b = appendS64(e.b, int64(e.resultsOf(typeIndex, typ)))
	}
}

// resultsOf gives a type without parameters and with the results of typ. New types come after all
// others, so that no index changes.
func (e *emitter) resultsOf(typeIndex int, typ *funcType) int {
	if len(typ.params) == 0 {
		return typeIndex
	}
	if i, ok := e.resultType[typeIndex]; ok {
		return i
	}
	i := len(e.w.m.types) + e.typesAdded
	e.typesAdded++
	e.types = appendU32(append(e.types, 0x60, 0), uint32(len(typ.results)))
	for _, t := range typ.results {
		e.types = t.append(e.types)
	}
	e.resultType[typeIndex] = i
	return i
}

func (e *emitter) charge(units int64) {
	e.getFuel()
	e.s(opI64Const, units)
	e.op(opI64Sub)
	e.setFuel()
}

// check leaves for the out-of-fuel block, whose label is given.
func (e *emitter) check(label uint32) {
	e.getFuel()
	e.op(opI64Const, 0, opI64LtS)
	e.u(opBrIf, label)
}

// edits copies the instructions with what is to be inserted.
func (e *emitter) edits() {
	fn := e.fn
	at := fn.code
	nans := e.w.nanEdits[fn.nans.start:fn.nans.end]
	for i := fn.edits.start; i < fn.edits.end; i++ {
		ed := &e.w.edits[i]
		for len(nans) > 0 && nans[0].pos <= ed.pos { // they belong to what stands before
			at = e.nanEdit(at, &nans[0])
			nans = nans[1:]
		}
		e.copy(at, ed.pos)
		at = ed.pos
		if e.edit(ed) {
			at += int(ed.skip)
		}
	}
	for i := range nans {
		at = e.nanEdit(at, &nans[i])
	}
	e.copy(at, fn.body.end)
}

func (e *emitter) nanEdit(at int, ed *edit) int {
	e.copy(at, ed.pos)
	e.edit(ed)
	return ed.pos
}

// edit writes one and tells whether it stands in for the bytes it covers.
func (e *emitter) edit(ed *edit) bool {
	switch ed.kind {
	case editCharge:
		e.charge(ed.amount)
	case editHeader:
		e.charge(ed.amount)
		e.check(ed.depth)
	case editCheck:
		e.check(ed.depth)
	case editBackEdge:
		e.charge(ed.amount)
		if ed.check {
			e.check(ed.depth)
		}
	case editBackEdgeIf:
		e.op(opIf, noType)
		e.charge(ed.amount)
		if ed.check {
			e.check(ed.depth + 1)
		}
		e.u(opBr, ed.label+1)
		e.op(opEnd)
	case editLength:
		e.chargeLength(lengthKind(ed.label), uint32(ed.amount))
	case editReturn:
		if !e.fn.counted {
			return false
		}
		e.u(opBr, ed.depth)
	case editTailCall:
		if e.fn.counted {
			e.leaveFrame()
		}
	case editLanding:
		if e.fn.counted {
			e.u(opLocalGet, e.saved)
			e.setDepth()
		}
	case editNaN:
		e.canonical(valType(ed.label))
	}
	return true
}

// chargeLength takes fuel by the length on top of the stack and leaves it there. Lengths are below
// 2^32 and a unit of length costs at most 256, so the fuel cannot wrap.
func (e *emitter) chargeLength(kind lengthKind, most uint32) {
	e.u(opLocalTee, e.length)
	e.getFuel()
	grows := kind == lengthPages || kind == lengthGrowElements
	if grows && most < 1<<32-1 { // what certainly fails costs nothing by length
		e.op(opI32Const, 0)
	}
	e.u(opLocalGet, e.length)
	if grows && most < 1<<32-1 {
		e.u(opLocalGet, e.length)
		e.s(opI32Const, int64(int32(most)))
		e.op(opI32GtU, opSelect)
	}
	e.op(opI64Extend)
	switch kind {
	case lengthBytes:
		e.op(opI64Const, costLengthShift, opI64ShrU)
	case lengthPages:
		e.s(opI64Const, costPage)
		e.op(opI64Mul)
	case lengthGrowElements:
		e.op(opI64Const, costGrowElement, opI64Mul)
	}
	e.op(opI64Sub)
	e.setFuel()
	e.getFuel()
	e.op(opI64Const, 0, opI64LtS, opIf, noType, opUnreachable, opEnd)
}
