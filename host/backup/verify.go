package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/agenthost/agenthost/host/journal"
)

// Verify proves a backup, and changes nothing: each file's size and hash against the manifest, that no file is
// missing or too many, every entry and chain of the journal, and that each stream ends where the manifest says.
// The error joins all that is wrong; the manifest is given if it could be read.
func Verify(ctx context.Context, folder string, progress func(what string, done, total int64)) (*Manifest, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	m, err := ReadManifest(folder)
	if err != nil {
		return nil, err
	}
	files, err := list(folder, progress)
	if err != nil {
		return m, err
	}
	if err := compareFiles(m.Files, files); err != nil {
		return m, err
	}
	heads, err := verifyJournal(ctx, folder, progress)
	if err != nil {
		return m, err
	}
	if !slices.Equal(heads, m.Streams) {
		return m, fmt.Errorf("the journal's streams end at %v; the manifest says %v", heads, m.Streams)
	}
	return m, nil
}

func compareFiles(want, found []File) error {
	var errs []error
	there := map[string]File{}
	for _, f := range found {
		there[f.Name] = f
	}
	for _, w := range want {
		switch f, ok := there[w.Name]; {
		case !ok:
			errs = append(errs, fmt.Errorf("%s is missing", w.Name))
		case f != w:
			errs = append(errs, fmt.Errorf("%s has %d bytes with the SHA-256 %s; the manifest says %d with %s", w.Name, f.Size, f.SHA256, w.Size, w.SHA256))
		}
		delete(there, w.Name)
	}
	for name := range there {
		errs = append(errs, fmt.Errorf("%s is not in the manifest: something was put into the backup, or has opened its journal", name))
	}
	return errors.Join(errs...)
}

// verifyJournal checks the chains of a backup's journal and says where they end.
func verifyJournal(ctx context.Context, folder string, progress func(what string, done, total int64)) (heads []Head, err error) {
	d, err := journal.OpenSQLite(filepath.Join(folder, JournalFile), journal.SQLiteOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	options := journal.Options{}
	if mark := filepath.Join(folder, MarkFile); exists(mark) {
		options.HighWaterPath = mark
	}
	j, err := journal.Open(d, options)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	streams, err := j.Streams()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, s := range streams {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := j.Verify(s.Name, func(done, total uint64) { progress("verify "+s.Name, int64(done), int64(total)) })
		errs = append(errs, err)
		heads = append(heads, Head{Stream: s.Name, Position: r.Stream.Position, Sequence: r.Stream.Sequence, Hash: hex.EncodeToString(r.Stream.Hash[:])})
	}
	return heads, errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
