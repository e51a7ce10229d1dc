package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// codeStore is the cache of compiled code on disk:
//
//	CACHE/agenthost-meter1/                      mode 0700
//	    index/KEY.json                           which entry a metered module has, and its SHA-256
//	    wazero-v1.12.0-amd64-linux/ENTRY         native code, as wazero wrote it
//
// KEY is the hash of the metered bytes. wazero checks only a part of an entry before it runs it, and by
// a CRC; so the index has the hash of the whole, and an entry that differs is made again.
type codeStore struct{ dir string }

// indexEntry is the content of an index file.
type indexEntry struct {
	Entry  string `json:"entry"` // Path of the code below the store.
	SHA256 string `json:"sha256"`
}

// openStore makes the folders and checks that code can be kept there safely.
func openStore(cacheDir string) (*codeStore, error) {
	s := &codeStore{dir: filepath.Join(cacheDir, "agenthost-"+meterVersion())}
	if err := os.MkdirAll(filepath.Join(s.dir, "index"), 0o700); err != nil {
		return nil, fmt.Errorf("cache directory %s: %w; name a directory that can be written to, or none", cacheDir, err)
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return nil, fmt.Errorf("cache directory: %w", err)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && permissionsMatter {
		return nil, fmt.Errorf("cache directory %s has mode %#o: others could put code there that runs as this program; chmod 700 it",
			s.dir, info.Mode().Perm())
	}
	probe, err := s.scratch()
	if err != nil {
		return nil, fmt.Errorf("cache directory %s cannot be written to: %w; name another, or none", cacheDir, err)
	}
	return s, errors.Join(os.RemoveAll(probe), s.removeLeftovers())
}

// leftoverAge is longer than any compilation takes.
const leftoverAge = 24 * time.Hour

// removeLeftovers removes scratch folders of hosts that died while they compiled.
func (s *codeStore) removeLeftovers() error {
	folders, err := filepath.Glob(filepath.Join(s.dir, scratchPrefix+"*"))
	for _, folder := range folders {
		if info, statErr := os.Stat(folder); statErr == nil && time.Since(info.ModTime()) > leftoverAge {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}
	return err
}

const scratchPrefix = "compile-"

// scratch makes a folder for one compilation, on the same file system.
func (s *codeStore) scratch() (string, error) { return os.MkdirTemp(s.dir, scratchPrefix) }

func (s *codeStore) indexFile(key [32]byte) string {
	return filepath.Join(s.dir, "index", hex.EncodeToString(key[:])+".json")
}

// has tells whether the code for a key is there and whole. What is not whole is removed.
func (s *codeStore) has(key [32]byte) (bool, error) {
	raw, err := os.ReadFile(s.indexFile(key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var e indexEntry
	if json.Unmarshal(raw, &e) != nil || !filepath.IsLocal(e.Entry) {
		return false, s.remove(key)
	}
	code, err := os.ReadFile(filepath.Join(s.dir, e.Entry))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if sum := sha256.Sum256(code); err != nil || hex.EncodeToString(sum[:]) != e.SHA256 {
		return false, s.remove(key)
	}
	return true, nil
}

// remove forgets a key and its code.
func (s *codeStore) remove(key [32]byte) error {
	raw, err := os.ReadFile(s.indexFile(key))
	var e indexEntry
	if err == nil && json.Unmarshal(raw, &e) == nil && filepath.IsLocal(e.Entry) {
		if err := os.Remove(filepath.Join(s.dir, e.Entry)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(s.indexFile(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// adopt moves what a compilation left in its scratch folder into the store and enters it in the
// index; renames make both appear whole or not at all.
func (s *codeStore) adopt(key [32]byte, scratch string) error {
	path, err := onlyFile(scratch)
	if err != nil {
		return err
	}
	entry, err := filepath.Rel(scratch, path)
	if err != nil {
		return err
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	target := filepath.Join(s.dir, entry)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := os.Rename(path, target); err != nil {
		return err
	}
	sum := sha256.Sum256(code)
	raw, err := json.Marshal(indexEntry{Entry: entry, SHA256: hex.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	index := filepath.Join(scratch, "index")
	if err := os.WriteFile(index, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(index, s.indexFile(key))
}

// onlyFile finds the entry that wazero wrote into an empty folder.
func onlyFile(dir string) (string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("compilation left %d files in %s, want 1: %s", len(files), dir, strings.Join(files, ", "))
	}
	if err != nil {
		return "", err
	}
	return files[0], nil
}
