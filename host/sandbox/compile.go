package sandbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
)

// compile turns a metered module into code: out of the cache, or made, in a child where the Config says
// so, and then loaded from the cache. cached tells that nothing had to be made.
func (r *Runtime) compile(ctx context.Context, name string, wasm []byte) (code wazero.CompiledModule, cached bool, err error) {
	if r.store == nil {
		code, err = r.load(name, wasm)
		return code, false, err
	}
	key := sha256.Sum256(wasm)
	cached, err = r.store.has(key)
	if err != nil {
		return nil, false, fmt.Errorf("cache of module %s: %w", name, err)
	}
	if cached {
		if code, err = r.load(name, wasm); err == nil {
			return code, true, nil
		}
		// These bytes compiled once, so the entry is at fault: another wazero, another processor.
		r.log.Warn("cached code is of no use and is made again", "module", name, "error", err)
		if err := r.store.remove(key); err != nil {
			return nil, false, fmt.Errorf("cache of module %s: %w", name, err)
		}
	}
	if err := r.fill(ctx, key, name, wasm); err != nil {
		return nil, false, err
	}
	code, err = r.load(name, wasm)
	return code, false, err
}

// fill makes the code for a key and puts it into the store.
func (r *Runtime) fill(ctx context.Context, key [32]byte, name string, wasm []byte) (err error) {
	scratch, err := r.store.scratch()
	if err != nil {
		return fmt.Errorf("cache of module %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if aside := r.config.CompileAside; aside != nil {
		err = aside.run(ctx, scratch, wasm)
	} else {
		err = compileInto(scratch, wasm, 1)
	}
	if err != nil {
		return compileRefusal(name, err)
	}
	if err := r.store.adopt(key, scratch); err != nil {
		return fmt.Errorf("cache of module %s: %w", name, err)
	}
	return nil
}

// load has wazero decode and check the module, and compile it unless its cache has the code.
func (r *Runtime) load(name string, wasm []byte) (code wazero.CompiledModule, err error) {
	defer func() {
		if err != nil {
			code, err = nil, compileRefusal(name, compileError(err))
		}
	}()
	defer recoverCompiler(&err)
	r.compiling.Lock()
	defer r.compiling.Unlock()
	return r.wasm.CompileModule(context.Background(), wasm)
}

// recoverCompiler turns a panic of the compiler into the module's fault: no other module has met it.
func recoverCompiler(err *error) {
	if r := recover(); r != nil {
		*err = &invalidError{fmt.Sprintf("the compiler gave up: %v", r)}
	}
}

// invalidError says that the compiler does not take the module, as opposed to a disk that is full.
type invalidError struct{ reason string }

func (e *invalidError) Error() string { return e.reason }

// compileRefusal makes a refusal of what is the module's fault; other errors stay what they are.
func compileRefusal(name string, err error) error {
	var aside *asideError
	var invalid *invalidError
	switch {
	case errors.As(err, &aside):
		return &RefusedError{
			Module: name, Rule: "compile_" + aside.rule, Found: aside.found, Allowed: aside.allowed,
			Hint: "make the module simpler: smaller functions, -Os",
		}
	case errors.As(err, &invalid):
		return &RefusedError{
			Module: name, Rule: "invalid", Found: cleanText([]byte(invalid.reason)),
			Hint: "the module does not hold to the WebAssembly specification; check it with wasm-validate",
		}
	}
	return fmt.Errorf("compile module %s: %w", name, err)
}

// compileError tells the module's fault from the disk's.
func compileError(err error) error {
	var disk *fs.PathError
	var invalid *invalidError
	if err == nil || errors.As(err, &disk) || errors.As(err, &invalid) {
		return err
	}
	return &invalidError{err.Error()}
}

// compileInto compiles into a cache folder of its own and throws the result away. The code is the same
// with any number of workers; but a panic of the compiler in one of several ends the process, so only
// the child may have several.
func compileInto(dir string, wasm []byte, workers int) (err error) {
	defer recoverCompiler(&err)
	ctx := experimental.WithCompilationWorkers(context.Background(), workers)
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cache.Close(ctx)) }()
	rt := wazero.NewRuntimeWithConfig(ctx, runtimeConfig(false).WithCompilationCache(cache))
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	_, err = rt.CompileModule(ctx, wasm)
	return compileError(err)
}
