package sandbox

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTrapNamesItsFunctions: a trap's stack has the names of the author's functions, innermost first,
// though the meter has rewritten them.
func TestTrapNamesItsFunctions(t *testing.T) {
	for _, c := range []Config{{}, {Interpreter: true}} {
		r := newRuntime(t, c)
		i := instantiate(t, loadGuest(t, r, "start.wasm", Limits{}), InstanceConfig{})
		_, _, err := i.Tick([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 0, 1000)
		var trap *Trap
		if !errors.As(err, &trap) {
			t.Fatal(err)
		}
		var names []string
		for _, frame := range trap.Stack {
			name, _, _ := strings.Cut(frame, "(")
			names = append(names, name)
		}
		if want := []string{"inner", "outer", "tick"}; !slices.Equal(names, want) || trap.Kind != TrapDivide || trap.Call != exportTick {
			t.Errorf("%s: %s trap in %s with stack %q, want divide with %q", r.engine(), trap.Kind, trap.Call, trap.Stack, want)
		}
		if got := trap.Error(); got != "strategy_tick: divide: integer divide by zero (in inner() i64)" {
			t.Errorf("the error reads %q", got)
		}
	}
}

// TestEngineTrapsAreTold holds wazero to the words by which its traps are told apart. The meter's own
// limits come first in the product, so wazero's stack overflow is met only without the meter.
func TestEngineTrapsAreTold(t *testing.T) {
	told := map[TrapKind]bool{}
	for _, c := range []Config{{}, {Interpreter: true}} {
		r := newRuntime(t, c)
		r.unmetered = true
		for name, want := range map[string]TrapKind{
			"recursion-endless": TrapStack, "trap-truncate-nan": TrapOverflow, "trap-truncate-infinity": TrapOverflow,
			"trap-divide-overflow": TrapOverflow, "trap-divide-by-zero": TrapDivide, "trap-unreachable": TrapUnreachable,
			"trap-load-out-of-bounds": TrapBounds, "trap-indirect-null": TrapTable, "trap-indirect-type": TrapTable,
		} {
			m, err := r.Load(context.Background(), name, readFile(t, filepath.Join(hostileFolder, name+".wasm")), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = instantiate(t, m, InstanceConfig{}).Tick(nil, 0, 0)
			var trap *Trap
			if !errors.As(err, &trap) || trap.Kind != want {
				t.Errorf("%s on the %s: %v, want %s", name, r.engine(), err, want)
			}
			told[want] = true
		}
	}
	for text, kind := range engineTraps {
		if !told[kind] {
			t.Errorf("no module traps with %q", text)
		}
	}
}

// TestErrorOfTheHostIsOther: a panic in the host's own code ends the call, poisons the instance, and is
// not laid at the guest's door.
func TestErrorOfTheHostIsOther(t *testing.T) {
	i := counter(t, InstanceConfig{Output: func(Stream, string) { panic(fmt.Errorf("disk \x1b[1mfull")) }})
	_, _, err := i.Tick(nil, 0, 1000)
	var trap *Trap
	if !errors.As(err, &trap) || trap.Kind != TrapOther || trap.Message != "disk full" || !i.Poisoned() {
		t.Errorf("error %v", err)
	}
	for _, frame := range trap.Stack {
		if strings.Contains(frame, "goroutine") {
			t.Errorf("the host's stack is in the guest's: %q", trap.Stack)
		}
	}
}

// TestStartFunctionRunsOnceAndNotOnRestore: it runs when an instance is made, on a budget, and never
// when one is restored.
func TestStartFunctionRunsOnceAndNotOnRestore(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "start.wasm", Limits{})
	var lines []string
	listen := func(_ Stream, line string) { lines = append(lines, line) }
	i := instantiate(t, m, InstanceConfig{Output: listen})
	if out, _, err := i.Tick(make([]byte, 8), 0, 1000); err != nil || out[0] != 1 || len(lines) != 1 || lines[0] != "started" {
		t.Fatalf("after the start: %v, %v, printed %q", out, err, lines)
	}
	var s Snapshot
	if err := i.Snapshot(&s); err != nil {
		t.Fatal(err)
	}
	resumed, err := m.Restore(context.Background(), InstanceConfig{Output: listen}, &s)
	if err != nil {
		t.Fatal(err)
	}
	defer resumed.Close()
	if out, _, err := resumed.Tick(make([]byte, 8), 0, 1000); err != nil || out[0] != 1 || len(lines) != 1 {
		t.Errorf("after restoring: %v, %v, printed %q", out, err, lines)
	}
	poor, err := m.Instantiate(context.Background(), InstanceConfig{Limits: Limits{FuelInit: 20}})
	var trap *Trap
	if !errors.As(err, &trap) || trap.Kind != TrapFuel || trap.Call != "start" {
		t.Errorf("with 20 units: %v, %v", poor, err)
	}
}

// TestRefusalsHelp: what a refusal says to the author.
func TestRefusalsHelp(t *testing.T) {
	r := newRuntime(t, Config{})
	for name, want := range map[string][]string{
		"import-socket":       {"wasi_snapshot_preview1.sock_open", "a strategy has no sockets"},
		"import-unknown":      {"env.system", "drop --allow-undefined"},
		"import-type":         {"agenthost.log", "found type (i32, i32), allowed (i32, i32, i32)"},
		"export-command":      {"strategy_tick", "-buildmode=c-shared"},
		"export-tick-type":    {"found function (i32) -> i64, allowed function (i32, i32) -> i64"},
		"abi-2":               {"found 2.0, allowed up to 1.0"},
		"memory-over-limit":   {"found 1025 pages", "allowed 1024"},
		"start-endless":       {"refused: start at start", "out of fuel: the budget is 50000000 units", "FuelInit"},
		"describe-not-json":   {"strategy_describe", "correct the JSON"},
		"meter-global-set":    {"malformed", "code section", "unknown global 0"},
		"invalid-empty-stack": {"invalid", "wasm-validate"},
	} {
		_, err := r.Load(context.Background(), name, readFile(t, filepath.Join(hostileFolder, name+".wasm")), Limits{})
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Module != name {
			t.Errorf("%s: %v, want a *RefusedError", name, err)
			continue
		}
		for _, words := range want {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %q does not say %q", name, err, words)
			}
		}
	}
}

func TestLimitsThatCannotBe(t *testing.T) {
	r := newRuntime(t, Config{})
	for want, l := range map[string]Limits{
		"StackSlots: found 60001": {StackSlots: 60_001}, "MemoryBytes: found 1": {MemoryBytes: 1}, "FuelTick: found -1": {FuelTick: -1},
		"OutputBytes: found -5": {OutputBytes: -5},
	} {
		if _, err := r.Load(context.Background(), "x", readGuest(t, "nop.wasm"), l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
}

func TestPauseMax(t *testing.T) {
	if got := (Limits{}).PauseMax(); got != 18*time.Millisecond {
		t.Errorf("by default %s, want 18ms: under the 20 ms that were promised", got)
	}
	if got := (Limits{FuelBank: 18_000_000}).PauseMax(); got != 180*time.Millisecond {
		t.Errorf("with a bank %s, want 180ms", got)
	}
}

// TestInspect shows what the command line shows.
func TestInspect(t *testing.T) {
	m, err := newRuntime(t, Config{}).Load(context.Background(), "c", readExample(t, "sma-cross-c"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	in := m.Inspect()
	if in.ABIMajor != 1 || in.Size == 0 || in.SizeRewritten == 0 || in.Description.Name == "" || len(in.Exports) < 4 ||
		len(in.Found) < 15 || in.Identity.Module != in.SHA256 || in.CompileTime <= 0 || in.RewriteTime <= 0 {
		t.Errorf("%+v", in)
	}
	for _, f := range in.Found {
		if f.Rule == "" || f.Allowed != 0 && f.Found > f.Allowed {
			t.Errorf("%+v was admitted", f)
		}
	}
}

// TestTextsAreAssembled: the checked-in modules are those of the texts beside them.
func TestTextsAreAssembled(t *testing.T) {
	for _, script := range []string{filepath.Join(hostileFolder, "assemble.sh"), filepath.Join("testdata", "guests", "assemble.sh")} {
		version, err := output("wat2wasm", "--version")
		if err != nil || version != "1.0.32" {
			t.Skipf("wat2wasm 1.0.32 is not here (%q, %v)", version, err)
		}
		if out, err := output("sh", script); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}
