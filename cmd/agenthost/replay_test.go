package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// recorded runs a configuration and returns its folder and its agent's state.
func recorded(t *testing.T, config string) (folder, state string) {
	t.Helper()
	r := agenthost(t, "run", config, "--json")
	if r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(config), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	return runs[0], r.summary(t).Agents[0]["state_hash"].(string)
}

// lines are the JSON objects that a command printed.
func (r result) lines(t *testing.T) (all []map[string]any) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(r.out), "\n") {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("exit %d: %v in %q\n%s", r.code, err, line, r.errOut)
		}
		all = append(all, v)
	}
	return all
}

func TestReplayOfARecordedRun(t *testing.T) {
	config := writeConfig(t, 500)
	folder, state := recorded(t, config)
	for _, where := range []string{folder, filepath.Join(folder, "journal.db"), config} {
		for _, more := range [][]string{nil, {"--interpreter"}} {
			r := agenthost(t, append([]string{"replay", "sma", where, "--json"}, more...)...)
			if r.code != exitOK {
				t.Fatalf("%s %v: exit %d\n%s", where, more, r.code, r.errOut)
			}
			s := r.lines(t)[0]
			if s["state_hash"] != state || s["equal"] != true || s["ticks"] != 500.0 || s["format_version"] != "1.0" {
				t.Errorf("%s %v: the run ended in %s\n%s", where, more, state, r.out)
			}
		}
	}
	r := agenthost(t, "replay", "sma", folder, "--from", "100", "--to", "150")
	if r.code != exitOK || !strings.Contains(r.out, "150 turns taken again, 51 compared with the journal: all are equal") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	t.Run("without its module", func(t *testing.T) {
		modules, err := filepath.Glob(filepath.Join(folder, "modules", "*.wasm"))
		if err != nil || len(modules) != 1 {
			t.Fatal(modules, err)
		}
		away := filepath.Join(t.TempDir(), "away.wasm")
		if err := os.Rename(modules[0], away); err != nil {
			t.Fatal(err)
		}
		defer os.Rename(away, modules[0])
		if r := agenthost(t, "replay", "sma", folder); r.code != exitProblem || !strings.Contains(r.errOut, "put its file at "+modules[0]+", or give it with --plugin") {
			t.Errorf("exit %d\n%s", r.code, r.errOut)
		}
		if r := agenthost(t, "replay", "sma", folder, "--plugin", away); r.code != exitOK || !strings.Contains(r.out, "500 with the same orders, 0 with others") {
			t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
		}
	})
	t.Run("another module", func(t *testing.T) {
		other := "plugins/examples/sma-cross-as/sma-cross-as.wasm"
		if r := agenthost(t, "replay", "sma", folder, "--plugin", other); r.code != exitOK || !strings.Contains(r.out, "500 with the same orders, 0 with others") {
			t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
		}
		r := agenthost(t, "replay", "sma", folder, "--plugin", other, "--param", "fast=3")
		for _, want := range []string{"fast         3 (given)", "orders that differ, the first at event", "hypothetical", " with others, 0 failed", "state_hash   " + state} {
			if r.code != exitOK || !strings.Contains(r.out, want) {
				t.Errorf("exit %d, want %q in\n%s%s", r.code, want, r.out, r.errOut)
			}
		}
		r = agenthost(t, "replay", "sma", folder, "--plugin", other, "--param", "fast=3", "--json")
		lines := r.lines(t)
		last := lines[len(lines)-1]["plugin"].(map[string]any)
		if lines[0]["kind"] != "tick" || last["differing"] != float64(len(lines)-1) || last["first"] != lines[0]["sequence"] {
			t.Errorf("%v … %v", lines[0], last)
		}
	})
}

func TestReplayIsToldWhatItCannotDo(t *testing.T) {
	config := writeConfig(t, 20)
	folder, _ := recorded(t, config)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nobody":                 {nil, exitUsage, "needs an agent's name"},
		"another agent":          {[]string{"smo", folder}, exitProblem, `"; it has sma`},
		"no journal":             {[]string{"sma", "docs"}, exitProblem, "docs"},
		"beyond the end":         {[]string{"sma", folder, "--from", "9999"}, exitProblem, "before --from 9999"},
		"from after to":          {[]string{"sma", folder, "--from", "3", "--to", "2"}, exitUsage, "comes after the last"},
		"a parameter of nothing": {[]string{"sma", folder, "--param", "a=1"}, exitUsage, "name it with --plugin"},
		"a wrong parameter":      {[]string{"sma", folder, "--plugin", "plugins/examples/sma-cross-c/sma-cross-c.wasm", "--param", "fats=1"}, exitProblem, `did you mean "fast"`},
		"a plugin not there":     {[]string{"sma", folder, "--plugin", "missing.wasm"}, exitProblem, "there is no file or folder missing.wasm"},
		"an export of nothing":   {[]string{"sma", folder, "--export", "x"}, exitUsage, "--dead-letter"},
		"a letter with a range":  {[]string{"--dead-letter", "sma-3", folder, "--to", "3"}, exitUsage, "leave out --from and --to"},
		"a letter not there":     {[]string{"--dead-letter", "sma-3", folder}, exitProblem, "holds no dead letter sma-3"},
		"a letter of an order":   {[]string{"--dead-letter", "a6e75d0c", folder}, exitProblem, "not of a failed tick"},
		"a letter of nobody":     {[]string{"--dead-letter", "bob-3", folder}, exitProblem, `"; it has sma`},
	} {
		r := agenthost(t, append([]string{"replay"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.errOut, c.says) {
			t.Errorf("%s: exit %d, want %d; says\n%swant %q", name, r.code, c.code, r.errOut, c.says)
		}
	}
}

// doctor copies a run's journal with each turn's fuel changed from an event on.
func doctor(t *testing.T, folder string, from uint64) {
	t.Helper()
	source, err := openReadOnly(folder)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	device, err := journal.OpenSQLite(path, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(device, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire("agent/sma", "test", 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range source.Read("agent/sma", 1) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == journal.KindTurn && e.Sequence >= from {
			var turn event.Turn
			if err := event.ReadTurn(e.Body, &turn); err != nil {
				t.Fatal(err)
			}
			turn.Fuel += 7
			e.Body = event.AppendTurn(nil, &turn)
		}
		if s.Append(e.Kind, e.Sequence, e.Time, e.Body) == 0 {
			t.Fatal(s.Failed())
		}
	}
	position, _ := s.Head()
	for _, step := range []error{s.Wait(position), s.Close(), j.Close(), source.Close(), os.Remove(filepath.Join(folder, "journal.mark")), os.Rename(path, filepath.Join(folder, "journal.db"))} {
		if step != nil {
			t.Fatal(step)
		}
	}
}

func TestReplayShowsBothSidesOfADifference(t *testing.T) {
	folder, _ := recorded(t, writeConfig(t, 50))
	doctor(t, folder, 20)
	r := agenthost(t, "replay", "sma", folder)
	for _, want := range []string{"DIFFERS  stream agent/sma, position 22, event 20", "!  fuel", "event.bars[0].close", "19 compared before that were equal"} {
		if r.code != exitProblem || !strings.Contains(r.out, want) {
			t.Errorf("exit %d, want %q in\n%s%s", r.code, want, r.out, r.errOut)
		}
	}
	lines := agenthost(t, "replay", "sma", folder, "--json").lines(t)
	if len(lines) != 2 || lines[1]["equal"] != false || lines[0]["sequence"] != 20.0 {
		t.Fatalf("%v", lines)
	}
	fields := lines[0]["fields"].([]any)
	if len(fields) != 1 || fields[0].(map[string]any)["field"] != "fuel" {
		t.Errorf("%v", fields)
	}
	if r := agenthost(t, "replay", "sma", folder, "--to", "19"); r.code != exitOK {
		t.Errorf("before the difference: exit %d\n%s", r.code, r.out)
	}
}

func TestReplayOfADeadLetter(t *testing.T) {
	config := writeConfig(t, 20)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	trap, err := filepath.Abs("../../testdata/hostile/trap-unreachable.wasm")
	if err != nil {
		t.Fatal(err)
	}
	begin := strings.Index(string(text), `strategy    = "`) + len(`strategy    = "`)
	end := begin + strings.Index(string(text[begin:]), `"`)
	if err := os.WriteFile(config, []byte(string(text[:begin])+trap+string(text[end:])), 0o644); err != nil {
		t.Fatal(err)
	}
	folder, _ := recorded(t, config)
	export := filepath.Join(t.TempDir(), "evidence")
	r := agenthost(t, "replay", "--dead-letter", "sma-3", folder, "--export", export)
	for _, want := range []string{"sma-3 is reproduced: the tick fails as it did", "trap        unreachable", "fuel "} {
		if r.code != exitOK || !strings.Contains(r.out, want) {
			t.Errorf("exit %d, want %q in\n%s%s", r.code, want, r.out, r.errOut)
		}
	}
	for _, name := range []string{"input.bin", "state.bin", "module.wasm", "README.txt"} {
		if info, err := os.Stat(filepath.Join(export, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	r = agenthost(t, "replay", "--dead-letter", "sma-3", config, "--plugin", "plugins/examples/sma-cross-c/sma-cross-c.wasm")
	if r.code != exitOK || !strings.Contains(r.out, "passes, with ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	r = agenthost(t, "replay", "--dead-letter", "sma-3", folder, "--json", "--plugin", trap)
	l := r.lines(t)[0]
	if r.code != exitOK || l["reproduced"] != true || l["tried"].(map[string]any)["trap"] != "unreachable" {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	if r := agenthost(t, "replay", "sma", folder); r.code != exitOK {
		t.Errorf("all turns: exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}

// TestReplayOfALiveHost replays while the host trades, after it was killed, and after it was stopped.
func TestReplayOfALiveHost(t *testing.T) {
	w := newWorld(t, worldOptions{Host: "  checkpoints {\n    turns = 10\n  }"})
	turns := func(where string) float64 {
		t.Helper()
		r := agenthost(t, "replay", "trader", where, "--json")
		if r.code != exitOK {
			t.Fatalf("exit %d\n%s%s", r.code, r.out, r.errOut)
		}
		return r.lines(t)[0]["turns"].(float64)
	}
	host := w.up()
	w.until("some orders", 20*time.Second, func() bool { return len(w.books().Orders) > 3 })
	running := turns(w.data)
	if err := host.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.ends(host, 10*time.Second)
	killed := turns(w.config)
	host = w.up()
	w.until("more orders", 20*time.Second, func() bool { return turns(w.config) > killed+10 })
	w.stop(host)
	if stopped := turns(w.config); running < 5 || killed < running || stopped < killed+10 {
		t.Errorf("%v turns while it ran, %v after a kill, %v after a stop", running, killed, stopped)
	}
	whole := agenthost(t, "replay", "trader", w.config, "--json").lines(t)[0]
	part := agenthost(t, "replay", "trader", w.config, "--json", "--from", fmt.Sprint(whole["to"])).lines(t)[0]
	if part["checkpoint"] == nil || part["turns"] != 1.0 || part["state_hash"] != whole["state_hash"] {
		t.Errorf("from the last event on: %v; from the first: %v", part, whole)
	}
}
