package config

import (
	"maps"
	"slices"
)

// Tracing is where a live host tells traces of orders and ticks.
type Tracing struct {
	Source
	// Endpoint is an OpenTelemetry receiver's base address.
	Endpoint string
	// Sample is the part of orders, and of rounds with a tick, that is told, as a fraction.
	Sample int64
	// HeadersEnv names the environment variables that hold headers' values.
	HeadersEnv map[string]string
}

// DefaultTracing tells one in a hundred.
func DefaultTracing() Tracing { return Tracing{Sample: One / 100} }

func tracingBlock() *block[Tracing] {
	return &block[Tracing]{
		name: "tracing", says: "Traces of orders and ticks, told to an OpenTelemetry receiver as OTLP over HTTP in JSON. An order's trace has the order's id.",
		defaults: DefaultTracing, source: func(t *Tracing) *Source { return &t.Source },
		fields: []field[Tracing]{
			text("endpoint", func(t *Tracing) *string { return &t.Endpoint }, baseRule,
				"The receiver's base address; /v1/traces is added.").like(`"http://127.0.0.1:4318"`).must().outside(),
			fraction("sample", func(t *Tracing) *int64 { return &t.Sample }, 0, One,
				"The part of orders, and of rounds with a tick, that is told. Of an order all is told or nothing.").like("0.01").outside(),
			mapping("headers_env", func(t *Tracing) *map[string]string { return &t.HeadersEnv }, nil, nil,
				"Headers whose value is in an environment variable, by its name.", `{ Authorization = "TRACE_TOKEN" }`).outside(),
		},
		check: func(p *place, t *Tracing) {
			for _, name := range slices.Sorted(maps.Keys(t.HeadersEnv)) {
				if wrong := headerRule(name); wrong != "" {
					p.fail(t.At("headers_env"), "Value not allowed", "headers_env has %q: %s", name, wrong)
				}
			}
		},
	}
}
