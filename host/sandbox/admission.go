package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agenthost/agenthost/host/meter"
	"github.com/tetratelabs/wazero/api"
)

// RefusedError says why a module is not admitted.
type RefusedError struct {
	Module  string // Its name as given to Load.
	Rule    string // The limit or rule, such as "import" or "nesting".
	Place   string // Where it was broken first; empty if nowhere in particular.
	Found   string
	Allowed string
	Hint    string // What the author can do.
	Trap    *Trap  // What ended the module's first start; nil if it never ran.
}

func (e *RefusedError) Error() string {
	s := "module " + e.Module + " refused: " + e.Rule
	if e.Place != "" {
		s += " at " + e.Place
	}
	if e.Found != "" {
		s += ": found " + e.Found
	}
	if e.Allowed != "" {
		s += ", allowed " + e.Allowed
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap gives the trap, if there was one.
func (e *RefusedError) Unwrap() error {
	if e.Trap == nil {
		return nil
	}
	return e.Trap
}

// Exports of the ABI.
const (
	exportMemory     = "memory"
	exportInitialize = "_initialize"
	exportABI        = "agenthost_abi"
	exportBuffer     = "agenthost_buffer"
	exportTick       = "strategy_tick"
	exportDescribe   = "strategy_describe"
	exportInit       = "strategy_init"
	exportSave       = "strategy_save"
	exportLoad       = "strategy_load"
)

// kindFunction is the meter's word for functions among imports and exports.
const kindFunction = "function"

// exportRules are the exports of the ABI with their exact types; others are the module's own business.
var exportRules = []struct {
	name, typ string
	required  bool
}{
	{exportABI, "() -> i32", true},
	{exportBuffer, "(i32) -> i32", true},
	{exportTick, "(i32, i32) -> i64", true},
	{exportInitialize, "()", false},
	{exportDescribe, "() -> i64", false},
	{exportInit, "(i32, i32) -> i32", false},
	{exportSave, "() -> i64", false},
	{exportLoad, "(i32, i32) -> i32", false},
}

// admit holds a module's imports and exports against the ABI.
func admit(name string, info *meter.Info) error {
	for _, i := range info.Imports {
		if err := admitImport(i); err != nil {
			err.Module = name
			return err
		}
	}
	if err := admitExports(info.Exports); err != nil {
		err.Module = name
		return err
	}
	return nil
}

func admitImport(i meter.Import) *RefusedError {
	full := cleanText([]byte(i.Module + "." + i.Name))
	if i.Kind != kindFunction {
		return &RefusedError{
			Rule: "import", Place: full, Found: "an imported " + i.Kind, Allowed: "functions only",
			Hint: "define it in the module",
		}
	}
	n := slices.IndexFunc(hostFunctions, func(f hostFunction) bool { return f.module == i.Module && f.name == i.Name })
	if n < 0 {
		return &RefusedError{
			Rule: "import", Place: full, Found: "a function that the host does not have",
			Allowed: "agenthost.log, agenthost.fail, the deterministic part of wasi_snapshot_preview1, env.abort, env.seed",
			Hint:    importHint(i),
		}
	}
	if want := signature(hostFunctions[n].params, hostFunctions[n].results); i.Type != want {
		return &RefusedError{
			Rule: "import", Place: full, Found: "type " + i.Type, Allowed: want,
			Hint: "declare it with the type of the specification",
		}
	}
	return nil
}

func importHint(i meter.Import) string {
	switch {
	case i.Module == wasiModule && strings.HasPrefix(i.Name, "sock_"):
		return "a strategy has no sockets: leave out what opens one"
	case i.Module == wasiModule:
		return "a strategy has no such service: leave out what uses it"
	case i.Module == "wasi_unstable":
		return "build for WASI preview 1 (wasi_snapshot_preview1)"
	case i.Module == "gojs" || i.Module == "go":
		return "build with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared, not GOOS=js"
	case strings.HasPrefix(i.Module, "__wbindgen"):
		return "build for wasm32-unknown-unknown without wasm-bindgen"
	case i.Module == "env":
		return "a function was declared and never defined; link it in, or drop --allow-undefined"
	}
	return "import only what the specification of the ABI names"
}

func admitExports(exports []meter.Export) *RefusedError {
	if e, ok := findExport(exports, exportMemory); !ok || e.Kind != "memory" {
		return &RefusedError{
			Rule: "export", Place: exportMemory, Found: kindOf(e, ok), Allowed: "the module's memory",
			Hint: "export the memory under the name memory",
		}
	}
	for _, rule := range exportRules {
		e, ok := findExport(exports, rule.name)
		if !ok && !rule.required {
			continue
		}
		if !ok || e.Kind != kindFunction || e.Type != rule.typ {
			return &RefusedError{
				Rule: "export", Place: rule.name, Found: kindOf(e, ok), Allowed: kindFunction + " " + rule.typ,
				Hint: exportHint(exports, rule.name, ok),
			}
		}
	}
	return nil
}

func findExport(exports []meter.Export, name string) (meter.Export, bool) {
	n := slices.IndexFunc(exports, func(e meter.Export) bool { return e.Name == name })
	if n < 0 {
		return meter.Export{}, false
	}
	return exports[n], true
}

func kindOf(e meter.Export, ok bool) string {
	if !ok {
		return "no such export"
	}
	return e.Kind + " " + e.Type
}

func exportHint(exports []meter.Export, name string, there bool) string {
	if there {
		return "declare " + name + " with the type of the specification"
	}
	if _, ok := findExport(exports, "_start"); ok {
		return "this is a command, not a library: build Go with -buildmode=c-shared, C with -mexec-model=reactor, Rust as cdylib"
	}
	return "export " + name + " as the specification of the ABI says"
}

// signature is a function's type as the meter writes it.
func signature(params, results []api.ValueType) string {
	names := func(ts []api.ValueType) string {
		s := make([]string, len(ts))
		for i, t := range ts {
			s[i] = api.ValueTypeName(t)
		}
		return strings.Join(s, ", ")
	}
	switch len(results) {
	case 0:
		return "(" + names(params) + ")"
	case 1:
		return fmt.Sprintf("(%s) -> %s", names(params), names(results))
	}
	return fmt.Sprintf("(%s) -> (%s)", names(params), names(results))
}
