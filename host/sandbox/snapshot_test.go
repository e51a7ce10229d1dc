package sandbox

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

func TestSnapshotOfAnotherIdentityIsRefused(t *testing.T) {
	r := newRuntime(t, Config{})
	var s Snapshot
	if err := instantiate(t, loadGuest(t, r, "counter.wasm", Limits{}), InstanceConfig{}).Snapshot(&s); err != nil {
		t.Fatal(err)
	}
	other, err := r.Load(context.Background(), "other", readExample(t, "sma-cross-wat"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*Module{
		"another module":       other,
		"another memory limit": loadGuest(t, r, "counter.wasm", Limits{MemoryBytes: 1 << 20}),
		"another stack limit":  loadGuest(t, r, "counter.wasm", Limits{StackSlots: 1000}),
		"raw NaNs":             loadGuest(t, r, "counter.wasm", Limits{RawNaN: true}),
		"another engine":       loadGuest(t, newRuntime(t, Config{Interpreter: true}), "counter.wasm", Limits{}),
	} {
		if _, err := m.Restore(context.Background(), InstanceConfig{}, &s); !errors.Is(err, ErrIdentity) {
			t.Errorf("%s: %v, want ErrIdentity", name, err)
		}
	}
	if _, err := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{FuelTick: 5}).Restore(context.Background(), InstanceConfig{}, &s); err != nil {
		t.Errorf("budgets are no part of the identity: %v", err)
	}
}

func TestSnapshotThatContradictsItselfIsRefused(t *testing.T) {
	m := loadGuest(t, newRuntime(t, Config{}), "counter.wasm", Limits{MemoryBytes: 1 << 20})
	for want, change := range map[string]func(*Snapshot){
		"globals":      func(s *Snapshot) { s.Globals = append(s.Globals, 1) },
		"begins with":  func(s *Snapshot) { s.size = 0 },
		"bytes of":     func(s *Snapshot) { s.size-- },
		"the limit is": func(s *Snapshot) { s.size = 2 << 20 },
		"a buffer of":  func(s *Snapshot) { s.Buffer = 65530 },
	} {
		var s Snapshot
		if err := instantiate(t, m, InstanceConfig{}).Snapshot(&s); err != nil {
			t.Fatal(err)
		}
		s.BufferSize = 100
		change(&s)
		if _, err := m.Restore(context.Background(), InstanceConfig{}, &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

func TestSnapshotReusesItsMemory(t *testing.T) {
	i := counter(t, InstanceConfig{})
	if _, _, err := i.Tick(nil, 0, 1000); err != nil {
		t.Fatal(err)
	}
	var s Snapshot
	if err := i.Snapshot(&s); err != nil {
		t.Fatal(err)
	}
	if len(s.blocks) == 0 {
		t.Fatal("no page of its own: the test shows nothing")
	}
	first := &s.blocks[0]
	if _, _, err := i.Tick(nil, 0, 1000); err != nil {
		t.Fatal(err)
	}
	before := s.Hash()
	if err := i.Snapshot(&s); err != nil {
		t.Fatal(err)
	}
	if &s.blocks[0] != first || s.Hash() == before {
		t.Error("the second snapshot took new memory, or is the first")
	}
}

func TestEncodedSnapshotLosesNoBit(t *testing.T) {
	s := Snapshot{
		Identity: [32]byte{1, 2}, Clock: -3, Random: [16]byte{9}, Buffer: 8, BufferSize: 4096,
		Globals: []uint64{1, 1 << 63},
	}
	memory := make([]byte, 3*pageSize)
	memory[0], memory[5*snapshotPage+7], memory[len(memory)-1] = 1, 2, 3
	s.copyBlocks(nil, memory)
	if s.OwnBytes() != 3*snapshotBlock {
		t.Errorf("%d bytes of its own for 3 that differ", s.OwnBytes())
	}
	encoded, err := s.AppendBinary([]byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	encoded = encoded[len("before"):]
	if len(encoded) > 4*snapshotPage {
		t.Errorf("%d bytes for 3 pages that are not zero", len(encoded))
	}
	read := Snapshot{Globals: make([]uint64, 9)}
	read.copyBlocks(nil, bytes.Repeat([]byte{0xff}, 5*pageSize))
	if err := read.UnmarshalBinary(encoded); err != nil {
		t.Fatal(err)
	}
	if read.Hash() != s.Hash() || !bytes.Equal(memoryOf(&read), memory) || read.Clock != s.Clock || read.Random != s.Random {
		t.Errorf("read %+v", read)
	}
	for bit := range len(encoded) * 8 {
		damaged := bytes.Clone(encoded)
		damaged[bit/8] ^= 1 << (bit % 8)
		if bit%64 == 0 && new(Snapshot).UnmarshalBinary(damaged) == nil {
			t.Fatalf("bit %d flipped, and not noticed", bit)
		}
	}
	for n := range len(encoded) {
		if n%97 == 0 && new(Snapshot).UnmarshalBinary(encoded[:n]) == nil {
			t.Fatalf("%d bytes of %d were taken for a snapshot", n, len(encoded))
		}
	}
}

// FuzzSnapshot: bytes that decode encode to the same bytes; others are refused without a panic. The hash
// at the end is put right, so that the fuzzer gets behind it.
func FuzzSnapshot(f *testing.F) {
	s := Snapshot{Globals: []uint64{5}}
	memory := make([]byte, pageSize)
	memory[9] = 1
	s.copyBlocks(nil, memory)
	encoded, _ := s.AppendBinary(nil)
	f.Add(encoded[:len(encoded)-32])
	f.Fuzz(func(t *testing.T, body []byte) {
		sealed := seal(bytes.Clone(body))
		var read Snapshot
		if read.UnmarshalBinary(sealed) != nil {
			return
		}
		again, _ := read.AppendBinary(nil)
		var second Snapshot
		if err := second.UnmarshalBinary(again); err != nil || second.Hash() != read.Hash() {
			t.Errorf("decoded, encoded and decoded again: %v", err)
		}
	})
}

// memoryOf is the whole memory of a snapshot.
func memoryOf(s *Snapshot) (memory []byte) {
	for _, page := range s.memory {
		memory = append(memory, page...)
	}
	return memory
}
