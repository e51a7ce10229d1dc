package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
)

// schema is frozen with format 1 (docs/JOURNAL.md). The numbers of frames are the order of commits over
// all streams.
const schema = `
CREATE TABLE stream (
	id       INTEGER PRIMARY KEY,
	name     TEXT    NOT NULL UNIQUE,
	position INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	hash     BLOB    NOT NULL,
	token    INTEGER NOT NULL,
	owner    TEXT    NOT NULL,
	until    INTEGER NOT NULL
) STRICT;
CREATE TABLE frame (
	id     INTEGER PRIMARY KEY,
	stream INTEGER NOT NULL,
	first  INTEGER NOT NULL,
	last   INTEGER NOT NULL,
	bytes  BLOB    NOT NULL,
	UNIQUE (stream, last)
) STRICT;
PRAGMA application_id = 1634232881;
PRAGMA user_version = 1;
`

// pragma is a setting and the value it must have. What is not set in the data source name is a property
// of the file.
type pragma struct {
	name, value string
	set         bool
	or          string // another value that will do
}

// fileIdentity is "ahj1" as the application's number, and the schema's version.
var fileIdentity = []pragma{
	{name: "application_id", value: "1634232881"},
	{name: "user_version", value: "1", or: "2"}, // 2: something was pruned
}

// writerPragmas: WAL with synchronous FULL (2) syncs the log at every commit; NORMAL (1) would lose the
// last commits on a power cut. The driver applies pragmas sorted by name, so journal_mode comes before
// page_size and makes it void: create sets page_size in a connection of its own. fullfsync makes macOS
// flush the drive's cache as others do.
var writerPragmas = append([]pragma{
	{name: "busy_timeout", value: "5000", set: true},
	{name: "checkpoint_fullfsync", value: "1", set: true},
	{name: "fullfsync", value: "1", set: true},
	{name: "journal_mode", value: "wal", set: true},
	{name: "synchronous", value: "2", set: true},
	{name: "trusted_schema", value: "0", set: true},
	{name: "wal_autocheckpoint", value: "4000", set: true},
	{name: "page_size", value: "4096"},
	{name: "locking_mode", value: "normal"},
}, fileIdentity...)

var readerPragmas = append([]pragma{
	{name: "busy_timeout", value: "5000", set: true},
	{name: "query_only", value: "1", set: true},
	{name: "trusted_schema", value: "0", set: true},
}, fileIdentity...)

// checkSettings reads the settings back and refuses to go on with others.
func checkSettings(c *sql.Conn, pragmas []pragma) error {
	for _, p := range pragmas {
		var found string
		if err := c.QueryRowContext(context.Background(), "PRAGMA "+p.name).Scan(&found); err != nil {
			return fmt.Errorf("read setting %s: %w", p.name, err)
		}
		if strings.EqualFold(found, p.value) || p.or != "" && found == p.or {
			continue
		}
		if !p.set {
			return fmt.Errorf("setting %s of the file is %s, want %s: it is not a journal made by this agenthost", p.name, found, p.value)
		}
		return fmt.Errorf("setting %s is %s after it was set to %s: durability is not as promised, so the journal is not opened", p.name, found, p.value)
	}
	return nil
}

// create makes the tables in a file that is new or empty. A crash leaves all of them or none.
func (d *sqlite) create() error {
	db, err := sql.Open("sqlite", d.dsn("_txlock=immediate", []pragma{
		{name: "auto_vacuum", value: "2", set: true}, {name: "page_size", value: "4096", set: true}, {name: "busy_timeout", value: "5000", set: true},
	}))
	if err != nil {
		return err
	}
	err = d.explain(createTables(db))
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(d.path))
}

func createTables(db *sql.DB) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	var tables int
	if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return nil
	}
	if _, err := tx.Exec(schema); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return tx.Commit()
}

// Primary result codes of SQLite (sqlite.org/rescode.html).
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// isCode says that err is SQLite's, with one of the primary codes.
func isCode(err error, codes ...int) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code()&0xff == code {
			return true
		}
	}
	return false
}

// explain says of SQLite's errors what they mean here.
func (d *sqlite) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case isCode(err, codeFull):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case isCode(err, codeBusy):
		return fmt.Errorf("another program holds a lock on %s for longer than 5 s (a sqlite3 shell with an open transaction?): %w", d.path, err)
	case isCode(err, codeCorrupt, codeNotADB):
		return &CorruptError{What: "database", Err: err}
	}
	return err
}
