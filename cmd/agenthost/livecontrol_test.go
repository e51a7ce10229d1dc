package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/agenthost/agenthost/host/admin"
)

// postKeyed sends a change with a token and a key to a host on the network.
func postKeyed(t *testing.T, address, path, token, key, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b := make([]byte, 4096)
	n, _ := res.Body.Read(b)
	return res.StatusCode, string(b[:n])
}

func TestALiveHostIsSteeredFromAfar(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	tokens := filepath.Join(t.TempDir(), "tokens.json")
	config := liveConfig(t, v.url, `control {
  listen      = "127.0.0.1:0"
  tokens_file = "`+tokens+`"
}`)
	made := agenthost(t, "token", "create", config, "--name", "ops", "--scope", "admin")
	says(t, made, exitOK, "agenthost_")
	token := strings.TrimSpace(made.out)
	l := startLive(t, config)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(l.line)
	if address == "" {
		t.Fatalf("it does not say where it listens: %q", l.line)
	}
	awaitAgent(t, config, "in a position", inPosition)

	status, body := postKeyed(t, address, "/v1/agents/sma/mode", "", "k0", `{"reason":"mine now","mode":"read_only"}`)
	if status != http.StatusUnauthorized || awaitAgent(t, config, "there", func(*admin.AgentStatus) bool { return true }).Mode != "full" {
		t.Errorf("without a token: %d %s", status, body)
	}
	if r := agenthost(t, "audit", config); r.code != exitOK || strings.Contains(r.out, "mine now") {
		t.Errorf("without a token the journal says\n%s%s", r.out, r.errOut)
	}
	status, body = postKeyed(t, address, "/v1/agents/sma/mode", token, "k1", `{"reason":"earnings","mode":"read_only"}`)
	if status != http.StatusOK || !strings.Contains(body, `"mode":"read_only"`) {
		t.Errorf("with a token: %d %s", status, body)
	}
	t.Setenv(tokenVariable, token)
	says(t, agenthost(t, "mode", "sma", "full", "--host", address, "--reason", "over"), exitOK, "sma is full")
	says(t, agenthost(t, "swap", "sma", "--host", address, "--param", "fast=6", "--reason", "calmer"), exitOK, "sma runs")
	says(t, agenthost(t, "rollback", "sma", "--host", address, "--reason", "no"), exitOK, "sma runs")
	says(t, agenthost(t, "reload", "--host", address, "--dry-run"), exitOK, "nothing has changed")
	says(t, agenthost(t, "logs", "--host", address), exitOK, "a person changed something", "user=token ops")
	tail := agenthost(t, "logs", "--host", address, "--stream", "agent/sma", "--last", "3", "--json")
	var entry admin.JournalEntry
	if first, _, _ := strings.Cut(tail.out, "\n"); json.Unmarshal([]byte(first), &entry) != nil || entry.Position == 0 || len(entry.Body) == 0 {
		t.Errorf("the journal's tail is %s%s", tail.out, tail.errOut)
	}
	listed := []string{"agent sma mode read_only", "token ops", "127.0.0.1", "earnings", "agent sma mode full", "over", "agent sma swap", "calmer", "agent sma rollback"}
	says(t, agenthost(t, "audit", config), exitOK, listed...)

	bad := `{"reason":"odd","module":"bm8gbW9kdWxl"}`
	if status, body = postKeyed(t, address, "/v1/agents/sma/swap", token, "k2", bad); status != http.StatusConflict || !strings.Contains(body, "swap_refused") {
		t.Errorf("a bad module: %d %s", status, body)
	}
	listed = append(listed, "agent sma swap refused: ", "odd")
	says(t, agenthost(t, "audit", config), exitOK, listed...)

	l.kill()
	says(t, agenthost(t, "audit", config), exitOK, append(listed, "no host is running")...)
	l = startLive(t, config)
	address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(l.line)
	status, body = postKeyed(t, address, "/v1/agents/sma/mode", token, "k1", `{"reason":"earnings","mode":"read_only"}`)
	if status != http.StatusConflict || !strings.Contains(body, "carried_out") {
		t.Errorf("a key from before the crash: %d %s", status, body)
	}
	awaitAgent(t, config, "at work", func(a *admin.AgentStatus) bool { return a.Mode != "starting" })
	if status, body = postKeyed(t, address, "/v1/agents/sma/swap", token, "k2", bad); !strings.Contains(body, "swap_refused") {
		t.Errorf("what was refused before the crash counts as carried out: %d %s", status, body)
	}
	kept, err := os.ReadFile(tokens)
	if err != nil || strings.Contains(string(kept), strings.TrimPrefix(token, "agenthost_")) {
		t.Errorf("the token is in its file: %v", err)
	}
	l.stop()
	v.stop(syscall.SIGTERM)
}
