package checkpoint_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/checkpoint"
)

func Example() {
	folder, err := os.MkdirTemp("", "checkpoints")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	s, err := checkpoint.Open(filepath.Join(folder, "checkpoints.db"), checkpoint.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	lane, _ := s.Put("exchange/main", &checkpoint.Part{Anchor: checkpoint.Anchor{Stream: "lane/exchange/main", Position: 7}, State: []byte("orders")})
	agent, _ := s.Put("exchange/main", &checkpoint.Part{Anchor: checkpoint.Anchor{Stream: "agent/sma", Position: 40, Sequence: 38}, State: []byte("books"), Guest: []byte("memory")})
	if _, err := s.Commit("exchange/main", 1_000, []checkpoint.Info{lane, agent}, 3); err != nil {
		panic(err)
	}
	all, _ := s.List("exchange/main")
	for _, c := range all {
		fmt.Println(c.ID, c.Time, c.Verify())
		part, err := s.Load(c.Find("agent/sma"))
		fmt.Printf("%d %q %q %v\n", part.Sequence, part.State, part.Guest, err)
	}
	// Output:
	// 1 1000 <nil>
	// 38 "books" "memory" <nil>
}

func open(t *testing.T, path string) *checkpoint.Store {
	t.Helper()
	s, err := checkpoint.Open(path, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests close it before
	return s
}

func put(t *testing.T, s *checkpoint.Store, group string, n uint64) checkpoint.Info {
	t.Helper()
	i, err := s.Put(group, &checkpoint.Part{Anchor: checkpoint.Anchor{Stream: "agent/a", Position: n, Sequence: n}, State: fmt.Append(nil, "state ", n), Guest: make([]byte, 1<<16)})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func commit(t *testing.T, s *checkpoint.Store, group string, at int64, keep int, parts ...checkpoint.Info) {
	t.Helper()
	if _, err := s.Commit(group, at, parts, keep); err != nil {
		t.Fatal(err)
	}
}

// rows counts rows beside the store.
func rows(t *testing.T, path, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func change(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestTheNewestAreKeptAndOtherGroupsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints.db")
	s := open(t, path)
	commit(t, s, "other", 1, 3, put(t, s, "other", 1))
	still := put(t, s, "group", 1)
	for n := range int64(6) {
		commit(t, s, "group", n, 2, still, put(t, s, "group", uint64(n)+2))
	}
	all, err := s.List("group")
	if err != nil || len(all) != 2 || all[0].Time != 5 || all[1].Time != 4 {
		t.Errorf("of 6 there are %+v, %v; want the newest 2", all, err)
	}
	if n := rows(t, path, "part"); n != 1+1+2 {
		t.Errorf("%d parts are kept, want the other group's, the one that stood still, and two", n)
	}
	for i := range all {
		if err := all[i].Verify(); err != nil || len(all[i].Parts) != 2 || all[i].Parts[0].ID != still.ID {
			t.Errorf("%+v: %v", all[i], err)
		}
	}
}

func TestWhatACrashLeavesIsNoCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints.db")
	s := open(t, path)
	commit(t, s, "group", 1, 3, put(t, s, "group", 1))
	put(t, s, "group", 2) // and here the host is killed
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	all, err := s.List("group")
	if err != nil || len(all) != 1 || all[0].Parts[0].Position != 1 {
		t.Fatalf("%+v, %v; want the one that was whole", all, err)
	}
	commit(t, s, "group", 3, 3, put(t, s, "group", 3))
	if n := rows(t, path, "part"); n != 2 {
		t.Errorf("%d parts; what the crash left is not cleared away", n)
	}
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		query string
		want  error
	}{
		"a bit of a body":          {"UPDATE part SET body = CAST(substr(body, 1, 9) || x'2a' || substr(body, 11) AS BLOB)", checkpoint.ErrDamaged},
		"a body cut short":         {"UPDATE part SET body = substr(body, 1, 12)", checkpoint.ErrDamaged},
		"an anchor":                {"UPDATE part SET position = 9", checkpoint.ErrDamaged},
		"a maker":                  {"UPDATE part SET maker = randomblob(32)", checkpoint.ErrDamaged},
		"a size":                   {"UPDATE part SET size = size + 1", checkpoint.ErrDamaged},
		"a part of a newer format": {"UPDATE part SET format = 2", checkpoint.ErrFormat},
		"a checkpoint's time":      {"UPDATE checkpoint SET time = 2", checkpoint.ErrDamaged},
		"a newer format":           {"UPDATE checkpoint SET format = 2", checkpoint.ErrFormat},
		"a part that is gone":      {"DELETE FROM part", checkpoint.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "checkpoints.db")
			s := open(t, path)
			commit(t, s, "group", 1, 3, put(t, s, "group", 1))
			change(t, path, test.query)
			all, err := s.List("group")
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			err = all[0].Verify()
			if err == nil {
				_, err = s.Load(&all[0].Parts[0])
			}
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestAFileThatIsNoneIsPutAsideAndANewerOneIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints.db")
	if err := os.WriteFile(path, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	s, aside, err := checkpoint.OpenAnew(path, time.Unix(0, 0))
	if err != nil || aside != path+".damaged-19700101T000000" {
		t.Fatalf("put aside as %q: %v", aside, err)
	}
	commit(t, s, "group", 1, 1, put(t, s, "group", 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, "PRAGMA user_version = 2")
	if _, aside, err := checkpoint.OpenAnew(path, time.Now()); !errors.Is(err, checkpoint.ErrFormat) || aside != "" {
		t.Errorf("a newer file gives %v, aside %q", err, aside)
	}
	if _, err := checkpoint.Open(path+".none", checkpoint.Options{ReadOnly: true}); !errors.Is(err, checkpoint.ErrNotExist) {
		t.Errorf("a missing file read-only gives %v", err)
	}
}

func TestWhatWasSyncedSurvivesWithoutTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints.db")
	s := open(t, path)
	commit(t, s, "group", 1, 3, put(t, s, "group", 1))
	left := func() (n int) { // of a failure of power that costs all that SQLite's log has not synced
		only := filepath.Join(t.TempDir(), "left.db")
		whole, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(only, whole, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		all, err := open(t, only).List("group")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if n := left(); n != 0 {
		t.Fatalf("%d are left without Sync: this test shows nothing", n)
	}
	look, err := checkpoint.Open(path, checkpoint.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	for name, by := range map[string]*checkpoint.Store{"by who wrote it": s, "by who only reads": look} {
		commit(t, s, "group", 2, 3, put(t, s, "group", 2))
		if err := by.Sync(); err != nil {
			t.Fatal(err)
		}
		all, err := s.List("group")
		if n := left(); err != nil || n != len(all) {
			t.Errorf("synced %s: %d of %d are left, %v", name, n, len(all), err)
		}
	}
}

func TestACheckpointOfPartsThatAreGoneIsNotMade(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	gone := put(t, s, "group", 1)
	commit(t, s, "group", 1, 1, put(t, s, "group", 2))
	if _, err := s.Commit("group", 2, []checkpoint.Info{gone}, 1); err == nil {
		t.Error("a checkpoint was made of a part that had been cleared away")
	}
	if all, err := s.List("group"); err != nil || len(all) != 1 || all[0].Time != 1 {
		t.Errorf("%+v, %v; want the one before, untouched", all, err)
	}
}
