package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFuelPercentilesAreExactBelowTwoMillion(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h fuelHistogram
	var all []int64
	for range 20_000 {
		v := int64(math.Exp(random.Float64() * math.Log(fuelExact-1)))
		h.add(v)
		all = append(all, v)
	}
	slices.Sort(all)
	for p := int64(1); p <= 100; p++ {
		want := all[(int64(len(all))*p+99)/100-1]
		if got := h.percentile(p); got != want {
			t.Fatalf("p%d: got %d, want %d", p, got, want)
		}
	}
}

func TestFuelPercentilesAreWithinOneInAMillionAbove(t *testing.T) {
	for _, v := range []int64{fuelExact - 1, fuelExact, fuelExact + 1, 3 * fuelExact, 123_456_789_012, math.MaxInt64 / 3, math.MaxInt64} {
		i := fuelIndex(uint64(v))
		edge := fuelEdge(i)
		if edge < v || float64(edge-v) > float64(v)/(1<<20) {
			t.Errorf("%d is shown as %d", v, edge)
		}
		if v < math.MaxInt64 && fuelIndex(uint64(edge)) != i {
			t.Errorf("edge %d of %d has another index", edge, v)
		}
		if edge < math.MaxInt64 && fuelIndex(uint64(edge)+1) != i+1 {
			t.Errorf("after edge %d comes index %d, want %d", edge, fuelIndex(uint64(edge)+1), i+1)
		}
	}
	var h fuelHistogram
	h.add(5_000_001)
	if got := h.percentile(50); got != 5_000_001 {
		t.Errorf("a single value is shown as %d: no percentile may exceed the greatest value", got)
	}
}

func TestNoFuelHasNoPercentile(t *testing.T) {
	var h fuelHistogram
	if h.percentile(50) != 0 || h.max != 0 {
		t.Error("want 0")
	}
}
