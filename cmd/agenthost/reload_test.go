package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/agenthost/agenthost/host/admin"
)

// TestAReloadSaysWhatItChangesInTheFilesWords and applies all of it or nothing.
func TestAReloadSaysWhatItChangesInTheFilesWords(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, `order_notional_max = "50000"`)
	strategy := filepath.Join(filepath.Dir(config), "mine.wasm")
	wasm, err := os.ReadFile("../../plugins/examples/sma-cross-c/sma-cross-c.wasm")
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(from, to string) {
		t.Helper()
		b, err := os.ReadFile(config)
		if err != nil || !strings.Contains(string(b), from) {
			t.Fatalf("no %q in\n%s %v", from, b, err)
		}
		write(config, []byte(strings.Replace(string(b), from, to, 1)))
	}
	reload := func(flags ...string) result {
		return agenthost(t, append([]string{"reload", config, "--reason", "a test"}, flags...)...)
	}
	runs := func(module []byte) func(a *admin.AgentStatus) bool {
		return func(a *admin.AgentStatus) bool { return a.StrategySHA256 == fmt.Sprintf("%x", sha256.Sum256(module)) }
	}
	write(strategy, wasm)
	abs, err := filepath.Abs("../../plugins/examples/sma-cross-c/sma-cross-c.wasm")
	if err != nil {
		t.Fatal(err)
	}
	edit(abs, strategy)
	l := startLive(t, config)
	awaitAgent(t, config, "ticked", func(a *admin.AgentStatus) bool { return a.Ticks > 0 })

	says(t, reload(), exitOK, "nothing has changed")
	says(t, agenthost(t, "swap", "sma", strategy, config, "--reason", "a test"), exitOK, "sma: nothing changes: the agent runs this already")
	edit("fast = 5", "fast = 6")
	edit(`"50000"`, `"40000"`)
	says(t, reload("--dry-run"), exitOK, "host order_notional_max  50000  40000  live", "params.fast              5      6      live", "a dry run: nothing is changed")
	says(t, reload(), exitOK, "sma    params.fast", "applied")
	says(t, reload(), exitOK, "nothing has changed")
	edit("fast = 6", "fast = 7")
	edit("host {", "host {\n  log { level = \"debug\" }")
	says(t, reload(), exitProblem, "host log.level", "restart", "params.fast", "nothing is changed")
	edit("fast = 7", "fast = seven")
	says(t, reload(), exitProblem, "what runs goes on", "fast = seven")
	edit("fast = seven", "fast = 6")
	edit("\n  log { level = \"debug\" }", "")
	says(t, reload(), exitOK, "nothing has changed")

	edit("capital     = 10000", "capital     = 10000\n  swap { watch = true }")
	says(t, reload(), exitOK, "swap.watch", "true", "applied")
	changed := append(wasm[:len(wasm):len(wasm)], 0, 2, 1, 'x') // a custom section more
	write(strategy, changed)
	awaitAgent(t, config, "swapped by the changed file", runs(changed))
	l.kill()
	l = startLive(t, config)
	awaitAgent(t, config, "what it was after a restart", runs(changed))
	says(t, reload(), exitOK, "nothing has changed")
	l.stop()
	v.stop(syscall.SIGTERM)
}
