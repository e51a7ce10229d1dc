package meter

// special decodes the instructions that the walk treats by name.
func (w *walker) special(op byte, at int) {
	switch op {
	case opBlock, opLoop, opIf:
		w.spend(op)
		w.block(op)
	case opTryTable:
		w.tryTable(at)
	case opElse:
		w.otherwise(at)
	case opEnd:
		w.close()
	case opBr, opBrIf, opBrOnNull, opBrOnNonNull:
		w.branchTo(op, at)
	case opBrTable:
		w.branchTable(at)
	case opReturn:
		if w.cur != nowhere {
			w.insertAt(at, 1, edit{kind: editReturn, depth: uint32(len(w.controls) - 1)})
			w.leave(0)
		}
		w.dead()
	case opUnreachable:
		w.dead()
	case opThrow, opThrowRef:
		w.throw(op, at)
	case opCall, opCallIndirect, opCallRef, opReturnCall, opReturnCallIndirect, opReturnCallRef:
		w.call(op, at)
	default:
		w.spend(op)
		w.simple(op, at)
	}
}

// blockType reads the type of a block and tells whether it takes parameters.
func (w *walker) blockType() (params bool) {
	start := w.pos
	if w.pos < w.end {
		switch c := w.b[w.pos]; {
		case c == 0x40:
			w.pos++
			return false
		case c >= 0x41 && c < 0x80:
			w.valType(&w.reader, len(w.m.types))
			return false
		}
	}
	i := w.signed(33)
	if w.err == nil && (i < 0 || i >= int64(len(w.m.types))) {
		w.failAt(start, "unknown type %d of a block: the module has %d", i, len(w.m.types))
		return false
	}
	if w.err != nil {
		return false
	}
	w.need(&w.reader, start, FeatureMultiValue, "block with a function type")
	w.makes(int(i))
	w.fn.values += int64(slotsOf(w.m.types[i].params))
	return len(w.m.types[i].params) > 0
}

// makes counts the values of a type's results for the weight of the frame.
func (w *walker) makes(typ int) {
	if w.err == nil {
		w.fn.values += int64(slotsOf(w.m.types[typ].results))
	}
}

func (w *walker) block(op byte) {
	params := w.blockType()
	c := control{op: op, entry: w.cur, escape: int32(len(w.controls)), params: params, headerAt: -1, landAt: -1}
	w.blocks++
	switch op {
	case opLoop:
		if w.feat.Has(FeatureExceptionHandling) {
			c.landAt = w.insert(edit{})
		}
		if w.cur != nowhere {
			c.early = w.cur == entryRegion && !w.regions[entryRegion].calls
			c.header = w.open()
			w.regions[c.header].fixed = true
			c.headerAt = w.regions[c.header].edit
		}
	case opIf:
		w.begin()
		c.first = w.cur
	}
	w.controls = append(w.controls, c)
	if n := int64(len(w.controls) - 1); n > w.m.found[limitNesting].value {
		w.m.note(limitNesting, n, Place{Function: w.fn.index, Offset: w.pos})
		if err := w.lim.check(w.m, limitNesting); err != nil && w.err == nil {
			w.err, w.pos = err, w.end
		}
	}
}

func (w *walker) otherwise(at int) {
	c := &w.controls[len(w.controls)-1]
	if c.op != opIf {
		w.failAt(at, "else without if")
		return
	}
	c.op = opElse
	c.thenEnd = w.cur
	w.cur = c.entry
	w.begin()
	c.other = w.cur
}

// close ends a block: what follows is either the region before the block again, if the block can
// only be left here, or a region of its own.
func (w *walker) close() {
	n := len(w.controls) - 1
	c := w.controls[n]
	w.controls = w.controls[:n]
	if n == 0 {
		w.fn.landsAtEnd = c.lands
		return
	}
	parent := &w.controls[n-1]
	escapes := c.escape < int32(n)
	parent.escape = min(parent.escape, c.escape)
	parent.calls = parent.calls || c.calls
	if c.op == opTryTable {
		w.tries--
	}
	if c.lands && c.op != opLoop {
		w.insert(edit{kind: editLanding})
	}
	w.follow(&c, escapes)
}

// follow finds the region after a block.
func (w *walker) follow(c *control, escapes bool) {
	reached, inflow := w.cur != nowhere, w.cur
	alone := false // what follows is reached only from where the if's condition is false
	switch c.op {
	case opLoop:
		w.closeLoop(c)
	case opIf: // without else: the condition may be false
		alone = !reached && !c.targeted
		reached, inflow = c.entry != nowhere, -1
	case opElse:
		w.share(c)
		if c.thenEnd != nowhere {
			if reached {
				inflow = -1
			} else {
				reached, inflow = true, c.thenEnd
			}
		}
		fallthrough
	default:
		if c.targeted {
			reached, inflow = true, -1
		}
	}
	switch {
	case !reached:
		w.dead()
	case !escapes:
		w.cur = c.entry
		if c.calls {
			w.regions[w.cur].calls = true
		}
	case inflow > 0: // the only way here
		w.cur = inflow
	default:
		next := w.open()
		if alone {
			w.later(c.entry, move{edit: -1, to: [2]int32{c.first, next}})
		}
	}
}

// later notes where a region may be paid at its end. The last note holds.
func (w *walker) later(r int32, m move) {
	w.moves = append(w.moves, m)
	w.regions[r].move = int32(len(w.moves) - 1)
}

// share lets the two branches of an if pay for what stands before it, or that for what they have in
// common.
func (w *walker) share(c *control) {
	if c.entry == nowhere {
		return
	}
	if entry := &w.regions[c.entry]; entry.fixed || entry.calls {
		w.hoist(c)
		return
	}
	w.later(c.entry, move{edit: -1, to: [2]int32{c.first, c.other}})
}

// hoist charges what both branches of an if cost together before the if, which leaves one of them
// without a charge of its own.
func (w *walker) hoist(c *control) {
	then, other := &w.regions[c.first], &w.regions[c.other]
	both := min(then.cost, other.cost)
	then.cost -= both
	other.cost -= both
	w.regions[c.entry].cost += both
}

// edgesMax is the number of back-edges up to which each is checked. A loop with more is checked at its
// header: Go compiles functions to a loop around a jump table.
const edgesMax = 3

func (w *walker) closeLoop(c *control) {
	if c.header == nowhere {
		return
	}
	header := &w.regions[c.header]
	e := &w.edits[c.headerAt]
	e.kind, e.depth = editNone, uint32(len(w.controls)+1)
	if c.awkward {
		header.atHeader = true
		e.kind = editHeader
		w.fn.loopChecks = w.fn.loopChecks || c.early
		return
	}
	// The first iteration is as certain as what stands before the loop, and paid with it.
	w.regions[c.entry].cost += header.cost
	if c.edges > edgesMax {
		header.many = true
		e.kind = editCheck
		w.fn.loopChecks = w.fn.loopChecks || c.early
	}
}

// leave marks a branch from here to the block with the given index.
func (w *walker) leave(target int) {
	top := &w.controls[len(w.controls)-1]
	top.escape = min(top.escape, int32(target))
	w.controls[target].targeted = true
}

// label reads a branch's label and gives the index of its block.
func (w *walker) label() int {
	start := w.pos
	depth := w.u32()
	if w.err == nil && int64(depth) >= int64(len(w.controls)) {
		w.failAt(start, "unknown label %d: %d blocks are open", depth, len(w.controls))
	}
	if w.err != nil {
		return 0
	}
	return len(w.controls) - 1 - int(depth)
}

func (w *walker) branchTo(op byte, at int) {
	if op == opBrOnNull || op == opBrOnNonNull {
		w.need(&w.reader, at, FeatureTypedFunctionReferences, "branch on null")
	}
	w.spend(op)
	target := w.label()
	if w.err != nil {
		return
	}
	if w.cur == nowhere {
		return
	}
	w.leave(target)
	if c := &w.controls[target]; c.op == opLoop {
		w.backEdge(op, at, target, c)
		return
	}
	if op == opBr {
		w.dead()
	} else {
		w.open()
	}
}

// backEdge charges a branch to a loop for the iteration that it begins, and for the region that it
// ends, if that can be paid at its end: then one charge pays for both.
func (w *walker) backEdge(op byte, at, target int, c *control) {
	c.edges++
	e := edit{
		kind:   editBackEdge,
		region: c.header,
		depth:  uint32(len(w.controls)),
		label:  uint32(len(w.controls) - 1 - target),
	}
	if op != opBr && (op != opBrIf || c.params) {
		c.awkward = true // the operands cannot be seen from within an if
		w.open()
		return
	}
	last, here := w.cur, int32(len(w.edits))
	if op == opBr {
		w.insertAt(at, 0, e)
		w.later(last, move{edit: here})
		w.dead()
		return
	}
	e.kind = editBackEdgeIf
	w.insertAt(at, w.pos-at, e)
	w.later(last, move{edit: here, to: [2]int32{w.open()}})
}

func (w *walker) branchTable(at int) {
	w.spend(opBrTable)
	n := w.count("labels")
	w.targets += int64(n)
	for i := 0; i <= n && w.err == nil; i++ {
		target := w.label()
		if w.err != nil || w.cur == nowhere {
			continue
		}
		w.leave(target)
		if c := &w.controls[target]; c.op == opLoop {
			c.edges++
			c.awkward = true
		}
	}
	w.dead()
}

// tryTable opens a block from which a throw may leave to any of the labels.
func (w *walker) tryTable(at int) {
	w.need(&w.reader, at, FeatureExceptionHandling, "try_table")
	w.spend(opTryTable)
	params := w.blockType()
	n := w.count("catches")
	escape := int32(len(w.controls))
	for i := 0; i < n && w.err == nil; i++ {
		start := w.pos
		kind := w.byte()
		if kind > 3 {
			w.failAt(start, "unknown kind of catch %#x", kind)
		}
		if kind < 2 {
			w.index("tag", len(w.m.tags))
		}
		target := w.label()
		if w.err != nil {
			return
		}
		c := &w.controls[target]
		c.lands = true
		if c.op == opLoop {
			c.awkward = true
			c.edges++
			if c.landAt >= 0 {
				w.edits[c.landAt].kind = editLanding
			}
		}
		if w.cur != nowhere {
			c.targeted = true
			escape = min(escape, int32(target))
		}
	}
	w.fn.catches = true
	w.tries++
	w.blocks++
	w.controls = append(w.controls, control{
		op: opTryTable, entry: w.cur, escape: escape, params: params, headerAt: -1, landAt: -1,
	})
}

func (w *walker) throw(op byte, at int) {
	w.need(&w.reader, at, FeatureExceptionHandling, "throw")
	w.spend(op)
	if op == opThrow {
		w.index("tag", len(w.m.tags))
	}
	w.passThrow()
	w.dead()
}

// passThrow marks that an exception may leave every open block here.
func (w *walker) passThrow() {
	if w.cur != nowhere {
		w.controls[len(w.controls)-1].escape = 0
	}
}

func (w *walker) call(op byte, at int) {
	m := w.m
	w.spend(op)
	tail := op == opReturnCall || op == opReturnCallIndirect || op == opReturnCallRef
	switch op {
	case opCall, opReturnCall:
		f := w.index("function", len(m.funcs))
		if w.err == nil {
			w.makes(m.funcs[f])
		}
		if f >= m.funcsImported {
			w.callees = append(w.callees, f-m.funcsImported)
		}
	case opCallIndirect, opReturnCallIndirect:
		w.makes(w.index("type", len(m.types)))
		w.index("table", len(m.tables))
		w.fn.indirect = true
	default:
		w.need(&w.reader, at, FeatureTypedFunctionReferences, "call through a reference")
		w.makes(w.index("type", len(m.types)))
		w.fn.indirect = true
	}
	if tail {
		w.need(&w.reader, at, FeatureTailCall|FeatureTypedFunctionReferences, "tail call")
	}
	if w.cur == nowhere || w.err != nil {
		return
	}
	w.regions[w.cur].calls = true
	w.controls[len(w.controls)-1].calls = true
	switch {
	case tail:
		w.insertAt(at, 0, edit{kind: editTailCall})
		w.leave(0)
		w.dead()
	case w.tries > 0 || len(m.tags) > 0: // what follows may not be executed
		w.passThrow()
		w.open()
	}
}
