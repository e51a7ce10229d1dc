package meter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// kernels are programs of real compilers, with a size that keeps the interpreter busy for some
// milliseconds.
var kernels = []struct {
	file, name string
	size       uint64
}{
	{"c", "matmul", 40},
	{"c", "indicators", 2000},
	{"c", "quicksort", 5000},
	{"c", "heapsort_indirect", 3001},
	{"c", "hashmap", 20000},
	{"c", "sha256", 50},
	{"c", "fib", 18},
	{"c", "vcalls", 20},
	{"c", "sieve", 20000},
	{"c", "vm", 30000},
	{"c", "coremark", 10},
	{"c", "mandel", 40},
	{"c", "nbody", 500},
	{"c", "parse", 2},
	{"c", "copy", 4},
	{"as", "as_ema", 3},
	{"as", "as_objs", 5000},
	{"as", "as_map", 5000},
	{"go", "go_indicators", 2000},
	{"go", "go_sort", 5000},
	{"go", "go_map", 10000},
	{"go", "go_json", 30},
	{"go", "go_fib", 16},
}

var buildGo = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "kernels")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "kernels.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, "./testdata/kernels/go")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return msg, err
	}
	return os.ReadFile(out)
})

func kernelFile(t testing.TB, name string) []byte {
	if name == "go" {
		wasm, err := buildGo()
		if err != nil {
			t.Fatalf("build the Go kernels: %v\n%s", err, wasm)
		}
		return wasm
	}
	wasm, err := os.ReadFile(filepath.Join("testdata", "kernels", name, "kernels.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// outcome is all that can be seen of a run.
type outcome struct {
	result uint64
	memory [32]byte
	trap   string
	used   int64 // fuel, or what was counted
}

// engines hold compiled modules, so that each is compiled once.
type engine struct {
	r    wazero.Runtime
	mods map[string]wazero.CompiledModule
}

func newEngine(t testing.TB, c wazero.RuntimeConfig) *engine {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, c.WithCoreFeatures(api.CoreFeatures(FeaturesAll)))
	t.Cleanup(func() { r.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	return &engine{r, map[string]wazero.CompiledModule{}}
}

func (e *engine) instantiate(t testing.TB, key string, wasm []byte) api.Module {
	ctx := context.Background()
	if e.mods[key] == nil {
		m, err := e.r.CompileModule(ctx, wasm)
		if err != nil {
			t.Fatalf("compile %s: %v", key, err)
		}
		e.mods[key] = m
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithRandSource(zeros{})
	m, err := e.r.InstantiateModule(ctx, e.mods[key], config)
	if err != nil {
		t.Fatalf("instantiate %s: %v", key, err)
	}
	return m
}

// zeros makes Go's guests deterministic.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (e *engine) call(t testing.TB, key string, wasm []byte, name string, arg uint64, global string, set int64) outcome {
	m := e.instantiate(t, key, wasm)
	defer m.Close(context.Background())
	var g api.MutableGlobal
	if global != "" {
		g = m.ExportedGlobal(global).(api.MutableGlobal)
		g.Set(uint64(set))
	}
	var o outcome
	results, err := m.ExportedFunction(name).Call(context.Background(), arg)
	if err != nil {
		o.trap = err.Error()
		if i := bytes.IndexByte([]byte(o.trap), '\n'); i > 0 {
			o.trap = o.trap[:i]
		}
	} else {
		o.result = results[0]
	}
	if g != nil {
		o.used = int64(g.Get()) - set
	}
	memory, _ := m.Memory().Read(0, m.Memory().Size())
	o.memory = sha256.Sum256(memory)
	return o
}

func rewritten(t testing.TB, wasm []byte, c Config) []byte {
	c.Features = FeaturesAll
	res, err := Rewrite(wasm, c)
	if err != nil {
		t.Fatal(err)
	}
	return res.Wasm
}

// TestFuelIsTheCountOfInstructions holds every kernel against the naive counter and the unmetered run.
func TestFuelIsTheCountOfInstructions(t *testing.T) {
	const budget = int64(1) << 40
	all := DefaultConfig()
	all.FuelStart = budget
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	made := map[string][3][]byte{}
	for _, k := range kernels {
		files, ok := made[k.file]
		if !ok {
			wasm := kernelFile(t, k.file)
			counting, err := naive(wasm)
			if err != nil {
				t.Fatal(err)
			}
			files = [3][]byte{wasm, rewritten(t, wasm, Config{Fuel: true, FuelStart: budget}), counting}
			made[k.file] = files
		}
		t.Run(k.name, func(t *testing.T) {
			plain := e.call(t, k.file, files[0], k.name, k.size, "", 0)
			metered := e.call(t, k.file+" metered", files[1], k.name, k.size, ExportFuel, budget)
			counted := e.call(t, k.file+" naive", files[2], k.name, k.size, naiveExport, 0)
			if plain.trap != "" || metered.trap != "" || counted.trap != "" {
				t.Fatalf("traps: %q %q %q", plain.trap, metered.trap, counted.trap)
			}
			if plain.result != metered.result || plain.memory != metered.memory {
				t.Errorf("result %d and memory differ from the unmetered run's %d", metered.result, plain.result)
			}
			if -metered.used != counted.used {
				t.Errorf("fuel %d, instructions %d", -metered.used, counted.used)
			}
			t.Logf("%d instructions", counted.used)
		})
	}
}
