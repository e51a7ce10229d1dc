package main

import (
	"context"

	"github.com/agenthost/agenthost/host/metrics"
)

// newMetrics makes the metrics of this host. source is asked at each scrape.
func newMetrics(source func(context.Context) *metrics.Snapshot) *metrics.Set {
	v := currentVersions()
	return metrics.New(metrics.Config{
		Build:  metrics.Build{Version: v.Agenthost, Revision: v.Revision, Go: v.Go, Wazero: v.Wazero, SQLite: v.SQLite},
		Source: source,
	})
}
