package server

import (
	"math/big"
	"strings"
	"testing"
)

func TestEqualNumbersAreEqualTexts(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "1.0": "1", "01.50": "1.5", "-0": "0", "-0.00": "0", "-00.10": "-0.1", "0.000000000001": "0.000000000001", "5.": "5",
		"": "!", ".5": "!", "-": "!", "1e3": "!", "+1": "!", "1.2.3": "!", "0x1": "!", "NaN": "!", " 1": "!", "٣": "!", strings.Repeat("9", 31): "!",
	} {
		got, ok := canonical(text)
		if (ok && string(got) != want) || ok == (want == "!") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestQuotient(t *testing.T) {
	for _, c := range []struct {
		a, b     int64
		decimals uint8
		want     Decimal
	}{{10000, 1, 2, "100"}, {1, 3, 0, "0.33333333"}, {2, 3, 0, "0.66666667"}, {-1, 3, 0, "-0.33333333"}, {-5, -2, 0, "2.5"}} {
		if got := quotient(big.NewInt(c.a), big.NewInt(c.b), c.decimals); got != c.want {
			t.Errorf("%d/%d is %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

// FuzzReadWish: whatever arrives, it is a wish that means the same when written and read again, or an error.
func FuzzReadWish(f *testing.F) {
	for _, s := range []string{"{" + buyOne + "}", "{" + bidOne + `,"time_in_force":"gtd","expire_time":"2026-01-01T00:00:00Z"}`, "", "[]", `{"quantity":1e9}`, `{"price":null}`} {
		f.Add([]byte(s), "a6e70123456789abcdef0123456789ab")
	}
	f.Fuzz(func(t *testing.T, body []byte, key string) {
		w, err := readWish(body, key)
		if err != nil {
			return
		}
		again, err := readWish(encode(w), key)
		if err != nil || again != w {
			t.Errorf("%+v came back as %+v, %v", w, again, err)
		}
	})
}
