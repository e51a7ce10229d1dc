package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Build is which host this is.
type Build struct{ Version, Revision, Go, Wazero, SQLite string }

// Names are what an agent's series are called by.
type Names struct{ Agent, Venue, Account string }

// Config sets up a Set.
type Config struct {
	Build Build
	// Source reads what can only be looked at, once a scrape. It ends with ctx, and gives what it has by
	// then. Nil: there is nothing to look at.
	Source func(ctx context.Context) *Snapshot
	// SourceMax bounds it. 0 means one second.
	SourceMax time.Duration
}

// Set is all metrics of one host. Any goroutine may use it.
type Set struct {
	registry *prometheus.Registry
	config   Config
	agents   agentVectors
	accounts accountVectors
	journal  journalCounters

	recoveries       prometheus.Counter
	recoveryDuration prometheus.Gauge
	spansExported    prometheus.Counter
	spansDropped     prometheus.Counter

	mu         sync.Mutex
	byAgent    map[Names]*Agent
	byAccount  map[Names]*Account
	collecting sync.Mutex
}

// New makes a set in which nothing has happened yet.
func New(c Config) *Set {
	if c.SourceMax <= 0 {
		c.SourceMax = time.Second
	}
	s := &Set{registry: prometheus.NewRegistry(), config: c, byAgent: map[Names]*Agent{}, byAccount: map[Names]*Account{}}
	f := factory{s.registry}
	s.agents, s.accounts, s.journal = newAgentVectors(f), newAccountVectors(f), newJournalCounters(f)
	s.recoveries = f.counter("recoveries_total", "Recoveries from the journal: the start, and each time that the host was rebuilt.")
	s.recoveryDuration = f.gauge("recovery_duration_seconds", "How long the last recovery from the journal took.")
	s.spansExported = f.counter("trace_spans_exported_total", "Spans that the trace receiver took.")
	s.spansDropped = f.counter("trace_spans_dropped_total", "Spans that were given up: the receiver did not take them, or too many waited.")
	f.gauges("build_info", "Which host this is; always 1.", "version", "revision", "goversion", "wazero", "sqlite").
		WithLabelValues(c.Build.Version, c.Build.Revision, c.Build.Go, c.Build.Wazero, c.Build.SQLite).Set(1)
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &looker{s})
	return s
}

// Recovered counts a recovery from the journal.
func (s *Set) Recovered(took time.Duration) {
	s.recoveries.Inc()
	s.recoveryDuration.Set(took.Seconds())
}

// Spans counts what became of spans of a trace.
func (s *Set) Spans(exported, dropped int) {
	s.spansExported.Add(float64(exported))
	s.spansDropped.Add(float64(dropped))
}

// factory makes metrics and registers them.
type factory struct{ registry *prometheus.Registry }

// namespace begins every name.
const namespace = "agenthost"

func (f factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(c)
	return c
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(g)
	return g
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(g)
	return g
}

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(c)
	return c
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(h)
	return h
}

// Buckets of durations, in seconds: of what the host computes, of what a disk does, and of what a venue does.
var (
	computing = []float64{5e-6, 10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 1}
	storing   = []float64{100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 5}
	calling   = []float64{1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30}
)
