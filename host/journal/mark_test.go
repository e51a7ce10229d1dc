package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

// site is a folder with a SQLite journal and its mark.
type site struct{ journal, mark string }

func newSite(t testing.TB) site {
	dir := t.TempDir()
	return site{filepath.Join(dir, "journal.db"), filepath.Join(dir, "journal.mark")}
}

func (s site) open(t testing.TB) *Journal {
	t.Helper()
	return mustOpen(t, openSQLite(t, s.journal), Options{HighWaterPath: s.mark})
}

// grow appends n entries to stream a in a run of its own.
func (s site) grow(t testing.TB, n int) {
	t.Helper()
	j := s.open(t)
	write(t, mustHold(t, j, "a"), n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wantOlder checks that Verify and Acquire both find the journal older than its mark.
func (s site) wantOlder(t *testing.T, found, mark uint64, forked bool) {
	t.Helper()
	j := s.open(t)
	defer j.Close()
	_, verifyErr := j.Verify("a", nil)
	_, acquireErr := j.Acquire("a", "host", 0, time.Minute)
	for _, err := range []error{verifyErr, acquireErr} {
		var older *OlderThanMarkError
		if !errors.As(err, &older) || older.Found != found || older.Mark != mark || older.Forked != forked || older.Stream != "a" {
			t.Errorf("%v", err)
		}
	}
}

func TestMark(t *testing.T) {
	t.Run("a restored backup does not trade until a person resets the mark", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		copyFile(t, s.journal, s.journal+".backup")
		s.grow(t, 3)
		copyFile(t, s.journal+".backup", s.journal)
		s.wantOlder(t, 5, 8, false)

		j := s.open(t)
		if err := j.ResetMark("a"); err != nil {
			t.Fatal(err)
		}
		write(t, mustHold(t, j, "a"), 1)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		s.grow(t, 1)
	})
	t.Run("a history that was replaced behind the mark is told from the one that was durable", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		copyFile(t, s.journal, s.journal+".backup")
		s.grow(t, 1)
		copyFile(t, s.journal+".backup", s.journal)
		other := site{s.journal, s.mark + ".other"}
		j := other.open(t)
		mustHold(t, j, "a").Append(KindAudit, 5, 0, []byte("another entry 6"))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		s.wantOlder(t, 6, 6, true)
		other.grow(t, 2)
		s.wantOlder(t, 8, 6, true)
	})
	t.Run("a journal that is gone is not begun anew", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		if err := os.Remove(s.journal); err != nil {
			t.Fatal(err)
		}
		j := s.open(t)
		infos, err := j.Streams()
		if err != nil || len(infos) != 1 || infos[0].Name != "a" || infos[0].ID != 0 {
			t.Errorf("the lost stream is not listed: %+v %v", infos, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		s.wantOlder(t, 0, 5, false)
	})
	t.Run("a mark that lags behind is no error", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		copyFile(t, s.mark, s.mark+".old")
		s.grow(t, 5)
		copyFile(t, s.mark+".old", s.mark)
		s.grow(t, 5)
	})
	t.Run("a damaged mark refuses to open and says what to do", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 5)
		whole, err := os.ReadFile(s.mark)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "hello", strings.Replace(string(whole), "5 1 ", "4 1 ", 1), string(whole[:len(whole)-3]), string(whole) + "x"} {
			if err := os.WriteFile(s.mark, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(NewMemory(MemoryOptions{}), Options{HighWaterPath: s.mark}); err == nil || !strings.Contains(err.Error(), "remove the file") {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
	t.Run("a name with quotes and spaces is kept", func(t *testing.T) {
		m := &mark{heads: map[string]markHead{`lane/my "paper"/ä 1`: {position: 7, token: 2, hash: [32]byte{1, 2}}}}
		back := &mark{heads: make(map[string]markHead)}
		if err := back.parse(m.encode()); err != nil || back.heads[`lane/my "paper"/ä 1`] != m.heads[`lane/my "paper"/ä 1`] {
			t.Errorf("%+v %v", back.heads, err)
		}
	})
	t.Run("it lags by no more than MarkEvery", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mark")
		synctest.Test(t, func(t *testing.T) {
			j := mustOpen(t, NewMemory(MemoryOptions{}), Options{HighWaterPath: path, MarkEvery: time.Minute})
			write(t, mustHold(t, j, "a"), 4)
			synctest.Wait()
			if _, err := os.Stat(path); err == nil {
				t.Error("written at every commit")
			}
			time.Sleep(time.Minute) // virtual
			synctest.Wait()
			if m, err := openMark(path); err != nil || m.head("a").position != 4 {
				t.Errorf("%+v %v", m, err)
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a mark that cannot be written is an error of Close", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "gone")
		j := mustOpen(t, NewMemory(MemoryOptions{}), Options{HighWaterPath: filepath.Join(dir, "mark")})
		write(t, mustHold(t, j, "a"), 1)
		if err := j.Close(); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	t.Run("a mark that is missing beside entries is said in the log", func(t *testing.T) {
		s := newSite(t)
		s.grow(t, 1)
		if err := os.Remove(s.mark); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		j := mustOpen(t, openSQLite(t, s.journal), Options{HighWaterPath: s.mark, Log: hclog.New(&hclog.LoggerOptions{Output: &log})})
		if err := j.Close(); err != nil || !strings.Contains(log.String(), "high-water mark is missing") {
			t.Errorf("%q %v", log.String(), err)
		}
	})
}
