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

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/report"
)

// resumeLast stands for "the last run of this configuration".
const resumeLast = "last"

// runFolder is where one recorded run is kept.
type runFolder struct{ path string }

func (f *runFolder) journal() string { return filepath.Join(f.path, "journal.db") }

func (f *runFolder) modules() string { return filepath.Join(f.path, "modules") }

// runFacts is run.json: what the folder is a run of.
type runFacts struct {
	Config       string   `json:"config"`
	ConfigSHA256 string   `json:"config_sha256"`
	Vars         []string `json:"vars"`
	Started      string   `json:"started"`
	Version      versions `json:"version"`
	// Instruments are each agent's, in the order in which the journal counts them.
	Instruments map[string][]instrumentFacts `json:"instruments"`
}

// instrumentFacts is what it takes to read an instrument's numbers in a journal.
type instrumentFacts struct {
	Name             string `json:"name"`
	PriceDecimals    uint8  `json:"price_decimals"`
	QuantityDecimals uint8  `json:"quantity_decimals"`
}

// command is how the run was begun.
func (f *runFacts) command() string {
	command := "agenthost run " + report.ShellQuoted(f.Config)
	for _, v := range f.Vars {
		command += " --var " + report.ShellQuoted(v)
	}
	return command
}

func instrumentsOf(c *config.Config) map[string][]instrumentFacts {
	known := map[string]instrumentFacts{}
	for i := range c.Instruments {
		x := &c.Instruments[i]
		known[x.Name] = instrumentFacts{x.Name, x.PriceDecimals, x.QuantityDecimals}
	}
	all := map[string][]instrumentFacts{}
	for i := range c.Agents {
		for _, name := range c.Agents[i].Instruments {
			all[c.Agents[i].Name] = append(all[c.Agents[i].Name], known[name])
		}
	}
	return all
}

// scalesOf finds the instruments of an agent's stream: of a run's folder, or beside a journal's file.
// They are nil for other streams, and for a journal that has been taken out of its folder.
func scalesOf(path, stream string) scales {
	agent, ok := strings.CutPrefix(stream, "agent/")
	if !ok {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	f, err := readFacts(path)
	if err != nil {
		return nil
	}
	return f.Instruments[agent]
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
		return newRunFolder(dir, runFacts{Config: path, ConfigSHA256: hash, Vars: r.vars, Instruments: instrumentsOf(p.config)})
	case resumeLast:
		return lastRun(dir, path, hash)
	}
	named := filepath.Join(dir, r.resume)
	if _, err := os.Stat(named); err != nil {
		named = r.resume // a path is a name too
	}
	facts, err := readFacts(named)
	if err != nil {
		return nil, fmt.Errorf("no run %q: %w; %s", r.resume, plain(err), runsThere(dir))
	}
	if facts.ConfigSHA256 != hash {
		return nil, fmt.Errorf("run %s was made by %s, and its configuration or variables were others than they are now; a resumed run needs the same", named, facts.command())
	}
	return (&runFolder{named}).withJournal()
}

// withJournal refuses a run without a journal: to begin one under an old name would look like going on.
func (f *runFolder) withJournal() (*runFolder, error) {
	if _, err := os.Stat(f.journal()); err != nil {
		return nil, fmt.Errorf("run %s cannot be resumed: %w", f.path, plain(err))
	}
	return f, nil
}

// runsThere says which runs a folder holds, the newest few.
func runsThere(dir string) string {
	const shown = 5
	names := runNames(dir)
	if len(names) == 0 {
		return fmt.Sprintf("%s holds no runs", dir)
	}
	more := ""
	if n := len(names) - shown; n > 0 {
		names, more = names[:shown], fmt.Sprintf(" and %d older ones", n)
	}
	return fmt.Sprintf("%s holds %s%s", dir, strings.Join(names, ", "), more)
}

func newRunFolder(dir string, facts runFacts) (*runFolder, error) {
	base := strings.TrimSuffix(filepath.Base(filepath.Clean(facts.Config)), ".hcl")
	now := time.Now()
	name := filepath.Join(dir, now.Format("20060102-150405-")+base)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for runs %s: %w; set runs_dir in the host block to one that can be written to, or run with --journal memory", dir, plain(err))
	}
	made := name
	for n := 2; ; n++ { // two runs may begin in one second
		err := os.Mkdir(made, 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("make folder of the run: %w; set runs_dir in the host block to one that can be written to, or run with --journal memory", plain(err))
		}
		made = fmt.Sprintf("%s-%d", name, n)
	}
	facts.Started, facts.Version = now.UTC().Format(time.RFC3339Nano), *currentVersions()
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
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read %s: %w", filepath.Join(folder, "run.json"), err)
	}
	return f, nil
}

// lastRun finds the newest run of the same configuration. One of the same file that has been edited
// since is named, for that is what people wonder about.
func lastRun(dir, path, hash string) (*runFolder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("nothing to resume: %w", plain(err))
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
		return (&runFolder{same[len(same)-1].path}).withJournal()
	}
	if edited != "" {
		return nil, fmt.Errorf("nothing to resume: %s is of another version of %s or of other variables; a resumed run needs the same", edited, path)
	}
	return nil, fmt.Errorf("nothing to resume: %s holds no run of %s", dir, path)
}
