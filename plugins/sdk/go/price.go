package agenthost

import (
	"math/bits"

	"github.com/agenthost/agenthost/abi"
)

// PriceTimes is price * factor / 1e8, rounded to the nearest multiple of tick, halves up. None may be
// negative and tick must be positive. It saturates instead of overflowing.
func PriceTimes(price, factor, tick int64) int64 {
	high, low := bits.Mul64(uint64(price), uint64(factor)*2)
	const limit = 1 << 62
	if high >= abi.FractionOne {
		return limit / tick * tick
	}
	twice, _ := bits.Div64(high, low, abi.FractionOne)
	if twice >= limit {
		return limit / tick * tick
	}
	return (int64(twice) + tick) / (2 * tick) * tick
}
