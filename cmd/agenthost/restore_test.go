package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

// verb runs a command of agenthost to its end.
func (w *liveWorld) verb(args ...string) (code int, out string) {
	w.Helper()
	cmd := command(w.T, args...)
	cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	var said, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &told
	_ = cmd.Run() // its exit code says it
	w.Logf("agenthost %s\n%s%s", strings.Join(args[:min(2, len(args))], " "), told.String(), said.String())
	return cmd.ProcessState.ExitCode(), said.String()
}

func (w *liveWorld) must(args ...string) string {
	w.Helper()
	code, out := w.verb(args...)
	if code != exitOK {
		w.Fatalf("exit %d\n%s", code, w.said())
	}
	return out
}

func (w *liveWorld) status() (s admin.Status) {
	w.Helper()
	cmd := command(w.T, "status", w.config, "--json")
	out, err := cmd.Output()
	if err != nil {
		w.Fatalf("status: %v\n%s", err, w.said())
	}
	if err := json.Unmarshal(out, &s); err != nil {
		w.Fatal(err)
	}
	return s
}

// journaled are the ids of all orders that a journal holds.
func (w *liveWorld) journaled(path string) map[string]bool {
	w.Helper()
	cmd := command(w.T, "orders", "list", path, "--state", "all", "--limit", strconv.Itoa(admin.OrdersMax), "--json")
	out, err := cmd.Output()
	if err != nil {
		w.Fatalf("orders: %v", err)
	}
	ids := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(out))
	for d.More() {
		var o admin.Order
		if err := d.Decode(&o); err != nil {
			w.Fatal(err)
		}
		ids[o.ID] = true
	}
	return ids
}

func (w *liveWorld) venueIDs() map[string]bool {
	ids := map[string]bool{}
	for _, o := range w.books().Orders {
		ids[o.ClientOrderID] = true
	}
	return ids
}

// A host trades, is backed up, trades on, and its disk is lost. What it sent after the backup is known to the
// venue alone.
func TestRestoreWhenTheDiskWasLost(t *testing.T) {
	for _, foreign := range []string{"claim", "ignore"} {
		t.Run(foreign, func(t *testing.T) { restoreWith(t, foreign) })
	}
}

func restoreWith(t *testing.T, foreign string) {
	w := newWorld(t, worldOptions{Path: "  foreign = \"" + foreign + "\"\n" + soakPath})
	host := w.up()
	w.until("orders are at the venue", 30*time.Second, func() bool { return len(w.books().Orders) >= 3 })
	copied := filepath.Join(w.folder, "copy")
	w.must("backup", w.config, copied)
	known := w.journaled(filepath.Join(copied, "journal.db"))
	w.until("it trades on", 30*time.Second, func() bool { return len(w.venueIDs()) >= len(known)+5 })
	if err := host.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.ends(host, 20*time.Second)
	before := w.venueIDs()
	if err := os.Rename(w.data, filepath.Join(w.folder, "lost")); err != nil {
		t.Fatal(err)
	}
	if code, _ := w.verb("restore", copied, w.data); code != exitUsage {
		t.Fatalf("without a reason: exit %d", code)
	}
	w.must("restore", copied, w.data, "--by", "ann", "--reason", "disk 3 died")

	host = w.up()
	w.until("it is reconciled", 40*time.Second, func() bool { return w.status().Accounts[0].Reconciled > 0 })
	s := w.status()
	if a := s.Accounts[0]; !a.Held || !strings.Contains(a.HeldReason, "ann: disk 3 died") {
		t.Errorf("held: %v, %q", a.Held, a.HeldReason)
	}
	told := 0
	for _, a := range s.Alerts {
		if strings.HasPrefix(a.Key, "lost_order/") && before[strings.TrimPrefix(a.Key, "lost_order/")] {
			told++
		}
	}
	if told == 0 {
		t.Errorf("no order that was sent after the backup is named: %+v", s.Alerts)
	}
	if after := w.venueIDs(); len(after) != len(before) {
		t.Fatalf("%d orders were sent while the account was held", len(after)-len(before))
	}
	if code, _ := w.verb("restore", copied, w.data, "--reason", "again"); code != exitProblem {
		t.Errorf("into a directory that is not empty: exit %d", code)
	}
	w.must("account", "release", "exchange/main", w.config, "--by", "ann", "--reason", "looked at it")
	w.until("it trades again", 40*time.Second, func() bool { return len(w.venueIDs()) >= len(before)+3 })
	w.quiet()
	w.until("books and venue agree", 40*time.Second, func() bool {
		s := w.status()
		return s.Accounts[0].InFlight == 0 && s.Accounts[0].Unknown == 0 && s.Accounts[0].DifferReason == "" && w.holds(&s, foreign)
	})
	w.stop(host)
	again := w.journaled(w.data)
	for id := range before {
		if again[id] && !known[id] {
			t.Errorf("id %s was sent before the loss, and made again after it", id)
		}
	}
	if len(again) <= len(known) {
		t.Errorf("%d orders are journaled, %d were before", len(again), len(known))
	}
	w.must("journal", "verify", w.data)
}

// holds compares the agent's books with the venue's, where what was lost is claimed.
func (w *liveWorld) holds(s *admin.Status, foreign string) bool {
	if foreign != "claim" {
		return true // what is foreign is counted apart
	}
	ours, theirs := map[string]string{}, map[string]string{}
	for _, a := range s.Agents {
		for _, p := range a.Positions {
			ours[p.Instrument] = p.Quantity
		}
	}
	for _, p := range w.books().Positions {
		theirs[p.Symbol] = p.Quantity
	}
	for symbol, quantity := range theirs {
		if trimmed(ours[symbol]) != trimmed(quantity) {
			return false
		}
	}
	return true
}

// trimmed is a decimal without zeros behind it; nothing is nothing.
func trimmed(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "" {
		return "0"
	}
	return s
}
