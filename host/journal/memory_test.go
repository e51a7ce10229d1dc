package journal

import (
	"errors"
	"strings"
	"testing"
)

func TestMemoryCap(t *testing.T) {
	const bytesMax = 3 * chunkBytes
	d := NewMemory(MemoryOptions{BytesMax: bytesMax})
	j := mustOpen(t, d, Options{})
	idle, s := mustHold(t, j, "idle"), mustHold(t, j, "busy")
	write(t, idle, 1)
	body := make([]byte, 10<<10)
	for i := range uint64(1000) {
		s.Append(KindTurn, i, 0, body)
	}
	if err := s.Wait(1000); err != nil {
		t.Fatal(err)
	}
	t.Run("what was dropped is an error that says what is kept", func(t *testing.T) {
		for _, err := range j.Read("busy", 1) {
			var dropped *DroppedError
			if !errors.As(err, &dropped) || !errors.Is(err, ErrDropped) || dropped.From != 1 || dropped.Kept < 600 || !strings.Contains(err.Error(), "raise its cap") {
				t.Errorf("%v", err)
			}
		}
		if _, err := j.Verify("busy", nil); !errors.Is(err, ErrDropped) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what is kept is read, chain and all", func(t *testing.T) {
		var dropped *DroppedError
		for _, err := range j.Read("busy", 1) {
			errors.As(err, &dropped)
		}
		n := uint64(0)
		for _, err := range j.Read("busy", dropped.Kept) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1001-dropped.Kept {
			t.Errorf("read %d from %d", n, dropped.Kept)
		}
	})
	t.Run("the memory stays within the cap", func(t *testing.T) {
		if m := d.(*memory); m.bytes > bytesMax || len(m.chunks) > 3 {
			t.Errorf("%d bytes in %d chunks", m.bytes, len(m.chunks))
		}
	})
	t.Run("a stream whose entries are all dropped goes on", func(t *testing.T) {
		again := mustHold(t, j, "idle")
		write(t, again, 1)
		for e, err := range j.Read("idle", 2) {
			if err != nil || e.Position != 2 {
				t.Error(e, err)
			}
		}
	})
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}
