package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/user"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

var act = Act{By: "ann", Reason: "a drill"}

func TestEveryChangeReachesTheHostWithWhoAndWhy(t *testing.T) {
	f := &fake{}
	f.book.Letter(event.Letter{ID: "l1", Kind: event.LetterOrder}, "", 0)
	c, _ := serve(t, f, nil)
	ctx := context.Background()
	account := func(what AccountAct) func() error {
		return func() error { _, err := c.ChangeAccount(ctx, "x", "main", what, act); return err }
	}
	stop := func(do func(context.Context, Target, Act) (Stopping, error), t Target) func() error {
		return func() error { _, err := do(ctx, t, act); return err }
	}
	for _, x := range []struct {
		want string
		do   func() error
	}{
		{"mode sma shutdown", func() error { _, err := c.SetMode(ctx, "sma", ModeChange{act, "shutdown"}); return err }},
		{"halt agent sma", stop(c.Halt, Target{Agent: "sma"})},
		{"halt account x/main", stop(c.Halt, Target{Venue: "x", Account: "main"})},
		{"halt all agents", stop(c.Halt, Target{All: true})},
		{"flatten agent sma", stop(c.Flatten, Target{Agent: "sma"})},
		{"flatten account x/main", stop(c.Flatten, Target{Venue: "x", Account: "main"})},
		{"flatten all agents", stop(c.Flatten, Target{All: true})},
		{"breaker/isolate x/main", account(BreakerIsolate)},
		{"breaker/release x/main", account(BreakerRelease)},
		{"hold x/main", account(AccountHold)},
		{"release x/main", account(AccountRelease)},
		{"reconcile x/main", account(AccountReconcile)},
		{"redrive l1 dry=true max=1m0s", func() error {
			_, err := c.Redrive(ctx, "l1", Redrive{Act: act, DryRun: true, AgeMax: time.Minute})
			return err
		}},
		{"resolve l1 as=filled filled=0.5", func() error {
			_, err := c.Resolve(ctx, "l1", Resolve{Act: act, As: event.LetterFilled, Filled: "0.5"})
			return err
		}},
		{"alert test", func() error { _, err := c.TestAlert(ctx, act); return err }},
	} {
		if err := x.do(); err != nil {
			t.Errorf("%s: %v", x.want, err)
			continue
		}
		told, who := f.last()
		if told != x.want || who.By != "ann" || who.Reason != "a drill" {
			t.Errorf("got %q by %+v, want %q", told, who, x.want)
		}
	}
}

func TestNobodyActsOnlyUnderANameOfHisChoosing(t *testing.T) {
	f := &fake{}
	c, _ := serve(t, f, nil)
	if _, err := c.Halt(context.Background(), Target{All: true}, act); err != nil {
		t.Fatal(err)
	}
	_, who := f.last()
	if who.Peer == "" {
		t.Skip("this system does not tell who is at the other end of a socket")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%s (uid %s)", me.Username, me.Uid); who.By != "ann" || who.Peer != want {
		t.Errorf("got %+v, want peer %q", who, want)
	}
	if _, err := c.Halt(context.Background(), Target{All: true}, Act{Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	if _, who = f.last(); who.By != me.Username {
		t.Errorf("without by it is %q, want the system's user %q", who.By, me.Username)
	}
}

func TestTheClientReadsWhatTheHostTells(t *testing.T) {
	f := &fake{}
	f.book.Letter(event.Letter{ID: "b", Kind: event.LetterOrder, Agent: "sma", Cause: "unknown", Time: 2}, "agent/sma", 9)
	f.book.Letter(event.Letter{ID: "a", Kind: event.LetterTick, Agent: "rsi", Cause: "fuel", Time: 1}, "agent/rsi", 4)
	c, _ := serve(t, f, nil)
	ctx := context.Background()
	st, err := c.Status(ctx)
	if err != nil || st.PID != 42 || st.Agent("sma").Reasons[0].Condition != "feed_age" || st.Account("x", "main").Breaker != "closed" {
		t.Errorf("status %+v, %v", st, err)
	}
	orders, err := c.Orders(ctx, OrderQuery{Agent: "sma", State: "unknown", Since: 1, Limit: 5})
	if err != nil || orders.Total != 1 || orders.Orders[0].ID != "2" {
		t.Errorf("orders %+v, %v", orders, err)
	}
	if story, err := c.Order(ctx, "2"); err != nil || story.Events[0].What != "sent" {
		t.Errorf("order %+v, %v", story, err)
	}
	letters, err := c.Letters(ctx, LetterQuery{})
	if err != nil || letters.Total != 2 || letters.Letters[0].ID != "a" || letters.Letters[1].Position != 9 {
		t.Errorf("letters %+v, %v: want the oldest first", letters, err)
	}
	if letters, err = c.Letters(ctx, LetterQuery{Kind: event.LetterOrder, Cause: "unknown", Since: 2, Limit: 1}); err != nil || letters.Total != 1 {
		t.Errorf("filtered letters %+v, %v", letters, err)
	}
	stats, err := c.LetterStats(ctx, LetterQuery{Agent: "sma"})
	if err != nil || stats.Pending != 1 || stats.Causes[0].Example != "b" {
		t.Errorf("stats %+v, %v", stats, err)
	}
	if l, err := c.Letter(ctx, "a"); err != nil || l.Cause != "fuel" || l.State != LetterPending {
		t.Errorf("letter %+v, %v", l, err)
	}
	delivered, err := c.TestAlert(ctx, act)
	if err != nil || len(delivered) != 2 || delivered[1].Error == "" {
		t.Errorf("alert test %+v, %v", delivered, err)
	}
}

func TestAnErrorKeepsItsKindOnTheWay(t *testing.T) {
	f := &fake{redrive: func(id string, _ Redrive) (RedriveResult, error) {
		switch id {
		case "old":
			return RedriveResult{}, fmt.Errorf("redrive: %w", Refuse("age", "it is 3 h old; at most 1 h"))
		case "broken":
			return RedriveResult{}, errors.New("disk full")
		}
		return RedriveResult{}, Missing("dead letter", id)
	}}
	c, _ := serve(t, f, nil)
	redrive := func(id string) error {
		_, err := c.Redrive(context.Background(), id, Redrive{Act: act})
		return err
	}
	var refusal *Refusal
	if err := redrive("old"); !errors.As(err, &refusal) || refusal.Code != "age" || refusal.Message != "it is 3 h old; at most 1 h" {
		t.Errorf("refusal: %#v", err)
	}
	var missing *NotFound
	if err := redrive("gone"); !errors.As(err, &missing) {
		t.Errorf("not found: %#v", err)
	}
	var other *Error
	if err := redrive("broken"); !errors.As(err, &other) || other.Status != http.StatusInternalServerError || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("internal: %#v", err)
	}
	var wrong *Invalid
	if _, err := c.Halt(context.Background(), Target{All: true}, Act{By: "ann"}); !errors.As(err, &wrong) {
		t.Errorf("invalid: %#v", err)
	}
}

func TestARequestThatMakesNoSenseChangesNothing(t *testing.T) {
	f := &fake{}
	c, _ := serve(t, f, nil)
	for name, x := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no reason":             {"POST", "/v1/halt", `{"by":"ann"}`, 400, "reason is missing"},
		"a blank reason":        {"POST", "/v1/halt", `{"by":"ann","reason":"  "}`, 400, "reason is missing"},
		"a claimed peer":        {"POST", "/v1/halt", `{"reason":"r","peer":"root"}`, 400, `unknown field \"peer\"`},
		"an empty body":         {"POST", "/v1/halt", ``, 400, "body is empty"},
		"no JSON":               {"POST", "/v1/halt", `reason=r`, 400, "cannot be read"},
		"two objects":           {"POST", "/v1/halt", `{"reason":"r"}{"reason":"r"}`, 400, "more behind it"},
		"a list":                {"POST", "/v1/halt", `[]`, 400, "cannot be read"},
		"a field not known":     {"POST", "/v1/dlq/l1/redrive", `{"reason":"r","dryrun":true}`, 400, "dryrun"},
		"a negative age":        {"POST", "/v1/dlq/l1/redrive", `{"reason":"r","age_max":-1}`, 400, "age_max"},
		"a mode not known":      {"POST", "/v1/agents/sma/mode", `{"reason":"r","mode":"off"}`, 400, "full, read_only"},
		"an outcome not known":  {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"lost"}`, 400, "absent"},
		"a quantity of nothing": {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"absent","filled":"1"}`, 400, "no filled quantity"},
		"no quantity":           {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"filled","filled":"NaN"}`, 400, "no number above zero"},
		"a quantity below zero": {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"filled","filled":"-1"}`, 400, "no number above zero"},
		"a price of nothing":    {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"noted","price":"1"}`, 400, "no price"},
		"no price":              {"POST", "/v1/dlq/l1/resolve", `{"reason":"r","as":"filled","price":"0"}`, 400, "price"},
		"a long reason":         {"POST", "/v1/halt", `{"reason":"` + strings.Repeat("x", 2000) + `"}`, 400, "at most"},
		"a large body":          {"POST", "/v1/halt", `{"reason":"` + strings.Repeat("x", bodyBytesMax) + `"}`, 413, "larger than"},
		"a filter not known":    {"GET", "/v1/dlq?agnet=sma", "", 400, "agnet"},
		"a filter twice":        {"GET", "/v1/dlq?agent=a&agent=b", "", 400, "2 times"},
		"a time in words":       {"GET", "/v1/dlq?since=today", "", 400, "whole number"},
		"a limit of nothing":    {"GET", "/v1/orders?limit=0", "", 400, "limit"},
		"a limit too high":      {"GET", "/v1/orders?limit=1000000", "", 400, "limit"},
		"no such path":          {"GET", "/v1/nothing", "", 404, "GET /v1 lists them"},
		"no such agent":         {"GET", "/v1/agents/smaa", "", 404, "there is sma"},
		"no such account":       {"GET", "/v1/accounts/x/other", "", 404, "there is x/main"},
		"no such letter":        {"GET", "/v1/dlq/l9", "", 404, "l9"},
		"an unfit method":       {"GET", "/v1/halt", "", 405, "POST"},
		"an agent without name": {"POST", "/v1/agents//halt", `{"reason":"r"}`, 404, ""},
		"an encoded slash":      {"POST", "/v1/agents/%2F/mode", `{"reason":"r","mode":"full"}`, 404, "no path"},
	} {
		status, body := raw(t, c, x.method, x.path, "application/json", x.body)
		var e errorBody
		if err := json.Unmarshal([]byte(body), &e); err != nil || e.Error.Code == "" || e.Error.Message == "" {
			t.Errorf("%s: no error in JSON: %s", name, body)
		}
		if status != x.status || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d %s; want %d with %q", name, status, body, x.status, x.says)
		}
	}
	if status, body := raw(t, c, "POST", "/v1/halt", "text/plain", `{"reason":"r"}`); status != http.StatusUnsupportedMediaType {
		t.Errorf("a browser's form: %d %s", status, body)
	}
	if told, _ := f.last(); told != "nothing" {
		t.Errorf("the host was told %q", told)
	}
}

// raw sends what no Client would.
func raw(t *testing.T, c *Client, method, path, kind, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://agenthost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestAHostThatHangsHoldsUpNobodyForEver(t *testing.T) {
	f := &fake{status: func(ctx context.Context) (Status, error) {
		<-ctx.Done()
		return Status{}, ctx.Err()
	}}
	c, _ := serve(t, f, func(c *Config) { c.RequestMax = time.Millisecond })
	var e *Error
	if _, err := c.Status(context.Background()); !errors.As(err, &e) || e.Status != http.StatusGatewayTimeout {
		t.Errorf("%v, want 504", err)
	}
}

func TestRequestsBeyondTheBoundAreToldToComeAgain(t *testing.T) {
	inside, leave := make(chan struct{}, requestsMax), make(chan struct{})
	f := &fake{status: func(context.Context) (Status, error) {
		inside <- struct{}{}
		<-leave
		return Status{}, nil
	}}
	c, _ := serve(t, f, nil)
	var all sync.WaitGroup
	for range requestsMax {
		all.Go(func() {
			if _, err := c.Status(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	for range requestsMax {
		<-inside
	}
	var e *Error
	if _, err := c.Orders(context.Background(), OrderQuery{}); !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable || e.Code != "busy" {
		t.Errorf("%v, want busy", err)
	}
	close(leave)
	all.Wait()
	if _, err := c.Orders(context.Background(), OrderQuery{}); err != nil {
		t.Errorf("after they have left: %v", err)
	}
}

func TestManyPersonsAtOnce(t *testing.T) {
	f := &fake{}
	for i := range 8 {
		f.book.Letter(event.Letter{ID: fmt.Sprint("l", i), Kind: event.LetterOrder, Time: int64(i)}, "", 0)
	}
	c, _ := serve(t, f, nil)
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := c.Resolve(ctx, fmt.Sprint("l", i), Resolve{Act: act, As: event.LetterNoted}); err != nil {
					t.Error(err)
				}
				if l, err := c.Letters(ctx, LetterQuery{}); err != nil || l.Total != 8 {
					t.Errorf("%d letters, %v", l.Total, err)
				}
			}
		})
	}
	all.Wait()
	if s, err := c.LetterStats(ctx, LetterQuery{}); err != nil || s.Resolved != 8 || s.Pending != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEveryRouteIsDocumentedAndInItsPlace(t *testing.T) {
	c, _ := serve(t, &fake{}, nil)
	status, body := raw(t, c, "GET", "/v1", "", "")
	var got struct{ Paths []Route }
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || len(got.Paths) != len(routes) {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	for _, r := range got.Paths {
		if r.Says == "" || r.Changes != (r.Method == "POST") {
			t.Errorf("%+v", r)
		}
	}
}

func TestEmptyListsAreListsInJSON(t *testing.T) {
	c, _ := serve(t, &fake{status: func(context.Context) (Status, error) { return Status{}, nil }}, nil)
	for _, path := range []string{"/v1/agents", "/v1/accounts", "/v1/dlq", "/v1/dlq/stats"} {
		if _, body := raw(t, c, "GET", path, "", ""); strings.Contains(body, "null") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestALetterIsOnJSONWhatItIsInTheJournal(t *testing.T) {
	l := Letter{Letter: event.Letter{ID: "a", Kind: "tick", Tick: &event.LetterTickFacts{Turn: 3, Input: []byte{1, 2}}}, State: LetterPending}
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var back event.Letter
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, l.Letter) || !bytes.Contains(b, []byte(`"state":"pending"`)) {
		t.Errorf("%s: %+v, %v", b, back, err)
	}
}
