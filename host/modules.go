package host

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/agenthost/agenthost/host/sandbox"
)

// ModuleSource keeps the bytes of every module that a journal speaks of, and compiles them again. Any
// goroutine may call it.
type ModuleSource interface {
	// Keep makes a module's bytes durable. What is kept already is left as it is.
	Keep(wasm []byte) error
	// Admit compiles a module that is new, and keeps it. name is for messages. The error is a
	// *sandbox.RefusedError if the module is at fault.
	Admit(ctx context.Context, name string, wasm []byte, l sandbox.Limits) (*sandbox.Module, error)
	// Load compiles what was kept under the SHA-256 of its bytes. The module lives as long as the source's
	// runtime: nobody closes it.
	Load(ctx context.Context, sha [32]byte, l sandbox.Limits) (*sandbox.Module, error)
}

// Modules is a folder of modules, each in a file named by its SHA-256.
type Modules struct {
	folder  string
	runtime *sandbox.Runtime

	mu     sync.Mutex
	loaded map[moduleKey]*sandbox.Module
}

type moduleKey struct {
	sha    [32]byte
	limits sandbox.Limits
}

// NewModules makes a source of a folder, which is made with the first module that is kept.
func NewModules(folder string, rt *sandbox.Runtime) *Modules {
	return &Modules{folder: folder, runtime: rt, loaded: map[moduleKey]*sandbox.Module{}}
}

// Path is where the module of a SHA-256 is kept.
func (m *Modules) Path(sha [32]byte) string {
	return filepath.Join(m.folder, fmt.Sprintf("%x.wasm", sha))
}

// Keep is ModuleSource's.
func (m *Modules) Keep(wasm []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := m.Path(sha256.Sum256(wasm))
	if _, err := m.read(path); err == nil {
		return nil
	}
	if err := m.write(path, wasm); err != nil {
		return fmt.Errorf("keep module: %w", err)
	}
	return nil
}

// write makes the file appear whole or not at all.
func (m *Modules) write(path string, wasm []byte) (err error) {
	if err := os.MkdirAll(m.folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(m.folder, ".module-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(wasm)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(m.folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Admit is ModuleSource's.
func (m *Modules) Admit(ctx context.Context, name string, wasm []byte, l sandbox.Limits) (*sandbox.Module, error) {
	m.mu.Lock()
	key := moduleKey{sha256.Sum256(wasm), l}
	module := m.loaded[key]
	m.mu.Unlock()
	if module == nil {
		var err error
		if module, err = m.runtime.Load(ctx, name, wasm, l); err != nil { // long: nobody waits for it
			return nil, err
		}
		m.mu.Lock()
		m.loaded[key] = module
		m.mu.Unlock()
	}
	return module, m.Keep(wasm)
}

// read returns the file's bytes, if they are what its name says.
func (m *Modules) read(path string) ([]byte, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(wasm); fmt.Sprintf("%x.wasm", sum) != filepath.Base(path) {
		return nil, fmt.Errorf("%s is damaged: its SHA-256 is %x; put the right file in its place", path, sum)
	}
	return wasm, nil
}

// Load is ModuleSource's. The error names the file that is missing.
func (m *Modules) Load(ctx context.Context, sha [32]byte, l sandbox.Limits) (*sandbox.Module, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := moduleKey{sha, l}
	if module := m.loaded[key]; module != nil {
		return module, nil
	}
	wasm, err := m.read(m.Path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("module %x is not kept in %s: put its file there under that name, with .wasm", sha, m.folder)
	}
	if err != nil {
		return nil, fmt.Errorf("kept module: %w", err)
	}
	module, err := m.runtime.Load(ctx, fmt.Sprintf("%.12x.wasm", sha), wasm, l)
	if err != nil {
		return nil, fmt.Errorf("kept module: %w", err)
	}
	m.loaded[key] = module
	return module, nil
}
