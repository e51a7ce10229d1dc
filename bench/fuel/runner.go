package main

import (
	"context"
	"fmt"

	"github.com/agenthost/agenthost/host/meter"
	"github.com/bytecodealliance/wasmtime-go/v39"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// Names of the configurations.
const (
	plain         = "wazero"
	again         = "again" // plain a second time: the noise
	fuelOnly      = "fuel"
	fuelStack     = "+stack"
	nanOnly       = "NaN"
	strategy      = "strategy"
	closeOnDone   = "ctx-done"
	wasmtimePlain = "wasmtime"
	wasmtimeFuel  = "wt-fuel"
	wasmtimeEpoch = "wt-epoch"
)

const budget = int64(1) << 60

// runner calls one configuration's instance.
type runner struct {
	name, base string
	slow       bool // runs fewer times
	call       func(name string, size int32) (int64, error)
	close      func()
}

// rewriteConfigs are what the meter does in each configuration on wazero.
func rewriteConfigs() map[string]meter.Config {
	fuel := meter.Config{Fuel: true, FuelStart: budget, Features: meter.FeaturesAll}
	stack := fuel
	stack.StackMax = 60_000
	all := meter.DefaultConfig()
	all.FuelStart = budget
	return map[string]meter.Config{
		fuelOnly: fuel, fuelStack: stack, strategy: all,
		nanOnly: {CanonicalNaN: true, Features: meter.FeaturesAll},
	}
}

func open(s suite) ([]*runner, error) {
	var runners []*runner
	configs := rewriteConfigs()
	onWazero := []string{plain, again, fuelOnly, fuelStack, nanOnly, strategy, closeOnDone}
	onWasmtime := []string{wasmtimePlain, wasmtimeFuel, wasmtimeEpoch}
	if s.alone {
		onWazero, onWasmtime = onWazero[:4], nil
	}
	for _, name := range onWazero {
		wasm := s.wasm
		if c, ok := configs[name]; ok {
			res, err := meter.Rewrite(wasm, c)
			if err != nil {
				return nil, err
			}
			wasm = res.Wasm
		}
		r, err := openWazero(name, wasm)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		runners = append(runners, r)
	}
	for _, name := range onWasmtime {
		r, err := openWasmtime(name, s.wasm)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		runners = append(runners, r)
	}
	return runners, nil
}

func openWazero(name string, wasm []byte) (*runner, error) {
	ctx := context.Background()
	config := wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(name == closeOnDone)
	rt := wazero.NewRuntimeWithConfig(ctx, config)
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	m, err := rt.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		return nil, err
	}
	fuel, _ := m.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal)
	functions := map[string]api.Function{}
	var stack [1]uint64
	call := func(name string, size int32) (int64, error) {
		f := functions[name]
		if f == nil {
			f = m.ExportedFunction(name)
			functions[name] = f
		}
		if fuel != nil {
			fuel.Set(uint64(budget))
		}
		stack[0] = uint64(uint32(size))
		err := f.CallWithStack(ctx, stack[:])
		return int64(stack[0]), err
	}
	return &runner{name: name, base: plain, slow: name == closeOnDone, call: call, close: func() { rt.Close(ctx) }}, nil
}

func openWasmtime(name string, wasm []byte) (*runner, error) {
	config := wasmtime.NewConfig()
	config.SetConsumeFuel(name == wasmtimeFuel)
	config.SetEpochInterruption(name == wasmtimeEpoch)
	engine := wasmtime.NewEngineWithConfig(config)
	m, err := wasmtime.NewModule(engine, wasm)
	if err != nil {
		return nil, err
	}
	store := wasmtime.NewStore(engine)
	store.SetWasi(wasmtime.NewWasiConfig())
	refuel := func() error {
		if name == wasmtimeFuel {
			return store.SetFuel(uint64(budget))
		}
		return nil
	}
	if name == wasmtimeEpoch {
		store.SetEpochDeadline(1 << 40)
	}
	if err := refuel(); err != nil {
		return nil, err
	}
	linker := wasmtime.NewLinker(engine)
	if err := linker.DefineWasi(); err != nil {
		return nil, err
	}
	instance, err := linker.Instantiate(store, m)
	if err != nil {
		return nil, err
	}
	if f := instance.GetFunc(store, "_initialize"); f != nil {
		if _, err := f.Call(store); err != nil {
			return nil, err
		}
	}
	call := func(name string, size int32) (int64, error) {
		if err := refuel(); err != nil {
			return 0, err
		}
		v, err := instance.GetFunc(store, name).Call(store, size)
		if err != nil {
			return 0, err
		}
		return v.(int64), nil
	}
	return &runner{name: name, base: wasmtimePlain, call: call, close: func() {}}, nil
}
