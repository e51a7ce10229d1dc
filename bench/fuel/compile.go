package main

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host/meter"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// measureCompile prints what the rewriting takes, and what it adds to compilation: the least of some
// interleaved runs each.
func measureCompile(s suite) error {
	configs := rewriteConfigs()
	names := []string{plain, fuelOnly, fuelStack, strategy}
	compile, rewrite, size := map[string]float64{}, map[string]float64{}, map[string]int{}
	for i := 0; i < 4; i++ {
		rand.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
		for _, name := range names {
			wasm := s.wasm
			if c, ok := configs[name]; ok {
				begin := now()
				res, err := meter.Rewrite(wasm, c)
				if err != nil {
					return err
				}
				least(rewrite, name, now()-begin)
				wasm = res.Wasm
			}
			size[name] = len(wasm)
			took, err := compileTime(wasm)
			if err != nil {
				return err
			}
			least(compile, name, took)
		}
	}
	fmt.Printf("\n%-10s %10s %12s %10s %12s %8s\n", s.name, "bytes", "rewrite ms", "MB/s", "compile ms", "ratio")
	for _, name := range []string{plain, fuelOnly, fuelStack, strategy} {
		speed := 0.0
		if rewrite[name] > 0 {
			speed = float64(len(s.wasm)) / rewrite[name] / 1e6
		}
		fmt.Printf("%-10s %10d %12.2f %10.0f %12.1f %8.3f\n", name, size[name], rewrite[name]*1e3, speed,
			compile[name]*1e3, compile[name]/compile[plain])
	}
	return nil
}

func least(m map[string]float64, name string, d time.Duration) {
	if s := d.Seconds(); m[name] == 0 || s < m[name] {
		m[name] = s
	}
}

func compileTime(wasm []byte) (time.Duration, error) {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer rt.Close(ctx)
	begin := now()
	_, err := rt.CompileModule(ctx, wasm)
	return now() - begin, err
}

// measureTick prints the cost of one short call, and of the same with fuel set before and read after.
func measureTick(s suite) error {
	const calls = 200_000
	res, err := meter.Rewrite(s.wasm, rewriteConfigs()[fuelOnly])
	if err != nil {
		return err
	}
	var bare, metered []float64
	for i := 0; i < 11; i++ {
		for _, with := range []bool{false, true} {
			wasm := s.wasm
			if with {
				wasm = res.Wasm
			}
			ns, err := tick(wasm, with, calls)
			if err != nil {
				return err
			}
			if with {
				metered = append(metered, ns)
			} else {
				bare = append(bare, ns)
			}
		}
	}
	slices.Sort(bare)
	slices.Sort(metered)
	a, b := bare[len(bare)/2], metered[len(metered)/2]
	fmt.Printf("\none call of a short tick: %.1f ns; with fuel, set and read: %.1f ns (%+.1f)\n", a, b, b-a)
	return nil
}

func tick(wasm []byte, fuelled bool, calls int) (float64, error) {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer rt.Close(ctx)
	m, err := rt.Instantiate(ctx, wasm)
	if err != nil {
		return 0, err
	}
	f := m.ExportedFunction("tick")
	fuel, _ := m.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal)
	var stack [1]uint64
	var used int64
	begin := now()
	for i := 0; i < calls; i++ {
		stack[0] = uint64(100 + i&7)
		if fuelled {
			fuel.Set(2_000_000)
		}
		if err := f.CallWithStack(ctx, stack[:]); err != nil {
			return 0, err
		}
		if fuelled {
			used += 2_000_000 - int64(fuel.Get())
		}
	}
	if fuelled && used == 0 {
		return 0, fmt.Errorf("no fuel used")
	}
	return float64((now() - begin).Nanoseconds()) / float64(calls), nil
}
