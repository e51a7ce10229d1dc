package main

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

// checkpointsListed waits until a host has made so many checkpoints after one with an id.
func checkpointsListed(t *testing.T, config string, after int64) (views []admin.Checkpoint) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r := agenthost(t, "checkpoint", "list", config, "--json")
		if r.code != exitOK {
			continue // the host has not made the file yet
		}
		views = nil
		for d := json.NewDecoder(strings.NewReader(r.out)); d.More(); {
			var v admin.Checkpoint
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			views = append(views, v)
		}
		if len(views) == 3 && views[0].ID > after {
			return views
		}
	}
	t.Fatalf("there are %+v", views)
	return nil
}

func TestCheckpointsOfALiveHost(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, `checkpoints { every = "300ms" }`)
	says(t, agenthost(t, "checkpoint", "list", config), exitProblem, "has not run yet")
	l := startLive(t, config)
	awaitAgent(t, config, "in a position", inPosition)
	views := checkpointsListed(t, config, 0)

	says(t, agenthost(t, "checkpoint", "list", config), exitOK, "exchange/main", "agent/sma")
	id := views[0].ID
	if r := agenthost(t, "checkpoint", "show", strconv.FormatInt(id, 10), config); r.code == exitOK { // else it is gone already
		says(t, r, exitOK, "lane/exchange/main", "made by module", "wazero", "sha256")
	}
	says(t, agenthost(t, "checkpoint", "show", "999999", config), exitProblem, `no checkpoint "999999"; there is `)
	says(t, agenthost(t, "checkpoint", "show", "x", config), exitUsage, "no checkpoint's number")

	views = checkpointsListed(t, config, id+3) // some after it has traded
	made := agenthost(t, "checkpoint", "make", config, "--reason", "before the restart", "--json")
	var now admin.Checkpoint
	if err := json.Unmarshal([]byte(made.out), &now); err != nil || now.ID <= views[0].ID || now.Venue != "exchange" || len(now.Parts) != 2 {
		t.Errorf("made by hand: %v, %s%s", err, made.out, made.errOut)
	}
	says(t, agenthost(t, "checkpoint", "make", config), exitUsage, "say why with --reason")
	says(t, agenthost(t, "audit", config), exitOK, "account exchange/main checkpoint", "before the restart")
	says(t, agenthost(t, "swap", "sma", config, "--param", "fast=6", "--probation", "100000", "--reason", "try"), exitOK, "on probation")
	says(t, agenthost(t, "checkpoint", "make", config, "--reason", "now"), exitProblem, "agent sma is on probation after a swap")
	says(t, agenthost(t, "rollback", "sma", config, "--reason", "no"), exitOK, "sma runs")
	checkpointsListed(t, config, now.ID+3) // the module of before has been at work again
	l.kill()
	says(t, agenthost(t, "checkpoint", "list", config), exitOK, "agent/sma", "no host is running on", "checkpoints.db")
	says(t, agenthost(t, "checkpoint", "make", config, "--reason", "now"), exitProblem, "no host is running")
	says(t, agenthost(t, "checkpoint", "verify", config, "--deep"), exitOK, "agent/sma", "as a replay of the journal has it")
	l = startLive(t, config)
	awaitAgent(t, config, "full again", func(a *admin.AgentStatus) bool { return a.Mode == "full" })
	if !strings.Contains(l.log.String(), "1 agent from checkpoint") {
		t.Errorf("the log does not say what it started from:\n%s", l.log.String())
	}
	l.kill()

	path := filepath.Join(filepath.Dir(config), "data", checkpointsFile)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE part SET body = zeroblob(9)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	says(t, agenthost(t, "checkpoint", "verify", config), exitProblem, "cannot be used")
	l = startLive(t, config)
	awaitAgent(t, config, "full once more", func(a *admin.AgentStatus) bool { return a.Mode == "full" })
	if log := l.log.String(); !strings.Contains(log, "checkpoint refused") || !strings.Contains(log, "none of 3 checkpoints is of use") {
		t.Errorf("the log does not say that damaged checkpoints were refused:\n%s", log)
	}
	l.stop()
	v.stop(syscall.SIGTERM)
}
