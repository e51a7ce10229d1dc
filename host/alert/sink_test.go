package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/agenthost/agenthost/host/event"
)

var sample = event.Alert{
	Key: "dead_letter", Level: event.AlertCritical, Agent: "trend", Venue: "paper", Account: "main",
	Text: "an order is unknown: agenthost dlq list", Time: 1_790_000_000_500_000_000,
}

const sampleJSON = `{"key":"dead_letter","level":"critical","agent":"trend","venue":"paper","account":"main","text":"an order is unknown: agenthost dlq list","time":"2026-09-21T14:13:20.5Z","time_ns":1790000000500000000,"over":false}`

// one makes a dispatcher of one sink, for Test.
func one(t *testing.T, s SinkConfig) *Dispatcher {
	t.Helper()
	d, err := New(Config{Sinks: []SinkConfig{s}}, func() int64 { return sample.Time }, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestWebhookIsSignedAndAuthorized(t *testing.T) {
	t.Setenv("ALERT_TEST_TOKEN", "Bearer t0ken")
	t.Setenv("ALERT_TEST_SECRET", "s3cret")
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	d := one(t, SinkConfig{
		Type: TypeWebhook, Name: "hook", URL: server.URL + "/x", Headers: map[string]string{"X-Team": "trading"},
		HeadersEnv: map[string]string{"Authorization": "ALERT_TEST_TOKEN"}, SecretEnv: "ALERT_TEST_SECRET",
	})
	if err := d.sinks[0].Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	if string(body) != sampleJSON {
		t.Errorf("got %s", body)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	fmt.Fprintf(mac, "1790000000.%s", body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	h := got.Header
	if got.Method != http.MethodPost || h.Get("Authorization") != "Bearer t0ken" || h.Get("X-Team") != "trading" || h.Get("Content-Type") != "application/json" ||
		h.Get("X-Agenthost-Signature") != want || h.Get("X-Agenthost-Timestamp") != "1790000000" {
		t.Errorf("got %+v", h)
	}
	if results := d.Test(t.Context()); len(results) != 1 || results[0].Err != nil || results[0].Sink != "hook" || !strings.Contains(string(body), `"key":"test"`) {
		t.Errorf("got %+v", results)
	}
}

func TestWebhookFailures(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	for status, lasting := range map[int]bool{500: false, 503: false, 429: false, 408: false, 400: true, 401: true, 404: true, 302: true} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
			fmt.Fprint(w, strings.Repeat("why ", 1000))
		}))
		d := one(t, SinkConfig{Type: TypeWebhook, Name: "hook", URL: server.URL + "/secret-path"})
		err := d.sinks[0].Send(t.Context(), sample)
		var p permanent
		if err == nil || errors.As(err, &p) != lasting || !strings.Contains(err.Error(), fmt.Sprint(status)) || len(err.Error()) > 400 {
			t.Errorf("%d: got %v", status, err)
		}
		server.Close()
		if err := d.sinks[0].Send(t.Context(), sample); err == nil || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("a server that is not there: %v", err)
		}
	}
}

func TestWebhookThatDoesNotAnswerEndsByItsTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	d := one(t, SinkConfig{Type: TypeWebhook, Name: "hook", URL: server.URL, Timeout: 20 * time.Millisecond})
	if r := d.Test(t.Context()); !errors.Is(r[0].Err, context.DeadlineExceeded) {
		t.Errorf("got %v", r[0].Err)
	}
}

func TestWebhookWithoutItsKeyDoesNotSend(t *testing.T) {
	d := one(t, SinkConfig{Type: TypeWebhook, Name: "hook", URL: "http://127.0.0.1:1", HeadersEnv: map[string]string{"A": "ALERT_TEST_UNSET"}})
	if r := d.Test(t.Context()); r[0].Err == nil || !strings.Contains(r[0].Err.Error(), "ALERT_TEST_UNSET is not set") {
		t.Errorf("got %v", r[0].Err)
	}
}

func shell(t *testing.T) string {
	if runtime.GOOS == "windows" {
		t.Skip("no sh here")
	}
	return "/bin/sh"
}

func TestCommandGetsTheAlertAndLittleElse(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	t.Setenv("PAGER_TOKEN", "t")
	out := filepath.Join(t.TempDir(), "out")
	d := one(t, SinkConfig{
		Type: TypeCommand, Name: "page", EnvironmentPass: []string{"PAGER_TOKEN"},
		Command: []string{shell(t), "-c", `cat > "$1"; echo "[$VENUE_KEY$PAGER_TOKEN]" >> "$1"`, "sh", out},
	})
	if err := d.sinks[0].Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil || string(got) != sampleJSON+"\n[t]\n" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestCommandFailures(t *testing.T) {
	sh := shell(t)
	for claim, test := range map[string]struct {
		line []string
		want []string
	}{
		"what it says is in the error": {[]string{sh, "-c", "echo no modem; exit 3"}, []string{"exit status 3", "no modem"}},
		"the end of what it says":      {[]string{sh, "-c", "yes | head -n 100000; echo last >&2; exit 1"}, []string{"last"}},
		"it is not there":              {[]string{"/nowhere/page"}, []string{"/nowhere/page"}},
		"it is ended by its timeout":   {[]string{sh, "-c", "echo begun; sleep 60"}, []string{"deadline exceeded", "begun"}},
		"so are its children":          {[]string{sh, "-c", "sleep 60 & wait"}, []string{"deadline exceeded"}},
	} {
		d := one(t, SinkConfig{Type: TypeCommand, Name: "page", Command: test.line, Timeout: 500 * time.Millisecond})
		began := time.Now()
		r := d.Test(t.Context())[0]
		if r.Err == nil || len(r.Err.Error()) > 2*outputMax+200 {
			t.Fatalf("%s: got %v", claim, r.Err)
		}
		for _, want := range test.want {
			if !strings.Contains(r.Err.Error(), want) {
				t.Errorf("%s: got %v", claim, r.Err)
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: it took %v", claim, took)
		}
	}
}

func TestEveryAlertIsLoggedOnce(t *testing.T) {
	for _, sinks := range [][]SinkConfig{nil, {{Type: TypeLog, Name: "log"}}, {{Type: TypeLog, Name: "log", LevelMin: event.AlertCritical}}} {
		var b bytes.Buffer
		log := hclog.New(&hclog.LoggerOptions{Output: &b, JSONFormat: true})
		d, err := New(Config{Sinks: sinks}, nil, log)
		if err != nil {
			t.Fatal(err)
		}
		a := sample
		a.Level = event.AlertWarning
		d.Raise(a)
		d.Raise(a)
		if err := d.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		var line map[string]any
		if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || len(lines) != 1 {
			t.Fatalf("got %s, %v", b.String(), err)
		}
		if line["@message"] != "alert" || line["@level"] != "warn" || line["agent"] != "trend" || line["text"] != sample.Text {
			t.Errorf("got %v", line)
		}
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for want, c := range map[string]Config{
		`type is "sms"`:     {Sinks: []SinkConfig{{Type: "sms", Name: "a"}}},
		"no name":           {Sinks: []SinkConfig{{Type: TypeLog}}},
		"two of that name":  {Sinks: []SinkConfig{{Type: TypeLog, Name: "a"}, {Type: TypeLog, Name: "a"}}},
		"url must be":       {Sinks: []SinkConfig{{Type: TypeWebhook, Name: "a", URL: "ftp://hidden"}}},
		"command is empty":  {Sinks: []SinkConfig{{Type: TypeCommand, Name: "a"}}},
		`names "b"`:         {Sinks: []SinkConfig{{Type: TypeLog, Name: "a", EscalateAfter: 1, EscalateTo: []string{"b"}}}},
		"without escalate_": {Sinks: []SinkConfig{{Type: TypeLog, Name: "a", EscalateTo: []string{"a"}}}},
		"timeout -1ns":      {Sinks: []SinkConfig{{Type: TypeLog, Name: "a", Timeout: -1}}},
		"level_min is 9":    {Sinks: []SinkConfig{{Type: TypeLog, Name: "a", LevelMin: 9}}},
		"queue_max -1":      {QueueMax: -1},
	} {
		d, err := New(c, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("got %v, want %q", err, want)
		}
		if d != nil {
			t.Errorf("%q: there is a dispatcher", want)
		}
	}
}
