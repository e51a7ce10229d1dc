package simulation

import (
	_ "embed" // for the strategies' bytes
	"slices"
)

// The strategies, from the sources beside them in strategies/.
var (
	//go:embed strategies/trader.wasm
	traderWasm []byte
	//go:embed strategies/poison.wasm
	poisonWasm []byte
	//go:embed strategies/greedy.wasm
	greedyWasm []byte
	//go:embed strategies/swallow.wasm
	swallowWasm []byte
	//go:embed strategies/blind.wasm
	blindWasm []byte
	//go:embed strategies/forgets.wasm
	forgetsWasm []byte
)

// swallow is what BreakPoison puts in the place of the others, forgets what BreakWarmup swaps in.
const (
	swallow = "swallow"
	forgets = "forgets"
)

// Strategies are the simulator's own strategies by name: trader wishes at random, poison does too and fails in
// some ticks, greedy wishes more than any limit takes, swallow forgets what some ticks told it. These hand on what
// they know when they are swapped. blind is a trader that does not look at its fills, and so may begin anywhere;
// forgets is one that takes nothing over from the one before.
func Strategies() map[string][]byte {
	return map[string][]byte{
		"trader": traderWasm, "poison": poisonWasm, "greedy": greedyWasm, swallow: swallowWasm, "blind": blindWasm, forgets: forgetsWasm,
	}
}

// versionsMax is how many modules of other bytes and the same code there are of each strategy.
const versionsMax = 3

// versionOf makes a module of the same code and another SHA-256: it has one custom section more. Version 0 is the
// module itself.
func versionOf(wasm []byte, version int) []byte {
	if version == 0 {
		return wasm
	}
	return append(slices.Clone(wasm), 0, 2, 1, byte('0'+version))
}

// AuditCode is what the strategies fail with when the fills that they were told of do not add up to the position
// that they are shown.
const AuditCode = 99
