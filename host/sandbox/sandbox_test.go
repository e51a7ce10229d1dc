package sandbox

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// newRuntime makes a runtime that the test closes.
func newRuntime(t testing.TB, c Config) *Runtime {
	t.Helper()
	r, err := NewRuntime(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// readGuest reads one of testdata/guests.
func readGuest(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "guests", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func loadGuest(t testing.TB, r *Runtime, name string, l Limits) *Module {
	t.Helper()
	m, err := r.Load(context.Background(), name, readGuest(t, name), l)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func instantiate(t testing.TB, m *Module, c InstanceConfig) *Instance {
	t.Helper()
	i, err := m.Instantiate(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

func TestTick(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{})
	var lines []string
	i := instantiate(t, m, InstanceConfig{Name: "a", Seed: 7, Output: func(s Stream, line string) { lines = append(lines, s.String()+" "+line) }})
	input := binary.LittleEndian.AppendUint64(nil, 42)
	for n := uint64(1); n <= 3; n++ {
		out, used, err := i.Tick(input, int64(n)*1000, 2_000_000)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) != 32 || binary.LittleEndian.Uint64(out) != 42 || binary.LittleEndian.Uint64(out[8:]) != n ||
			binary.LittleEndian.Uint64(out[16:]) != n*1000 {
			t.Fatalf("tick %d: output %x", n, out)
		}
		if used <= 3*hostCostCall || used > 1000 {
			t.Fatalf("tick %d used %d units", n, used)
		}
	}
	if len(lines) != 3 || lines[0] != "info tick" {
		t.Fatalf("printed %q", lines)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
