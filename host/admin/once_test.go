package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// keyed sends a change with a key to the socket.
func keyed(t *testing.T, c *Client, path, key, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("POST", "http://agenthost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	buffer := make([]byte, 64<<10)
	for {
		n, err := res.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			return res, b.String()
		}
	}
}

func TestAChangeThatComesTwiceIsCarriedOutOnce(t *testing.T) {
	f := &fake{}
	c, _ := serve(t, f, nil)
	first, body := keyed(t, c, "/v1/reload", "k1", `{"reason":"r"}`)
	again, same := keyed(t, c, "/v1/reload", "k1", `{"reason":"r"}`)
	if first.StatusCode != 200 || first.Header.Get("Idempotency-Replayed") != "" || again.StatusCode != 200 || again.Header.Get("Idempotency-Replayed") != "true" || body != same {
		t.Errorf("%d %s, then %d %s", first.StatusCode, body, again.StatusCode, same)
	}
	if len(f.told) != 1 {
		t.Errorf("the host was told %v", f.told)
	}
	if _, a := f.last(); a.Key != "k1" || len(a.Request) != 64 {
		t.Errorf("the journal gets %+v", a)
	}
	for name, x := range map[string]struct{ path, body string }{
		"another body": {"/v1/reload", `{"reason":"other"}`}, "another path": {"/v1/halt", `{"reason":"r"}`},
	} {
		if res, body := keyed(t, c, x.path, "k1", x.body); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "key_reused") {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	keyed(t, c, "/v1/reload", "k2", `{"reason":"r"}`)
	keyed(t, c, "/v1/reload", "", `{"reason":"r"}`)
	keyed(t, c, "/v1/reload", "", `{"reason":"r"}`)
	if len(f.told) != 4 {
		t.Errorf("with other keys and without: %v", f.told)
	}
}

func TestWhatDidNotBeginMayBeTriedAgainWithItsKey(t *testing.T) {
	f := &fake{}
	c, _ := serve(t, f, nil)
	if res, _ := keyed(t, c, "/v1/reload", "k", `{"dry_run":1}`); res.StatusCode != http.StatusBadRequest {
		t.Fatal(res.Status)
	}
	if res, body := keyed(t, c, "/v1/reload", "k", `{"reason":"r"}`); res.StatusCode != 200 || res.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	for _, key := range []string{strings.Repeat("k", keyBytesMax+1), "a b", "ä"} {
		if res, body := keyed(t, c, "/v1/reload", key, `{"reason":"r"}`); res.StatusCode != http.StatusBadRequest {
			t.Errorf("key %q: %d %s", key, res.StatusCode, body)
		}
	}
}

func TestARequestWhoseKeyIsAtWorkIsToldToComeAgain(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	f := &fake{redrive: func(string, Redrive) (RedriveResult, error) {
		close(inside)
		<-leave
		return RedriveResult{ID: "l1"}, nil
	}}
	c, _ := serve(t, f, nil)
	var first sync.WaitGroup
	first.Go(func() {
		if res, body := keyed(t, c, "/v1/dlq/l1/redrive", "k", `{"reason":"r"}`); res.StatusCode != 200 {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	})
	<-inside
	if res, body := keyed(t, c, "/v1/dlq/l1/redrive", "k", `{"reason":"r"}`); res.StatusCode != http.StatusConflict || !strings.Contains(body, "in_progress") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	close(leave)
	first.Wait()
	if res, _ := keyed(t, c, "/v1/dlq/l1/redrive", "k", `{"reason":"r"}`); res.StatusCode != 200 || res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("afterwards: %s", res.Status)
	}
}

func TestAKeyIsKnownBeyondARestart(t *testing.T) {
	f := &fake{}
	before, _ := serve(t, f, nil)
	if res, body := keyed(t, before, "/v1/reload", "k", `{"reason":"r"}`); res.StatusCode != 200 {
		t.Fatal(body)
	}
	_, a := f.last()
	f.audits = []AuditEntry{{Time: time.Now().UnixNano(), Key: a.Key, Request: a.Request, Peer: a.Peer, Stream: "lane/x/main", Position: 9}}
	after, _ := serve(t, f, nil)
	if res, body := keyed(t, after, "/v1/reload", "k", `{"reason":"r"}`); res.StatusCode != http.StatusConflict || !strings.Contains(body, "carried out before") || !strings.Contains(body, "position 9") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := keyed(t, after, "/v1/reload", "k", `{"reason":"other"}`); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if len(f.told) != 1 {
		t.Errorf("the host was told %v", f.told)
	}
	f.audits[0].Time -= int64(keptFor)
	if res, body := keyed(t, after, "/v1/reload", "k", `{"reason":"r"}`); res.StatusCode != 200 {
		t.Errorf("a day later: %d %s", res.StatusCode, body)
	}
}

func TestAKeyIsItsCallersOwn(t *testing.T) {
	f, tokens := &fake{}, tokenFile(t)
	s := port(t, f, &Network{Tokens: tokens}, nil)
	for _, name := range []string{"ann", "bob"} {
		text := token(t, tokens, name, ScopeAdmin)
		req, _ := http.NewRequest("POST", "http://"+s.Address()+"/v1/reload", strings.NewReader(`{"reason":"`+name+`"}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+text)
		req.Header.Set("Idempotency-Key", "k")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != 200 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	if len(f.told) != 2 {
		t.Errorf("the host was told %v", f.told)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	c := newClock()
	a := answers{now: c.now}
	for i := range keptMax + 500 {
		name := fmt.Sprint(i)
		if kept, err := a.claim(name, "s"); kept != nil || err != nil {
			t.Fatal(kept, err)
		}
		a.keep(name, reply{200, []byte("{}")})
	}
	if len(a.known) > keptMax+1 || a.knows("0") || !a.knows(fmt.Sprint(keptMax)) {
		t.Errorf("%d answers are kept", len(a.known))
	}
	c.pass(keptFor)
	if a.knows(fmt.Sprint(keptMax)); len(a.known) != 0 {
		t.Errorf("%d answers are kept for ever", len(a.known))
	}
	if _, err := a.claim("large", "s"); err != nil {
		t.Fatal(err)
	}
	a.keep("large", reply{200, make([]byte, keptBytesMax+1)})
	if kept, err := a.claim("large", "s"); err != nil || kept.status != http.StatusConflict {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestAHaltWaitsForNoJournal(t *testing.T) {
	f := &fake{audits: []AuditEntry{{Time: time.Now().UnixNano(), Key: "k"}}}
	c, _ := serve(t, f, nil)
	if res, body := keyed(t, c, "/v1/halt", "k", `{"reason":"r"}`); res.StatusCode != 200 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	for i := range routes {
		takes := routes[i].Changes && (strings.HasSuffix(routes[i].Path, "/halt") || strings.HasSuffix(routes[i].Path, "/flatten") || strings.HasSuffix(routes[i].Path, "/hold") || strings.HasSuffix(routes[i].Path, "/isolate"))
		if routes[i].urgent != takes {
			t.Errorf("%s: urgent is %v", routes[i].Path, routes[i].urgent)
		}
	}
	if _, err := c.Status(context.Background()); err != nil {
		t.Error(err)
	}
}
