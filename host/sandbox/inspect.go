package sandbox

import (
	"time"

	"github.com/agenthost/agenthost/abi"
)

// Info is what `agenthost plugin inspect` shows.
type Info struct {
	Name          string
	SHA256        [32]byte
	Size          int // Bytes as the author made them.
	SizeRewritten int // Bytes after metering.
	ABIMajor      int
	ABIMinor      int
	Imports       []Symbol
	Exports       []Symbol
	Description   *abi.Description
	Limits        Limits
	Found         []Found // Limits of admission beside what was found.
	RewriteTime   time.Duration
	CompileTime   time.Duration // Or the time to read the code from the cache.
	Cached        bool          // The code came from the cache.
	Identity      Identity
}

// Symbol is an import or export.
type Symbol struct {
	Module string // Of an import.
	Name   string
	Kind   string // function, memory, global, table, tag.
	Type   string // Such as "(i32, i32) -> i64".
}

// Found is one limit of admission beside what the module has.
type Found struct {
	Rule    string
	Found   int64
	Allowed int64 // 0: unlimited.
	Place   string
}

// Inspect tells all about the module. Names in it have no control bytes.
func (m *Module) Inspect() Info {
	in := Info{
		Name: m.name, SHA256: m.hash, Size: m.info.SizeIn, SizeRewritten: m.info.SizeOut,
		Description: m.description, Limits: m.limits, Found: foundOf(&m.info),
		RewriteTime: m.rewriteTime, CompileTime: m.compileTime, Cached: m.cached, Identity: m.Identity(),
	}
	in.ABIMajor, in.ABIMinor = m.ABI()
	for _, s := range m.info.Imports {
		in.Imports = append(in.Imports, Symbol{cleanText([]byte(s.Module)), cleanText([]byte(s.Name)), s.Kind, s.Type})
	}
	for _, s := range m.info.Exports {
		in.Exports = append(in.Exports, Symbol{"", cleanText([]byte(s.Name)), s.Kind, s.Type})
	}
	return in
}
