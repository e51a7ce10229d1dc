package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

const (
	rejectedID = "a6e70000000000000000000000000001"
	expiredID  = "a6e70000000000000000000000000002"
	unknownID  = "a6e70000000000000000000000000003"
)

// moment is when the letters' story begins.
var moment = time.Date(2026, 11, 23, 18, 15, 0, 0, time.UTC).UnixNano()

// sampleLetters are one of each cause that an operator meets first.
func sampleLetters() []event.Letter {
	order := func(id, state string) *event.LetterOrderFacts {
		return &event.LetterOrderFacts{ID: id, Side: "buy", Type: "limit", TIF: "gtc", Size: "10", Price: "797.8", State: state, Created: moment}
	}
	second := int64(time.Second)
	return []event.Letter{
		{
			ID: unknownID, Kind: event.LetterOrder, Agent: "sma", Venue: "exchange", Account: "main", Instrument: "GOOG", Time: moment + 3*second,
			Cause: "unknown", Message: "asked 5 times in 60 s, never an answer", Order: order(unknownID, "unknown"),
			Attempts: []event.LetterAttempt{
				{Number: 1, Call: "submit", Sent: moment + second, Answered: moment + 2*second, Proof: "unknown", Cause: "connection ended", Detail: "EOF"},
				{Number: 1, Call: "lookup", Sent: moment + 2*second},
			},
		},
		{
			ID: rejectedID, Kind: event.LetterOrder, Agent: "sma", Venue: "exchange", Account: "main", Instrument: "GOOG", Time: moment + second,
			Cause: "rejected", Message: "not enough money\x1b[2J", Order: order(rejectedID, "rejected"),
			Attempts: []event.LetterAttempt{{Number: 1, Call: "submit", Sent: moment, Answered: moment + second, Proof: "rejected", Cause: "HTTP", Status: 402}},
		},
		{
			ID: expiredID, Kind: event.LetterOrder, Agent: "rsi", Venue: "exchange", Account: "main", Instrument: "GOOG", Time: moment + 2*second,
			Cause: "expired", Message: "never sent: the breaker was open for 30 s", Order: order(expiredID, "expired"),
		},
	}
}

// deskHost is a host that keeps letters and what it was told.
type deskHost struct {
	mu   sync.Mutex
	book admin.Book
	told []string
}

func (h *deskHost) tell(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, what)
}

func (h *deskHost) last() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.told) == 0 {
		return "nothing"
	}
	return h.told[len(h.told)-1]
}

func (h *deskHost) Status(context.Context) (admin.Status, error) {
	now := moment + int64(time.Minute)
	return admin.Status{
		Time: now, PID: 77, Config: "my.hcl", Started: moment,
		Agents: []admin.AgentStatus{{
			Name: "sma", Mode: "read_only", Equity: "9951.25", Currency: "USD", Drawdown: "0.0487", DeadLetters: 2, LastBar: now,
			Reasons:   []admin.ModeReason{{Condition: "drawdown", Mode: "read_only", Text: "4.87 % from the peak, 4 % allowed", Since: moment, Latched: true}},
			Positions: []admin.Position{{Instrument: "GOOG", Quantity: "10", Price: "797.8"}},
		}},
		Accounts: []admin.AccountStatus{{
			Venue: "exchange", Account: "main", Breaker: "open", BreakerUntil: now + int64(5*time.Second), Held: true, HeldReason: "401: the key is wrong",
			Differences: []admin.Difference{{Instrument: "GOOG", Ours: "10", Theirs: "12"}}, Skew: -20 * time.Millisecond,
		}},
		Alerts: []admin.AlertStatus{{Key: "dead_letter", Level: "warning", Agent: "sma", Text: "2 dead letters", Since: moment, Undelivered: "pager: refused"}},
		Disk:   admin.DiskStatus{Path: "/data", Free: 512 << 20, Writable: true},
	}, nil
}

func (h *deskHost) SetMode(_ context.Context, agent string, c admin.ModeChange) (admin.AgentStatus, error) {
	h.tell("mode " + agent + " " + c.Mode + " by " + c.By + ": " + c.Reason)
	return admin.AgentStatus{Name: agent, Mode: c.Mode}, nil
}

func (h *deskHost) Halt(_ context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	h.tell("halt " + t.String() + ": " + a.Reason)
	return admin.Stopping{Agents: []admin.StoppingAgent{{Name: "sma", Mode: "observation", Cancelling: 2}}}, nil
}

func (h *deskHost) Flatten(_ context.Context, t admin.Target, a admin.Act) (admin.Stopping, error) {
	h.tell("flatten " + t.String() + ": " + a.Reason)
	return admin.Stopping{Agents: []admin.StoppingAgent{{
		Name: "sma", Mode: "shutdown", Closing: []admin.Position{{Instrument: "GOOG", Quantity: "10"}}, Problem: "the breaker is open",
	}}}, nil
}

func (h *deskHost) ChangeAccount(_ context.Context, venue, account string, what admin.AccountAct, _ admin.Act) (admin.AccountStatus, error) {
	h.tell(string(what))
	return admin.AccountStatus{Venue: venue, Account: account}, nil
}

func (h *deskHost) Orders(_ context.Context, q admin.OrderQuery) (admin.OrderList, error) {
	return q.Select([]admin.Order{{ID: unknownID, Agent: "sma", Instrument: "GOOG", Side: "buy", SizeKind: "units", Size: "10", State: "unknown", Created: moment}}), nil
}

func (h *deskHost) Order(_ context.Context, id string) (admin.OrderStory, error) {
	if id != unknownID {
		return admin.OrderStory{}, admin.Missing("order", id)
	}
	l, _ := h.book.Get(id)
	return admin.OrderStory{
		Order:   admin.Order{ID: id, Agent: "sma", Instrument: "GOOG", Side: "buy", SizeKind: "units", Size: "10", State: "unknown"},
		Events:  []admin.OrderEvent{{Time: moment, What: "sent", Call: "submit", Attempt: 1}, {Time: moment, What: "answered", Call: "submit", Attempt: 1, Proof: "unknown", Cause: "connection ended"}},
		Letters: []admin.Letter{l},
	}, nil
}

func (h *deskHost) Letters(context.Context) ([]admin.Letter, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.book.Letters(), nil
}

func (h *deskHost) Redrive(_ context.Context, id string, r admin.Redrive) (admin.RedriveResult, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	res := admin.RedriveResult{ID: id, DryRun: r.DryRun, Allowed: true, Age: time.Hour, OrderID: "a6e7new", Checks: []admin.Check{{Name: "age", Passed: true, Text: "1h, no limit"}}}
	if r.AgeMax > 0 && r.AgeMax < time.Hour {
		if !r.DryRun {
			return admin.RedriveResult{}, admin.Refuse("age", "it is 1h old; at most %v is allowed", r.AgeMax)
		}
		res.Allowed, res.Checks[0] = false, admin.Check{Name: "age", Text: "1h, at most " + r.AgeMax.String()}
	}
	if res.Allowed && !r.DryRun && !h.book.Act(event.LetterAct{ID: id, Act: event.LetterRedriven, By: r.By, Reason: r.Reason, Time: moment, NewID: "a6e7new"}) {
		return admin.RedriveResult{}, admin.Missing("dead letter", id)
	}
	return res, nil
}

func (h *deskHost) Resolve(_ context.Context, id string, r admin.Resolve) (admin.Letter, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.book.Act(event.LetterAct{ID: id, Act: event.LetterResolved, By: r.By, Reason: r.Reason, Time: moment, As: r.As, Filled: r.Filled, Price: r.Price}) {
		return admin.Letter{}, admin.Missing("dead letter", id)
	}
	l, _ := h.book.Get(id)
	return l, nil
}

func (h *deskHost) TestAlert(_ context.Context, a admin.Act) ([]admin.AlertDelivery, error) {
	h.tell("alert test: " + a.Reason)
	return []admin.AlertDelivery{{Channel: "log", Delivered: true}, {Channel: "pager", Error: "connection refused"}}, nil
}

// desk runs a host for the command line to talk to, and returns its socket.
func desk(t *testing.T) (*deskHost, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ah") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &deskHost{}
	for _, l := range sampleLetters() {
		h.book.Letter(l, "lane/exchange/main", 1)
	}
	s, err := admin.Listen(admin.Config{Socket: filepath.Join(dir, "s"), Host: h})
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
	return h, filepath.Join(dir, "s")
}

// says holds a command's exit code, and words that its output must have, in this order.
func says(t *testing.T, r result, code int, want ...string) {
	t.Helper()
	all := r.out + r.errOut
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s", r.code, code, all)
	}
	if strings.ContainsRune(all, 0x1b) {
		t.Errorf("an escape reached the terminal: %q", all)
	}
	rest := all
	for _, w := range want {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Errorf("no %q (in this order) in\n%s", w, all)
			return
		}
		rest = after
	}
}

func TestANewOperatorDealsWithDeadLettersByTheCommandLinesOwnWords(t *testing.T) {
	_, socket := desk(t)
	ask := func(args ...string) result { return agenthost(t, append(args, "--socket", socket)...) }
	says(t, ask("dlq", "stats"), exitOK, "3 pending", "order rejected: 1 pending", "not enough money", "The venue has refused", "dlq show "+rejectedID+" --socket "+socket,
		"order expired: 1 pending", "order unknown: 1 pending", "counts as exposure")
	says(t, ask("dlq", "list"), exitOK, rejectedID, expiredID, unknownID, "dlq show ID")
	says(t, ask("dlq", "list", "--cause", "rejected", "--agent", "rsi"), exitOK, "no dead letter fits")
	says(t, ask("dlq", "list", "--cause", "rejectd"), exitOK, "no dead letter fits; the causes that have a meaning are rejected, expired, not_sent, unknown")

	says(t, ask("dlq", "show", rejectedID), exitOK, "pending", "not enough money", "buy 10, limit, gtc, price 797.8", "submit", "rejected", "402",
		"what can be done", "the strategy orders anew", "dlq resolve "+rejectedID+" --socket "+socket, "--as noted")
	says(t, ask("dlq", "redrive", rejectedID, "--dry-run"), exitOK, "would go out again as a6e7new", "passed", "age")
	says(t, ask("dlq", "redrive", rejectedID, "--dry-run", "--age-max", "1m"), exitProblem, "would NOT go out", "FAILED", "at most 1m")
	says(t, ask("dlq", "redrive", rejectedID, "--age-max", "1m", "--reason", "paid in"), exitProblem, rejectedID+": it is 1h old; at most 1m0s is allowed")
	says(t, ask("dlq", "redrive", rejectedID), exitUsage, "say why with --reason")
	says(t, ask("dlq", "redrive", rejectedID, "--by", "ann", "--reason", "paid in"), exitOK, "goes out again as a6e7new")
	says(t, ask("dlq", "show", rejectedID), exitOK, "redriven as a6e7new", "by ann: paid in")

	says(t, ask("dlq", "show", expiredID), exitOK, "the breaker was open", "was never sent", "agenthost status --socket "+socket)
	says(t, ask("dlq", "resolve", expiredID, "--as", "noted", "--reason", "the price is gone"), exitOK, "is resolved as noted")

	says(t, ask("dlq", "show", unknownID), exitOK, "nobody knows what became of it", "look at the venue itself", "--as filled --price 101.5", "--as absent")
	says(t, ask("dlq", "resolve", unknownID, "--reason", "seen"), exitUsage, "--as filled, cancelled, absent or noted")
	says(t, ask("dlq", "resolve", unknownID, "--as", "filled", "--filled", "4", "--price", "797.5", "--by", "ann", "--reason", "trade 4711"), exitOK, "is resolved as filled")
	says(t, ask("dlq", "list", "--state", "resolved", "--json"), exitOK, expiredID, unknownID, `"resolution":`, `"filled":"4","price":"797.5"`)
	says(t, ask("dlq", "stats"), exitOK, "0 pending, 1 redriven, 2 resolved")
	says(t, ask("dlq", "show", "nothing"), exitProblem, `there is no dead letter "nothing"`)
}

func TestManyLettersAreDealtWithTheOldestFirst(t *testing.T) {
	h, socket := desk(t)
	r := agenthost(t, "dlq", "redrive", "--all", "--reason", "again", "--json", "--socket", socket)
	says(t, r, exitOK, rejectedID, expiredID, unknownID)
	if h.book.Letters()[0].State != admin.LetterRedriven {
		t.Errorf("%+v", h.book.Letters()[0])
	}
	says(t, agenthost(t, "dlq", "resolve", "--all", "--as", "noted", "--reason", "r", "--socket", socket), exitOK, "no pending letter fits")
	says(t, agenthost(t, "dlq", "resolve", "--all", "--as", "filled", "--reason", "r", "--socket", socket), exitUsage, "one at a time")
	says(t, agenthost(t, "dlq", "resolve", "x", "--cause", "expired", "--as", "noted", "--reason", "r", "--socket", socket), exitUsage, "say --all with them")
}

func TestARefusedLetterDoesNotHoldUpTheNext(t *testing.T) {
	_, socket := desk(t)
	r := agenthost(t, "dlq", "redrive", "--all", "--age-max", "1m", "--reason", "r", "--socket", socket)
	says(t, r, exitProblem, rejectedID, expiredID, unknownID)
}

func TestARunningHostIsLookedAtAndStopped(t *testing.T) {
	h, socket := desk(t)
	ask := func(args ...string) result { return agenthost(t, append(args, "--socket", socket)...) }
	says(t, ask("status"), exitOK, "host 77 runs my.hcl", "9951.25 USD", "4.87 %", "sma is read_only for drawdown", "4 % allowed", "stays until a person",
		"sma holds 10 GOOG at 797.8", "exchange/main", "open for 5s", "20ms behind", "is held", "401", "agenthost account release exchange/main --socket "+socket, "differs in GOOG: 10 by our books, 12 at the venue",
		"dead_letter", "not delivered: pager: refused", "512 MiB free", "2 dead letters wait for a person: agenthost dlq stats --socket "+socket)
	says(t, ask("mode", "sma"), exitOK, "sma is read_only", "for drawdown")
	says(t, ask("mode", "smaa"), exitProblem, `there is no agent "smaa"; there is sma`)
	says(t, ask("mode", "sma", "readonly"), exitUsage, `no mode "readonly": write full, read_only`)
	says(t, ask("mode", "sma", "full"), exitUsage, "--reason")
	says(t, ask("mode", "sma", "full", "--by", "ann", "--reason", "looked at"), exitOK, "sma is full")
	for _, c := range []struct {
		args []string
		told string
		code int
		says string
	}{
		{[]string{"halt", "sma", "--reason", "r1"}, "halt agent sma: r1", exitOK, "observation"},
		{[]string{"halt", "exchange/main", "--reason", "r2"}, "halt account exchange/main: r2", exitOK, "agenthost status --socket"},
		{[]string{"halt", "--all", "--reason", "r3"}, "halt all agents: r3", exitOK, "cancelling"},
		{[]string{"flatten", "--all", "--reason", "r4"}, "flatten all agents: r4", exitProblem, "the breaker is open"},
		{[]string{"flatten", "sma", "--json", "--reason", "r5"}, "flatten agent sma: r5", exitProblem, `"closing":[{"instrument":"GOOG","quantity":"10"}]`},
		{[]string{"alert", "test"}, "alert test: a test of the channels", exitProblem, "1 of 2 channels did not take the alert"},
	} {
		says(t, ask(c.args...), c.code, c.says)
		if told := h.last(); told != c.told {
			t.Errorf("%v: the host was told %q", c.args, told)
		}
	}
	for verb, told := range map[string]string{
		"account hold": "hold", "account release": "release", "account reconcile": "reconcile", "breaker isolate": "breaker/isolate", "breaker release": "breaker/release",
	} {
		args := append(strings.Fields(verb), "exchange/main")
		says(t, ask(append(args, "--reason", "r")...), exitOK, "exchange/main: breaker")
		if h.last() != told {
			t.Errorf("%s: the host was told %q", verb, h.last())
		}
		says(t, ask(args...), exitUsage, "say why")
		says(t, ask(append(strings.Fields(verb), "sma", "--reason", "r")...), exitUsage, "write VENUE/ACCOUNT")
	}
	says(t, ask("halt", "--reason", "r"), exitUsage, "needs an agent, a VENUE/ACCOUNT, or --all")
	says(t, ask("halt", "a/b/c", "--reason", "r"), exitUsage, "VENUE/ACCOUNT")
	says(t, ask("halt", "--all"), exitUsage, "say why")
	says(t, ask("orders", "list"), exitOK, unknownID, "unknown")
	says(t, ask("orders", "list", "--state", "lost"), exitUsage, "write open, over, all")
	says(t, ask("orders", "show", unknownID), exitOK, "UNKNOWN", "submit 1", "connection ended", "it has a dead letter, unknown (pending): agenthost dlq show "+unknownID)
}

func TestTheSocketIsFoundByTheEnvironmentToo(t *testing.T) {
	_, socket := desk(t)
	cmd := command(t, "status", "--json")
	cmd.Env = append(os.Environ(), socketVariable+"="+socket)
	says(t, finished(t, cmd), exitOK, `"pid":77`)
}

func TestWithoutAHostItIsSaidHowToStartOne(t *testing.T) {
	config := writeConfig(t, 10)
	for _, args := range [][]string{
		{"status", config},
		{"halt", "--all", config, "--reason", "r"},
		{"dlq", "resolve", "x", config, "--as", "noted", "--reason", "r"},
		{"mode", "sma", "full", config, "--reason", "r"},
		{"alert", "test", config},
		{"dlq", "list", config},
	} {
		says(t, agenthost(t, args...), exitProblem, "no host is running on", "agenthost run "+config)
	}
	cmd := command(t, "status")
	cmd.Dir = t.TempDir()
	says(t, finished(t, cmd), exitUsage, "which host?")
	says(t, agenthost(t, "status", "missing.hcl"), exitProblem, "there is no file or folder missing.hcl")
	says(t, agenthost(t, "status", config, "--socket", "x"), exitUsage, "both name a host")
}

// writeLetters makes the journal that a host leaves: letters in their lane, and what a person did.
func writeLetters(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	d, err := journal.OpenSQLite(filepath.Join(dir, "journal.db"), journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire("lane/exchange/main", "test", moment, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range sampleLetters() {
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		s.Append(journal.KindDeadLetter, 0, l.Time, b)
	}
	b, err := event.AppendLetterAct(nil, &event.LetterAct{ID: expiredID, Act: event.LetterResolved, By: "ann", Reason: "gone", Time: moment + int64(time.Hour), As: event.LetterNoted})
	if err != nil {
		t.Fatal(err)
	}
	s.Append(journal.KindAudit, 0, moment+int64(time.Hour), b)
	s.Append(journal.KindAudit, 0, moment+int64(time.Hour), []byte(`{"subject":"mode","mode":"full"}`))
	old := `{"kind":"tick","agent":"sma","turn":12,"time":1,"verdict":"fuel","message":"out of fuel","fuel":7,"budget":6,"module_sha256":"","config_sha256":"","input":"AQI="}`
	s.Append(journal.KindDeadLetter, 0, moment+int64(2*time.Hour), []byte(old))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWithoutAHostTheJournalTellsOfItsLetters(t *testing.T) {
	dir := writeLetters(t)
	says(t, agenthost(t, "dlq", "stats", dir), exitOK, "3 pending, 0 redriven, 1 resolved", "tick fuel", "used up its fuel", "dlq show sma-12 "+dir)
	says(t, agenthost(t, "dlq", "list", dir), exitOK, "sma-12", rejectedID, unknownID)
	says(t, agenthost(t, "dlq", "list", dir, "--state", "resolved"), exitOK, expiredID)
	says(t, agenthost(t, "dlq", "show", expiredID, filepath.Join(dir, "journal.db")), exitOK, "resolved", "lane/exchange/main, position 3", "resolved as noted", "by ann: gone")
	says(t, agenthost(t, "dlq", "show", "sma-12", dir, "--json"), exitOK, `"turn":12`, `"input":"AQI="`)
	says(t, agenthost(t, "dlq", "resolve", unknownID, dir, "--as", "absent", "--reason", "r"), exitProblem, "name the configuration of its host")
	says(t, agenthost(t, "dlq", "list", "docs"), exitProblem, "docs")
}

func TestARunsOrdersAreToldFromItsJournal(t *testing.T) {
	config := writeConfig(t, 500)
	if r := agenthost(t, "run", config, "--json"); r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(config), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	r := agenthost(t, "orders", "list", runs[0], "--state", "filled", "--limit", "1", "--json")
	var o admin.Order
	if err := json.Unmarshal([]byte(r.out), &o); err != nil {
		t.Fatalf("%v: %s%s", err, r.out, r.errOut)
	}
	if o.Agent != "sma" || o.Instrument != "X" || o.State != "filled" || o.Filled == "0" || len(o.ID) != 32 {
		t.Errorf("%+v", o)
	}
	says(t, agenthost(t, "orders", "show", o.ID, runs[0]), exitOK, "FILLED", "admitted", "fill", "trade")
	says(t, agenthost(t, "orders", "show", strings.Repeat("f", 32), runs[0]), exitProblem, "there is no order")
	says(t, agenthost(t, "orders", "show", "xyz", runs[0]), exitUsage, "32 hex digits")
	says(t, agenthost(t, "orders", "list", runs[0], "--account", "exchange/sma"), exitProblem, "name the host's configuration")
	says(t, agenthost(t, "dlq", "list", runs[0]), exitOK, "no dead letter fits")
}
