package sandbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// TestHostileDeterminism: compiler and interpreter end every hostile module at the same place, with the
// same fuel, words, memory and state.
func TestHostileDeterminism(t *testing.T) {
	cases := hostileCases(t)
	compiled, interpreted := hostileOutcomes(cases, newRuntime(t, Config{})), hostileOutcomes(cases, newRuntime(t, Config{Interpreter: true}))
	for n := range compiled {
		if compiled[n] != interpreted[n] {
			t.Errorf("compiler:    %s\ninterpreter: %s", compiled[n], interpreted[n])
		}
	}
	t.Logf("%d modules ended the same on both engines", len(compiled))
}

var outcomesFile = flag.String("outcomes", "", "file of TestOutcomesAreTheSameEverywhere: written if it is not there, else held against")

// TestOutcomesAreTheSameEverywhere is for another architecture: what it writes there and here must be
// the same. The guests are those whose bytes do not depend on a compiler at hand.
//
//	F=$(mktemp -u); go test -run Everywhere . -args -outcomes=$F
//	GOARCH=arm64 go test -c -o sandbox.arm64 . && qemu-aarch64 sandbox.arm64 -test.run Everywhere -outcomes=$F
func TestOutcomesAreTheSameEverywhere(t *testing.T) {
	if *outcomesFile == "" {
		t.Skip("compares two architectures: see -outcomes")
	}
	cases := slices.DeleteFunc(hostileCases(t), func(c *hostileCase) bool { return strings.HasPrefix(c.name, "go-") })
	for _, r := range []*Runtime{newRuntime(t, Config{}), newRuntime(t, Config{Interpreter: true})} {
		lines := hostileOutcomes(cases, r)
		for _, s := range strategies(t, false) {
			lines = append(lines, s.name+": "+strings.Join(record(t, start(t, r, s, 11), 0, s.ticks), " "))
		}
		got := strings.Join(lines, "\n")
		want, err := os.ReadFile(*outcomesFile)
		if errors.Is(err, fs.ErrNotExist) {
			want, err = []byte(got), os.WriteFile(*outcomesFile, []byte(got), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if wants := strings.Split(string(want), "\n"); !slices.Equal(lines, wants) {
			n := firstDifference(lines, wants)
			t.Errorf("on the %s of %s:\n%.300s\nwant\n%.300s", r.engine(), runtime.GOARCH, lines[n], wants[n])
		}
		t.Logf("%d outcomes on the %s of %s", len(lines), r.engine(), runtime.GOARCH)
	}
}

// hostileOutcomes words all that must be the same everywhere.
func hostileOutcomes(cases []*hostileCase, r *Runtime) (lines []string) {
	loaded := map[string]*Module{}
	for _, c := range cases {
		if strings.HasSuffix(c.name, "with fuel") {
			continue // seconds on the interpreter, and nothing new
		}
		c.limits.FuelInit, c.limits.FuelSave = 2_000_000, 2_000_000
		if strings.HasPrefix(c.name, "go-") {
			c.limits.FuelInit = 0 // Go's runtime needs 1.2 million units to start
		}
		o := c.runOnce(r, loaded)
		line := fmt.Sprintf("%s: %s at %s, %d units, %d bytes, printed %q, state %x", c.name, o.verdict, o.at, o.fuel, o.memory, o.printed, o.hash)
		if o.trap != nil {
			line += fmt.Sprintf(", code %d, %q, %q", o.trap.Code, o.trap.Message, o.trap.Printed)
		}
		lines = append(lines, line)
	}
	return lines
}

// runOnce is run, but loads the guests of Go and Rust, which many cases share, once for each engine.
func (c *hostileCase) runOnce(r *Runtime, loaded map[string]*Module) outcome {
	guest, _, shared := strings.Cut(c.name, " ")
	if !shared {
		return c.run(r, nil)
	}
	key := r.engine() + guest
	if loaded[key] == nil {
		m, err := r.Load(context.Background(), guest, c.wasm, c.limits)
		if err != nil {
			return outcome{}.end("load", err)
		}
		loaded[key] = m
	}
	return c.live(loaded[key], nil, outcome{})
}

// strategy is one of the examples, and a guest with a heap full of goroutines and maps.
type strategy struct {
	name  string
	wasm  []byte
	ticks int // that it can be given in a test's time
}

func strategies(t *testing.T, inGo bool) []strategy {
	s := []strategy{{"counter", readGuest(t, "counter.wasm"), 150}}
	if inGo {
		s = append(s, strategy{"go-heap", readFile(t, buildGo(t, "host/sandbox/testdata/guests/go-heap", "")), 40})
	}
	for _, name := range exampleGuests {
		if inGo || !strings.HasSuffix(name, "-go") {
			s = append(s, strategy{name, readExample(t, name), 150})
		}
	}
	return s
}

// record runs ticks from..to and notes output, fuel and, at the end, the state.
func record(t *testing.T, i *Instance, from, to int) (trace []string) {
	t.Helper()
	w := abi.NewWriter(1 << 16)
	for n := from; n < to; n++ {
		out, used, err := i.Tick(barTick(w, n), int64(n+1)*60e9, 20_000_000)
		if err != nil {
			t.Fatalf("tick %d: %v\n%s", n, err, err.(*Trap).Printed)
		}
		trace = append(trace, fmt.Sprintf("%x %d", out, used))
	}
	return append(trace, fmt.Sprintf("%x", stateOf(i)))
}

// TestEnginesAgree: outputs, fuel and state of the examples are the same on both engines, tick by tick.
func TestEnginesAgree(t *testing.T) {
	compiler, interpreter := newRuntime(t, Config{}), newRuntime(t, Config{Interpreter: true})
	for _, s := range strategies(t, !underRace) {
		t.Run(s.name, func(t *testing.T) {
			var traces [2][]string
			for n, r := range []*Runtime{compiler, interpreter} {
				traces[n] = record(t, start(t, r, s, 11), 0, s.ticks)
			}
			if !slices.Equal(traces[0], traces[1]) {
				t.Errorf("compiler and interpreter differ first at tick %d", firstDifference(traces[0], traces[1]))
			}
		})
	}
}

// TestSeedMatters: a guest that uses randomness runs the same by the same seed, and else by another.
func TestSeedMatters(t *testing.T) {
	r := newRuntime(t, Config{})
	counter := strategy{"counter", readGuest(t, "counter.wasm"), 5}
	one, same, other := record(t, start(t, r, counter, 1), 0, 5), record(t, start(t, r, counter, 1), 0, 5), record(t, start(t, r, counter, 2), 0, 5)
	if !slices.Equal(one, same) || slices.Equal(one, other) {
		t.Errorf("seed 1: %v\nagain:  %v\nseed 2: %v", one, same, other)
	}
}

// TestRestoreContinues: an instance made from a snapshot, encoded and decoded on the way, in another
// runtime, goes on exactly as the one that was never interrupted; and the same again after a trap.
func TestRestoreContinues(t *testing.T) {
	for _, s := range strategies(t, !underRace) {
		t.Run(s.name, func(t *testing.T) {
			before, after := s.ticks, s.ticks
			whole := start(t, newRuntime(t, Config{}), s, 11)
			record(t, whole, 0, before)
			var taken Snapshot
			if err := whole.Snapshot(&taken); err != nil {
				t.Fatal(err)
			}
			encoded, err := taken.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			want := record(t, whole, before, before+after)

			var read Snapshot
			if err := read.UnmarshalBinary(encoded); err != nil {
				t.Fatal(err)
			}
			if read.Hash() != taken.Hash() {
				t.Error("a decoded snapshot has another hash")
			}
			m, err := newRuntime(t, Config{}).Load(context.Background(), s.name, s.wasm, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second from the same snapshot, after the first went on and trapped
				resumed, err := m.Restore(context.Background(), InstanceConfig{Name: "resumed"}, &read)
				if err != nil {
					t.Fatal(err)
				}
				if got := record(t, resumed, before, before+after); !slices.Equal(got, want) {
					t.Errorf("resumed and uninterrupted differ first at tick %d", before+firstDifference(got, want))
				}
				if _, _, err := resumed.Tick(nil, 0, 0); err == nil {
					t.Error("a tick without fuel succeeded")
				}
				if err := resumed.Close(); err != nil {
					t.Error(err)
				}
			}
			t.Logf("%d bytes of memory, %d globals, snapshot of %d bytes", taken.MemoryBytes(), len(taken.Globals), len(encoded))
		})
	}
}

func start(t *testing.T, r *Runtime, s strategy, seed uint64) *Instance {
	t.Helper()
	m, err := r.Load(context.Background(), s.name, s.wasm, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return instantiate(t, m, InstanceConfig{Name: s.name, Seed: seed, Time: 1})
}

func firstDifference(a, b []string) int {
	for n := range min(len(a), len(b)) {
		if a[n] != b[n] {
			return n
		}
	}
	return min(len(a), len(b))
}
