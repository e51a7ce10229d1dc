package event

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func pickWide(r *rand.Rand) int64 {
	edge := []int64{0, 1, -1, 2, 3, 10, math.MaxInt64, math.MinInt64, 1e8, -1e8, 1e18, 1 << 62}
	if r.IntN(4) == 0 {
		return edge[r.IntN(len(edge))]
	}
	return int64(r.Uint64()) >> r.IntN(64)
}

func roundedBig(n, d *big.Int, r Rounding) (int64, bool) {
	if d.Sign() == 0 {
		return 0, false
	}
	q, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	away := big.NewInt(int64(n.Sign() * d.Sign()))
	c := new(big.Int).Abs(rest)
	c.Lsh(c, 1)
	half := c.Cmp(new(big.Int).Abs(d))
	if rest.Sign() != 0 && (r == Up || (r == HalfEven && (half > 0 || (half == 0 && q.Bit(0) == 1)))) {
		q.Add(q, away)
	}
	return q.Int64(), q.IsInt64()
}

func product(v ...int64) *big.Int {
	p := big.NewInt(1)
	for _, x := range v {
		p.Mul(p, big.NewInt(x))
	}
	return p
}

func TestMulDivWideIsTheRoundedQuotient(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	fit := 0
	for range 500_000 {
		a, b, c, d, e := pickWide(r), pickWide(r), pickWide(r), pickWide(r), pickWide(r)
		rounding := Rounding(r.IntN(3))
		got, ok := MulDivWide(a, b, c, d, e, rounding)
		want, fits := roundedBig(product(a, b, c), product(d, e), rounding)
		if ok != fits || (ok && got != want) {
			t.Fatalf("MulDivWide(%d, %d, %d, %d, %d, %d) = %d, %v; want %d, %v", a, b, c, d, e, rounding, got, ok, want, fits)
		}
		if ok && want != 0 {
			fit++
		}
	}
	if fit < 100_000 {
		t.Fatalf("only %d quotients had something to compare", fit)
	}
}

func TestSumIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 50_000 {
		var s Sum
		want := new(big.Int)
		for range 1 + r.IntN(6) {
			a, b := pickWide(r)>>1, pickWide(r)>>1
			s.Add(a, b)
			want.Add(want, product(a, b))
		}
		d, rounding := pickWide(r), Rounding(r.IntN(3))
		got, ok := s.Div(d, rounding)
		quotient, fits := roundedBig(want, big.NewInt(d), rounding)
		if ok != fits || (ok && got != quotient) {
			t.Fatalf("%s / %d = %d, %v; want %d, %v", want, d, got, ok, quotient, fits)
		}
	}
}

func TestNotionalIsExactForEveryScaleAndMultiplier(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	fit := 0
	for range 300_000 {
		in := Instrument{
			PriceDecimals: uint8(r.IntN(DecimalsMax + 1)), QuantityDecimals: uint8(r.IntN(DecimalsMax + 1)),
			Multiplier: One,
		}
		if r.IntN(3) > 0 {
			in.Multiplier = 1 + int64(r.Uint64()>>1)>>r.IntN(62)
		}
		price, quantity, rounding := pickWide(r), pickWide(r), Rounding(r.IntN(3))
		got, ok := in.Notional(price, quantity, rounding)
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(in.PriceDecimals)+int64(in.QuantityDecimals)), nil)
		want, fits := roundedBig(product(price, quantity, in.Multiplier), scale, rounding)
		if ok != fits || (ok && got != want) {
			t.Fatalf("%+v: Notional(%d, %d, %d) = %d, %v; want %d, %v", in, price, quantity, rounding, got, ok, want, fits)
		}
		if ok && want != 0 {
			fit++
		}
	}
	if fit < 50_000 {
		t.Fatalf("only %d products had something to compare", fit)
	}
}

func TestAQuotientThatRoundsUpTo64BitsDoesNotFit(t *testing.T) {
	const a, b = 31, 1190112520884487201 // a·b is 2·2^64 - 1, and half of it rounds to 2^64
	if v, ok := MulDiv(a, b, 2, HalfEven); ok {
		t.Errorf("MulDiv is %d; 2^64 does not fit", v)
	}
	if v, ok := MulDivWide(a, b, 1, 2, 1, HalfEven); ok {
		t.Errorf("MulDivWide is %d; 2^64 does not fit", v)
	}
	// The first words of dividend and divisor are equal: the guess is not a division.
	if v, ok := MulDivWide(math.MinInt64, math.MinInt64, math.MinInt64, math.MaxInt64, 1<<62+1, Down); ok {
		t.Errorf("MulDivWide is %d; nearly 2^64 does not fit", v)
	}
	var s Sum
	s.Add(a, b)
	if v, ok := s.Div(2, HalfEven); ok {
		t.Errorf("Sum.Div is %d; 2^64 does not fit", v)
	}
}

func BenchmarkNotionalWithAMultiplier(b *testing.B) {
	in := Instrument{PriceDecimals: 12, QuantityDecimals: 12, Multiplier: 123_456_789_01}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := in.Notional(50_000_123_456_789_012, 1_234_567_890_123, HalfEven); !ok {
			b.Fatal("does not fit")
		}
	}
}
