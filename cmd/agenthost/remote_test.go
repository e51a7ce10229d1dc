package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/admin"
)

// farDesk is a desk on the network, and the file of its tokens.
func farDesk(t *testing.T) (h *deskHost, address, tokens string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ah")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h, tokens = &deskHost{}, filepath.Join(dir, "tokens.json")
	ring := &admin.LogRing{}
	ring.Accept("agenthost", 4, "the feed is\x1b[2J late", "agent", "sma")
	s, err := admin.Listen(admin.Config{
		Socket: filepath.Join(dir, "s"), Host: h, Logs: ring, Network: &admin.Network{Listen: "127.0.0.1:0", Tokens: admin.TokenFile{Path: tokens}},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h, "http://" + s.Address(), tokens
}

func TestATokenIsPrintedOnceAndOpensWhatItsScopeSays(t *testing.T) {
	h, address, tokens := farDesk(t)
	made := agenthost(t, "token", "create", "--file", tokens, "--name", "ops", "--scope", "operate", "--expires", "30d")
	says(t, made, exitOK, "agenthost_", "only time")
	file := filepath.Join(t.TempDir(), "ops.token")
	if err := os.WriteFile(file, []byte(made.out), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, agenthost(t, "token", "list", "--file", tokens), exitOK, "ops", "operate", "valid")
	if r := agenthost(t, "token", "list", "--file", tokens); strings.Contains(r.out, strings.TrimSpace(made.out)) {
		t.Error("the token is listed")
	}
	far := []string{"--host", address, "--token-file", file}
	says(t, agenthost(t, append([]string{"status"}, far...)...), exitOK, "sma")
	says(t, agenthost(t, append([]string{"halt", "sma", "--reason", "r"}, far...)...), exitOK)
	if h.last() != "halt agent sma: r" {
		t.Error(h.last())
	}
	says(t, agenthost(t, append([]string{"reload", "--reason", "r"}, far...)...), exitProblem, "operate", "admin")
	says(t, agenthost(t, "token", "revoke", "--file", tokens, "--name", "ops"), exitOK, "revoked")
	says(t, agenthost(t, append([]string{"status"}, far...)...), exitProblem, "not valid")
	t.Setenv(tokenVariable, strings.TrimSpace(made.out))
	says(t, agenthost(t, "status", "--host", address), exitProblem, "not valid")
}

func TestATokenCommandFindsMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "t.json")
	for _, x := range []struct {
		args []string
		says string
	}{
		{[]string{"token", "create", "--file", file, "--scope", "read"}, "--name"},
		{[]string{"token", "create", "--file", file, "--name", "a", "--scope", "root"}, "read, operate or admin"},
		{[]string{"token", "create", "--file", file, "--name", "a", "--scope", "read", "--expires", "yesterday"}, "a time to come"},
		{[]string{"token", "create", "--name", "a", "--scope", "read"}, "which tokens"},
		{[]string{"status", "--host", "https://x:1"}, "who asks"},
		{[]string{"status", "--host", "https://x:1", "my.hcl"}, "both name a host"},
		{[]string{"swap", "sma", "--reason", "r"}, "nothing is to change"},
		{[]string{"swap", "sma", "--param", "x", "--reason", "r"}, "NAME=VALUE"},
		{[]string{"swap", "sma", "--param", "x=1"}, "--reason"},
	} {
		says(t, agenthost(t, x.args...), exitUsage, x.says)
	}
	says(t, agenthost(t, "token", "revoke", "--file", file, "--name", "a"), exitProblem, "no valid token")
	says(t, agenthost(t, "token", "create", "--file", file, "--name", "a", "--scope", "read"), exitOK)
	says(t, agenthost(t, "token", "create", "--file", file, "--name", "a", "--scope", "read"), exitProblem, "already")
}

func TestASwapIsToldAndItsReportIsRead(t *testing.T) {
	h, socket := desk(t)
	module := filepath.Join(t.TempDir(), "x.wasm")
	if err := os.WriteFile(module, []byte("\x00asm1234"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"--socket", socket, "--reason", "r"}
	r := agenthost(t, append([]string{"swap", "sma", module, "--shadow", "50", "--probation", "9", "--on-swap", "keep", "--warmup", "replay", "--param", "fast=3"}, at...)...)
	says(t, r, exitOK, "50 recorded ticks, 1 with other orders", "17", "GOOG", "buy 10 market", "runs bb22 since event 42", "replay, 100 ticks", "agenthost rollback sma --socket")
	if want := "swap sma 8 bytes map[fast:3] shadow=50 probation=9 on_swap=keep warmup=replay dry=false: r"; h.last() != want {
		t.Errorf("told %q", h.last())
	}
	says(t, agenthost(t, append([]string{"swap", "sma", module, "--dry-run"}, at...)...), exitOK, "a dry run: sma goes on as it was")
	if err := os.WriteFile(module, []byte("ELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, agenthost(t, append([]string{"swap", "sma", module}, at...)...), exitProblem, "does not begin", "sma goes on as it was")
	says(t, agenthost(t, append([]string{"rollback", "sma"}, at...)...), exitOK, "sma runs aa11")
	says(t, agenthost(t, append([]string{"rollback", "rsi"}, at...)...), exitProblem, "nothing to go back to")
	says(t, agenthost(t, append([]string{"swap", "sma", "nowhere.wasm"}, at...)...), exitProblem, "there is no file")
	says(t, agenthost(t, append([]string{"reload"}, at...)...), exitOK, "params.fast", "10", "12", "live", "applied")
	says(t, agenthost(t, "reload", "--dry-run", "--socket", socket), exitOK, "params.fast")
	if h.last() != "reload dry=true: a dry run" {
		t.Error(h.last())
	}
	says(t, agenthost(t, append([]string{"swap", "sma", "--param", "a=1", "--socket", filepath.Join(t.TempDir(), "s")}, "--reason", "r")...), exitProblem, "no host is running")
}

func TestAgentsLogsAuditAndBreakersAreShown(t *testing.T) {
	_, socket := desk(t)
	says(t, agenthost(t, "agents", "--socket", socket), exitOK, "agent", "sma", "read_only")
	says(t, agenthost(t, "agents", "--socket", socket, "--json"), exitOK, `"name":"sma"`)
	says(t, agenthost(t, "breaker", "list", "--socket", socket), exitOK, "exchange/main", "open", "held: 401")
	says(t, agenthost(t, "audit", "--socket", socket), exitOK, "agent sma mode full", "ann as token ops", "10.0.0.7:4711", "looked at")
	says(t, agenthost(t, "audit", "--socket", socket, "--json"), exitOK, `"subject":"agent"`)
	says(t, agenthost(t, "logs", "--socket", socket, "--stream", "agent/sma"), exitOK, "turn", "verdict")
	says(t, agenthost(t, "logs", "--socket", socket, "--stream", "agent/x"), exitProblem, "agent/sma")
	_, address, tokens := farDesk(t)
	made := agenthost(t, "token", "create", "--file", tokens, "--name", "look", "--scope", "read")
	t.Setenv(tokenVariable, strings.TrimSpace(made.out))
	says(t, agenthost(t, "logs", "--host", address), exitOK, "WARN", "the feed is?[2J late", "agent=sma")
	says(t, agenthost(t, "logs", "--host", address, "--level", "error", "--json"), exitOK)
}
