package sandbox

import (
	"context"
	"time"

	"github.com/agenthost/agenthost/abi"
)

// RefusedError says why a module is not admitted.
type RefusedError struct {
	Module  string // Its name as given to Load.
	Rule    string // The limit or rule, such as "import" or "nesting".
	Place   string // Where it was broken first; empty if nowhere in particular.
	Found   string
	Allowed string
	Hint    string // What the author can do.
}

func (e *RefusedError) Error() string {
	s := "module " + e.Module + " refused: " + e.Rule
	if e.Place != "" {
		s += " at " + e.Place
	}
	if e.Found != "" {
		s += ": found " + e.Found
	}
	if e.Allowed != "" {
		s += ", allowed " + e.Allowed
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Identity is all that decides what a guest does with an input. A snapshot made under one identity is
// refused under another.
type Identity struct {
	Module      [32]byte // SHA-256 of the author's bytes.
	Meter       string   // Version of the meter.
	ABI         uint32   // major<<16 | minor, of the guest.
	Engine      string   // "compiler" or "interpreter".
	Wazero      string   // Version of wazero.
	Arch        string   // GOARCH.
	MemoryBytes int64
	StackSlots  int32
}

// Info is what `agenthost plugin inspect` shows.
type Info struct {
	Name          string
	SHA256        [32]byte
	Size          int
	SizeRewritten int
	ABIMajor      int
	ABIMinor      int
	Imports       []Symbol
	Exports       []Symbol
	Description   *abi.Description
	Limits        Limits
	Found         []Found // Limits of admission beside what was found.
	RewriteTime   time.Duration
	CompileTime   time.Duration
	Cached        bool // The code came from the cache.
	Identity      Identity
}

// Symbol is an import or export.
type Symbol struct {
	Module string // Of an import.
	Name   string
	Kind   string // func, memory, global, table.
	Type   string // Such as "(i32, i32) -> i64".
}

// Found is one limit of admission beside what the module has.
type Found struct {
	Rule    string
	Found   int64
	Allowed int64
	Place   string
}

// Module is an admitted, compiled module. This type is concurrency safe.
type Module struct{}

// SHA256 is of the author's bytes.
func (m *Module) SHA256() [32]byte { panic("in work") }

// Description is what the module says about itself; without strategy_describe it has a name only.
func (m *Module) Description() *abi.Description { panic("in work") }

// ABI is the version that the module was built for.
func (m *Module) ABI() (major, minor int) { panic("in work") }

// Limits are those given to Load, defaults filled in.
func (m *Module) Limits() Limits { panic("in work") }

// Inspect tells all about the module.
func (m *Module) Inspect() Info { panic("in work") }

// Identity is what decides how the module behaves.
func (m *Module) Identity() Identity { panic("in work") }

// Instantiate makes an instance: the start function and _initialize run, then strategy_init. The error
// is a *Trap if the guest is at fault.
func (m *Module) Instantiate(ctx context.Context, c InstanceConfig) (*Instance, error) {
	panic("in work")
}

// Restore makes an instance out of a snapshot, without running any of the guest's code.
func (m *Module) Restore(ctx context.Context, c InstanceConfig, s *Snapshot) (*Instance, error) {
	panic("in work")
}

// Close frees the module's compiled code; its instances must be closed.
func (m *Module) Close() error { panic("in work") }
