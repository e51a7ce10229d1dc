package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/chaos"
	"github.com/agenthost/agenthost/host/journal"
)

// What the configuration asks for reaches the part that does it.

// TestAnAlertThatNobodyTakesIsADeadLetter: a channel that refuses an alert for good leaves a letter in the journal, which
// is found, understood and dealt with like any other, whether a host runs or not.
func TestAnAlertThatNobodyTakesIsADeadLetter(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	var asked atomic.Int64
	pager := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "no such team", http.StatusNotFound)
	}))
	defer pager.Close()
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms", "--cash", "100")
	config := liveConfig(t, v.url, fmt.Sprintf("alert \"webhook\" \"pager\" { url = %q }", pager.URL))
	l := startLive(t, config)
	var letter admin.Letter
	awaitAgent(t, config, "an alert that was not told", func(*admin.AgentStatus) bool {
		r := agenthost(t, "dlq", "list", config, "--kind", "alert", "--limit", "1", "--json")
		return json.Unmarshal([]byte(r.out), &letter) == nil && letter.ID != ""
	})
	if asked.Load() == 0 || letter.Kind != "alert" || !strings.HasPrefix(letter.ID, "alert-") || len(letter.Attempts) == 0 {
		t.Errorf("asked %d times: %+v", asked.Load(), letter)
	}
	says(t, agenthost(t, "dlq", "show", letter.ID, config), exitOK, "404")
	says(t, agenthost(t, "dlq", "redrive", letter.ID, config, "--reason", "again"), exitProblem, "an alert is not told again")
	l.stop()
	says(t, agenthost(t, "dlq", "resolve", letter.ID, config, "--as", "noted", "--reason", "the pager is put right"), exitOK, letter.ID)
	says(t, agenthost(t, "dlq", "show", letter.ID, config), exitOK, "the pager is put right")
	v.stop(syscall.SIGTERM)
}

// TestTheBallastOfTheConfigurationIsAboard, is told of, and is given up when the disk is full and only then.
func TestTheBallastOfTheConfigurationIsAboard(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	path := liveConfig(t, v.url, "")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `ballast = "0B"`, "free_min = \"1MiB\"\n    ballast = \"2MiB\"", 1))
	text = []byte(strings.Replace(string(text), "disk { free_min", "disk {\n    free_min", 1))
	text = []byte(strings.Replace(string(text), `"2MiB" }`, "\"2MiB\"\n  }", 1))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	l := startLive(t, path)
	r := agenthost(t, "status", path, "--json")
	var st admin.Status
	if err := json.Unmarshal([]byte(r.out), &st); err != nil || st.Disk.Ballast != 2<<20 {
		t.Errorf("%d bytes of ballast, %v\n%s%s", st.Disk.Ballast, err, r.out, r.errOut)
	}
	says(t, agenthost(t, "status", path), exitOK, "2 MiB of ballast")
	l.stop()
	v.stop(syscall.SIGTERM)

	data := filepath.Join(filepath.Dir(path), "data")
	full := &liveHost{prepared: &prepared{config: &config.Config{Host: config.Host{DataDir: data}}, log: hclog.NewNullLogger()}}
	if full.ballast, err = host.OpenBallast(data, 2<<20, 1<<20); err != nil {
		t.Fatal(err)
	}
	full.failed(errors.New("database is locked"))
	if sizeOf(filepath.Join(data, "ballast")) != 2<<20 {
		t.Error("it is given up for what it does not help against")
	}
	full.failed(fmt.Errorf("append: %w", journal.ErrFull))
	if sizeOf(filepath.Join(data, "ballast")) != 0 {
		t.Error("the disk is full, and the ballast takes it")
	}
}

// TestTheFaultsOfTheConfigurationArePutIn: every attribute of a chaos block, each with a value of its own.
func TestTheFaultsOfTheConfigurationArePutIn(t *testing.T) {
	path := liveConfig(t, "http://127.0.0.1:1", `
  chaos {
    seed = 11
    venue {
      fail_rate   = "1%"
      codes       = [503, 429]
      latency     = "2ms"
      drop_before = "3%"
      drop_after  = "4%"
      duplicate   = "5%"
      delay       = "6%"
      delay_by    = "7s"
      reorder     = "8%"
      partial     = "9%"
    }
    feed {
      nan_rate   = "10%"
      stale_rate = "11%"
      gap_rate   = "12%"
    }
    store {
      full_after = "13MiB"
      full_for   = "14s"
      fail_rate  = "15%"
    }
  }`)
	t.Setenv("VENUE_KEY", "secret")
	c, d := config.Load(path, config.Options{Environ: os.LookupEnv})
	if d.HasErrors() {
		t.Fatalf("%v", d)
	}
	const percent = config.One / 100
	want := chaos.Config{
		Allowed: true, Seed: 11,
		Venue: chaos.VenueFaults{
			FailRate: percent, Codes: []int{503, 429}, NotProcessed: []int{429}, Latency: 2 * time.Millisecond, DropBefore: 3 * percent,
			DropAfter: 4 * percent, Duplicate: 5 * percent, Delay: 6 * percent, DelayBy: 7 * time.Second, Reorder: 8 * percent, Split: 9 * percent,
		},
		Feed:  chaos.FeedFaults{NaN: 10 * percent, Stale: 11 * percent, Gap: 12 * percent},
		Store: chaos.StoreFaults{FullAfter: 13 << 20, FullFor: 14 * time.Second, FailRate: 15 * percent},
	}
	if got := faultsOf(c.Host.Chaos, allTests(c.Venues)); !reflect.DeepEqual(got, want) {
		t.Errorf("\n%+v, want\n%+v", got, want)
	}
	x, err := newFaults(c.Host.Chaos, c.Venues)
	if err != nil {
		t.Fatal(err)
	}
	x.chaos.Close()
	c.Venues[0].Test = false
	if _, err := newFaults(c.Host.Chaos, c.Venues); !errors.Is(err, chaos.ErrNotAllowed) {
		t.Errorf("on a venue that is no test: %v", err)
	}
}
