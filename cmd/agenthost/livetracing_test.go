package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/admin"
)

// toldSpan is what a receiver of traces reads.
type toldSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	StartTimeUnixNano, EndTimeUnixNano  string
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
	Status struct{ Message string }
}

func (s *toldSpan) attribute(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

// traceReceiver is a real receiver of OTLP over HTTP.
type traceReceiver struct {
	*httptest.Server
	mu     sync.Mutex
	traces map[string][]toldSpan
}

func newTraceReceiver(t *testing.T) *traceReceiver {
	r := &traceReceiver{traces: map[string][]toldSpan{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		var m struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []toldSpan } }
		}
		if err != nil || q.URL.Path != "/v1/traces" || json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range m.ResourceSpans[0].ScopeSpans[0].Spans {
			r.traces[s.TraceID] = append(r.traces[s.TraceID], s)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// find looks for a trace that has a span of each name.
func (r *traceReceiver) find(t *testing.T, names ...string) []toldSpan {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r.mu.Lock()
		for _, spans := range r.traces {
			if !slices.ContainsFunc(names, func(n string) bool {
				return !slices.ContainsFunc(spans, func(s toldSpan) bool { return s.Name == n })
			}) {
				r.mu.Unlock()
				return spans
			}
		}
		r.mu.Unlock()
	}
	t.Fatalf("no trace has %q", names)
	return nil
}

func TestAnOrderAndATickOfALiveHostAreTraced(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	v := startVenue(t, "--key-env", "VENUE_KEY", "--synthetic", "7", "--symbols", "A", "--interval", "100ms")
	r := newTraceReceiver(t)
	config := liveConfig(t, v.url, fmt.Sprintf("tracing {\n endpoint = %q\n sample = 1\n}", r.URL))
	l := startLive(t, config)
	awaitAgent(t, config, "in a position", inPosition)
	order := r.find(t, "order", "wish", "lane request", "submit 1", "lane reply", "outcome")
	root := order[slices.IndexFunc(order, func(s toldSpan) bool { return s.Name == "order" })]
	if root.TraceID != root.attribute("agenthost.order") || root.ParentSpanID != "" || root.attribute("agenthost.agent") != "sma" || root.attribute("agenthost.instrument") != "A" {
		t.Errorf("the order is %+v", root)
	}
	ids, wished := map[string]bool{}, ""
	for _, s := range order {
		if s.Name != "order" && (s.ParentSpanID != root.SpanID || ids[s.SpanID]) {
			t.Errorf("%s hangs on %q, of the order %s; its id is %s", s.Name, s.ParentSpanID, root.SpanID, s.SpanID)
		}
		ids[s.SpanID] = true
		if s.EndTimeUnixNano < s.StartTimeUnixNano || len(s.StartTimeUnixNano) != 19 {
			t.Errorf("%s is from %s to %s", s.Name, s.StartTimeUnixNano, s.EndTimeUnixNano)
		}
		switch s.Name {
		case "wish":
			wished = s.EndTimeUnixNano
		case "submit 1":
			if s.StartTimeUnixNano < wished || s.attribute("agenthost.result") != "ok" {
				t.Errorf("the call is %+v, the wish was over at %s", s, wished)
			}
		}
	}
	var told admin.OrderStory
	shown := agenthost(t, "orders", "show", root.TraceID, config, "--json")
	if err := json.Unmarshal([]byte(shown.out), &told); err != nil || shown.code != exitOK {
		t.Errorf("the trace's id is no order of this host: %v\n%s%s", err, shown.out, shown.errOut)
	}

	round := r.find(t, "round", "turn", "durable")
	top := round[slices.IndexFunc(round, func(s toldSpan) bool { return s.Name == "round" })]
	for _, s := range round {
		if s.Name != "round" && s.ParentSpanID != top.SpanID {
			t.Errorf("%s hangs on %q, of the round %s", s.Name, s.ParentSpanID, top.SpanID)
		}
		if s.Name == "turn" && (s.attribute("agenthost.agent") != "sma" || s.attribute("agenthost.event") == "") {
			t.Errorf("the turn is %+v", s)
		}
	}
	l.stop()
	if strings.Contains(l.log.String(), "trace receiver") {
		t.Errorf("spans were lost:\n%s", l.log.String())
	}
	v.stop(syscall.SIGTERM)
}

func TestAHeaderThatIsNotSetEndsTheStart(t *testing.T) {
	t.Setenv("VENUE_KEY", "secret")
	config := liveConfig(t, "http://127.0.0.1:1", "tracing {\n endpoint = \"http://127.0.0.1:1\"\n headers_env = { Authorization = \"AGENTHOST_NO_SUCH\" }\n}")
	says(t, agenthost(t, "run", config), exitProblem, "header Authorization is to come from AGENTHOST_NO_SUCH, which is not set")
}
