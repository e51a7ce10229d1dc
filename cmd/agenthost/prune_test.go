package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A host trades, makes checkpoints and is stopped; its history is pruned, and it goes on.
func TestPruneFromTheCommandLine(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath, Host: "  checkpoints {\n    every = \"1s\"\n    keep  = 2\n  }\n"})
	host := w.up()
	w.until("orders are at the venue", 40*time.Second, func() bool { return len(w.books().Orders) >= 12 })
	if code, out := w.verb("prune", w.config, "--keep", "0s", "--reason", "test"); code != exitProblem {
		t.Errorf("beside a running host: exit %d, %s", code, out)
	}
	w.must("prune", w.config, "--keep", "0s", "--dry-run")
	w.quiet()
	if code, out := w.verb("flatten", "trader", w.config, "--reason", "so that no position holds the history"); code != exitOK {
		t.Fatalf("exit %d, %s", code, out)
	}
	w.until("all is closed", 40*time.Second, func() bool {
		s := w.status()
		return s.Agents[0].OpenOrders == 0 && len(s.Agents[0].Positions) == 0
	})
	time.Sleep(3 * time.Second) // a checkpoint or two
	w.stop(host)
	if code, _ := w.verb("prune", w.config, "--reason", "test"); code != exitUsage {
		t.Errorf("without --keep: exit %d", code)
	}
	archive := filepath.Join(w.folder, "pruned.zst")
	pruned := w.must("prune", w.config, "--keep", "0s", "--audit-keep", "0s", "--archive", archive, "--compact", "--by", "ann", "--reason", "test", "--json")
	for _, line := range strings.Split(strings.TrimSpace(pruned), "\n") {
		var p struct{ Entries, First, Head uint64 }
		if err := json.Unmarshal([]byte(line), &p); err != nil || p.Entries == 0 {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if said := w.must("journal", "verify", w.data); strings.Count(said, "verified from position") != 2 {
		t.Error(said)
	}
	w.must("journal", "verify", archive)
	if said := w.must("journal", "show", archive, "--stream", "agent/trader", "--from", "3", "--to", "5"); strings.Count(said, "\n") != 4 {
		t.Error(said)
	}
	if code, said := w.verb("journal", "show", w.data, "--stream", "agent/trader", "--from", "3"); code != exitProblem {
		t.Errorf("what was pruned is shown: %s", said)
	}
	copied := filepath.Join(w.folder, "copy")
	w.must("backup", w.config, copied)
	w.trade()
	before := len(w.books().Orders)
	host = w.up()
	w.must("mode", "trader", "full", w.config, "--reason", "go on")
	w.until("it trades again", 40*time.Second, func() bool { return len(w.books().Orders) >= before+3 })
	w.must("orders", "list", w.config, "--state", "all")
	w.stop(host)
	if err := os.Rename(w.data, w.data+".lost"); err != nil {
		t.Fatal(err)
	}
	w.must("restore", copied, w.data, "--reason", "a pruned history is restored, too")
	w.must("journal", "verify", w.data)
}
