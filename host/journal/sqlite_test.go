package journal

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// execute runs SQL on a database file, as a person with a sqlite3 shell would.
func execute(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenSQLite(t *testing.T) {
	t.Run("the settings that durability rests on are in force", func(t *testing.T) {
		d := openSQLite(t, filepath.Join(t.TempDir(), "journal.db")).(*sqlite)
		defer d.Close()
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "page_size": "4096", "busy_timeout": "5000", "wal_autocheckpoint": "4000"} {
			var found string
			if err := d.writer.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&found); err != nil || found != want {
				t.Errorf("%s is %s, want %s (%v)", name, found, want, err)
			}
		}
	})
	t.Run("a file with other settings is refused, with the setting's name", func(t *testing.T) {
		for name, statements := range map[string][]string{
			"page_size":      {"PRAGMA page_size = 8192", schema},
			"application_id": {"CREATE TABLE somebody (elses)"},
			"user_version":   {schema, "PRAGMA user_version = 3"},
		} {
			path := filepath.Join(t.TempDir(), "journal.db")
			execute(t, path, statements...)
			for _, o := range []SQLiteOptions{{}, {ReadOnly: true}} {
				if name == "page_size" && o.ReadOnly {
					continue // a reader does not depend on it
				}
				d, err := OpenSQLite(path, o)
				if err == nil || d != nil || !strings.Contains(err.Error(), "setting "+name) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
	t.Run("a second host on the same data is refused, and let in when the first is gone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal.db")
		first := openSQLite(t, path)
		_, err := OpenSQLite(path, SQLiteOptions{})
		var held *HeldError
		if !errors.As(err, &held) || !strings.HasPrefix(held.By, "process ") || !strings.Contains(err.Error(), "another host") {
			t.Errorf("%v", err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := openSQLite(t, path).Close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a lock held by another program fails the append with its reason, and stores nothing", func(t *testing.T) {
		s := newSite(t)
		j := s.open(t)
		stream := mustHold(t, j, "a")
		write(t, stream, 1)
		if _, err := j.device.(*sqlite).writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 1"); err != nil {
			t.Fatal(err)
		}
		shell, err := sql.Open("sqlite", s.journal)
		if err != nil {
			t.Fatal(err)
		}
		shell.SetMaxOpenConns(1)
		for _, statement := range []string{"BEGIN IMMEDIATE", "UPDATE stream SET until = until"} {
			if _, err := shell.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.Wait(stream.Append(KindTurn, 2, 0, nil)); err == nil || !strings.Contains(err.Error(), "sqlite3 shell") || errors.Is(err, ErrIndeterminate) {
			t.Errorf("%v", err)
		}
		if err := shell.Close(); err != nil {
			t.Fatal(err)
		}
		if p, _ := mustHold(t, j, "a").Head(); p != 1 {
			t.Errorf("head is %d", p)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("any path will do", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "50% & more?#=x.db")
		d := openSQLite(t, path)
		defer d.Close()
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("an empty file is a new journal", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := openSQLite(t, path).Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestReadOnly(t *testing.T) {
	t.Run("what is not there is not made", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal.db")
		if _, err := OpenSQLite(path, SQLiteOptions{ReadOnly: true}); !errors.Is(err, ErrNotExist) {
			t.Error(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a file was made")
		}
	})
	t.Run("it reads beside a running host, up to what is durable now", func(t *testing.T) {
		s := newSite(t)
		host := s.open(t)
		stream := mustHold(t, host, "a")
		write(t, stream, 5)
		reader := openReader(t, s)
		for n := uint64(5); n < 8; n++ {
			if r, err := reader.Verify("a", nil); err != nil || r.Entries != n {
				t.Errorf("%d: %+v %v", n, r, err)
			}
			write(t, stream, 1)
		}
		if err := errors.Join(reader.Close(), host.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Run("nothing can be changed through it, and the mark is left alone", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		before, err := os.ReadFile(s.mark)
		if err != nil {
			t.Fatal(err)
		}
		j := openReader(t, s)
		if _, err := j.Acquire("a", "host", 0, 0); !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
		if err := j.ResetMark("a"); !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
		if err := j.device.Append([]Batch{{}}); !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
		if _, err := j.device.(*sqlite).readers.Exec("DELETE FROM frame"); err == nil {
			t.Error("the reader's connection can write")
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if after, err := os.ReadFile(s.mark); err != nil || string(after) != string(before) {
			t.Error("the mark was touched", err)
		}
	})
	t.Run("a reader that dawdles does not hold the writer up", func(t *testing.T) {
		s := newSite(t)
		host := s.open(t)
		stream := mustHold(t, host, "a")
		for range 3 * pageFrames {
			write(t, stream, 1)
		}
		read := 0
		for _, err := range host.Read("a", 1) {
			if err != nil {
				t.Fatal(err)
			}
			if read++; read%pageFrames == 0 {
				write(t, stream, 1)
				var busy, log, moved int
				row := host.device.(*sqlite).writer.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
				if err := row.Scan(&busy, &log, &moved); err != nil || busy != 0 {
					t.Errorf("the log cannot be checkpointed while somebody reads: %d %v", busy, err)
				}
			}
		}
		if read != 3*pageFrames {
			t.Errorf("read %d entries, want those that were durable at the start", read)
		}
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
}

func openReader(t testing.TB, s site) *Journal {
	t.Helper()
	d, err := OpenSQLite(s.journal, SQLiteOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, d, Options{HighWaterPath: s.mark})
}
