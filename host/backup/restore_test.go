package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/backup"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

func restoreOf(t *testing.T, copied string) *backup.Restore {
	n := byte(0)
	return &backup.Restore{
		Backup: copied, DataDir: filepath.Join(t.TempDir(), "new", "data"), By: "ann", Reason: "disk 3 died", Now: time.Unix(2e9, 0),
		Run: func() [8]byte { n++; return [8]byte{n} },
	}
}

// lastEntries are the last entry of each stream.
func lastEntries(t *testing.T, dir, mark string) map[string]event.Restored {
	t.Helper()
	d, err := journal.OpenSQLite(filepath.Join(dir, backup.JournalFile), journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{HighWaterPath: mark})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	streams, err := j.Streams()
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]event.Restored{}
	for _, s := range streams {
		if _, err := j.Verify(s.Name, nil); err != nil {
			t.Error(err)
		}
		if s.Owner != "" {
			t.Errorf("%s is held by %s", s.Name, s.Owner)
		}
		for e, err := range j.Read(s.Name, s.Position) {
			r, ok, readErr := event.ReadRestored(e.Body)
			if err != nil || readErr != nil || !ok || e.Kind != journal.KindAudit {
				t.Fatalf("%s ends with %s %q: %v, %v", s.Name, e.Kind, e.Body, err, readErr)
			}
			last[s.Name] = r
		}
	}
	return last
}

func TestARestoreTellsEveryStream(t *testing.T) {
	h := newHistory(t, "lane/venue/main", "agent/a", "agent/b")
	copied, m := h.backup()
	r := restoreOf(t, copied)
	streams, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	last := lastEntries(t, r.DataDir, filepath.Join(r.DataDir, backup.MarkFile))
	if len(last) != 3 || len(streams) != 3 {
		t.Fatalf("%d streams, %d told", len(last), len(streams))
	}
	for name, e := range last {
		if e.By != "ann" || e.Reason != "disk 3 died" || e.Manifest != m.SHA256 || e.Made != time.Unix(1e9, 0).UnixNano() {
			t.Errorf("%s: %+v", name, e)
		}
	}
	a, b, lane := last["agent/a"].Run, last["agent/b"].Run, last["lane/venue/main"].Run
	if a == b || len(a) != 16 || len(b) != 16 || lane != "" {
		t.Errorf("runs %q, %q, %q", a, b, lane)
	}
	modules, err := os.ReadDir(filepath.Join(r.DataDir, backup.ModulesFolder))
	if err != nil || len(modules) != 1 {
		t.Errorf("%v, %v", modules, err)
	}
	if _, err := backup.Verify(context.Background(), copied, nil); err != nil {
		t.Errorf("the backup has changed: %v", err)
	}
}

func TestAMarkThatOutlivedTheDiskSaysWhatIsLost(t *testing.T) {
	h := newHistory(t, "agent/a")
	copied, _ := h.backup()
	h.turns(7)
	late, err := h.journal.Acquire("agent/late", "a host", 0, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	late.Append(journal.KindGenesis, 0, 1, []byte(`{}`))
	if err := h.journal.Close(); err != nil { // writes the mark
		t.Fatal(err)
	}
	r := restoreOf(t, copied)
	r.Mark = filepath.Join(h.dir, backup.MarkFile)
	streams, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []backup.Restored{{Stream: "agent/a", Position: 11, Durable: 18, Run: "0100000000000000"}, {Stream: "agent/late", Durable: 1}}
	if len(streams) != 2 || streams[0] != want[0] || streams[1] != want[1] {
		t.Errorf("%+v, want %+v", streams, want)
	}
	if got := lastEntries(t, r.DataDir, r.Mark)["agent/a"]; got.Durable != 18 {
		t.Errorf("%+v", got)
	}
}

// What is known of the loss outlives a restore that does not come to its end, and so does the refusal of a journal that somebody
// puts back by hand.
func TestARestoreThatFailsLeavesTheMarkAsItWas(t *testing.T) {
	h := newHistory(t, "agent/a")
	copied, _ := h.backup()
	h.turns(7)
	if err := h.journal.Close(); err != nil {
		t.Fatal(err)
	}
	r := restoreOf(t, copied)
	r.Mark = filepath.Join(h.dir, backup.MarkFile)
	before, err := os.ReadFile(r.Mark)
	if err != nil {
		t.Fatal(err)
	}
	run := r.Run
	r.Run = func() [8]byte { // somebody puts something there meanwhile
		if err := os.MkdirAll(filepath.Join(r.DataDir, "cache"), 0o700); err != nil {
			t.Fatal(err)
		}
		return run()
	}
	if _, err := r.Do(context.Background()); err == nil {
		t.Fatal("it was restored over something")
	}
	if after, err := os.ReadFile(r.Mark); err != nil || string(after) != string(before) {
		t.Errorf("the mark was\n%s, now it is\n%s, %v", before, after, err)
	}
	if err := os.RemoveAll(r.DataDir); err != nil {
		t.Fatal(err)
	}
	r.Run = run
	streams, err := r.Do(context.Background())
	if err != nil || streams[0].Durable != 18 {
		t.Errorf("%+v, %v", streams, err)
	}
	lastEntries(t, r.DataDir, r.Mark)
	if entries, err := os.ReadDir(r.DataDir); err != nil || len(entries) != 3 { // journal, its lock, modules
		t.Errorf("%v, %v", entries, err)
	}
}

func TestARestoreThatIsRefusedChangesNothing(t *testing.T) {
	h := newHistory(t, "agent/a")
	copied, _ := h.backup()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "journal.db"), []byte("what is left"), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged, _ := newHistory(t, "agent/a").backup()
	if err := os.Remove(filepath.Join(damaged, backup.MarkFile)); err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(*backup.Restore){
		"is not empty":      func(r *backup.Restore) { r.DataDir = full },
		"cannot be trusted": func(r *backup.Restore) { r.Backup = damaged },
		"who and why":       func(r *backup.Restore) { r.Reason = " " },
		"interrupted":       func(r *backup.Restore) { os.MkdirAll(r.DataDir+".restoring", 0o700) },
	} {
		r := restoreOf(t, copied)
		change(r)
		if _, err := r.Do(context.Background()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("want %q: %v", words, err)
		}
		if _, err := os.Stat(filepath.Join(r.DataDir, "journal.db.lock")); !os.IsNotExist(err) {
			t.Errorf("%s: something was put into the data directory", words)
		}
	}
}
