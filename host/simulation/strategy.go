package simulation

import _ "embed" // for the strategies' bytes

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
)

// swallow is what BreakPoison puts in the place of the others.
const swallow = "swallow"

// Strategies are the simulator's own strategies by name: trader wishes at random, poison does too and fails in
// some ticks, greedy wishes more than any limit takes, swallow forgets what some ticks told it.
func Strategies() map[string][]byte {
	return map[string][]byte{"trader": traderWasm, "poison": poisonWasm, "greedy": greedyWasm, swallow: swallowWasm}
}

// AuditCode is what the strategies fail with when the fills that they were told of do not add up to the position
// that they are shown.
const AuditCode = 99
