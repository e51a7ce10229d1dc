package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/meter"
	"github.com/agenthost/agenthost/host/sandbox"
)

// LoadModules admits and compiles every agent's strategy and reads its parameters. What is wrong is
// added to the configuration's diagnostics, at the place it is written; the agents concerned are
// missing from the result. The same file is compiled once.
func LoadModules(ctx context.Context, c *config.Config, rt *sandbox.Runtime) map[string]*Strategy {
	loaded := map[string]*Strategy{}
	compiled := map[string]*sandbox.Module{}
	for i := range c.Agents {
		a := &c.Agents[i]
		if a.Strategy == "" {
			continue // its absence is diagnosed already
		}
		s, err := loadStrategy(ctx, a, rt, compiled)
		if err != nil {
			c.Diagnose(a.At("strategy"), "Strategy refused", err.Error())
			continue
		}
		if a.SHA256 != "" && a.SHA256 != fmt.Sprintf("%x", s.Module.SHA256()) {
			c.Diagnose(a.At("sha256"), "Strategy is not the one pinned",
				fmt.Sprintf("%s has SHA-256 %x. If the file is meant to be used, write this hash here; if not, put the pinned file back.", a.Strategy, s.Module.SHA256()))
			continue
		}
		if s.Parameters = parameters(c, a, s.Module.Description()); s.Parameters != nil {
			loaded[a.Name] = s
		}
	}
	return loaded
}

// Strategy is an admitted module and the values of its parameters.
type Strategy struct {
	Module     *sandbox.Module
	Wasm       []byte
	Parameters []abi.Value
	Limits     sandbox.Limits
}

func loadStrategy(ctx context.Context, a *config.Agent, rt *sandbox.Runtime, compiled map[string]*sandbox.Module) (*Strategy, error) {
	s := &Strategy{Limits: limitsOf(&a.Limits)}
	var err error
	if s.Wasm, err = os.ReadFile(a.Strategy); err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s %x %+v", a.Strategy, sha256.Sum256(s.Wasm), s.Limits)
	if m := compiled[key]; m != nil {
		s.Module = m
		return s, nil
	}
	if s.Module, err = rt.Load(ctx, a.Strategy, s.Wasm, s.Limits); err != nil {
		return nil, err
	}
	compiled[key] = s.Module
	return s, nil
}

// limitsOf takes what the configuration says; what it leaves out is the sandbox's default.
func limitsOf(l *config.Limits) sandbox.Limits {
	out := sandbox.DefaultLimits()
	out.FuelTick, out.FuelBank, out.FuelInit = l.FuelPerTick, l.FuelBank, l.FuelInit
	out.MemoryBytes, out.StackSlots = l.Memory, int32(l.Stack/8)
	out.TableElements = int(l.TableElements)
	out.InputBytes, out.OutputBytes = int(l.InputBytes), int(l.OutputBytes)
	out.Records, out.SeriesValues, out.LogBytesTick = l.Records, l.SeriesValues, int(l.LogBytes)
	out.RawNaN, out.Admission = l.RawNaN, admissionOf(&l.Admission)
	return out
}

func admissionOf(a *config.Admission) meter.Limits {
	return meter.Limits{
		Size: a.Size, Types: a.Types, Imports: a.Imports, Functions: a.Functions, FunctionSize: a.FunctionSize,
		Params: a.Params, Results: a.Results, Locals: a.Locals, LocalsTotal: a.LocalsTotal, LocalsBlocks: a.LocalsBlocks,
		Nesting: a.Nesting, BranchTargets: a.BranchTargets, Tables: a.Tables, TableElements: a.TableElements,
		MemoryPages: a.MemoryPages, Globals: a.Globals, Exports: a.Exports, Elements: a.Elements,
		DataSegments: a.DataSegments, Tags: a.Tags,
	}
}

// parameters turns what is written into values in declared order; nil if something is wrong.
func parameters(c *config.Config, a *config.Agent, d *abi.Description) []abi.Value {
	values := make([]abi.Value, len(d.Parameters))
	ok := true
	known := map[string]bool{}
	for i := range d.Parameters {
		p := &d.Parameters[i]
		known[p.Name] = true
		values[i] = p.Default
		written, found := a.Params[p.Name]
		if !found {
			continue
		}
		v, err := p.Parse(written.Text)
		if err != nil {
			c.Diagnose(written.Range, "Parameter does not fit", fmt.Sprintf("%s of strategy %s: %v. %s", p.Name, d.Name, err, p.Help))
			ok = false
			continue
		}
		values[i] = v
	}
	for name, p := range a.Params {
		if !known[name] {
			c.Diagnose(p.NameRange, "Parameter is not declared", undeclared(name, d))
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return values
}

func undeclared(name string, d *abi.Description) string {
	var names []string
	for i := range d.Parameters {
		names = append(names, d.Parameters[i].Name)
	}
	sort.Strings(names)
	if len(names) == 0 {
		return fmt.Sprintf("Strategy %s declares no parameters, found %q.", d.Name, name)
	}
	if near := config.Suggest(name, names); near != "" {
		return fmt.Sprintf("Strategy %s has no parameter %q; did you mean %q? It declares: %s.", d.Name, name, near, strings.Join(names, ", "))
	}
	return fmt.Sprintf("Strategy %s has no parameter %q. It declares: %s.", d.Name, name, strings.Join(names, ", "))
}
