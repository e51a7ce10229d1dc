package meter

// Section ids in the binary format.
const (
	secCustom = iota
	secType
	secImport
	secFunction
	secTable
	secMemory
	secGlobal
	secExport
	secStart
	secElement
	secCode
	secData
	secDataCount
	secTag
)

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global", "export", "start",
	"element", "code", "data", "datacount", "tag",
}

// sectionOrder is the order that the format prescribes; tag and datacount came later than their ids
// suggest.
var sectionOrder = [...]int{
	secType, secImport, secFunction, secTable, secMemory, secTag, secGlobal, secExport, secStart,
	secElement, secDataCount, secCode, secData,
}

// span is a range of bytes of the file.
type span struct{ start, end int }

func (s span) len() int { return s.end - s.start }

// limitsType is the size of a memory or table: flag 1 says that it has a maximum, flag 2 that it is
// shared.
type limitsType struct {
	flags    byte
	min, max uint32
}

func (l limitsType) hasMax() bool { return l.flags&1 != 0 }
func (l limitsType) shared() bool { return l.flags&2 != 0 }

func (l limitsType) append(b []byte) []byte {
	b = appendU32(append(b, l.flags), l.min)
	if l.hasMax() {
		b = appendU32(b, l.max)
	}
	return b
}

type globalType struct {
	typ     valType
	mutable bool
}

type table struct {
	elem   valType
	limits limitsType
	raw    span // as it stands in the file
	size   span // the limits within raw
}

type importEntry struct {
	module, name string
	kind         byte
	desc         string // the type as text
}

type exportEntry struct {
	name  string
	kind  byte
	index int
}

type dataSegment struct {
	passive bool
	plain   bool   // the offset is a single i32.const
	offset  uint32 // if plain
	bytes   span
}

type customSection struct {
	name    string
	content span // without the name
}

// module is what the decoder found. Counts include imports, which come first in every index space.
type module struct {
	wasm     []byte
	sections [len(sectionNames)]span
	present  [len(sectionNames)]bool
	customs  []customSection

	types   []funcType
	imports []importEntry
	funcs   []int // type of each
	globals []globalType
	tables  []table
	mems    []limitsType
	tags    []int
	exports []exportEntry

	funcsImported, globalsImported, tablesImported, memsImported, tagsImported int

	start         int // -1: none
	elements      int
	data          []dataSegment
	dataCount     int // -1: no such section
	addressTaken  []bool
	codes         []span
	functionNames map[int]string
	moduleName    string

	// What admission wants to know about the code.
	found [limitsCount]foundMax
	state []stateUse
}

// foundMax is the largest value of something that is limited, and where.
type foundMax struct {
	value int64
	place Place
}

// stateUse is an instruction whose effect a snapshot of memory and globals does not hold.
type stateUse struct {
	what  string
	place Place
}

func (m *module) note(l limitID, v int64, place Place) {
	if v > m.found[l].value || m.found[l].place == (Place{}) {
		m.found[l] = foundMax{v, place}
	}
}
