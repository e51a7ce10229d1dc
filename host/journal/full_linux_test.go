package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of the given size, or skips.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestFullDisk(t *testing.T) {
	t.Run("a full disk is ErrFull, nothing acknowledged is lost, and with room again it goes on", func(t *testing.T) {
		folder := smallDisk(t, "2m")
		s := site{filepath.Join(folder, "journal.db"), filepath.Join(t.TempDir(), "journal.mark")}
		ballast := filepath.Join(folder, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 512<<10), 0o600); err != nil {
			t.Fatal(err)
		}
		j := s.open(t)
		stream := mustHold(t, j, "a")
		acked := fill(t, stream)

		if p := stream.Append(KindTurn, 1, 0, nil); p != 0 || !errors.Is(stream.Submit(), ErrFull) {
			t.Errorf("accepted entry %d on a full disk", p)
		}
		if r, err := j.Verify("a", nil); err != nil || r.Entries != acked {
			t.Errorf("%d acknowledged: %+v %v", acked, r, err)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		again := mustHold(t, j, "a")
		if p, _ := again.Head(); p != acked {
			t.Errorf("head is %d, %d were acknowledged", p, acked)
		}
		write(t, again, 3)
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if err := useOnce(s, true); err != nil {
			t.Error(err)
		}
	})
}

// fill appends until the disk is full, and returns the last position that was acknowledged.
func fill(t *testing.T, s *Stream) (acked uint64) {
	t.Helper()
	for range 10000 {
		err := s.Wait(s.Append(KindAudit, 0, 0, bytes.Repeat([]byte{7}, 10<<10)))
		if err == nil {
			acked, _ = s.Head()
			continue
		}
		if !errors.Is(err, ErrFull) || acked != s.Durable() {
			t.Fatalf("after %d: %v", acked, err)
		}
		return acked
	}
	t.Fatal("the disk never filled up")
	return 0
}

func TestReadOnlyMedium(t *testing.T) {
	t.Run("a closed journal on a medium that cannot be written can be read", func(t *testing.T) {
		folder := smallDisk(t, "4m")
		s := site{filepath.Join(folder, "journal.db"), filepath.Join(folder, "journal.mark")}
		s.grow(t, 20)
		if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Skip(err)
		}
		if err := useOnce(s, true); err != nil {
			t.Error(err)
		}
	})
}
