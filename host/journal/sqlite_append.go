package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// commands are the writer's prepared statements.
type commands struct {
	begin, commit, rollback       *sql.Stmt
	advance, insert               *sql.Stmt
	byName, byID                  *sql.Stmt
	create, lease, renew, release *sql.Stmt
}

const streamColumns = "id, name, position, sequence, hash, token, owner, until"

func (c *commands) prepare(conn *sql.Conn) error {
	for _, s := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&c.begin, "BEGIN IMMEDIATE"},
		{&c.commit, "COMMIT"},
		{&c.rollback, "ROLLBACK"},
		{&c.advance, "UPDATE stream SET position = ?, sequence = ?, hash = ? WHERE id = ? AND token = ? AND position = ?"},
		{&c.insert, "INSERT INTO frame (stream, first, last, bytes) VALUES (?, ?, ?, ?)"},
		{&c.byName, "SELECT " + streamColumns + " FROM stream WHERE name = ?"},
		{&c.byID, "SELECT " + streamColumns + " FROM stream WHERE id = ?"},
		{&c.create, "INSERT INTO stream (name, position, sequence, hash, token, owner, until) VALUES (?, 0, 0, zeroblob(32), 0, '', 0)"},
		{&c.lease, "UPDATE stream SET token = ?, owner = ?, until = ? WHERE id = ?"},
		{&c.renew, "UPDATE stream SET until = ? WHERE id = ? AND token = ? AND owner <> ''"},
		{&c.release, "UPDATE stream SET owner = '', until = 0 WHERE id = ? AND token = ?"},
	} {
		stmt, err := conn.PrepareContext(context.Background(), s.query)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", s.query, err)
		}
		*s.to = stmt
	}
	return nil
}

func (c *commands) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{c.begin, c.commit, c.rollback, c.advance, c.insert, c.byName, c.byID, c.create, c.lease, c.renew, c.release} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// transaction runs body between BEGIN IMMEDIATE and COMMIT. The caller holds mu.
//
// What fails before COMMIT is not stored. COMMIT itself is the only acknowledgement: when the disk is full
// it fails with the transaction rolled back (measured, and as documented for SQLITE_FULL); any other
// failure of it, of fsync above all, leaves open what is on the disk.
func (d *sqlite) transaction(body func() error) error {
	if d.writer == nil {
		return ErrReadOnly
	}
	if _, err := d.commands.begin.Exec(); err != nil {
		return d.explain(err)
	}
	if err := body(); err != nil {
		if _, rollbackErr := d.commands.rollback.Exec(); rollbackErr != nil && !isCode(err, codeFull) {
			err = errors.Join(err, rollbackErr)
		}
		return d.explain(err)
	}
	_, err := d.commands.commit.Exec()
	if err == nil {
		return nil
	}
	// SQLite has rolled back already in most cases; then this reports that no transaction is active.
	_, rollbackErr := d.commands.rollback.Exec()
	if isCode(err, codeFull) {
		return d.explain(err)
	}
	return fmt.Errorf("%w: commit: %w (rollback: %v)", ErrIndeterminate, err, rollbackErr)
}

func (d *sqlite) Append(batches []Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transaction(func() error {
		for i := range batches {
			if err := d.appendBatch(&batches[i]); err != nil {
				return fmt.Errorf("stream %d: %w", batches[i].Stream, err)
			}
		}
		return nil
	})
}

// appendBatch moves the head, if token and position are as expected, and stores the frames.
func (d *sqlite) appendBatch(b *Batch) error {
	r, err := d.commands.advance.Exec(int64(b.Position), int64(b.Sequence), b.Hash[:], b.Stream, int64(b.Token), int64(b.Expected))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, d.refuse(b))
	}
	for i := range b.Frames {
		f := &b.Frames[i]
		if _, err := d.commands.insert.Exec(b.Stream, int64(f.First), int64(f.Last), f.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// refuse finds out why a batch does not fit its stream. Its error is the device's; the batch's is in b.
func (d *sqlite) refuse(b *Batch) error {
	info, err := scanStream(d.commands.byID.QueryRow(b.Stream))
	if errors.Is(err, sql.ErrNoRows) {
		b.Err = fmt.Errorf("stream %d: %w", b.Stream, ErrNotExist)
		return nil
	}
	if err == nil {
		b.Err = info.refuse(b)
	}
	return err
}

func (d *sqlite) Acquire(names []string, owner string, now, until int64) ([]StreamInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	infos := make([]StreamInfo, len(names))
	err := d.transaction(func() error {
		for i, name := range names {
			var err error
			if infos[i], err = d.acquire(name, owner, now, until); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return infos, d.anchors(infos)
}

// acquire takes one lease, within a transaction.
func (d *sqlite) acquire(name, owner string, now, until int64) (info StreamInfo, err error) {
	info, err = scanStream(d.commands.byName.QueryRow(name))
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := d.commands.create.Exec(name); err != nil {
			return info, err
		}
		info, err = scanStream(d.commands.byName.QueryRow(name))
	}
	if err != nil {
		return info, err
	}
	if info.heldAgainst(owner, now) {
		return info, &HeldError{Stream: name, By: info.Owner, Until: info.Until}
	}
	info.Token++
	info.Owner, info.Until = owner, until
	_, err = d.commands.lease.Exec(int64(info.Token), owner, until, info.ID)
	return info, err
}

func (d *sqlite) Renew(leases []Lease, until int64) ([]bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := make([]bool, len(leases))
	err := d.transaction(func() error {
		for i, l := range leases {
			r, err := d.commands.renew.Exec(until, l.Stream, int64(l.Token))
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			held[i] = n == 1
		}
		return nil
	})
	return held, err
}

func (d *sqlite) Release(leases []Lease) error {
	if len(leases) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transaction(func() error {
		for _, l := range leases {
			if _, err := d.commands.release.Exec(l.Stream, int64(l.Token)); err != nil {
				return err
			}
		}
		return nil
	})
}

// scanStream reads one row of the stream table.
func scanStream(row interface{ Scan(...any) error }) (i StreamInfo, err error) {
	var hash []byte
	err = row.Scan(&i.ID, &i.Name, &i.Position, &i.Sequence, &hash, &i.Token, &i.Owner, &i.Until)
	if err != nil {
		return i, err
	}
	if len(hash) != len(i.Hash) {
		return i, &CorruptError{
			Stream: i.ID, Position: i.Position, What: "head hash",
			Found: fmt.Sprintf("%d bytes", len(hash)), Expected: "32 bytes",
		}
	}
	copy(i.Hash[:], hash)
	return i, nil
}
