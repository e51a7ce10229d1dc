package tracing_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/tracing"
)

// message is what a receiver reads of a request.
type message struct {
	ResourceSpans []struct {
		Resource struct {
			Attributes []attribute `json:"attributes"`
		} `json:"resource"`
		ScopeSpans []struct {
			Spans []span `json:"spans"`
		} `json:"scopeSpans"`
	} `json:"resourceSpans"`
}

type span struct {
	TraceID      string      `json:"traceId"`
	SpanID       string      `json:"spanId"`
	ParentSpanID string      `json:"parentSpanId"`
	Name         string      `json:"name"`
	Kind         int         `json:"kind"`
	Start        string      `json:"startTimeUnixNano"`
	End          string      `json:"endTimeUnixNano"`
	Attributes   []attribute `json:"attributes"`
	Status       struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"status"`
}

type attribute struct {
	Key   string `json:"key"`
	Value struct {
		StringValue string `json:"stringValue"`
		IntValue    string `json:"intValue"`
	} `json:"value"`
}

// receiver is a real HTTP server that takes spans.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []span
	about    []attribute
	requests int
	// answer decides; nil takes all.
	answer func(n int, w http.ResponseWriter, r *http.Request) (took bool)
}

func newReceiver(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request) bool) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	if t != nil {
		t.Cleanup(r.Close)
	}
	return r
}

func (r *receiver) serve(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if r.answer != nil && !r.answer(r.requests, w, q) {
		return
	}
	var m message
	if err != nil || q.Method != http.MethodPost || q.URL.Path != "/v1/traces" || q.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, rs := range m.ResourceSpans {
		r.about = rs.Resource.Attributes
		for _, s := range rs.ScopeSpans {
			r.spans = append(r.spans, s.Spans...)
		}
	}
}

func (r *receiver) got() []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]span(nil), r.spans...)
}

// counter counts what became of spans.
type counter struct {
	mu                sync.Mutex
	exported, dropped int
}

func (c *counter) count(exported, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exported, c.dropped = c.exported+exported, c.dropped+dropped
}

func newExporter(t testing.TB, c tracing.Config) *tracing.Exporter {
	t.Helper()
	if c.Every == 0 {
		c.Every = time.Millisecond
	}
	e, err := tracing.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func closed(t testing.TB, e *tracing.Exporter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestASpanArrivesAsItWas(t *testing.T) {
	var token string
	r := newReceiver(t, func(_ int, _ http.ResponseWriter, q *http.Request) bool {
		token = q.Header.Get("Authorization")
		return true
	})
	var c counter
	e := newExporter(t, tracing.Config{Endpoint: r.URL + "/", Version: "1.2", Instance: "here", Counted: c.count, Headers: map[string]string{"Authorization": "Bearer x"}})
	trace := tracing.TraceID{0xa6, 0xe7, 15: 0xff}
	root := tracing.Derive(trace, "order", 0)
	e.Add(tracing.Span{Trace: trace, ID: root, Name: "order", Start: 1_700_000_000_000_000_001, End: 1_700_000_000_000_000_003})
	e.Add(tracing.Span{
		Trace: trace, ID: tracing.SpanID{1, 2, 3, 4, 5, 6, 7, 8}, Parent: root, Name: "submit 1", Kind: tracing.Client, Start: 5, End: 4, Failed: "HTTP 503",
		Attributes: []tracing.Attribute{tracing.Text("agenthost.agent", "a \"b\""), tracing.Number("agenthost.attempt", -1<<62)},
	})
	closed(t, e)
	got := r.got()
	if len(got) != 2 || c.exported != 2 || c.dropped != 0 {
		t.Fatalf("%d spans arrived, %d are counted, %d dropped", len(got), c.exported, c.dropped)
	}
	want := span{TraceID: "a6e700000000000000000000000000ff", Name: "order", Kind: 1, Start: "1700000000000000001", End: "1700000000000000003", SpanID: got[0].SpanID}
	if fmt.Sprint(got[0]) != fmt.Sprint(want) || len(got[0].SpanID) != 16 {
		t.Errorf("the order is %+v", got[0])
	}
	s := got[1]
	if s.SpanID != "0102030405060708" || s.ParentSpanID != got[0].SpanID || s.Kind != 3 || s.Start != "5" || s.End != "5" || s.Status.Code != 2 || s.Status.Message != "HTTP 503" {
		t.Errorf("the call is %+v", s)
	}
	if s.Attributes[0].Value.StringValue != `a "b"` || s.Attributes[1].Value.IntValue != "-4611686018427387904" {
		t.Errorf("its attributes are %+v", s.Attributes)
	}
	if token != "Bearer x" || r.about[0].Value.StringValue != "agenthost" || r.about[1].Value.StringValue != "1.2" || r.about[2].Value.StringValue != "here" {
		t.Errorf("token %q, resource %+v", token, r.about)
	}
}

func TestABusyReceiverIsAskedAgainAndABadRequestIsNot(t *testing.T) {
	var c counter
	busy := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return n > 1
	})
	e := newExporter(t, tracing.Config{Endpoint: busy.URL, Counted: c.count})
	e.Add(tracing.Span{Name: "x"})
	for end := time.Now().Add(20 * time.Second); len(busy.got()) == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	closed(t, e)
	if len(busy.got()) != 1 || c.exported != 1 {
		t.Errorf("%d arrived, %d counted", len(busy.got()), c.exported)
	}

	c = counter{}
	bad := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadRequest)
		return false
	})
	e = newExporter(t, tracing.Config{Endpoint: bad.URL, Counted: c.count, Every: time.Hour})
	e.Add(tracing.Span{Name: "x"})
	closed(t, e)
	if bad.requests != 1 || c.dropped != 1 {
		t.Errorf("%d requests, %d dropped", bad.requests, c.dropped)
	}
}

func TestWhatTheReceiverRefusesInPartIsCounted(t *testing.T) {
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, `{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}`)
		return true
	})
	var c counter
	e := newExporter(t, tracing.Config{Endpoint: r.URL, Counted: c.count, Every: time.Hour})
	for range 5 {
		e.Add(tracing.Span{Name: "x"})
	}
	closed(t, e)
	if c.exported != 3 || c.dropped != 2 {
		t.Errorf("%d exported, %d dropped", c.exported, c.dropped)
	}
}

func TestAReceiverThatHangsHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	r := newReceiver(t, func(int, http.ResponseWriter, *http.Request) bool { <-release; return false })
	defer close(release)
	var c counter
	e := newExporter(t, tracing.Config{Endpoint: r.URL, Counted: c.count})
	const many = 20_000
	began := time.Now()
	for range many {
		e.Add(tracing.Span{Name: "x"})
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("adding took %s", took)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := e.Close(ctx); err == nil {
		t.Error("it says that all was told")
	}
	if c.dropped == 0 || c.exported != 0 {
		t.Errorf("%d exported, %d dropped", c.exported, c.dropped)
	}
	e.Add(tracing.Span{Name: "late"}) // does not panic
}

func TestAnOrderIsToldWhollyOrNotAtAll(t *testing.T) {
	e := newExporter(t, tracing.Config{Endpoint: "http://127.0.0.1:1", Sample: 0.25})
	again := newExporter(t, tracing.Config{Endpoint: "http://127.0.0.1:1", Sample: 0.25}) // after a restart
	sampled := 0
	for i := range 10_000 {
		id := tracing.TraceID{0xa6, 0xe7, byte(i), byte(i >> 8)}
		if e.Sampled(id) != again.Sampled(id) {
			t.Fatal("an id is sampled by one exporter and not by the other")
		}
		if e.Sampled(id) {
			sampled++
		}
	}
	if sampled < 2300 || sampled > 2700 {
		t.Errorf("%d of 10,000 at 0.25", sampled)
	}
	closed(t, e)
	closed(t, again)
	all, none := newExporter(t, tracing.Config{Endpoint: "http://x", Sample: 1}), newExporter(t, tracing.Config{Endpoint: "http://x"})
	for i := range 1000 {
		id := tracing.TraceID{byte(i), byte(i >> 8)}
		if !all.Sampled(id) || !all.Lucky() || none.Sampled(id) || none.Lucky() {
			t.Fatal("1 is all and 0 is none")
		}
	}
	closed(t, all)
	closed(t, none)
	var nobody *tracing.Exporter
	if nobody.Sampled(tracing.TraceID{1}) || nobody.Lucky() || nobody.Close(t.Context()) != nil {
		t.Error("no exporter samples")
	}
}

func TestPartsHaveTheirOwnIds(t *testing.T) {
	trace := tracing.TraceID{1}
	seen := map[tracing.SpanID]bool{{}: true}
	for _, part := range []string{"order", "lane", "call"} {
		for n := range uint64(100) {
			id := tracing.Derive(trace, part, n)
			if seen[id] || id != tracing.Derive(trace, part, n) {
				t.Fatalf("%s %d", part, n)
			}
			seen[id] = true
		}
	}
}

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []tracing.Config{{Endpoint: "http://x", Sample: 1.5}, {Endpoint: "http://x", Sample: -1}, {Endpoint: "http://a b"}} {
		if _, err := tracing.New(c); err == nil || !strings.HasPrefix(err.Error(), "tracing: ") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func Example() {
	r := newReceiver(nil, nil)
	defer r.Close()
	e, err := tracing.New(tracing.Config{Endpoint: r.URL, Sample: 1})
	if err != nil {
		panic(err)
	}
	order := tracing.TraceID{0xa6, 0xe7, 15: 1}
	if e.Sampled(order) {
		e.Add(tracing.Span{Trace: order, ID: tracing.Derive(order, "order", 0), Name: "order", Start: 1, End: 2})
	}
	if err := e.Close(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(r.got()[0].Name, r.got()[0].TraceID)
	// Output: order a6e70000000000000000000000000001
}
