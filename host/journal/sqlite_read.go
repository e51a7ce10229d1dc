package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// pageFrames is how many frames are read by one query. A page is copied and the query closed before any
// of it is handed out, since a reader that dawdles inside a query would stop the write-ahead log from
// being reset.
const pageFrames = 64

func (d *sqlite) Frames(stream uint32, from uint64) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		var p page
		for {
			if err := p.read(d.readers, stream, from); err != nil {
				yield(Frame{}, d.damage(err, stream, from))
				return
			}
			for _, f := range p.frames {
				if !yield(Frame{f.first, f.last, p.bytes[f.from:f.to]}, nil) {
					return
				}
				from = f.last + 1
			}
			if len(p.frames) < pageFrames {
				return
			}
		}
	}
}

// page is some frames, and the memory that the next ones are read into.
type page struct {
	frames []memoryFrame
	bytes  []byte
}

func (p *page) read(db *sql.DB, stream uint32, from uint64) error {
	p.frames, p.bytes = p.frames[:0], p.bytes[:0]
	rows, err := db.Query("SELECT first, last, bytes FROM frame WHERE stream = ? AND last >= ? ORDER BY last LIMIT ?",
		stream, int64(from), pageFrames)
	if err != nil {
		return err
	}
	for rows.Next() {
		var f memoryFrame
		var raw sql.RawBytes
		if err := rows.Scan(&f.first, &f.last, &raw); err != nil {
			return errors.Join(err, rows.Close())
		}
		f.from = len(p.bytes)
		p.bytes = append(p.bytes, raw...)
		f.to = len(p.bytes)
		p.frames = append(p.frames, f)
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (d *sqlite) Streams() ([]StreamInfo, error) {
	rows, err := d.readers.Query("SELECT " + streamColumns + " FROM stream ORDER BY id")
	if err != nil {
		return nil, d.explain(err)
	}
	var infos []StreamInfo
	for rows.Next() {
		info, err := scanStream(rows)
		if err != nil {
			return nil, errors.Join(d.explain(err), rows.Close())
		}
		infos = append(infos, info)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return infos, d.explain(err)
	}
	return infos, d.anchors(infos)
}

// find is finder's.
func (d *sqlite) find(name string) (StreamInfo, error) {
	info, err := scanStream(d.readers.QueryRow("SELECT "+streamColumns+" FROM stream WHERE name = ?", name))
	if errors.Is(err, sql.ErrNoRows) {
		return info, fmt.Errorf("stream: %w", ErrNotExist)
	}
	if err != nil {
		return info, d.explain(err)
	}
	infos := []StreamInfo{info}
	err = d.anchors(infos)
	return infos[0], err
}

// token is tokener's.
func (d *sqlite) token(stream uint32) (token uint64, err error) {
	err = d.readToken.QueryRow(stream).Scan(&token)
	return token, d.explain(err)
}

// damage gives an error of the database the place it was met at.
func (d *sqlite) damage(err error, stream uint32, position uint64) error {
	err = d.explain(err)
	var damaged *CorruptError
	if errors.As(err, &damaged) && damaged.What == "database" {
		damaged.Stream, damaged.Position = stream, position
	}
	return err
}
