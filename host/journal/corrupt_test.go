package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

const pageBytes = 4096

// damagedEntries is how many entries the journals below hold, eight to a frame.
const damagedEntries = 800

// newDamaged makes a sound journal. Entry n has the body "body of entry n#".
func newDamaged(t testing.TB) site {
	s := newSite(t)
	j := mustOpen(t, openSQLite(t, s.journal), Options{HighWaterPath: s.mark, FrameEntriesMax: 8})
	stream := mustHold(t, j, "a")
	for n := range uint64(damagedEntries) {
		stream.Append(KindTurn, n+1, int64(n), fmt.Appendf(nil, "body of entry %d#", n+1))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// edit changes the journal's file as a bad disk would.
func edit(t testing.TB, path string, change func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// flip turns one bit of the text, which the file must hold once.
func flip(t testing.TB, text string) func([]byte) []byte {
	return func(b []byte) []byte {
		if n := bytes.Count(b, []byte(text)); n != 1 {
			t.Fatalf("%q is in the file %d times", text, n)
		}
		b[bytes.Index(b, []byte(text))] ^= 1
		return b
	}
}

// reseal gives entry 100 another body and a right checksum: what a forger does, or a fault in memory.
func reseal(b []byte) []byte {
	i := bytes.Index(b, []byte("body of entry 100#"))
	start, end := i-headerBytes, i+len("body of entry 100#")
	var e Entry
	if _, err := ReadEntry(b[start:end+crcBytes], &e); err != nil {
		panic(err)
	}
	e.Body = []byte("body of entry 1OO#")
	copy(b[start:], AppendEntry(nil, &e))
	return b
}

func TestDamage(t *testing.T) {
	var stream string
	frame13 := "stream = 1 AND first = 97" // holds the entries 97 to 104
	for _, c := range []struct {
		name     string
		damage   func(t *testing.T, s site)
		what     string // of the *CorruptError
		position uint64
		entries  uint64
	}{
		{
			"a flipped bit in a body is a wrong checksum",
			func(t *testing.T, s site) { edit(t, s.journal, flip(t, "body of entry 100#")) }, "checksum", 100, 99,
		},
		{
			"an entry replaced with a right checksum breaks the chain at the next one",
			func(t *testing.T, s site) { edit(t, s.journal, reseal) }, "chain", 101, 100,
		},
		{
			"a frame deleted is a gap",
			func(t *testing.T, s site) { execute(t, s.journal, "DELETE FROM frame WHERE "+frame13) }, "frame", 97, 96,
		},
		{
			"a frame cut short is an entry cut short",
			func(t *testing.T, s site) {
				execute(t, s.journal, "UPDATE frame SET bytes = substr(bytes, 1, 150) WHERE "+frame13)
			}, "entry", 98, 97,
		},
		{
			"bytes after a frame's last entry",
			func(t *testing.T, s site) {
				execute(t, s.journal, "UPDATE frame SET bytes = CAST(bytes || x'00' AS BLOB) WHERE "+frame13)
			}, "frame", 105, 103,
		},
		{
			"a frame with the bytes of another",
			func(t *testing.T, s site) {
				execute(t, s.journal, "UPDATE frame SET bytes = (SELECT bytes FROM frame WHERE first = 1) WHERE "+frame13)
			}, "position", 97, 96,
		},
		{
			"a frame of another stream",
			func(t *testing.T, s site) {
				execute(t, s.journal, "INSERT INTO stream SELECT 2, 'b', position, sequence, hash, token, owner, until FROM stream",
					"UPDATE frame SET stream = 2", "DELETE FROM stream WHERE id = 1", "UPDATE stream SET name = 'a'")
			}, "stream", 1, 0,
		},
		{
			"a stream under another name breaks the chain at its first entry",
			func(t *testing.T, s site) {
				execute(t, s.journal, "UPDATE stream SET name = 'b'", "INSERT INTO stream VALUES (2, 'a', 0, 0, zeroblob(32), 1, '', 0)")
				stream = "b"
			}, "chain", 1, 0,
		},
		{
			"the last frame deleted is a head without its entry",
			func(t *testing.T, s site) { execute(t, s.journal, "DELETE FROM frame WHERE last = 800") }, "head", 800, 792,
		},
		{
			"a head moved back leaves a frame beyond it",
			func(t *testing.T, s site) {
				execute(t, s.journal, "UPDATE stream SET position = 784, sequence = 784")
			}, "head", 784, 784,
		},
		{
			"a head's hash that is not its entry's",
			func(t *testing.T, s site) { execute(t, s.journal, "UPDATE stream SET hash = zeroblob(32)") }, "head hash", 800, 800,
		},
		{
			"a token below that of the entries",
			func(t *testing.T, s site) { execute(t, s.journal, "UPDATE stream SET token = 0") }, "token", 800, 800,
		},
		{
			"a zeroed page is a database that is malformed",
			func(t *testing.T, s site) {
				edit(t, s.journal, func(b []byte) []byte {
					page := bytes.Index(b, []byte("body of entry 100#")) / pageBytes * pageBytes
					clear(b[page : page+pageBytes])
					return b
				})
			}, "", 0, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newDamaged(t)
			stream = "a"
			c.damage(t, s)
			j := openReader(t, s)
			r, err := j.Verify(stream, nil)
			var damaged *CorruptError
			if !errors.As(err, &damaged) {
				t.Fatalf("%v", err)
			}
			t.Log(err)
			if c.what != "" && (!strings.HasPrefix(damaged.What, c.what) || damaged.Position != c.position || r.Entries != c.entries) {
				t.Errorf("%s at %d after %d entries: %v", damaged.What, damaged.Position, r.Entries, err)
			}
			if !strings.Contains(err.Error(), "agenthost journal verify") {
				t.Errorf("no command is named: %v", err)
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDamagedFile(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"a file cut to half":     func(b []byte) []byte { return b[:len(b)/2/pageBytes*pageBytes] },
		"a header of zeros":      func(b []byte) []byte { clear(b[:100]); return b },
		"a file of another kind": func(b []byte) []byte { return []byte(strings.Repeat("not a database\n", 1000)) },
	} {
		t.Run(name+" is damage, said on opening or on reading", func(t *testing.T) {
			s := newDamaged(t)
			edit(t, s.journal, change)
			for _, readOnly := range []bool{true, false} {
				err := useOnce(s, readOnly)
				var damaged *CorruptError
				if !errors.As(err, &damaged) {
					t.Errorf("read-only %v: %v", readOnly, err)
				}
			}
		})
	}
}

// useOnce opens, verifies, and gives the first error.
func useOnce(s site, readOnly bool) error {
	d, err := OpenSQLite(s.journal, SQLiteOptions{ReadOnly: readOnly})
	if err != nil {
		return err
	}
	j, err := Open(d, Options{HighWaterPath: s.mark})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	_, err = j.Verify("a", nil)
	return errors.Join(err, j.Close())
}

// TestDamagedLog damages the write-ahead log of a host that was killed. SQLite itself finds nothing wrong
// with any of it: it takes the sound beginning of the log for all there was.
func TestDamagedLog(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, wal string){
		"a log that was deleted": func(t *testing.T, wal string) {
			if err := os.Remove(wal); err != nil {
				t.Fatal(err)
			}
		},
		"a flipped bit in the log": func(t *testing.T, wal string) {
			edit(t, wal, func(b []byte) []byte { b[len(b)*3/4] ^= 1; return b })
		},
		"a log cut short": func(t *testing.T, wal string) {
			edit(t, wal, func(b []byte) []byte { return b[:len(b)*3/4] })
		},
		"a log whose salt is another's": func(t *testing.T, wal string) {
			edit(t, wal, func(b []byte) []byte {
				binary.BigEndian.PutUint32(b[16:], binary.BigEndian.Uint32(b[16:])+1)
				return b
			})
		},
	} {
		t.Run(name+" is found by the high-water mark", func(t *testing.T) {
			s, killed := newSite(t), newSite(t)
			s.grow(t, 5)
			j := s.open(t)
			stream := mustHold(t, j, "a")
			for range 50 {
				write(t, stream, 1)
			}
			copyFile(t, s.journal, killed.journal)
			copyFile(t, s.journal+"-wal", killed.journal+"-wal")
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			copyFile(t, s.mark, killed.mark)

			undamaged := newSite(t)
			copyFile(t, killed.journal, undamaged.journal)
			copyFile(t, killed.journal+"-wal", undamaged.journal+"-wal")
			copyFile(t, killed.mark, undamaged.mark)
			undamaged.grow(t, 1)

			damage(t, killed.journal+"-wal")
			err := useOnce(killed, false)
			var older *OlderThanMarkError
			if !errors.As(err, &older) || older.Mark != 55 || older.Found >= 55 || older.Forked {
				t.Errorf("%v", err)
			}
		})
	}
}
