//go:build unix

package main

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A host is stopped in the middle of its work, its locks are removed by somebody who takes it for dead, and another one is
// started on its data. When the first wakes up it is told that it is not alone, and nothing of it reaches the venue.
func TestAPausedHostThatWasReplacedSendsNothing(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath})
	first := w.up()
	w.until("orders are at the venue", 40*time.Second, func() bool { return len(w.books().Orders) >= 6 })
	w.pause(first)
	for _, name := range []string{"journal.db.lock", "control.sock.lock", "control.sock"} {
		if err := os.Remove(filepath.Join(w.data, name)); err != nil {
			t.Fatal(err)
		}
	}
	before := len(w.books().Orders)
	second := w.up()
	w.until("the second one trades", 40*time.Second, func() bool { return len(w.books().Orders) >= before+4 })
	w.stop(second)
	before = len(w.books().Orders)
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := w.ends(first, 40*time.Second); code == exitOK {
		t.Errorf("exit %d", code)
	}
	if said := w.said(); !strings.Contains(said, "another owner holds the stream") {
		t.Error(said)
	}
	if after := len(w.books().Orders); after != before {
		t.Errorf("%d orders came to the venue from the host that had been replaced", after-before)
	}
	third := w.up() // what is left is whole
	w.until("the third one trades", 40*time.Second, func() bool { return len(w.books().Orders) >= before+2 })
	w.stop(third)
	w.must("journal", "verify", w.data)
}

// pause stops a process where it holds no lock on the journal: with one, nobody else could open that at all.
func (w *liveWorld) pause(cmd *exec.Cmd) {
	w.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.data, "journal.db")+"?_txlock=immediate")
	if err != nil {
		w.Fatal(err)
	}
	defer db.Close()
	for range 50 {
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			w.Fatal(err)
		}
		if tx, err := db.Begin(); err == nil {
			if err := tx.Rollback(); err != nil {
				w.Fatal(err)
			}
			return
		}
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	w.Fatal("it always holds a lock")
}
