package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// anchorSchema comes into a file with its first pruning, and raises user_version, so that an older host
// refuses the file plainly instead of calling it damaged.
const anchorSchema = `
CREATE TABLE IF NOT EXISTS anchor (
	stream   INTEGER PRIMARY KEY,
	first    INTEGER NOT NULL,
	hash     BLOB    NOT NULL,
	sequence INTEGER NOT NULL,
	token    INTEGER NOT NULL,
	carried  BLOB    NOT NULL
) STRICT;
PRAGMA user_version = 2;
`

// pruneFrames is how many frames are dropped, and vacuumPages how many pages are given back, in one transaction: a
// few milliseconds, for which appends wait.
const (
	pruneFrames = 64
	vacuumPages = 512
)

// Prune writes the anchor and drops the frames before it, oldest first.
func (d *sqlite) Prune(stream uint32, a *Anchor) error {
	if d.writer == nil {
		return ErrReadOnly
	}
	err := d.locked(func() error { return d.putAnchor(stream, a) })
	for more := true; err == nil && more; {
		err = d.locked(func() (err error) {
			more, err = d.dropFrames(stream, a.First)
			return err
		})
	}
	for more := true; err == nil && more; {
		err = d.locked(func() (err error) {
			more, err = d.giveBack()
			return err
		})
	}
	return err
}

func (d *sqlite) putAnchor(stream uint32, a *Anchor) error {
	ctx := context.Background()
	return d.transaction(func() error {
		if _, err := d.writer.ExecContext(ctx, anchorSchema); err != nil {
			return err
		}
		r, err := d.writer.ExecContext(ctx, "INSERT INTO anchor (stream, first, hash, sequence, token, carried) VALUES (?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (stream) DO UPDATE SET first = excluded.first, hash = excluded.hash, sequence = excluded.sequence, token = excluded.token, carried = excluded.carried "+
			"WHERE excluded.first > anchor.first", // before that there is nothing any more
			stream, int64(a.First), a.Hash[:], int64(a.Sequence), int64(a.Token), append([]byte{}, a.Carried...))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err == nil && n == 0 {
			err = fmt.Errorf("it was pruned beyond entry %d meanwhile: %w", a.First, ErrConflict)
		}
		return err
	})
}

func (d *sqlite) locked(do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return do()
}

// dropFrames drops some frames before a position.
func (d *sqlite) dropFrames(stream uint32, first uint64) (more bool, err error) {
	err = d.transaction(func() error {
		r, err := d.writer.ExecContext(context.Background(),
			"DELETE FROM frame WHERE id IN (SELECT id FROM frame WHERE stream = ? AND last < ? ORDER BY last LIMIT ?)", stream, int64(first), pruneFrames)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		more = n == pruneFrames
		return err
	})
	return more, err
}

// giveBack shortens the file by some free pages. A file made before there was pruning cannot be shortened so:
// its free pages are used by what is appended next.
func (d *sqlite) giveBack() (more bool, err error) {
	var mode, before, after int64
	ctx := context.Background()
	if err := d.writer.QueryRowContext(ctx, "PRAGMA auto_vacuum").Scan(&mode); err != nil || mode != autoVacuumIncremental {
		return false, d.explain(err)
	}
	if err := d.writer.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&before); err != nil || before == 0 {
		return false, d.explain(err)
	}
	rows, err := d.writer.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages))
	if err != nil {
		return false, d.explain(err)
	}
	for rows.Next() { // each step gives back a page
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, d.explain(err)
	}
	if err := d.writer.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&after); err != nil {
		return false, d.explain(err)
	}
	return after > 0 && after < before, nil
}

// autoVacuumIncremental is SQLite's number for a file that can be shortened by and by.
const autoVacuumIncremental = 2

// anchors reads the anchors of streams into infos: of all streams, or of the only one.
func (d *sqlite) anchors(infos []StreamInfo) error {
	var there int
	if err := d.readers.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'anchor'").Scan(&there); err != nil || there == 0 {
		return d.explain(err)
	}
	query, args := "SELECT stream, first, hash, sequence, token, carried FROM anchor", []any(nil)
	if len(infos) == 1 {
		query, args = query+" WHERE stream = ?", append(args, infos[0].ID)
	}
	rows, err := d.readers.Query(query, args...)
	if err != nil {
		return d.explain(err)
	}
	all := map[uint32]Anchor{}
	for rows.Next() {
		stream, a, err := scanAnchor(rows)
		if err != nil {
			return errors.Join(d.explain(err), rows.Close())
		}
		all[stream] = a
	}
	for i := range infos {
		infos[i].Anchor = all[infos[i].ID]
	}
	return d.explain(errors.Join(rows.Err(), rows.Close()))
}

func scanAnchor(rows *sql.Rows) (stream uint32, a Anchor, err error) {
	var hash []byte
	if err := rows.Scan(&stream, &a.First, &hash, &a.Sequence, &a.Token, &a.Carried); err != nil {
		return stream, a, err
	}
	if len(hash) != len(a.Hash) {
		return stream, a, &CorruptError{Stream: stream, Position: a.First, What: "anchor", Found: fmt.Sprintf("a hash of %d bytes", len(hash)), Expected: "32 bytes"}
	}
	copy(a.Hash[:], hash)
	return stream, a, nil
}

// CompactSQLite makes a journal's file as small as what is in it, and one that can be shortened by and by from then on.
// No host may be at work on it, and it needs as much room again.
func CompactSQLite(path string) (err error) {
	d := &sqlite{path: path}
	if d.lock, err = lockFile(path + ".lock"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.lock.Close()) }()
	db, err := sql.Open("sqlite", d.dsn("_txlock=immediate", writerPragmas))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, q := range []string{"PRAGMA auto_vacuum = 2", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.Exec(q); err != nil {
			return d.explain(err)
		}
	}
	return nil
}
