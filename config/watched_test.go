package config

import (
	"bytes"
	"testing"
)

func TestMetricsAndTracingAreOffUntilTheyAreWritten(t *testing.T) {
	c := loadLive(t, liveGood)
	if c.Host.Metrics.Listen != "" || c.Host.Tracing != nil {
		t.Errorf("%+v %+v", c.Host.Metrics, c.Host.Tracing)
	}
	const blocks = `host {
  metrics { listen = "127.0.0.1:9464" }
  tracing {
    endpoint    = "http://127.0.0.1:4318"
    sample      = "5%"
    headers_env = { Authorization = "TRACE_TOKEN" }
  }
}
`
	w := loadLive(t, blocks+liveGood)
	if x := w.Host.Tracing; w.Host.Metrics.Listen != "127.0.0.1:9464" || x == nil || x.Endpoint != "http://127.0.0.1:4318" || x.Sample != One/20 || x.HeadersEnv["Authorization"] != "TRACE_TOKEN" {
		t.Errorf("%+v %+v", w.Host.Metrics, w.Host.Tracing)
	}
	if !bytes.Equal(c.Hash[:], w.Hash[:]) {
		t.Error("who watches changes the configuration's hash, as if it decided something")
	}
}

func TestMistakesOfMetricsAndTracing(t *testing.T) {
	const value = "Value not allowed"
	in := func(claim, block, detail, mark string) liveMistake {
		return liveMistake{claim, `instrument "A" {}`, "host {\n  " + block + "\n}\ninstrument \"A\" {}", value, detail, mark}
	}
	for _, m := range []liveMistake{
		in("a port alone", `metrics { listen = ":9464" }`, "every network of this machine", `":9464"`),
		in("no port", `metrics { listen = "localhost" }`, "a host and a port", `"localhost"`),
		in("a port by name", `metrics { listen = "localhost:http" }`, "a number up to 65535", `"localhost:http"`),
		in("a port that there is not", `metrics { listen = "localhost:70000" }`, "a number up to 65535", `"localhost:70000"`),
		in("a receiver without a scheme", `tracing { endpoint = "127.0.0.1:4318" }`, "no URL", `"127`),
		in("a header that is none", "tracing {\n    endpoint = \"http://127.0.0.1:4318\"\n    headers_env = { \"a b\" = \"X\" }\n  }", `headers_env has "a b"`, `{ "a b"`),
		{"no receiver", `instrument "A" {}`, "host {\n  tracing {}\n}\ninstrument \"A\" {}", "Missing attribute", "needs endpoint", "tracing {"},
		{"more than all", `instrument "A" {}`, "host {\n  tracing {\n    endpoint = \"http://127.0.0.1:4318\"\n    sample = 1.5\n  }\n}\ninstrument \"A\" {}", "Value out of range", "sample", "1.5"},
	} {
		m.run(t)
	}
}
