package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a backup, and of a data directory.
const (
	ManifestFile    = "manifest.json"
	JournalFile     = "journal.db"
	MarkFile        = "journal.mark"
	CheckpointsFile = "checkpoints.db"
	ModulesFolder   = "modules"
	ConfigFile      = "config.hcl"
)

// ManifestFormat is the format that this host writes, and the newest that it reads.
const ManifestFormat = 1

// Manifest says what a backup is: it is written last, so a folder without one is no whole backup.
type Manifest struct {
	Format int `json:"format"`
	// Made is when the backup was begun, Version the agenthost that made it.
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
	// DataDir is what it is a backup of. Config is where the configuration came from, empty if none was
	// named; HighWaterMark is where the mark is kept, empty if there was none.
	DataDir       string `json:"data_dir"`
	Config        string `json:"config,omitempty"`
	HighWaterMark string `json:"high_water_mark,omitempty"`
	// Streams are the journal's heads, by number; Files all files but the manifest, by name.
	Streams []Head `json:"streams"`
	Files   []File `json:"files"`

	// SHA256 is the manifest's own hash, of what was written or read. Kept elsewhere, it proves the backup.
	SHA256 string `json:"-"`
}

// Head is where a stream ends.
type Head struct {
	Stream   string `json:"stream"`
	Position uint64 `json:"position"`
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
}

// File is one file of a backup. Name has slashes.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func (m *Manifest) write(folder string) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	m.SHA256 = fmt.Sprintf("%x", sha256.Sum256(b))
	return writeFile(filepath.Join(folder, ManifestFile), bytes.NewReader(b))
}

// ReadManifest reads the manifest of the backup in folder. It checks nothing else.
func ReadManifest(folder string) (*Manifest, error) {
	b, err := os.ReadFile(filepath.Join(folder, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s: it is no backup, or one that was never finished", folder, ManifestFile)
	}
	if err != nil {
		return nil, err
	}
	m := &Manifest{SHA256: fmt.Sprintf("%x", sha256.Sum256(b))}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(folder, ManifestFile), err)
	}
	if m.Format != ManifestFormat {
		return nil, fmt.Errorf("%s has format %d; this host reads %d", filepath.Join(folder, ManifestFile), m.Format, ManifestFormat)
	}
	return m, nil
}
