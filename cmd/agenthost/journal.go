package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/host/journal"
)

func newJournal(con *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Read and verify the journal of a run",
	}
	cmd.AddCommand(newJournalShow(con), newJournalVerify(con))
	return group(cmd)
}

// openReadOnly opens the journal of a run's folder, or a journal's file. It takes no lock and writes
// nothing, so a run may be at work on it.
func openReadOnly(path string) (*journal.Journal, error) {
	options := journal.Options{}
	if info, err := os.Stat(path); err != nil {
		return nil, plain(err)
	} else if info.IsDir() {
		path = filepath.Join(path, "journal.db")
	}
	if filepath.Ext(path) == ".zst" { // what prune has archived
		return journal.OpenArchive(path)
	}
	if err := looksLikeSQLite(path); err != nil {
		return nil, err
	}
	if mark := filepath.Join(filepath.Dir(path), "journal.mark"); exists(mark) {
		options.HighWaterPath = mark
	}
	d, err := journal.OpenSQLite(path, journal.SQLiteOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return journal.Open(d, options)
}

// looksLikeSQLite tells a wrong path from a damaged journal: SQLite calls both "not a database".
func looksLikeSQLite(path string) error {
	const magic = "SQLite format 3\x00"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no journal %s; name a run's folder, such as runs/20261123-181500-my", path)
	}
	if err != nil {
		return plain(err)
	}
	defer f.Close()
	head := make([]byte, len(magic))
	if filepath.Ext(path) == ".hcl" {
		return fmt.Errorf("%s is a configuration: name the folder of a run, or the data_dir of a live host", path)
	}
	if n, err := io.ReadFull(f, head); err != nil || string(head) != magic {
		return fmt.Errorf("%s is not a journal: it begins with %q, where an SQLite file has %q", path, head[:n], magic)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
