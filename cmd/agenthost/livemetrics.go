package main

import (
	"context"
	"fmt"
	"os"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/tracing"
)

// newMetrics makes the metrics of this host. source is asked at each scrape.
func newMetrics(source func(context.Context) *metrics.Snapshot) *metrics.Set {
	v := currentVersions()
	return metrics.New(metrics.Config{
		Build:  metrics.Build{Version: v.Agenthost, Revision: v.Revision, Go: v.Go, Wazero: v.Wazero, SQLite: v.SQLite},
		Source: source,
	})
}

// newTracer begins to tell traces, as the configuration says.
func newTracer(p *prepared, set *metrics.Set) (*tracing.Exporter, error) {
	c := p.config.Host.Tracing
	headers := map[string]string{}
	for name, variable := range c.HeadersEnv {
		value := os.Getenv(variable)
		if value == "" {
			return nil, fmt.Errorf("tracing: header %s is to come from %s, which is not set", name, variable)
		}
		headers[name] = value
	}
	return tracing.New(tracing.Config{
		Endpoint: c.Endpoint, Headers: headers, Sample: float64(c.Sample) / float64(config.One), Version: currentVersions().Agenthost,
		Instance: owner(), Counted: set.Spans, Log: p.log,
	})
}
