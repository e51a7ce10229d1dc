package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/backup"
	"github.com/agenthost/agenthost/host/journal"
)

// history is a data directory with a host at work on it.
type history struct {
	testing.TB
	dir     string
	journal *journal.Journal
	streams []*journal.Stream
}

func newHistory(t testing.TB, names ...string) *history {
	h := &history{TB: t, dir: filepath.Join(t.TempDir(), "data")}
	if err := os.MkdirAll(filepath.Join(h.dir, backup.ModulesFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	h.write(filepath.Join(backup.ModulesFolder, fmt.Sprintf("%x.wasm", sha256.Sum256([]byte("module")))), "module")
	h.write("host.hcl", "host {}\n")
	d, err := journal.OpenSQLite(filepath.Join(h.dir, backup.JournalFile), journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if h.journal, err = journal.Open(d, journal.Options{HighWaterPath: filepath.Join(h.dir, backup.MarkFile)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.journal.Close() })
	for _, name := range names {
		s, err := h.journal.Acquire(name, "a host", 0, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		s.Append(journal.KindGenesis, 0, 1, []byte(`{"run":"0102030405060708"}`))
		h.streams = append(h.streams, s)
	}
	h.turns(10)
	for _, name := range names {
		if err := h.journal.ResetMark(name); err != nil { // writes the mark at once
			t.Fatal(err)
		}
	}
	return h
}

func (h *history) write(name, text string) {
	h.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

// turns adds n entries to each stream.
func (h *history) turns(n int) {
	h.Helper()
	for range n {
		for _, s := range h.streams {
			_, sequence := s.Head()
			s.Append(journal.KindTurn, sequence+1, 2, make([]byte, 500))
		}
	}
	if err := h.journal.Flush(h.streams...); err != nil {
		h.Fatal(err)
	}
}

func (h *history) backup() (string, *backup.Manifest) {
	h.Helper()
	dest := filepath.Join(h.TempDir(), "copy")
	m, err := backup.Make(context.Background(), h.source(), dest)
	if err != nil {
		h.Fatal(err)
	}
	return dest, m
}

func (h *history) source() backup.Source {
	return backup.Source{DataDir: h.dir, Config: filepath.Join(h.dir, "host.hcl"), Version: "test", Now: time.Unix(1e9, 0)}
}

func TestABackupOfAHostAtWorkIsProved(t *testing.T) {
	h := newHistory(t, "lane/venue/main", "agent/a")
	dest, m := h.backup()
	h.turns(5)
	v, err := backup.Verify(context.Background(), dest, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.SHA256 != m.SHA256 || len(v.Streams) != 2 || v.Streams[1].Position != 11 || v.Streams[1].Sequence != 10 {
		t.Errorf("%+v", v)
	}
	names := ""
	for _, f := range v.Files {
		names += f.Name + " "
		info, err := os.Stat(filepath.Join(dest, f.Name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name, info.Mode(), err)
		}
	}
	if want := "config.hcl journal.db journal.mark modules/"; !strings.HasPrefix(names, want) || len(v.Files) != 4 {
		t.Errorf("%s", names)
	}
	if info, err := os.Stat(dest); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestABackupNeverOverwrites(t *testing.T) {
	h := newHistory(t, "agent/a")
	dest, _ := h.backup()
	if _, err := backup.Make(context.Background(), h.source(), dest); err == nil || !strings.Contains(err.Error(), "never overwrites") {
		t.Errorf("%v", err)
	}
	if _, err := backup.Verify(context.Background(), dest, nil); err != nil {
		t.Errorf("the refused one has damaged it: %v", err)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	h := newHistory(t, "agent/a")
	h.write(filepath.Join(backup.ModulesFolder, strings.Repeat("0", 64)+".wasm"), "damaged")
	dest := filepath.Join(t.TempDir(), "copy")
	if _, err := backup.Make(context.Background(), h.source(), dest); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dest); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsWrongWithABackupIsFound(t *testing.T) {
	flip := func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b, []byte(`{"run":"0102`)) // in an entry: not all of a file's pages are full
		if at < 0 {
			t.Fatal("the journal has no genesis")
		}
		b[at+8] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		damage func(dest string)
		words  string
	}{
		"a bit of the journal is flipped": {func(d string) { flip(filepath.Join(d, backup.JournalFile)) }, "journal.db has"},
		"a file is missing":               {func(d string) { os.Remove(filepath.Join(d, backup.ConfigFile)) }, "config.hcl is missing"},
		"a file is too many":              {func(d string) { os.WriteFile(filepath.Join(d, "x"), nil, 0o600) }, "x is not in the manifest"},
		"the manifest is missing":         {func(d string) { os.Remove(filepath.Join(d, backup.ManifestFile)) }, "never finished"},
		"the manifest was made to fit": {func(d string) {
			path := filepath.Join(d, backup.JournalFile)
			flip(path)
			m, err := backup.ReadManifest(d)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := os.ReadFile(path)
			for i := range m.Files {
				if m.Files[i].Name == backup.JournalFile {
					m.Files[i].SHA256 = fmt.Sprintf("%x", sha256.Sum256(b))
				}
			}
			text, _ := json.Marshal(m)
			if err := os.WriteFile(filepath.Join(d, backup.ManifestFile), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			dest, _ := newHistory(t, "agent/a").backup()
			c.damage(dest)
			if _, err := backup.Verify(context.Background(), dest, nil); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A journal that is pruned between the copy of the checkpoints and its own is copied anew, with what it goes on from now.
func TestABackupBesideAPruningFitsTogether(t *testing.T) {
	for name, times := range map[string]int{"pruned once": 1, "pruned all the time": 1000} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, "agent/a")
			h.turns(3)
			d, err := journal.OpenSQLite(filepath.Join(h.dir, backup.CheckpointsFile), journal.SQLiteOptions{}) // any database will do
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			source, pruned, journals := h.source(), 0, 0
			source.Progress = func(what string, done, total int64) {
				if what == "copy "+backup.JournalFile && done == total {
					journals++
				}
				if what == "copy "+backup.CheckpointsFile && pruned < times {
					pruned++
					h.turns(3)
					h.prune()
				}
			}
			dest := filepath.Join(t.TempDir(), "copy")
			_, err = backup.Make(context.Background(), source, dest)
			if times > 1 {
				if err == nil || !strings.Contains(err.Error(), "pruned again and again") {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Verify(context.Background(), dest, nil); err != nil {
				t.Error(err)
			}
			if pruned != 1 || journals < 2 {
				t.Errorf("pruned %d times, and the journal was copied %d times", pruned, journals)
			}
		})
	}
}

// prune gives up all of the first stream but its last frame.
func (h *history) prune() {
	h.Helper()
	s := h.streams[0]
	head, sequence := s.Head()
	cut, err := h.journal.Cut(s.Name(), head, func(e *journal.Entry) bool { return e.Kind == journal.KindGenesis })
	if err != nil {
		h.Fatal(err)
	}
	body, err := cut.Body()
	if err != nil {
		h.Fatal(err)
	}
	at := s.Append(journal.KindPruned, sequence, 2, body)
	if err := h.journal.Flush(s); err != nil {
		h.Fatal(err)
	}
	if err := h.journal.Prune(&cut, at); err != nil {
		h.Fatal(err)
	}
}
