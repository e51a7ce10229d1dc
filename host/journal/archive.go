package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// archiveFolder is where an archive is made, and archiveKept how long after a crash what is left of one stays: nobody
// works on one for so long.
const (
	archiveFolder = ".archive-*"
	archiveKept   = 24 * time.Hour
)

// forgetArchives removes what hosts that were killed have left: all of what they archived, uncompressed.
func forgetArchives(folder string, now time.Time) error {
	left, err := filepath.Glob(filepath.Join(folder, archiveFolder))
	for _, path := range left {
		if info, failed := os.Stat(path); failed == nil && now.Sub(info.ModTime()) > archiveKept {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	return err
}

// archiveDatabase is what an archive is while it is made or read.
const archiveDatabase = "journal.db"

// WriteArchive writes what the cuts give up to a new file at path: a journal of its own, that ends where the cuts
// begin, compressed with zstd. It is synced, and was read back and verified, when WriteArchive returns; a failure
// leaves no file. It needs room beside the file for what is archived, uncompressed.
func (j *Journal) WriteArchive(ctx context.Context, path string, cuts []Cut) (err error) {
	if err := forgetArchives(filepath.Dir(path), time.Now()); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), archiveFolder)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := j.writeArchive(ctx, folder, path, cuts); err != nil {
		return fmt.Errorf("archive %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// writeArchive makes it in a folder beside path; it gets its name when it is whole and verified, and never that of another file.
func (j *Journal) writeArchive(ctx context.Context, folder, path string, cuts []Cut) error {
	plain, packed := filepath.Join(folder, archiveDatabase), filepath.Join(folder, "packed.zst")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, errors.New("it is there already, and an archive is never overwritten"))
	}
	if err := j.fillArchive(ctx, plain, cuts); err != nil {
		return err
	}
	if err := compress(plain, packed); err != nil {
		return err
	}
	if err := verifyArchive(packed); err != nil {
		return err
	}
	return os.Rename(packed, path)
}

// fillArchive copies what is given up into a journal of its own.
func (j *Journal) fillArchive(ctx context.Context, path string, cuts []Cut) (err error) {
	made, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	d := made.(*sqlite)
	for i := range cuts {
		info, err := j.find(cuts[i].Stream)
		if err == nil {
			err = j.fillStream(ctx, d, info, &cuts[i])
		}
		if err != nil {
			return fmt.Errorf("stream %q: %w", cuts[i].Stream, err)
		}
	}
	return nil
}

// fillStream copies one stream up to its cut, under the number that its entries hold.
func (j *Journal) fillStream(ctx context.Context, d *sqlite, info StreamInfo, c *Cut) error {
	a := &c.Anchor
	err := d.transaction(func() error {
		_, err := d.writer.ExecContext(ctx, "INSERT INTO stream (id, name, position, sequence, hash, token, owner, until) VALUES (?, ?, ?, ?, ?, ?, '', 0)",
			info.ID, info.Name, int64(a.First-1), int64(a.Sequence), a.Hash[:], int64(a.Token))
		return err
	})
	if err == nil && info.Anchor.First > 1 {
		err = d.putAnchor(info.ID, &info.Anchor)
	}
	if err != nil {
		return err
	}
	var frames []Frame
	flush := func() error {
		err := d.transaction(func() error {
			for _, f := range frames {
				if _, err := d.commands.insert.Exec(info.ID, int64(f.First), int64(f.Last), f.Bytes); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		frames = frames[:0]
		return err
	}
	for f, err := range j.device.Frames(info.ID, info.Anchor.first()) {
		if err != nil {
			return err
		}
		if f.First >= a.First {
			break
		}
		f.Bytes = append([]byte(nil), f.Bytes...)
		if frames = append(frames, f); len(frames) == pruneFrames {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// compress makes a new file, synced.
func compress(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	z, err := zstd.NewWriter(out)
	if err == nil {
		_, err = io.Copy(z, in)
		err = errors.Join(err, z.Close())
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// verifyArchive reads a whole archive.
func verifyArchive(path string) (err error) {
	j, err := OpenArchive(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	streams, err := j.Streams()
	for i := range streams {
		if _, failed := j.Verify(streams[i].Name, nil); failed != nil {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// OpenArchive opens an archive to be read, as a journal that ends where it was cut. It needs room for all of it in the
// folder for temporary files until it is closed.
func OpenArchive(path string) (j *Journal, err error) {
	folder, err := os.MkdirTemp("", "agenthost-archive-*")
	if err != nil {
		return nil, fmt.Errorf("open archive %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			j, err = nil, errors.Join(fmt.Errorf("open archive %s: %w", path, err), os.RemoveAll(folder))
		}
	}()
	plain := filepath.Join(folder, archiveDatabase)
	if err := decompress(path, plain); err != nil {
		return nil, err
	}
	d, err := OpenSQLite(plain, SQLiteOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	if j, err = Open(&temporary{Device: d, folder: folder}, Options{}); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	j.archive = true
	return j, nil
}

func decompress(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		return err
	}
	defer z.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, z)
	return errors.Join(err, out.Close())
}

// temporary is a device whose folder goes with it.
type temporary struct {
	Device
	folder string
}

func (t *temporary) Close() error { return errors.Join(t.Device.Close(), os.RemoveAll(t.folder)) }
