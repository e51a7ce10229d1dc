package sandbox

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// TestInstancesShareAnImageAndNothingElse: whatever instances of one module do, in whatever order, each has the
// memory of an instance that shares nothing: after its start, its ticks, growing beyond the image, and being
// restored.
func TestInstancesShareAnImageAndNothingElse(t *testing.T) {
	for _, s := range strategies(t, !underRace) {
		t.Run(s.name, func(t *testing.T) {
			r := newRuntime(t, Config{})
			shared, err := r.Load(context.Background(), s.name, s.wasm, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			plain := *shared
			plain.image = nil
			if runtime.GOOS == "linux" && shared.image == nil {
				t.Fatal("the module has no image")
			}
			w := abi.NewWriter(1 << 16)
			var instances [2][3]*Instance
			for k, m := range []*Module{shared, &plain} {
				for n := range instances[k] {
					instances[k][n] = instantiate(t, m, InstanceConfig{Seed: uint64(n), Time: 1})
				}
			}
			for tick := range s.ticks {
				for n := range instances[0] {
					for k := range instances {
						i := instances[k][n]
						if _, _, err := i.Tick(barTick(w, tick*(n+1)), int64(tick+1)*60e9, 20_000_000); err != nil {
							t.Fatal(err)
						}
						if tick%16 != 3*n {
							continue
						}
						var taken Snapshot
						if err := i.Snapshot(&taken); err != nil {
							t.Fatal(err)
						}
						again, err := []*Module{shared, &plain}[k].Restore(context.Background(), InstanceConfig{}, &taken)
						if err != nil {
							t.Fatal(err)
						}
						if err := i.Close(); err != nil {
							t.Fatal(err)
						}
						t.Cleanup(func() { again.Close() })
						instances[k][n] = again
					}
				}
			}
			for n := range instances[0] {
				a, b := instances[0][n], instances[1][n]
				if stateOf(a) != stateOf(b) {
					t.Errorf("instance %d is in another state than one that shares nothing", n)
				}
				tail := a.backing.reserved[len(a.wholeMemory()):max(len(a.wholeMemory()), a.backing.image.size())]
				if len(bytes.Trim(tail, "\x00")) > 0 {
					t.Errorf("instance %d would grow into bytes that are not zero", n)
				}
			}
			var taken Snapshot
			if err := instances[0][0].Snapshot(&taken); err != nil {
				t.Fatal(err)
			}
			t.Logf("image of %d KiB; after %d ticks a snapshot of %d KiB has %d KiB of its own", shared.image.size()>>10, s.ticks, taken.MemoryBytes()>>10, taken.OwnBytes()>>10)
		})
	}
}

// TestMemoryThatGrowsBeginsWithZeros: an instance whose memory is smaller than the image, because the image was
// taken after the module had grown, grows into zeros all the same.
func TestMemoryThatGrowsBeginsWithZeros(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{})
	big := bytes.Repeat([]byte{0xaa}, 4*pageSize)
	if m.image = newImage(big); m.image == nil {
		t.Skip("this system shares nothing")
	}
	i := instantiate(t, m, InstanceConfig{})
	if _, ok := i.memory.Grow(6); !ok {
		t.Fatal("no growth")
	}
	memory := i.wholeMemory()
	if grown := memory[len(memory)-6*pageSize:]; len(bytes.Trim(grown, "\x00")) > 0 {
		t.Error("new memory is not zero")
	}
}

// TestOnlyPlainSegmentsAreLifted: data that must fail as it stands, or that is computed, stays the engine's.
func TestOnlyPlainSegmentsAreLifted(t *testing.T) {
	const header = "\x00asm\x01\x00\x00\x00"
	const memory = "\x05\x03\x01\x00\x01" // one page
	for name, c := range map[string]struct {
		data   string
		lifted bool
		at     int
	}{
		"in bounds":          {"\x0b\x08\x01\x00\x41\x10\x0b\x02hi", true, 16},
		"at the end":         {"\x0b\x0a\x01\x00\x41\xfe\xff\x03\x0b\x02hi", true, 65534},
		"beyond the end":     {"\x0b\x0a\x01\x00\x41\xff\xff\x03\x0b\x02hi", false, 0},
		"negative":           {"\x0b\x08\x01\x00\x41\x7f\x0b\x02hi", false, 0},
		"passive":            {"\x0b\x05\x01\x01\x02hi", false, 0},
		"computed":           {"\x0b\x0b\x01\x00\x41\x01\x41\x01\x6a\x0b\x02hi", false, 0},
		"a global's":         {"\x0b\x08\x01\x00\x23\x00\x0b\x02hi", false, 0},
		"cut short":          {"\x0b\x07\x01\x00\x41\x10\x0b\x02h", false, 0},
		"of a memory by its": {"\x0b\x09\x01\x02\x00\x41\x10\x0b\x02hi", false, 0},
	} {
		wasm := []byte(header + memory + c.data)
		out, segments, lifted := liftData(wasm)
		if lifted != c.lifted || lifted && (len(segments) != 1 || segments[0].at != c.at || string(segments[0].bytes) != "hi" || string(out) != header+memory) || !lifted && !bytes.Equal(out, wasm) {
			t.Errorf("%s: %q, %v, %v", name, out, segments, lifted)
		}
	}
	counted := []byte(header + memory + "\x0c\x01\x01" + "\x0a\x01\x00" + "\x0b\x08\x01\x00\x41\x10\x0b\x02hi")
	if out, _, lifted := liftData(counted); !lifted || string(out) != header+memory+"\x0a\x01\x00" {
		t.Errorf("with a count: %q, %v", out, lifted)
	}
}
