package checkpoint

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Store is a file of checkpoints. Its methods may be called by any goroutine; those that write wait for one
// another.
type Store struct {
	path  string
	db    *sql.DB
	codec *Codec
}

// Options set up a store. The zero value is for the host.
type Options struct {
	// ReadOnly never writes and works beside a running host.
	ReadOnly bool
}

// schema is of user_version 1. Parts come one by one and belong to nothing until a checkpoint names them, in
// one transaction; so a crash leaves the older checkpoints as they were.
const schema = `
CREATE TABLE IF NOT EXISTS part (
	id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, format INTEGER NOT NULL, stream TEXT NOT NULL,
	position INTEGER NOT NULL, sequence INTEGER NOT NULL, anchor BLOB NOT NULL, maker BLOB NOT NULL, made_by TEXT NOT NULL,
	size INTEGER NOT NULL, sha256 BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS part_owner ON part (owner);
CREATE TABLE IF NOT EXISTS checkpoint (
	id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, format INTEGER NOT NULL, time INTEGER NOT NULL, sha256 BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS checkpoint_owner ON checkpoint (owner);
CREATE TABLE IF NOT EXISTS member (
	checkpoint INTEGER NOT NULL, place INTEGER NOT NULL, part INTEGER NOT NULL, PRIMARY KEY (checkpoint, place)) WITHOUT ROWID;
PRAGMA user_version = 1;`

// Open opens the file at path, and makes it if it is not there; with ReadOnly a missing file is ErrNotExist.
// A file that is no store, or of a newer version, is an error: the caller decides whether to put it aside.
func Open(path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open checkpoints: %w", err)
	}
	s := &Store{path: path}
	if err := s.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("open checkpoints %s: %w", path, explain(err)), s.Close())
	}
	return s, nil
}

// OpenAnew is Open for a host: a file that is damaged is put aside, named by the time, and a new one begun. aside
// is where the damaged one is now, empty if it was not damaged.
func OpenAnew(path string, now time.Time) (s *Store, aside string, err error) {
	if s, err = Open(path, Options{}); !errors.Is(err, ErrDamaged) {
		return s, "", err
	}
	aside = path + now.UTC().Format(".damaged-20060102T150405")
	for _, part := range []string{"", "-wal", "-shm"} {
		if moved := os.Rename(path+part, aside+part); moved != nil && !errors.Is(moved, fs.ErrNotExist) {
			return nil, "", errors.Join(err, moved)
		}
	}
	s, err = Open(path, Options{})
	return s, aside, err
}

// The codes by which SQLite says that a file is not one of its own, or not whole any more.
const (
	codeCorrupt   = 11
	codeNotDB     = 26
	codePrimary   = 0xff
	schemaVersion = 1
)

// explain makes SQLite's word for damage ours.
func explain(err error) error {
	var e interface{ Code() int }
	if errors.As(err, &e) && (e.Code()&codePrimary == codeCorrupt || e.Code()&codePrimary == codeNotDB) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func (s *Store) open(o Options) (err error) {
	if s.codec, err = NewCodec(); err != nil {
		return err
	}
	// What was durable when power failed is whole with NORMAL; the last checkpoint may be missing, which costs
	// a longer replay and nothing else. 16 KiB pages: reference/store.md, 1.4.
	query := "_pragma=busy_timeout(5000)&_pragma=page_size(16384)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate"
	if o.ReadOnly {
		if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
			return ErrNotExist
		}
		query = "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)"
	}
	if s.db, err = sql.Open("sqlite", "file:"+escaped(s.path)+"?"+query); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	var version int
	if err := s.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version > schemaVersion:
		return fmt.Errorf("file of version %d: %w", version, ErrFormat)
	case o.ReadOnly && version == 0:
		return ErrNotExist
	case o.ReadOnly:
		return nil
	}
	_, err = s.db.Exec(schema)
	return err
}

func escaped(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// Path is the file's.
func (s *Store) Path() string { return s.path }

// Close ends the store.
func (s *Store) Close() error {
	s.codec.Close()
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// Put writes a part of a group and returns its id. Until Commit names it, it belongs to no checkpoint.
func (s *Store) Put(group string, p *Part) (Info, error) {
	i, body := s.codec.Pack(p)
	r, err := s.db.Exec("INSERT INTO part (owner, format, stream, position, sequence, anchor, maker, made_by, size, sha256, body) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
		group, i.Format, i.Stream, int64(i.Position), int64(i.Sequence), i.Hash[:], i.Maker[:], i.MadeBy, i.Size, i.SHA256[:], body)
	if err == nil {
		i.ID, err = r.LastInsertId()
	}
	if err != nil {
		return Info{}, fmt.Errorf("write checkpoint part of stream %q: %w", p.Stream, err)
	}
	return i, nil
}

// Commit makes a group's checkpoint of parts that Put returned, now or for an earlier one, and forgets what
// only checkpoints before the newest keep of the group hold: in one transaction.
func (s *Store) Commit(group string, at int64, parts []Info, keep int) (id int64, err error) {
	c := Checkpoint{Group: group, Time: at, Parts: parts}
	c.Seal()
	tx, err := s.db.Begin()
	if err != nil {
		return 0, fmt.Errorf("write checkpoint: %w", err)
	}
	if id, err = commit(tx, &c, keep); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		_ = tx.Rollback() // it says ErrTxDone after a Commit, which has said why
		return 0, fmt.Errorf("write checkpoint: %w", err)
	}
	return id, nil
}

// Sync makes all that was committed survive a failure of power: without it, that may cost the newest checkpoints,
// and one of before is the newest again. Who drops what an older one needs does this first. It waits for readers.
func (s *Store) Sync() (err error) {
	// A connection of its own, for s may read only; and those of one process share their locks.
	db, err := sql.Open("sqlite", "file:"+escaped(s.path)+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return fmt.Errorf("sync checkpoints: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var busy, frames, copied int
	if err := db.QueryRow("PRAGMA wal_checkpoint(FULL)").Scan(&busy, &frames, &copied); err != nil {
		return fmt.Errorf("sync checkpoints: %w", err)
	}
	if busy != 0 || copied < frames {
		return fmt.Errorf("sync checkpoints %s: %d of %d pages are copied: somebody reads the file all the time", s.path, copied, frames)
	}
	return nil
}

func commit(tx *sql.Tx, c *Checkpoint, keep int) (id int64, err error) {
	r, err := tx.Exec("INSERT INTO checkpoint (owner, format, time, sha256) VALUES (?,?,?,?)", c.Group, c.Format, c.Time, c.SHA256[:])
	if err != nil {
		return 0, err
	}
	if id, err = r.LastInsertId(); err != nil {
		return 0, err
	}
	for place := range c.Parts {
		if _, err := tx.Exec("INSERT INTO member (checkpoint, place, part) SELECT ?, ?, id FROM part WHERE id = ? AND owner = ?",
			id, place, c.Parts[place].ID, c.Group); err != nil {
			return 0, err
		}
	}
	var members int
	if err := tx.QueryRow("SELECT count(*) FROM member WHERE checkpoint = ?", id).Scan(&members); err != nil {
		return 0, err
	}
	if members != len(c.Parts) {
		return 0, fmt.Errorf("%d of %d parts are gone from the file", len(c.Parts)-members, len(c.Parts))
	}
	const old = "(SELECT id FROM checkpoint WHERE owner = ? ORDER BY id DESC LIMIT -1 OFFSET ?)"
	for _, forget := range []struct {
		query string
		args  []any
	}{
		{"DELETE FROM member WHERE checkpoint IN " + old, []any{c.Group, max(keep, 1)}},
		{"DELETE FROM checkpoint WHERE id IN " + old, []any{c.Group, max(keep, 1)}},
		{"DELETE FROM part WHERE owner = ? AND id NOT IN (SELECT part FROM member)", []any{c.Group}},
	} {
		if _, err := tx.Exec(forget.query, forget.args...); err != nil {
			return 0, err
		}
	}
	return id, nil
}
