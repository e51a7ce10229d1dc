package sandbox

import (
	"context"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// ticks makes inputs ahead of time: the benchmark is of the sandbox, not of the writer.
func ticks(n int) [][]byte {
	w := abi.NewWriter(1 << 16)
	inputs := make([][]byte, n)
	for i := range inputs {
		inputs[i] = append([]byte(nil), barTick(w, i)...)
	}
	return inputs
}

func benchmarkTick(b *testing.B, r *Runtime, wasm []byte) {
	m, err := r.Load(context.Background(), "bench", wasm, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	i := instantiate(b, m, InstanceConfig{})
	inputs := ticks(1024)
	var fuel, outputs int64
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		out, used, err := i.Tick(inputs[n%len(inputs)], int64(n), 2_000_000)
		if err != nil {
			b.Fatal(err)
		}
		fuel += used
		if len(out) > 0 {
			outputs++
		}
	}
	b.ReportMetric(float64(fuel)/float64(b.N), "fuel/op")
	b.ReportMetric(float64(outputs)/float64(b.N), "outputs/op")
}

// BenchmarkTick is one tick of an SMA cross through the sandbox: input of 440 bytes written, guest
// called, output found, fuel set and read.
func BenchmarkTick(b *testing.B) {
	for _, name := range exampleGuests {
		wasm := readExample(b, name)
		b.Run(name, func(b *testing.B) { benchmarkTick(b, newRuntime(b, Config{}), wasm) })
	}
}

// BenchmarkTickUnmetered is the same without fuel and stack, which are then not set and read either.
func BenchmarkTickUnmetered(b *testing.B) {
	for _, name := range exampleGuests {
		wasm := readExample(b, name)
		b.Run(name, func(b *testing.B) {
			r := newRuntime(b, Config{})
			r.unmetered = true
			benchmarkTick(b, r, wasm)
		})
	}
}
