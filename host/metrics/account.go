package metrics

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

var accountLabels = []string{"venue", "account"}

func accountLabelsAnd(more ...string) []string {
	return append(append([]string(nil), accountLabels...), more...)
}

// accountVectors are what is counted of a venue account, of all accounts.
type accountVectors struct {
	rounds, calls, retries                     *prometheus.CounterVec
	checkpoints, checkpointFailures            *prometheus.CounterVec
	checkpointTime, checkpointSize             *prometheus.GaugeVec
	tickTime, roundTime, inboxLag, callLatency *prometheus.HistogramVec
}

func newAccountVectors(f factory) accountVectors {
	return accountVectors{
		rounds:             f.counters("rounds_total", "Rounds of an account's agents: inputs taken in, and what they cause made durable.", accountLabels...),
		calls:              f.counters("calls_total", "Calls to a venue, by kind and by what came of them.", accountLabelsAnd("kind", "result")...),
		retries:            f.counters("call_retries_total", "Calls to a venue that repeated an earlier one about the same order.", accountLabelsAnd("kind")...),
		checkpoints:        f.counters("checkpoints_total", "Checkpoints of an account's agents that were written.", accountLabels...),
		checkpointFailures: f.counters("checkpoint_failures_total", "Checkpoints that were not written: the next start takes longer.", accountLabels...),
		checkpointTime:     f.gauges("checkpoint_timestamp_seconds", "When the newest checkpoint since the start was begun; no series before.", accountLabels...),
		checkpointSize:     f.gauges("checkpoint_size_bytes", "What the newest checkpoint since the start takes in its file, parts of older ones that it goes on using included.", accountLabels...),
		tickTime:           f.histograms("tick_duration_seconds", "Turns in which a strategy was called, from event to journal entry, without the disk.", computing, accountLabels...),
		roundTime:          f.histograms("round_duration_seconds", "Rounds of an account's agents, the wait for the disk included.", storing, accountLabels...),
		inboxLag:           f.histograms("inbox_lag_seconds", "How long the oldest input of a round had waited when the round began.", storing, accountLabels...),
		callLatency:        f.histograms("call_duration_seconds", "Calls to a venue, from the first byte to the whole answer or the end of patience.", calling, accountLabelsAnd("kind")...),
	}
}

// Account counts what happens around one venue account.
type Account struct {
	labels                        []string
	set                           *accountVectors
	rounds                        prometheus.Counter
	checkpoints, failures         prometheus.Counter
	tickTime, roundTime, inboxLag prometheus.Observer
	callLatency                   [event.CallBalances + 1]prometheus.Observer
	retries                       [event.CallLookup + 1]prometheus.Counter

	mu    sync.Mutex
	calls map[string]prometheus.Counter
}

// Account is the account's counters: the same for the same names.
func (s *Set) Account(venue, account string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := Names{Venue: venue, Account: account}
	if a := s.byAccount[n]; a != nil {
		return a
	}
	v, l := &s.accounts, []string{venue, account}
	a := &Account{
		labels: l, set: v, rounds: v.rounds.WithLabelValues(l...), tickTime: v.tickTime.WithLabelValues(l...),
		checkpoints: v.checkpoints.WithLabelValues(l...), failures: v.checkpointFailures.WithLabelValues(l...),
		roundTime: v.roundTime.WithLabelValues(l...), inboxLag: v.inboxLag.WithLabelValues(l...), calls: map[string]prometheus.Counter{},
	}
	for k := event.CallSubmit; int(k) < len(a.callLatency); k++ {
		a.callLatency[k] = v.callLatency.WithLabelValues(with(l, k.String())...)
		v.calls.WithLabelValues(with(l, k.String(), resultOK)...)
	}
	for k := event.CallSubmit; k <= event.CallReplace; k++ {
		a.retries[k] = v.retries.WithLabelValues(with(l, k.String())...)
	}
	s.byAccount[n] = a
	return a
}

// Round counts a round and how long it took. Lag is how long its oldest input had waited, below zero if
// there was none.
func (a *Account) Round(took, lag time.Duration) {
	a.rounds.Inc()
	a.roundTime.Observe(took.Seconds())
	if lag >= 0 {
		a.inboxLag.Observe(lag.Seconds())
	}
}

// Checkpoint counts one that is written; at is when it was begun.
func (a *Account) Checkpoint(at, bytes int64) {
	a.checkpoints.Inc()
	a.set.checkpointTime.WithLabelValues(a.labels...).Set(float64(at) / 1e9)
	a.set.checkpointSize.WithLabelValues(a.labels...).Set(float64(bytes))
}

// CheckpointFailed counts one that is not.
func (a *Account) CheckpointFailed() { a.failures.Inc() }

// Tick counts how long a turn with a tick took.
func (a *Account) Tick(took time.Duration) { a.tickTime.Observe(took.Seconds()) }

// Call counts a call and its reply. Any goroutine may call it.
func (a *Account) Call(c *event.Call, r *event.Reply, took time.Duration) {
	if c.Kind == 0 || int(c.Kind) >= len(a.callLatency) {
		return
	}
	a.callLatency[c.Kind].Observe(took.Seconds())
	if c.Attempt > 1 && c.Kind.Changes() {
		a.retries[c.Kind].Inc()
	}
	a.called(c.Kind.String(), Result(&r.Happening)).Inc()
}

func (a *Account) called(kind, result string) prometheus.Counter {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := kind + " " + result
	c := a.calls[key]
	if c == nil {
		c = a.set.calls.WithLabelValues(with(a.labels, kind, result)...)
		a.calls[key] = c
	}
	return c
}

const resultOK = "ok"

// Result names what came of a call by one of a fixed set of words: "ok", the taxonomy's cause such as
// "timeout" or "connection_refused", or the status such as "http_429", "http_4xx", "http_5xx".
func Result(h *resilience.Happening) string {
	switch h.Cause {
	case resilience.CauseNone:
		return resultOK
	case resilience.CauseStatus:
		return status(h.Number)
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '/' || r == '-' {
			return '_'
		}
		return r
	}, h.Cause.String()))
}

// status names those apart that call for different acts of a person: the key, the address, the pace.
func status(code int) string {
	switch {
	case code == 401 || code == 403 || code == 418 || code == 429:
		return "http_" + strconv.Itoa(code)
	case code >= 100 && code < 600:
		return "http_" + strconv.Itoa(code/100) + "xx"
	}
	return "http_other"
}
