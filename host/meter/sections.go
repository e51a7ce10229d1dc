package meter

import "fmt"

// Kinds of imports and exports.
const (
	kindFunc = iota
	kindTable
	kindMemory
	kindGlobal
	kindTag
)

var kindNames = [...]string{"function", "table", "memory", "global", "tag"}

func (d *decoder) importSection(r *reader) {
	m := d.m
	n := r.count("imports")
	for i := 0; i < n && r.err == nil; i++ {
		e := importEntry{module: r.name("import module"), name: r.name("import name")}
		start := r.pos
		e.kind = r.byte()
		switch e.kind {
		case kindFunc:
			t := r.index("type", len(m.types))
			if r.err != nil {
				return
			}
			m.funcs = append(m.funcs, t)
			m.funcsImported++
			e.desc = m.types[t].String()
		case kindTable:
			t := d.tableType(r)
			m.tables = append(m.tables, t)
			m.tablesImported++
			e.desc = t.String()
		case kindMemory:
			l := d.memoryType(r)
			m.mems = append(m.mems, l)
			m.memsImported++
			e.desc = l.String()
		case kindGlobal:
			g := d.globalType(r)
			m.globals = append(m.globals, g)
			m.globalsImported++
			e.desc = g.String()
		case kindTag:
			d.need(r, start, FeatureExceptionHandling, "tag import")
			t := d.tagType(r)
			if r.err != nil {
				return
			}
			m.tags = append(m.tags, t)
			m.tagsImported++
			e.desc = m.types[t].String()
		default:
			r.failAt(start, "unknown kind of import %#x", e.kind)
		}
		m.imports = append(m.imports, e)
	}
	if len(m.mems) > 1 {
		r.failAt(r.pos, "%d memories: at most one", len(m.mems))
	}
}

func (t table) String() string      { return t.limits.String() + " " + t.elem.String() }
func (g globalType) String() string { return map[bool]string{true: "mut "}[g.mutable] + g.typ.String() }

func (l limitsType) String() string {
	if l.hasMax() {
		return fmt.Sprintf("%d..%d", l.min, l.max)
	}
	return fmt.Sprintf("%d..", l.min)
}

func (d *decoder) limitsType(r *reader) limitsType {
	start := r.pos
	l := limitsType{flags: r.byte()}
	if l.flags > 3 {
		r.failAt(start, "unknown flags of limits %#x", l.flags)
	}
	l.min = r.u32()
	if l.hasMax() {
		if l.max = r.u32(); r.err == nil && l.max < l.min {
			r.failAt(start, "minimum %d above maximum %d", l.min, l.max)
		}
	}
	return l
}

func (d *decoder) memoryType(r *reader) limitsType {
	start := r.pos
	l := d.limitsType(r)
	if l.min > pagesMax || (l.hasMax() && l.max > pagesMax) {
		r.failAt(start, "memory of more than %d pages", pagesMax)
	}
	if l.shared() {
		d.need(r, start, FeatureThreads, "shared memory")
		if !l.hasMax() {
			r.failAt(start, "shared memory without a maximum")
		}
	}
	return l
}

// pagesMax is 4 GiB in pages of 64 KiB.
const pagesMax = 1 << 16

func (d *decoder) tableType(r *reader) table {
	t := table{raw: span{start: r.pos}}
	start := r.pos
	if r.more() && r.b[r.pos] == byte(funcref) {
		r.pos++
		t.elem = funcref
	} else if t.elem = d.valType(r, len(d.m.types)); r.err == nil && !t.elem.isRef() {
		r.failAt(start, "table of %s", t.elem)
	}
	t.size.start = r.pos
	if t.limits = d.limitsType(r); t.limits.shared() {
		r.failAt(start, "shared table")
	}
	t.size.end, t.raw.end = r.pos, r.pos
	return t
}

func (d *decoder) tableSection(r *reader) {
	n := r.count("tables")
	for i := 0; i < n && r.err == nil; i++ {
		start := r.pos
		initialised := r.more() && r.b[r.pos] == 0x40
		if initialised {
			d.need(r, start, FeatureTypedFunctionReferences, "table with initialiser")
			r.pos++
			if c := r.byte(); r.err == nil && c != 0 {
				r.failAt(start, "table prefix %#x is not zero", c)
			}
		}
		t := d.tableType(r)
		if initialised {
			d.constExpr(r)
		}
		t.raw = span{start, r.pos}
		d.m.tables = append(d.m.tables, t)
		d.m.note(limitTableElements, int64(t.limits.min), Place{Function: -1, Offset: start})
	}
}

func (d *decoder) memorySection(r *reader) {
	n := r.count("memories")
	for i := 0; i < n && r.err == nil; i++ {
		d.m.mems = append(d.m.mems, d.memoryType(r))
	}
	if len(d.m.mems) > 1 {
		r.failAt(r.pos, "%d memories: at most one", len(d.m.mems))
	}
}

func (d *decoder) tagType(r *reader) int {
	start := r.pos
	if c := r.byte(); r.err == nil && c != 0 {
		r.failAt(start, "unknown attribute of tag %#x", c)
	}
	return r.index("type", len(d.m.types))
}

func (d *decoder) tagSection(r *reader) {
	d.need(r, r.pos, FeatureExceptionHandling, "tag section")
	n := r.count("tags")
	for i := 0; i < n && r.err == nil; i++ {
		d.m.tags = append(d.m.tags, d.tagType(r))
	}
}

func (d *decoder) globalType(r *reader) globalType {
	g := globalType{typ: d.valType(r, len(d.m.types))}
	start := r.pos
	c := r.byte()
	if c > 1 {
		r.failAt(start, "unknown mutability %#x", c)
	}
	g.mutable = c == 1
	return g
}

func (d *decoder) globalSection(r *reader) {
	n := r.count("globals")
	for i := 0; i < n && r.err == nil; i++ {
		g := d.globalType(r)
		d.constExpr(r) // sees the imports and the globals before this one
		d.m.globals = append(d.m.globals, g)
	}
}

func (d *decoder) exportSection(r *reader) {
	m := d.m
	n := r.count("exports")
	seen := make(map[string]bool, n)
	counts := [...]int{len(m.funcs), len(m.tables), len(m.mems), len(m.globals), len(m.tags)}
	for i := 0; i < n && r.err == nil; i++ {
		start := r.pos
		e := exportEntry{name: r.name("export name")}
		if seen[e.name] {
			r.failAt(start, "second export named %q", e.name)
		}
		seen[e.name] = true
		at := r.pos
		if e.kind = r.byte(); int(e.kind) >= len(counts) {
			r.failAt(at, "unknown kind of export %#x", e.kind)
			return
		}
		e.index = r.index(kindNames[e.kind], counts[e.kind])
		m.exports = append(m.exports, e)
	}
}

func (d *decoder) dataSection(r *reader) {
	n := r.count("data segments")
	d.m.data = make([]dataSegment, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		d.m.data = append(d.m.data, d.dataSegment(r))
	}
}

func (d *decoder) dataSegment(r *reader) dataSegment {
	var s dataSegment
	start := r.pos
	switch flag := r.u32(); flag {
	case 2:
		if c := r.u32(); r.err == nil && c != 0 {
			r.failAt(start, "unknown memory %d", c)
		}
		fallthrough
	case 0:
		if r.err == nil && len(d.m.mems) == 0 {
			r.failAt(start, "data segment without a memory")
		}
		e := d.constExpr(r)
		s.plain, s.offset = e.plain, e.value
	case 1:
		d.need(r, start, FeatureBulkMemory, "passive data segment")
		s.passive = true
	default:
		r.failAt(start, "unknown kind of data segment %d", flag)
	}
	size := r.count("bytes of data")
	s.bytes = span{r.pos, r.pos + size}
	r.skip(size)
	return s
}
