package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// kernel is one exported function and a size that takes some milliseconds.
type kernel struct {
	name string
	size int32
}

// suite is the kernels of one compiler, in one module.
type suite struct {
	name    string
	wasm    []byte
	kernels []kernel
	alone   bool // only wazero with and without fuel
	repeat  int  // times the rounds: a suite of few and short kernels takes more to be steady
}

var kernelsOf = map[string][]kernel{
	"c": {
		{"matmul", 96},
		{"indicators", 1 << 15},
		{"quicksort", 60_000},
		{"heapsort_indirect", 40_001},
		{"hashmap", 300_000},
		{"sha256", 3_000},
		{"fib", 28},
		{"vcalls", 1_500},
		{"sieve", 1 << 20},
		{"vm", 1_500_000},
		{"coremark", 250},
		{"mandel", 150},
		{"nbody", 25_000},
		{"parse", 25},
		{"copy", 100},
	},
	"go": {{"go_indicators", 60_000}, {"go_sort", 60_000}, {"go_map", 150_000}, {"go_json", 700}, {"go_fib", 25}},
	"as": {{"as_ema", 40}, {"as_objs", 60_000}, {"as_map", 150_000}},
}

func loadSuites(dir string) ([]suite, error) {
	var suites []suite
	for _, name := range []string{"c", "go", "as"} {
		file := filepath.Join(dir, name, "kernels.wasm")
		if name == "go" {
			built, err := buildGo(filepath.Join(dir, "go"))
			if err != nil {
				return nil, err
			}
			defer os.RemoveAll(filepath.Dir(built))
			file = built
		}
		wasm, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		suites = append(suites, suite{name: name, wasm: wasm, kernels: kernelsOf[name], repeat: map[string]int{"c": 1, "go": 1, "as": 3}[name]})
	}
	return suites, nil
}

func buildGo(dir string) (string, error) {
	tmp, err := os.MkdirTemp("", "bench-fuel")
	if err != nil {
		return "", err
	}
	out := filepath.Join(tmp, "kernels.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Go kernels: %w\n%s", err, msg)
	}
	return out, nil
}
