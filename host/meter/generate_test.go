package meter

// generator makes valid modules out of any bytes: blocks, loops, branches of every kind, calls,
// floats and memory. Four functions of type (i32) -> i32; function 0 is exported as "run".
type generator struct {
	in     []byte
	b      []byte
	labels []byte // opcodes of the open blocks
	budget int    // statements that may still be made
}

const (
	generatedFunctions = 4
	localsI32          = 4 // with the parameter
	localsF64          = 2
)

func (g *generator) next(n int) int {
	if len(g.in) == 0 {
		return 0
	}
	c := g.in[0]
	g.in = g.in[1:]
	return int(c) % n
}

func (g *generator) op(b ...byte) { g.b = append(g.b, b...) }

// expr leaves an i32.
func (g *generator) expr(level int) {
	if level > 3 {
		g.op(opLocalGet, byte(g.next(localsI32)))
		return
	}
	switch g.next(12) {
	case 0:
		g.b = appendS64(append(g.b, opI32Const), int64(g.next(256)-100))
	case 1, 2:
		g.expr(level + 1)
		g.expr(level + 1)
		g.op([]byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x46, 0x48, 0x4f}[g.next(9)])
	case 3:
		g.expr(level + 1)
		g.op(0x45)
	case 4:
		g.expr(level + 1)
		g.op(opCall, byte(g.next(generatedFunctions)))
	case 5:
		g.address(level)
		g.op(0x28, 2, 0)
	case 6:
		g.float(level + 1)
		g.op(opMisc, 2) // i32.trunc_sat_f64_s
	case 7: // a block with a result
		g.op(opBlock, byte(i32))
		g.labels = append(g.labels, 'v')
		g.expr(level + 1)
		if g.next(2) == 0 {
			g.expr(level + 1)
			g.op(opBrIf, 0)
		}
		g.labels = g.labels[:len(g.labels)-1]
		g.op(opEnd)
	case 8:
		g.expr(level + 1)
		g.op(opIf, byte(i32))
		g.labels = append(g.labels, 'v')
		g.expr(level + 1)
		g.op(opElse)
		g.expr(level + 1)
		g.labels = g.labels[:len(g.labels)-1]
		g.op(opEnd)
	case 9:
		g.expr(level + 1)
		g.expr(level + 1)
		g.op(opI32Const, 1, 0x71, opCallIndirect, 0, 0)
	default:
		g.op(opLocalGet, byte(g.next(localsI32)))
	}
}

// address leaves an address of the first page, rarely one outside.
func (g *generator) address(level int) {
	g.expr(level + 1)
	g.b = appendS64(append(g.b, opI32Const), int64([]int{0xff, 0xfff8, 0x1ffff}[g.next(3)]))
	g.op(0x71)
}

// float leaves an f64, often a NaN.
func (g *generator) float(level int) {
	if level > 3 {
		g.op(opLocalGet, byte(localsI32+g.next(localsF64)))
		return
	}
	switch g.next(7) {
	case 0:
		g.float(level + 1)
		g.float(level + 1)
		g.op(byte(0xa0 + g.next(7))) // add to copysign
	case 1:
		g.float(level + 1)
		g.op([]byte{0x99, 0x9a, 0x9f}[g.next(3)]) // abs, neg, sqrt
	case 2:
		g.expr(level + 1)
		g.op(0xb7) // f64.convert_i32_s
	case 3:
		g.address(level)
		g.op(0x2b, 3, 0)
	case 4:
		g.op(opF64Const, 0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0xa3) // 0/0
	default:
		g.op(opLocalGet, byte(localsI32+g.next(localsF64)))
	}
}

func (g *generator) body(level int) {
	for n := g.next(4); n >= 0; n-- {
		g.statement(level)
	}
}

// statement leaves nothing.
func (g *generator) statement(level int) {
	if g.budget--; g.budget < 0 || level > 5 {
		g.op(0x01)
		return
	}
	switch g.next(16) {
	case 0, 1:
		g.expr(0)
		g.op(opLocalSet, byte(g.next(localsI32)))
	case 2:
		g.float(0)
		g.op(opLocalSet, byte(localsI32+g.next(localsF64)))
	case 3:
		g.address(0)
		g.expr(0)
		g.op(0x36, 2, 0)
	case 4:
		g.address(0)
		g.float(0)
		g.op(0x39, 3, 0)
	case 5, 6:
		g.open(opBlock, level)
	case 7, 8:
		g.loop(level)
	case 9, 10:
		g.expr(0)
		g.open(opIf, level)
	case 11, 12:
		g.branch()
	case 13:
		g.expr(0)
		g.op(opGlobalSet, 0)
	case 14:
		g.op(opI32Const, 16)
		g.expr(0)
		g.op(opI32Const, 0xc0, 0)
		g.op(opMisc, miscMemoryFill, 0)
	case 15:
		g.expr(0)
		g.op(0x1a)
	}
}

func (g *generator) open(op byte, level int) {
	g.op(op, noType)
	g.labels = append(g.labels, op)
	g.body(level + 1)
	if op == opIf && g.next(2) == 0 {
		g.op(opElse)
		g.body(level + 1)
	}
	g.labels = g.labels[:len(g.labels)-1]
	g.op(opEnd)
}

// loop runs while local 0, which it counts down, is positive: most of them end.
func (g *generator) loop(level int) {
	g.op(opLoop, noType)
	g.labels = append(g.labels, opLoop)
	g.body(level + 1)
	g.op(opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, opI32Const, 0, 0x4a) // i32.gt_s
	if g.next(3) == 0 {
		g.op(opIf, noType, opBr, 1, opEnd)
	} else {
		g.op(opBrIf, 0)
	}
	if g.next(3) == 0 {
		g.body(level + 1)
	}
	g.labels = g.labels[:len(g.labels)-1]
	g.op(opEnd)
}

// target is the label of a block without a result.
func (g *generator) target() byte {
	for i := 0; i < 8; i++ {
		d := g.next(len(g.labels) + 1)
		if d < len(g.labels) && g.labels[len(g.labels)-1-d] != 'v' {
			return byte(d)
		}
	}
	for d := range g.labels {
		if g.labels[len(g.labels)-1-d] != 'v' {
			return byte(d)
		}
	}
	return 0xff
}

func (g *generator) branch() {
	t := g.target()
	if t == 0xff {
		g.expr(0)
		g.op(opReturn)
		return
	}
	switch g.next(6) {
	case 0, 1, 2:
		g.expr(0)
		g.op(opBrIf, t)
	case 3:
		g.expr(0)
		g.op(opIf, noType)
		g.op(opBr, t+1, opEnd)
	case 4:
		g.expr(0)
		g.op(opBrTable, 2, t, g.target(), t)
	case 5:
		g.op(opBr, t)
	}
}

// generate makes the module.
func generate(in []byte) []byte {
	g := &generator{in: in}
	section := func(out []byte, id int, items ...[]byte) []byte {
		content := appendU32(nil, uint32(len(items)))
		for _, item := range items {
			content = append(content, item...)
		}
		return appendSection(out, id, content)
	}
	out := append(append([]byte{}, magic...), version...)
	out = section(out, secType, []byte{0x60, 1, byte(i32), 1, byte(i32)})
	out = section(out, secFunction, []byte{0}, []byte{0}, []byte{0}, []byte{0})
	out = section(out, secTable, []byte{byte(funcref), 0, 2})
	out = section(out, secMemory, []byte{0, 1})
	out = section(out, secGlobal, []byte{byte(i32), 1, opI32Const, 0, opEnd})
	out = section(out, secExport, append(appendName(nil, "run"), kindFunc, 0), append(appendName(nil, "memory"), kindMemory, 0))
	out = section(out, secElement, []byte{0, opI32Const, 0, opEnd, 2, 2, 3})
	var codes [][]byte
	for f := 0; f < generatedFunctions; f++ {
		g.b, g.labels, g.budget = nil, nil, 12
		g.op(2, localsI32-1, byte(i32), localsF64, byte(f64))
		g.body(0)
		g.expr(0)
		g.op(opEnd)
		codes = append(codes, append(appendU32(nil, uint32(len(g.b))), g.b...))
	}
	return section(out, secCode, codes...)
}
