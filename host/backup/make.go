package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/journal"
)

// Source is what to make a backup of.
type Source struct {
	// DataDir holds the journal. Mark is the high-water mark's file; empty means within DataDir. Config is
	// the configuration's file, empty for none.
	DataDir, Mark, Config string
	Version               string
	Now                   time.Time
	// Progress, if not nil, is told what is being done, and how many bytes of it are.
	Progress func(what string, done, total int64)
}

// Make writes a backup to the folder dest, which must not be there, and proves it. A host may be at work on the
// source: it is not held up. What was written is removed if Make fails.
func Make(ctx context.Context, s Source, dest string) (m *Manifest, err error) {
	if s.Progress == nil {
		s.Progress = func(string, int64, int64) {}
	}
	if s.Mark == "" {
		s.Mark = filepath.Join(s.DataDir, MarkFile)
	}
	if exists(filepath.Join(s.DataDir, "run.json")) {
		return nil, fmt.Errorf("%s is a recorded run: copy the folder when it is over; nothing outside knows more than it", s.DataDir)
	}
	if err := os.Mkdir(dest, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%s is there already, and a backup never overwrites: name a new folder", dest)
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			m, err = nil, errors.Join(err, os.RemoveAll(dest))
		}
	}()
	m = &Manifest{Format: ManifestFormat, Made: s.Now.UTC(), Version: s.Version, DataDir: s.DataDir, Config: s.Config}
	if err := s.copyAll(ctx, dest, m); err != nil {
		return m, err
	}
	if m.Files, err = list(dest, s.Progress); err != nil {
		return m, err
	}
	if m.Streams, err = verifyJournal(ctx, dest, s.Progress); err != nil {
		return m, err
	}
	if err := m.write(dest); err != nil {
		return m, err
	}
	return m, syncFolders(dest)
}

// copyAll copies in the order that makes the parts fit together: see the package's comment.
func (s *Source) copyAll(ctx context.Context, dest string, m *Manifest) error {
	if there, err := copyFile(s.Mark, filepath.Join(dest, MarkFile)); err != nil {
		return err
	} else if there {
		m.HighWaterMark = s.Mark
	}
	if err := s.copyDatabases(ctx, dest); err != nil {
		return err
	}
	if err := copyModules(filepath.Join(s.DataDir, ModulesFolder), filepath.Join(dest, ModulesFolder)); err != nil {
		return err
	}
	if s.Config == "" {
		return nil
	}
	there, err := copyFile(s.Config, filepath.Join(dest, ConfigFile))
	if err == nil && !there {
		err = fmt.Errorf("there is no configuration %s", s.Config)
	}
	return err
}

// pruneTries is how often the databases are copied anew because the journal was pruned meanwhile.
const pruneTries = 3

// copyDatabases copies checkpoints and journal. A journal that is pruned in between goes on from younger checkpoints than
// those that were copied, and nobody could start on the two.
func (s *Source) copyDatabases(ctx context.Context, dest string) error {
	for range pruneTries {
		before, err := firsts(s.DataDir)
		if err != nil {
			return err
		}
		for _, name := range []string{CheckpointsFile, JournalFile} {
			if err := s.copyDatabase(ctx, dest, name); err != nil {
				return err
			}
		}
		after, err := firsts(dest)
		if err != nil || maps.Equal(before, after) {
			return err
		}
		for _, name := range []string{CheckpointsFile, JournalFile} {
			if err := os.Remove(filepath.Join(dest, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return fmt.Errorf("the journal in %s is pruned again and again while it is copied: make the backup when that is done", s.DataDir)
}

func (s *Source) copyDatabase(ctx context.Context, dest, name string) error {
	from := filepath.Join(s.DataDir, name)
	if _, err := os.Stat(from); err != nil {
		if name == CheckpointsFile && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return journal.CopySQLite(ctx, from, filepath.Join(dest, name), func(done, total int64) { s.Progress("copy "+name, done, total) })
}

// firsts are where the streams of a journal begin that were pruned.
func firsts(folder string) (firsts map[string]uint64, err error) {
	d, err := journal.OpenSQLite(filepath.Join(folder, JournalFile), journal.SQLiteOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	streams, err := d.Streams()
	firsts = map[string]uint64{}
	for i := range streams {
		if first := streams[i].Anchor.First; first > 1 {
			firsts[streams[i].Name] = first
		}
	}
	return firsts, err
}

// copyModules copies the modules that a history was made by. Their names are their hashes.
func copyModules(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".wasm" {
			continue // one that is being written has another name
		}
		path := filepath.Join(to, e.Name())
		if _, err := copyFile(filepath.Join(from, e.Name()), path); err != nil {
			return err
		}
		sum, _, err := hashFile(path)
		if err != nil {
			return err
		}
		if sum+".wasm" != e.Name() {
			return fmt.Errorf("module %s has the hash %s: it is damaged; put it back, then make the backup", filepath.Join(from, e.Name()), sum)
		}
	}
	return nil
}

// copyFile copies a small file, if it is there.
func copyFile(from, to string) (there bool, err error) {
	f, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	return true, writeFile(to, f)
}

// writeFile makes a new file, synced.
func writeFile(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), size, err
}

// list hashes all files of a folder but its manifest.
func list(folder string, progress func(what string, done, total int64)) (files []File, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil || name == ManifestFile {
			return err
		}
		sum, size, err := hashFile(path)
		files = append(files, File{Name: filepath.ToSlash(name), Size: size, SHA256: sum})
		progress("hash "+name, size, size)
		return err
	})
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}

// syncFolders makes the names durable.
func syncFolders(dest string) error {
	folders := []string{dest, filepath.Dir(dest)}
	if modules := filepath.Join(dest, ModulesFolder); isFolder(modules) {
		folders = append(folders, modules)
	}
	for _, path := range folders {
		if err := journal.SyncFolder(path); err != nil {
			return err
		}
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
