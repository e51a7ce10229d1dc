package sandbox

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/meter"
)

// Modules that are too large to keep as text, written byte by byte.

// wasmModule assembles a guest: the exports of the ABI around a strategy_tick with the given locals and
// code, and further functions of type () -> () behind it.
func wasmModule(tickLocals, tickCode []byte, more ...[]byte) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	b = section(b, 1, vec(4, // types: () -> i32, (i32) -> i32, (i32 i32) -> i64, () -> ()
		[]byte{0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7e, 0x60, 0, 0}))
	functions := []byte{0, 1, 2}
	for range more {
		functions = append(functions, 3)
	}
	b = section(b, 3, vec(len(functions), functions))
	b = section(b, 5, []byte{1, 0, 1})
	exports := name(nil, "memory", 2, 0)
	for i, s := range []string{exportABI, exportBuffer, exportTick} {
		exports = name(exports, s, 0, byte(i))
	}
	b = section(b, 7, vec(4, exports))
	code := body(nil, []byte{0}, []byte{0x41, 0x80, 0x80, 0x04, 0x0b})
	code = body(code, []byte{0}, []byte{0x41, 0x80, 0x20, 0x0b})
	code = body(code, tickLocals, tickCode)
	for _, m := range more {
		code = append(code, m...)
	}
	return section(b, 10, vec(len(functions), code))
}

func section(b []byte, id byte, content []byte) []byte {
	b = binary.AppendUvarint(append(b, id), uint64(len(content)))
	return append(b, content...)
}

func vec(n int, items []byte) []byte { return append(binary.AppendUvarint(nil, uint64(n)), items...) }

func name(b []byte, s string, kind, index byte) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	return append(b, kind, index)
}

func body(b, locals, code []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(locals)+len(code)))
	return append(append(b, locals...), code...)
}

func repeat(b []byte, n int) []byte {
	out := make([]byte, 0, len(b)*n)
	for range n {
		out = append(out, b...)
	}
	return out
}

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

var (
	noLocals  = []byte{0}
	zeroEnd   = []byte{0x42, 0, 0x0b} // i64.const 0, end
	emptyBody = body(nil, noLocals, []byte{0x0b})
)

func nested(opcode byte, n int) []byte {
	return wasmModule(noLocals, join(repeat([]byte{opcode, 0x40}, n), repeat([]byte{0x0b}, n), zeroEnd))
}

// localsOverLoops is a function with many locals that live across many loops.
func localsOverLoops(locals, loops int) []byte {
	declared := append([]byte{1}, binary.AppendUvarint(nil, uint64(locals))...)
	declared = append(declared, 0x7e)
	loop := []byte{0x03, 0x40, 0x20, 5, 0x21, 6, 0x0b} // loop, local.get 5, local.set 6 (i64 locals), end
	return wasmModule(declared, join(repeat(loop, loops), zeroEnd))
}

func branchTable(targets int) []byte {
	table := append([]byte{0x02, 0x40, 0x41, 0, 0x0e}, binary.AppendUvarint(nil, uint64(targets))...)
	return wasmModule(noLocals, join(table, make([]byte, targets+1), []byte{0x0b}, zeroEnd))
}

func wideFunctions(functions, locals int) []byte {
	declared := append(append([]byte{1}, binary.AppendUvarint(nil, uint64(locals))...), 0x7e)
	more := make([][]byte, functions)
	for i := range more {
		more[i] = body(nil, declared, []byte{0x0b})
	}
	return wasmModule(noLocals, zeroEnd, more...)
}

func emptyFunctions(n int) []byte {
	more := make([][]byte, n)
	for i := range more {
		more[i] = emptyBody
	}
	return wasmModule(noLocals, zeroEnd, more...)
}

func straightLine(size int) []byte {
	return wasmModule(noLocals, join(repeat([]byte{0x41, 1, 0x1a}, size/3), zeroEnd))
}

// generatedCases are the compile bombs, and the guests of Go and Rust that panic.
func generatedCases(t *testing.T) []*hostileCase {
	limits := meter.DefaultLimits()
	tooLarge := append(straightLine(30), section(nil, 0, append([]byte{3, 'b', 'i', 'g'}, make([]byte, limits.Size)...))...)
	cases := []*hostileCase{
		{name: "bomb-nested-blocks", wasm: nested(0x02, int(limits.Nesting)+1), verdict: "refused nesting", at: "load"},
		{name: "bomb-nested-loops", wasm: nested(0x03, int(limits.Nesting)+1), verdict: "refused nesting", at: "load"},
		{name: "bomb-nested-blocks-250", wasm: nested(0x02, 250), verdict: "ok", at: "tick"},
		{name: "bomb-3000-locals-over-2000-loops", wasm: localsOverLoops(3_000, 2_000), verdict: "refused locals_blocks", at: "load"},
		{name: "bomb-br-table", wasm: branchTable(int(limits.BranchTargets) + 1), verdict: "refused branch_targets", at: "load"},
		{name: "bomb-br-table-4000", wasm: branchTable(4_000), verdict: "ok", at: "tick"},
		{name: "bomb-200-functions-of-50000-locals", wasm: wideFunctions(200, 50_000), verdict: "refused locals", at: "load"},
		{name: "bomb-4-billion-locals", wasm: wideFunctions(1, 1<<32-1), verdict: "refused malformed", at: "load"},
		{name: "bomb-functions", wasm: emptyFunctions(int(limits.Functions)), verdict: "refused functions", at: "load"},
		{name: "bomb-straight-line", wasm: straightLine(int(limits.FunctionSize)), verdict: "refused function_size", at: "load"},
		{name: "bomb-straight-line-200-kb", wasm: straightLine(200_000), verdict: "ok", at: "tick"},
		{name: "bomb-size", wasm: tooLarge, verdict: "refused size", at: "load"},
		{name: "not-wasm", wasm: []byte("#!/bin/sh\nrm -rf /\n"), verdict: "refused malformed", at: "load"},
		{name: "nothing", wasm: nil, verdict: "refused malformed", at: "load"},
	}
	return append(cases, guestCases(t)...)
}

// guestCases are the guests of Go and Rust that go wrong as the first byte of their input says.
func guestCases(t *testing.T) []*hostileCase {
	languages := map[string]string{
		"go-panics":   buildGo(t, filepath.Join("testdata", "hostile", "go-panics"), ""),
		"rust-panics": filepath.Join(hostileFolder, "rust-panics", "rust-panics.wasm"),
	}
	plenty := Limits{FuelTick: 500_000_000}
	cases := []*hostileCase{
		{name: "go-panics panic", verdict: "trap unreachable", printed: "panic: the author's own words"},
		{name: "go-panics index", verdict: "trap unreachable", printed: "index out of range [0] with length 0"},
		{name: "go-panics map", verdict: "trap unreachable", printed: "assignment to entry in nil map"},
		{name: "go-panics divide", verdict: "trap unreachable", printed: "integer divide by zero"},
		{name: "go-panics nil", verdict: "trap unreachable", printed: "nil pointer dereference"},
		{name: "go-panics block", verdict: "trap unreachable", printed: "deadlock"},
		{name: "go-panics exit", verdict: "trap exit", code: 3},
		{name: "go-panics loop", verdict: "trap fuel"},
		{name: "go-panics goroutines", verdict: "trap fuel"},
		{name: "go-panics allocate", verdict: "trap fuel"},
		{name: "go-panics allocate with fuel", verdict: "trap unreachable", printed: "out of memory", limits: plenty},
		{name: "go-panics recursion", verdict: "trap fuel"},
		{name: "go-panics recursion with fuel", verdict: "trap stack", limits: plenty},
		{name: "go-panics flood", verdict: "ok", printed: "flood\nflood\n"},
		{name: "go-panics ok", verdict: "ok", printed: "2001-09-09T01:47:40Z true 0"},
		{name: "rust-panics panic", verdict: "trap unreachable", printed: "panicked at 'the author's own words'"},
		{name: "rust-panics index", verdict: "trap unreachable", printed: "index out of bounds"},
		{name: "rust-panics divide", verdict: "trap unreachable", printed: "attempt to divide by zero"},
		{name: "rust-panics unwrap", verdict: "trap unreachable", printed: "called `Option::unwrap()` on a `None` value"},
		{name: "rust-panics recursion", verdict: "trap stack"},
		{name: "rust-panics exit", verdict: "trap exit", code: 3},
		{name: "rust-panics allocate", verdict: "trap fuel"},
		{name: "rust-panics allocate with fuel", verdict: "trap unreachable", printed: "memory allocation of 1048576 bytes failed", limits: plenty},
		{name: "rust-panics ok", verdict: "ok", printed: "8 entries"},
	}
	if underRace {
		cases = slices.DeleteFunc(cases, func(c *hostileCase) bool { return strings.HasPrefix(c.name, "go-") })
	}
	for _, c := range cases {
		language, mode, _ := strings.Cut(c.name, " ")
		wasm, err := os.ReadFile(languages[language])
		if err != nil {
			t.Fatal(err)
		}
		c.wasm, c.at, c.host = wasm, "tick", 256
		c.input = []byte{mode[0], 0, 0, 0, 0, 0, 0, 0}
		if mode == "exit" {
			c.input[0] = 'x'
		}
	}
	return cases
}
