package meter

import (
	"bytes"
	"strings"
	"testing"
)

// TestTheDepthLimitComesFirst: functions whose native frames are as large as can be made out of a
// small weight end by our limit, not by the engine's own, which falls elsewhere on each architecture.
func TestTheDepthLimitComesFirst(t *testing.T) {
	vector := append(append([]byte{opVector, vecConst}, make([]byte, 16)...), opEnd)
	many := append([]byte{0x60, 0, 16}, bytes.Repeat([]byte{byte(v128)}, 16)...)
	sixteen := append(bytes.Repeat(vector[:18], 16), opEnd)
	// Values that are not used would not be kept: they end in memory.
	xors := func(n int) []byte {
		return append(bytes.Repeat([]byte{opVector, 0x51}, n-1), opVector, 0x0b, 4, 0, opEnd)
	}
	zero := []byte{0, opI32Const, 0}
	self := []byte{opCall, 0}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	cases := map[string][]byte{
		"small frames":            join([]byte{0}, self, []byte{opEnd}),
		"vectors from calls":      join(zero, bytes.Repeat([]byte{opCall, 1}, 3000), self, xors(3000)),
		"many results of calls":   join(zero, bytes.Repeat([]byte{opCall, 2}, 400), self, xors(6400)),
		"locals":                  join([]byte{1, 0xd0, 0x0f, byte(v128)}, setAll(2000), self, useAll(2000, 0xfd, 0x0b, 4, 0)),
		"locals over many blocks": join([]byte{1, 0xc8, 0x01, byte(i64)}, mixAll(200, 60), self, useAll(200, 0x37, 3, 0)),
	}
	for name, code := range cases {
		wasm := build(
			part{secType, [][]byte{{0x60, 0, 0}, {0x60, 0, 1, byte(v128)}, many}},
			part{secFunction, [][]byte{{0}, {1}, {2}}},
			part{secMemory, [][]byte{{0, 1}}},
			part{secExport, [][]byte{append(appendName(nil, "f"), kindFunc, 0)}},
			part{secCode, [][]byte{body(code...), body(append([]byte{0}, vector...)...), body(append([]byte{0}, sixteen...)...)}},
		)
		i := start(t, wasm, Config{Fuel: true, FuelStart: 1 << 40, StackMax: 60_000})
		_, left, err := i.call(1<<40, "f")
		if err == nil || left < 0 || int32(i.depth.Get()) >= 0 || strings.Contains(err.Error(), "overflow") {
			t.Errorf("%s: depth %d, fuel %d, %.100v", name, int32(i.depth.Get()), left, err)
		}
	}
}

// setAll gives every local a value that is not a constant.
func setAll(n int) []byte {
	var b []byte
	for i := 0; i < n; i++ {
		b = append(b, opCall, 1)
		b = appendU32(append(b, opLocalSet), uint32(i))
	}
	return b
}

// useAll stores every local after the call, so that it lives across it.
func useAll(n int, store ...byte) []byte {
	var b []byte
	for i := 0; i < n; i++ {
		b = append(b, opI32Const, 0)
		b = append(appendU32(append(b, opLocalGet), uint32(i)), store...)
	}
	return append(b, opEnd)
}

// mixAll changes every local in each of many blocks that may be left early.
func mixAll(n, blocks int) []byte {
	var b []byte
	for k := 0; k < blocks; k++ {
		b = append(b, opBlock, noType, opMemorySize, 0, opBrIf, 0)
		for i := 0; i < n; i++ {
			b = appendU32(append(b, opLocalGet), uint32(i))
			b = append(b, opI64Const, 3, 0x7c)
			b = appendU32(append(b, opLocalSet), uint32(i))
		}
		b = append(b, opEnd)
	}
	return b
}
