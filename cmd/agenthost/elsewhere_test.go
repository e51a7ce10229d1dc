package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplayElsewhere records a day of minute bars here, with strategies in C, AssemblyScript and Go, and has them
// replayed by an agenthost for another processor: `make arm64` gives its command in ELSEWHERE.
func TestReplayElsewhere(t *testing.T) {
	elsewhere := strings.Fields(os.Getenv("ELSEWHERE"))
	if len(elsewhere) == 0 {
		t.Skip("needs an agenthost for another processor: make arm64")
	}
	config := writeConfig(t, 24*60)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	agents := []string{"sma"}
	first := string(text[strings.Index(string(text), `agent "sma"`):])
	for _, language := range []string{"as", "go"} {
		agents = append(agents, language)
		text = append(text, strings.NewReplacer(`agent "sma" {`, `agent "`+language+"\" {\n  account     = \""+language+`"`, "sma-cross-c", "sma-cross-"+language).Replace(first)...)
	}
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	r := agenthost(t, "run", config, "--json")
	if r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(config), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	ran := r.summary(t).Agents
	for i, agent := range agents {
		here := agenthost(t, "replay", agent, runs[0], "--json").lines(t)[0]
		if ran[i]["state_hash"] != here["state_hash"] || here["ticks"] != 24*60.0 {
			t.Fatalf("%v, the run ended in %v", here, ran[i]["state_hash"])
		}
		for _, engine := range [][]string{nil, {"--interpreter"}} {
			cmd := exec.Command(elsewhere[0], append(append(elsewhere[1:len(elsewhere):len(elsewhere)], "replay", agent, runs[0], "--json"), engine...)...)
			cmd.Dir = "../.."
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // no cache: another processor's child could not be started
			got := finished(t, cmd)
			if got.code != exitOK {
				t.Errorf("%s: exit %d\n%s%s", agent, got.code, got.out, got.errOut)
				continue
			}
			there := got.lines(t)[0]
			machine := there["replayed_by"].(map[string]any)
			if machine["arch"] == here["replayed_by"].(map[string]any)["arch"] {
				t.Errorf("%s was replayed on the same processor: %v", agent, machine)
			}
			for _, hash := range []string{"state_hash", "turns_sha256"} {
				if there[hash] != here[hash] {
					t.Errorf("%s: %s is %v here, %v there", agent, hash, here[hash], there[hash])
				}
			}
			t.Logf("%s: %v ticks on %v, %v: state_hash %.16v…, turns %.16v…, in %.1f s", agent, there["ticks"], machine["arch"], machine["engine"], there["state_hash"], there["turns_sha256"], there["seconds"])
		}
	}
}
