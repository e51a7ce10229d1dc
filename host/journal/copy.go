package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// copyTold is how often a copy is synced and tells how far it is.
const copyTold = 100 * time.Millisecond

// CopySQLite writes a copy of the SQLite file at from, of one moment, to a new file at to, while others write
// to it: one read transaction, which blocks no writer; the write-ahead log grows meanwhile, for it cannot be
// begun anew under a reader. The copy has no log of its own, no free pages, mode 0600, and is synced when
// CopySQLite returns. It never overwrites; what it leaves when it fails is the caller's to remove. progress,
// if not nil, is told bytes, the total an estimate.
func CopySQLite(ctx context.Context, from, to string, progress func(done, total int64)) error {
	if err := copySQLite(ctx, from, to, progress); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

func copySQLite(ctx context.Context, from, to string, progress func(done, total int64)) (err error) {
	from, err = filepath.Abs(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // SQLite takes an empty file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	source := url.URL{Scheme: "file", Path: from, RawQuery: "mode=ro&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)"}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var pages, size int64
	if err := errors.Join(db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages), db.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size)); err != nil {
		return err
	}
	stop := follow(f, pages*size, progress)
	_, err = db.ExecContext(ctx, "VACUUM INTO '"+strings.ReplaceAll(to, "'", "''")+"'")
	return errors.Join(err, stop(), f.Sync())
}

// follow syncs a file as it grows and tells its size, until the function returned is called. Half a gigabyte
// synced at the end would hold up the sync of another's append (measured).
func follow(f *os.File, total int64, progress func(done, total int64)) (stop func() error) {
	if progress == nil {
		progress = func(done, total int64) {}
	}
	end, ended := make(chan struct{}), make(chan error)
	go func() {
		tick := time.NewTicker(copyTold)
		defer tick.Stop()
		var failed error
		for {
			select {
			case <-end:
				progress(total, total)
				ended <- failed
				return
			case <-tick.C:
				if info, err := f.Stat(); err == nil {
					progress(min(info.Size(), total), total)
				}
				failed = errors.Join(failed, f.Sync())
			}
		}
	}()
	return func() error { close(end); return <-ended }
}

// SyncFolder makes the names in a folder durable, where the system can.
func SyncFolder(path string) error { return syncFolder(path) }
