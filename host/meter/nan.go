package meter

import "sort"

// Which bits a NaN has that arithmetic made is left open by the specification and differs between
// architectures. NaNs are made canonical only where their bits can be seen: in memory, globals,
// integers, vectors, calls and results. Up to there a value is called open: float arithmetic does
// not care. A value that only moved (from memory to memory, say) keeps its bits.
//
// nanWalk follows the operand stack of a function to find the open values that are seen, and where
// they came from. Locals may hold open values; whether one does is found by repeated walks.
type nanWalk struct {
	*walker
	reader
	stack  []nanValue
	blocks []nanBlock
	locals []valType // the type of the open values in each, or 0
	strict bool      // locals hold no open values
	fresh  bool      // a local turned open in this walk
	edits  []edit
}

// nanValue is an operand: open is f32 or f64 if it may be a NaN with bits of its own, and at is just
// behind the instruction that made it.
type nanValue struct {
	open valType
	at   int
}

type nanBlock struct {
	op      byte
	dead    bool
	wasDead bool
	height  int
	typ     funcType
	result  valType // open, of a single result
}

// nanLocals says which temporaries a function needs.
type nanLocals struct{ f32, f64, v128 bool }

const (
	// nanWalksMax bounds the walks over one function, and so the time that a chain of locals costs.
	nanWalksMax  = 4
	nanLocalsMax = 1 << 16
)

// canonicalNaNs finds the places in all functions that have float arithmetic.
func (w *walker) canonicalNaNs() {
	n := &nanWalk{walker: w}
	for i := range w.functions {
		if fn := &w.functions[i]; fn.floats {
			w.fn = fn
			n.function(fn)
		}
	}
	w.nanEdits = n.edits
}

func (n *nanWalk) function(fn *function) {
	typ := n.m.types[n.m.funcs[fn.index]]
	total := int64(fn.locals) + int64(len(typ.params))
	n.strict = total > nanLocalsMax
	n.locals = n.locals[:0]
	if !n.strict {
		n.locals = append(n.locals, make([]valType, total)...)
	}
	fn.nans.start = len(n.edits)
	for walks := 1; ; walks++ {
		n.edits = n.edits[:fn.nans.start]
		n.fresh = false
		n.walk(fn, typ)
		if !n.fresh {
			break
		}
		if walks == nanWalksMax {
			n.strict = true
			clear(n.locals)
		}
	}
	own := n.edits[fn.nans.start:]
	sort.Slice(own, func(i, j int) bool { return own[i].pos < own[j].pos })
	kept := n.edits[:fn.nans.start]
	for i, e := range own {
		if i == 0 || e.pos != own[i-1].pos {
			kept = append(kept, e)
		}
	}
	n.edits = kept
	fn.nans.end = len(kept)
	for _, e := range kept[fn.nans.start:] {
		switch valType(e.label) {
		case f32:
			fn.nan.f32 = true
		case f64:
			fn.nan.f64 = true
		default:
			fn.nan.v128 = true
		}
	}
}

// Labels of edits that make vectors canonical.
const (
	nanF32x4 = 1
	nanF64x2 = 2
)

func (n *nanWalk) dead() bool { return n.blocks[len(n.blocks)-1].dead }

// see makes a value canonical where it was made.
func (n *nanWalk) see(v nanValue) {
	if v.open != 0 && !n.dead() {
		n.edits = append(n.edits, edit{kind: editNaN, pos: v.at, label: uint32(v.open)})
	}
}

func (n *nanWalk) push(v nanValue) { n.stack = append(n.stack, v) }
func (n *nanWalk) pushClosed(count int) {
	for ; count > 0; count-- {
		n.push(nanValue{})
	}
}

func (n *nanWalk) pushOpen(t valType) { n.push(nanValue{t, n.reader.pos}) }

// pop takes an operand. Code that is dead or not valid may lack it.
func (n *nanWalk) pop() nanValue {
	if len(n.stack) <= n.blocks[len(n.blocks)-1].height {
		return nanValue{}
	}
	v := n.stack[len(n.stack)-1]
	n.stack = n.stack[:len(n.stack)-1]
	return v
}

func (n *nanWalk) popSeen(count int) {
	for ; count > 0; count-- {
		n.see(n.pop())
	}
}

func (n *nanWalk) walk(fn *function, typ funcType) {
	n.reader = reader{b: n.m.wasm, pos: fn.code, end: fn.body.end, section: "code"}
	n.stack = n.stack[:0]
	n.blocks = append(n.blocks[:0], nanBlock{op: opBlock, typ: funcType{results: typ.results}})
	for n.reader.pos < n.reader.end && len(n.blocks) > 0 {
		op := n.reader.byte()
		switch forms[op] {
		case formPlain, formExtended:
			n.plain(op)
		case formFloat:
			n.arithmetic(op)
		case formLocal:
			n.local(op, n.reader.u32())
		case formConst:
			n.constantOperand(op)
			n.push(nanValue{})
		case formMemory:
			n.memory(op)
		default:
			n.other(op)
		}
	}
}

func (n *nanWalk) constantOperand(op byte) {
	switch op {
	case opI32Const, opI64Const:
		n.reader.signed(64)
	case opF32Const:
		n.reader.skip(4)
	default:
		n.reader.skip(8)
	}
}

func (n *nanWalk) memory(op byte) {
	n.reader.u32()
	n.reader.u32()
	if op >= 0x36 { // stores
		n.see(n.pop())
		n.pop()
		return
	}
	n.pop()
	n.push(nanValue{})
}

func (n *nanWalk) local(op byte, i uint32) {
	if op == opLocalGet {
		v := nanValue{at: n.reader.pos}
		if !n.strict {
			v.open = n.locals[i]
		}
		n.push(v)
		return
	}
	v := n.pop()
	if n.strict {
		n.see(v)
		v.open = 0
	} else if v.open != 0 && !n.dead() && n.locals[i] == 0 {
		n.locals[i] = v.open
		n.fresh = true
	}
	if op == opLocalTee {
		n.push(nanValue{v.open, n.reader.pos})
	}
}

// arithmetic is what computes with floats: the bits of its operands do not matter, those of its
// result are open. abs, neg and copysign only change the sign bit.
func (n *nanWalk) arithmetic(op byte) {
	t := f64
	if op <= 0x98 || op == 0xb6 {
		t = f32
	}
	switch op {
	case 0x8b, 0x8c, 0x99, 0x9a: // abs, neg
		v := n.pop()
		n.push(nanValue{v.open, n.reader.pos})
		return
	case 0x98, 0xa6: // copysign shows the second operand's sign
		n.see(n.pop())
		v := n.pop()
		n.push(nanValue{v.open, n.reader.pos})
		return
	}
	n.pop()
	if (op >= 0x92 && op <= 0x97) || (op >= 0xa0 && op <= 0xa5) {
		n.pop()
	}
	n.pushOpen(t)
}

func (n *nanWalk) plain(op byte) {
	switch {
	case op == 0x01: // nop
	case op == 0x1a:
		n.pop()
	case op == opSelect:
		n.choose()
	case op == 0xbc || op == 0xbd: // reinterpret as integer
		n.see(n.pop())
		n.push(nanValue{})
	case binaryOp(op):
		n.pop()
		n.pop()
		n.push(nanValue{})
	default:
		n.pop()
		n.push(nanValue{})
	}
}

func binaryOp(op byte) bool {
	return (op >= 0x46 && op <= 0x4f) || (op >= 0x51 && op <= 0x66) || (op >= 0x6a && op <= 0x78) ||
		(op >= 0x7c && op <= 0x8a)
}

func (n *nanWalk) choose() {
	n.pop()
	a, b := n.pop(), n.pop()
	n.push(nanValue{max(a.open, b.open), n.reader.pos})
}

// canonical replaces a NaN on top of the stack by the one with the canonical bits.
func (e *emitter) canonical(t valType) {
	switch t {
	case f32:
		e.u(opLocalTee, e.nan32)
		e.op(opF32Const, 0, 0, 0xc0, 0x7f)
		e.u(opLocalGet, e.nan32)
		e.u(opLocalGet, e.nan32)
		e.op(0x5b, opSelect) // f32.eq
	case f64:
		e.u(opLocalTee, e.nan64)
		e.op(opF64Const, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
		e.u(opLocalGet, e.nan64)
		e.u(opLocalGet, e.nan64)
		e.op(0x61, opSelect) // f64.eq
	default:
		e.u(opLocalTee, e.nan128)
		lanes, equal := []byte{0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f}, byte(0x41) // f32x4.eq
		if t == nanF64x2 {
			lanes, equal = []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, 0x47 // f64x2.eq
		}
		e.op(opVector, vecConst)
		e.op(lanes...)
		e.op(lanes...)
		e.u(opLocalGet, e.nan128)
		e.u(opLocalGet, e.nan128)
		e.op(opVector, equal, opVector, 0x52) // bitselect
	}
}
