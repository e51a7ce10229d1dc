package meter

import (
	"testing"

	"github.com/tetratelabs/wazero"
)

// TestCompilerAndInterpreterAgree runs kernels out of fuel at several points, with everything on, on
// both engines: trap, fuel and memory must be the same.
func TestCompilerAndInterpreterAgree(t *testing.T) {
	c := DefaultConfig()
	c.FuelStart = 1 << 40
	c.Limits = Limits{}
	compiler := newEngine(t, wazero.NewRuntimeConfigCompiler())
	interpreter := newEngine(t, wazero.NewRuntimeConfigInterpreter())
	made := map[string][]byte{}
	budgets := []int64{0, 1, 1000, 65_537, 400_003, 1 << 40}
	for _, k := range kernels {
		if made[k.file] == nil {
			made[k.file] = rewritten(t, kernelFile(t, k.file), c)
		}
		if k.file == "go" {
			if testing.Short() {
				continue
			}
			budgets = []int64{65_537, 1 << 40}
		}
		for _, budget := range budgets {
			a := compiler.call(t, k.file, made[k.file], k.name, k.size, ExportFuel, budget)
			b := interpreter.call(t, k.file, made[k.file], k.name, k.size, ExportFuel, budget)
			if a != b {
				t.Errorf("%s with %d units: compiler %+v, interpreter %+v", k.name, budget, a, b)
			}
			if left := budget + a.used; a.trap != "" && left >= 0 {
				t.Errorf("%s with %d units: trap %q with %d units left", k.name, budget, a.trap, left)
			}
		}
	}
}

// TestABudgetThatWasUsedSuffices: what a run used is enough for the same run, and one unit less is
// seen to be too little.
func TestABudgetThatWasUsedSuffices(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	for _, k := range kernels {
		if k.file == "go" {
			continue
		}
		wasm := rewritten(t, kernelFile(t, k.file), Config{Fuel: true, FuelStart: 1 << 40, StackMax: 60_000})
		used := -e.call(t, k.file, wasm, k.name, k.size, ExportFuel, 1<<40).used
		exact := e.call(t, k.file, wasm, k.name, k.size, ExportFuel, used)
		if exact.trap != "" || exact.used != -used {
			t.Errorf("%s with the %d units it used: trap %q, used %d", k.name, used, exact.trap, -exact.used)
		}
		less := e.call(t, k.file, wasm, k.name, k.size, ExportFuel, used-1)
		if used-1+less.used >= 0 {
			t.Errorf("%s with one unit less: fuel %d left", k.name, used-1+less.used)
		}
	}
}
