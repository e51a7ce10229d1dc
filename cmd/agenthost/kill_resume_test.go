package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// TestKilledRunsResumeToTheSameState kills real processes by SIGKILL at random moments of their lives: while they
// start, run, compare what a run before them had done, and finish. Each kill is followed by --resume, which may be
// killed in its turn. A run that came to its end that way has the state, orders and fills of one that was never
// interrupted. `make kill-resume` kills KILLS times for each language; without KILLS it is a short version.
func TestKilledRunsResumeToTheSameState(t *testing.T) {
	const bars = 8_000
	kills := 4
	if text := os.Getenv("KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("KILLS=%q is no number of kills", text)
		}
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	table := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "strategy\tbars\tkills\tbefore the journal\twhile resuming\truns ended\tequal\torders\tfills\tstate_hash\t")
	for _, language := range []string{"go", "c", "as"} {
		k := killer{T: t, random: rand.New(rand.NewPCG(seed, uint64(len(language)))), path: writeConfigOf(t, bars, strategyIn(t, language))}
		k.run(kills)
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\t%.12s\t\n", language, bars, k.kills, k.early, k.resuming, k.ended, k.equal, k.want["orders"], k.want["fills"], k.want["state_hash"])
	}
	if err := table.Flush(); err != nil {
		t.Error(err)
	}
}

// strategyIn is the path of the SMA cross in a language.
func strategyIn(t *testing.T, language string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	name := "sma-cross-" + language
	if language != "go" {
		return filepath.Join(here, "../../plugins/examples", name, name+".wasm")
	}
	path := filepath.Join(t.TempDir(), name+".wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", path, "./plugins/examples/"+name)
	build.Dir = "../.."
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return path
}

// killer runs one configuration again and again.
type killer struct {
	*testing.T
	random *rand.Rand
	path   string
	want   map[string]any // the agent's summary without interruption
	whole  time.Duration  // that such a run took

	kills    int
	early    int // before there was a journal to resume
	resuming int
	ended    int // runs that were killed and came to their end
	equal    int
}

func (k *killer) run(kills int) {
	k.Helper()
	for range 2 { // the first one compiles
		began := time.Now()
		k.want = agenthost(k.T, "run", k.path, "--json").summary(k.T).Agents[0]
		k.whole = time.Since(began)
	}
	if fills, _ := k.want["fills"].(float64); fills < 10 {
		k.Fatalf("%v fills: the test shows little", k.want["fills"])
	}
	for k.kills < kills {
		if err := os.RemoveAll(k.runs()); err != nil {
			k.Fatal(err)
		}
		k.life(kills)
	}
}

// life is one recorded run: killed, and resumed, a few times.
func (k *killer) life(kills int) {
	k.Helper()
	killed := 0
	for {
		end := k.kills == kills || killed > 0 && k.random.IntN(4) == 0 // let this one live
		resume := k.begun()
		cmd := command(k.T, "run", k.path, "--json")
		if resume {
			cmd.Args = append(cmd.Args, "--resume")
		}
		timer := time.NewTimer(time.Hour)
		if !end {
			timer.Reset(time.Duration(k.random.Int64N(int64(k.whole) * 11 / 10)))
		}
		r, dead := k.until(cmd, timer.C)
		timer.Stop()
		if dead {
			killed++
			k.kills++
			if resume {
				k.resuming++
			}
			if !k.begun() {
				k.early++
			}
			continue
		}
		if killed > 0 {
			k.ended++
			k.compare(r)
		}
		return
	}
}

// until runs a process to its end, or to the moment at which it is killed.
func (k *killer) until(cmd *exec.Cmd, moment <-chan time.Time) (r result, dead bool) {
	k.Helper()
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-moment:
		if err := cmd.Process.Signal(syscall.SIGKILL); err == nil {
			<-done
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			dead = ok && status.Signaled() && status.Signal() == syscall.SIGKILL
		} else {
			<-done // it had just ended by itself
		}
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}, dead
}

func (k *killer) runs() string { return filepath.Join(filepath.Dir(k.path), "runs") }

// begun tells that there is a journal to go on from. A run that was killed before has promised nothing, and is
// begun anew.
func (k *killer) begun() bool {
	found, err := filepath.Glob(filepath.Join(k.runs(), "*", "journal.db"))
	if err != nil {
		k.Fatal(err)
	}
	return len(found) > 0
}

func (k *killer) compare(r result) {
	k.Helper()
	if r.code != exitOK {
		k.Fatalf("after %d kills: exit %d\n%s", k.kills, r.code, r.errOut)
	}
	got := r.summary(k.T).Agents[0]
	same := true
	for _, field := range []string{"state_hash", "orders", "fills", "trades", "final_equity", "ticks", "fees", "fuel"} {
		if fmt.Sprint(got[field]) != fmt.Sprint(k.want[field]) {
			same = false
			k.Errorf("after %d kills %s is %v, want %v", k.kills, field, got[field], k.want[field])
		}
	}
	if same {
		k.equal++
	}
}
