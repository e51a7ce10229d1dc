package http

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
	"github.com/hashicorp/go-hclog"
)

// TestKeyIsNeverTold: a server that echoes the key, in whatever way, does not get it into texts or logs.
func TestKeyIsNeverTold(t *testing.T) {
	key := `sk-live/01"23\45 +6789=abcdefXYZ`
	echoes := []string{
		key, url.QueryEscape(key), base64.StdEncoding.EncodeToString([]byte(key)), key[:20], key[8:], "Bearer " + key + key,
		strings.Repeat("x", 240) + key, fmt.Sprintf("%q", key),
	}
	for _, echo := range echoes {
		for _, status := range []int{200, 401, 422, 500} {
			for _, body := range []string{echo, fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, echo, echo), fmt.Sprintf(`{"order_id":%q,"status":%q}`, echo, echo)} {
				var log bytes.Buffer
				w := newWire(t, func(w *wire, _ int, c net.Conn) {
					b := bufio.NewReader(c)
					for w.take(b) {
						_, _ = fmt.Fprintf(c, "HTTP/1.1 %d X\r\nX-Venue-Epoch: %s\r\nContent-Length: %d\r\n\r\n%s", status, url.QueryEscape(echo), len(body), body)
					}
				})
				config := testConfig(t, w.url())
				if err := os.WriteFile(config.KeyFile, []byte(key), 0o600); err != nil {
					t.Fatal(err)
				}
				v, err := New(config, hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Trace}), nil)
				if err != nil {
					t.Fatal(err)
				}
				r := v.Do(background(), submit(1))
				v.Close()
				all := fmt.Sprintf("%+v", r) + log.String() + v.Epoch()
				for i := 0; i+fragmentMin <= len(key); i++ {
					if strings.Contains(all, key[i:i+fragmentMin]) {
						t.Fatalf("%d %q: %q is in %s", status, body, key[i:i+fragmentMin], all)
					}
				}
				if encoded := base64.StdEncoding.EncodeToString([]byte(key)); strings.Contains(all, encoded[:12]) {
					t.Fatalf("encoded in %s", all)
				}
			}
		}
	}
}

// TestKeyIsChangedWhileRunning: after a 401 the key is read again; the call itself is not repeated.
func TestKeyIsChangedWhileRunning(t *testing.T) {
	var seen []string
	w := newWire(t, func(w *wire, _ int, c net.Conn) {
		r, err := nethttp.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		seen = append(seen, r.Header.Get("Authorization"))
		answer := ok(answerOf(1))
		if r.Header.Get("Authorization") != "Bearer new-key-123" {
			answer = status(401, "", `{"error":{"code":"unauthorized"}}`)
		}
		_, _ = io.WriteString(c, strings.Replace(answer, "\r\n", "\r\nConnection: close\r\n", 1))
	})
	config := testConfig(t, w.url())
	v := newTest(t, config)
	do := func() event.Reply { return v.Do(background(), submit(1)) }
	first := do()
	if f := proof(t, v, first); !f.Hold || f.Proof != resilience.ProofUnknown {
		t.Errorf("%+v", f)
	}
	if err := os.WriteFile(config.KeyFile, []byte("new-key-123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := do(); r.Happening.Number != 401 {
		t.Errorf("%+v", r.Happening)
	}
	if r := do(); r.Happening.Cause != resilience.CauseNone {
		t.Errorf("%+v %s", r.Happening, r.Detail)
	}
	if want := []string{"Bearer " + testKey, "Bearer " + testKey, "Bearer new-key-123"}; strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Errorf("seen %q", seen)
	}
	if got := v.clean("old "+testKey+" new new-key-123", 256); got != "old [key] new [key]" {
		t.Errorf("after a change both are secrets: %q", got)
	}
	if err := os.Remove(config.KeyFile); err != nil {
		t.Fatal(err)
	}
	v.rereadKey()
	if v.keys.value() != "new-key-123" {
		t.Error("a key file that is gone took the key away")
	}
}

func TestKeyPlaces(t *testing.T) {
	t.Setenv("TEST_VENUE_KEY", " from-env ")
	t.Setenv("TEST_VENUE_EMPTY", "")
	t.Setenv("TEST_VENUE_BAD", "two\nlines-of-secret")
	config := testConfig(t, "http://127.0.0.1:1")
	config.KeyFile = ""
	for env, want := range map[string]string{"TEST_VENUE_KEY": "", "TEST_VENUE_EMPTY": "no key in it", "TEST_VENUE_BAD": "characters"} {
		config.KeyEnv = env
		v, err := New(config, nil, nil)
		switch {
		case want == "" && (err != nil || v.header().Get("Authorization") != "Bearer from-env"):
			t.Errorf("%s: %v", env, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")):
			t.Errorf("%s: %v", env, err)
		}
	}
	config.KeyEnv, config.KeyFile = "", t.TempDir()+"/none"
	if _, err := New(config, nil, nil); err == nil {
		t.Error("a key file that is not there is no error")
	}
}
