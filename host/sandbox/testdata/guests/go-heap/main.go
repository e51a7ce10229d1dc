//go:build wasip1

// Command go-heap is a guest whose state is hard to carry elsewhere: a heap that the collector goes
// through, maps in random order, goroutines asleep between ticks, a clock and randomness. The tests of
// host/sandbox build it:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
package main

import (
	"fmt"
	"math/rand"
	"sort"
	"time"
	"unsafe"
)

type node struct {
	left, right *node
	key         int
	name        string
}

var (
	buffer [1024]uint64
	output [4]uint64
	tree   *node
	counts = map[string]int{}
	woken  = make(chan int, 1000)
	ticks  int
)

//go:wasmexport agenthost_abi
func version() uint32 { return 1 << 16 }

//go:wasmexport agenthost_buffer
func input(size uint32) uint32 {
	if size > uint32(unsafe.Sizeof(buffer)) {
		return 0
	}
	return uint32(uintptr(unsafe.Pointer(&buffer)))
}

//go:wasmexport strategy_tick
func tick(_, length uint32) uint64 {
	ticks++
	if ticks%100 == 0 {
		tree = nil // for the collector
	}
	for range 20 {
		key := rand.Intn(1 << 20)
		tree = insert(tree, key, 0)
		counts[fmt.Sprint("key ", key%200)]++
	}
	if ticks%10 == 0 {
		go sleeper(ticks)
	}
	garbage := make([][]byte, 20)
	for n := range garbage {
		garbage[n] = make([]byte, rand.Intn(20_000))
	}
	first, total := "", 0
	for name, n := range counts { // Go shuffles
		if first == "" {
			first = name
		}
		total += n
	}
	awake := len(woken)
	for range awake {
		total += <-woken
	}
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	if ticks%8 == 0 {
		sort.Strings(names)
	}
	output[0] = uint64(total)<<32 | uint64(len(names))
	output[1] = uint64(time.Now().UnixNano())
	output[2] = uint64(len(first))<<32 | uint64(first[len(first)-1])
	output[3] = uint64(length)<<32 | uint64(awake)
	return uint64(uintptr(unsafe.Pointer(&output)))<<32 | uint64(unsafe.Sizeof(output))
}

func sleeper(n int) {
	time.Sleep(time.Duration(n) * time.Second)
	woken <- n
}

func insert(n *node, key, depth int) *node {
	switch {
	case n == nil || depth > 60:
		return &node{key: key, name: fmt.Sprint(key)}
	case key < n.key:
		n.left = insert(n.left, key, depth+1)
	default:
		n.right = insert(n.right, key, depth+1)
	}
	return n
}

func main() {}
