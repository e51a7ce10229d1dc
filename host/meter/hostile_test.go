package meter

import (
	"bytes"
	"runtime"
	"testing"
	"time"
)

// TestTheMeterItselfIsNoTarget: files made to cost the rewriting time or memory. It prints both; what
// it asserts is that the output is bounded by the input.
func TestTheMeterItselfIsNoTarget(t *testing.T) {
	size := 4 << 20
	if testing.Short() {
		size = 1 << 20
	}
	fill := func(unit ...byte) []byte { return bytes.Repeat(unit, 700_000/len(unit)) }
	loops := append([]byte{opLoop, noType}, fill(opLocalGet, 0, opBrIf, 0)...)
	cases := map[string][]byte{
		"branches":       fill(opLocalGet, 0, opBrIf, 0),
		"back-edges":     append(loops, opEnd),
		"small loops":    fill(opLoop, noType, opLocalGet, 0, opBrIf, 0, opEnd),
		"ifs":            fill(opLocalGet, 0, opIf, noType, 0x01, opEnd),
		"calls":          fill(opCall, 0),
		"nested":         append(bytes.Repeat([]byte{opBlock, noType}, 9_000), bytes.Repeat([]byte{opEnd}, 9_000)...),
		"open NaNs":      fill(opLocalGet, 1, opLocalGet, 1, 0xa0, opLocalSet, 1),
		"chain of NaNs":  fill(opLocalGet, 2, opLocalSet, 3, opLocalGet, 1, opLocalSet, 2, opLocalGet, 1, opLocalGet, 1, 0xa0, opLocalSet, 1),
		"seen NaNs":      fill(opLocalGet, 1, opLocalGet, 1, 0xa0, 0xbd, 0x1a),
		"bulk":           fill(opI32Const, 0, opI32Const, 0, opI32Const, 0, opMisc, miscMemoryFill, 0),
		"returns in ifs": fill(opLocalGet, 0, opIf, noType, opReturn, opEnd),
	}
	for name, code := range cases {
		code = append(append([]byte{2, 1, byte(i32), 5, byte(f64)}, code...), opEnd)
		n := max(1, size/len(code))
		wasm := build(
			part{secType, [][]byte{{0x60, 0, 0}}},
			part{secFunction, repeat([]byte{0}, n)},
			part{secMemory, [][]byte{{0, 1}}},
			part{secCode, repeat(body(code...), n)},
		)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		res, err := Rewrite(wasm, DefaultConfig())
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%-14s %8d bytes: %6.1f ms, %4d MiB allocated, %8d bytes out", name, len(wasm), took.Seconds()*1e3,
			(after.TotalAlloc-before.TotalAlloc)>>20, len(res.Wasm))
		if len(res.Wasm) > 16*len(wasm) {
			t.Errorf("%s: %d bytes become %d", name, len(wasm), len(res.Wasm))
		}
	}
}
