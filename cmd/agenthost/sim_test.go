package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSim(t *testing.T) {
	t.Run("a few worlds end with tables and without violations", func(t *testing.T) {
		r := agenthost(t, "sim", "--seeds", "40")
		for _, want := range []string{"faults injected", "power failed at", "points reached", "0 violations in 0 of 40 worlds", "request later than the settle window"} {
			if !strings.Contains(r.out, want) {
				t.Errorf("want %q in\n%s", want, r.out)
			}
		}
		if r.code != exitOK {
			t.Errorf("exit %d\n%s", r.code, r.errOut)
		}
	})
	t.Run("a seed has one trace", func(t *testing.T) {
		first, again := agenthost(t, "sim", "--seed", "7", "--trace"), agenthost(t, "sim", "--seed", "7", "--trace")
		traced := func(r result) string { before, _, _ := strings.Cut(r.out, "the simulation took"); return before }
		if traced(first) != traced(again) || strings.Count(first.out, "\n") < 200 || !strings.Contains(first.out, "plan   seed 7:") {
			t.Errorf("%d and %d bytes\n%.2000s", len(first.out), len(again.out), first.out)
		}
	})
	t.Run("programs get one object", func(t *testing.T) {
		r := agenthost(t, "sim", "--first", "100", "--seeds", "10", "--workers", "1", "--json")
		var j simJSON
		if err := json.Unmarshal([]byte(r.out), &j); err != nil {
			t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
		}
		if j.First != 100 || j.Worlds != 10 || len(j.BadSeeds) != 0 || j.Violations == nil || len(j.Injected) == 0 || j.Stopped {
			t.Errorf("%s", r.out)
		}
	})
	t.Run("a module of one's own meets the same faults", func(t *testing.T) {
		r := agenthost(t, "sim", "--seeds", "30", "--json", "--plugin", "plugins/examples/sma-cross-c/sma-cross-c.wasm")
		var j simJSON
		if err := json.Unmarshal([]byte(r.out), &j); err != nil || r.code != exitOK || j.Worlds != 30 || len(j.BadSeeds) != 0 {
			t.Fatalf("exit %d, %v\n%s%s", r.code, err, r.out, r.errOut)
		}
		if j.Fills < 30 || j.Reached["power fails"] == 0 {
			t.Errorf("%d fills: the module was hardly tried\n%s", j.Fills, r.out)
		}
	})
	t.Run("mistakes are told before anything runs", func(t *testing.T) {
		for says, args := range map[string][]string{
			"--trace is of one world":   {"--trace"},
			"--seed runs one world":     {"--seed", "1", "--seeds", "2"},
			"--seeds 0 runs nothing":    {"--seeds", "0"},
			"--workers 0":               {"--workers", "0"},
			"write a whole number":      {"--seed", "-1"},
			"needs the name of a modul": {"--plugin", ""},
		} {
			if r := agenthost(t, append([]string{"sim"}, args...)...); r.code != exitUsage || !strings.Contains(r.errOut, says) {
				t.Errorf("%v: exit %d, want %q in\n%s", args, r.code, says, r.errOut)
			}
		}
		if r := agenthost(t, "sim", "--plugin", "missing.wasm"); r.code != exitProblem || !strings.Contains(r.errOut, "there is no file or folder missing.wasm") {
			t.Errorf("exit %d\n%s", r.code, r.errOut)
		}
	})
}
