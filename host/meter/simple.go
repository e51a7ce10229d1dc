package meter

// simple decodes the instructions that are no branches, but more than an opcode with a number. Their
// opcode is paid already.
func (w *walker) simple(op byte, at int) {
	m := w.m
	switch op {
	case opGlobalGet, opGlobalSet:
		w.index("global", len(m.globals))
	case opTableGet, opTableSet:
		w.need(&w.reader, at, FeatureReferenceTypes, "table access")
		w.index("table", len(m.tables))
		if op == opTableSet {
			w.state("table.set", at)
		}
	case opSelectTyped:
		w.need(&w.reader, at, FeatureReferenceTypes, "typed select")
		if n := w.u32(); w.err == nil && n != 1 {
			w.failAt(at, "select of %d types", n)
		}
		w.valType(&w.reader, len(m.types))
	case opMemorySize, opMemoryGrow:
		w.zero("memory")
		w.needMemory(at)
		if op == opMemoryGrow {
			w.lengthCharge(at, lengthPages, m.pagesMost(w.cfg.MemoryPagesMax))
		}
	case opRefNull:
		w.need(&w.reader, at, FeatureReferenceTypes, "ref.null")
		w.heapType(&w.reader, len(m.types))
	case opRefIsNull:
		w.need(&w.reader, at, FeatureReferenceTypes, "ref.is_null")
	case opRefFunc:
		w.need(&w.reader, at, FeatureReferenceTypes, "ref.func")
		w.takeAddress(w.index("function", len(m.funcs)))
	case opRefAsNonNull:
		w.need(&w.reader, at, FeatureTypedFunctionReferences, "ref.as_non_null")
	case opMisc:
		w.misc(at)
	case opVector:
		w.need(&w.reader, at, FeatureSIMD, "vector instruction")
		w.vector(at)
	case opAtomic:
		w.need(&w.reader, at, FeatureThreads, "atomic instruction")
		w.atomic(at)
	default:
		w.unknown(op, at)
	}
}

func (w *walker) zero(what string) {
	start := w.pos
	if c := w.byte(); w.err == nil && c != 0 {
		w.failAt(start, "unknown %s %d", what, c)
	}
}

func (w *walker) needMemory(at int) {
	if len(w.m.mems) == 0 && w.err == nil {
		w.failAt(at, "memory instruction without a memory")
	}
}

func (w *walker) misc(at int) {
	m := w.m
	n := w.u32()
	if n > miscTableFill {
		w.failAt(at, "unknown instruction 0xfc %#x", n)
		return
	}
	op := byte(n)
	if op < miscMemoryInit {
		w.need(&w.reader, at, FeatureNonTrappingFloatToInt, "saturating conversion")
		return
	}
	w.need(&w.reader, at, FeatureBulkMemory|FeatureReferenceTypes, "bulk instruction")
	switch op {
	case miscMemoryInit, miscDataDrop:
		if m.dataCount < 0 {
			w.failAt(at, "data segment named without a datacount section")
		}
		w.index("data segment", m.dataCount)
		w.usesData = true
		if op == miscDataDrop {
			w.state("data.drop", at)
			return
		}
		w.zero("memory")
		w.state("memory.init", at)
	case miscMemoryCopy:
		w.zero("memory")
		w.zero("memory")
	case miscMemoryFill:
		w.zero("memory")
	case miscTableInit:
		w.index("element segment", m.elements)
		w.index("table", len(m.tables))
		w.state("table.init", at)
	case miscElemDrop:
		w.index("element segment", m.elements)
		w.state("elem.drop", at)
		return
	case miscTableCopy:
		w.index("table", len(m.tables))
		w.index("table", len(m.tables))
		w.state("table.copy", at)
	case miscTableGrow, miscTableSize, miscTableFill:
		w.tableRange(op, at)
		return
	}
	if op <= miscMemoryFill {
		w.needMemory(at)
		w.lengthCharge(at, lengthBytes, 0)
	} else {
		w.lengthCharge(at, lengthElements, 0)
	}
}

func (w *walker) tableRange(op byte, at int) {
	t := w.index("table", len(w.m.tables))
	switch op {
	case miscTableGrow:
		w.regions[w.cur].cost += costGrow - 1
		w.state("table.grow", at)
		most := uint32(1<<32 - 1)
		if w.err == nil {
			most = w.m.elementsMost(t, w.cfg.TableElementsMax)
		}
		w.lengthCharge(at, lengthGrowElements, most)
	case miscTableFill:
		w.state("table.fill", at)
		w.lengthCharge(at, lengthElements, 0)
	}
}

// lengthCharge makes the instruction at pos pay by the length on top of the stack.
func (w *walker) lengthCharge(at int, by lengthKind, most uint32) {
	if w.cur == nowhere {
		return
	}
	w.fn.lengths = true
	w.insertAt(at, 0, edit{kind: editLength, label: uint32(by), amount: int64(most)})
}

// vector decodes what follows 0xfd. wazero reads one byte of the opcode and takes the second byte of
// those above 0x7f for a nop, so any other form must not reach it.
func (w *walker) vector(at int) {
	n := w.u32()
	if w.err != nil {
		return
	}
	op := byte(n)
	if n > 0xff || vecUnknown[op] || (n >= 0x80 && w.pos-at != 3) || (n < 0x80 && w.pos-at != 2) {
		w.failAt(at, "unknown vector instruction %#x", n)
		return
	}
	if vecFloat(op) != 0 {
		w.fn.floats = true
	}
	switch {
	case op <= 0x0b || op == 0x5c || op == 0x5d:
		w.memoryOperand(at, len(w.m.mems) > 0)
	case op >= 0x54 && op <= 0x5b:
		w.memoryOperand(at, len(w.m.mems) > 0)
		w.lane(32)
	case op == vecConst:
		w.skip(16)
	case op == vecShuffle:
		for i := 0; i < 16; i++ {
			w.lane(32)
		}
	case op >= 0x15 && op <= 0x22:
		w.lane(16)
	}
}

func (w *walker) lane(lanes byte) {
	start := w.pos
	if c := w.byte(); c >= lanes {
		w.failAt(start, "unknown lane %d", c)
	}
}

func (w *walker) atomic(at int) {
	switch op := w.byte(); {
	case op == 3:
		w.zero("fence")
	case op < 3:
		w.regions[w.cur].cost += costRuntime - 1
		w.memoryOperand(at, len(w.m.mems) > 0)
	case op >= 0x10 && op <= 0x4e:
		w.memoryOperand(at, len(w.m.mems) > 0)
	default:
		w.failAt(at, "unknown atomic instruction %#x", op)
	}
}

// pagesMost is the number of pages above which memory.grow certainly fails.
func (m *module) pagesMost(limit uint32) uint32 {
	most := uint32(pagesMax)
	if limit > 0 {
		most = limit
	}
	if len(m.mems) > 0 && m.mems[0].hasMax() {
		most = min(most, m.mems[0].max)
	}
	return most
}

// elementsMost is the number of elements above which table.grow certainly fails.
func (m *module) elementsMost(t int, limit uint32) uint32 {
	most := uint32(1<<32 - 1)
	if limit > 0 && t >= m.tablesImported {
		most = limit
	}
	if l := m.tables[t].limits; l.hasMax() {
		most = min(most, l.max)
	}
	return most
}
