package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestChaosKilledAndRecovers is the guide's "killed as if out of memory": a real host that trades is killed by
// SIGKILL, three times, starts again by the same command and goes on from its journal. In the end the venue's
// books and the journal have the same orders and positions. (TestSoakKill does it under faults, and more often.)
func TestChaosKilledAndRecovers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes twenty seconds; not with -short")
	}
	w := newWorld(t, worldOptions{Path: soakPath})
	for n := range 3 {
		before := len(w.books().Orders)
		host := w.start()
		w.until("it trades", 30*time.Second, func() bool { return len(w.books().Orders) > before+2 })
		time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond))))
		if err := host.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if code := w.ends(host, 10*time.Second); code != -1 {
			t.Fatalf("kill %d: the host had ended by itself, exit %d\n%s", n+1, code, w.said())
		}
	}
	// What is derived from the journal goes too: there is no checkpoint that could be missing.
	marks, err := filepath.Glob(filepath.Join(w.data, "*.mark"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range marks {
		if err := os.Remove(mark); err != nil {
			t.Fatal(err)
		}
	}
	before := len(w.books().Orders)
	host := w.start()
	w.until("it trades again", 30*time.Second, func() bool { return len(w.books().Orders) > before+2 })
	w.stop(host)
	a := w.settled()
	if err := a.writeText(t.Output()); err != nil {
		t.Error(err)
	}
	for _, wrong := range a.wrong {
		t.Error(wrong)
	}
}
