package meter

// constExpr is what the meter needs to know of a constant expression.
type constExpr struct {
	plain bool // a single i32.const
	value uint32
}

// constExpr reads a constant expression and checks its indices. Its type is the engine's to check.
func (d *decoder) constExpr(r *reader) constExpr {
	var e constExpr
	start := r.pos
	for n := 0; r.err == nil; n++ {
		at := r.pos
		op := r.byte()
		if r.err != nil {
			break
		}
		switch op {
		case opEnd:
			if n == 0 {
				r.failAt(start, "empty constant expression")
			}
			e.plain = e.plain && n == 1
			return e
		case opI32Const:
			e.plain, e.value = true, uint32(r.signed(32))
		case opI64Const:
			r.signed(64)
		case opF32Const:
			r.skip(4)
		case opF64Const:
			r.skip(8)
		case opGlobalGet:
			// Only earlier globals: ours, which come last, cannot be named.
			r.index("global", len(d.m.globals))
		case opRefNull:
			d.need(r, at, FeatureReferenceTypes, "ref.null")
			d.heapType(r, len(d.m.types))
		case opRefFunc:
			d.need(r, at, FeatureReferenceTypes, "ref.func")
			d.takeAddress(r.index("function", len(d.m.funcs)))
		case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e: // add, sub, mul
			d.need(r, at, FeatureExtendedConst, "arithmetic in a constant expression")
		case opVector:
			d.need(r, at, FeatureSIMD, "v128.const")
			if c := r.byte(); r.err == nil && c != vecConst {
				r.failAt(at, "vector instruction %#x in a constant expression", c)
			}
			r.skip(16)
		default:
			r.failAt(at, "instruction %#x in a constant expression", op)
		}
	}
	return e
}

// takeAddress remembers that a function can be called through a reference.
func (d *decoder) takeAddress(f int) {
	if d.m.addressTaken == nil {
		d.m.addressTaken = make([]bool, len(d.m.funcs))
	}
	if f < len(d.m.addressTaken) {
		d.m.addressTaken[f] = true
	}
}

func (d *decoder) elementSection(r *reader) {
	n := r.count("element segments")
	for i := 0; i < n && r.err == nil; i++ {
		d.elementSegment(r)
		d.m.elements++
	}
}

// elementSegment reads one of the eight forms. Bit 0: not active; bit 1: names its table, or
// declares only; bit 2: items are expressions.
func (d *decoder) elementSegment(r *reader) {
	start := r.pos
	flag := r.u32()
	if flag > 7 {
		r.failAt(start, "unknown kind of element segment %d", flag)
		return
	}
	if flag != 0 {
		d.need(r, start, FeatureBulkMemory, "element segment of a later kind")
	}
	active, named, exprs := flag&1 == 0, flag&2 != 0, flag&4 != 0
	if active {
		table := 0
		if named {
			table = int(r.u32())
		}
		if r.err == nil && table >= len(d.m.tables) {
			r.failAt(start, "unknown table %d: the module has %d", table, len(d.m.tables))
		}
		d.constExpr(r)
	}
	if flag&3 != 0 {
		d.elementType(r, exprs)
	}
	n := r.count("elements")
	for i := 0; i < n && r.err == nil; i++ {
		if exprs {
			d.constExpr(r)
		} else {
			d.takeAddress(r.index("function", len(d.m.funcs)))
		}
	}
}

func (d *decoder) elementType(r *reader, exprs bool) {
	start := r.pos
	if !exprs {
		if c := r.byte(); r.err == nil && c != 0 {
			r.failAt(start, "unknown kind of element %#x", c)
		}
		return
	}
	if t := d.valType(r, len(d.m.types)); r.err == nil && !t.isRef() {
		r.failAt(start, "elements of %s", t)
	}
}
