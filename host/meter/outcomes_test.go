package meter

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

var update = flag.Bool("update", false, "write testdata/outcomes.txt")

// TestOutcomesAreTheSameEverywhere holds fuel, traps, results and memory of the kernels, of NaN
// arithmetic and of deep recursion against a file that was written on amd64. It is what the build for
// another architecture runs:
//
//	GOARCH=arm64 go test -c -o /tmp/meter.arm64 . && qemu-aarch64 /tmp/meter.arm64 -test.run Everywhere
func TestOutcomesAreTheSameEverywhere(t *testing.T) {
	const file = "testdata/outcomes.txt"
	for _, engine := range []struct {
		name   string
		config wazero.RuntimeConfig
	}{{"compiler", wazero.NewRuntimeConfig()}, {"interpreter", wazero.NewRuntimeConfigInterpreter()}} {
		got := outcomes(t, engine.config)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wants := strings.Split(string(want), "\n")
		for i, line := range strings.Split(got, "\n") {
			if i >= len(wants) || line != wants[i] {
				t.Errorf("%s, line %d: %s", engine.name, i+1, line)
			}
		}
	}
}

func outcomes(t *testing.T, config wazero.RuntimeConfig) string {
	var b strings.Builder
	c := DefaultConfig()
	c.FuelStart = 1 << 40
	e := newEngine(t, config)
	made := map[string][]byte{}
	for _, k := range kernels {
		if k.file == "go" { // its bytes depend on the compiler's version
			continue
		}
		if made[k.file] == nil {
			made[k.file] = rewritten(t, kernelFile(t, k.file), c)
		}
		for _, budget := range []int64{1_000, 100_000, 1 << 40} {
			o := e.call(t, k.file, made[k.file], k.name, k.size, ExportFuel, budget)
			fmt.Fprintf(&b, "%s %d: result %d, used %d, memory %x, %q\n", k.name, budget, o.result, -o.used, o.memory[:8], o.trap)
		}
	}
	i := startOn(t, wat(t, "nan"), c, config)
	for _, name := range []string{"bits", "through_loop", "through_select", "result", "lanes", "sign", "moved"} {
		for _, in := range odd {
			got, left, err := i.call(1000, name, in)
			fmt.Fprintf(&b, "%s %#x: %#x, left %d, %s\n", name, in, got, left, first(err))
		}
	}
	s := startOn(t, wat(t, "shapes"), c, config)
	for _, name := range []string{"endless", "spin", "trap"} {
		_, left, err := s.call(200_000, name)
		fmt.Fprintf(&b, "%s: left %d, depth %d, %s\n", name, left, int32(s.depth.Get()), first(err))
	}
	return b.String()
}
