package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// restoringSuffix is behind the name of a data directory that is being put together.
const restoringSuffix = ".restoring"

// Restore says how a backup is put in the place of a data directory that was lost.
type Restore struct {
	Backup, DataDir string
	// Mark is the high-water mark's file; empty means within DataDir. What it knows of the lost history is
	// told, and it is reset when the data directory is in place: until then it is all that tells of the loss.
	Mark       string
	By, Reason string
	Now        time.Time
	// Run makes the 8 bytes from which an agent's order ids are made from here on.
	Run      func() [8]byte
	Progress func(what string, done, total int64)
}

// Restored is what became of one stream.
type Restored struct {
	Stream string `json:"stream"`
	// Position is where the backup ends; 0 is a stream that it does not have at all.
	Position uint64 `json:"position"`
	// Durable is the last position that the high-water mark knows of, 0 if it knows of none beyond.
	Durable uint64 `json:"durable,omitempty"`
	// Run is the agent's new run; empty for an account.
	Run string `json:"run,omitempty"`
}

// Do restores. The data directory appears whole or not at all; one that holds anything is refused.
func (r *Restore) Do(ctx context.Context) (streams []Restored, err error) {
	if strings.TrimSpace(r.By) == "" || strings.TrimSpace(r.Reason) == "" {
		return nil, errors.New("a restore needs who and why")
	}
	if err := empty(r.DataDir); err != nil {
		return nil, err
	}
	m, err := Verify(ctx, r.Backup, r.Progress)
	if err != nil {
		return nil, fmt.Errorf("backup %s cannot be trusted: %w", r.Backup, err)
	}
	folder := filepath.Clean(r.DataDir) + restoringSuffix
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return nil, err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s is there: another restore is at work, or one was interrupted; remove it", folder)
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if err := r.files(m, folder); err != nil {
		return nil, err
	}
	if streams, err = r.tell(m, folder); err != nil {
		return streams, err
	}
	if err := syncFolders(folder); err != nil {
		return streams, err
	}
	if err := os.Remove(r.DataDir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return streams, err
	}
	if err := os.Rename(folder, r.DataDir); err != nil {
		return streams, err
	}
	if err := journal.SyncFolder(filepath.Dir(folder)); err != nil {
		return streams, err
	}
	return streams, r.resetMark()
}

// newMark is, in the data directory, the mark that takes the place of one that is kept elsewhere.
const newMark = MarkFile + ".restored"

// resetMark puts the new mark in the place of the old one. Should this not be done, the host refuses the journal as older
// than its mark, and the backup can be restored again.
func (r *Restore) resetMark() error {
	if r.Mark == "" {
		return nil
	}
	made := filepath.Join(r.DataDir, newMark)
	text, err := os.ReadFile(made)
	if err == nil {
		err = journal.ReplaceFile(r.Mark, text)
	}
	if err != nil {
		return fmt.Errorf("reset the high-water mark %s: %w; remove %s and restore again", r.Mark, err, r.DataDir)
	}
	return os.Remove(made)
}

// empty refuses a folder that holds anything.
func empty(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty (%s, …): move what is left of the old data directory away, and keep it", path, entries[0].Name())
	}
	return err
}

// files puts a backup's files in place. The mark is made anew, and the configuration is the operator's.
func (r *Restore) files(m *Manifest, folder string) error {
	for _, f := range m.Files {
		if f.Name == MarkFile || f.Name == ConfigFile {
			continue
		}
		to := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if there, err := copyFile(filepath.Join(r.Backup, filepath.FromSlash(f.Name)), to); err != nil || !there {
			return errors.Join(err, fmt.Errorf("copy %s", f.Name))
		}
		if sum, _, err := hashFile(to); err != nil || sum != f.SHA256 {
			return errors.Join(err, fmt.Errorf("%s has changed while it was copied", f.Name))
		}
	}
	return nil
}

// tell appends to every stream that it was restored, in one transaction.
func (r *Restore) tell(m *Manifest, folder string) (streams []Restored, err error) {
	mark := filepath.Join(folder, MarkFile)
	if r.Mark != "" {
		mark = filepath.Join(folder, newMark)
		if _, err := copyFile(r.Mark, mark); err != nil {
			return nil, err
		}
	}
	d, err := journal.OpenSQLite(filepath.Join(folder, JournalFile), journal.SQLiteOptions{})
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(d, journal.Options{HighWaterPath: mark})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	infos, err := j.Streams()
	if err != nil {
		return nil, err
	}
	var held []*journal.Stream
	for i := range infos {
		s := Restored{Stream: infos[i].Name, Position: infos[i].Position}
		if s.Durable, err = lost(j, &infos[i]); err != nil {
			return streams, err
		}
		if err := j.ResetMark(s.Stream); err != nil {
			return streams, err
		}
		if infos[i].ID != 0 {
			stream, err := r.append(j, &infos[i], &s, m)
			if err != nil {
				return streams, err
			}
			held = append(held, stream)
		}
		streams = append(streams, s)
	}
	return streams, j.Flush(held...)
}

// lost says how far a stream is known to have come, by a high-water mark that outlived it; 0 if no further.
func lost(j *journal.Journal, info *journal.StreamInfo) (durable uint64, err error) {
	var older *journal.OlderThanMarkError
	_, err = j.Verify(info.Name, nil)
	if errors.As(err, &older) {
		return older.Mark, nil
	}
	return 0, err
}

// append adds the entry to one stream. The lease of the host that is gone, which the backup holds, is taken over.
func (r *Restore) append(j *journal.Journal, info *journal.StreamInfo, s *Restored, m *Manifest) (*journal.Stream, error) {
	owner := info.Owner
	if owner == "" {
		owner = "restore"
	}
	stream, err := j.Acquire(info.Name, owner, r.Now.UnixNano(), time.Minute)
	if err != nil {
		return nil, err
	}
	stream.Together()
	if strings.HasPrefix(info.Name, "agent/") {
		run := r.Run()
		s.Run = hex.EncodeToString(run[:])
	}
	body, err := event.AppendRestored(nil, &event.Restored{
		Run: s.Run, By: r.By, Reason: r.Reason, Time: r.Now.UnixNano(), Made: m.Made.UnixNano(), Manifest: m.SHA256, Durable: s.Durable,
	})
	if err != nil {
		return nil, err
	}
	_, sequence := stream.Head()
	stream.Append(journal.KindAudit, sequence, r.Now.UnixNano(), body)
	return stream, nil
}
