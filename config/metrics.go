package config

import (
	"net"
	"strconv"
)

// Metrics is how a live host is watched from outside.
type Metrics struct {
	Source
	// Listen is a TCP address, HOST:PORT; empty is none.
	Listen string
}

func metricsBlock() *block[Metrics] {
	return &block[Metrics]{
		name: "metrics", says: "How a live host is watched: /metrics for Prometheus, /healthz and /readyz. The control socket serves the same, always.",
		defaults: func() Metrics { return Metrics{} }, source: func(m *Metrics) *Source { return &m.Source },
		fields: []field[Metrics]{
			text("listen", func(m *Metrics) *string { return &m.Listen }, listenRule,
				"The address to serve them on. There is no password, and money can be seen there: keep it on this machine, or behind a proxy that asks.").like(`"127.0.0.1:9464"`).defaults("not served over TCP").outside(),
		},
	}
}

// listenRule wants HOST:PORT with a port by number; a host that is not named would be every network.
func listenRule(s string) string {
	if s == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return `an address is a host and a port, such as "127.0.0.1:9464".`
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "a port is a number up to 65535; 0 lets the system choose."
	}
	if host == "" {
		return `it names no host, which would be every network of this machine. Write "127.0.0.1:` + port + `", or "0.0.0.0:` + port + `" if that is meant.`
	}
	return ""
}
