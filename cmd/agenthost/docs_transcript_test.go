package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

var update = flag.Bool("update", false, "write the transcripts of docs/OPERATING.md anew")

// transcript types commands as an operator does, and keeps what the document shows of them.
type transcript struct {
	*testing.T
	folder string // where live.hcl is
	text   strings.Builder
}

// typed runs a line of a shell and shows so many lines of what it prints, 0 for all.
func (s *transcript) typed(line string, lines int) string {
	s.Helper()
	out := s.run(line)
	fmt.Fprintf(&s.text, "$ %s\n", line)
	shown := strings.SplitAfter(strings.ReplaceAll(out, s.folder+"/", ""), "\n")
	if lines > 0 && len(shown) > lines+1 {
		shown = append(shown[:lines], "…\n")
	}
	s.text.WriteString(strings.Join(shown, ""))
	return out
}

func (s *transcript) run(line string) string {
	s.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"), "VENUE_KEY=secret")
	out, err := cmd.CombinedOutput()
	if exit, failed := err.(*exec.ExitError); err != nil && (!failed || exit.ExitCode() > exitUsage) {
		s.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// await types a line, unseen, until what it prints has all of want.
func (s *transcript) await(line string, want ...string) string {
	s.Helper()
	out := ""
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		out = s.run(line)
		missing := ""
		for _, w := range want {
			if !strings.Contains(out, w) {
				missing = w
			}
		}
		if missing == "" {
			return out
		}
	}
	s.Fatalf("%s never says %q:\n%s", line, want, out)
	return ""
}

// edit changes a line of the configuration.
func (s *transcript) edit(old, now string) {
	s.Helper()
	path := filepath.Join(s.folder, "live.hcl")
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), old) {
		s.Fatalf("no %q in live.hcl: %v", old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, now, 1)), 0o600); err != nil {
		s.Fatal(err)
	}
}

// masks are what is another each time: moments, lengths of time, hashes and ids, numbers, folders.
var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`in step|\S+ (ahead|behind)`), "CLOCK"},
	{regexp.MustCompile(`\b(buy|sell|long|short)\b`), "SIDE"},
	{regexp.MustCompile(`connection ended: .*`), "connection ended: …"},
	{regexp.MustCompile(`orders that (add|reduce) are`), "orders are"}, // whichever met the fault
	{regexp.MustCompile(`\b[0-9a-f]{12,64}\b`), "HASH"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ns|µs|ms|s|m|h)(\d+(\.\d+)?(ms|s|m))*(\s|\b)`), "SPAN "},
	{regexp.MustCompile(`-?\b\d[\d,]*(\.\d+)?\b`), "N"},
	{regexp.MustCompile(`[ \t]+`), " "},
}

func masked(text string) []string {
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.with)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "flags ") || attempts.MatchString(line) && attempts.MatchString(lines[len(lines)-1]) {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// attempts are the rows of calls to a venue: there are as many as there was time for.
var attempts = regexp.MustCompile(`^(N (submit|lookup)|TIME (sent|answered|settled)) `)

// holds compares with what the document shows between its marks, or writes it there.
func (s *transcript) holds(name string) {
	s.Helper()
	const document = "../../docs/OPERATING.md"
	b, err := os.ReadFile(document)
	if err != nil {
		s.Fatal(err)
	}
	begin, end := "<!-- transcript "+name+": held by go test ./cmd/agenthost -run Transcript; -update writes it anew -->\n```\n", "```\n<!-- end of transcript -->"
	before, rest, found := strings.Cut(string(b), begin)
	shown, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		s.Fatalf("%s has no transcript %q", document, name)
	}
	if *update {
		if err := os.WriteFile(document, []byte(before+begin+s.text.String()+end+after), 0o644); err != nil {
			s.Fatal(err)
		}
		return
	}
	want, got := masked(shown), masked(s.text.String())
	for i := range max(len(want), len(got)) {
		w, g := "(nothing more)", "(nothing more)"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			s.Fatalf("%s, transcript %q, line %d shows\n  %s\nand today's agenthost prints\n  %s\nall of it:\n%s", document, name, i+1, w, g, s.text.String())
		}
	}
}

func newTranscript(t *testing.T, config string) *transcript {
	return &transcript{T: t, folder: filepath.Dir(config)}
}

func TestTranscriptOfAnOperatorsDay(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	config := liveConfig(t, v.url, "")
	l := startLive(t, config)
	s := newTranscript(t, config)
	s.run("echo an e-mail, not a module > bad.wasm")
	awaitAgent(t, config, "at work for a while", func(a *admin.AgentStatus) bool { return inPosition(a) && a.Ticks > 30 })
	s.await("agenthost status live.hcl", "sma    full", "sma holds")
	s.typed("agenthost status live.hcl", 0)
	s.typed("agenthost agents live.hcl", 0)
	s.typed(`agenthost swap sma bad.wasm live.hcl --reason "fixes #7"`, 0)
	s.typed(`agenthost swap sma live.hcl --param fast=3 --shadow 40 --dry-run --reason "what would differ?"`, 2)
	s.typed(`agenthost swap sma live.hcl --param fast=3 --probation 10000 --reason "faster"`, 0)
	s.typed(`agenthost rollback sma live.hcl --reason "too nervous"`, 0)
	s.typed(`agenthost checkpoint make live.hcl --reason "before the new settings"`, 0)
	s.edit("slow = 12", "slow = 12x")
	s.typed(`agenthost reload live.hcl --reason "slower"     # with a mistake in the file`, 0)
	s.edit("slow = 12x", "slow = 15")
	s.edit("capital     = 10000", "capital     = 20000")
	s.typed(`agenthost reload live.hcl --reason "slower"     # put right, and more money`, 0)
	s.edit("capital     = 20000", "capital     = 10000")
	s.typed(`agenthost reload live.hcl --reason "slower"     # without`, 0)
	s.typed(`agenthost reload live.hcl --reason "slower"     # once more`, 0)
	s.typed(`agenthost mode sma read_only live.hcl --reason "earnings tonight"`, 0)
	s.typed("agenthost mode sma live.hcl", 0)
	s.typed("agenthost audit live.hcl", 0)
	l.stop()
	v.stop(syscall.SIGTERM)
	s.holds("of a day")
}

// lettersPath makes dead letters within seconds.
const lettersPath = `dedupe   = "forever"
  timeout      = "5s"
  calls_max    = 1
  unknown_max  = "9s"
  settle {
    absences = 2
    spacing  = "500ms"
    window   = "6s"
  }
  retry {
    base         = "100ms"
    cap          = "500ms"
    attempts_max = 100
  }
  time_to_live {
    market = "1s"
    limit  = "2s"
    stop   = "2s"
  }
  breaker {
    consecutive_max = 0
    failure_rate    = 0
  }
`

// richAgent wishes for more than the account can pay.
const richAgent = `
instrument "B" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}
agent "rich" {
  strategy    = %q
  feed        = "prices"
  venue       = "exchange"
  account     = "main"
  instruments = ["B"]
  capital     = 10000000
  params {
    fast = 5
    slow = 12
    size = 0.5
  }
}
`

func TestTranscriptOfDeadLetters(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A,B", "--interval", "100ms", "--admin")
	config := liveConfig(t, v.url, "")
	s := newTranscript(t, config)
	s.edit(`dedupe   = "forever"`, lettersPath+soakPolled)
	s.edit(`instruments = ["A"]`, `instruments = ["A", "B"]`) // the feed's
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(b, fmt.Sprintf(richAgent, strategyIn(t, "c"))...), 0o600); err != nil {
		t.Fatal(err)
	}
	faults := func(text string) { v.do("POST", "/admin/faults", text) }
	l := startLive(t, config)
	id := func(filter string) string {
		out := s.await("agenthost dlq list live.hcl --state pending --json "+filter, `"id":"`)
		_, rest, _ := strings.Cut(out, `"id":"`)
		found, _, _ := strings.Cut(rest, `"`)
		return found
	}

	rejected := id("--agent rich --cause rejected")
	s.run(`agenthost halt rich live.hcl --reason "the account is too small"`)
	s.typed("agenthost dlq stats live.hcl", 0)
	s.typed("agenthost dlq show "+rejected+" live.hcl", 0)
	s.typed("agenthost dlq resolve "+rejected+` live.hcl --as noted --reason "rich is given less capital"`, 0)

	faults(`{"latency":"1800ms"}`) // while one is on its way, the next waits
	expired := id("--agent sma --cause expired")
	s.run(`agenthost halt sma live.hcl --reason "look"`)
	faults(`{"latency":"0s"}`)
	s.typed("agenthost dlq list live.hcl --agent sma --cause expired --limit 1", 2)
	s.typed("agenthost dlq show "+expired+" live.hcl", 0)
	s.typed("agenthost dlq redrive "+expired+" live.hcl --dry-run", 0)
	s.typed("agenthost dlq resolve "+expired+` live.hcl --as noted --reason "the chance is gone"`, 0)

	s.run("agenthost dlq resolve --all live.hcl --as noted --reason tidy")
	s.run(`agenthost mode sma full live.hcl --reason "on"`)
	s.await("agenthost mode sma live.hcl", "sma is full")
	faults(`{"drop_before_rate":"1","fail_reads":true}`)
	unknown := id("--agent sma --cause unknown")
	s.run(`agenthost halt sma live.hcl --reason "look"`)
	s.typed("agenthost dlq show "+unknown+" live.hcl", 0)
	s.typed("agenthost dlq redrive "+unknown+" live.hcl --dry-run", 0)
	s.typed("agenthost dlq resolve "+unknown+` live.hcl --as absent --reason "their page has no such order"`, 0)
	s.typed("agenthost orders show "+unknown+" live.hcl", 10)
	faults(`{"drop_before_rate":"0","fail_reads":false}`)
	s.run("agenthost dlq resolve --all live.hcl --as noted --reason tidy")
	l.stop()
	v.stop(syscall.SIGTERM)
	s.holds("of dead letters")
}
