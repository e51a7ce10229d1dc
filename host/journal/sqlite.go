package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// SQLiteOptions sets up a SQLite device. The zero value is for the host.
type SQLiteOptions struct {
	// ReadOnly takes no lock, never writes and works beside a running host: for show and verify.
	ReadOnly bool
}

// readersMax bounds the connections that read beside the writer.
const readersMax = 4

// sqlite is the embedded Device: one writer connection, and a pool that only reads. Concurrency safe.
type sqlite struct {
	path string
	lock *os.File

	mu       sync.Mutex // guards the writer
	writers  *sql.DB
	writer   *sql.Conn
	commands commands

	readers   *sql.DB
	readToken *sql.Stmt // by readers; nil where nothing is written
}

// OpenSQLite opens the journal in the file at path, and makes it if it is not there. It takes an operating
// system lock on path + ".lock", so that a second host on the same data is refused (*HeldError), and reads
// every setting back: durability rests on them, and drivers drop some silently.
//
// With ReadOnly a missing file is ErrNotExist.
func OpenSQLite(path string, o SQLiteOptions) (Device, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	d := &sqlite{path: path}
	if o.ReadOnly {
		err = d.openReadOnly()
	} else {
		err = d.open()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), d.Close())
	}
	return d, nil
}

func (d *sqlite) open() (err error) {
	if d.lock, err = lockFile(d.path + ".lock"); err != nil {
		return err
	}
	if err := d.create(); err != nil {
		return err
	}
	if d.writers, err = sql.Open("sqlite", d.dsn("_txlock=immediate", writerPragmas)); err != nil {
		return err
	}
	d.writers.SetMaxOpenConns(1)
	if d.writer, err = d.writers.Conn(context.Background()); err != nil {
		return d.explain(err)
	}
	if err := d.explain(checkSettings(d.writer, writerPragmas)); err != nil {
		return err
	}
	if err := d.commands.prepare(d.writer); err != nil {
		return err
	}
	if err := d.openReaders("mode=ro"); err != nil {
		return err
	}
	d.readToken, err = d.readers.Prepare("SELECT token FROM stream WHERE id = ?")
	return d.explain(err)
}

// openReadOnly opens readers only. A journal that was closed cleanly, on a medium that cannot be written,
// has no write-ahead log and none can be made beside it: then nobody writes it, and it is read as it is.
func (d *sqlite) openReadOnly() error {
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no journal there: %w", ErrNotExist)
	}
	err := d.openReaders("mode=ro")
	if !isCode(err, codeCantOpen, codeReadOnly) {
		return err
	}
	if _, statErr := os.Stat(d.path + "-wal"); !errors.Is(statErr, fs.ErrNotExist) {
		return err
	}
	return errors.Join(d.readers.Close(), d.openReaders("mode=ro&immutable=1"))
}

func (d *sqlite) openReaders(mode string) (err error) {
	if d.readers, err = sql.Open("sqlite", d.dsn(mode, readerPragmas)); err != nil {
		return err
	}
	d.readers.SetMaxOpenConns(readersMax)
	c, err := d.readers.Conn(context.Background())
	if err != nil {
		return d.explain(err)
	}
	defer c.Close()
	return d.explain(checkSettings(c, readerPragmas))
}

// dsn is the data source name: a URI, because of a plain path the driver drops mode.
func (d *sqlite) dsn(query string, pragmas []pragma) string {
	path := filepath.ToSlash(d.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	u := url.URL{Scheme: "file", Path: path}
	s := u.String() + "?" + query
	for _, p := range pragmas {
		if p.set {
			s += fmt.Sprintf("&_pragma=%s(%s)", p.name, p.value)
		}
	}
	return s
}

func (d *sqlite) ReadOnly() bool { return d.writer == nil }

// Close checkpoints the write-ahead log into the file, and lets go of the lock.
func (d *sqlite) Close() error {
	var errs []error
	if d.readToken != nil {
		errs = append(errs, d.readToken.Close())
	}
	if d.readers != nil {
		errs = append(errs, d.readers.Close())
	}
	if d.writer != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		errs = append(errs, d.commands.close(), d.writer.Close())
	}
	if d.writers != nil {
		errs = append(errs, d.writers.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}
