package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// resumeLast stands for "the last run of this configuration".
const resumeLast = "\x00last"

// runFolder is where one recorded run is kept.
type runFolder struct{ path string }

func (f *runFolder) journal() string { return filepath.Join(f.path, "journal.db") }

// runFacts is run.json: what the folder is a run of.
type runFacts struct {
	Config       string   `json:"config"`
	ConfigSHA256 string   `json:"config_sha256"`
	Vars         []string `json:"vars"`
	Started      string   `json:"started"`
	Version      versions `json:"version"`
}

// folder makes the folder of a new run, or finds the one to resume. nil where the journal is in memory.
func (r *runCommand) folder(path string, p *prepared) (*runFolder, error) {
	if p.config.Host.Journal.Type == "memory" {
		if r.resume != "" {
			return nil, usageError{errors.New("--resume needs a journal on disk; this run's is in memory")}
		}
		return nil, nil
	}
	dir := p.config.Host.RunsDir
	hash := fmt.Sprintf("%x", p.config.Hash)
	switch r.resume {
	case "":
		return newRunFolder(dir, path, hash, r.vars)
	case resumeLast:
		return lastRun(dir, path, hash)
	}
	named := filepath.Join(dir, r.resume)
	if _, err := os.Stat(named); err != nil {
		named = r.resume // a path is a name too
	}
	if _, err := readFacts(named); err != nil {
		return nil, fmt.Errorf("no run %q: %w; runs are kept in %s", r.resume, err, dir)
	}
	return &runFolder{named}, nil
}

func newRunFolder(dir, path, hash string, vars []string) (*runFolder, error) {
	base := strings.TrimSuffix(filepath.Base(filepath.Clean(path)), ".hcl")
	now := time.Now()
	name := filepath.Join(dir, now.Format("20060102-150405-")+base)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for runs: %w; set runs_dir in the host block", err)
	}
	made := name
	for n := 2; ; n++ { // two runs may begin in one second
		err := os.Mkdir(made, 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("make folder of the run: %w", err)
		}
		made = fmt.Sprintf("%s-%d", name, n)
	}
	facts := runFacts{Config: path, ConfigSHA256: hash, Vars: vars, Started: now.UTC().Format(time.RFC3339Nano), Version: currentVersions()}
	b, err := json.MarshalIndent(facts, "", "  ")
	if err != nil {
		return nil, err
	}
	return &runFolder{made}, os.WriteFile(filepath.Join(made, "run.json"), append(b, '\n'), 0o644)
}

func readFacts(folder string) (f runFacts, err error) {
	b, err := os.ReadFile(filepath.Join(folder, "run.json"))
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(b, &f)
}

// lastRun finds the newest run of the same configuration. One of the same file that has been edited
// since is named, for that is what people wonder about.
func lastRun(dir, path, hash string) (*runFolder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("nothing to resume: %w", err)
	}
	type candidate struct{ path, started string }
	var same []candidate
	edited := ""
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		f, err := readFacts(folder)
		switch {
		case err != nil:
			continue // not a run
		case f.ConfigSHA256 == hash:
			same = append(same, candidate{folder, f.Started})
		case f.Config == path:
			edited = folder
		}
	}
	if len(same) > 0 {
		sort.Slice(same, func(i, k int) bool { return same[i].started < same[k].started })
		return &runFolder{same[len(same)-1].path}, nil
	}
	if edited != "" {
		return nil, fmt.Errorf("nothing to resume: %s is of another version of %s or of other variables; a resumed run needs the same", edited, path)
	}
	return nil, fmt.Errorf("nothing to resume: %s holds no run of %s", dir, path)
}
