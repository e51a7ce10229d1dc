package config

import (
	"errors"
	"math/big"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func TestDecimalsAreExact(t *testing.T) {
	for _, c := range []struct {
		text     string
		decimals int
		want     int64
	}{
		{"0", 8, 0},
		{"-0", 8, 0},
		{"1", 0, 1},
		{"1", 8, 100_000_000},
		{"0.002", 8, 200_000},
		{"-12.5", 1, -125},
		{"0.10", 1, 1},
		{"00.10", 1, 1},
		{".5", 1, 5},
		{"92233720368.54775807", 8, maxInt64},
		{"-92233720368.54775807", 8, -maxInt64},
		{"9223372036854775807", 0, maxInt64},
		{"1e-05", 8, 1000},
		{"1.5e3", 0, 1500},
		{"1.25E1", 1, 125},
		{"12e-3", 3, 12},
		{"123.4e-2", 3, 1234},
	} {
		if got, err := parseDecimal(c.text, c.decimals); err != nil || got != c.want {
			t.Errorf("parseDecimal(%q, %d) = %d, %v; want %d", c.text, c.decimals, got, err, c.want)
		}
	}
}

func TestWhatIsNoDecimalOfItsScaleIsRefusedNotRounded(t *testing.T) {
	for _, text := range []string{"", "-", ".", "1.", "+1", "1,5", "1_000", " 1", "0x1", "1e", "e5", "1e999", "1e1.5", "NaN", "Inf", "1.2.3", "--1", "٣"} {
		if v, err := parseDecimal(text, 8); !errors.Is(err, errNotDecimal) {
			t.Errorf("parseDecimal(%q) = %d, %v", text, v, err)
		}
	}
	for _, text := range []string{"92233720368.54775808", "-92233720368.54775808", "184467440737.09551617", "1e30", "99999999999999999999"} {
		if v, err := parseDecimal(text, 8); !errors.Is(err, errTooLarge) {
			t.Errorf("parseDecimal(%q) = %d, %v", text, v, err)
		}
	}
	for text, found := range map[string]int{"0.123456789": 9, "1e-9": 9, "0.000000001": 9} {
		var fine tooFine
		if v, err := parseDecimal(text, 8); !errors.As(err, &fine) || fine.found != found {
			t.Errorf("parseDecimal(%q) = %d, %v", text, v, err)
		}
	}
}

func TestNumbersOfHCLAreExactAlsoWhereTheyAreComputed(t *testing.T) {
	for expression, want := range map[string]string{
		"0.002":                     "0.002",
		"0.1 + 0.2":                 "0.3",
		"-0.5":                      "-0.5",
		"0 * -1":                    "0",
		"1 / 3 * 3":                 "1",
		"10000":                     "10000",
		"1e20":                      "100000000000000000000",
		"9223372036854775807":       "9223372036854775807",
		"0.12345678901234567890123": "0.12345678901234567890123",
	} {
		e, problems := hclsyntax.ParseExpression([]byte(expression), "x", hcl.InitialPos)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		v, problems := e.Value(nil)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		if got, ok := numberText(v); !ok || got != want {
			t.Errorf("%s is %s, %v; want %s", expression, got, ok, want)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0.002", "-12.5", "1e-05", "92233720368.54775807", ".5", "1e40", "x"} {
		f.Add(s, uint8(8))
	}
	f.Fuzz(func(t *testing.T, text string, decimals uint8) {
		d := int(decimals % (DecimalsMax + 1))
		v, err := parseDecimal(text, d)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number, and was read as %d", text, v)
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d)), nil)
		if got := new(big.Rat).SetFrac(big.NewInt(v), scale); got.Cmp(want) != 0 {
			t.Fatalf("%q was read as %s", text, got)
		}
		back, err := parseDecimal(formatDecimal(v, d), d)
		if err != nil || back != v {
			t.Fatalf("%d of %d decimals is written %s and read as %d, %v", v, d, formatDecimal(v, d), back, err)
		}
	})
}
