package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/config"
)

// liveWorld is a host's folder and configuration, beside a venue in a process of its own.
type liveWorld struct {
	*testing.T
	venue  *venueProcess
	folder string
	data   string
	config string
	log    *os.File
	quiet  context.CancelFunc
}

// worldOptions are what is special about a world. Venue are more flags of the venue; Host, Path and
// Agent more lines of the host's, the venue's and the agent's block.
type worldOptions struct {
	Dedupe            string
	Venue             []string
	Host, Path, Agent string
	// Data is the host's data_dir, a folder of the test if empty.
	Data string
}

const worldText = `
host {
  data_dir = %q
%s
  disk {
    ballast  = "0B"
    free_min = "0B"
  }
}
instrument "A" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}
instrument "B" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}
feed "live" "prices" {
  url         = %q
  key_env     = "VENUE_KEY"
  instruments = ["A", "B"]
  interval    = "100ms"
}
venue "http" "exchange" {
  base_url = %q
  key_env  = "VENUE_KEY"
  test     = true
  dedupe   = %q
%s
}
agent "trader" {
  strategy    = %q
  feed        = "prices"
  venue       = "exchange"
  account     = "main"
  instruments = ["A", "B"]
  capital     = 50000
  on_stop     = "keep"
  risk {
    order_notional_max    = 10000
    position_notional_max = 40000
    exposure_max          = 90000
    open_orders_max       = 30
  }
%s
}
`

func newWorld(t *testing.T, o worldOptions) *liveWorld {
	t.Helper()
	if o.Dedupe == "" {
		o.Dedupe = "forever"
	}
	w := &liveWorld{T: t, folder: t.TempDir(), data: o.Data}
	if w.data == "" {
		w.data = filepath.Join(w.folder, "data")
	}
	args := []string{"--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A,B", "--interval", "100ms", "--manual", "--dedupe", o.Dedupe, "--admin", "--log-level", "error"}
	w.venue = startVenue(t, append(args, o.Venue...)...)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	w.config = filepath.Join(w.folder, "world.hcl")
	strategy := filepath.Join(here, "../../host/simulation/strategies/trader.wasm")
	text := fmt.Sprintf(worldText, w.data, o.Host, w.venue.url, w.venue.url, o.Dedupe, o.Path, strategy, o.Agent)
	if err := os.WriteFile(w.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if w.log, err = os.Create(filepath.Join(w.folder, "host.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.log.Close() })
	w.trade()
	return w
}

// trade lets a bar come each 100 ms, until quiet ends that: then nothing makes the strategy order any more.
func (w *liveWorld) trade() {
	var ctx context.Context
	ctx, w.quiet = context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.venue.try("POST", "/admin/step", `{"bars":1}`)
			}
		}
	}()
	stop := w.quiet
	w.quiet = func() { stop(); <-ended }
	w.Cleanup(w.quiet)
}

// start runs agenthost on the world's configuration; what it says goes to the world's log.
func (w *liveWorld) start(args ...string) *exec.Cmd {
	w.Helper()
	if len(args) == 0 {
		args = []string{"run", w.config}
	}
	cmd := command(w.T, args...)
	cmd.Env = append(os.Environ(), "VENUE_KEY=secret")
	cmd.Stdout, cmd.Stderr = w.log, w.log
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { cmd.Process.Kill() }) // for tests that ended early
	return cmd
}

// up starts a host and waits until it is at work.
func (w *liveWorld) up() *exec.Cmd {
	w.Helper()
	info, err := w.log.Stat()
	if err != nil {
		w.Fatal(err)
	}
	cmd := w.start("run", w.config)
	w.until("the host works", 20*time.Second, func() bool {
		b, err := os.ReadFile(w.log.Name())
		return err == nil && bytes.Contains(b[info.Size():], []byte("feed is connected"))
	})
	return cmd
}

// ends waits for a process that ends by itself.
func (w *liveWorld) ends(cmd *exec.Cmd, within time.Duration) int {
	w.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(within):
		cmd.Process.Kill()
		<-done
		w.Fatalf("not ended within %s:\n%s", within, w.said())
	}
	return cmd.ProcessState.ExitCode()
}

// stop stops a host cleanly.
func (w *liveWorld) stop(cmd *exec.Cmd) {
	w.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.Fatalf("%v\n%s", err, w.said())
	}
	if code := w.ends(cmd, 40*time.Second); code != exitOK {
		w.Fatalf("stopped by SIGTERM, exit %d:\n%s", code, w.said())
	}
}

// said is what the hosts of this world wrote, the end of it where that is much.
func (w *liveWorld) said() string {
	b, err := os.ReadFile(w.log.Name())
	if err != nil {
		w.Fatal(err)
	}
	return string(b[max(0, len(b)-4000):])
}

// until waits for what is to come true. It looks again and again, so that nothing rests on how long a wait is.
func (w *liveWorld) until(what string, within time.Duration, is func() bool) {
	w.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("%s: not within %s\n%s", what, within, w.said())
		}
	}
}

// calm switches the venue's faults off.
func (w *liveWorld) calm() {
	w.Helper()
	if got := w.venue.do("POST", "/admin/faults", `{"fail_rate":"0","latency":"0s","fail_reads":false,"drop_before_rate":"0","drop_after_rate":"0","delay_rate":"0"}`); strings.Contains(got, `"error"`) {
		w.Fatal(got)
	}
}

// worldBooks are what /admin/books tells.
type worldBooks struct {
	Accounts []accountBooks
	Counts   map[string]uint64
	Pending  int
}

type accountBooks struct {
	Orders    []venueOrder
	Positions []venuePosition
}

func (w *liveWorld) allBooks() (b worldBooks) {
	w.Helper()
	text := w.venue.do("GET", "/admin/books", "")
	if err := json.Unmarshal([]byte(text), &b); err != nil || len(b.Accounts) != 1 {
		w.Fatalf("books: %v\n%s", err, text)
	}
	return b
}

func (w *liveWorld) books() accountBooks { return w.allBooks().Accounts[0] }

// loaded is the world's configuration.
func (w *liveWorld) loaded() *config.Config {
	w.Helper()
	c, d := config.Load(w.config, config.Options{Environ: os.LookupEnv})
	if d.HasErrors() {
		w.Fatal(d)
	}
	return c
}

// keep copies the world's folder to where it outlives the test, for whoever looks for a fault.
func (w *liveWorld) keep() {
	w.Helper()
	dir, err := os.MkdirTemp("", "agenthost-world")
	if err != nil {
		w.Error(err)
		return
	}
	books := w.venue.do("GET", "/admin/books", "")
	if err := errors.Join(os.CopyFS(filepath.Join(dir, "world"), os.DirFS(w.folder)), os.WriteFile(filepath.Join(dir, "books.json"), []byte(books), 0o600)); err != nil {
		w.Error(err)
	}
	w.Logf("kept in %s", dir)
}
