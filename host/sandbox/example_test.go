package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/agenthost/agenthost/host/sandbox"
)

// Load a module, give it a tick, take a snapshot, let it run out of fuel, and go on from the snapshot.
func Example() {
	wasm, err := os.ReadFile("testdata/guests/counter.wasm")
	if err != nil {
		fmt.Println(err)
		return
	}
	runtime, err := sandbox.NewRuntime(sandbox.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runtime.Close()
	ctx := context.Background()
	module, err := runtime.Load(ctx, "counter", wasm, sandbox.DefaultLimits())
	if err != nil {
		fmt.Println(err) // a *sandbox.RefusedError says what the author can do
		return
	}
	config := sandbox.InstanceConfig{
		Name: "agent-1", Seed: 42,
		Output: func(stream sandbox.Stream, line string) { fmt.Printf("the guest says (%s): %s\n", stream, line) },
	}
	instance, err := module.Instantiate(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	output, used, err := instance.Tick([]byte("an input"), 1_700_000_000_000_000_000, 2_000_000)
	fmt.Printf("%q and %d more bytes for %d units of fuel, %v\n", output[:8], len(output)-8, used, err)

	var snapshot sandbox.Snapshot
	if err := instance.Snapshot(&snapshot); err != nil {
		fmt.Println(err)
	}
	_, _, err = instance.Tick([]byte("an input"), 1_700_000_060_000_000_000, 50)
	var trap *sandbox.Trap
	fmt.Println(errors.As(err, &trap), trap.Kind, "-", trap.Message)
	instance.Close()

	instance, err = module.Restore(ctx, config, &snapshot)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()
	output, _, err = instance.Tick([]byte("an input"), 1_700_000_060_000_000_000, 2_000_000)
	fmt.Println("ticks counted:", output[8], err)

	// Output:
	// the guest says (info): tick
	// "an input" and 24 more bytes for 349 units of fuel, <nil>
	// true fuel - out of fuel: the budget is 50 units
	// the guest says (info): tick
	// ticks counted: 2 <nil>
}
