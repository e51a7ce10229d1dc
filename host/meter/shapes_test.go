package meter

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func wat(t testing.TB, name string) []byte {
	wasm, err := os.ReadFile("testdata/wat/" + name + ".wasm")
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// instance is a metered module on the compiler.
type instance struct {
	t           *testing.T
	m           api.Module
	fuel, depth api.MutableGlobal
	stackMax    int32
}

func start(t *testing.T, wasm []byte, c Config) *instance {
	return startOn(t, wasm, c, wazero.NewRuntimeConfigCompiler())
}

func startOn(t *testing.T, wasm []byte, c Config, engine wazero.RuntimeConfig) *instance {
	ctx := context.Background()
	if c.Features == 0 {
		c.Features = FeaturesStrategy
	}
	res, err := Rewrite(wasm, c)
	if err != nil {
		t.Fatal(err)
	}
	rt := wazero.NewRuntimeWithConfig(ctx, engine.WithCoreFeatures(api.CoreFeatures(FeaturesAll)))
	t.Cleanup(func() { rt.Close(ctx) })
	take := func(ctx context.Context, f float64) float64 { return f }
	if _, err := rt.NewHostModuleBuilder("host").NewFunctionBuilder().WithFunc(take).Export("take").Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	m, err := rt.Instantiate(ctx, res.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{t: t, m: m, stackMax: c.StackMax}
	i.fuel, _ = m.ExportedGlobal(ExportFuel).(api.MutableGlobal)
	i.depth, _ = m.ExportedGlobal(ExportDepth).(api.MutableGlobal)
	return i
}

// call gives the result, the fuel that is left and the error.
func (i *instance) call(fuel int64, name string, args ...uint64) (uint64, int64, error) {
	if i.fuel != nil {
		i.fuel.Set(uint64(fuel))
	}
	if i.depth != nil {
		i.depth.Set(uint64(i.stackMax))
	}
	results, err := i.m.ExportedFunction(name).Call(context.Background(), args...)
	var result uint64
	if len(results) > 0 {
		result = results[0]
	}
	var left int64
	if i.fuel != nil {
		left = int64(i.fuel.Get())
	}
	return result, left, err
}

func shapes(t *testing.T) *instance {
	return start(t, wat(t, "shapes"), Config{Fuel: true, FuelStart: 1000, StackMax: 60_000, ExportGlobals: true, MemoryPagesMax: 4})
}

func TestOutOfFuelIsToldApart(t *testing.T) {
	i := shapes(t)
	if _, left, err := i.call(1000, "spin"); err == nil || left >= 0 {
		t.Errorf("an endless loop ends out of fuel: left %d, %v", left, err)
	}
	if _, left, err := i.call(1000, "trap"); err == nil || left < 0 {
		t.Errorf("another trap leaves fuel: left %d, %v", left, err)
	}
	if _, left, err := i.call(1<<40, "endless"); err == nil || left < 0 || int32(i.depth.Get()) >= 0 {
		t.Errorf("endless recursion ends too deep: left %d, depth %d, %v", left, int32(i.depth.Get()), err)
	}
	if got, left, err := i.call(1000, "add", 2, 3); got != 5 || left != 997 || err != nil {
		t.Errorf("after traps the instance counts as before: %d, left %d, %v", got, left, err)
	}
}

func TestDepthIsGivenBack(t *testing.T) {
	i := shapes(t)
	for _, c := range []struct {
		name string
		arg  uint64
		want uint64
	}{{"deep", 500, 500}, {"early", 1, 1}, {"early", 0, 2}, {"tail", 1_000_000, 42}} {
		got, _, err := i.call(1<<40, c.name, c.arg)
		if err != nil || got != c.want || int32(i.depth.Get()) != i.stackMax {
			t.Errorf("%s(%d) = %d, depth %d, %v", c.name, c.arg, got, int32(i.depth.Get()), err)
		}
	}
}

func TestRangesPayBeforeTheyRun(t *testing.T) {
	i := shapes(t)
	for _, name := range []string{"fill", "copy"} {
		_, left, err := i.call(100, name, 4096)
		if err == nil || left != 100-4-4096/16 {
			t.Errorf("%s of 4096 with 100 units: left %d, %v", name, left, err)
		}
		if got, _, _ := i.call(100, "peek", 0); got != 0 {
			t.Errorf("%s ran, though it could not pay", name)
		}
	}
	if _, left, err := i.call(1000, "fill", 4096); err != nil || left != 1000-4-256 {
		t.Errorf("fill: left %d, %v", left, err)
	}
	if _, left, err := i.call(1000, "fill", 0xffffffff); err == nil || left >= 0 {
		t.Errorf("fill of 4 GiB: left %d, %v", left, err)
	}
}

func TestMemoryGrowsToTheLimit(t *testing.T) {
	i := shapes(t)
	if got, left, err := i.call(10_000, "grow", 2); got != 1 || left != 10_000-1-32-2*256 || err != nil {
		t.Errorf("grow by 2: %d, left %d, %v", int32(got), left, err)
	}
	if got, left, err := i.call(10_000, "grow", 1_000_000); int32(got) != -1 || left != 10_000-1-32 || err != nil {
		t.Errorf("grow beyond the limit: %d, left %d, %v", int32(got), left, err)
	}
	if got, _, _ := i.call(10_000, "grow", 2); int32(got) != -1 {
		t.Errorf("grow past the limit: %d", int32(got))
	}
}

func TestHiddenStateIsExported(t *testing.T) {
	i := shapes(t)
	if g, ok := i.m.ExportedGlobal(ExportGlobal(0)).(api.MutableGlobal); !ok || g.Get() != 7 {
		t.Error("global 0 is not exported")
	}
	if i.m.ExportedGlobal(ExportGlobal(1)) == nil || i.m.ExportedGlobal(ExportGlobal(2)) != nil {
		t.Error("mutable globals are exported, others not")
	}
	if i.m.ExportedMemory(ExportMemory) == nil {
		t.Error("a memory that is not exported as memory is exported under our name")
	}
	res, err := Rewrite(wat(t, "data"), Config{ExportGlobals: true, Features: FeaturesStrategy})
	if err != nil || strings.Contains(string(res.Wasm), ExportMemory) {
		t.Errorf("a memory that is exported is not exported again: %v", err)
	}
}

func TestTrapsNameFunctions(t *testing.T) {
	i := shapes(t)
	if _, _, err := i.call(100, "trap"); err == nil || !strings.Contains(err.Error(), "trap()") {
		t.Errorf("the trap's stack does not name the function: %v", err)
	}
}

// TestFuelOfShapes counts by hand.
func TestFuelOfShapes(t *testing.T) {
	i := shapes(t)
	for _, c := range []struct {
		name string
		args []uint64
		used int64
	}{
		{"add", []uint64{1, 2}, 3},
		{"deep", []uint64{0}, 4},
		{"deep", []uint64{1}, 3 + 6 + 4},
		{"grow", []uint64{0}, 33},
		// One turn of the loop through $a: and 3, br_table 1, 4, 4, 4, the condition 4; two more through
		// the others; the last local.get.
		{"branches", []uint64{1}, 4 + 4 + 4 + 4 + 1},
	} {
		if _, left, err := i.call(1000, c.name, c.args...); err != nil || 1000-left != c.used {
			t.Errorf("%s%v used %d, want %d, %v", c.name, c.args, 1000-left, c.used, err)
		}
	}
}

func TestMergedDataIsTheSameMemory(t *testing.T) {
	wasm := wat(t, "data")
	plain := start(t, wasm, Config{})
	merged := start(t, wasm, Config{MergeData: true})
	a, _ := plain.m.Memory().Read(0, plain.m.Memory().Size())
	b, _ := merged.m.Memory().Read(0, merged.m.Memory().Size())
	if string(a) != string(b) {
		t.Error("memory differs")
	}
	m, _ := decode(wasm, FeaturesStrategy, Limits{})
	if _, n, ok := m.mergedData(false); !ok || n != 3 {
		t.Errorf("%d segments, %v; want 3", n, ok)
	}
	if _, _, ok := m.mergedData(true); ok {
		t.Error("segments that instructions name are joined")
	}
}

func TestGoDataIsMerged(t *testing.T) {
	wasm := kernelFile(t, "go")
	res, err := Rewrite(wasm, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	after, err := Inspect(res.Wasm, FeaturesAll)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d segments become %d, %d bytes %d", res.Info.DataSegments, after.DataSegments, res.Info.SizeIn, res.Info.SizeOut)
	if after.DataSegments*100 > res.Info.DataSegments {
		t.Errorf("%d segments are left of %d", after.DataSegments, res.Info.DataSegments)
	}
}
