package meter

import (
	"math"
	"testing"
)

const canonical64, canonical32 = 0x7ff8000000000000, 0x7fc00000

// odd are NaNs with bits of their own, of both signs, quiet and signalling.
var odd = []uint64{0x7ff8000000000001, 0xfff8000000000000, 0x7ff4000000000000, 0xfffbadc0ffee0000}

func TestNaNsThatArithmeticMadeAreCanonical(t *testing.T) {
	i := start(t, wat(t, "nan"), Config{CanonicalNaN: true})
	names := []string{
		"bits", "through_local", "through_loop", "through_block", "through_if", "through_select",
		"through_global", "through_call", "to_host", "result", "lanes",
	}
	for _, in := range odd {
		for _, name := range names {
			if got, _, err := i.call(0, name, in); err != nil || got != canonical64 {
				t.Errorf("%s(%#x) = %#x, %v", name, in, got, err)
			}
		}
		if got, _, _ := i.call(0, "sign", in); got != math.Float64bits(1) {
			t.Errorf("sign(%#x) = %#x: the sign of a NaN is seen", in, got)
		}
		i.call(0, "store", in)
		if got, _ := i.m.Memory().ReadUint64Le(0); got != canonical64 {
			t.Errorf("store(%#x) leaves %#x", in, got)
		}
		i.call(0, "store32", in)
		if got, _ := i.m.Memory().ReadUint32Le(0); got != canonical32 {
			t.Errorf("store32(%#x) leaves %#x", in, got)
		}
	}
	if got, _, _ := i.call(0, "through_loop", math.Float64bits(1.5)); got != math.Float64bits(7.5) {
		t.Errorf("numbers stay: %v", math.Float64frombits(got))
	}
}

func TestNaNsThatOnlyMoveKeepTheirBits(t *testing.T) {
	i := start(t, wat(t, "nan"), Config{CanonicalNaN: true})
	for _, in := range odd {
		for _, name := range []string{"moved", "cast"} {
			if got, _, err := i.call(0, name, in); err != nil || got != in {
				t.Errorf("%s(%#x) = %#x, %v", name, in, got, err)
			}
		}
	}
}

// Without it the bits show, at least in one case: else the test above would show nothing.
func TestNaNBitsShowOtherwise(t *testing.T) {
	i := start(t, wat(t, "nan"), Config{})
	shown := false
	for _, in := range odd {
		got, _, _ := i.call(0, "bits", in)
		shown = shown || got != canonical64
	}
	if !shown {
		t.Error("no case shows the bits of a NaN")
	}
}
