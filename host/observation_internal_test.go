package host

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/tracing"
)

// watchedTurn is an observation of one agent that has just taken a turn.
func watchedTurn(tb testing.TB, sample float64) (*observation, *Agent, *metrics.Set) {
	tb.Helper()
	e, err := tracing.New(tracing.Config{Endpoint: "http://127.0.0.1:1", Sample: sample})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close(tb.Context()) }) // its receiver is not there
	a := &Agent{plan: &AgentPlan{Name: "a"}, input: &input{}}
	a.turn = event.Turn{Event: event.Event{Kind: event.KindMarket}, Verdict: event.VerdictOK, Fuel: 100, Requests: []event.Request{{Kind: event.RequestSubmit, Order: event.Order{ID: event.OrderID{0xa6, 0xe7, 1}}}}}
	l := &Live{plan: &LivePlan{Venue: "v", Account: "main"}, group: &group{agents: []*Agent{a}}}
	set := metrics.New(metrics.Config{})
	return observe(set, e, l), a, set
}

// TestWatchingATurnAllocatesNothing, and neither does the tracing of what is not sampled.
func TestWatchingATurnAllocatesNothing(t *testing.T) {
	o, a, _ := watchedTurn(t, 0)
	if n := testing.AllocsPerRun(1000, func() { watchRound(o, a) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func watchRound(o *observation, a *Agent) {
	o.waited(int64(time.Millisecond))
	o.roundBegins()
	o.turnBegins()
	o.turnEnds(a)
	o.turnsEnd()
	o.roundEnds()
}

// TestDroppedEventsAreCountedOnce: an input that is made anew begins at 0 again, and nothing is counted back.
func TestDroppedEventsAreCountedOnce(t *testing.T) {
	o, a, set := watchedTurn(t, 0)
	for _, ever := range []uint64{3, 3, 5, 0, 2} {
		a.input.droppedEver = ever
		o.turnEnds(a)
	}
	w := httptest.NewRecorder()
	set.Handlers(NewService(&ServicePlan{}, ServiceOptions{}).Control(ControlOptions{}))["/metrics"].ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if want := `agenthost_events_dropped_total{account="main",agent="a",venue="v"} 7`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("there is no %s in\n%s", want, w.Body.String())
	}
}

func BenchmarkWatchingARound(b *testing.B) {
	o, a, _ := watchedTurn(b, 0.01)
	b.ReportAllocs()
	for b.Loop() {
		watchRound(o, a)
	}
}

// BenchmarkWatchingATurn is what metrics add to a turn that wishes nothing.
func BenchmarkWatchingATurn(b *testing.B) {
	o, a, _ := watchedTurn(b, 0)
	a.turn.Requests, o.trace = nil, nil
	b.ReportAllocs()
	for b.Loop() {
		o.turnBegins()
		o.turnEnds(a)
	}
}
