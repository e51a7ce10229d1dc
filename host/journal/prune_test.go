package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// prunable is a journal of one stream with n turns of a kibibyte, each durable in a frame of its own, and a
// module entry among them.
func prunable(t *testing.T, n int) (path string, j *Journal, s *Stream) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	j = mustOpen(t, openSQLite(t, path), Options{HighWaterPath: path + ".mark", FrameBytesMax: 900})
	s = mustHold(t, j, "agent/a")
	s.Append(KindGenesis, 0, 1, []byte("genesis"))
	for i := range n {
		if i == n/4 {
			s.Append(KindModule, s.sequence, 5, []byte("module"))
		}
		s.Append(KindTurn, s.sequence+1, 10, make([]byte, 1024))
	}
	if err := s.Wait(s.position); err != nil {
		t.Fatal(err)
	}
	return path, j, s
}

func notTurns(e *Entry) bool { return e.Kind == KindGenesis || e.Kind == KindModule }

// pruneTo prunes the stream, as a host does.
func pruneTo(t *testing.T, j *Journal, s *Stream, first uint64) Cut {
	t.Helper()
	c, err := j.Cut(s.name, first, notTurns)
	if err != nil {
		t.Fatal(err)
	}
	c.State, c.By, c.Why = json.RawMessage(`{"x":1}`), "ann", "retention"
	body, err := c.Body()
	if err != nil {
		t.Fatal(err)
	}
	position := s.Append(KindPruned, s.sequence, 11, body)
	if err := j.Prune(&c, position); err == nil {
		t.Fatal("it was pruned before the journal said so for good")
	}
	if err := s.Wait(position); err != nil {
		t.Fatal(err)
	}
	if err := j.Prune(&c, position); err != nil {
		t.Fatal(err)
	}
	return c
}

func kept(t *testing.T, j *Journal, from uint64) (positions []uint64) {
	t.Helper()
	for e, err := range j.ReadKept("agent/a", from) {
		if err != nil {
			t.Fatal(err)
		}
		positions = append(positions, e.Position)
	}
	return positions
}

func TestPrune(t *testing.T) {
	path, j, s := prunable(t, 2000)
	pages := func() (n int) {
		if err := j.device.(*sqlite).readers.QueryRow("PRAGMA page_count").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := pages()
	c := pruneTo(t, j, s, 1500)
	t.Run("the chain is verified from the anchor", func(t *testing.T) {
		r, err := j.Verify("agent/a", nil)
		if err != nil || r.From != c.Anchor.First || r.Carried != 2 || r.Entries != s.position-r.From+1 || r.From > 1500 || r.From < 1490 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("reading what was pruned is an error that says what is kept", func(t *testing.T) {
		for _, err := range j.Read("agent/a", 1) {
			var dropped *DroppedError
			if !errors.As(err, &dropped) || !errors.Is(err, ErrDropped) || !dropped.Pruned || dropped.Kept != c.Anchor.First {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("what was carried is read before what is kept", func(t *testing.T) {
		all := kept(t, j, 1)
		if len(all) != int(s.position-c.Anchor.First)+3 || all[0] != 1 || all[1] != 502 || all[2] != c.Anchor.First {
			t.Errorf("%d entries, %v", len(all), all[:4])
		}
		if some := kept(t, j, 502); some[0] != 502 || some[1] != c.Anchor.First {
			t.Errorf("%v", some[:2])
		}
	})
	t.Run("it can be pruned again, and goes on", func(t *testing.T) {
		c = pruneTo(t, j, s, 1900)
		if err := s.Wait(s.Append(KindTurn, s.sequence+1, 12, nil)); err != nil {
			t.Fatal(err)
		}
		if r, err := j.Verify("agent/a", nil); err != nil || r.Carried != 2 || r.From != c.Anchor.First || r.From < 1800 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("the file becomes shorter", func(t *testing.T) {
		if after := pages(); after > before/3 {
			t.Errorf("%d pages, %d before", after, before)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("another host, a reader and a copy find it as it is", func(t *testing.T) {
		copied := path + ".copy"
		if err := CopySQLite(context.Background(), path, copied, nil); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, copied} {
			d, err := OpenSQLite(p, SQLiteOptions{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			read := mustOpen(t, d, Options{HighWaterPath: path + ".mark"})
			if r, err := read.Verify("agent/a", nil); err != nil || r.From != c.Anchor.First {
				t.Errorf("%+v, %v", r, err)
			}
			if err := read.Close(); err != nil {
				t.Error(err)
			}
		}
		again := mustOpen(t, openSQLite(t, path), Options{HighWaterPath: path + ".mark"})
		mustHold(t, again, "agent/a")
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAnchorThatNobodyWroteIsFound(t *testing.T) {
	for name, statements := range map[string][]string{
		"frames and anchor made to fit": {anchorSchema, `INSERT INTO anchor SELECT 1, 0, zeroblob(32), 0, 0, x'' `},
		"anchor moved on":               {"UPDATE anchor SET first = first + 10", "DELETE FROM frame WHERE last < (SELECT first FROM anchor)"},
		"carried entry changed":         {"UPDATE anchor SET carried = zeroblob(length(carried))"},
		"anchor gone":                   {"DELETE FROM anchor"},
	} {
		t.Run(name, func(t *testing.T) {
			path, j, s := prunable(t, 400)
			faked := name == "frames and anchor made to fit"
			if !faked {
				pruneTo(t, j, s, 300)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if faked { // with the right hash, as somebody would who wants to hide the beginning
				statements = append(statements, "UPDATE anchor SET first = 200, hash = (SELECT substr(bytes, 45, 32) FROM frame WHERE stream = 1 AND first = 200), sequence = 198, token = 1",
					"DELETE FROM frame WHERE last < 200")
			}
			execute(t, path, statements...)
			d, err := OpenSQLite(path, SQLiteOptions{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			read := mustOpen(t, d, Options{})
			defer read.Close()
			var damaged *CorruptError
			if _, err := read.Verify("agent/a", nil); !errors.As(err, &damaged) {
				t.Errorf("%v", err)
			} else if faked && damaged.What != "anchor" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnArchiveIsTheJournalUpToTheCut(t *testing.T) {
	path, j, s := prunable(t, 800)
	defer j.Close()
	archives := []string{path + ".1.zst", path + ".2.zst"}
	for i, first := range []uint64{300, 700} {
		c, err := j.Cut("agent/a", first, notTurns)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.WriteArchive(context.Background(), archives[i], []Cut{c}); err != nil {
			t.Fatal(err)
		}
		if err := j.WriteArchive(context.Background(), archives[i], []Cut{c}); err == nil {
			t.Error("an archive was overwritten")
		}
		pruneTo(t, j, s, first)
		a, err := OpenArchive(archives[i])
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.Verify("agent/a", nil)
		if err != nil || r.Stream.Position != c.Anchor.First-1 || r.Stream.Hash != c.Anchor.Hash || r.Entries != c.Entries {
			t.Errorf("%+v, %v", r, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".archive-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestPruningThatWasInterruptedIsFinishedByTheNext(t *testing.T) {
	_, j, s := prunable(t, 600)
	defer j.Close()
	d := j.device.(*sqlite)
	pruneTo(t, j, s, 300)
	// Frames that an interruption left: those before the anchor.
	if _, err := d.writer.ExecContext(t.Context(), "INSERT INTO frame (stream, first, last, bytes) VALUES (1, 250, 250, x'00')"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Verify("agent/a", nil); err != nil {
		t.Error(err)
	}
	pruneTo(t, j, s, 500)
	var left int
	if err := d.readers.QueryRow("SELECT count(*) FROM frame WHERE last < 400").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d frames are left, %v", left, err)
	}
}

func TestAFileOfBeforeThereWasPruningIsCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	execute(t, path, "PRAGMA page_size = 4096", schema)
	j := mustOpen(t, openSQLite(t, path), Options{FrameBytesMax: 900})
	s := mustHold(t, j, "agent/a")
	for range 1000 {
		s.Append(KindTurn, s.sequence+1, 10, make([]byte, 1024))
	}
	if err := s.Wait(s.position); err != nil {
		t.Fatal(err)
	}
	pruneTo(t, j, s, 900)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	before := fileSize(t, path)
	if err := CompactSQLite(path); err != nil {
		t.Fatal(err)
	}
	if after := fileSize(t, path); after > before/2 {
		t.Errorf("%d bytes, %d before", after, before)
	}
	again := mustOpen(t, openSQLite(t, path), Options{})
	defer again.Close()
	if _, err := again.Verify("agent/a", nil); err != nil {
		t.Error(err)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A reader that is overtaken by a pruning is told so, and not that the journal is damaged.
func TestAReaderThatIsOvertakenByAPruningIsTold(t *testing.T) {
	_, j, s := prunable(t, 2000)
	read := 0
	for e, err := range j.Read("agent/a", 1) {
		if read++; read == 1 {
			pruneTo(t, j, s, 1500)
		}
		if err == nil {
			continue
		}
		var dropped *DroppedError
		if !errors.As(err, &dropped) || !dropped.Pruned || e.Position != 0 {
			t.Errorf("after %d entries: %v", read, err)
		}
		return
	}
	t.Errorf("%d entries were read", read)
}

// Who has planned a pruning before another was done, a host that was paused, say, does not move the anchor back to where
// there is nothing any more.
func TestAnAnchorNeverGoesBack(t *testing.T) {
	_, j, s := prunable(t, 2000)
	old, err := j.Cut("agent/a", 500, func(*Entry) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	c := pruneTo(t, j, s, 1500)
	if err := j.device.Prune(s.lease.Stream, &old.Anchor); !errors.Is(err, ErrConflict) {
		t.Errorf("%v", err)
	}
	if r, err := j.Verify("agent/a", nil); err != nil || r.From != c.Anchor.First {
		t.Errorf("from %d, %v", r.From, err)
	}
}

// An archive has its name when it is whole, and what a host that was killed has left of one goes with the next, a day later.
func TestWhatACrashLeavesOfAnArchive(t *testing.T) {
	path, j, _ := prunable(t, 400)
	defer j.Close()
	c, err := j.Cut("agent/a", 300, notTurns)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	old, young := filepath.Join(folder, ".archive-old"), filepath.Join(folder, ".archive-young")
	for _, p := range []string{old, young} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(folder, "archive.zst")
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := j.WriteArchive(over, archive, []Cut{c}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	left, err := filepath.Glob(filepath.Join(folder, "*archive*"))
	if err != nil || len(left) != 1 || left[0] != young {
		t.Errorf("%v, %v", left, err)
	}
}
