package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

// liveProcess is agenthost run, running a live configuration.
type liveProcess struct {
	*testing.T
	cmd  *exec.Cmd
	rest *bufio.Reader
	log  syncBuffer
	line string // the first
}

// syncBuffer is written by a process and read by a test.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func startLive(t *testing.T, config string) *liveProcess {
	t.Helper()
	l := &liveProcess{T: t, cmd: command(t, "run", config)}
	l.cmd.Stderr = &l.log
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill() }) // for tests that ended early
	l.rest = bufio.NewReader(out)
	if l.line, err = l.rest.ReadString('\n'); err != nil {
		t.Fatalf("the first line is %q, %v\n%s", l.line, err, l.log.String())
	}
	return l
}

func (l *liveProcess) stop() {
	l.Helper()
	if err := l.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		l.Fatal(err)
	}
	if _, err := io.ReadAll(l.rest); err != nil {
		l.Error(err)
	}
	if err := l.cmd.Wait(); err != nil {
		l.Errorf("stopped: %v\n%s", err, l.log.String())
	}
}

func (l *liveProcess) kill() {
	l.Helper()
	if err := l.cmd.Process.Kill(); err != nil {
		l.Fatal(err)
	}
	_, _ = io.ReadAll(l.rest)
	_ = l.cmd.Wait() // killed, as wanted
}

// liveConfig is a live configuration in a folder of its own.
func liveConfig(t *testing.T, url, host string) string {
	t.Helper()
	strategy, err := filepath.Abs("../../plugins/examples/sma-cross-c/sma-cross-c.wasm")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "live.hcl")
	text := fmt.Sprintf(`
host {
  data_dir = %q
  disk { ballast = "0B" }
  %s
}
instrument "A" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}
feed "live" "prices" {
  url         = %q
  key_env     = "VENUE_KEY"
  instruments = ["A"]
  interval    = "100ms"
}
venue "http" "exchange" {
  base_url = %q
  key_env  = "VENUE_KEY"
  test     = true
  dedupe   = "forever"
}
agent "sma" {
  strategy    = %q
  feed        = "prices"
  venue       = "exchange"
  account     = "main"
  instruments = ["A"]
  capital     = 10000
  params {
    fast = 5
    slow = 12
    size = 0.5
  }
}
`, filepath.Join(dir, "data"), host, url, url, strategy)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// agent asks until the agent is as wanted.
func awaitAgent(t *testing.T, config, what string, wanted func(*admin.AgentStatus) bool) admin.AgentStatus {
	t.Helper()
	var last string
	for end := time.Now().Add(12 * time.Second); time.Now().Before(end); {
		r := agenthost(t, "status", config, "--json")
		last = r.out + r.errOut
		var st admin.Status
		if json.Unmarshal([]byte(r.out), &st) == nil {
			if a := st.Agent("sma"); a != nil && wanted(a) {
				return *a
			}
		}
	}
	t.Fatalf("never %s: %s", what, last)
	return admin.AgentStatus{}
}

func TestALiveHostIsAskedAndToldAndWhatItLeftIsDealtWith(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, `alert "command" "pager" { command = ["/bin/false"] }`)
	l := startLive(t, config)
	if !strings.HasPrefix(l.line, "live: 1 agent, 1 account, journal ") || !strings.Contains(l.line, "recovery took") {
		t.Errorf("it begins with %q", l.line)
	}
	says(t, agenthost(t, "run", config), exitProblem, fmt.Sprintf("process %d", l.cmd.Process.Pid), "is running on")
	awaitAgent(t, config, "in a position", inPosition)

	says(t, agenthost(t, "mode", "sma", "read_only", config, "--reason", "earnings"), exitOK, "sma is read_only", "earnings")
	says(t, agenthost(t, "mode", "sma", "full", config, "--reason", "over"), exitOK, "sma is full")
	says(t, agenthost(t, "account", "hold", "exchange/main", config, "--reason", "look"), exitOK, "breaker closed, held")
	says(t, agenthost(t, "account", "release", "exchange/main", config, "--reason", "looked"), exitOK, "not held")
	says(t, agenthost(t, "account", "release", "exchange/main", config, "--reason", "again"), exitProblem, "the account is not held")
	says(t, agenthost(t, "alert", "test", config), exitProblem, "pager", "NO")
	says(t, agenthost(t, "dlq", "stats", config), exitOK, "dead letters: ")
	says(t, agenthost(t, "halt", "nobody", config, "--reason", "x"), exitProblem, `there is no agent "nobody"; there is sma`)
	story := filledStory(t, config)
	says(t, agenthost(t, "halt", "sma", config, "--reason", "odd prices"), exitOK, "observation")
	for awaitAgent(t, config, "halted", func(a *admin.AgentStatus) bool { return a.Mode == "observation" && a.OpenOrders == 0 }).Positions == nil {
		// It was halted while it turned its position round: once more, for there must be something to close.
		says(t, agenthost(t, "mode", "sma", "full", config, "--reason", "again"), exitOK, "sma is")
		awaitAgent(t, config, "in a position again", inPosition)
		says(t, agenthost(t, "halt", "sma", config, "--reason", "odd prices"), exitOK, "observation")
	}

	l.kill()
	if again := filledStory(t, config); again != story {
		t.Errorf("the journal tells the story as\n%s\nthe host told it as\n%s", again, story)
	}
	says(t, agenthost(t, "flatten", "--all", config, "--reason", "going home"), exitOK, "shutdown", "no host is running")
	if p := v.do("GET", "/api/positions", ""); !strings.Contains(p, `"positions":[]`) {
		t.Errorf("the venue holds %s", p)
	}
	l = startLive(t, config)
	awaitAgent(t, config, "flat after a restart", func(a *admin.AgentStatus) bool { return a.Mode == "shutdown" && len(a.Positions) == 0 })
	says(t, agenthost(t, "mode", "sma", "full", config, "--reason", "back"), exitOK, "sma is")
	awaitAgent(t, config, "full again", func(a *admin.AgentStatus) bool { return a.Mode == "full" })
	l.stop()
	says(t, agenthost(t, "journal", "verify", filepath.Join(filepath.Dir(config), "data")), exitOK, "lane/exchange/main", "agent/sma")
	v.stop(syscall.SIGTERM)
}

func inPosition(a *admin.AgentStatus) bool { return a.Mode == "full" && len(a.Positions) > 0 }

func TestADeadLetterOfALiveHostIsSettledByAPersonWhoeverAsks(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms", "--cash", "100")
	config := liveConfig(t, v.url, "")
	l := startLive(t, config)
	awaitAgent(t, config, "rejected", func(a *admin.AgentStatus) bool { return a.DeadLetters > 0 })
	says(t, agenthost(t, "halt", "--all", config, "--reason", "no money"), exitOK, "observation")
	r := agenthost(t, "dlq", "list", config, "--limit", "1", "--json")
	var letter admin.Letter
	if err := json.Unmarshal([]byte(r.out), &letter); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
	}
	id := letter.ID
	says(t, agenthost(t, "dlq", "show", id, config), exitOK, "rejected")
	says(t, agenthost(t, "dlq", "redrive", id, config, "--dry-run"), exitProblem, "would NOT go out under a new id", "passed", "identity", "FAILED", "mode", "sma is observation")
	says(t, agenthost(t, "dlq", "redrive", id, config, "--reason", "paid in"), exitProblem, "sma is observation; orders that add are not")
	says(t, agenthost(t, "mode", "sma", "full", config, "--reason", "again"), exitOK, "sma is")
	says(t, agenthost(t, "dlq", "redrive", id, config, "--dry-run"), exitOK, "would go out again under a new id", "price", "position")
	again := agenthost(t, "dlq", "redrive", id, config, "--reason", "paid in", "--json")
	var result admin.RedriveResult
	if err := json.Unmarshal([]byte(again.out), &result); err != nil || result.SameID || result.OrderID == "" {
		t.Fatalf("%v\n%s%s", err, again.out, again.errOut)
	}
	says(t, agenthost(t, "orders", "show", id, config), exitOK, "redriven as", result.OrderID)
	says(t, agenthost(t, "orders", "show", result.OrderID, config), exitOK, "redrives", id, "redriven by a person in place of")
	says(t, agenthost(t, "dlq", "redrive", id, config, "--reason", "twice"), exitProblem, "the letter is redriven by", "as "+result.OrderID)
	says(t, agenthost(t, "halt", "--all", config, "--reason", "no money"), exitOK, "observation")
	id = result.OrderID // there is no more money than before
	awaitAgent(t, config, "its letter", func(*admin.AgentStatus) bool {
		return strings.Contains(agenthost(t, "dlq", "show", id, config).out, "rejected")
	})
	says(t, agenthost(t, "dlq", "resolve", id, config, "--as", "filled", "--reason", "no"), exitProblem, "the order is rejected, which is not in doubt; resolve it as noted")
	says(t, agenthost(t, "dlq", "resolve", id, config, "--as", "noted", "--reason", "seen", "--by", "ann"), exitOK, id)
	says(t, agenthost(t, "dlq", "resolve", id, config, "--as", "noted", "--reason", "seen"), exitProblem, "it is resolved already, as noted by ann")
	says(t, agenthost(t, "orders", "show", id, config), exitOK, "REJECTED", "dead_letter", "operator", "seen")
	l.stop()
	says(t, agenthost(t, "dlq", "resolve", "--all", config, "--as", "noted", "--reason", "all of them"), exitOK, "no strategy is called")
	says(t, agenthost(t, "dlq", "stats", config), exitOK, "dead letters: 0 pending, 1 redriven")
	v.stop(syscall.SIGTERM)
}

// filledStory is what is told of the first filled order.
func filledStory(t *testing.T, config string) string {
	t.Helper()
	r := agenthost(t, "orders", "list", config, "--state", "filled", "--limit", "1", "--json")
	var o admin.Order
	if err := json.Unmarshal([]byte(r.out), &o); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
	}
	shown := agenthost(t, "orders", "show", o.ID, config)
	says(t, shown, exitOK, "FILLED", "admitted", "submit 1", "accepted", "fill")
	return shown.out
}
