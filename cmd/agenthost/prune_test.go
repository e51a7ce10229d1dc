package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
)

// A host trades, makes checkpoints and is stopped; its history is pruned, and it goes on.
func TestPruneFromTheCommandLine(t *testing.T) {
	w := newWorld(t, worldOptions{Path: soakPath, Host: "  checkpoints {\n    every = \"1s\"\n    keep  = 2\n  }\n"})
	running := w.up()
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
	w.stop(running)
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
	running = w.up()
	w.must("mode", "trader", "full", w.config, "--reason", "go on")
	w.until("it trades again", 40*time.Second, func() bool { return len(w.books().Orders) >= before+3 })
	w.must("orders", "list", w.config, "--state", "all")
	w.stop(running)
	if err := os.Rename(w.data, w.data+".lost"); err != nil {
		t.Fatal(err)
	}
	w.must("restore", copied, w.data, "--reason", "a pruned history is restored, too")
	w.must("journal", "verify", w.data)
}

// A running host prunes by itself, and goes on.
func TestARunningHostPrunes(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	w := newWorld(t, worldOptions{Path: soakPath, Host: "  checkpoints {\n    every = \"1s\"\n    keep  = 2\n  }\n"})
	con := &console{out: w.log, err: w.log}
	h := &hostFlags{console: con}
	made, d, err := h.prepare(t.Context(), w.config, con)
	if err != nil || d.HasErrors() {
		t.Fatal(err, d)
	}
	archives := filepath.Join(w.folder, "archives")
	l, err := newLiveHost(con, w.config, made, host.ServiceOptions{Retention: host.RetentionRule{Keep: time.Nanosecond, ArchiveDir: archives, Every: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	w.until("something was pruned", 60*time.Second, func() bool {
		files, err := filepath.Glob(filepath.Join(archives, "*.zst"))
		return err == nil && len(files) > 0
	})
	before := len(w.books().Orders)
	w.until("it trades on", 30*time.Second, func() bool { return len(w.books().Orders) >= before+3 })
	stop()
	if err := errors.Join(<-ended, l.close(), made.close()); err != nil {
		t.Fatal(err)
	}
	if said := w.must("journal", "verify", w.data); !strings.Contains(said, "verified from position") {
		t.Error(said)
	}
}
