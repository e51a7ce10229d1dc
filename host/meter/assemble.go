package meter

import "strings"

// assemble writes the module: sections of which nothing changes are copied byte for byte.
func (w *walker) assemble() []byte {
	m := w.m
	e := &emitter{w: w, resultType: map[int]int{}}
	next := uint32(len(m.globals))
	if w.cfg.Fuel {
		e.fuel = appendU32(nil, next)
		next++
	}
	if w.cfg.StackMax > 0 {
		e.depth = appendU32(nil, next)
	}
	code := []byte(nil)
	if m.present[secCode] {
		code = e.code(nil) // before the types, for it adds some
	}
	out := make([]byte, 0, len(m.wasm)*5/4+256)
	out = append(append(out, magic...), version...)
	data, segments, merged := []byte(nil), 0, false
	if w.cfg.MergeData {
		data, segments, merged = m.mergedData(w.usesData)
	}
	for _, id := range sectionOrder {
		switch {
		case id == secType && e.typesAdded > 0:
			out = appendSection(out, id, e.typeSection())
		case id == secTable && m.present[id]:
			out = appendSection(out, id, w.tableSection())
		case id == secMemory && m.present[id]:
			out = appendSection(out, id, w.memorySection())
		case id == secGlobal:
			out = w.globalSection(out)
		case id == secExport:
			out = w.exportSection(out)
		case id == secCode:
			out = append(out, code...)
		case id == secDataCount && merged && m.present[id]:
			out = appendSection(out, id, appendU32(nil, uint32(segments)))
		case id == secData && merged:
			out = appendSection(out, id, data)
		case m.present[id]:
			out = appendSection(out, id, m.content(id))
		}
	}
	return w.customSections(out)
}

func (m *module) content(id int) []byte {
	return m.wasm[m.sections[id].start:m.sections[id].end]
}

// items gives a section's content without the count of its vector.
func (m *module) items(id int) []byte {
	if !m.present[id] {
		return nil
	}
	r := reader{b: m.wasm, pos: m.sections[id].start, end: m.sections[id].end}
	r.u32()
	return m.wasm[r.pos:r.end]
}

func (e *emitter) typeSection() []byte {
	m := e.w.m
	r := reader{b: m.wasm, pos: m.sections[secType].start, end: m.sections[secType].end}
	n := r.u32() // groups count as one, so this is not len(m.types)
	content := appendU32(nil, n+uint32(e.typesAdded))
	content = append(content, m.items(secType)...)
	return append(content, e.types...)
}

func (w *walker) tableSection() []byte {
	m := w.m
	defined := m.tables[m.tablesImported:]
	content := appendU32(nil, uint32(len(defined)))
	for _, t := range defined {
		l := t.limits
		if limit := w.cfg.TableElementsMax; limit > 0 && (!l.hasMax() || l.max > limit) {
			l.flags |= 1
			l.max = limit
		}
		content = append(content, m.wasm[t.raw.start:t.size.start]...)
		content = l.append(content)
		content = append(content, m.wasm[t.size.end:t.raw.end]...)
	}
	return content
}

func (w *walker) memorySection() []byte {
	m := w.m
	defined := m.mems[m.memsImported:]
	content := appendU32(nil, uint32(len(defined)))
	for _, l := range defined {
		if limit := w.cfg.MemoryPagesMax; limit > 0 && (!l.hasMax() || l.max > limit) {
			l.flags |= 1
			l.max = min(limit, pagesMax)
		}
		content = l.append(content)
	}
	return content
}

// globalSection adds our globals after all others.
func (w *walker) globalSection(out []byte) []byte {
	m := w.m
	n := len(m.globals) - m.globalsImported
	var ours []byte
	if w.cfg.Fuel {
		n++
		ours = append(ours, byte(i64), 1, opI64Const)
		ours = append(appendS64(ours, w.cfg.FuelStart), opEnd)
	}
	if w.cfg.StackMax > 0 {
		n++
		ours = append(ours, byte(i32), 1, opI32Const)
		ours = append(appendS64(ours, int64(w.cfg.StackMax)), opEnd)
	}
	if n == 0 && !m.present[secGlobal] {
		return out
	}
	content := append(appendU32(nil, uint32(n)), m.items(secGlobal)...)
	return appendSection(out, secGlobal, append(content, ours...))
}

// hidden lists what is exported besides the module's own exports.
func (w *walker) hidden() []exportEntry {
	m := w.m
	var hs []exportEntry
	next := len(m.globals)
	if w.cfg.Fuel {
		hs = append(hs, exportEntry{ExportFuel, kindGlobal, next})
		next++
	}
	if w.cfg.StackMax > 0 {
		hs = append(hs, exportEntry{ExportDepth, kindGlobal, next})
	}
	if !w.cfg.ExportGlobals {
		return hs
	}
	if len(m.mems) > m.memsImported && !m.exportsMemory() {
		hs = append(hs, exportEntry{ExportMemory, kindMemory, 0})
	}
	for i := m.globalsImported; i < len(m.globals); i++ {
		if m.globals[i].mutable {
			hs = append(hs, exportEntry{ExportGlobal(i), kindGlobal, i})
		}
	}
	return hs
}

func (m *module) exportsMemory() bool {
	for _, e := range m.exports {
		if e.kind == kindMemory && e.name == "memory" {
			return true
		}
	}
	return false
}

func (w *walker) exportSection(out []byte) []byte {
	m := w.m
	hidden := w.hidden()
	if len(hidden) == 0 && !m.present[secExport] {
		return out
	}
	content := appendU32(nil, uint32(len(m.exports)+len(hidden)))
	content = append(content, m.items(secExport)...)
	for _, h := range hidden {
		content = append(appendName(content, h.name), h.kind)
		content = appendU32(content, uint32(h.index))
	}
	return appendSection(out, secExport, content)
}

func (w *walker) customSections(out []byte) []byte {
	m := w.m
	for _, c := range m.customs {
		switch {
		case c.name == "name":
			out = m.appendNames(out)
			continue
		case strings.HasPrefix(c.name, ".debug_"), strings.HasPrefix(c.name, "reloc."):
			continue
		case w.cfg.StripCustom && c.name != "producers" && c.name != "target_features":
			continue
		}
		content := appendName(nil, c.name)
		out = appendSection(out, secCustom, append(content, m.wasm[c.content.start:c.content.end]...))
	}
	return out
}
