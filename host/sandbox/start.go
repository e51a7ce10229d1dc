package sandbox

import (
	"context"
	"fmt"

	"github.com/agenthost/agenthost/abi"
	"github.com/tetratelabs/wazero/api"
)

// Instantiate makes an instance: the start function and _initialize run on one FuelInit, then
// strategy_init on another. The error is a *Trap if the guest is at fault. ctx is not kept.
func (m *Module) Instantiate(ctx context.Context, c InstanceConfig) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", c.Name, err)
	}
	params, err := m.parameters(c.Parameters)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", c.Name, err)
	}
	i, err := m.newInstance(c)
	if err != nil {
		return nil, err
	}
	i.fillData()
	if err = i.initialize(); err == nil {
		err = i.initStrategy(params)
	}
	if err != nil {
		_ = i.Close() // The trap says more than what closing may add.
		return nil, err
	}
	i.backing.share(len(i.wholeMemory()))
	return i, nil
}

// parameters encodes the values for strategy_init, as declared.
func (m *Module) parameters(values []abi.Value) ([]byte, error) {
	declared := m.description.Parameters
	if values == nil {
		for _, p := range declared {
			values = append(values, p.Default)
		}
	}
	if len(values) != len(declared) {
		return nil, fmt.Errorf("parameters: found %d values, the module declares %d", len(values), len(declared))
	}
	var w abi.ParamWriter
	for n, p := range declared {
		switch v := values[n]; p.Type {
		case abi.ParameterInteger:
			w.Integer(v.Number)
		case abi.ParameterDecimal:
			w.Decimal(v.Number)
		case abi.ParameterBoolean:
			w.Boolean(v.Number != 0)
		case abi.ParameterDuration:
			w.Duration(v.Number)
		case abi.ParameterText:
			w.Text(v.Text)
		default:
			return nil, fmt.Errorf("parameter %s: unknown type %s", p.Name, p.Type)
		}
	}
	return w.Bytes(), nil
}

// initialize runs the start function and then _initialize, on one budget.
func (i *Instance) initialize() error {
	i.begin()
	i.setFuel(i.limits.FuelInit)
	for _, f := range []struct{ export, call string }{{exportStart, "start"}, {exportInitialize, exportInitialize}} {
		function := i.mod.ExportedFunction(f.export)
		if function == nil {
			continue
		}
		if err := i.call(function); err != nil {
			return i.poison(f.call, i.limits.FuelInit, err)
		}
	}
	i.printer.end()
	return nil
}

// initStrategy gives the guest its parameters.
func (i *Instance) initStrategy(params []byte) error {
	f := i.mod.ExportedFunction(exportInit)
	if f == nil {
		return nil
	}
	return i.give(f, exportInit, params, i.limits.FuelInit)
}

// give calls a function of (ptr, len) that answers 0 or an error code.
func (i *Instance) give(f api.Function, name string, b []byte, budget int64) error {
	i.begin()
	i.setFuel(budget)
	if err := i.put(b, max(i.limits.InputBytes, i.limits.StateBytes)); err != nil {
		return i.poison(name, budget, err)
	}
	i.stack[0], i.stack[1] = uint64(i.bufferAt), uint64(uint32(len(b)))
	if err := i.call(f); err != nil {
		return i.poison(name, budget, err)
	}
	if code := int32(i.stack[0]); code != 0 {
		return i.poison(name, budget, &guestFault{
			kind: TrapRefused, code: code,
			message: fmt.Sprintf("%s refused with code %d", name, code),
		})
	}
	i.printer.end()
	return nil
}

// Save asks the guest for what a next version may know: the bytes of strategy_save behind the header
// of abi.AppendState, in a new slice. ErrNotExported if the module has none.
func (i *Instance) Save(now int64) ([]byte, error) {
	if i.failed != nil {
		return nil, i.failed
	}
	if !i.CanSave() {
		return nil, fmt.Errorf("%s: %w", exportSave, ErrNotExported)
	}
	i.setClock(now)
	i.begin()
	i.setFuel(i.limits.FuelSave)
	// wazero keeps a stack of 10 KiB for each function that it is asked for: those that are called now and then
	// are asked for each time.
	err := i.call(i.mod.ExportedFunction(exportSave))
	var saved []byte
	if err == nil {
		saved, err = i.result("saved state", i.limits.StateBytes, "state_bytes")
	}
	if err != nil {
		return nil, i.poison(exportSave, i.limits.FuelSave, err)
	}
	i.printer.end()
	return abi.AppendState(nil, i.module.version, i.module.hash, saved), nil
}

// Load gives the guest what Save returned, perhaps of another module: header and bytes. A guest that
// does not want it answers with a code, which is a *Trap of kind TrapRefused. ErrNotExported if the
// module has no strategy_load.
func (i *Instance) Load(now int64, state []byte) error {
	if i.failed != nil {
		return i.failed
	}
	if !i.CanLoad() {
		return fmt.Errorf("%s: %w", exportLoad, ErrNotExported)
	}
	if _, _, err := abi.ReadState(state); err != nil {
		return fmt.Errorf("%s: %w", exportLoad, err)
	}
	i.setClock(now)
	return i.give(i.mod.ExportedFunction(exportLoad), exportLoad, state, i.limits.FuelSave)
}
