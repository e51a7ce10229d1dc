package checkpoint

import (
	"database/sql"
	"errors"
	"fmt"
)

// List is the checkpoints of a group, newest first; of all groups where group is empty. Nothing is held to
// its hash yet: see Verify and Load.
func (s *Store) List(group string) ([]Checkpoint, error) {
	rows, err := s.db.Query("SELECT id, owner, format, time, sha256 FROM checkpoint WHERE owner = ? OR ? = '' ORDER BY id DESC", group, group)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var all []Checkpoint
	for rows.Next() {
		var c Checkpoint
		var sum []byte
		if err := rows.Scan(&c.ID, &c.Group, &c.Format, &c.Time, &sum); err != nil {
			return nil, errors.Join(fmt.Errorf("list checkpoints: %w", err), rows.Close())
		}
		copy(c.SHA256[:], sum)
		all = append(all, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	for i := range all {
		if err := s.parts(&all[i]); err != nil {
			return nil, fmt.Errorf("checkpoint %d: %w", all[i].ID, err)
		}
	}
	return all, nil
}

// parts fills in what a checkpoint is made of.
func (s *Store) parts(c *Checkpoint) error {
	rows, err := s.db.Query("SELECT p.id, p.format, p.stream, p.position, p.sequence, p.anchor, p.maker, p.made_by, p.size, p.sha256, length(p.body) "+
		"FROM member m JOIN part p ON p.id = m.part WHERE m.checkpoint = ? ORDER BY m.place", c.ID)
	if err != nil {
		return err
	}
	for rows.Next() {
		i, err := scanInfo(rows)
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		c.Parts = append(c.Parts, i)
	}
	return errors.Join(rows.Err(), rows.Close())
}

func scanInfo(rows *sql.Rows) (i Info, err error) {
	var position, sequence int64
	var anchor, maker, sum []byte
	err = rows.Scan(&i.ID, &i.Format, &i.Stream, &position, &sequence, &anchor, &maker, &i.MadeBy, &i.Size, &sum, &i.Stored)
	i.Position, i.Sequence = uint64(position), uint64(sequence)
	copy(i.Hash[:], anchor)
	copy(i.Maker[:], maker)
	copy(i.SHA256[:], sum)
	return i, err
}

// Load reads a part's states and holds them to their hash. Errors: ErrDamaged, ErrFormat, ErrNotExist, or
// the file's own.
func (s *Store) Load(i *Info) (*Part, error) {
	var body []byte
	err := s.db.QueryRow("SELECT body FROM part WHERE id = ?", i.ID).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("part of stream %q: %w", i.Stream, err)
	}
	return s.codec.Unpack(i, body)
}
