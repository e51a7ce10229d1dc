package metrics_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/resilience"
)

var names = metrics.Names{Agent: "a", Venue: "v", Account: "main"}

// full is a host in which everything that can be told has a value.
func full() *metrics.Snapshot {
	return &metrics.Snapshot{
		Agents: []metrics.AgentGauges{{
			Names: names, Mode: "read_only", Reasons: []string{"feed_age", "feed_age", "operator"}, Currency: "USD", Equity: 10.5, Drawdown: 0.25,
			Positions: []metrics.PositionGauge{{Instrument: "X", Quantity: -2}}, OrdersOpen: 3, OrdersUnknown: 1, LastTick: 2e9, LastBar: 1e9,
		}},
		Accounts: []metrics.AccountGauges{{
			Venue: "v", Account: "main", Answers: true, Breaker: "half_open", Ready: true, Reconciled: 5e9, Skew: -0.5, LettersPending: map[string]int{"order": 2},
		}},
		Disk: metrics.DiskGauges{Free: 100, Ballast: 10, Journal: 20, FullAfter: 3600}, Ready: true, Writable: true,
	}
}

// busy is a set in which everything has happened.
func busy(source func(context.Context) *metrics.Snapshot) *metrics.Set {
	s := metrics.New(metrics.Config{Build: metrics.Build{Version: "1", Go: "go1"}, Source: source})
	s.Recovered(time.Second)
	s.Spans(2, 1)
	a := s.Agent(names)
	a.Turn(&event.Turn{
		Event: event.Event{Kind: event.KindMarket}, Verdict: event.VerdictOK, Fuel: 7,
		Requests: []event.Request{{Kind: event.RequestSubmit}, {Kind: event.RequestCancel}}, Denials: []event.Denial{{Code: event.DenyRate}},
	})
	a.Turn(&event.Turn{Event: event.Event{Kind: event.KindSwap}, Verdict: event.VerdictFuel, Fuel: 5})
	a.Turn(&event.Turn{Event: event.Event{Kind: event.KindOutcome, Outcome: event.Outcome{Kind: event.EventFunding}}})
	a.Dropped(4)
	c := s.Account("v", "main")
	c.Round(time.Millisecond, time.Microsecond)
	c.Tick(30 * time.Microsecond)
	c.Checkpoint(9e9, 4096)
	c.CheckpointFailed()
	c.Call(&event.Call{Kind: event.CallSubmit, Attempt: 2}, &event.Reply{Happening: resilience.Happening{Cause: resilience.CauseStatus, Number: 503}}, time.Second)
	c.Call(&event.Call{Kind: event.CallFills, Attempt: 1}, &event.Reply{Happening: resilience.Happening{Cause: resilience.CauseRefused}}, time.Second)
	return s
}

func scrape(t *testing.T, h http.Handler) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w.Code, w.Body.String()
}

type probes struct{ alive, ready []string }

func (p probes) Alive(context.Context) []string { return p.alive }
func (p probes) Ready(context.Context) []string { return p.ready }

func exposed(t *testing.T, s *metrics.Set) string {
	t.Helper()
	code, text := scrape(t, s.Handlers(probes{})["/metrics"])
	if code != http.StatusOK {
		t.Fatalf("status %d: %s", code, text)
	}
	return text
}

func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l+"\n") {
			t.Errorf("there is no line\n%s", l)
		}
	}
}

func TestCountersCountWhatHappened(t *testing.T) {
	text := exposed(t, busy(nil))
	const agent = `account="main",agent="a"`
	has(t, text,
		`agenthost_turns_total{`+agent+`,venue="v"} 3`,
		`agenthost_ticks_total{`+agent+`,venue="v",verdict="ok"} 1`,
		`agenthost_ticks_total{`+agent+`,venue="v",verdict="fuel"} 1`,
		`agenthost_ticks_total{`+agent+`,venue="v",verdict="trapped"} 0`,
		`agenthost_fuel_used_total{`+agent+`,venue="v"} 12`,
		`agenthost_rollbacks_total{`+agent+`,venue="v"} 1`,
		`agenthost_swaps_total{`+agent+`,venue="v"} 1`,
		`agenthost_events_dropped_total{`+agent+`,venue="v"} 4`,
		`agenthost_orders_submitted_total{`+agent+`,venue="v"} 1`,
		`agenthost_order_outcomes_total{`+agent+`,outcome="funding",venue="v"} 1`,
		`agenthost_order_outcomes_total{`+agent+`,outcome="fill",venue="v"} 0`,
		`agenthost_denials_total{`+agent+`,reason="rate",venue="v"} 1`,
		`agenthost_calls_total{account="main",kind="submit",result="http_5xx",venue="v"} 1`,
		`agenthost_calls_total{account="main",kind="fills",result="connection_refused",venue="v"} 1`,
		`agenthost_call_retries_total{account="main",kind="submit",venue="v"} 1`,
		`agenthost_call_duration_seconds_count{account="main",kind="submit",venue="v"} 1`,
		`agenthost_tick_duration_seconds_bucket{account="main",venue="v",le="5e-05"} 1`,
		`agenthost_tick_duration_seconds_bucket{account="main",venue="v",le="2.5e-05"} 0`,
		`agenthost_checkpoints_total{account="main",venue="v"} 1`, `agenthost_checkpoint_failures_total{account="main",venue="v"} 1`,
		`agenthost_checkpoint_timestamp_seconds{account="main",venue="v"} 9`, `agenthost_checkpoint_size_bytes{account="main",venue="v"} 4096`,
		`agenthost_recoveries_total 1`, `agenthost_recovery_duration_seconds 1`,
		`agenthost_trace_spans_exported_total 2`, `agenthost_trace_spans_dropped_total 1`)
}

func TestGaugesTellWhatIsAndNothingThatIsNotKnown(t *testing.T) {
	text := exposed(t, busy(func(context.Context) *metrics.Snapshot { return full() }))
	has(t, text,
		`agenthost_agent_mode{account="main",agent="a",mode="read_only",venue="v"} 1`,
		`agenthost_agent_mode{account="main",agent="a",mode="full",venue="v"} 0`,
		`agenthost_agent_mode_reason{account="main",agent="a",reason="feed_age",venue="v"} 1`,
		`agenthost_agent_equity{account="main",agent="a",currency="USD",venue="v"} 10.5`,
		`agenthost_agent_position_quantity{account="main",agent="a",instrument="X",venue="v"} -2`,
		`agenthost_breaker_state{account="main",state="half_open",venue="v"} 1`,
		`agenthost_breaker_state{account="main",state="open",venue="v"} 0`,
		`agenthost_dead_letters_pending{account="main",kind="order",venue="v"} 2`,
		`agenthost_dead_letters_pending{account="main",kind="tick",venue="v"} 0`,
		`agenthost_reconciliation_timestamp_seconds{account="main",venue="v"} 5`,
		`agenthost_disk_full_after_seconds 3600`, `agenthost_ready 1`)

	s := full()
	s.Disk.FullAfter, s.Disk.Free, s.Accounts[0].Answers, s.Accounts[0].LettersPending, s.Agents[0].LastTick = -1, -1, false, nil, 0
	text = exposed(t, busy(func(context.Context) *metrics.Snapshot { return s }))
	has(t, text, `agenthost_account_answers{account="main",venue="v"} 0`)
	for _, gone := range []string{"disk_full_after", "disk_free", "breaker_state", "dead_letters_pending", "agent_last_tick"} {
		if strings.Contains(text, "\nagenthost_"+gone) {
			t.Errorf("%s is not known and is told", gone)
		}
	}
}

func TestAScrapeWaitsForNobody(t *testing.T) {
	s := metrics.New(metrics.Config{SourceMax: time.Millisecond, Source: func(ctx context.Context) *metrics.Snapshot {
		<-ctx.Done()
		return &metrics.Snapshot{Accounts: []metrics.AccountGauges{{Venue: "v", Account: "stuck"}}}
	}})
	has(t, exposed(t, s), `agenthost_account_answers{account="stuck",venue="v"} 0`)
}

func TestTheSameNamesAreTheSameSeriesAfterARecovery(t *testing.T) {
	s := busy(nil)
	s.Agent(names).Turn(&event.Turn{})
	s.Account("v", "main").Round(0, -1)
	has(t, exposed(t, s), `agenthost_turns_total{account="main",agent="a",venue="v"} 4`, `agenthost_rounds_total{account="main",venue="v"} 2`)
}

func TestCountingATickAllocatesNothing(t *testing.T) {
	s := busy(nil)
	a, c := s.Agent(names), s.Account("v", "main")
	turn := &event.Turn{Event: event.Event{Kind: event.KindMarket}, Verdict: event.VerdictOK, Fuel: 7, Denials: []event.Denial{{Code: event.DenyRate}}}
	if n := testing.AllocsPerRun(1000, func() { a.Turn(turn); a.Dropped(0); c.Tick(time.Microsecond); c.Round(time.Millisecond, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNamesFollowPrometheusRules(t *testing.T) {
	text := exposed(t, busy(func(context.Context) *metrics.Snapshot { return full() }))
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "agenthost_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not installed; its linter was asked as a library")
		return
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// failing is a device whose appends store nothing, or only for one of two streams.
type failing struct {
	journal.Device
	err, batch error
}

func (f *failing) Append(batches []journal.Batch) error {
	batches[0].Err = f.batch
	return f.err
}

func TestTheJournalsDeviceIsMeasured(t *testing.T) {
	s := metrics.New(metrics.Config{})
	f := &failing{}
	d := s.Device(f)
	batches := func() []journal.Batch {
		return []journal.Batch{{Frames: []journal.Frame{{First: 3, Last: 5, Bytes: make([]byte, 10)}}}, {Frames: []journal.Frame{{First: 1, Last: 1, Bytes: make([]byte, 7)}}}}
	}
	if err := d.Append(batches()); err != nil {
		t.Fatal(err)
	}
	f.batch = journal.ErrFenced
	if err := d.Append(batches()); err != nil {
		t.Fatal(err)
	}
	f.err = errors.New("the disk is gone")
	if err := d.Append(batches()); !errors.Is(err, f.err) {
		t.Fatalf("the device's error became %v", err)
	}
	has(t, exposed(t, s), "agenthost_journal_appends_total 3", "agenthost_journal_append_failures_total 2",
		"agenthost_journal_entries_total 5", "agenthost_journal_appended_bytes_total 24", "agenthost_journal_flush_duration_seconds_count 3")
}

func TestProbesSayWhyNot(t *testing.T) {
	s := metrics.New(metrics.Config{})
	paths := s.Handlers(probes{ready: []string{"the journal cannot be written"}})
	if code, text := scrape(t, paths["/healthz"]); code != 200 || strings.TrimSpace(text) != `{"ok":true}` {
		t.Errorf("%d %s", code, text)
	}
	if code, text := scrape(t, paths["/readyz"]); code != 503 || !strings.Contains(text, `"reasons":["the journal cannot be written"]`) {
		t.Errorf("%d %s", code, text)
	}
	w := httptest.NewRecorder()
	paths["/readyz"].ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/readyz", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST gives %d", w.Code)
	}
}

func TestTheServerServesAndEnds(t *testing.T) {
	set := busy(nil)
	s, err := metrics.Listen("127.0.0.1:0", set.Handlers(probes{}))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 200, "/": 404, "/v1/status": 404} {
		r, err := http.Get("http://" + s.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: status %d, not %d", path, r.StatusCode, want)
		}
	}
	if _, err := metrics.Listen(s.Address(), nil); err == nil {
		t.Error("two servers listen on one address")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

var update = flag.Bool("update", false, "write the table of docs/METRICS.md anew")

const document, rules = "../../docs/METRICS.md", "../../docs/agenthost.rules.yml"

// TestTheDocumentIsWhatIsExposed holds the table of docs/METRICS.md against a scrape.
func TestTheDocumentIsWhatIsExposed(t *testing.T) {
	text := exposed(t, busy(func(context.Context) *metrics.Snapshot { return full() }))
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const head, foot = "<!-- table: made by go test ./host/metrics -update -->\n", "<!-- end of table -->\n"
	before, rest, ok := strings.Cut(string(b), head)
	got, after, ok2 := strings.Cut(rest, foot)
	if !ok || !ok2 {
		t.Fatal("docs/METRICS.md has no table")
	}
	want := table(text)
	if got == want {
		return
	}
	if !*update {
		t.Fatal("docs/METRICS.md is out of date: go test ./host/metrics -run Document -update")
	}
	if err := os.WriteFile(document, []byte(before+head+want+foot+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	described = regexp.MustCompile(`(?m)^# HELP (agenthost_\w+) (.*)\n# TYPE \w+ (\w+)\n\w+(?:\{(.*)\})? `)
	label     = regexp.MustCompile(`(\w+)="`)
)

func table(text string) string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | what it tells |\n| --- | --- | --- | --- |\n")
	for _, m := range described.FindAllStringSubmatch(text, -1) {
		var labels []string
		for _, l := range label.FindAllStringSubmatch(m[4], -1) {
			if l[1] != "le" {
				labels = append(labels, l[1])
			}
		}
		b.WriteString("| `" + m[1] + "` | " + m[3] + " | " + strings.Join(labels, ", ") + " | " + m[2] + " |\n")
	}
	return b.String()
}

// TestEveryAlertRestsOnWhatIsExposed: a rule about a series that nobody exposes never fires.
func TestEveryAlertRestsOnWhatIsExposed(t *testing.T) {
	text := exposed(t, busy(func(context.Context) *metrics.Snapshot { return full() }))
	b, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range regexp.MustCompile(`(?m)^(agenthost_\w+)[{ ]`).FindAllStringSubmatch(text, -1) {
		known = append(known, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^ *- record: (\S+)$`).FindAllStringSubmatch(string(b), -1) {
		known = append(known, m[1])
	}
	named := regexp.MustCompile(`\b[\w:]*agenthost_[\w:]+`).FindAllString(string(b), -1)
	if len(named) < 20 {
		t.Fatalf("the rules name %d series", len(named))
	}
	for _, n := range named {
		if !slices.Contains(known, n) {
			t.Errorf("a rule rests on %s, which is not exposed", n)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllStringSubmatch(string(b), -1) {
		if !strings.Contains(string(doc), "`"+m[1]+"`") {
			t.Errorf("docs/METRICS.md does not speak of alert %s", m[1])
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not installed: the rules were not checked by it")
		return
	}
	if out, err := exec.Command(promtool, "check", "rules", rules).CombinedOutput(); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, out)
	}
}
