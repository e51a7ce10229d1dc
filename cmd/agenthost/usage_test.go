package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMistakesOfTheCommandLineAreUnderstood(t *testing.T) {
	good := writeConfig(t, 10)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no file":                 {[]string{"run"}, exitUsage, "needs a configuration file or folder"},
		"too many files":          {[]string{"run", "a.hcl", "b.hcl"}, exitUsage, "does not know what to do with"},
		"no such flag":            {[]string{"run", good, "--jsno"}, exitUsage, "unknown flag"},
		"no such verb":            {[]string{"rum"}, exitUsage, "has no command \"rum\"; did you mean \"run\""},
		"no such journal":         {[]string{"run", good, "--journal", "redis"}, exitUsage, "write sqlite or memory"},
		"no such file":            {[]string{"run", "missing.hcl"}, exitProblem, "missing.hcl"},
		"a variable without =":    {[]string{"run", good, "--var", "x"}, exitUsage, "name=value"},
		"a variable not there":    {[]string{"check", good, "--var", "x=1"}, exitProblem, "x"},
		"nothing to resume":       {[]string{"run", good, "--resume"}, exitProblem, "nothing to resume"},
		"no such run":             {[]string{"run", good, "--resume", "yesterday"}, exitProblem, "no run \"yesterday\""},
		"resume without a disk":   {[]string{"run", good, "--resume", "--journal", "memory"}, exitUsage, "in memory"},
		"not a module":            {[]string{"plugin", "inspect", "go.mod"}, exitProblem, "go.mod"},
		"bench without a feed":    {[]string{"plugin", "bench", "plugins/examples/sma-cross-c/sma-cross-c.wasm"}, exitUsage, "--feed"},
		"no such verb of plugin":  {[]string{"plugin", "inspekt"}, exitUsage, "did you mean \"inspect\"?"},
		"verbs that are like it":  {[]string{"help", "swp"}, exitUsage, `"swap"`},
		"a verb left out":         {[]string{"breaker", "my.hcl", "--json"}, exitUsage, `agenthost breaker has no command "my.hcl"; there is isolate, list, release`},
		"no agent named":          {[]string{"halt", "my.hcl", "--reason", "x"}, exitUsage, "my.hcl is a configuration: name the agent before it"},
		"no agent to roll back":   {[]string{"rollback", "my.hcl", "--reason", "x"}, exitUsage, "my.hcl is a configuration: name the agent before it"},
		"no agent's mode":         {[]string{"mode", "my.hcl"}, exitUsage, "my.hcl is a configuration: name the agent before it"},
		"no duration":             {[]string{"chaos", good, "--duration", "long"}, exitUsage, "write a duration such as 90s or 24h"},
		"no count":                {[]string{"orders", "list", good, "--limit", "all"}, exitUsage, "write a whole number"},
		"no such help":            {[]string{"help", "jornal"}, exitUsage, "did you mean \"journal\"?"},
		"no such shell":           {[]string{"completion", "csh"}, exitUsage, "bash, zsh, fish"},
		"an empty path":           {[]string{"run", ""}, exitUsage, "empty text"},
		"a run without a name":    {[]string{"run", good, "--resume="}, exitUsage, "names no run"},
		"a page in no folder":     {[]string{"run", good, "--report", "missing/r.html"}, exitProblem, "there is no folder missing"},
		"a page that is a folder": {[]string{"run", good, "--report", "docs"}, exitProblem, "docs is a folder"},
		"a module not there":      {[]string{"plugin", "inspect", "missing.wasm"}, exitProblem, "there is no file or folder missing.wasm"},
		"bench of a folder":       {[]string{"plugin", "bench", "docs", "--feed", "docs"}, exitProblem, "docs is a folder"},
		"no number":               {[]string{"journal", "show", "x", "--from", "-1"}, exitUsage, "whole number"},
		"a position of nothing":   {[]string{"journal", "show", "x", "--from", "3"}, exitUsage, "--stream"},
		"no run's folder":         {[]string{"journal", "show", "docs"}, exitProblem, "there is no journal docs/journal.db"},
		"a configuration":         {[]string{"journal", "verify", good}, exitProblem, "is a configuration: name the folder of a run"},
		"not a journal":           {[]string{"journal", "verify", "go.mod"}, exitProblem, "go.mod is not a journal"},
	} {
		r := agenthost(t, c.args...)
		if r.code != c.code || !strings.Contains(r.errOut, c.says) {
			t.Errorf("%s: exit %d, want %d; says\n%swant %q", name, r.code, c.code, r.errOut, c.says)
		}
	}
}

func TestCompletionOffersWhatFits(t *testing.T) {
	config := writeConfig(t, 10)
	if r := agenthost(t, "run", config, "--json"); r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(config), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	for name, c := range map[string]struct {
		typed  []string
		offers string
	}{
		"configurations":          {[]string{"run", ""}, "hcl\n:8\n"},
		"journals":                {[]string{"run", config, "--journal", ""}, "sqlite\nmemory\n:4\n"},
		"runs after --resume":     {[]string{"run", config, "--resume", ""}, filepath.Base(runs[0]) + "\n:36\n"},
		"modules":                 {[]string{"plugin", "inspect", ""}, "wasm\n:8\n"},
		"streams of a journal":    {[]string{"journal", "show", runs[0], "--stream", ""}, "lane/exchange/sma\nagent/sma\n:4\n"},
		"blocks within blocks":    {[]string{"config", "agent.limits."}, "agent.limits.admission\n"},
		"commands of a command":   {[]string{"help", "journal", "s"}, "show\t"},
		"nothing after a journal": {[]string{"journal", "verify", runs[0], ""}, ":4\n"},
	} {
		if r := agenthost(t, append([]string{"__complete"}, c.typed...)...); !strings.Contains(r.out, c.offers) {
			t.Errorf("%s: want %q in\n%s", name, c.offers, r.out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := agenthost(t, "completion", shell); r.code != exitOK || len(r.out) < 1000 {
			t.Errorf("%s: exit %d, %d bytes", shell, r.code, len(r.out))
		}
	}
}

func TestFmt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hcl")
	if err := os.WriteFile(path, []byte("variable \"x\" {\ndefault=1\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := agenthost(t, "fmt", "--check", path); r.code != exitProblem || !strings.Contains(r.out, path) {
		t.Errorf("check: exit %d, %s", r.code, r.out)
	}
	if r := agenthost(t, "fmt", path); r.code != exitOK {
		t.Error(r.errOut)
	}
	if r := agenthost(t, "fmt", "--check", path); r.code != exitOK || r.out != "" {
		t.Errorf("after fmt: exit %d, %s", r.code, r.out)
	}
}

func TestFmtGoesOnAfterABrokenFile(t *testing.T) {
	dir := t.TempDir()
	broken, loose := filepath.Join(dir, "a.hcl"), filepath.Join(dir, "b.hcl")
	for path, text := range map[string]string{broken: "x = \n", loose: "variable \"x\" {\ndefault=1\n}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r := agenthost(t, "fmt", dir); r.code != exitProblem || !strings.Contains(r.errOut, broken) || !strings.Contains(r.out, loose) {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	cmd := command(t, "fmt", "--check", "-")
	cmd.Stdin = strings.NewReader("a  =  1\n")
	if r := finished(t, cmd); r.code != exitProblem || r.out != "standard input\n" {
		t.Errorf("standard input: exit %d, %q", r.code, r.out)
	}
}
