package meter

import (
	"bytes"
	"strings"
)

// decoder turns bytes into a module. It checks every length, count and index against the module as
// its author made it; types are left to the engine that compiles the result.
type decoder struct {
	m    *module
	feat Features
	lim  Limits
}

var (
	magic   = []byte{0, 'a', 's', 'm'}
	version = []byte{1, 0, 0, 0}
)

// decode reads everything but the bodies of functions.
func decode(wasm []byte, feat Features, lim Limits) (*module, error) {
	d := &decoder{m: &module{wasm: wasm, start: -1, dataCount: -1}, feat: feat, lim: lim}
	if err := d.decodeSections(); err != nil {
		return nil, err
	}
	if err := d.checkWhole(); err != nil {
		return nil, err
	}
	return d.m, nil
}

func (d *decoder) decodeSections() error {
	wasm := d.m.wasm
	r := &reader{b: wasm, end: len(wasm), section: "header"}
	if len(wasm) < 8 || !bytes.Equal(wasm[:4], magic) {
		r.failAt(0, "no WebAssembly module: it does not begin with \\0asm")
		return r.err
	}
	if !bytes.Equal(wasm[4:8], version) {
		r.failAt(4, "version %x: only version 1 is known (a component? build a core module)", wasm[4:8])
		return r.err
	}
	d.m.note(limitSize, int64(len(wasm)), Place{Function: -1})
	if err := d.lim.check(d.m, limitSize); err != nil {
		return err
	}
	r.pos = 8
	last := -1
	for r.more() {
		start := r.pos
		id := int(r.byte())
		size := int(r.u32())
		if id >= len(sectionNames) {
			r.failAt(start, "unknown section %d", id)
		} else if r.err == nil && size > r.end-r.pos {
			r.failAt(start, "%s section announces %d bytes, %d are left", sectionNames[id], size, r.end-r.pos)
		}
		if r.err != nil {
			return r.err
		}
		s := &reader{b: wasm, pos: r.pos, end: r.pos + size, section: sectionNames[id]}
		r.pos += size
		if id != secCustom {
			order := orderOf(id)
			if order <= last {
				s.failAt(start, "section out of order, or twice")
				return s.err
			}
			last = order
			d.m.present[id] = true
			d.m.sections[id] = span{s.pos, s.end}
		}
		d.section(id, s)
		if s.err == nil && s.pos != s.end {
			s.failAt(s.pos, "%d bytes after the end of its content", s.end-s.pos)
		}
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

func orderOf(id int) int {
	for i, s := range sectionOrder {
		if s == id {
			return i
		}
	}
	return -1
}

func (d *decoder) section(id int, r *reader) {
	switch id {
	case secCustom:
		d.custom(r)
	case secType:
		d.typeSection(r)
	case secImport:
		d.importSection(r)
	case secFunction:
		d.functionSection(r)
	case secTable:
		d.tableSection(r)
	case secMemory:
		d.memorySection(r)
	case secTag:
		d.tagSection(r)
	case secGlobal:
		d.globalSection(r)
	case secExport:
		d.exportSection(r)
	case secStart:
		d.m.start = r.index("function", len(d.m.funcs))
	case secElement:
		d.elementSection(r)
	case secDataCount:
		d.m.dataCount = int(r.u32())
	case secCode:
		d.codeSection(r)
	case secData:
		d.dataSection(r)
	}
}

// checkWhole holds sections against one another, and the counts against the limits.
func (d *decoder) checkWhole() error {
	m := d.m
	fail := func(section, reason string) error {
		return &MalformedError{Offset: len(m.wasm), Section: section, Reason: reason}
	}
	if len(m.codes) != len(m.funcs)-m.funcsImported {
		return fail("code", "it and the function section differ in length")
	}
	if m.dataCount >= 0 && m.dataCount != len(m.data) {
		return fail("datacount", "it and the data section differ in length")
	}
	m.noteCounts()
	return d.lim.check(m, countLimits...)
}

// custom keeps the place of a custom section. The name section is read leniently: it is for people,
// and what is wrong in it must not refuse a module. It is never passed on as it is, for wazero
// allocates by the counts in it.
func (d *decoder) custom(r *reader) {
	name := r.name("custom section name")
	if r.err != nil {
		return
	}
	if name == "name" {
		for _, c := range d.m.customs {
			if c.name == name {
				r.failAt(r.pos, "second name section")
				return
			}
		}
	}
	d.m.customs = append(d.m.customs, customSection{name, span{r.pos, r.end}})
	r.pos = r.end
}

func (d *decoder) typeSection(r *reader) {
	n := r.count("types")
	for i := 0; i < n && r.err == nil; i++ {
		if r.more() && r.b[r.pos] == 0x4e { // a group of types that may name one another
			d.need(r, r.pos, FeatureTypedFunctionReferences|FeatureExceptionHandling, "rec group")
			r.pos++
			group := r.count("types in a group")
			end := len(d.m.types) + group
			for j := 0; j < group && r.err == nil; j++ {
				d.m.types = append(d.m.types, d.funcType(r, end))
			}
			continue
		}
		d.m.types = append(d.m.types, d.funcType(r, len(d.m.types)))
	}
}

func (d *decoder) funcType(r *reader, typesMax int) funcType {
	start := r.pos
	if c := r.byte(); r.err == nil && c != 0x60 {
		r.failAt(start, "unknown form of type %#x", c)
	}
	params := d.valTypes(r, typesMax)
	results := d.valTypes(r, typesMax)
	if len(results) > 1 {
		d.need(r, start, FeatureMultiValue, "function type with several results")
	}
	place := Place{Function: -1, Offset: start}
	d.m.note(limitParams, int64(len(params)), place)
	d.m.note(limitResults, int64(len(results)), place)
	return funcType{params, results}
}

func (d *decoder) valTypes(r *reader, typesMax int) []valType {
	n := r.count("value types")
	if n == 0 {
		return nil
	}
	ts := make([]valType, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		ts = append(ts, d.valType(r, typesMax))
	}
	return ts
}

func (d *decoder) functionSection(r *reader) {
	n := r.count("functions")
	for i := 0; i < n && r.err == nil; i++ {
		d.m.funcs = append(d.m.funcs, r.index("type", len(d.m.types)))
	}
}

func (d *decoder) codeSection(r *reader) {
	n := r.count("function bodies")
	if want := len(d.m.funcs) - d.m.funcsImported; r.err == nil && n != want {
		r.failAt(r.pos, "%d function bodies for %d functions", n, want)
	}
	d.m.codes = make([]span, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		start := r.pos
		size := r.count("bytes of a function body")
		body := span{r.pos, r.pos + size}
		r.skip(size)
		d.m.codes = append(d.m.codes, body)
		index := d.m.funcsImported + i
		d.m.note(limitFunctionSize, int64(size), Place{Function: index, Offset: start})
	}
}

// need refuses a module that uses a proposal which is switched off. If want has several bits, any
// of them will do.
func (d *decoder) need(r *reader, at int, want Features, what string) {
	if d.feat&want != 0 || r.err != nil {
		return
	}
	r.refuse(&Refusal{
		Rule:    "feature",
		Place:   Place{Function: -1, Offset: at},
		Found:   what + " (" + strings.ReplaceAll(want.String(), "|", " or ") + ")",
		Allowed: d.feat.String(),
		Hint:    want.hint(),
	})
}
