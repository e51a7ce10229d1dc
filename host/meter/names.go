package meter

// Subsections of the name section.
const (
	namesModule    = 0
	namesFunctions = 1
)

// decodeNames reads the names of the module and its functions. It stops at the first thing that is
// wrong and keeps what it has: names are for people.
func (m *module) decodeNames() {
	m.functionNames = map[int]string{}
	for _, c := range m.customs {
		if c.name != "name" {
			continue
		}
		r := &reader{b: m.wasm, pos: c.content.start, end: c.content.end, section: "name"}
		for r.more() {
			id := r.byte()
			size := r.count("bytes of names")
			if r.err != nil {
				return
			}
			sub := &reader{b: m.wasm, pos: r.pos, end: r.pos + size, section: "name"}
			r.pos += size
			switch id {
			case namesModule:
				m.moduleName = sub.name("module name")
			case namesFunctions:
				m.decodeFunctionNames(sub)
			}
		}
	}
}

func (m *module) decodeNamesOnce() {
	if m.functionNames == nil {
		m.decodeNames()
	}
}

func (m *module) decodeFunctionNames(r *reader) {
	n := r.count("function names")
	for i := 0; i < n; i++ {
		index := r.index("function", len(m.funcs))
		name := r.name("function name")
		if r.err != nil {
			return
		}
		m.functionNames[index] = name
	}
}

// functionName is the name of a function from the name section, else from an export, else from an
// import, else empty.
func (m *module) functionName(index int) string {
	m.decodeNamesOnce()
	if s := m.functionNames[index]; s != "" {
		return s
	}
	for _, e := range m.exports {
		if e.kind == kindFunc && e.index == index {
			return e.name
		}
	}
	f := 0
	for _, e := range m.imports {
		if e.kind != kindFunc {
			continue
		}
		if f == index {
			return e.module + "." + e.name
		}
		f++
	}
	return ""
}

// appendNames writes a name section of our own: module and functions, in order. The names of locals
// are left out: nobody prints them, and they are most of the section.
func (m *module) appendNames(b []byte) []byte {
	m.decodeNamesOnce()
	if len(m.functionNames) == 0 && m.moduleName == "" {
		return b
	}
	content := appendName(nil, "name")
	if m.moduleName != "" {
		content = appendSection(content, namesModule, appendName(nil, m.moduleName))
	}
	if len(m.functionNames) > 0 {
		names := appendU32(nil, uint32(len(m.functionNames)))
		for i := range m.funcs {
			if s, ok := m.functionNames[i]; ok {
				names = appendName(appendU32(names, uint32(i)), s)
			}
		}
		content = appendSection(content, namesFunctions, names)
	}
	return appendSection(b, secCustom, content)
}

func appendSection(b []byte, id int, content []byte) []byte {
	b = appendU32(append(b, byte(id)), uint32(len(content)))
	return append(b, content...)
}
