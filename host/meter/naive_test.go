package meter

// The judge of the differential test: an instrumenter as plain as can be. Before every instruction
// it adds the instruction's cost to a global; no blocks, no regions, nothing merged.

const naiveExport = "naive:count"

// naive gives the module with the counting code, and the global exported as naiveExport.
func naive(wasm []byte) ([]byte, error) {
	m, err := decode(wasm, FeaturesAll, Limits{})
	if err != nil {
		return nil, err
	}
	n := &naiveWriter{m: m, global: uint32(len(m.globals))}
	out := append(append([]byte{}, magic...), version...)
	for _, id := range sectionOrder {
		content := append([]byte{}, m.content(id)...)
		switch {
		case id == secGlobal:
			content = appendU32(nil, uint32(len(m.globals)-m.globalsImported+1))
			content = append(content, m.items(id)...)
			content = append(content, byte(i64), 1, opI64Const, 0, opEnd)
		case id == secExport:
			content = appendU32(nil, uint32(len(m.exports)+1))
			content = append(content, m.items(id)...)
			content = append(appendName(content, naiveExport), kindGlobal)
			content = appendU32(content, n.global)
		case id == secCode:
			content = n.code()
		case !m.present[id]:
			continue
		}
		out = appendSection(out, id, content)
	}
	return out, nil
}

type naiveWriter struct {
	m      *module
	global uint32
	b      []byte
}

func (n *naiveWriter) code() []byte {
	content := appendU32(nil, uint32(len(n.m.codes)))
	for i := range n.m.codes {
		n.b = nil
		n.body(n.m.codes[i], len(n.m.types[n.m.funcs[n.m.funcsImported+i]].params))
		content = append(appendU32(content, uint32(len(n.b))), n.b...)
	}
	return content
}

func (n *naiveWriter) body(body span, params int) {
	r := &reader{b: n.m.wasm, pos: body.start, end: body.end}
	groups := r.count("groups")
	groupsAt, total := r.pos, params
	for i := 0; i < groups; i++ {
		total += int(r.u32())
		(&decoder{m: n.m, feat: FeaturesAll}).valType(r, len(n.m.types))
	}
	length := uint32(total)
	n.b = appendU32(n.b, uint32(groups+1))
	n.b = append(n.b, n.m.wasm[groupsAt:r.pos]...)
	n.b = append(n.b, 1, byte(i32)) // our local, for lengths
	for r.more() {
		at := r.pos
		n.instruction(r, length)
		n.b = append(n.b, n.m.wasm[at:r.pos]...)
	}
}

func (n *naiveWriter) add(units int64) {
	if units == 0 {
		return
	}
	n.b = appendU32(append(n.b, opGlobalGet), n.global)
	n.b = append(appendS64(append(n.b, opI64Const), units), 0x7c)
	n.b = appendU32(append(n.b, opGlobalSet), n.global)
}

// addLength adds the length on the stack, shifted right or times something.
func (n *naiveWriter) addLength(local uint32, arithmetic ...byte) {
	n.b = appendU32(append(n.b, opLocalTee), local)
	n.b = appendU32(append(n.b, opGlobalGet), n.global)
	n.b = append(appendU32(append(n.b, opLocalGet), local), opI64Extend)
	n.b = append(append(n.b, arithmetic...), 0x7c)
	n.b = appendU32(append(n.b, opGlobalSet), n.global)
}

// instruction reads one and writes what counts it.
func (n *naiveWriter) instruction(r *reader, local uint32) {
	switch op := r.byte(); op {
	case 0x00, 0x01, opElse, opEnd, opReturn, 0x1a:
	case opBlock, opLoop, opIf:
		if op == opIf {
			n.add(1)
		}
		r.signed(33)
	case opBr, opBrIf, opCall, opReturnCall, opLocalGet, opLocalSet, opLocalTee, opGlobalGet, opGlobalSet, opTableGet, opTableSet:
		n.add(1)
		r.u32()
	case opBrTable:
		n.add(1)
		for i := int(r.u32()); i >= 0; i-- {
			r.u32()
		}
	case opCallIndirect, opReturnCallIndirect:
		n.add(1)
		r.u32()
		r.u32()
	case opMemorySize:
		n.add(1)
		r.byte()
	case opMemoryGrow:
		n.add(32)
		n.addLength(local, opI64Const, 0x80, 0x02, opI64Mul) // 256 a page; no kernel asks too much
		r.byte()
	case opI32Const, opI64Const:
		n.add(1)
		r.signed(64)
	case opF32Const:
		n.add(1)
		r.skip(4)
	case opF64Const:
		n.add(1)
		r.skip(8)
	case opMisc:
		n.add(1)
		switch sub := r.u32(); sub {
		case miscMemoryCopy:
			n.addLength(local, opI64Const, 4, opI64ShrU)
			r.skip(2)
		case miscMemoryFill:
			n.addLength(local, opI64Const, 4, opI64ShrU)
			r.skip(1)
		default:
			if sub > 7 {
				panic("no kernel has it")
			}
		}
	case opRefFunc, opRefNull, opVector, opAtomic, opTryTable, opThrow, opThrowRef, opSelectTyped:
		panic("no kernel has it")
	default:
		n.add(1)
		if op >= 0x28 && op <= 0x3e {
			r.u32()
			r.u32()
		}
	}
}
