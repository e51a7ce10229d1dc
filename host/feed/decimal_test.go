package feed

import (
	"math"
	"math/big"
	"regexp"
	"testing"
)

// exactly is what parseNumber must return, by rational arithmetic. The lowest int64 is left out, so that
// every number has its negative.
func exactly(text string, decimals uint8) (v int64, exact, ok bool) {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false, false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Add(twice, r.Denom())
	floor := new(big.Int)
	rest := new(big.Int)
	floor.DivMod(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2)), rest) // floor(x + 1/2)
	if rest.Sign() == 0 && floor.Bit(0) == 1 && !r.IsInt() {
		floor.Sub(floor, big.NewInt(1))
	}
	return floor.Int64(), r.IsInt(), floor.IsInt64() && floor.Int64() != math.MinInt64
}

func TestNumbers(t *testing.T) {
	for _, text := range []string{
		"0", "1", "-1", "100", "100.34", "104.06", "0.5", ".5", "5.", "-0.005", "0.005", "0.015", "0.025", "0.0250001", "46319.0", "2300413.7295", "0.30000000000000004", "109.99999999999999",
		"123456789012345678", "0.00000000000000001", "92233720368547758.07", "92233720368547758.08", "-92233720368547758.07", "1e3", "1.5e-3", "+7", "12345678901234567890", "0.1234567890123456789", "000000000000000000001.5",
	} {
		for _, decimals := range []uint8{0, 1, 2, 4, 8, 12} {
			want, exact, fits := exactly(text, decimals)
			got, gotExact, ok := parseNumber([]byte(text), decimals)
			if ok != fits || (ok && (got != want || gotExact != exact)) {
				t.Errorf("%s at %d: got %d %v %v, want %d %v %v", text, decimals, got, gotExact, ok, want, exact, fits)
			}
		}
	}
}

func TestWhatIsNoNumber(t *testing.T) {
	for _, text := range []string{"", " ", "-", "+", ".", "-.", "NaN", "nan", "Inf", "-inf", "x", "1x", "1 2", "1,5", "1.2.3", "--1", "1-", "1e", "e5", "0x10", "1_000", "null", "١"} {
		if v, _, ok := parseNumber([]byte(text), 2); ok {
			t.Errorf("%q is taken for %d", text, v)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"46319.0", "-0.005", "1e3", "NaN", "123456789012345678.5", "9223372036854775807.4999", "0.00000000000000000000000000000005e31", "12345678901234567890123e-5"} {
		f.Add(text, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, decimals uint8) {
		decimals %= 13
		got, gotExact, ok := parseNumber([]byte(text), decimals)
		if !plain.MatchString(text) || len(text) > 200 {
			if ok && len(text) <= 200 {
				t.Errorf("%q is taken for %d", text, got)
			}
			return
		}
		want, exact, fits := exactly(text, decimals)
		if ok != fits || (ok && (got != want || gotExact != exact)) {
			t.Errorf("%q at %d: got %d %v %v, want %d %v %v", text, decimals, got, gotExact, ok, want, exact, fits)
		}
	})
}

var plain = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?$`)
