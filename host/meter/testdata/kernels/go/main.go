// Kernels in Go: floats, sorting, maps, JSON, recursion. Built with
// GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared.
package main

import (
	"encoding/json"
	"sort"
)

func main() {}

//go:wasmexport go_indicators
func goIndicators(n int32) int64 {
	prices, ema := make([]float64, n), make([]float64, n)
	p := 100.0
	for i := range prices {
		p += float64(i*7919%13) - 6
		prices[i] = p
	}
	var last float64
	for round := 0; round < 10; round++ {
		e, k := prices[0], 2/float64(10+round)
		for i, v := range prices {
			e += k * (v - e)
			ema[i] = e
		}
		for i := 50; i < len(ema); i++ {
			var sum float64
			for _, v := range ema[i-10 : i] {
				sum += v
			}
			last = sum
		}
	}
	return int64(last * 1e6)
}

//go:wasmexport go_sort
func goSort(n int32) int64 {
	xs := make([]int, n)
	seed := uint32(1)
	for i := range xs {
		seed = seed*1664525 + 1013904223
		xs[i] = int(seed >> 8)
	}
	sort.Ints(xs)
	return int64(xs[len(xs)/3])
}

//go:wasmexport go_map
func goMap(n int32) int64 {
	m := map[uint32]int{}
	seed := uint32(2)
	sum := 0
	for i := int32(0); i < n; i++ {
		seed = seed*1664525 + 1013904223
		m[seed>>20]++
		sum += m[seed>>19]
	}
	return int64(sum + len(m))
}

type order struct {
	Symbol string   `json:"symbol"`
	Price  float64  `json:"price"`
	Sizes  []int    `json:"sizes"`
	Tags   []string `json:"tags"`
}

//go:wasmexport go_json
func goJSON(n int32) int64 {
	total := 0
	for i := int32(0); i < n; i++ {
		b, err := json.Marshal(order{"BTC/USD", 64123.5 + float64(i), []int{1, 2, 3}, []string{"a", "b"}})
		if err != nil {
			panic(err)
		}
		var o order
		if err := json.Unmarshal(b, &o); err != nil {
			panic(err)
		}
		total += len(b) + o.Sizes[2] + int(o.Price)
	}
	return int64(total)
}

func fib(n int32) int32 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//go:wasmexport go_fib
func goFib(n int32) int64 { return int64(fib(n)) }
