// Package sandbox runs strategies: WebAssembly modules that nobody trusts. It admits a module, rewrites
// it by the meter, compiles it, and gives instances of it one call at a time; whatever goes wrong in a
// guest is a *Trap, and nothing of it reaches the host or another guest.
package sandbox

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Config is how a Runtime compiles.
type Config struct {
	// CacheDir is where compiled code is kept, created with mode 0700. Empty: nothing is kept on disk.
	CacheDir string
	// Interpreter runs modules on wazero's interpreter: slow, nothing to compile; the judge in tests.
	Interpreter bool
	// CompileAside compiles in a child process. nil: in this one. It needs a CacheDir.
	CompileAside *CompileAside
	// Log may be nil.
	Log hclog.Logger
}

// CompileAside is how to start the child that compiles: this program with arguments that lead it to
// CompileChild. Compile time is super-linear in hostile input and cannot be cancelled from within.
type CompileAside struct {
	Executable  string        // Empty: the running program.
	Args        []string      // Such as the hidden verb, "compile-child".
	Timeout     time.Duration // Zero: 10 s.
	MemoryBytes int64         // Address space of the child. Zero: 2 GiB. Not enforced on Windows.
}

// Runtime compiles modules and holds what they share. This type is concurrency safe.
type Runtime struct{}

// NewRuntime makes a runtime.
func NewRuntime(c Config) (*Runtime, error) { panic("in work") }

// Close frees compiled code. Close all instances first.
func (r *Runtime) Close() error { panic("in work") }

// Load admits, meters and compiles a module. name is for messages. Zero fields of l mean the
// defaults. The error is a *RefusedError if the module is at fault.
func (r *Runtime) Load(ctx context.Context, name string, wasm []byte, l Limits) (*Module, error) {
	panic("in work")
}

// CompileChild is the body of the hidden verb that CompileAside starts; it returns the exit code.
func CompileChild(args []string) int { panic("in work") }
