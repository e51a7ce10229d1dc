// Package sandbox runs strategies: WebAssembly modules that nobody trusts. It admits a module, has the
// meter rewrite it, compiles it, and gives instances of it one call at a time. Whatever goes wrong in
// a guest is a *Trap, and nothing of it reaches the host or another guest.
//
// A guest sees no clock, file, socket, argument or environment, and draws randomness from a seed, so
// the same module, seed, inputs and budgets give the same outputs, fuel, traps and memory.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/agenthost/agenthost/host/meter"
	"github.com/hashicorp/go-hclog"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Config is how a Runtime compiles. The zero value compiles in this process and keeps nothing.
type Config struct {
	// CacheDir is where compiled code is kept. The cache makes a folder of its own there, with mode 0700:
	// who can write to it can run code as this program. It belongs to one machine: another kind of
	// processor would not find its code in it. Nothing is ever dropped from it; to remove the folder
	// while no host runs does no harm. Empty: nothing is kept.
	CacheDir string
	// Interpreter runs modules on wazero's interpreter: slow, with nothing to compile or keep.
	Interpreter bool
	// CompileAside compiles in a child process. nil: in this one. It needs a CacheDir.
	CompileAside *CompileAside
	// Log may be nil.
	Log hclog.Logger
}

// Runtime compiles modules and holds what they share. This type is concurrency safe.
type Runtime struct {
	config Config
	log    hclog.Logger
	wasm   wazero.Runtime
	cache  wazero.CompilationCache // nil without CacheDir
	store  *codeStore              // nil without CacheDir

	// compiling is held while wazero compiles or reads its cache: it shows a module to others of the
	// same bytes before the module's entry points are made (engine_cache.go, getCompiledModule, 1.12.0).
	compiling sync.Mutex

	unmetered bool // for benchmarks of the meter itself
}

// features are the meter's, which has wazero's numbers for them.
const features = api.CoreFeatures(meter.FeaturesStrategy)

// NewRuntime makes a runtime. It fails if the cache directory cannot be made or written to, or is open
// to other users.
func NewRuntime(c Config) (*Runtime, error) {
	r := &Runtime{config: c, log: c.Log}
	if r.log == nil {
		r.log = hclog.NewNullLogger()
	}
	if c.CompileAside != nil && c.CacheDir == "" {
		return nil, errors.New("sandbox: CompileAside needs a CacheDir to hand the code over in")
	}
	config := runtimeConfig(c.Interpreter)
	if c.CacheDir != "" && !c.Interpreter {
		var err error
		if r.store, err = openStore(c.CacheDir); err != nil {
			return nil, err
		}
		if r.cache, err = wazero.NewCompilationCacheWithDir(r.store.dir); err != nil {
			return nil, fmt.Errorf("cache directory %s: %w", c.CacheDir, err)
		}
		config = config.WithCompilationCache(r.cache)
	}
	ctx := context.Background()
	r.wasm = wazero.NewRuntimeWithConfig(ctx, config)
	if err := instantiateHost(ctx, r.wasm); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// runtimeConfig is the same for all who compile: the code in the cache depends on it. There is no
// WithCloseOnContextDone: fuel ends what must end, and the check would cost each tick a microsecond.
func runtimeConfig(interpreter bool) wazero.RuntimeConfig {
	config := wazero.NewRuntimeConfigCompiler()
	if interpreter {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	return config.WithCoreFeatures(features).WithDebugInfoEnabled(false)
}

// Close frees compiled code. Close all instances first.
func (r *Runtime) Close() error {
	ctx := context.Background()
	err := r.wasm.Close(ctx)
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(ctx))
	}
	return err
}

func (r *Runtime) engine() string {
	if r.config.Interpreter {
		return "interpreter"
	}
	return "compiler"
}

// goArch is a variable so that a test can pretend.
var goArch = runtime.GOARCH

// wazeroVersion is the version that this program was built with.
var wazeroVersion = func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/tetratelabs/wazero" {
				return d.Version
			}
		}
	}
	return "unknown"
}()
