package report

import "math/bits"

// Fuel values below fuelExact have a counter each; above, values that agree in their first 21 bits
// share one. A counter page is made when a value in its range is first seen, so an agent whose ticks
// cost about the same takes a few kilobytes, whatever the number of its ticks.
const (
	fuelExactBits = 21
	fuelExact     = 1 << fuelExactBits
	fuelPageBits  = 9
)

type fuelPage [1 << fuelPageBits]uint64

// fuelHistogram counts fuel values. Percentiles are exact up to fuelExact-1 units and at most one part
// in 2^20 too high above.
type fuelHistogram struct {
	pages  []*fuelPage
	n, max int64
}

func (h *fuelHistogram) add(v int64) {
	v = max(v, 0)
	h.n++
	h.max = max(h.max, v)
	i := fuelIndex(uint64(v))
	p := i >> fuelPageBits
	if p >= uint64(len(h.pages)) || h.pages[p] == nil {
		h.grow(p)
	}
	h.pages[p][i&(1<<fuelPageBits-1)]++
}

func (h *fuelHistogram) grow(p uint64) {
	if n := int(p) + 1 - len(h.pages); n > 0 {
		h.pages = append(h.pages, make([]*fuelPage, n)...)
	}
	h.pages[p] = new(fuelPage)
}

func fuelIndex(v uint64) uint64 {
	if v < fuelExact {
		return v
	}
	shift := uint64(bits.Len64(v) - fuelExactBits)
	return shift<<(fuelExactBits-1) + v>>shift
}

// fuelEdge is the greatest value that has this index.
func fuelEdge(i uint64) int64 {
	if i < fuelExact {
		return int64(i)
	}
	shift := i>>(fuelExactBits-1) - 1
	first := i - shift<<(fuelExactBits-1)
	return int64((first+1)<<shift - 1)
}

// percentile is the nearest-rank percentile: the least value that at least p per cent of all values do
// not exceed. It is 0 where nothing was counted.
func (h *fuelHistogram) percentile(p int64) int64 {
	rank := (uint64(h.n)*uint64(p) + 99) / 100
	var seen uint64
	for pi, page := range h.pages {
		if page == nil {
			continue
		}
		for i, c := range page {
			if seen += c; c > 0 && seen >= rank {
				return min(fuelEdge(uint64(pi)<<fuelPageBits+uint64(i)), h.max)
			}
		}
	}
	return 0
}
