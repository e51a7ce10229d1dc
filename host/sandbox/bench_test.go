package sandbox

import (
	"context"
	"fmt"
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

// BenchmarkTickNothing is a strategy that does nothing, by turns with and without the meter: the
// difference is what fuel and stack cost a tick.
func BenchmarkTickNothing(b *testing.B) {
	for _, metered := range []bool{true, false, true, false} {
		b.Run(fmt.Sprintf("metered=%v", metered), func(b *testing.B) {
			r := newRuntime(b, Config{})
			r.unmetered = !metered
			i := instantiate(b, loadGuest(b, r, "nop.wasm", Limits{}), InstanceConfig{})
			input := make([]byte, 256)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := i.Tick(input, 1, 2_000_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInstance is the life of an instance around its ticks.
func BenchmarkInstance(b *testing.B) {
	for _, name := range exampleGuests {
		m, err := newRuntime(b, Config{}).Load(context.Background(), name, readExample(b, name), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		i := instantiate(b, m, InstanceConfig{})
		for n, input := range ticks(100) {
			if _, _, err := i.Tick(input, int64(n), 20_000_000); err != nil {
				b.Fatal(err)
			}
		}
		var s Snapshot
		if err := i.Snapshot(&s); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/snapshot", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := i.Snapshot(&s); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(s.MemoryBytes())
		})
		b.Run(name+"/instantiate", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				made, err := m.Instantiate(context.Background(), InstanceConfig{})
				if err != nil {
					b.Fatal(err)
				}
				made.Close()
			}
		})
		b.Run(name+"/restore", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				made, err := m.Restore(context.Background(), InstanceConfig{}, &s)
				if err != nil {
					b.Fatal(err)
				}
				made.Close()
			}
		})
		b.Run(name+"/hash", func(b *testing.B) {
			for b.Loop() {
				stateOf(i)
			}
		})
	}
}

// BenchmarkLoad is admission, metering, compilation and the first start.
func BenchmarkLoad(b *testing.B) {
	for _, name := range exampleGuests {
		wasm := readExample(b, name)
		for _, c := range []struct {
			name   string
			config Config
		}{{"compiled", Config{}}, {"cached", Config{CacheDir: b.TempDir()}}} {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				r := newRuntime(b, c.config)
				load := func() {
					m, err := r.Load(context.Background(), name, wasm, Limits{})
					if err != nil {
						b.Fatal(err)
					}
					m.Close()
				}
				if c.name == "cached" {
					load()
				}
				for b.Loop() {
					load()
				}
			})
		}
	}
}
