package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

func counter(t testing.TB, c InstanceConfig) *Instance {
	return instantiate(t, loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{}), c)
}

func TestFuelFallsOnTheSameUnit(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{})
	input := make([]byte, 16)
	_, needed, err := instantiate(t, m, InstanceConfig{}).Tick(input, 1, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, used, err := instantiate(t, m, InstanceConfig{}).Tick(input, 1, needed); err != nil || used != needed {
		t.Errorf("with exactly %d units: used %d, %v", needed, used, err)
	}
	var trap *Trap
	if _, used, err := instantiate(t, m, InstanceConfig{}).Tick(input, 1, needed-1); !errors.As(err, &trap) || trap.Kind != TrapFuel || used <= needed-1 {
		t.Errorf("with a unit less: used %d, %v", used, err)
	}
	for _, budget := range []int64{0, -1, -1 << 62} {
		if _, _, err := instantiate(t, m, InstanceConfig{}).Tick(input, 1, budget); !errors.As(err, &trap) || trap.Kind != TrapFuel {
			t.Errorf("with a budget of %d: %v", budget, err)
		}
	}
}

func TestPoisonedAndClosedInstancesRefuseCalls(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{})
	state := abi.AppendState(nil, abi.Version, [32]byte{}, make([]byte, 8))
	all := func(i *Instance, want error) {
		t.Helper()
		_, _, tick := i.Tick(nil, 0, 1000)
		_, save := i.Save(0)
		for n, err := range []error{tick, save, i.Load(0, state), i.Snapshot(&Snapshot{})} {
			if !errors.Is(err, want) {
				t.Errorf("call %d gave %v, want %v", n, err, want)
			}
		}
	}
	i := instantiate(t, m, InstanceConfig{})
	if _, _, err := i.Tick(nil, 0, 0); err == nil || !i.Poisoned() {
		t.Fatalf("a tick without fuel: %v", err)
	}
	all(i, ErrPoisoned)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	all(i, ErrClosed)
	if i.MemoryBytes() != 0 || i.Poisoned() {
		t.Error("a closed instance has memory or is poisoned")
	}
}

func TestRejectPoisons(t *testing.T) {
	i := counter(t, InstanceConfig{})
	_, used, err := i.Tick(nil, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	trap := i.Reject(used, errors.New("record 3: side is \x1b[2J9"))
	if trap.Kind != TrapOutput || trap.Message != "record 3: side is 9" || trap.Fuel != used || trap.Printed != "tick" {
		t.Errorf("trap is %+v", trap)
	}
	if _, _, err := i.Tick(nil, 0, 1000); !errors.Is(err, ErrPoisoned) {
		t.Errorf("after Reject: %v", err)
	}
}

func TestInputLargerThanTheLimit(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{InputBytes: 100})
	var trap *Trap
	if _, _, err := instantiate(t, m, InstanceConfig{}).Tick(make([]byte, 101), 0, 1000); !errors.As(err, &trap) || trap.Kind != TrapHostLimit {
		t.Errorf("101 bytes of 100: %v", err)
	}
	if _, _, err := instantiate(t, m, InstanceConfig{}).Tick(make([]byte, 100), 0, 1000); err != nil {
		t.Errorf("100 bytes of 100: %v", err)
	}
}

func TestBufferIsAskedForAgainOnlyWhenOutgrown(t *testing.T) {
	i := counter(t, InstanceConfig{})
	for _, step := range []struct{ size, want int }{{8, 4096}, {4096, 4096}, {4097, 8192}, {10, 8192}, {32768, 32768}} {
		if _, _, err := i.Tick(make([]byte, step.size), 0, 10_000); err != nil {
			t.Fatal(err)
		}
		if int(i.bufferSize) != step.want {
			t.Errorf("after %d bytes the buffer has %d, want %d", step.size, i.bufferSize, step.want)
		}
	}
	var trap *Trap
	if _, _, err := i.Tick(make([]byte, 32769), 0, 10_000); !errors.As(err, &trap) || trap.Kind != TrapHostLimit {
		t.Errorf("more than the guest has room for: %v", err)
	}
}

func TestSaveAndLoadCarryStateToAnotherModule(t *testing.T) {
	r := newRuntime(t, Config{})
	m := loadGuest(t, r, "counter.wasm", Limits{})
	old := instantiate(t, m, InstanceConfig{})
	for n := range 5 {
		if _, _, err := old.Tick(nil, int64(n), 1000); err != nil {
			t.Fatal(err)
		}
	}
	state, err := old.Save(5)
	if err != nil {
		t.Fatal(err)
	}
	header, saved, err := abi.ReadState(state)
	if err != nil || header.Module != m.SHA256() || header.Version != abi.Version || binary.LittleEndian.Uint64(saved[8:]) != 5 {
		t.Fatalf("header %+v, saved %x, %v", header, saved, err)
	}
	next := instantiate(t, m, InstanceConfig{})
	if err := next.Load(5, state); err != nil {
		t.Fatal(err)
	}
	out, _, err := next.Tick(nil, 6, 1000)
	if err != nil || binary.LittleEndian.Uint64(out[8:]) != 6 {
		t.Errorf("the tick after loading counts %x, %v; want 6", out, err)
	}
	if err := next.Load(7, state[:10]); err == nil || next.Poisoned() {
		t.Errorf("state cut off: %v; the guest must not be asked", err)
	}
	example, err := r.Load(context.Background(), "wat", readExample(t, "sma-cross-wat"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if i := instantiate(t, example, InstanceConfig{}); !i.CanSave() {
		if _, err := i.Save(0); !errors.Is(err, ErrNotExported) {
			t.Errorf("strategy_save that is not there: %v", err)
		}
	}
}

func TestParametersReachTheGuest(t *testing.T) {
	r := newRuntime(t, Config{})
	m, err := r.Load(context.Background(), "c", readExample(t, "sma-cross-c"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	declared := m.Description().Parameters
	if len(declared) == 0 {
		t.Fatal("the example declares no parameters")
	}
	values := make([]abi.Value, len(declared))
	for n, p := range declared {
		values[n] = p.Default
	}
	defaults, same := instantiate(t, m, InstanceConfig{}), instantiate(t, m, InstanceConfig{Parameters: values})
	values[0].Number++
	other := instantiate(t, m, InstanceConfig{Parameters: values})
	if stateOf(defaults) != stateOf(same) || stateOf(defaults) == stateOf(other) {
		t.Error("no parameters must be the defaults, and others must make a difference")
	}
	if _, err := m.Instantiate(context.Background(), InstanceConfig{Parameters: values[1:]}); err == nil || !strings.Contains(err.Error(), "declares") {
		t.Errorf("a value too few: %v", err)
	}
}

func TestClockNeverGoesBack(t *testing.T) {
	i := counter(t, InstanceConfig{Time: 500})
	for _, step := range []struct{ now, want int64 }{{100, 500}, {600, 600}, {599, 600}, {-5, 600}} {
		out, _, err := i.Tick(nil, step.now, 1000)
		if err != nil || int64(binary.LittleEndian.Uint64(out[16:])) != step.want {
			t.Errorf("at %d the guest sees %d, want %d (%v)", step.now, binary.LittleEndian.Uint64(out[16:]), step.want, err)
		}
	}
	if out, _, err := counter(t, InstanceConfig{Time: -7e18}).Tick(nil, -7e18, 1000); err != nil || binary.LittleEndian.Uint64(out[16:]) != clockMin {
		t.Errorf("before 1970: %x, %v", out, err)
	}
}

func TestTickDoesNotAllocate(t *testing.T) {
	m, err := newRuntime(t, Config{}).Load(context.Background(), "c", readExample(t, "sma-cross-c"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	i := instantiate(t, m, InstanceConfig{})
	input := bytes.Clone(barTick(abi.NewWriter(1<<16), 1))
	n := int64(0)
	if allocs := testing.AllocsPerRun(1000, func() {
		n++
		if _, _, err := i.Tick(input, n, 2_000_000); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("a tick makes %v allocations, want none", allocs)
	}
}

// TestManyAtOnce loads, runs, snapshots and restores in many goroutines; the race detector looks on.
func TestManyAtOnce(t *testing.T) {
	r := newRuntime(t, Config{CacheDir: t.TempDir()})
	wasm := [][]byte{readGuest(t, "counter.wasm"), readExample(t, "sma-cross-wat"), readExample(t, "sma-cross-as")}
	shared, err := r.Load(context.Background(), "shared", wasm[0], Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	states := make([][32]byte, 24)
	for g := range states {
		all.Go(func() {
			m := shared
			if g%4 != 0 {
				var err error
				if m, err = r.Load(context.Background(), "own", wasm[g%3], Limits{}); err != nil {
					t.Error(err)
					return
				}
				defer m.Close()
			}
			states[g] = liveOnce(t, m)
		})
	}
	all.Wait()
	for g, state := range states {
		if same := g % 12; state != states[same] { // 12 = 3 modules × 4, so the same module ran there
			t.Errorf("goroutine %d ended in another state than %d", g, same)
		}
	}
}

func liveOnce(t *testing.T, m *Module) (state [32]byte) {
	i, err := m.Instantiate(context.Background(), InstanceConfig{Seed: 5})
	if err != nil {
		t.Error(err)
		return state
	}
	w := abi.NewWriter(1 << 16)
	var s Snapshot
	for n := range 40 {
		if n == 20 {
			if err := i.Snapshot(&s); err != nil {
				t.Error(err)
			}
			i.Close()
			if i, err = m.Restore(context.Background(), InstanceConfig{}, &s); err != nil {
				t.Error(err)
				return state
			}
		}
		if _, _, err := i.Tick(barTick(w, n), int64(n), 2_000_000); err != nil {
			t.Error(err)
		}
	}
	defer i.Close()
	return stateOf(i)
}
