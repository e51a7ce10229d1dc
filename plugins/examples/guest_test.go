package examples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/agenthost/agenthost/abi"
)

// guest is an example on plain wazero, driven as SPEC.md says and by nothing of the host's.
type guest struct {
	t      testing.TB
	module api.Module
	logs   []string
	fails  []string
	writer *abi.Writer
}

// A Go module takes a second to build and another to compile; both are done once for all tests.
var (
	built    = map[string]string{}
	folder   string
	compiled = wazero.NewCompilationCache()
)

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "agenthost-examples"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = compiled.Close(context.Background())
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// modulePath returns the .wasm of an example; Go's are built on the way.
func modulePath(t testing.TB, name string) string {
	t.Helper()
	if !strings.HasSuffix(name, "-go") {
		return filepath.Join(name, name+".wasm")
	}
	if path := built[name]; path != "" {
		return path
	}
	path := filepath.Join(folder, name+".wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", path, "./"+name)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	built[name] = path
	return path
}

func load(t testing.TB, name string) *guest {
	t.Helper()
	return loadFile(t, modulePath(t, name))
}

func loadFile(t testing.TB, path string) *guest {
	t.Helper()
	ctx := context.Background()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	t.Cleanup(func() { _ = r.Close(ctx) })
	g := &guest{t: t, writer: abi.NewWriter(1 << 20)}
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	_, err = r.NewHostModuleBuilder("agenthost").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, _ int32, at, n uint32) {
		g.logs = append(g.logs, string(read(t, m, at, n)))
	}).Export("log").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, _ int32, at, n uint32) {
		text := string(read(t, m, at, n))
		g.fails = append(g.fails, text)
		panic("guest failed: " + text)
	}).Export("fail").
		Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(func(message, file, line, column uint32) { panic("env.abort") }).Export("abort").
		Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g.module, err = r.InstantiateWithConfig(ctx, bytes, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatalf("instantiate %s: %v", path, err)
	}
	if got := uint32(g.call("agenthost_abi")); got != abi.Version {
		t.Fatalf("agenthost_abi = %#x, want %#x", got, abi.Version)
	}
	return g
}

func read(t testing.TB, m api.Module, at, n uint32) []byte {
	b, ok := m.Memory().Read(at, n)
	if !ok {
		t.Fatalf("guest named bytes %d+%d outside of its memory", at, n)
	}
	return append([]byte(nil), b...)
}

func (g *guest) call(name string, args ...uint64) uint64 {
	g.t.Helper()
	results, err := g.module.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

// give puts bytes into the guest's buffer.
func (g *guest) give(b []byte) (uint64, uint64) {
	g.t.Helper()
	at := g.call("agenthost_buffer", uint64(len(b)))
	if at == 0 || at%8 != 0 || !g.module.Memory().Write(uint32(at), b) {
		g.t.Fatalf("agenthost_buffer(%d) = %d", len(b), at)
	}
	return at, uint64(len(b))
}

// take copies what an i64 result names.
func (g *guest) take(result uint64) []byte {
	g.t.Helper()
	if result == 0 {
		return nil
	}
	return read(g.t, g.module, uint32(result>>32), uint32(result))
}

func (g *guest) describe() *abi.Description {
	g.t.Helper()
	d, err := abi.ParseDescription(g.take(g.call("strategy_describe")))
	if err != nil {
		g.t.Fatal(err)
	}
	return d
}

// init gives the guest its declared defaults, but for those named.
func (g *guest) init(values map[string]int64) int32 {
	g.t.Helper()
	var w abi.ParamWriter
	for _, p := range g.describe().Parameters {
		v := p.Default.Number
		if given, ok := values[p.Name]; ok {
			v = given
		}
		switch p.Type {
		case abi.ParameterInteger:
			w.Integer(v)
		case abi.ParameterDecimal:
			w.Decimal(v)
		case abi.ParameterBoolean:
			w.Boolean(v != 0)
		case abi.ParameterDuration:
			w.Duration(v)
		default:
			g.t.Fatalf("no example has a %s", p.Type)
		}
	}
	at, n := g.give(w.Bytes())
	return int32(uint32(g.call("strategy_init", at, n)))
}

// tick calls strategy_tick and returns its output's bytes and what they mean.
func (g *guest) tick(input []byte) ([]byte, []abi.Intent) {
	g.t.Helper()
	at, n := g.give(input)
	output := g.take(g.call("strategy_tick", at, n))
	intents, err := abi.ParseOutput(output, abi.OutputLimits{}, nil)
	if err != nil {
		g.t.Fatalf("output is refused: %v\n% x", err, output)
	}
	return output, intents
}
