package event

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestMulDivIsTheRoundedQuotient(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	edge := []int64{0, 1, -1, 2, 3, 10, math.MaxInt64, math.MinInt64, 1e8, -1e8, 1e18}
	pick := func() int64 {
		if r.IntN(3) == 0 {
			return edge[r.IntN(len(edge))]
		}
		return int64(r.Uint64()) >> r.IntN(64)
	}
	for range 200_000 {
		a, b, d := pick(), pick(), pick()
		rounding := Rounding(r.IntN(3))
		got, ok := MulDiv(a, b, d, rounding)
		want, fits := mulDivBig(a, b, d, rounding)
		if ok != fits || (ok && got != want) {
			t.Fatalf("MulDiv(%d, %d, %d, %d) = %d, %v; want %d, %v", a, b, d, rounding, got, ok, want, fits)
		}
	}
}

func mulDivBig(a, b, d int64, r Rounding) (int64, bool) {
	if d == 0 {
		return 0, false
	}
	p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	q, rest := new(big.Int).QuoRem(p, big.NewInt(d), new(big.Int))
	away := big.NewInt(1)
	if p.Sign()*big.NewInt(d).Sign() < 0 {
		away = big.NewInt(-1)
	}
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	c := twice.Cmp(new(big.Int).Abs(big.NewInt(d)))
	if rest.Sign() != 0 && (r == Up || (r == HalfEven && (c > 0 || (c == 0 && q.Bit(0) == 1)))) {
		q.Add(q, away)
	}
	return q.Int64(), q.IsInt64()
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals uint8
		want     int64
		exact    bool
	}{
		{"0", 8, 0, true},
		{"1", 0, 1, true},
		{"-12.50", 2, -1250, true},
		{"+3", 1, 30, true},
		{"1.5e3", 2, 150000, true},
		{"15e-1", 1, 15, true},
		{".5", 1, 5, true},
		{"5.", 1, 50, true},
		{"0.005", 2, 0, false},
		{"0.015", 2, 2, false},
		{"0.025", 2, 2, false},
		{"-0.035", 2, -4, false},
		{"9223372036854775807", 0, math.MaxInt64, true},
		{"-9223372036854775808", 0, math.MinInt64, true},
		{"46319.0", 8, 4631900000000, true},
		{"2300413.7295", 8, 230041372950000, true},
		{"0.1000000000000000000000", 1, 1, true},
		{"1e-30", 8, 0, false},
	} {
		got, err := ParseDecimalRounded(c.in, c.decimals)
		if err != nil || got != c.want {
			t.Errorf("ParseDecimalRounded(%q, %d) = %d, %v; want %d", c.in, c.decimals, got, err, c.want)
		}
		if _, err := ParseDecimal(c.in, c.decimals); (err == nil) != c.exact {
			t.Errorf("ParseDecimal(%q, %d): error %v; want exact %v", c.in, c.decimals, err, c.exact)
		}
	}
	for _, bad := range []string{"", "-", ".", "NaN", "inf", "1,5", "1e", "1e99999", "0x10", "1 ", " 1", "9223372036854775808", "1e19", "--1", "1.2.3"} {
		if v, err := ParseDecimalRounded(bad, 0); err == nil {
			t.Errorf("ParseDecimalRounded(%q) = %d, want an error", bad, v)
		}
	}
}

// FuzzDecimal: what is written is read back, and what is read is within half a unit of the text.
func FuzzDecimal(f *testing.F) {
	f.Add("12.345", uint8(2))
	f.Add("-0.00000001", uint8(8))
	f.Add("1e-7", uint8(8))
	f.Fuzz(func(t *testing.T, s string, decimals uint8) {
		decimals %= DecimalsMax + 1
		v, err := ParseDecimalRounded(s, decimals)
		if err != nil {
			return
		}
		back, err := ParseDecimal(FormatDecimal(v, decimals), decimals)
		if err != nil || back != v {
			t.Fatalf("%d is written %s and read %d, %v", v, FormatDecimal(v, decimals), back, err)
		}
		exact, ok := new(big.Rat).SetString(s)
		if !ok || len(s) > 60 {
			return
		}
		exact.Mul(exact, new(big.Rat).SetInt64(Pow10(int(decimals))))
		exact.Sub(exact, new(big.Rat).SetInt64(v))
		if exact.Abs(exact).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("ParseDecimalRounded(%q, %d) = %d is off by %s units", s, decimals, v, exact.FloatString(5))
		}
	})
}

func TestNotionalKeepsTheMultiplier(t *testing.T) {
	in := Instrument{Name: "x", PriceDecimals: 2, QuantityDecimals: 3, Multiplier: One / 2}
	if m, ok := in.Notional(10_050, 2_000, HalfEven); !ok || m != 100_50000000 {
		t.Errorf("100.50 × 2.000 × 0.5 = %s, %v; want 100.5", FormatDecimal(m, MoneyDecimals), ok)
	}
	in.Multiplier = One
	in.PriceDecimals, in.QuantityDecimals = 12, 12
	if m, ok := in.Notional(1_000_000_000_000, 3_000_000_000_000, HalfEven); !ok || m != 3*One {
		t.Errorf("1 × 3 at twelve decimals = %d, %v", m, ok)
	}
}

func ExampleFormatDecimal() {
	v, _ := ParseDecimal("169.02", 8)
	fmt.Println(v, FormatDecimal(v, 8), FormatFixed(v, 8, 1))
	// Output: 16902000000 169.02 169.0
}
