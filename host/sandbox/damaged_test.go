package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
)

// damage is what a damaged module may end as. Anything else, a panic of the host first of all, fails
// the test.
func damage(t *testing.T, r *Runtime, wasm []byte) (admitted bool) {
	t.Helper()
	limits := Limits{FuelInit: 100_000, FuelTick: 100_000, MemoryBytes: 1 << 20}
	m, err := r.Load(context.Background(), "damaged", wasm, limits)
	if err != nil {
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Fatalf("error %T %v, want a *RefusedError", err, err)
		}
		return false
	}
	defer m.Close()
	i, err := m.Instantiate(context.Background(), InstanceConfig{Seed: 1})
	var trap *Trap
	if err != nil {
		if !errors.As(err, &trap) {
			t.Fatalf("error %T %v, want a *Trap", err, err)
		}
		return true
	}
	defer i.Close()
	for n := range 3 {
		if _, used, err := i.Tick(make([]byte, 64), int64(n), 100_000); err != nil && !errors.As(err, &trap) && !errors.Is(err, ErrPoisoned) {
			t.Fatalf("error %T %v, want a *Trap", err, err)
		} else if used < 0 {
			t.Fatalf("used %d units", used)
		}
	}
	return true
}

// TestHostileTruncated: a module cut off anywhere is refused, but for a cut right between two sections
// behind the code, where what is left is a module of its own.
func TestHostileTruncated(t *testing.T) {
	r := newRuntime(t, Config{})
	whole := readGuest(t, "counter.wasm")
	const sectionCode = 10
	code, refused := 0, 0
	boundaries := map[int]bool{}
	for at := 8; at < len(whole); {
		size, n := binary.Uvarint(whole[at+1:])
		if whole[at] == sectionCode {
			code = at
		}
		at += 1 + n + int(size)
		boundaries[at] = code != 0
	}
	for n := range len(whole) {
		admitted := damage(t, r, whole[:n])
		if admitted != boundaries[n] {
			t.Errorf("%d bytes of %d: admitted %v, want %v", n, len(whole), admitted, boundaries[n])
		}
		if !admitted {
			refused++
		}
	}
	if !damage(t, r, whole) {
		t.Error("the whole module was refused")
	}
	t.Logf("%d truncated modules refused", refused)
}

// TestHostileFlipped: a module with one bit flipped is refused, or runs within its limits. Every bit is
// tried, on the interpreter, which compiles them fast.
func TestHostileFlipped(t *testing.T) {
	r := newRuntime(t, Config{Interpreter: true})
	whole := readGuest(t, "counter.wasm")
	admitted := 0
	for bit := range len(whole) * 8 {
		flipped := append([]byte(nil), whole...)
		flipped[bit/8] ^= 1 << (bit % 8)
		if damage(t, r, flipped) {
			admitted++
		}
	}
	t.Logf("%d modules with a bit flipped: %d refused, %d ran within their limits", len(whole)*8, len(whole)*8-admitted, admitted)
}
