package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// get asks until the answer has the status; it gives the last one.
func get(t *testing.T, client *http.Client, url string, want int) string {
	t.Helper()
	var last string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		r, err := client.Get(url)
		if err != nil {
			last = err.Error()
			continue
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if last = string(b); err == nil && r.StatusCode == want {
			return last
		}
	}
	t.Fatalf("GET %s: never status %d: %s", url, want, last)
	return ""
}

// value is a series' value, the sum where several match.
func value(t *testing.T, text, series string) (sum float64) {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+series+` (\S+)$`).FindAllStringSubmatch(text, -1)
	if found == nil {
		t.Fatalf("there is no %s in\n%s", series, text)
	}
	for _, m := range found {
		v, err := strconv.ParseFloat(m[len(m)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum
}

// TestALiveHostIsWatched runs a host beside a venue and scrapes it, over TCP and on its socket. make
// metrics-check runs it.
func TestALiveHostIsWatched(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, "metrics { listen = \"127.0.0.1:0\" }\n checkpoints { turns = 10 }")
	l := startLive(t, config)
	address := regexp.MustCompile(`metrics are served: address=(\S+)`).FindStringSubmatch(l.log.String())
	if address == nil {
		t.Fatalf("the log does not say where metrics are:\n%s", l.log.String())
	}
	url := "http://" + address[1]
	awaitAgent(t, config, "in a position", inPosition)
	if got := get(t, http.DefaultClient, url+"/readyz", http.StatusOK); strings.TrimSpace(got) != `{"ok":true}` {
		t.Errorf("ready: %s", got)
	}
	get(t, http.DefaultClient, url+"/healthz", http.StatusOK)
	get(t, http.DefaultClient, url+"/v1/status", http.StatusNotFound) // nothing can be steered there
	text := get(t, http.DefaultClient, url+"/metrics", http.StatusOK)
	for _, above := range []string{
		`agenthost_turns_total\{.*\}`, `agenthost_ticks_total\{.*verdict="ok"\}`, `agenthost_fuel_used_total\{.*\}`, `agenthost_orders_submitted_total\{.*\}`,
		`agenthost_order_outcomes_total\{.*outcome="fill".*\}`, `agenthost_calls_total\{.*kind="submit",result="ok".*\}`, `agenthost_rounds_total\{.*\}`,
		`agenthost_call_duration_seconds_count\{.*kind="positions".*\}`, `agenthost_tick_duration_seconds_count\{.*\}`, `agenthost_inbox_lag_seconds_count\{.*\}`,
		`agenthost_journal_appends_total`, `agenthost_journal_entries_total`, `agenthost_journal_appended_bytes_total`, `agenthost_journal_size_bytes`,
		`agenthost_disk_free_bytes`, `agenthost_agent_equity\{.*\}`, `agenthost_agent_mode\{.*mode="full".*\}`, `agenthost_breaker_state\{.*state="closed".*\}`,
		`agenthost_agent_last_tick_timestamp_seconds\{.*\}`, `agenthost_reconciliation_timestamp_seconds\{.*\}`, `agenthost_ready`, `agenthost_journal_writable`,
		`agenthost_recovery_duration_seconds`, `agenthost_recoveries_total`, `agenthost_account_answers\{.*\}`, `go_goroutines`, `process_open_fds`,
	} {
		if value(t, text, above) <= 0 {
			t.Errorf("%s is not above 0", above)
		}
	}
	for _, zero := range []string{`agenthost_rollbacks_total\{.*\}`, `agenthost_journal_append_failures_total`, `agenthost_reconciliation_differs\{.*\}`, `agenthost_dead_letters_pending\{.*kind="tick".*\}`} {
		if got := value(t, text, zero); got != 0 {
			t.Errorf("%s is %v", zero, got)
		}
	}
	promtool(t, text)

	socket := filepath.Join(filepath.Dir(config), "data", "control.sock")
	local := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer local.CloseIdleConnections()
	later := get(t, local, "http://host/metrics", http.StatusOK)
	if a, b := value(t, text, `agenthost_turns_total\{.*\}`), value(t, later, `agenthost_turns_total\{.*\}`); b < a {
		t.Errorf("turns went from %v to %v", a, b)
	}
	get(t, local, "http://host/healthz", http.StatusOK)
	get(t, local, "http://host/readyz", http.StatusOK)

	says(t, agenthost(t, "mode", "sma", "read_only", config, "--reason", "a look"), exitOK, "sma is read_only")
	text = get(t, http.DefaultClient, url+"/metrics", http.StatusOK)
	if value(t, text, `agenthost_agent_mode\{.*mode="read_only".*\}`) != 1 || value(t, text, `agenthost_agent_mode_reason\{.*reason="operator".*\}`) != 1 {
		t.Error("the mode set by hand is not told")
	}
	for end := time.Now().Add(15 * time.Second); value(t, text, `agenthost_checkpoints_total\{.*\}`) == 0 && time.Now().Before(end); {
		text = get(t, http.DefaultClient, url+"/metrics", http.StatusOK)
	}
	if value(t, text, `agenthost_checkpoints_total\{.*\}`) == 0 || value(t, text, `agenthost_checkpoint_size_bytes\{.*\}`) <= 0 {
		t.Error("no checkpoint is told")
	}
	l.stop()
	v.stop(syscall.SIGTERM)
}

// promtool holds a scrape against Prometheus' own tool, where it is installed.
func promtool(t *testing.T, text string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("PROMTOOL") == "required" {
			t.Fatal(err)
		}
		t.Log("promtool is not installed (Debian: prometheus)")
		return
	}
	check := exec.Command(path, "check", "metrics")
	check.Stdin = bytes.NewBufferString(text)
	out, err := check.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
		return
	}
	t.Log("promtool check metrics: content")
}
