package meter

// other follows the instructions that are neither plain nor arithmetic.
func (n *nanWalk) other(op byte) {
	r := &n.reader
	switch op {
	case opBlock, opLoop, opIf, opTryTable:
		n.openBlock(op)
	case opElse:
		n.otherwiseBlock()
	case opEnd:
		n.closeBlock()
	case opBr, opBrIf, opBrTable, opBrOnNull, opBrOnNonNull:
		n.branches(op)
	case opReturn:
		n.popSeen(len(n.blocks[0].typ.results))
		n.stop()
	case opUnreachable, opThrowRef:
		n.stop()
	case opThrow:
		n.popSeen(len(n.m.types[n.m.tags[r.u32()]].params))
		n.stop()
	case opCall, opReturnCall, opCallIndirect, opReturnCallIndirect, opCallRef, opReturnCallRef:
		n.calls(op)
	case opSelectTyped:
		r.u32()
		n.decoder.valType(r, len(n.m.types))
		n.choose()
	case opGlobalGet, opRefFunc:
		r.u32()
		n.push(nanValue{})
	case opGlobalSet:
		r.u32()
		n.see(n.pop())
	case opTableGet:
		r.u32()
		n.effect(1, 1)
	case opTableSet:
		r.u32()
		n.effect(2, 0)
	case opMemorySize:
		r.byte()
		n.effect(0, 1)
	case opMemoryGrow:
		r.byte()
		n.effect(1, 1)
	case opRefNull:
		r.signed(33)
		n.effect(0, 1)
	case opRefIsNull, opRefAsNonNull:
		n.effect(1, 1)
	case opMisc:
		n.miscEffect()
	case opVector:
		n.vectorEffect()
	case opAtomic:
		n.atomicEffect()
	}
}

func (n *nanWalk) effect(pops, pushes int) {
	for ; pops > 0; pops-- {
		n.pop()
	}
	n.pushClosed(pushes)
}

// stop makes the rest of the block dead.
func (n *nanWalk) stop() {
	b := &n.blocks[len(n.blocks)-1]
	b.dead = true
	if len(n.stack) > b.height {
		n.stack = n.stack[:b.height]
	}
}

func (n *nanWalk) typeOfBlock() funcType {
	r := &n.reader
	switch c := r.b[r.pos]; {
	case c == noType:
		r.pos++
		return funcType{}
	case c > 0x40 && c < 0x80:
		return funcType{results: []valType{n.decoder.valType(r, len(n.m.types))}}
	}
	return n.m.types[r.signed(33)]
}

func (n *nanWalk) openBlock(op byte) {
	r := &n.reader
	if op == opIf {
		n.pop()
	}
	b := nanBlock{op: op, wasDead: n.dead(), dead: n.dead(), typ: n.typeOfBlock()}
	if op == opTryTable {
		for catches := r.u32(); catches > 0; catches-- {
			if r.byte() < 2 {
				r.u32()
			}
			r.u32() // what is caught was seen when it was thrown
		}
	}
	params := len(b.typ.params)
	if op == opIf || params > 1 { // both branches begin with them
		n.popSeen(params)
		b.height = len(n.stack)
		n.blocks = append(n.blocks, b)
		n.pushClosed(params)
		return
	}
	var moved nanValue
	if params == 1 {
		moved = n.pop()
	}
	b.height = len(n.stack)
	n.blocks = append(n.blocks, b)
	if params == 1 {
		n.push(moved)
	}
}

func (n *nanWalk) otherwiseBlock() {
	n.arrive(len(n.blocks)-1, true)
	b := &n.blocks[len(n.blocks)-1]
	b.dead = b.wasDead
	n.stack = n.stack[:min(len(n.stack), b.height)]
	n.pushClosed(len(b.typ.params))
}

func (n *nanWalk) closeBlock() {
	last := len(n.blocks) - 1
	n.arrive(last, true)
	b := n.blocks[last]
	n.stack = n.stack[:min(len(n.stack), b.height)]
	n.blocks = n.blocks[:last]
	if last == 0 {
		return
	}
	if len(b.typ.results) == 1 {
		n.push(nanValue{b.result, n.reader.pos})
		return
	}
	n.pushClosed(len(b.typ.results))
}

// arrive brings the operands on the stack to a block's label, or to its end. A single result may
// stay open; what goes to the function's end, to a loop or is one of several is seen.
func (n *nanWalk) arrive(target int, atEnd bool) {
	if n.dead() {
		return
	}
	b := &n.blocks[target]
	values := b.typ.results
	if b.op == opLoop && !atEnd {
		values = b.typ.params
	}
	if len(values) == 0 {
		return
	}
	top := min(len(values), len(n.stack))
	if target > 0 && len(values) == 1 && (b.op != opLoop || atEnd) {
		if top == 1 {
			b.result = max(b.result, n.stack[len(n.stack)-1].open)
		}
		return
	}
	for _, v := range n.stack[len(n.stack)-top:] {
		n.see(v)
	}
}

func (n *nanWalk) branches(op byte) {
	r := &n.reader
	last := len(n.blocks) - 1
	switch op {
	case opBr:
		n.arrive(last-int(r.u32()), false)
		n.stop()
	case opBrIf:
		n.pop()
		n.arrive(last-int(r.u32()), false)
	case opBrTable:
		n.pop()
		for labels := int(r.u32()); labels >= 0; labels-- {
			n.arrive(last-int(r.u32()), false)
		}
		n.stop()
	case opBrOnNull:
		ref := n.pop()
		n.arrive(last-int(r.u32()), false)
		n.push(ref)
	case opBrOnNonNull: // the reference is the label's last operand
		n.arrive(last-int(r.u32()), false)
		n.pop()
	}
}

func (n *nanWalk) calls(op byte) {
	r := &n.reader
	var typ funcType
	switch op {
	case opCall, opReturnCall:
		typ = n.m.types[n.m.funcs[r.u32()]]
	default:
		typ = n.m.types[r.u32()]
		if op == opCallIndirect || op == opReturnCallIndirect {
			r.u32()
		}
		n.pop()
	}
	n.popSeen(len(typ.params))
	if op == opReturnCall || op == opReturnCallIndirect || op == opReturnCallRef {
		n.stop()
		return
	}
	n.pushClosed(len(typ.results))
}

func (n *nanWalk) miscEffect() {
	r := &n.reader
	switch op := byte(r.u32()); op {
	case miscMemoryInit, miscMemoryCopy, miscTableInit, miscTableCopy:
		r.u32()
		r.u32()
		n.effect(3, 0)
	case miscMemoryFill, miscTableFill:
		r.u32()
		n.effect(3, 0)
	case miscDataDrop, miscElemDrop:
		r.u32()
	case miscTableGrow:
		r.u32()
		n.effect(2, 1)
	case miscTableSize:
		r.u32()
		n.effect(0, 1)
	default:
		n.effect(1, 1)
	}
}

// vecUnary are the vector instructions with one operand, those before 0x60 apart.
var vecUnary = func() (t [256]bool) {
	for _, r := range [][2]int{
		{0x60, 0x64},
		{0x67, 0x6a},
		{0x74, 0x75},
		{0x7a, 0x7a},
		{0x7c, 0x81},
		{0x83, 0x84},
		{0x87, 0x8a},
		{0x94, 0x94},
		{0xa0, 0xa1},
		{0xa3, 0xa4},
		{0xa7, 0xaa},
		{0xc0, 0xc1},
		{0xc3, 0xc4},
		{0xc7, 0xca},
		{0xe0, 0xe1},
		{0xe3, 0xe3},
		{0xec, 0xed},
		{0xef, 0xef},
		{0xf8, 0xff},
		{0x4d, 0x4d},
		{0x53, 0x53},
		{0x5e, 0x5f},
	} {
		for i := r[0]; i <= r[1]; i++ {
			t[i] = true
		}
	}
	return t
}()

// vecFloat tells which lanes a vector instruction computes with floats; 0: none.
func vecFloat(op byte) uint32 {
	switch {
	case op >= 0x67 && op <= 0x6a, op >= 0xe3 && op <= 0xe9, op == 0x5e:
		return nanF32x4
	case op == 0x74, op == 0x75, op == 0x7a, op == 0x94, op >= 0xef && op <= 0xf5, op == 0x5f:
		return nanF64x2
	}
	return 0
}

// vectorEffect makes the results of float arithmetic on vectors canonical at once.
func (n *nanWalk) vectorEffect() {
	r := &n.reader
	op := byte(r.u32())
	switch {
	case op <= 0x0a || op == 0x5c || op == 0x5d: // loads
		r.u32()
		r.u32()
		n.effect(1, 1)
	case op == 0x0b: // store
		r.u32()
		r.u32()
		n.effect(2, 0)
	case op >= 0x54 && op <= 0x5b: // one lane from or to memory
		r.u32()
		r.u32()
		r.byte()
		n.effect(2, b2i(op <= 0x57))
	case op == vecConst:
		r.skip(16)
		n.effect(0, 1)
	case op == vecShuffle:
		r.skip(16)
		n.effect(2, 1)
	case op >= 0x0f && op <= 0x14: // splat
		n.popSeen(1)
		n.push(nanValue{})
	case op >= 0x15 && op <= 0x22: // lanes
		r.byte()
		n.lane(op)
	case op == 0x52: // bitselect
		n.effect(3, 1)
	default:
		n.effect(2-b2i(vecUnary[op]), 1)
		if t := vecFloat(op); t != 0 && !n.dead() {
			n.edits = append(n.edits, edit{kind: editNaN, pos: r.pos, label: t})
		}
	}
}

func (n *nanWalk) lane(op byte) {
	switch op {
	case 0x17, 0x1a, 0x1c, 0x1e, 0x20, 0x22: // replace
		n.popSeen(1)
	}
	n.effect(1, 1)
}

func (n *nanWalk) atomicEffect() {
	r := &n.reader
	op := r.byte()
	if op == 3 {
		r.byte()
		return
	}
	r.u32()
	r.u32()
	switch {
	case op == 0:
		n.effect(2, 1)
	case op <= 2:
		n.effect(3, 1)
	case op <= 0x16:
		n.effect(1, 1)
	case op <= 0x1d:
		n.effect(2, 0)
	case op <= 0x47:
		n.effect(2, 1)
	default:
		n.effect(3, 1)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
