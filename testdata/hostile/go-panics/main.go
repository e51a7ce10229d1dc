//go:build wasip1

// Command go-panics is a guest in Go that goes wrong as the first byte of its input says. The test of
// host/sandbox builds and runs it:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
	"unsafe"
)

var (
	buffer [4096]uint64
	kept   [][]byte
	nobody map[string]int
	zero   int
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
func tick(_, _ uint32) uint64 {
	switch mode := byte(buffer[0]); mode {
	case 'p':
		panic("the author's own words")
	case 'i':
		_ = kept[len(kept)+zero]
	case 'm':
		nobody["x"] = 1
	case 'd':
		zero = 1 / zero
	case 'n':
		var p *int
		*p = 1
	case 'b':
		select {} // every goroutine is asleep
	case 'x':
		os.Exit(3)
	case 'l':
		for {
			zero++
		}
	case 'g':
		for range 100 {
			go func() {
				for {
					time.Sleep(time.Second)
				}
			}()
		}
		time.Sleep(time.Hour)
	case 'a':
		for range 200 {
			kept = append(kept, make([]byte, 1<<20))
		}
	case 'r':
		zero = recurse(1 << 30)
	case 'f':
		fmt.Print(strings.Repeat("\x1b[31mflood\x1b[0m\n", 2000))
	case 'o': // all is well
		fmt.Println(time.Now().UTC().Format(time.RFC3339), rand.IntN(1000) < 1000, len(os.Args), os.Getenv("HOME"))
		if _, err := os.ReadFile("/etc/passwd"); err == nil {
			panic("read a file of the host")
		}
	}
	return 0
}

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + recurse(n-1)
}

func main() {}
