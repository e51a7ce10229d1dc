package meter

import (
	"context"
	"errors"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// FuzzDecode: any bytes are read without a panic and with memory in proportion, and what is wrong
// with them is said in one of two types of error.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, wasm []byte) {
		info, err := Inspect(wasm, FeaturesAll)
		if err != nil {
			told(t, err)
			return
		}
		if info.SizeIn != len(wasm) {
			t.Errorf("size %d, not %d", info.SizeIn, len(wasm))
		}
	})
}

func told(t *testing.T, err error) {
	var malformed *MalformedError
	var refusal *Refusal
	if !errors.As(err, &malformed) && !errors.As(err, &refusal) {
		t.Errorf("error of type %T: %v", err, err)
	}
}

// FuzzMeter: bytes are refused, or become a module that the engine takes exactly if it takes the
// original, and that behaves like it. The interpreter is the judge.
func FuzzMeter(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, wasm []byte) {
		c := fuzzConfig()
		res, err := Rewrite(wasm, c)
		if err != nil {
			told(t, err)
			return
		}
		j := newJudge(t)
		defer j.close()
		j.memory = res.Info.HasMemory
		original, errOriginal := j.compile(0, withoutCustom(wasm))
		metered, errMetered := j.compile(1, res.Wasm)
		if (errOriginal == nil) != (errMetered == nil) {
			t.Fatalf("original: %v; metered: %v", errOriginal, errMetered)
		}
		c.CanonicalNaN = true
		if res, err = Rewrite(wasm, c); err != nil {
			t.Fatalf("refused with canonical NaNs: %v", err)
		}
		if _, err := j.compile(1, res.Wasm); (errOriginal == nil) != (err == nil) {
			t.Fatalf("original: %v; with canonical NaNs: %v", errOriginal, err)
		}
		if errOriginal == nil {
			j.compare(original, metered)
		}
	})
}

func fuzzConfig() Config {
	c := DefaultConfig()
	c.Features = FeaturesAll &^ FeatureThreads
	c.Snapshot, c.CanonicalNaN, c.MemoryPagesMax = false, false, 16
	c.FuelStart, c.StackMax = 20_000, 20_000
	c.Limits.Size, c.Limits.TableElements, c.Limits.Locals, c.Limits.LocalsTotal = 1<<16, 1000, 1000, 10_000
	c.Limits.MemoryPages = 16
	c.TableElementsMax = 0
	return c
}

// withoutCustom leaves custom sections out, by whose counts wazero would allocate.
func withoutCustom(wasm []byte) []byte {
	m, err := decode(wasm, FeaturesAll, Limits{})
	if err != nil {
		return nil
	}
	out := append(append([]byte{}, magic...), version...)
	for _, id := range sectionOrder {
		if m.present[id] {
			out = appendSection(out, id, m.content(id))
		}
	}
	return out
}

// judge runs a module and its metered form on the interpreter.
type judge struct {
	t      *testing.T
	rt     [2]wazero.Runtime
	memory bool // wazero's Memory() is not nil where there is none
}

func newJudge(t *testing.T) *judge {
	j := &judge{t: t}
	for i := range j.rt {
		j.rt[i] = wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigInterpreter().
			WithCoreFeatures(api.CoreFeatures(FeaturesAll&^FeatureThreads)).WithMemoryLimitPages(16))
	}
	return j
}

func (j *judge) close() {
	for _, rt := range j.rt {
		rt.Close(context.Background())
	}
}

func (j *judge) compile(i int, wasm []byte) (wazero.CompiledModule, error) {
	return j.rt[i].CompileModule(context.Background(), wasm)
}

func (j *judge) compare(original, metered wazero.CompiledModule) {
	if len(original.ImportedFunctions()) > 0 || len(original.ImportedMemories()) > 0 {
		return
	}
	ctx := context.Background()
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	b, errB := j.rt[1].InstantiateModule(ctx, metered, config)
	if errB != nil {
		return // perhaps out of fuel: the original might not end
	}
	a, errA := j.rt[0].InstantiateModule(ctx, original, config)
	if errA != nil {
		j.t.Fatalf("the metered module can be instantiated, the original not: %v", errA)
	}
	for name, def := range original.ExportedFunctions() {
		if !j.call(a, b, name, def) {
			return
		}
	}
}

// call tells whether the instances can still be compared.
func (j *judge) call(a, b api.Module, name string, def api.FunctionDefinition) bool {
	ctx := context.Background()
	args := make([]uint64, 0, 8)
	for i, t := range def.ParamTypes() {
		if t == api.ValueTypeExternref || t < 0x7b {
			args = append(args, 0)
			continue
		}
		args = append(args, uint64(i*7+3))
		if t == 0x7b {
			args = append(args, 5)
		}
	}
	b.ExportedGlobal(ExportFuel).(api.MutableGlobal).Set(20_000)
	b.ExportedGlobal(ExportDepth).(api.MutableGlobal).Set(20_000)
	y, errY := b.ExportedFunction(name).Call(ctx, args...)
	if int64(b.ExportedGlobal(ExportFuel).Get()) < 0 || int32(b.ExportedGlobal(ExportDepth).Get()) < 0 {
		return false
	}
	x, errX := a.ExportedFunction(name).Call(ctx, args...)
	if first(errX) != first(errY) || len(x) != len(y) {
		j.t.Fatalf("%s%v: original %v %v, metered %v %v", name, args, x, errX, y, errY)
	}
	for i := range x {
		if i < len(def.ResultTypes()) && def.ResultTypes()[i] < 0x7b { // references are addresses
			break
		}
		if x[i] != y[i] {
			j.t.Fatalf("%s%v: original %#x, metered %#x", name, args, x, y)
		}
	}
	if j.memory {
		p, _ := a.Memory().Read(0, a.Memory().Size())
		q, _ := b.Memory().Read(0, b.Memory().Size())
		if string(p) != string(q) {
			j.t.Fatalf("%s%v: memory differs", name, args)
		}
	}
	return true
}

// addSeeds takes modules from the kernels, the generator and, where it is there, the specification
// suite.
func addSeeds(f *testing.F) {
	for _, name := range []string{"c", "as"} {
		f.Add(kernelFile(f, name))
	}
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 20; i++ {
		in := make([]byte, 200)
		random.Read(in)
		f.Add(generate(in))
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		return
	}
	files, _ := filepath.Glob(strings.TrimSpace(string(dir)) + "/internal/integration_test/spectest/*/testdata/*.wasm")
	for i := 0; i < len(files); i += 10 {
		if b, err := os.ReadFile(files[i]); err == nil && len(b) < 2000 {
			f.Add(b)
		}
	}
}

// FuzzFuel: the fuel of a generated program is the count of the instructions it ran, and its result
// and memory are the unmetered ones.
func FuzzFuel(f *testing.F) {
	random := rand.New(rand.NewSource(2))
	for i := 0; i < 50; i++ {
		in := make([]byte, 300)
		random.Read(in)
		f.Add(in)
	}
	f.Fuzz(fuelIsExact)
}

// TestFuelOfGeneratedPrograms is FuzzFuel over seeds of its own.
func TestFuelOfGeneratedPrograms(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 300
	}
	random := rand.New(rand.NewSource(3))
	for i := 0; i < n && !t.Failed(); i++ {
		in := make([]byte, 50+random.Intn(600))
		random.Read(in)
		fuelIsExact(t, in)
	}
	t.Logf("%d programs, %d of them ended", n, generatedEnded)
}

var generatedEnded int

func fuelIsExact(t *testing.T, in []byte) {
	const budget = 30_000
	wasm := generate(in)
	counting, err := naive(wasm)
	if err != nil {
		t.Fatalf("%v\n%x", err, wasm)
	}
	res, err := Rewrite(wasm, Config{Fuel: true, StackMax: 40_000, ExportGlobals: true, Features: FeaturesV2})
	if err != nil {
		t.Fatalf("%v\n%x", err, wasm)
	}
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer rt.Close(ctx)
	run := func(wasm []byte, global string, set int64) (result uint64, left int64, depth int32, memory string, trap string) {
		m, err := rt.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			t.Fatalf("%v\n%x", err, wasm)
		}
		defer m.Close(ctx)
		g := m.ExportedGlobal(global).(api.MutableGlobal)
		g.Set(uint64(set))
		results, err := m.ExportedFunction("run").Call(ctx, 9)
		if err == nil {
			result = results[0]
		}
		b, _ := m.Memory().Read(0, m.Memory().Size())
		if d := m.ExportedGlobal(ExportDepth); d != nil {
			depth = int32(d.Get())
		}
		return result, int64(g.Get()), depth, string(b), first(err)
	}
	result, left, depth, memory, trap := run(res.Wasm, ExportFuel, budget)
	if left < 0 || depth < 0 {
		return
	}
	wantResult, counted, _, wantMemory, wantTrap := run(counting, naiveExport, 0)
	generatedEnded++
	if trap != wantTrap || result != wantResult || memory != wantMemory {
		t.Fatalf("metered: %d %q, unmetered: %d %q, or memory differs\n%x", result, trap, wantResult, wantTrap, wasm)
	}
	if trap == "" && (budget-left != counted || depth != 40_000) {
		t.Fatalf("fuel %d, instructions %d, depth %d\n%x", budget-left, counted, depth, wasm)
	}
}
