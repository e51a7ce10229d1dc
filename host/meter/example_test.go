package meter_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/agenthost/agenthost/host/meter"
)

// A module is metered, run, and stopped in an endless loop.
func ExampleRewrite() {
	wasm, _ := os.ReadFile("testdata/wat/shapes.wasm")
	res, err := meter.Rewrite(wasm, meter.Config{Fuel: true, FuelStart: 1_000, Features: meter.FeaturesStrategy})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	config := wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeatures(meter.FeaturesStrategy))
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	defer runtime.Close(ctx)
	mod, err := runtime.Instantiate(ctx, res.Wasm)
	if err != nil {
		fmt.Println(err)
		return
	}
	fuel := mod.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal)

	fuel.Set(100)
	sum, _ := mod.ExportedFunction("add").Call(ctx, 2, 3)
	fmt.Printf("2 + 3 = %d took %d units\n", sum[0], 100-int64(fuel.Get()))

	fuel.Set(100)
	_, err = mod.ExportedFunction("spin").Call(ctx)
	fmt.Println("endless loop: trapped", err != nil, "out of fuel", int64(fuel.Get()) < 0)
	// Output:
	// 2 + 3 = 5 took 3 units
	// endless loop: trapped true out of fuel true
}

// A refusal says which rule was broken, where, and what to do.
func ExampleRefusal() {
	wasm, _ := os.ReadFile("testdata/wat/unsaved.wasm")
	_, err := meter.Rewrite(wasm, meter.DefaultConfig())
	var refusal *meter.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Rule, "|", refusal.Place.Name, "|", refusal.Found, "|", refusal.Allowed)
	}
	// Output: snapshot | f | table.set | state in linear memory and in globals of i32, i64, f32, f64
}

// Inspect tells what a module has, beside the limits.
func ExampleInspect() {
	wasm, _ := os.ReadFile("testdata/wat/shapes.wasm")
	info, err := meter.Inspect(wasm, meter.FeaturesStrategy)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range info.Exports[:3] {
		fmt.Println(e.Name, e.Kind, e.Type)
	}
	for _, f := range info.Found {
		if f.Rule == "nesting" {
			fmt.Println(f.Rule, f.Value, f.Place.Name)
		}
	}
	for _, g := range info.MutableGlobals {
		fmt.Println(g.Index, g.Type, g.Export)
	}
	// Output:
	// spin function ()
	// trap function ()
	// deep function (i32) -> i32
	// nesting 4 branches
	// 0 i32 agenthost:g0
	// 1 i64 agenthost:g1
}
