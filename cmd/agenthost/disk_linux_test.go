package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a host does whose journal cannot be trusted or written: it says so, and sends nothing. In each of
// these tests a real host has traded at a real venue before.

// traded runs a host until it has had some orders executed, and ends it.
func (w *liveWorld) traded(orders int, end os.Signal) {
	w.Helper()
	host := w.up()
	before := len(w.books().Orders)
	w.until("orders are at the venue", 30*time.Second, func() bool { return len(w.books().Orders) >= before+orders })
	if err := host.Process.Signal(end); err != nil {
		w.Fatal(err)
	}
	w.ends(host, 40*time.Second)
}

// refuses starts the host, expects that it ends by itself with these words, and that the venue has heard
// nothing of it.
func (w *liveWorld) refuses(words ...string) {
	w.Helper()
	before := w.venue.do("GET", "/api/orders?status=all", "")
	cmd := command(w.T, "run", w.config)
	cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { cmd.Process.Kill() })
	code := w.ends(cmd, 30*time.Second)
	text := said.String()
	if code != exitProblem {
		w.Errorf("exit %d, want %d", code, exitProblem)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.Errorf("the operator is not told %q", word)
		}
	}
	if after := w.venue.do("GET", "/api/orders?status=all", ""); after != before {
		w.Errorf("orders were sent on a journal that cannot be trusted:\n%s\nbefore:\n%s", after, before)
	}
	w.Logf("the operator sees:\n%s", text)
}

func (w *liveWorld) journalFile(suffix string) string {
	return filepath.Join(w.data, "journal.db"+suffix)
}

// rewrite changes a file's bytes.
func (w *liveWorld) rewrite(path string, change func([]byte)) {
	w.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	change(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		w.Fatal(err)
	}
}

func TestDiskCorruptedWAL(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath})
	w.traded(3, syscall.SIGKILL)
	const header, frame = 32, 24 + 4096
	w.rewrite(w.journalFile("-wal"), func(b []byte) {
		if len(b) < header+8*frame {
			t.Fatalf("the WAL has %d bytes", len(b))
		}
		b[header+3*frame+100] ^= 0xff
	})
	w.refuses("older")
}

func TestDiskDeletedWAL(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath})
	w.traded(3, syscall.SIGKILL)
	for _, part := range []string{"-wal", "-shm"} {
		if err := os.Remove(w.journalFile(part)); err != nil {
			t.Fatal(err)
		}
	}
	w.refuses("older")
}

func TestDiskCorruptedPage(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath})
	w.traded(3, syscall.SIGTERM)
	w.rewrite(w.journalFile(""), func(b []byte) {
		for at := len(b) / 2; at < len(b); at += 4096 {
			b[at] ^= 0xff
		}
	})
	w.refuses("damaged")
}

func TestDiskOlderJournalFromABackup(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath})
	w.traded(2, syscall.SIGTERM)
	backup, err := os.ReadFile(w.journalFile(""))
	if err != nil {
		t.Fatal(err)
	}
	w.traded(2, syscall.SIGTERM)
	if err := os.WriteFile(w.journalFile(""), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	w.refuses("older")
}

// mounted is a file system of its own, of that size.
func mounted(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("a small tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestDiskReadOnly(t *testing.T) {
	folder := mounted(t, "64m")
	w := newWorld(t, worldOptions{Path: soakPath, Data: folder})
	w.traded(2, syscall.SIGTERM)
	if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	w.refuses("data_dir", "read-only file system", "nothing is sent")
}

func TestDiskFull(t *testing.T) {
	folder := mounted(t, "16m")
	w := newWorld(t, worldOptions{Path: soakPath, Data: folder, Agent: soakModes})
	host := w.up()
	w.until("orders are at the venue", 30*time.Second, func() bool { return len(w.books().Orders) > 2 })
	filler := filepath.Join(folder, "filler")
	w.fill(filler)
	w.until("the operator is told", 30*time.Second, func() bool {
		return strings.Contains(w.said(), "the journal cannot be written, so nothing is sent")
	})
	if !strings.Contains(w.said(), "full") {
		t.Errorf("the operator is not told that the disk is full:\n%s", w.said())
	}
	// What had left before the disk was full may still come to the venue; then nothing does.
	time.Sleep(time.Second)
	w.fill(filler)
	before := len(w.books().Orders)
	time.Sleep(3 * time.Second)
	if after := len(w.books().Orders); after != before {
		t.Errorf("%d orders came to the venue while none could be journaled\n%s", after-before, w.said())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.until("it trades again", 60*time.Second, func() bool { return len(w.books().Orders) > before })
	w.quiet()
	w.until("all is settled", 60*time.Second, func() bool { return len(w.audit().wrong) == 0 })
	w.stop(host)
	if a := w.audit(); len(a.wrong) > 0 {
		t.Errorf("%q", a.wrong)
	}
}

// fill writes until nothing more goes in.
func (w *liveWorld) fill(path string) {
	w.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		w.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
